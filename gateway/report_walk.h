// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the report and the map share: every alert of a time, opened; figures of delays; the usual of each place.

#include "gateway/report.h"
#include "rules/trend.h"

struct report_alert {
	const struct store_alert *row;
	const json_t *body;
	int64_t at;
	int place, area;  // of the sheet; the cercle or what is wider; -1
	bool counts;      // no drill, no test, not the station's own
	int64_t ack_at, respond_at, close_at; // 0: not yet
};

struct report_walk {
	struct view *view;
	const struct sheet *sheet;
	int64_t since, until;
	bool steps; // whether steps are wanted
	void (*each)(void *ctx, const struct report_alert *a);
	void *ctx;
	size_t sealed; // not for this officer
};

// ERROR_IO …: the queue cannot be read.
MUST_CHECK enum error report_walk(struct report_walk *w);

struct report_delays {
	int64_t *list;
	size_t count, room;
};
void report_delay_add(struct report_delays *d, int64_t seconds); // less than nothing counts as nothing
json_t *report_delay_json(struct report_delays *d, int percent); // null when there is none
void report_delays_finish(struct report_delays *d);

// One series for each place of the sheet; the caller frees it.
struct trend *report_series(const struct sheet *sheet);
void report_series_add(struct trend *series, const struct report_alert *a);
