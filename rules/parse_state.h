// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What is known of a text while it is read: parse.c finds codes and words in it, reading.c makes readings of them.

#include "rules/parse.h"

#define CANDIDATES_MAX 32
#define NUMBERS_MAX 6
#define UNREAD_MAX TOKENS_MAX
#define UNDECODED_SEVERITY 3

struct parse {
	const struct sheet *sheet;
	struct reading_set *out;
	int events[CANDIDATES_MAX], places[CANDIDATES_MAX];
	size_t event_count, place_count;
	char numbers[NUMBERS_MAX][TOKEN_SIZE]; // without leading zeros
	size_t number_count;
	const struct token *unread[UNREAD_MAX];
	size_t unread_count;
	size_t words;       // read as words of the sheet
	int worst;          // severity of all events, those that did not fit included
	bool event_by_code; // and not only by words
	bool spaced_event;  // "a 3"
	bool maybe_hour;    // "12h"
	bool doubtful;
};

// Something may be meant that no reading says: an officer looks, and the severity is at least that of the unknown.
void parse_doubt(struct parse *p);
void parse_make_readings(struct parse *p);
unsigned long place_number(const char *code);
