// SPDX-License-Identifier: GPL-2.0-or-later
// The map and the timeline: where it is worse than usual, and since when.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/reading_json.h"
#include "gateway/report_walk.h"

#define USUAL_DAYS 180
#define INCIDENTS_MAX 500

struct spot {
	size_t alerts, open;
	int severity; // of the open ones, the worst
	int64_t newest;
};

struct map {
	const struct sheet *sheet;
	int64_t since, now;
	int days;
	struct spot *spots;
	size_t places;
	struct trend *series, whole;
	json_t *incidents; // by number
	unsigned (*by_day)[5];
};

static void add_spot(struct map *m, const struct report_alert *a)
{
	struct spot *s = &m->spots[a->place];
	bool open = strcmp(a->row->state, "closed") != 0;
	s->alerts++;
	s->newest = a->at > s->newest ? a->at : s->newest;
	s->open += open;
	if (open && a->row->severity > s->severity)
		s->severity = a->row->severity;
}

static void raise_to(json_t *o, const char *key, json_int_t n)
{
	if (n > json_integer_value(json_object_get(o, key)))
		json_object_set_new(o, key, json_integer(n));
}

static void add_incident(struct map *m, const struct report_alert *a)
{
	char id[24];
	snprintf(id, sizeof id, "%llu", (unsigned long long)a->row->incident);
	json_t *o = json_object_get(m->incidents, id);
	bool open = strcmp(a->row->state, "closed") != 0;
	if (!o) {
		if (json_object_size(m->incidents) == INCIDENTS_MAX)
			return;
		o = json_pack("{s:I, s:O?, s:O?, s:O?, s:i, s:o, s:i, s:i, s:s}", "id", (json_int_t)a->row->incident, "event",
			json_object_get(a->body, "event"), "place", json_object_get(a->body, "place"), "pcode",
			json_object_get(a->body, "pcode"), "severity", a->row->severity, "first_at", time_json(a->at), "alerts", 0,
			"reporters", a->row->reporters, "state", "closed");
		json_object_set_new(m->incidents, id, o);
	}
	raise_to(o, "severity", a->row->severity);
	raise_to(o, "reporters", a->row->reporters);
	json_object_set_new(o, "alerts", json_integer(json_integer_value(json_object_get(o, "alerts")) + 1));
	json_object_set_new(o, "last_at", time_json(a->at));
	if (open)
		json_object_set_new(o, "state", json_string(a->row->state));
}

static void add(void *ctx, const struct report_alert *a)
{
	struct map *m = ctx;
	report_series_add(m->series, a);
	if (!a->counts)
		return;
	trend_add(&m->whole, a->at / 86400, 1);
	if (a->at < m->since)
		return;
	int64_t day = a->at / 86400 - m->since / 86400;
	if (day >= 0 && day < m->days && a->row->severity >= 1 && a->row->severity <= 5)
		m->by_day[day][a->row->severity - 1]++;
	if (a->place >= 0)
		add_spot(m, a);
	if (a->row->incident)
		add_incident(m, a);
}

static json_t *places_json(const struct map *m)
{
	const struct place *places;
	char sentence[TREND_SENTENCE_SIZE];
	json_t *list = json_array();
	sheet_places(m->sheet, &places);
	for (size_t i = 0; i < m->places; i++) {
		struct trend_finding f = trend_look(&m->series[i], m->now / 86400, NULL, 0);
		const struct spot *s = &m->spots[i];
		if (!s->alerts && f.sign == TREND_USUAL)
			continue;
		trend_sentence(&f, sentence);
		json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "pcode", places[i].pcode, "open",
						    (json_int_t)s->open, "severity", s->severity ? json_integer(s->severity) : json_null(),
						    "newest_at", time_json(s->newest), "silent_days",
						    f.sign == TREND_SILENT ? json_integer(f.count) : json_null(), "unusual",
						    f.sign == TREND_USUAL ? json_null() : json_string(sentence)));
	}
	return list;
}

static json_t *timeline_json(const struct map *m)
{
	char day[16];
	json_t *list = json_array();
	bool learned = m->whole.days >= TREND_LEARN_DAYS;
	for (int i = 0; i < m->days; i++) {
		const unsigned *n = m->by_day[i];
		json_t *at = time_json((m->since / 86400 + i) * 86400);
		snprintf(day, sizeof day, "%.10s", json_string_value(at));
		json_decref(at);
		json_array_append_new(list, json_pack("{s:s, s:[i, i, i, i, i], s:o}", "day", day, "by_severity", (int)n[0], (int)n[1],
						    (int)n[2], (int)n[3], (int)n[4], "usual",
						    learned ? json_real(m->whole.mean) : json_null()));
	}
	return list;
}

static json_t *incidents_json(const struct map *m)
{
	const char *id;
	json_t *one, *list = json_array();
	json_object_foreach(m->incidents, id, one)
		json_array_append(list, one);
	return list;
}

enum error report_map(struct view *v, const struct sheet *sheet, int days, int64_t now, json_t **out)
{
	const struct place *places;
	struct map m = {.sheet = sheet, .now = now, .days = days, .since = (now / 86400 - days + 1) * 86400,
		.places = sheet_places(sheet, &places), .series = report_series(sheet), .incidents = json_object()};
	m.spots = calloc(m.places + 1, sizeof *m.spots);
	m.by_day = calloc((size_t)days + 1, sizeof *m.by_day);
	BUG_IF(!m.spots || !m.by_day || days < 1);
	struct report_walk w = {.view = v, .sheet = sheet, .since = m.since - USUAL_DAYS * 86400, .until = INT64_MAX, .each = add,
		.ctx = &m};
	w.since = w.since > 0 ? w.since : 0;
	enum error e = report_walk(&w);
	if (e == OK)
		*out = json_pack("{s:o, s:o, s:o}", "places", places_json(&m), "incidents", incidents_json(&m), "timeline",
			timeline_json(&m));
	free(m.spots);
	free(m.by_day);
	free(m.series);
	json_decref(m.incidents);
	return e;
}
