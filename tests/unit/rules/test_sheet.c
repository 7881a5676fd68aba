// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/rules/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char good[] = "name = \"S\"; scheme = \"X-1\";\n"                                                  // 1
			   "events = (\n"                                                                       // 2
			   "  { code = \"A1\"; name = \"Attack\"; severity = 5; words = (\"attaque\"); },\n"    // 3
			   "  { code = \"E1\"; name = \"Arrest\"; perpetrator = \"uniformed\"; },\n"            // 4
			   "  { code = \"T1\";\n"                                                               // 5
			   "    name = \"Essai\"; kind = \"test\"; restricted = false; }\n"                     // 6
			   ");\n"                                                                               // 7
			   "places = (\n"                                                                       // 8
			   "  { code = \"901S\"; pcode = \"X01\"; name = \"North\"; level = \"region\"; },\n"   // 9
			   "  { code = \"12H\"; pcode = \"X0101\"; name = \"Kati\"; level = \"cercle\";\n"      // 10
			   "    parent = \"X01\"; k = 9; lat = 14.50000000001; lon = -4; },\n"                            // 11
			   "  { code = \"13K\"; pcode = \"X0102\"; name = \"Kita\"; level = \"cercle\"; parent = \"X01\"; },\n"
			   "  { code = \"14N\"; pcode = \"X010201\"; name = \"Bla\"; level = \"commune\";"      // 13
			   " parent = \"X0102\"; }\n"
			   ");\n"
			   "fillers = (\"bonjour\");\n"; // 15

struct broken {
	const char *from, *to;
	int line;
	const char *piece;
};

