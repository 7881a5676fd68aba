// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The figures that a mission must report, and the map of the console: counted from the queue as one officer may read it.
// Used by `tama report` and by the console. Each call opens all alerts of its time: seconds at a hundred thousand.

#include "gateway/queue_view.h"
#include "rules/sheet.h"

// An area with fewer alerts is not broken out: a number of two in one place points at two people.
#define REPORT_SMALL 5
#define REPORT_SMALL_NAME "(areas with few alerts)"

struct report_ask {
	int64_t from, until, now; // Unix seconds; until is not in it
};

// {from, until, areas: [{area, name, …figures}], sections: [{section, items, read, unread, median_read_s, p90_read_s}],
// totals: {…figures}, outcomes: {confirmed: n, …}, silence: [{pcode, name, silent_days, usual_a_day, sentence}],
// exposure: {kept, texts, handles, oldest_at, identities}, sealed}. Figures: alerts, acknowledged, responded, closed,
// response_rate, overdue, median_ack_s, p90_ack_s, median_respond_s, p90_respond_s (null where there is none).
// Drills, tests and the station's own alerts are not counted.
MUST_CHECK enum error report_make(struct view *v, const struct sheet *sheet, const struct report_ask *ask, json_t **out);

// {places: [{pcode, open, severity, newest_at, silent_days, unusual}], incidents: [{id, event, place, severity, first_at,
// last_at, alerts, reporters, state}], timeline: [{day, by_severity: [5], usual}]}, of the last `days` days.
MUST_CHECK enum error report_map(struct view *v, const struct sheet *sheet, int days, int64_t now, json_t **out);
