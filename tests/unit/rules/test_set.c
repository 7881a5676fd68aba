// SPDX-License-Identifier: GPL-2.0-or-later
// Two sheets valid at once: an old card is still understood, and what it means otherwise is never guessed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/sheet_set.h"
#include "tests/unit/rules/fixture.h"

#define UNTIL 16982 // 2016-06-30

static const char current_text[] =
	"name = \"new\"; scheme = \"T-1\"; languages = (\"en\", \"fr\");\n"
	"events = ({ code = \"A1\"; name = \"Attack\"; severity = 5; names = { fr = \"Attaque\"; }; words = (\"raid\"); },\n"
	" { code = \"A2\"; name = \"Fire\"; severity = 4; names = { fr = \"Incendie\"; }; },\n"
	" { code = \"B5\"; name = \"Assault\"; severity = 4; restricted = true; },\n"
	" { code = \"H1\"; name = \"Quiet\"; kind = \"all_quiet\"; severity = 1; });\n"
	"places = ({ code = \"901S\"; pcode = \"ML01\"; name = \"Kay\"; level = \"region\"; k = 9; },\n"
	" { code = \"12H\"; pcode = \"ML0103\"; name = \"Bafu\"; level = \"cercle\"; parent = \"ML01\"; k = 9; },\n"
	" { code = \"13K\"; pcode = \"ML0104\"; name = \"Ken\"; level = \"cercle\"; parent = \"ML01\"; k = 9; });\n";
static const char old_text[] =
	"name = \"old\"; scheme = \"T-1\"; languages = (\"fr\"); valid = { from = \"2016-01-01\"; until = \"2016-06-30\"; };\n"
	"events = ({ code = \"A1\"; name = \"Incendie\"; severity = 3; },\n"
	" { code = \"B7\"; name = \"Attaque\"; severity = 5; words = (\"mangue\"); },\n"
	" { code = \"C3\"; name = \"Vol\"; severity = 4; words = (\"raid\"); });\n"
	"duress = (\"papaye\");\n"
	"places = ({ code = \"901S\"; pcode = \"ML01\"; name = \"Kay\"; level = \"region\"; k = 9; },\n"
	" { code = \"14N\"; pcode = \"ML0103\"; name = \"Bafu\"; level = \"cercle\"; parent = \"ML01\"; k = 9; },\n"
	" { code = \"12H\"; pcode = \"ML0104\"; name = \"Ken\"; level = \"cercle\"; parent = \"ML01\"; k = 9; },\n"
	" { code = \"15Q\"; pcode = \"ML0199\"; name = \"Gone\"; level = \"cercle\"; parent = \"ML01\"; k = 9; });\n";

static struct sheet *current;
static struct sheet_set set;
static char folder[64], path[128];

static void write_old(const char *text)
{
	strcpy(folder, "/tmp/tama-sheets-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/old.conf", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void remove_old(void)
{
	unlink(path);
	rmdir(folder);
}

static enum error load(const char *old, struct problems *problems)
{
	struct problems none = {.count = 0};
	assert_int_equal(sheet_load(fixture_file(current_text, strlen(current_text)), &none, &current), OK);
	write_old(old);
	enum error e = sheet_set_load(folder, current, problems, &set);
	remove_old();
	return e;
}

static void unload(void)
{
	sheet_set_finish(&set);
	sheet_destroy(current);
	current = NULL;
}

// "A1 12H 40 | A2 13K - [mended,ambiguous] 5 old"
static void expect(const char *text, int64_t day, const char *wanted)
{
	struct reading_set out;
	struct sheets_used used;
	char got[512] = "", one[48], flags[96];
	sheet_set_parse(&set, current, text, strlen(text), day, &out, &used);
	for (size_t i = 0; i < out.count; i++) {
		fixture_reading(current, &out.readings[i], one);
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " | " : "", one);
	}
	fixture_flags(out.flags, flags);
	snprintf(got + strlen(got), sizeof got - strlen(got), " [%s] %d", flags, out.severity);
	for (size_t i = 0; i < used.count; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), " %s", sheet_name(used.sheets[i]));
	assert_string_equal(got, wanted);
	bool marked = false;
	for (size_t i = 0; i < out.mend_count; i++)
		marked |= !strcmp(out.mends[i], "old-sheet");
	assert_int_equal(marked, used.count > 0);
	uint32_t at = 0; // every octet is something, whichever sheet said it
	for (size_t i = 0; i < out.span_count; at = out.spans[i++].to)
		assert_true(out.spans[i].to > at);
	assert_int_equal(at, strlen(text));
}

static void an_old_code_still_decodes_and_is_marked(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(load(old_text, &problems), OK);
	expect("A2 13K 7", UNTIL, "A2 13K 7 [-] 4");                          // of the current one alone
	expect("H1 13K", UNTIL, "H1 13K - [-] 1");
	expect("B7 14N 40", UNTIL, "A1 12H 40 [mended] 5 old");               // another code, another place code
	expect("mangue 14N", UNTIL, "A1 12H - [mended] 5 old");
	expect("B7 15Q", UNTIL, "A1 901S - [mended] 5 old");                  // a place that is no more: its area
	expect("C3 14N 2", UNTIL, "- 12H 2 [mended,ambiguous] 4 old");        // no event of ours: its severity stays
	expect("B7 14N", UNTIL + 1, " [ambiguous,undecoded] 3");                        // it has ended
	expect("B7 14N", 16800, " [ambiguous,undecoded] 3");                            // or has not begun: 2015-12-31
	expect("B7 14N", 16801, "A1 12H - [mended] 5 old");
	unload();
}

