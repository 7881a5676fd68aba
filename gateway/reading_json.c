// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reading_json.h"

#include <string.h>
#include <time.h>

#include "rules/sheet_card.h"
#include "rules/trend.h"

#define AREA_SIZE 320

// "Mopti / Ténenkou / Walado": what the place lies in, widest first.
static void area_of(const struct place *places, int place, char out[static AREA_SIZE])
{
	int chain[8];
	size_t n = 0, at = 0;
	bool is_area = !places[place].level[0] || strcmp(places[place].level, "village");
	for (int i = is_area ? place : places[place].parent; i >= 0 && n < 8; i = places[i].parent)
		chain[n++] = i;
	out[0] = 0;
	while (n-- > 0 && at < AREA_SIZE - NAME_SIZE - 4)
		at += (size_t)snprintf(out + at, AREA_SIZE - at, "%s%s", at ? " / " : "", places[chain[n]].name);
}

void reading_json_put(json_t *object, const struct sheet *sheet, const struct reading *r)
{
	const struct event *events;
	const struct place *places;
	char area[AREA_SIZE];
	const char *empty[] = {"event", "event_name", "place", "place_name", "pcode", "area", "count"};
	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		json_object_set_new(object, empty[i], json_null());
	if (!r)
		return;
	sheet_events(sheet, &events);
	sheet_places(sheet, &places);
	if (r->event >= 0) {
		json_object_set_new(object, "event", json_string(events[r->event].code));
		json_object_set_new(object, "event_name", json_string(events[r->event].name));
	}
	if (r->place >= 0) {
		const struct place *p = &places[r->place];
		area_of(places, r->place, area);
		json_object_set_new(object, "place", json_string(p->code));
		json_object_set_new(object, "place_name", json_string(p->name));
		json_object_set_new(object, "pcode", json_string(p->pcode));
		json_object_set_new(object, "area", json_string(area));
	}
	if (r->count >= 0)
		json_object_set_new(object, "count", json_integer(r->count));
	if (r->place_unverified)
		json_object_set_new(object, "place_unverified", json_true());
}

json_t *readings_json(const struct sheet *sheet, const struct reading_set *set)
{
	json_t *list = json_array();
	for (size_t i = 0; i < set->count; i++) {
		json_t *one = json_object();
		reading_json_put(one, sheet, &set->readings[i]);
		json_array_append_new(list, one);
	}
	return list;
}

json_t *other_sheets_json(const struct sheets_used *used, const char *text, size_t size)
{
	json_t *list = json_array();
	struct reading_set set;
	char day[SHEET_DAY_SIZE];
	for (size_t i = 0; i < used->count; i++) {
		const struct sheet *s = used->sheets[i];
		sheet_day_text(sheet_valid_until(s), day);
		sheet_parse(s, text, size, &set);
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "sheet", sheet_name(s), "version", sheet_version(s),
			"until", sheet_valid_until(s) ? json_string(day) : json_null(), "readings", readings_json(s, &set)));
	}
	return list;
}

json_t *trend_signs_json(unsigned signs)
{
	json_t *list = json_array();
	for (enum trend_sign s = TREND_MORE; s < TREND_SIGNS; s++)
		if (signs & 1u << s)
			json_array_append_new(list, json_string(trend_sign_name(s)));
	return list;
}

json_t *flags_json(unsigned flags)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < FLAGS_COUNT; i++)
		if (flags & (1u << i))
			json_array_append_new(list, json_string(flag_name(i)));
	return list;
}

json_t *mends_json(const struct reading_set *set)
{
	json_t *list = json_array();
	for (size_t i = 0; i < set->mend_count; i++)
		json_array_append_new(list, json_string(set->mends[i]));
	return list;
}

json_t *unknown_json(const struct reading_set *set)
{
	json_t *list = json_array();
	for (size_t i = 0; i < set->unknown_count; i++)
		json_array_append_new(list, json_string(set->unknown[i]));
	return list;
}

json_t *spans_json(const struct reading_set *set)
{
	json_t *list = json_array();
	uint32_t from = 0;
	for (size_t i = 0; i < set->span_count; from = set->spans[i++].to)
		json_array_append_new(list, json_pack("{s:i, s:i, s:s}", "from", (int)from, "to", (int)set->spans[i].to,
						      "kind", span_kind_name(set->spans[i].kind)));
	return list;
}

json_t *decision_rules_json(const struct decision *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->fired_count; i++)
		json_array_append_new(list, json_string(d->fired[i]));
	return list;
}

json_t *decision_shares_json(const struct decision *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->share_count; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s}", "section", d->shares[i].section, "level", d->shares[i].level));
	return list;
}

json_t *time_json(int64_t unix_seconds)
{
	char text[32];
	time_t t = (time_t)unix_seconds;
	struct tm tm;
	if (unix_seconds == 0 || !gmtime_r(&t, &tm))
		return json_null();
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}
