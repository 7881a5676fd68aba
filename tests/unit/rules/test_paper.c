// SPDX-License-Identifier: GPL-2.0-or-later
// Languages, cover words and pictograms of a sheet: what loads, what is refused, what sheet_check warns of.
#include "tests/unit/rules/fixture.h"

#include <stdio.h>
#include <string.h>

#include "rules/sheet_card.h"

static const char good[] = "name = \"S\"; scheme = \"X-1\"; version = \"7\"; languages = (\"fr\", \"bm\", \"ar\");\n"    // 1
			   "card = { what = { fr = \"quoi\"; bm = \"mun\"; ar = \"ماذا\"; }; };\n"                      // 2
			   "market = { fr = (\"oignon\", \"tomate\"); bm = (\"jaba\"); ar = (\"بصل\"); };\n"            // 3
			   "events = (\n"                                                                               // 4
			   "  { code = \"A1\"; name = \"Attaque\"; severity = 5; pictogram = \"attack\";\n"             // 5
			   "    names = { bm = \"Binkanni\"; ar = \"هجوم\"; };\n"                                       // 6
			   "    cover = { fr = \"oignon\"; bm = \"jaba\"; ar = \"بصل\"; };\n"                           // 7
			   "    words = { fr = (\"assaut\"); bm = \"hare\"; ar = \"hujum\"; }; }\n"                     // 8
			   ");\n"                                                                                       // 9
			   "places = ({ code = \"12H\"; pcode = \"X01\"; name = \"Kati\"; level = \"region\"; k = 9; });\n"; // 10

static struct sheet *load(const char *text, struct problems *problems, const char **path)
{
	struct sheet *s = NULL;
	*path = fixture_file(text, strlen(text));
	memset(problems, 0, sizeof *problems);
	enum error e = sheet_load(*path, problems, &s);
	assert_true((e == OK) == (s != NULL));
	return s;
}

static void each_language_has_its_texts(void **state)
{
	(void)state;
	static struct problems problems;
	const char *path;
	struct sheet *s = load(good, &problems, &path);
	assert_non_null(s);
	assert_string_equal(sheet_version(s), "7");
	assert_int_equal(sheet_languages(s), 3);
	assert_string_equal(sheet_language(s, 2), "ar");
	assert_int_equal(sheet_language_of_tag(s, "bm"), 1);
	assert_int_equal(sheet_language_of_tag(s, "ff"), -1);
	assert_string_equal(sheet_event_name(s, 0, 0), "Attaque");
	assert_string_equal(sheet_event_name(s, 0, 1), "Binkanni");
	assert_string_equal(sheet_event_cover(s, 0, 2), "بصل");
	assert_string_equal(sheet_phrase(s, PHRASE_WHAT, 1), "mun");
	assert_null(sheet_phrase(s, PHRASE_WHERE, 0));
	sheet_check(s, path, &problems);
	assert_int_equal(problems.count, 0);
	sheet_destroy(s);
}

static void what_a_card_shows_is_read(void **state)
{
	(void)state;
	static struct problems problems;
	static const char *const shown[] = {"attaque", "binkanni", "oignon", "jaba", "assaut", "hare", "hujum"};
	const char *path;
	struct sheet *s = load(good, &problems, &path);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct word_match m = sheet_word(s, shown[i], false);
		assert_int_equal(m.kind, WORD_EVENT);
		assert_int_equal(m.index, 0);
	}
	sheet_destroy(s);
}

static void a_sheet_without_languages_has_one_of_no_name(void **state)
{
	(void)state;
	struct sheet *s;
	static struct problems problems;
	static const char plain[] = "name = \"S\"; scheme = \"X\"; events = ({ code = \"A1\"; name = \"N\"; cover = \"mil\"; });\n"
				    "places = ({ code = \"12H\"; pcode = \"X\"; name = \"K\"; level = \"region\"; k = 9; });";
	const char *path;
	s = load(plain, &problems, &path);
	assert_int_equal(sheet_languages(s), 1);
	assert_string_equal(sheet_language(s, 0), "und");
	assert_string_equal(sheet_event_cover(s, 0, 0), "mil");
	assert_string_equal(sheet_version(s), "");
	sheet_destroy(s);
}