static void what_two_sheets_read_differently_stays_both(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(load(old_text, &problems), OK);
	expect("A1 901S 3", UNTIL, "A1 901S 3 | A2 901S 3 [mended,ambiguous] 5 old");
	expect("A1 12H", UNTIL, "A1 12H - | A2 13K - [mended,ambiguous] 5 old");
	expect("A2 12H", UNTIL, "A2 12H - | - 13K - [mended,ambiguous] 4 old");
	expect("A1 13K", UNTIL, "A1 13K - | A2 - - [mended,ambiguous] 5 old"); // that it knows not the place says nothing
	expect("raid 13K", UNTIL, "A1 13K - | - - - [mended,ambiguous] 5 old");
	expect("AI 901S", UNTIL, "A1 901S - | A2 901S - [mended,ambiguous] 5 old"); // mended by both alike
	unload();
}

static void an_old_word_of_duress_is_one(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(load(old_text, &problems), OK);
	struct reading_set out;
	struct sheets_used used;
	sheet_set_parse(&set, current, "A2 13K papaye", 13, UNTIL, &out, &used);
	assert_true(out.flags & FLAG_DURESS);
	sheet_set_parse(&set, current, "B7 14N papaye", 13, UNTIL, &out, &used);
	assert_true(out.flags & FLAG_DURESS);
	sheet_set_parse(&set, current, "A2 13K papaye", 13, UNTIL + 1, &out, &used);
	assert_false(out.flags & FLAG_DURESS);
	unload();
}

static void outside_its_areas_it_says_nothing(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(load(fixture_replace(old_text, "duress", "areas = (\"ML0103\"); duress"), &problems), OK);
	expect("B7 14N", UNTIL, "A1 12H - [mended] 5 old");
	expect("B7 15Q", UNTIL, " [ambiguous,undecoded] 3");
	unload();
}

static void refused(const char *text, int line, const char *piece)
{
	struct problems problems = {.count = 0};
	assert_int_equal(load(text, &problems), ERROR_ARGUMENT);
	fixture_one_problem(&problems, path, line, false, piece);
	assert_int_equal(set.count, 0);
	unload();
}

static void what_cannot_be_right_is_refused(void **state)
{
	(void)state;
	refused(fixture_replace(old_text, "severity = 4; words", "severity = 4; restricted = true; words"), 4,
		"C3 (Vol) is restricted and the current sheet \"new\" has no restricted event of that name");
	refused(fixture_replace(old_text, "2016-06-30", "2016-06-31"), 1, "until \"2016-06-31\": expected a date such as");
	refused(fixture_replace(old_text, "2016-06-30", "2015-06-30"), 1, "until is before from");
	refused(fixture_replace(old_text, "duress", "areas = (\"ML77\"); duress"), 5, "\"ML77\": no place of the sheet has this p-code");
	refused(fixture_replace(old_text, "{ from", "{ form"), 1, "form");
}

static bool told(const struct problems *p, int line, const char *piece)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].line == line && p->list[i].warning && strstr(p->list[i].text, piece))
			return true;
	problems_print(p, stdout);
	return false;
}

static void check_tells_each_collision(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(load(old_text, &problems), OK);
	sheet_set_check(&set, current, "new.conf", UNTIL - 10, &problems);
	assert_true(told(&problems, 2, "A1 means \"Incendie\" here and \"Attack\" in new.conf: both are shown until 2016-06-30"));
	assert_true(told(&problems, 4, "C3 (Vol): new.conf has no event of that name"));
	assert_true(told(&problems, 4, "the word \"raid\" means something else in new.conf"));
	assert_true(told(&problems, 8, "12H is Ken (ML0104) here and Bafu (ML0103) in new.conf"));
	assert_true(told(&problems, 9, "15Q (Gone): no place of new.conf has its p-code \"ML0199\""));
	assert_int_equal(problems.count, 5);
	problems = (struct problems){.count = 0};
	sheet_set_check(&set, current, "new.conf", UNTIL + 1, &problems); // only that it is over
	assert_true(told(&problems, 0, "this sheet ended on 2016-06-30"));
	assert_int_equal(problems.count, 1);
	unload();
	problems = (struct problems){.count = 0};
	assert_int_equal(load(fixture_replace(old_text, "until = \"2016-06-30\"; ", ""), &problems), OK);
	sheet_set_check(&set, current, "new.conf", UNTIL, &problems);
	assert_true(told(&problems, 0, "this sheet never ends"));
	unload();
}

static void no_folder_is_no_sheet(void **state)
{
	struct problems problems = {.count = 0};
	(void)state;
	assert_int_equal(sheet_set_load("/nonexistent", NULL, &problems, &set), OK);
	assert_int_equal(set.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_code_still_decodes_and_is_marked),
		cmocka_unit_test(what_two_sheets_read_differently_stays_both),
		cmocka_unit_test(an_old_word_of_duress_is_one),
		cmocka_unit_test(outside_its_areas_it_says_nothing),
		cmocka_unit_test(what_cannot_be_right_is_refused),
		cmocka_unit_test(check_tells_each_collision),
		cmocka_unit_test(no_folder_is_no_sheet),
	};
	return cmocka_run_group_tests(tests, NULL, fixture_remove);
}
