// SPDX-License-Identifier: GPL-2.0-or-later
// What is unusual is said, with its reason; what is usual is not.
#include <math.h>
#include <string.h>

#include "rules/trend.h"
#include "tests/unit/rules/fixture.h"

#define START 20000

static int64_t grow(struct trend *t, int64_t day, unsigned days, const uint32_t *week)
{
	for (unsigned i = 0; i < days; i++, day++)
		trend_add(t, day, week[day % 7]);
	return day;
}

static enum trend_sign sign(const struct trend *t, int64_t day)
{
	return trend_look(t, day, NULL, 0).sign;
}

static const uint32_t talkative[7] = {1, 0, 2, 1, 0, 3, 1}, rare[7] = {0}, market[7] = {0, 0, 0, 6, 1, 0, 0};

static void close_to(double got, double wanted)
{
	if (fabs(got - wanted) > 1e-8)
		fail_msg("%.10f, expected %.10f", got, wanted);
}

// From the definitions, with lgamma, in another language.
static void chances_are_those_of_the_distributions(void **state)
{
	(void)state;
	close_to(trend_chance(3, 7.5, 10), 0.030233088);
	close_to(trend_chance(0.5, 2, 6), 0.017485358);
	close_to(trend_chance(1, 1, 5), 0.003659847);
	close_to(trend_chance(40, 40, 60), 0.001879629);
	close_to(trend_chance(1, 1, 0), 1);
	assert_true(trend_chance(1, 1, 4000000000u) < 1e-9);
	assert_true(fabs(trend_chance(1000, 1000, 1000) - 0.506) < 0.01);
}

static void an_ordinary_year_is_quiet(void **state)
{
	const uint32_t *const weeks[] = {talkative, rare, market};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct trend t = {0};
		for (int64_t day = START; day < START + 365; day++) {
			trend_add(&t, day, weeks[i][day % 7]);
			assert_int_equal(sign(&t, day), TREND_USUAL);
		}
	}
}

static void many_on_one_day_are_more(void **state)
{
	struct trend t = {0}, never = {0};
	char text[TREND_SENTENCE_SIZE];
	(void)state;
	int64_t day = grow(&t, START, 120, talkative);
	trend_add(&t, day, 2);
	assert_int_equal(sign(&t, day), TREND_USUAL);
	trend_add(&t, day, 10);
	struct trend_finding f = trend_look(&t, day, NULL, 0);
	assert_int_equal(f.sign, TREND_MORE);
	assert_int_equal(f.count, 12);
	trend_sentence(&f, text);
	assert_string_equal(text, "12 reports today; 1.1 a day are usual here (a day like this comes once in 22000).");
	// Where nothing ever was, one report is no alarm and four are.
	day = grow(&never, START, 120, rare);
	trend_add(&never, day, 1);
	assert_int_equal(sign(&never, day), TREND_USUAL);
	trend_add(&never, day, 3);
	assert_int_equal(sign(&never, day), TREND_MORE);
	f = trend_look(&never, day, NULL, 0);
	trend_sentence(&f, text);
	assert_non_null(strstr(text, "4 reports today; one in 80 days is usual here"));
}

// No single day of it is odd; nor does the rise become the usual while it goes on.
static void a_slow_rise_is_found(void **state)
{
	struct trend t = {0};
	bool found = false;
	(void)state;
	int64_t day = grow(&t, START, 120, talkative);
	for (unsigned i = 0; i < 30 && !found; i++, day++) {
		trend_add(&t, day, 1 + i / 4);
		assert_int_not_equal(sign(&t, day), TREND_MORE);
		found = sign(&t, day) == TREND_RISING;
	}
	assert_true(found);
}