struct change {
	const char *from, *to;
	int line;
	const char *piece;
};

static void refused_at_their_line(void **state)
{
	(void)state;
	static struct problems problems;
	static const struct change cases[] = {
		{"(\"fr\", \"bm\", \"ar\")", "(\"fr\", \"bm\", \"ar\", \"french\")", 1, "\"french\" is no tag of a language"},
		{"\"bm\", \"ar\")", "\"bm\", \"ar\", \"bm\")", 1, "\"bm\" is there already"},
		{"\"bm\", \"ar\")", "\"bm\", \"ar\", \"zh-\")", 1, "\"zh-\" is no tag"},
		{"names = { bm", "names = { bn", 6, "language \"bn\" is not declared in languages = (\"fr\", …); did you mean \"bm\"?"},
		{"names = { bm", "names = { fr", 6, "the name in \"fr\", the first language, is name ="},
		{"names = { bm = \"Binkanni\"; ar = \"هجوم\"; }", "names = \"x\"", 6, "names: expected a group"},
		{"names = { bm = \"Binkanni\"", "names = { bm = 7", 6, "bm: expected a text in quotes"},
		{"bm = \"hare\"", "ff = \"hare\"", 8, "language \"ff\" is not declared"},
		{"\"attack\"", "\"atack\"", 5, "pictogram \"atack\" is unknown; did you mean \"attack\"?"},
		{"bm = \"jaba\";", "bm = \"jaba ni foronto ni kɔgɔ\";", 7, "is never found: expected at most 3 words"},
		{"market = { fr = (", "market = { xx = (", 3, "language \"xx\" is not declared"},
		{"market = { fr = (\"oignon\", \"tomate\"); bm = (\"jaba\"); ar = (\"بصل\"); }", "market = 3", 3, "market: expected a group"},
		{"what = {", "wat = {", 2, "unknown key \"wat\"; did you mean \"what\"?"},
		{"version = \"7\"", "version = \"a version of too many letters\"", 1, "version: expected 1 to 23 octets"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path;
		assert_null(load(fixture_replace(good, cases[i].from, cases[i].to), &problems, &path));
		fixture_one_problem(&problems, path, cases[i].line, false, cases[i].piece);
	}
}

static void warned_of_as_holes_and_unusual_words(void **state)
{
	(void)state;
	static struct problems problems;
	static const struct change cases[] = {
		{"names = { bm = \"Binkanni\"; ar", "names = { ar", 0, "language \"bm\": no event has a name"},
		{"; bm = \"mun\"", "", 0, "language \"bm\": 1 phrases of card"},
		{"ar = \"hujum\"; ", "", 0, "language \"ar\": no event has a word that can be typed in it"},
		{"cover = { fr = \"oignon\"; bm = \"jaba\"; ar", "cover = { fr = \"oignon\"; ar", 0, "language \"bm\": no event has a cover word"},
		{" version = \"7\";", "", 0, "no version"},
		{"cover = { fr = \"oignon\"", "cover = { fr = \"oignom\"", 7,
			"the cover word \"oignom\" is not among the words of a market in \"fr\": it would attract attention; did you mean \"oignon\"?"},
		{"cover = { fr = \"oignon\"", "cover = { fr = \"grenade\"", 7, "\"grenade\" is not among the words of a market"},
		{"cover = { fr = \"oignon\"; bm = \"jaba\"; ar = \"بصل\"", "cover = { fr = \"oignon\"; bm = \"jaba\"; ar = \"قنبلة\"", 7,
			"\"قنبلة\" is not among the words of a market in \"ar\""},
		{" bm = (\"jaba\");", "", 0, "language \"bm\": no market"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path;
		struct sheet *s = load(fixture_replace(good, cases[i].from, cases[i].to), &problems, &path);
		assert_non_null(s);
		sheet_check(s, path, &problems);
		fixture_one_problem(&problems, path, cases[i].line, true, cases[i].piece);
		sheet_destroy(s);
	}
}

static void an_event_among_others_is_named_as_a_hole(void **state)
{
	(void)state;
	static struct problems problems;
	const char *path;
	struct sheet *s = load(fixture_replace(good, "events = (\n",
		"events = (\n  { code = \"T1\"; name = \"Essai\"; kind = \"test\"; cover = { fr = \"tomate\"; bm = \"jaba\"; ar = \"بصل\"; }; },"),
		&problems, &path);
	assert_null(s); // "jaba" means two things
	fixture_one_problem(&problems, path, 7, false, "the word \"jaba\" means something else in line 5");
	s = load(fixture_replace(good, "events = (\n",
		"events = (\n  { code = \"T1\"; name = \"Essai\"; kind = \"test\"; pictogram = \"test\"; names = { ar = \"تجربة\"; };"
		" cover = { fr = \"tomate\"; ar = \"بصل\"; }; },"), &problems, &path);
	assert_non_null(s);
	sheet_check(s, path, &problems);
	assert_int_equal(problems.count, 2);
	assert_non_null(strstr(problems.list[0].text, "language \"bm\": 1 of 2 events have no name (T1)"));
	assert_non_null(strstr(problems.list[1].text, "language \"bm\": 1 of 2 events have no cover word (T1)"));
	sheet_destroy(s);
}

static void a_long_cover_word_stands_out(void **state)
{
	(void)state;
	static struct problems problems;
	char text[4096];
	const char *path;
	snprintf(text, sizeof text, "%s", fixture_replace(good, "\"tomate\"", "\"pamplemousse\""));
	struct sheet *s = load(fixture_replace(text, "cover = { fr = \"oignon\"", "cover = { fr = \"pamplemousse\""), &problems, &path);
	assert_non_null(s);
	sheet_check(s, path, &problems);
	fixture_one_problem(&problems, path, 7, true, "\"pamplemousse\" has more than 10 letters");
	sheet_destroy(s);
}

// What is given out with Tama: codes stay, each event has a pictogram and a cover word, and no cover word is warned of.
static void the_default_sheet_has_no_unusual_cover_word(void **state)
{
	(void)state;
	static struct problems problems;
	struct sheet *s = fixture_sheet();
	const struct event *events;
	size_t n = sheet_events(s, &events);
	assert_int_equal(n, 25);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(events[i].pictogram, PICTOGRAM_NONE);
		assert_non_null(sheet_event_cover(s, i, 0));
		assert_non_null(sheet_event_name(s, i, (size_t)sheet_language_of_tag(s, "ar")));
		assert_non_null(sheet_event_name(s, i, (size_t)sheet_language_of_tag(s, "en")));
	}
	sheet_check(s, "sheet", &problems);
	for (size_t i = 0; i < problems.count; i++) {
		assert_null(strstr(problems.list[i].text, "the cover word"));
		assert_null(strstr(problems.list[i].text, "pictogram"));
	}
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_language_has_its_texts),
		cmocka_unit_test(what_a_card_shows_is_read),
		cmocka_unit_test(a_sheet_without_languages_has_one_of_no_name),
		cmocka_unit_test(refused_at_their_line),
		cmocka_unit_test(warned_of_as_holes_and_unusual_words),
		cmocka_unit_test(an_event_among_others_is_named_as_a_hole),
		cmocka_unit_test(a_long_cover_word_stands_out),
		cmocka_unit_test(the_default_sheet_has_no_unusual_cover_word),
	};
	return cmocka_run_group_tests(tests, NULL, fixture_remove);
}
