// SPDX-License-Identifier: GPL-2.0-or-later
// HXL 1.1: a CSV (RFC 4180) whose second row has a hashtag for each column.
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/feed/feed.h"

enum from { FROM_ENTRY, FROM_AREA, FROM_PLACE, FROM_RECORD };

static const struct column {
	const char *head, *tag;
	enum from from;
	const char *level, *key;
} columns[] = {
	{"id", "#meta+id", FROM_ENTRY, NULL, "id"},
	{"from", "#date+start", FROM_ENTRY, NULL, "from"},
	{"until", "#date+end", FROM_ENTRY, NULL, "until"},
	{"region p-code", "#adm1+code", FROM_AREA, "region", "pcode"},
	{"region", "#adm1+name", FROM_AREA, "region", "name"},
	{"cercle p-code", "#adm2+code", FROM_AREA, "cercle", "pcode"},
	{"cercle", "#adm2+name", FROM_AREA, "cercle", "name"},
	{"commune p-code", "#adm3+code", FROM_AREA, "commune", "pcode"},
	{"commune", "#adm3+name", FROM_AREA, "commune", "name"},
	{"place p-code", "#loc+code", FROM_PLACE, NULL, "pcode"},
	{"place", "#loc+name", FROM_PLACE, NULL, "name"},
	{"latitude", "#geo+lat", FROM_ENTRY, NULL, "lat"},
	{"longitude", "#geo+lon", FROM_ENTRY, NULL, "lon"},
	{"event code", "#event+code", FROM_ENTRY, NULL, "event"},
	{"event", "#event+type", FROM_ENTRY, NULL, "event_name"},
	{"ACLED sub-event", "#event+type+acled", FROM_ENTRY, NULL, "sub_event"},
	{"severity", "#severity", FROM_ENTRY, NULL, "severity"},
	{"count", "#indicator+count", FROM_ENTRY, NULL, "count"},
	{"reporters", "#indicator+reporters", FROM_ENTRY, NULL, "reporters"},
	{"grade", "#meta+grade", FROM_ENTRY, NULL, "grade"},
	{"incident", "#meta+incident", FROM_ENTRY, NULL, "incident"},
	{"state", "#status+state", FROM_ENTRY, NULL, "state"},
	{"outcome", "#status+outcome", FROM_ENTRY, NULL, "outcome"},
	{"message", "#status+type", FROM_ENTRY, NULL, "type"},
	{"use", "#status+use", FROM_ENTRY, NULL, "status"},
	{"redaction", "#meta+redaction", FROM_ENTRY, NULL, "redaction"},
	{"text", "#meta+text", FROM_ENTRY, NULL, "text"},
	{"record", "#meta+record", FROM_RECORD, NULL, "text"},
	{"signature", "#meta+signature", FROM_RECORD, NULL, "signature"},
};

static bool is_number(const char *s)
{
	char *end;
	if (!isdigit((unsigned char)*s) && !(*s == '-' && isdigit((unsigned char)s[1])))
		return false;
	strtod(s, &end);
	return !*end;
}

// A cell that a spreadsheet would take for a formula is made text by the sign that spreadsheets use for that.
static void put_cell(FILE *out, const char *s)
{
	bool formula = *s && strchr("=+-@\t\r", *s) && !is_number(s);
	if (!formula && !strpbrk(s, ",\"\r\n;'") && *s != ' ') {
		fputs(s, out);
		return;
	}
	fputs(formula ? "\"'" : "\"", out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static const json_t *value(const json_t *entry, const struct column *c)
{
	const json_t *records = json_object_get(entry, "records");
	switch (c->from) {
	case FROM_AREA:
		return json_object_get(feed_area(entry, c->level), c->key);
	case FROM_PLACE:
		return json_object_get(feed_area(entry, NULL), c->key);
	case FROM_RECORD: // the newest says how it stands; JSON has all
		return json_object_get(json_array_get(records, json_array_size(records) - 1), c->key);
	case FROM_ENTRY:
	default:
		return json_object_get(entry, c->key);
	}
}

static void put_row(FILE *out, const json_t *entry)
{
	for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
		const json_t *v = value(entry, &columns[i]);
		if (i)
			fputc(',', out);
		if (json_is_string(v))
			put_cell(out, json_string_value(v));
		else if (json_is_integer(v))
			fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		else if (json_is_real(v))
			fprintf(out, "%.5f", json_real_value(v));
	}
	fputs("\r\n", out);
}

enum error feed_hxl(const struct feed *f, char **out, size_t *size)
{
	const json_t *one;
	size_t i;
	FILE *file = open_memstream(out, size);
	if (!file)
		return ERROR_MEMORY;
	for (i = 0; i < ARRAY_LENGTH(columns); i++)
		fprintf(file, "%s%s", i ? "," : "", columns[i].head);
	fputs("\r\n", file);
	for (i = 0; i < ARRAY_LENGTH(columns); i++)
		fprintf(file, "%s%s", i ? "," : "", columns[i].tag);
	fputs("\r\n", file);
	json_array_foreach(f->entries, i, one)
		put_row(file, one);
	return fclose(file) == 0 ? OK : ERROR_MEMORY;
}
