// SPDX-License-Identifier: GPL-2.0-or-later
// What each sign of a text was taken for, and several reports in one SMS.
#include <string.h>

#include "tests/unit/rules/fixture.h"

static void every_sign_has_its_kind(void **state)
{
	// c code, q qualifier, m mended, ? unknown, . free text: one sign an octet
	static const struct {
		const char *text, *kinds;
	} rows[] = {
		{"A1 12H 40", "cc.ccc.qq"},
		{"A1 12H 40 merci chef", "cc.ccc.qq..........."},
		{" a1*12h#40# ", ".cc.ccc.qq.."},
		{"A112H40", "ccccccc"},
		{"A1 0012H 40", "cc.mmmmm.qq"},
		{"Al 12H 40", "mm.ccc.qq"},
		{"A1 12 H 40", "cc.mmmm.qq"},
		{"A1 12H Q7 40", "cc.ccc.??.qq"},
		{"attaque a Kayes quarante deux motos", "ccccccc...ccccc.qqqqqqqqqqqqq......"},
		{"bonjour", "......."},
		{"7#A#1#2", "q.mmm.q"},
		{"", ""},
		{"A1 12H 40 R4829153K", "cc.ccc.qq.ccccccccc"},
		{"R482 9153K a1 12H", "cccccccccc.cc.ccc"},
		{"A112HR4829153K", "cccccccccccccc"},
		{"A1 12H R4829I53K R4829154K", "cc.ccc.mmmmmmmmm.?????????"},
	};
	static const char signs[SPAN_KINDS] = {'.', 'c', 'q', 'm', '?'};
	struct sheet *s = fixture_sheet();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reading_set set;
		char got[80] = "";
		size_t at = 0;
		sheet_parse(s, rows[i].text, strlen(rows[i].text), &set);
		for (size_t k = 0; k < set.span_count; k++)
			while (at < set.spans[k].to)
				got[at++] = signs[set.spans[k].kind];
		print_message("%s\n%s\n", rows[i].text, got);
		assert_string_equal(got, rows[i].kinds);
	}
	sheet_destroy(s);
}

static void several_reports_keep_what_belongs_together(void **state)
{
	static const struct {
		const char *text, *readings;
	} rows[] = {
		{"A1 12H 40 A5 201M 10", "A1 12H 40|A5 201M 10"},
		{"A5 201M 10\nA1 12H 40", "A1 12H 40|A5 201M 10"},  // the worst first
		{"12H A1 40 201M A5", "A1 12H 40|A5 201M -"},
		{"40 A1 12H 10 A5 201M", "A1 12H 40|A5 201M 10"},
		{"A1 12H A1 13K", "A1 12H -|A1 13K -"},
		{"A5 12H A5 13K A5 14N", "A5 12H -|A5 13K -|A5 14N -"},
		// not so plain: every event with every place
		{"A1 A5 12H 13K", "A1 12H -|A1 13K -|A5 12H -|A5 13K -"},
		{"40 A1 12H A5 13K", "A1 12H 40|A1 13K 40|A5 12H 40|A5 13K 40"},
	};
	struct sheet *s = fixture_sheet();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reading_set set;
		char got[READINGS_MAX * 50] = "", one[48];
		sheet_parse(s, rows[i].text, strlen(rows[i].text), &set);
		for (size_t k = 0; k < set.count; k++) {
			fixture_reading(s, &set.readings[k], one);
			strcat(strcat(got, k ? "|" : ""), one);
		}
		assert_string_equal(got, rows[i].readings);
		assert_true(set.flags & FLAG_AMBIGUOUS); // a person looks at each of them
	}
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sign_has_its_kind),
		cmocka_unit_test(several_reports_keep_what_belongs_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
