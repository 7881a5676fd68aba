// SPDX-License-Identifier: GPL-2.0-or-later
// From when, until when and where a sheet is good.
#include <stdio.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/sheet_file.h"

// Days since 1970 of a date of the Gregorian calendar (H. Hinnant, chrono-compatible date algorithms).
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t of_era = year % 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return year / 400 * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void sheet_day_text(int64_t day, char out[static SHEET_DAY_SIZE])
{
	int64_t z = day + 719468, era = z / 146097, of_era = z % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
	int64_t d = of_year - (153 * m + 2) / 5 + 1, month = m < 10 ? m + 3 : m - 9;
	snprintf(out, SHEET_DAY_SIZE, "%04u-%02u-%02u", (unsigned)(year + era * 400 + (month <= 2)) % 10000u,
		(unsigned)month % 100u, (unsigned)d % 100u);
}

static int64_t get_day(const struct settings *f, const config_setting_t *g, const char *key)
{
	char text[SHEET_DAY_SIZE + 2], again[SHEET_DAY_SIZE];
	int year, month, day;
	if (!settings_text(f, g, key, false, text, sizeof text))
		return 0;
	if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) == 3 && year >= 1971) {
		int64_t n = days_of(year, month, day);
		sheet_day_text(n, again);
		if (!strcmp(text, again)) // no 31st of June
			return n;
	}
	COMPLAIN(f, settings_at(g, key), "%s \"%s\": expected a date such as \"2016-06-30\"", key, text);
	return 0;
}

struct areas {
	const struct settings *in;
	struct sheet *sheet;
};

static void take_area(void *ctx, const config_setting_t *s, const char *v)
{
	struct areas *a = ctx;
	int place = sheet_place_of_pcode(a->sheet, v);
	if (place < 0)
		COMPLAIN(a->in, s, "areas: \"%.20s\": no place of the sheet has this p-code (scheme %s)", v, a->sheet->scheme);
	else if (a->sheet->area_count == SHEET_AREAS_MAX)
		COMPLAIN(a->in, s, "areas: at most %d", SHEET_AREAS_MAX);
	else
		a->sheet->areas[a->sheet->area_count++] = place;
}

void sheet_load_validity(const struct settings *f, struct sheet *s, const config_setting_t *root)
{
	static const char *const known[] = {"from", "until"};
	const config_setting_t *g = config_setting_get_member(root, "valid");
	struct areas a = {f, s};
	settings_each(f, root, "areas", take_area, &a);
	if (!g)
		return;
	if (!config_setting_is_group(g)) {
		COMPLAIN(f, g, "valid: expected valid = { from = \"2016-01-01\"; until = \"2016-06-30\"; };");
		return;
	}
	settings_find_unknown(f, g, known, ARRAY_LENGTH(known));
	s->valid_from = get_day(f, g, "from");
	s->valid_until = get_day(f, g, "until");
	if (s->valid_from && s->valid_until && s->valid_until < s->valid_from)
		COMPLAIN(f, settings_at(g, "until"), "until is before from: this sheet is never valid");
}

int64_t sheet_valid_from(const struct sheet *s)
{
	return s->valid_from;
}

int64_t sheet_valid_until(const struct sheet *s)
{
	return s->valid_until;
}

bool sheet_valid_on(const struct sheet *s, int64_t day)
{
	return day >= s->valid_from && (!s->valid_until || day <= s->valid_until);
}

bool sheet_valid_at(const struct sheet *s, int place)
{
	bool inside = s->area_count == 0 || place < 0;
	for (size_t i = 0; i < s->area_count; i++)
		inside = inside || sheet_place_inside(s, place, s->areas[i]);
	return inside;
}