static void a_talkative_place_that_is_silent_is_seen(void **state)
{
	struct trend t = {0}, quiet = {0};
	unsigned days = 0;
	(void)state;
	int64_t day = grow(&t, START, 120, talkative);
	while (days < 60 && sign(&t, day + days) == TREND_USUAL)
		days++; // nothing is added: the day alone tells
	assert_in_range(days, 5, 20);
	struct trend_finding f = trend_look(&t, day + days, NULL, 0);
	assert_int_equal(f.sign, TREND_SILENT);
	assert_in_range(f.count, days, days + 1); // the last day of the habit had none
	trend_add(&t, day + days, 1); // one word ends it
	assert_int_equal(sign(&t, day + days), TREND_USUAL);
	day = grow(&quiet, START, 150, rare);
	assert_int_equal(sign(&quiet, day + 60), TREND_USUAL); // who never speaks is not silent
}

static void what_a_neighbour_had_spreads(void **state)
{
	struct trend here = {0}, there = {0}, far = {0};
	const struct trend *neighbours[] = {NULL, &there}, *others[] = {&far};
	(void)state;
	int64_t day = grow(&there, START, 120, rare);
	grow(&here, START, 120, rare);
	grow(&far, START, 120, rare);
	trend_add(&there, day, 5);
	day += 3;
	assert_int_equal(trend_look(&here, day, neighbours, 2).sign, TREND_USUAL); // nothing came from here
	trend_add(&here, day, 1);
	assert_int_equal(trend_look(&here, day, NULL, 0).sign, TREND_USUAL);
	assert_int_equal(trend_look(&here, day, neighbours, 2).sign, TREND_SPREADING);
	assert_int_equal(trend_look(&here, day, others, 1).sign, TREND_USUAL);
	day += TREND_SPREAD_DAYS;
	trend_add(&here, day, 1);
	assert_int_equal(trend_look(&here, day, neighbours, 2).sign, TREND_USUAL); // too long ago
}

static void clocks_do_not_teach(void **state)
{
	struct trend t = {0}, before;
	(void)state;
	int64_t day = grow(&t, START, 30, talkative);
	trend_add(&t, day, 50);
	assert_int_equal(sign(&t, day), TREND_USUAL); // too early to know
	before = t;
	trend_add(&t, day - 5, 3); // put back
	assert_memory_equal(&t, &before, sizeof t);
	trend_add(&t, INT64_MAX - 10, 1); // and far ahead: at once, and known to be nothing
	assert_int_equal(t.days, 0);
	trend_add(&t, INT64_MAX - 10, UINT32_MAX);
	assert_int_equal(t.today, UINT32_MAX);
}

static const char rules_text[] =
	"queues = (\"protection\", \"quiet\"); default_queue = \"protection\";\n"
	"floor = { min_severity = 5; queue = \"protection\"; };\nrules = (\n"
	"{ name = \"odd\"; when = { trend = (\"more\", \"spreading\"); event = \"A5\"; }; then = { severity = 5; }; },\n"
	"{ name = \"silent\"; when = { trend = \"silent\"; area = \"ML05\"; }; then = { queue = \"quiet\"; }; });\n"
	"tests = ({ name = \"t\"; text = \"A5 200J\"; trend = \"more\"; severity = 5; });\n";

static int severity_with(const struct rules *r, const struct sheet *s, const char *text, unsigned trends)
{
	struct reading_set set;
	struct decision d;
	sheet_parse(s, text, strlen(text), &set);
	rules_decide(r, s, &(struct facts){.parsed = &set, .flags = set.flags, .reporters = 1, .trends = trends}, &d);
	return d.severity;
}

static void each_sign_is_a_when(void **state)
{
	struct sheet *s = fixture_sheet();
	struct rules *r = fixture_rules_of(rules_text, s);
	struct problems problems = {.count = 0};
	(void)state;
	for (enum trend_sign sign = TREND_USUAL; sign < TREND_SIGNS; sign++)
		assert_int_equal(severity_with(r, s, "A5 200J", 1u << sign), sign == TREND_MORE || sign == TREND_SPREADING ? 5 : 3);
	assert_int_equal(severity_with(r, s, "A5 200J", 1u << TREND_RISING | 1u << TREND_SPREADING), 5);
	assert_int_equal(severity_with(r, s, "A3 200J", 1u << TREND_MORE), 4);
	assert_int_equal(rules_run_tests(r, s, &problems), 1);
	assert_int_equal(problems.count, 0);
	struct reading_set silence = {.count = 1, .severity = 3, .readings = {{-1, sheet_place_of_code(s, "200J"), -1, false}}};
	struct decision d;
	rules_decide(r, s, &(struct facts){.parsed = &silence, .trends = 1u << TREND_SILENT}, &d);
	assert_string_equal(d.queue, "quiet");
	silence.readings[0].place = sheet_place_of_code(s, "12H"); // not in that area
	rules_decide(r, s, &(struct facts){.parsed = &silence, .trends = 1u << TREND_SILENT}, &d);
	assert_string_equal(d.queue, "protection");
	rules_destroy(r);
	sheet_destroy(s);
}

