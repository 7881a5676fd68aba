// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Code sheets that are valid together: the current one, which rules speak of, and those of cards that are still in
// people's pockets. A text is read with the current one first; what another says is told in terms of the current one.

#include "rules/parse.h"

#define SHEETS_MAX 8
#define SHEET_PATH_SIZE 1024

struct sheet_set {
	size_t count; // of others, by the names of their files
	struct sheet *others[SHEETS_MAX];
	char files[SHEETS_MAX][SHEET_PATH_SIZE];
};

struct sheets_used { // others that said something else
	size_t count;
	const struct sheet *sheets[SHEETS_MAX];
};

// Every NAME.conf of the folder; none when there is no folder. ERROR_ARGUMENT: `problems` says why, nothing is loaded.
// A restricted event that the current sheet does not have is such a mistake: it would be told to everybody.
MUST_CHECK enum error sheet_set_load(const char *folder, const struct sheet *current, struct problems *problems,
	struct sheet_set *out);
void sheet_set_finish(struct sheet_set *set);
// Events and places of `out` are the current sheet's. What only another sheet reads is marked as mended ("old-sheet");
// what they read differently keeps all readings.
void sheet_set_parse(const struct sheet_set *set, const struct sheet *current, const char *text, size_t size,
	int64_t day, struct reading_set *out, struct sheets_used *used);
// What two sheets that are valid together understand differently, and sheets that end never or have ended.
void sheet_set_check(const struct sheet_set *set, const struct sheet *current, const char *file, int64_t today,
	struct problems *problems);

// The same event or place of the current sheet, -1: by its name in any language; by p-code, or the nearest area.
int sheet_set_event(const struct sheet *current, const struct sheet *other, int event);
int sheet_set_place(const struct sheet *current, const struct sheet *other, int place);
