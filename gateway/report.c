// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/report.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/reading_json.h"
#include "gateway/report_walk.h"
#include "gateway/section_view.h"

struct figures {
	size_t alerts, acknowledged, responded, closed, overdue;
	struct report_delays ack, respond;
};

struct report {
	const struct sheet *sheet;
	const struct report_ask *ask;
	struct figures *areas, total; // by place; the last of all is of those without one
	size_t places;
	struct trend *series;
	json_t *outcomes, *handles;
	size_t kept, texts;
	int64_t oldest;
};

static void add_figures(struct figures *f, const struct report_alert *a, int64_t now)
{
	// Acknowledged late, or not yet and it is late already.
	int64_t limit = a->row->ack_s;
	f->alerts++;
	f->acknowledged += a->ack_at != 0;
	f->responded += a->respond_at != 0;
	f->closed += a->close_at != 0;
	f->overdue += limit > 0 && (a->ack_at ? a->ack_at : now) - a->at > limit;
	if (a->ack_at)
		report_delay_add(&f->ack, a->ack_at - a->at);
	if (a->respond_at)
		report_delay_add(&f->respond, a->respond_at - a->at);
}

static void count_outcome(json_t *outcomes, const char *outcome)
{
	const json_t *n = json_object_get(outcomes, outcome);
	json_object_set_new(outcomes, outcome, json_integer(json_integer_value(n) + 1));
}

static void add(void *ctx, const struct report_alert *a)
{
	struct report *r = ctx;
	report_series_add(r->series, a);
	if (!a->counts || a->at < r->ask->from || a->at >= r->ask->until)
		return;
	add_figures(&r->areas[a->area >= 0 ? (size_t)a->area : r->places], a, r->ask->now);
	add_figures(&r->total, a, r->ask->now);
	if (*a->row->outcome)
		count_outcome(r->outcomes, a->row->outcome);
}

static json_t *figures_json(struct figures *f)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I}", "alerts", (json_int_t)f->alerts, "acknowledged",
		(json_int_t)f->acknowledged, "responded", (json_int_t)f->responded, "closed", (json_int_t)f->closed, "overdue",
		(json_int_t)f->overdue);
	json_object_set_new(o, "response_rate", f->alerts ? json_real((double)f->responded / (double)f->alerts) : json_null());
	json_object_set_new(o, "median_ack_s", report_delay_json(&f->ack, 50));
	json_object_set_new(o, "p90_ack_s", report_delay_json(&f->ack, 90));
	json_object_set_new(o, "median_respond_s", report_delay_json(&f->respond, 50));
	json_object_set_new(o, "p90_respond_s", report_delay_json(&f->respond, 90));
	return o;
}

static void join(struct figures *into, const struct figures *f)
{
	into->alerts += f->alerts;
	into->acknowledged += f->acknowledged;
	into->responded += f->responded;
	into->closed += f->closed;
	into->overdue += f->overdue;
	for (size_t i = 0; i < f->ack.count; i++)
		report_delay_add(&into->ack, f->ack.list[i]);
	for (size_t i = 0; i < f->respond.count; i++)
		report_delay_add(&into->respond, f->respond.list[i]);
}

static json_t *area_json(const char *pcode, const char *name, struct figures *f)
{
	json_t *o = figures_json(f);
	json_object_set_new(o, "area", pcode ? json_string(pcode) : json_null());
	json_object_set_new(o, "name", json_string(name));
	return o;
}

static json_t *areas_json(struct report *r)
{
	const struct place *places;
	struct figures small = {0};
	json_t *list = json_array();
	sheet_places(r->sheet, &places);
	for (size_t i = 0; i <= r->places; i++) {
		struct figures *f = &r->areas[i];
		if (f->alerts >= REPORT_SMALL)
			json_array_append_new(list, area_json(i < r->places ? places[i].pcode : NULL,
							    i < r->places ? places[i].name : "(no place)", f));
		else if (f->alerts)
			join(&small, f);
	}
	if (small.alerts)
		json_array_append_new(list, area_json(NULL, REPORT_SMALL_NAME, &small));
	report_delays_finish(&small.ack);
	report_delays_finish(&small.respond);
	return list;
}

static json_t *silence_json(const struct report *r)
{
	const struct place *places;
	char sentence[TREND_SENTENCE_SIZE];
	json_t *list = json_array();
	int64_t day = (r->ask->until - 1) / 86400;
	sheet_places(r->sheet, &places);
	for (size_t i = 0; i < r->places; i++) {
		struct trend_finding f = trend_look(&r->series[i], day, NULL, 0);
		if (f.sign != TREND_SILENT)
			continue;
		trend_sentence(&f, sentence);
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:f, s:s}", "pcode", places[i].pcode, "name", places[i].name,
						    "silent_days", (json_int_t)f.count, "usual_a_day", f.expected, "sentence", sentence));
	}
	return list;
}

// ---- exposure: what is there that could be lost ------------------------------------------------------------------------

static void keep(void *ctx, const struct report_alert *a)
{
	struct report *r = ctx;
	const char *handle = json_string_value(json_object_get(a->body, "handle"));
	r->kept++;
	if (a->row->expired)
		return;
	r->texts++;
	r->oldest = !r->oldest || a->at < r->oldest ? a->at : r->oldest;
	if (handle)
		json_object_set_new(r->handles, handle, json_true());
}

static void look(void *ctx, const struct report_alert *a)
{
	keep(ctx, a);
	add(ctx, a);
}

static json_t *exposure_json(const struct report *r)
{
	return json_pack("{s:I, s:I, s:I, s:o}", "kept", (json_int_t)r->kept, "texts", (json_int_t)r->texts, "handles",
		(json_int_t)json_object_size(r->handles), "oldest_at", time_json(r->oldest));
}

static void finish(struct report *r)
{
	for (size_t i = 0; i <= r->places; i++) {
		report_delays_finish(&r->areas[i].ack);
		report_delays_finish(&r->areas[i].respond);
	}
	report_delays_finish(&r->total.ack);
	report_delays_finish(&r->total.respond);
	free(r->areas);
	free(r->series);
	json_decref(r->outcomes);
	json_decref(r->handles);
}

enum error report_make(struct view *v, const struct sheet *sheet, const struct report_ask *ask, json_t **out)
{
	const struct place *places;
	struct report r = {.sheet = sheet, .ask = ask, .places = sheet_places(sheet, &places), .outcomes = json_object(),
		.handles = json_object(), .series = report_series(sheet)};
	r.areas = calloc(r.places + 1, sizeof *r.areas);
	BUG_IF(!r.areas);
	struct report_walk w = {.view = v, .sheet = sheet, .since = 0, .until = INT64_MAX, .steps = true, .each = look, .ctx = &r};
	json_t *sections = NULL;
	enum error e = report_walk(&w);
	if (e == OK)
		e = section_figures_json(view_store(v), ask->from / 86400, (ask->until + 86399) / 86400, &sections);
	if (e == OK)
		*out = json_pack("{s:o, s:o, s:o, s:o, s:O, s:o, s:o, s:o, s:I}", "from", time_json(ask->from), "until",
			time_json(ask->until), "areas", areas_json(&r), "totals", figures_json(&r.total), "outcomes", r.outcomes,
			"silence", silence_json(&r), "exposure", exposure_json(&r), "sections", sections, "sealed", (json_int_t)w.sealed);
	finish(&r);
	return e;
}