static void refuse(const struct sheet *s, const char *text, int line, const char *piece)
{
	struct problems problems = {.count = 0};
	struct rules *r = NULL;
	const char *file = fixture_file(text, strlen(text));
	assert_int_equal(rules_load(file, s, &problems, &r), ERROR_ARGUMENT);
	fixture_one_problem(&problems, file, line, false, piece);
	fixture_remove(NULL);
}

static void signs_that_are_none_are_told(void **state)
{
	struct sheet *s = fixture_sheet();
	(void)state;
	refuse(s, fixture_replace(rules_text, "\"more\", ", "\"mor\", "), 4, "trend \"mor\": expected more, rising, spreading or silent; "
		"did you mean \"more\"?");
	refuse(s, fixture_replace(rules_text, "(\"more\", \"spreading\")", "\"silent\""), 4, "silence has no event");
	sheet_destroy(s);
}

static void neighbours_are_near_or_of_one_parent(void **state)
{
	struct sheet *s = fixture_sheet();
	const int kayes = sheet_place_of_code(s, "12H"), kenieba = sheet_place_of_code(s, "13K"), koro = sheet_place_of_code(s, "41R"),
		  region = sheet_place_of_code(s, "901S"), other = sheet_place_of_code(s, "902U");
	(void)state;
	assert_true(sheet_places_neighbour(s, kayes, kenieba));
	assert_true(sheet_places_neighbour(s, kayes, region));
	assert_true(sheet_places_neighbour(s, region, kayes));
	assert_false(sheet_places_neighbour(s, kayes, kayes));
	assert_false(sheet_places_neighbour(s, kayes, koro));
	assert_false(sheet_places_neighbour(s, region, other)); // nothing is above them
	sheet_destroy(s);
	static const char far[] = "name = \"t\"; scheme = \"T-1\"; events = ({ code = \"A1\"; name = \"a\"; severity = 1; });\n"
		"places = ({ code = \"901S\"; pcode = \"ML01\"; name = \"x\"; level = \"region\"; lat = 14.0; lon = -4.0; },\n"
		"{ code = \"902U\"; pcode = \"ML02\"; name = \"y\"; level = \"region\"; lat = 14.2; lon = -4.1; },\n"
		"{ code = \"903W\"; pcode = \"ML03\"; name = \"z\"; level = \"region\"; lat = 14.0; lon = -4.3; });\n";
	struct problems problems = {.count = 0};
	assert_int_equal(sheet_load(fixture_file(far, strlen(far)), &problems, &s), OK);
	assert_true(sheet_places_neighbour(s, 0, 1));  // 24.7 km
	assert_false(sheet_places_neighbour(s, 0, 2)); // 32.4 km
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chances_are_those_of_the_distributions),
		cmocka_unit_test(an_ordinary_year_is_quiet),
		cmocka_unit_test(many_on_one_day_are_more),
		cmocka_unit_test(a_slow_rise_is_found),
		cmocka_unit_test(a_talkative_place_that_is_silent_is_seen),
		cmocka_unit_test(what_a_neighbour_had_spreads),
		cmocka_unit_test(clocks_do_not_teach),
		cmocka_unit_test(each_sign_is_a_when),
		cmocka_unit_test(signs_that_are_none_are_told),
		cmocka_unit_test(neighbours_are_near_or_of_one_parent),
	};
	return cmocka_run_group_tests(tests, NULL, fixture_remove);
}
