// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Small villages: what may leave for a section is made so coarse in place and time that at least k_min people could have
// sent it. Worked out once for a sheet, so that a decision costs a look-up, and proven by `tama rules check`.
//
// Whoever knows this file knows that a village would have been named if it were large enough. So the people behind a
// named area are not all who live there, but those of whom it would be said: the ones in places too small to be named,
// and the ones in no place of the sheet. Only where nobody is pooled like that, and the area's own code was written,
// are they all who live in it.

#include "rules/sheet.h"

#define SHARE_K_DEFAULT 500

// What a section is shown, from the most to the least. `full` and `place` begin with the place that was written, `area`
// with its cercle, `count` with its region.
enum share_level { SHARE_FULL, SHARE_PLACE, SHARE_AREA, SHARE_COUNT, SHARE_LEVELS };

struct share_table; // opaque; borrows nothing of the sheet

struct coarse {
	int place;           // index; -1: no place is told
	int64_t people;      // who could have sent it
	int64_t from, until; // Unix seconds: it came at or after the first, before the second
};

int share_level_of(const char *name); // -1
const char *share_level_name(enum share_level level);

void share_table_create(const struct sheet *sheet, int64_t k_min, struct share_table **out);
void share_table_destroy(struct share_table *t); // NULL is fine
int64_t share_k_min(const struct share_table *t);
// People who could have written this place: its own k or all that lie in it, whichever is more; 0: nobody knows.
int64_t share_people(const struct share_table *t, int place);

// `places`: those of an alert's readings; -1 among them is one without. Several become the area that holds them all.
// False: nothing may leave, not even without a place, because too few people could have sent it.
MUST_CHECK bool share_coarsen(const struct share_table *t, const int *places, size_t count, enum share_level level,
	int64_t at, struct coarse *out);
// How many places within `area` (-1: all) nothing may leave from at this level, and the first of them.
size_t share_withheld(const struct share_table *t, const struct sheet *sheet, int area, enum share_level level, int *first);

// Numbers leave in steps: "1", "2–4", "5–9", "10–19", "20–49", "50–99", "100+"; NULL below 1.
const char *share_bucket(int count);
