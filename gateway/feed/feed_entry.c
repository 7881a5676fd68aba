// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/feed/feed_entry.h"

#include <string.h>

#include "gateway/feed/feed_event.h"

#define DEPTH_MAX 8

json_t *feed_areas_json(const struct sheet *sheet, int place)
{
	const struct place *places;
	json_t *list = json_array();
	sheet_places(sheet, &places);
	for (int i = place, depth = 0; i >= 0 && depth < DEPTH_MAX; i = places[i].parent, depth++)
		json_array_insert_new(list, 0, json_pack("{s:s, s:s, s:s}", "level", *places[i].level ? places[i].level : "village",
						     "pcode", places[i].pcode, "name", places[i].name));
	return list;
}

void feed_put_coordinates(json_t *entry, const struct sheet *sheet, int place)
{
	const struct place *places;
	sheet_places(sheet, &places);
	bool known = place >= 0 && (places[place].lat != 0 || places[place].lon != 0);
	json_object_set_new(entry, "lat", known ? json_real(places[place].lat) : json_null());
	json_object_set_new(entry, "lon", known ? json_real(places[place].lon) : json_null());
}

static bool has_flag(const json_t *alert, const char *flag)
{
	const json_t *one;
	size_t i;
	json_array_foreach(json_object_get(alert, "flags"), i, one)
		if (!strcmp(json_string_value(one), flag))
			return true;
	return false;
}

static void put_type(json_t *a)
{
	const char *outcome = json_string_value(json_object_get(a, "outcome"));
	const char *state = json_string_value(json_object_get(a, "state"));
	bool cancelled = outcome && (!strcmp(outcome, "false") || !strcmp(outcome, "duplicate") || !strcmp(outcome, "drill"));
	bool moved = state && strcmp(state, "new") != 0;
	json_object_set_new(a, "type", json_string(cancelled ? "cancel" : moved ? "update" : "alert"));
	json_object_set_new(a, "revision", json_integer(moved));
}

void feed_entry_of_alert(json_t *a, const struct sheet *sheet, bool demo)
{
	const struct event *events;
	const char *pcode = json_string_value(json_object_get(a, "pcode"));
	const char *code = json_string_value(json_object_get(a, "event"));
	int place = pcode ? sheet_place_of_pcode(sheet, pcode) : -1, event = code ? sheet_event_of_code(sheet, code) : -1;
	sheet_events(sheet, &events);
	put_type(a);
	json_object_set_new(a, "status", json_string(has_flag(a, "drill") ? "exercise" : demo ? "test" : "actual"));
	const char *sub = event >= 0 ? feed_sub_event(&events[event]) : NULL;
	json_object_set_new(a, "sub_event", sub ? json_string(sub) : json_null());
	json_object_set_new(a, "category", json_string(event >= 0 ? feed_category(&events[event]) : "Security"));
	json_object_set_new(a, "expected", json_boolean(event >= 0 && feed_expected(&events[event])));
	json_object_set_new(a, "areas", feed_areas_json(sheet, place));
	feed_put_coordinates(a, sheet, place);
	json_object_set(a, "from", json_object_get(a, "received_at"));
	json_object_set(a, "until", json_object_get(a, "received_at"));
	json_object_set_new(a, "redaction", json_string("officer"));
	json_object_set_new(a, "records", json_array());
}
