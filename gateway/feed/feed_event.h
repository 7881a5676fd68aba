// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What an event of the sheet is called elsewhere, by its pictogram, which is the same in every sheet.

#include <stdbool.h>

#include "rules/sheet.h"

const char *feed_sub_event(const struct event *e); // ACLED's sub-event, NULL: it has none
const char *feed_category(const struct event *e);  // of CAP 1.2: "Security" …
bool feed_expected(const struct event *e);         // it is still to come
