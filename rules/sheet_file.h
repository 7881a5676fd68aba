// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The loaded form of a code sheet, shared by its loader (sheet_load.c) and its look-ups (sheet.c).

#include "rules/sheet.h"

#define SLIP_LETTERS 6

struct word {
	char text[TOKEN_SIZE];
	enum word_kind kind;
	int index, line;
	bool name; // the name of an event or place, not a word that somebody listed
};

struct sheet {
	char name[NAME_SIZE], scheme[32];
	struct event *events;
	struct place *places;
	struct word *words; // sorted by text
	size_t event_count, place_count, word_count, word_room;
	int *by_digits; // place indices sorted by digits
	int *by_pcode;  // and by p-code; NULL while places are read
	int *by_end;    // word indices sorted by their text read backwards
};

// Order of texts read backwards, of their last `n` letters at most.
int compare_ends(const char *a, const char *b, size_t n);
extern const char *const event_kind_names[KIND_END_];
unsigned long place_digits(const char *code); // 0: it does not start with any
