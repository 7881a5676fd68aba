// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/feed/feed.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *type;
	enum error (*write)(const struct feed *f, char **out, size_t *size);
} formats[FEED_FORMATS] = {
	{"json", "application/json", feed_json},
	{"cap", "application/cap+xml", feed_cap},
	{"geojson", "application/geo+json", feed_geojson},
	{"hxl", "text/csv; charset=utf-8; header=present", feed_hxl},
};

int feed_format_of(const char *name)
{
	for (int i = 0; i < FEED_FORMATS; i++)
		if (!strcmp(formats[i].name, name))
			return i;
	return -1;
}

const char *feed_format_name(enum feed_format f)
{
	return formats[f].name;
}

const char *feed_content_type(enum feed_format f)
{
	return formats[f].type;
}

enum error feed_write(const struct feed *f, enum feed_format format, char **out, size_t *size)
{
	return formats[format].write(f, out, size);
}

const char *feed_sender(const uint8_t station_id[static 16], char out[static 40])
{
	snprintf(out, 40, "tama-%02x%02x%02x%02x", station_id[0], station_id[1], station_id[2], station_id[3]);
	return out;
}

const char *feed_text(const json_t *entry, const char *key)
{
	const char *s = json_string_value(json_object_get(entry, key));
	return s ? s : "";
}

const char *feed_value(const json_t *entry, const char *key, char out[static FEED_VALUE_SIZE])
{
	const json_t *v = json_object_get(entry, key);
	if (!json_is_integer(v))
		return feed_text(entry, key);
	snprintf(out, FEED_VALUE_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return out;
}

const json_t *feed_area(const json_t *entry, const char *level)
{
	const json_t *areas = json_object_get(entry, "areas"), *one;
	size_t i, n = json_array_size(areas);
	if (!level)
		return n ? json_array_get(areas, n - 1) : NULL;
	json_array_foreach(areas, i, one)
		if (!strcmp(feed_text(one, "level"), level))
			return one;
	return NULL;
}
