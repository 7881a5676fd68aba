// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "gateway/feed/feed.h"

static enum error dump(json_t *document, char **out, size_t *size)
{
	*out = document ? json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
	*size = *out ? strlen(*out) : 0;
	json_decref(document);
	return *out ? OK : ERROR_MEMORY;
}

static json_t *now_json(int64_t now)
{
	char text[32];
	struct tm tm;
	time_t t = (time_t)now;
	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *head(const struct feed *f)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s?, s:o}", "format", "tama/feed/1", "station", f->station, "sender",
		f->sender, "section", f->section, "scheme", f->scheme, "key", f->key, "made_at", now_json(f->now));
}

enum error feed_json(const struct feed *f, char **out, size_t *size)
{
	json_t *document = head(f);
	json_object_set_new(document, "alerts", json_deep_copy(f->entries));
	return dump(document, out, size);
}

// RFC 7946: longitude first, WGS 84, no crs; a feature whose place has no coordinates has a null geometry.
static json_t *feature(const json_t *entry)
{
	const json_t *lat = json_object_get(entry, "lat"), *lon = json_object_get(entry, "lon");
	json_t *geometry = json_is_number(lat) && json_is_number(lon) ?
		json_pack("{s:s, s:[f, f]}", "type", "Point", "coordinates", json_number_value(lon), json_number_value(lat)) :
		json_null();
	json_t *properties = json_deep_copy(entry);
	const json_t *place = feed_area(entry, NULL);
	json_object_del(properties, "lat");
	json_object_del(properties, "lon");
	json_object_set_new(properties, "pcode", place ? json_string(feed_text(place, "pcode")) : json_null());
	json_object_set_new(properties, "place_name", place ? json_string(feed_text(place, "name")) : json_null());
	return json_pack("{s:s, s:O?, s:o, s:o}", "type", "Feature", "id", json_object_get(entry, "id"), "geometry", geometry,
		"properties", properties);
}

enum error feed_geojson(const struct feed *f, char **out, size_t *size)
{
	json_t *document = json_pack("{s:s, s:o, s:[]}", "type", "FeatureCollection", "tama", head(f), "features");
	json_t *features = json_object_get(document, "features");
	const json_t *one;
	size_t i;
	json_array_foreach(f->entries, i, one)
		json_array_append_new(features, feature(one));
	return dump(document, out, size);
}
