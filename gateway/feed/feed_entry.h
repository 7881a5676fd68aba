// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Entries of a feed (feed.h): of an officer's alert, with all that this officer may see.

#include <jansson.h>

#include "rules/sheet.h"

// The areas of a place, the widest first and the place last: an array of {level, pcode, name}. `place` -1: empty.
json_t *feed_areas_json(const struct sheet *sheet, int place);
// lat and lon, where the sheet has them.
void feed_put_coordinates(json_t *entry, const struct sheet *sheet, int place);
// Adds what an entry has to an object of the contract (view_alert). `demo`: everything here is a test.
void feed_entry_of_alert(json_t *alert, const struct sheet *sheet, bool demo);