static void broken_sheets_have_one_problem_at_its_line(void **state)
{
	(void)state;
	static const struct broken cases[] = {
		{"(\n  { code = \"A1\"", "(\n  { code == \"A1\"", 3, "syntax error"},
		{"severity = 5", "severty = 5", 3, "unknown key \"severty\"; did you mean \"severity\"?"},
		{"fillers", "filers", 15, "unknown key \"filers\"; did you mean \"fillers\"?"},
		{"level = \"region\"", "level = \"region\"; zzzzzz = 1", 9, "unknown key \"zzzzzz\""},
		{"severity = 5", "severity = \"5\"", 3, "severity: expected a whole number from 1 to 5"},
		{"severity = 5", "severity = 6", 3, "severity: expected a whole number from 1 to 5"},
		{"severity = 5", "severity = 5.0", 3, "severity: expected a whole number from 1 to 5"},
		{"severity = 5", "severity = 99999999999999999999", 3, "this number is too large"},
		{"k = 9", "k = -1", 11, "k: expected a whole number from 0 to 100000000"},
		{"k = 9", "k = 4294967297", 11, "this number is too large"},
		{"k = 9", "/* \" 12345678901 */ k = 0x7fffffff", 11, "k: expected a whole number"},
		{"k = 9", "k = 9L", 11, "k: expected a whole number"},
		{"lat = 14.50000000001", "lat = 91", 11, "lat: expected degrees from -90 to 90"},
		{"lat = 14.50000000001", "lat = \"14\"", 11, "lat: expected degrees"},
		{"lon = -4", "lon = -1e300", 11, "lon: expected degrees from -180 to 180"},
		{"restricted = false", "restricted = 1", 6, "restricted: expected true or false"},
		{"name = \"S\"; ", "", 1, "name is missing: expected a text"},
		{"scheme = \"X-1\";", "", 1, "scheme is missing"},
		{"name = \"Attack\"; ", "", 3, "name is missing: expected a text"},
		{"name = \"Kati\"; ", "", 10, "name is missing"},
		{"name = \"Kati\"", "name = 7", 10, "name: expected a text in quotes"},
		{"name = \"Kati\"", "name = \"\"", 10, "name: expected 1 to 79 octets"},
		{"code = \"901S\"; ", "", 9, "code is missing"},
		{"code = \"E1\"", "code = \"A1\"", 4, "code \"A1\" is the event of line 3 already"},
		{"code = \"E1\"", "code = \"e1\"", 4, "expected a capital letter"},
		{"code = \"E1\"", "code = \"O1\"", 4, "not I, L, O"},
		{"code = \"E1\"", "code = \"E12\"", 4, "expected a capital letter"},
		{"kind = \"test\"", "kind = \"tset\"", 6, "kind \"tset\" is unknown; did you mean \"test\"?"},
		{"kind = \"test\"", "kind = 3", 6, "kind: expected a text"},
		{"perpetrator = \"uniformed\"", "perpetrator = \"army\"", 4, "expected \"any\" or \"uniformed\""},
		{"code = \"12H\"", "code = \"12K\"", 10, "the check letter is wrong; expected \"12H\""},
		{"code = \"12H\"", "code = \"012H\"", 10, "expected digits and a check letter, such as 12H"},
		{"code = \"12H\"", "code = \"H\"", 10, "expected digits and a check letter"},
		{"code = \"12H\"", "code = \"1234567890H\"", 10, "expected digits and a check letter"},
		{"code = \"13K\"", "code = \"12H\"", 12, "code \"12H\" is the place of line 10 already"},
		{"pcode = \"X010201\"", "pcode = \"X0102\"", 13, "p-code \"X0102\" is the place of line 12 already"},
		{"parent = \"X01\"; k", "parent = \"X09\"; k", 10, "parent \"X09\": no place has this p-code (scheme X-1)"},
		{"parent = \"X01\"; k", "parent = \"X0101\"; k", 10, "inside itself: a cycle of parents"},
		{"level = \"region\"", "level = \"region\"; parent = \"X010201\"", 9, "a cycle of parents"},
		{"level = \"commune\"", "level = \"region\"", 13, "region \"Bla\" cannot be inside cercle \"Kita\""},
		{"parent = \"X01\"; k", "k", 10, "has no area: expected parent = the p-code of its region"},
		{"level = \"region\"", "level = \"regoin\"", 9, "did you mean \"region\"?"},
		{"(\"attaque\")", "\"attaque\", \"x\"", 3, "syntax error"},
		{"(\"attaque\")", "7", 3, "words: expected texts"},
		{"(\"attaque\")", "(7)", 3, "words: expected texts in quotes"},
		{"(\"attaque\")", "()", 3, "words: expected texts"},
		{"(\"attaque\")", "(\"12\")", 3, "has no letter"},
		{"(\"attaque\")", "(\"E1\")", 3, "the word \"e1\" is also a code"},
		{"(\"attaque\")", "(\"1 2 h\")", 3, "the word \"12h\" is also a code"},
		{"(\"attaque\")", "(\"ߒߞߏ\")", 3, "expected Latin letters"},
		{"(\"attaque\")", "(\"one two three four\")", 3, "is never found: expected at most 3 words"},
		{"(\"attaque\")", "(\"arrêst\")", 4, "the word \"arrest\" means something else in line 3"},
		{"(\"bonjour\")", "(\"attaque\")", 15, "the word \"attaque\" means something else in line 3"},
		{"fillers = (\"bonjour\")", "doubts = 5", 15, "doubts: expected texts"},
		{"name = \"S\";", "name = \"S\"; name = \"T\";", 1, "duplicate setting name"},
		{"name = \"S\";", "name = \"S\";\n@include \"/etc/passwd\"\n", 2, "@include is not allowed"},
		{"name = \"S\"", "name = \"S\xff\"", 1, "not text in UTF-8"},
		{"{ code = \"E1\"; name = \"Arrest\"; perpetrator = \"uniformed\"; }", "7", 4, "events: expected a list of groups"},
		{"{ code = \"E1\"; name = \"Arrest\"; perpetrator = \"uniformed\"; }", "( 7, 8 )", 4, "events: expected a list of groups"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems problems = {.count = 0};
		struct sheet *s = NULL;
		const char *text = fixture_replace(good, cases[i].from, cases[i].to);
		const char *file = fixture_file(text, strlen(text));
		if (sheet_load(file, &problems, &s) != ERROR_ARGUMENT)
			fail_msg("loaded with \"%s\"", cases[i].to);
		assert_null(s);
		fixture_one_problem(&problems, file, cases[i].line, false, cases[i].piece);
	}
}

static void whole_texts_that_are_no_sheet(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
		const char *piece;
	} cases[] = {
		{"", 1, "there is nothing in this file"},
		{"\n// only a comment\n", 1, "there is nothing in this file"},
		{"name = \"S", 1, "syntax error"},
		{"name = \"S\"; scheme = \"X\"; places = ( { code = \"901S\"; pcode = \"X\"; name = \"N\"; level = \"region\"; } );",
			1, "events: expected a list of groups"},
		{"name = \"S\"; scheme = \"X\";\nevents = ( { code = \"A1\"; name = \"N\"; } );\nplaces = ();", 3,
			"places: expected at least one"},
		{"name = \"S\"; scheme = \"X\";\nevents = ( { code = \"A1\"; name = \"N\"; } );\nplaces = [ 1, 2 ];", 3,
			"places: expected a list of groups"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems problems = {.count = 0};
		struct sheet *s = NULL;
		const char *file = fixture_file(cases[i].text, strlen(cases[i].text));
		assert_int_equal(sheet_load(file, &problems, &s), ERROR_ARGUMENT);
		fixture_one_problem(&problems, file, cases[i].line, false, cases[i].piece);
	}
}

static void assert_unreadable(const char *path, const char *piece)
{
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	assert_int_equal(sheet_load(path, &problems, &s), ERROR_ARGUMENT);
	fixture_one_problem(&problems, path, 0, false, piece);
}

static void what_is_no_file_is_told(void **state)
{
	(void)state;
	assert_unreadable("/nowhere/sheet.conf", "cannot be read: No such file or directory");
	assert_unreadable("/tmp", "cannot be read: it is a directory"); // libconfig would end the process
	assert_unreadable("/dev/zero", "cannot be read: it is not a regular file");
}

static void random_octets_are_one_problem(void **state)
{
	(void)state;
	uint8_t octets[3000];
	uint32_t seed = 1;
	for (int round = 0; round < 200; round++) {
		struct problems problems = {.count = 0};
		struct sheet *s = NULL;
		for (size_t i = 0; i < sizeof octets; i++)
			octets[i] = (uint8_t)fixture_random(&seed);
		assert_int_equal(sheet_load(fixture_file(octets, sizeof octets), &problems, &s), ERROR_ARGUMENT);
		assert_int_equal(problems.count, 1);
	}
}

// Every cut and many changed octets of a good sheet: loaded, or refused with a problem; never a crash.
static void cut_and_changed_sheets_are_loaded_or_refused(void **state)
{
	(void)state;
	char text[sizeof good];
	uint32_t seed = 2;
	for (size_t round = 0; round < 3 * sizeof good; round++) {
		struct problems problems = {.count = 0};
		struct sheet *s = NULL;
		size_t size = round < sizeof good ? round : sizeof good - 1;
		memcpy(text, good, sizeof good);
		if (round >= sizeof good)
			text[fixture_random(&seed) % size] = "\"{}()[];=,\n\\x0A@"[fixture_random(&seed) % 16];
		if (sheet_load(fixture_file(text, size), &problems, &s) == OK)
			sheet_destroy(s);
		else
			assert_true(problems.errors > 0);
	}
}

static void huge_and_deep_files_are_refused(void **state)
{
	(void)state;
	size_t size = 400000;
	char *text = malloc(size);
	assert_non_null(text);
	for (int i = 0; i < 3; i++) {
		struct problems problems = {.count = 0};
		struct sheet *s = NULL;
		memset(text, "({["[i], size);
		memcpy(text, "a = ", 4);
		assert_int_equal(sheet_load(fixture_file(text, size), &problems, &s), ERROR_ARGUMENT);
		assert_int_equal(problems.count, 1);
	}
	memset(text, 'x', size);
	memcpy(text, "name = \"", 8);
	memcpy(text + size - 3, "\";\n", 3);
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	assert_int_equal(sheet_load(fixture_file(text, size), &problems, &s), ERROR_ARGUMENT);
	assert_string_equal(problems.list[0].text, "name: expected 1 to 79 octets");
	free(text);
}

static void a_good_sheet_says_what_is_in_it(void **state)
{
	(void)state;
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	const struct event *events;
	const struct place *places;
	assert_int_equal(sheet_load(fixture_file(good, sizeof good - 1), &problems, &s), OK);
	assert_int_equal(problems.count, 0);
	assert_string_equal(sheet_name(s), "S");
	assert_string_equal(sheet_scheme(s), "X-1");
	assert_int_equal(sheet_events(s, &events), 3);
	assert_int_equal(events[0].severity, 5);
	assert_true(events[1].uniformed);
	assert_int_equal(events[1].severity, 3);
	assert_int_equal(events[2].kind, KIND_TEST);
	assert_int_equal(sheet_places(s, &places), 4);
	assert_int_equal(places[1].k, 9);
	assert_true(places[1].lat > 14.4 && places[1].lat < 14.6);
	assert_true(places[1].lon < -3.9 && places[1].lon > -4.1); // written without a point
	assert_int_equal(places[3].parent, 2);
	sheet_destroy(s);
}

static void looks_up_codes_areas_and_words(void **state)
{
	(void)state;
	struct sheet *s = fixture_sheet();
	const struct place *places;
	sheet_places(s, &places);
	int village = sheet_place_of_code(s, "201M");
	assert_int_equal(sheet_place_of_code(s, "0201m"), village);
	assert_int_equal(sheet_place_of_digits(s, "201"), village);
	assert_int_equal(sheet_place_of_code(s, "201N"), -1);
	assert_int_equal(sheet_place_of_code(s, "201"), -1);
	assert_int_equal(sheet_place_of_code(s, ""), -1);
	assert_int_equal(sheet_place_of_digits(s, "99999999999999999999999"), -1);
	assert_true(sheet_place_within(s, village, "ML05"));
	assert_true(sheet_place_within(s, village, "ML05079001"));
	assert_false(sheet_place_within(s, village, "ML0505"));
	assert_false(sheet_place_within(s, -1, "ML05"));
	assert_string_equal(places[sheet_place_at_level(s, village, "cercle")].name, "Ténenkou");
	assert_int_equal(sheet_place_at_level(s, sheet_place_of_pcode(s, "ML05"), "cercle"), -1);
	assert_int_equal(sheet_event_of_code(s, "a3"), sheet_event_of_code(s, "A3"));
	assert_int_equal(sheet_event_of_code(s, "A9"), -1);
	// Kayes is a region and its seat: the word means the region.
	assert_string_equal(places[sheet_word(s, "kayes", false).index].level, "region");
	assert_int_equal(sheet_word(s, "banamba", false).kind, WORD_PLACE);
	assert_true(sheet_word(s, "banambo", true).slip);
	assert_int_equal(sheet_word(s, "banambo", false).kind, WORD_NONE);
	assert_int_equal(sheet_word(s, "kite", true).kind, WORD_NONE); // too short for a slip
	sheet_destroy(s);
}

static void a_word_as_near_to_two_is_neither(void **state)
{
	(void)state;
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	const char *text = fixture_replace(good, "(\"attaque\")", "(\"sinkoro\")");
	char both[sizeof good + 64];
	strcpy(both, text);
	text = fixture_replace(both, "name = \"Kita\"", "name = \"Sinkari\"");
	strcpy(both, text);
	text = fixture_replace(both, "name = \"Bla\"", "name = \"Sinkuro\"");
	assert_int_equal(sheet_load(fixture_file(text, strlen(text)), &problems, &s), OK);
	struct word_match m = sheet_word(s, "sinkiro", true); // one slip from the event sinkoro and the place Sinkuro
	assert_int_equal(m.kind, WORD_NONE);
	assert_true(m.slip);
	assert_int_equal(sheet_word(s, "sinkoro", true).kind, WORD_EVENT);
	sheet_destroy(s);
}

static void check_letters_find_each_slip_and_swap(void **state)
{
	(void)state;
	char digits[8], other[8];
	assert_int_equal(place_check_letter("12"), 'H');
	assert_int_equal(place_check_letter("0012"), 'H');
	for (unsigned n = 0; n < 20000; n++) {
		snprintf(digits, sizeof digits, "%05u", n);
		for (size_t i = 0; i < 5; i++) {
			for (char c = '0'; c <= '9'; c++) {
				strcpy(other, digits);
				other[i] = c;
				assert_int_equal(c == digits[i],
					place_check_letter(other) == place_check_letter(digits));
			}
			strcpy(other, digits);
			if (i == 0 || other[i] == other[i - 1])
				continue;
			other[i] = digits[i - 1];
			other[i - 1] = digits[i];
			assert_int_not_equal(place_check_letter(other), place_check_letter(digits));
		}
	}
}

// What a check says of a sheet that loads: one warning, or none.
static void what_will_be_mistyped_is_a_warning(void **state)
{
	static const struct broken cases[] = {
		{"name = \"S\"", "name = \"S\"", 0, NULL},
		{"code = \"E1\"", "code = \"B1\"", 4, "B1 is typed with the same keys of a phone as A1 in line 3, which may not have"},
		{"code = \"T1\"", "code = \"C1\"", 5, "C1 is typed with the same keys of a phone as A1 in line 3, which is another kind"},
		{"code = \"T1\"", "code = \"C3\"", 0, NULL}, // another digit
		{"code = \"E1\"", "code = \"A2\"", 4, "A2 is one key beside A1 in line 3, which may not have the same perpetrators"},
		{"code = \"T1\"", "code = \"A4\"", 5, "A4 is one key beside A1 in line 3, which is another kind of message"},
		{"code = \"T1\"", "code = \"A0\"", 0, NULL},
		{"code = \"T1\"", "code = \"A5\"", 0, NULL}, // not in one row, not in one column
		{"code = \"13K\"", "code = \"149N\"", 12, "149N with a digit lost is 14N in line 13, and its check letter does not tell"},
		{"code = \"13K\"", "code = \"148K\"", 0, NULL}, // that one it tells
		{"pcode = \"X0101\"", "pcode = \"X01A1\"", 12, "p-code \"X0102\" is not written like \"X01A1\" in line 10, a cercle too"},
		{" k = 9;", "", 9, "901S says not how many people could have sent a text from there: add k"},
		{"pcode = \"X010201\"", "pcode = \"X990201\"", 13, "p-code \"X990201\" does not begin with \"X0102\", its area's"},
		{"\"bonjour\"", "\"bonjour\", \"ataque\"", 15, "the word \"ataque\" is one slip away from \"attaque\""},
		{"\"bonjour\"", "\"bonjour\", \"patates\"", 0, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problems problems = {.count = 0};
		struct sheet *s;
		const char *with_k = fixture_replace(good, "level = \"region\"", "level = \"region\"; k = 9");
		char text[2048];
		snprintf(text, sizeof text, "%s", with_k);
		snprintf(text, sizeof text, "%s", fixture_replace(text, "parent = \"X01\"; },", "parent = \"X01\"; k = 9; },"));
		snprintf(text, sizeof text, "%s", fixture_replace(text, "parent = \"X0102\";", "parent = \"X0102\"; k = 9;"));
		snprintf(text, sizeof text, "%s", fixture_replace(text, cases[i].from, cases[i].to));
		const char *file = fixture_file(text, strlen(text));
		assert_int_equal(sheet_load(file, &problems, &s), OK);
		assert_int_equal(problems.count, 0);
		sheet_check(s, file, &problems);
		if (cases[i].piece)
			fixture_one_problem(&problems, file, cases[i].line, true, cases[i].piece);
		else
			assert_int_equal(problems.count, 0);
		sheet_destroy(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_will_be_mistyped_is_a_warning, fixture_remove),
		cmocka_unit_test(broken_sheets_have_one_problem_at_its_line),
		cmocka_unit_test(whole_texts_that_are_no_sheet),
		cmocka_unit_test(what_is_no_file_is_told),
		cmocka_unit_test(random_octets_are_one_problem),
		cmocka_unit_test(cut_and_changed_sheets_are_loaded_or_refused),
		cmocka_unit_test(huge_and_deep_files_are_refused),
		cmocka_unit_test(a_good_sheet_says_what_is_in_it),
		cmocka_unit_test(looks_up_codes_areas_and_words),
		cmocka_unit_test(a_word_as_near_to_two_is_neither),
		cmocka_unit_test(check_letters_find_each_slip_and_swap),
	};
	return cmocka_run_group_tests(tests, NULL, fixture_remove);
}
