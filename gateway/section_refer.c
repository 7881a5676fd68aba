// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "gateway/section_view.h"
#include "rules/parse.h"

static int64_t time_of(const json_t *alert)
{
	struct tm tm = {0};
	const char *text = json_string_value(json_object_get(alert, "received_at"));
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	return end ? (int64_t)timegm(&tm) : 0;
}

static uint32_t flags_of(const json_t *alert)
{
	const json_t *one;
	size_t i;
	uint32_t flags = 0;
	json_array_foreach(json_object_get(alert, "flags"), i, one)
		for (unsigned bit = 0; bit < FLAGS_COUNT; bit++)
			if (json_is_string(one) && !strcmp(flag_name(bit), json_string_value(one)))
				flags |= 1u << bit;
	return flags;
}

static void put_code(struct bytes_writer *w, const json_t *reading, const char *key)
{
	const char *code = json_string_value(json_object_get(reading, key));
	bytes_put_text(w, code ? code : "", CODE_SIZE);
}

enum error section_refer_payload(const json_t *alert, const char *section, const char *level,
	uint8_t out[static SECTION_REFER_MAX], size_t *size)
{
	const json_t *readings = json_object_get(alert, "readings"), *one;
	struct bytes_writer w;
	size_t i;
	bytes_writer_init(&w, out, SECTION_REFER_MAX);
	bytes_put_u64(&w, (uint64_t)json_integer_value(json_object_get(alert, "id")));
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	bytes_put_text(&w, level, SECTION_LEVEL_SIZE);
	bytes_put_u64(&w, (uint64_t)time_of(alert));
	bytes_put_u32(&w, flags_of(alert));
	bytes_put_u8(&w, (uint8_t)json_array_size(readings));
	json_array_foreach(readings, i, one) {
		const json_t *count = json_object_get(one, "count");
		put_code(&w, one, "event");
		put_code(&w, one, "place");
		bytes_put_u32(&w, json_is_integer(count) ? (uint32_t)json_integer_value(count) : UINT32_MAX);
	}
	*size = w.at;
	return bytes_ok(&w) ? OK : ERROR_TOO_LARGE;
}
