// SPDX-License-Identifier: GPL-2.0-or-later
// Small villages: on any sheet, whatever leaves for a section could have been sent by k_min people, also when the one who
// reads it knows how it was made coarse.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rules/fixture.h"

#define EVENTS "name = \"T\"; scheme = \"T-1\"; events = ({ code = \"A1\"; name = \"Attack\"; severity = 5; }," \
	" { code = \"B5\"; name = \"Rape\"; severity = 5; restricted = true; });"

static struct sheet *sheet_of(const char *places)
{
	static char text[65536];
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	snprintf(text, sizeof text, EVENTS "places = (%s);", places);
	if (sheet_load(fixture_file(text, strlen(text)), &problems, &s) != OK) {
		problems_print(&problems, stdout);
		fail();
	}
	return s;
}

// A tree by hand: letters are worked out.
static size_t put(char *out, size_t at, int number, const char *pcode, const char *level, const char *parent, int k)
{
	char digits[8], more[64] = "", people[24] = "";
	snprintf(digits, sizeof digits, "%d", number);
	if (parent)
		snprintf(more, sizeof more, "parent = \"%s\"; ", parent);
	if (k)
		snprintf(people, sizeof people, "k = %d; ", k);
	return at + (size_t)sprintf(out + at, "%s{ code = \"%s%c\"; pcode = \"%s\"; name = \"P%d\"; level = \"%s\"; %s%s}",
				    at ? ", " : "", digits, place_check_letter(digits), pcode, number, level, more, people);
}

static struct sheet *village_sheet(int region_k, int small_k, int large_k)
{
	static char text[4096];
	size_t at = put(text, 0, 10, "R1", "region", NULL, region_k);
	at = put(text, at, 11, "R101", "cercle", "R1", 0);
	at = put(text, at, 12, "R101A", "commune", "R101", 0);
	at = put(text, at, 13, "R101A1", "village", "R101A", small_k);
	at = put(text, at, 14, "R101A2", "village", "R101A", large_k);
	put(text, at, 15, "R101A3", "village", "R101A", 0);
	return sheet_of(text);
}

static struct coarse coarse_of(const struct sheet *s, int64_t k_min, int place, enum share_level level, bool *leaves)
{
	struct share_table *t;
	struct coarse c;
	share_table_create(s, k_min, &t);
	*leaves = share_coarsen(t, &place, 1, level, 1461990123, &c);
	share_table_destroy(t);
	return c;
}

static void a_large_village_is_named_and_a_small_one_is_its_area(void **state)
{
	struct sheet *s = village_sheet(0, 200, 800);
	bool leaves;
	(void)state;
	struct coarse c = coarse_of(s, 500, 4, SHARE_PLACE, &leaves);
	assert_true(leaves);
	assert_int_equal(c.place, 4);
	assert_int_equal(c.people, 800);
	assert_int_equal(c.until - c.from, 86400);
	// Behind "the commune" would stand the 200 of the small village alone, for the large one would have been named.
	c = coarse_of(s, 500, 3, SHARE_PLACE, &leaves);
	assert_false(leaves);
	sheet_destroy(s);

	s = village_sheet(100000, 200, 800);
	c = coarse_of(s, 500, 3, SHARE_PLACE, &leaves);
	assert_true(leaves);
	assert_int_equal(c.place, 0);
	assert_int_equal(c.people, 100000 - 800);
	assert_int_equal(c.until - c.from, 3600);
	c = coarse_of(s, 500, 5, SHARE_PLACE, &leaves); // without k: too few
	assert_true(leaves);
	assert_int_equal(c.place, 0);
	sheet_destroy(s);
}

static void levels_begin_higher(void **state)
{
	struct sheet *s = village_sheet(100000, 700, 800);
	bool leaves;
	(void)state;
	assert_int_equal(coarse_of(s, 500, 3, SHARE_FULL, &leaves).place, 3);
	assert_int_equal(coarse_of(s, 500, 3, SHARE_AREA, &leaves).place, 1);
	assert_int_equal(coarse_of(s, 500, 3, SHARE_AREA, &leaves).people, 1500);
	assert_int_equal(coarse_of(s, 500, 3, SHARE_COUNT, &leaves).place, 0);
	struct coarse c = coarse_of(s, 500, 3, SHARE_COUNT, &leaves);
	assert_int_equal(c.people, 100000);
	assert_int_equal(c.from % 86400, 0);
	assert_int_equal(c.until - c.from, 86400);
	c = coarse_of(s, 500, -1, SHARE_FULL, &leaves);
	assert_true(leaves);
	assert_int_equal(c.place, -1);
	assert_int_equal(c.people, 100000);
	sheet_destroy(s);
}

static void two_readings_are_told_as_what_holds_both(void **state)
{
	struct sheet *s = village_sheet(100000, 700, 800);
	struct share_table *t;
	struct coarse c;
	(void)state;
	share_table_create(s, 500, &t);
	assert_true(share_coarsen(t, (int[]){3, 4}, 2, SHARE_PLACE, 0, &c));
	assert_int_equal(c.place, 2);
	assert_int_equal(c.people, 1500);
	assert_true(share_coarsen(t, (int[]){-1, 4}, 2, SHARE_PLACE, 0, &c));
	assert_int_equal(c.place, 4);
	share_table_destroy(t);
	sheet_destroy(s);
}

// ---- any sheet --------------------------------------------------------------------------------------------------------

static struct sheet *random_sheet(uint32_t *seed)
{
	static char text[60000];
	static const char *const names[] = {"region", "cercle", "commune", "village"};
	char pcodes[120][16], parent[16];
	int level[120];
	size_t at = 0;
	int count = 1 + (int)(fixture_random(seed) % 100);
	for (int i = 0; i < count; i++) {
		int up = i ? (int)(fixture_random(seed) % (unsigned)i) : -1;
		bool root = i == 0 || fixture_random(seed) % 8 == 0 || level[up] == 3;
		level[i] = root ? 0 : level[up] + 1;
		snprintf(parent, sizeof parent, "%s", root ? "" : pcodes[up]);
		snprintf(pcodes[i], sizeof pcodes[i], "T%d", 1000 + i);
		int k = fixture_random(seed) % 3 ? (int)(fixture_random(seed) % 2000) : 0;
		at = put(text, at, 100 + i, pcodes[i], names[level[i]], root ? NULL : parent, k * (4 - level[i]));
	}
	return sheet_of(text);
}

// People counted anew, in another way: each place's own, those that live in no smaller place of the sheet.
static int64_t own_people(const struct place *places, size_t count, int place, int64_t *all)
{
	int64_t inside = 0, child;
	for (size_t i = 0; i < count; i++)
		if (places[i].parent == place) {
			own_people(places, count, (int)i, &child);
			inside += child;
		}
	*all = places[place].k > inside ? places[place].k : inside;
	return *all - inside;
}

static void check_sheet(const struct sheet *s, int64_t k_min, unsigned *told, unsigned *held)
{
	const struct place *places;
	struct share_table *t;
	size_t n = sheet_places(s, &places);
	share_table_create(s, k_min, &t);
	for (int level = 0; level < SHARE_LEVELS; level++)
		for (int p = 0; p < (int)n; p++) {
			struct coarse c, other;
			if (!share_coarsen(t, &p, 1, (enum share_level)level, 1461990123, &c)) {
				++*held;
				continue;
			}
			++*told;
			// Who could have sent it: all for whom the very same would be said.
			int64_t people = 0, all = 0;
			bool pooled = false;
			for (int q = 0; q < (int)n; q++)
				if (share_coarsen(t, &q, 1, (enum share_level)level, 1461990123, &other) && other.place == c.place) {
					people += own_people(places, n, q, &all);
					pooled |= q != c.place;
				}
			if (!pooled && people != c.people) // its own code, that anybody in it may have written
				own_people(places, n, c.place, &people);
			assert_int_equal(people, c.people);
			assert_true(people >= k_min);
			assert_true(c.place < 0 || sheet_place_inside(s, p, c.place));
			assert_true(c.from <= 1461990123 && 1461990123 < c.until);
		}
	share_table_destroy(t);
}

static void whatever_leaves_could_have_been_sent_by_k_people(void **state)
{
	unsigned told = 0, held = 0;
	uint32_t seed = 20160501;
	(void)state;
	for (int i = 0; i < 150; i++) {
		struct sheet *s = random_sheet(&seed);
		check_sheet(s, 2 + fixture_random(&seed) % 3000, &told, &held);
		sheet_destroy(s);
	}
	printf("%u told, %u held back\n", told, held);
	assert_true(told > 5000 && held > 500);
}

// ---- rules check ------------------------------------------------------------------------------------------------------

#define RULES "queues = (\"a\");\ndefault_queue = \"a\";\nfloor = { min_severity = 5; queue = \"a\"; };\n" \
	"sections = ({ name = \"analysis\"; side = \"civilian\"; });\n%s" \
	"rules = ({ name = \"one\"; when = { event = (\"%s\"); }; then = { share = ({ section = \"analysis\"; level = \"place\"; }); }; });\n"

static void load(const struct sheet *s, const char *setting, const char *event, struct problems *p)
{
	char text[1024];
	struct rules *r = NULL;
	*p = (struct problems){.count = 0};
	snprintf(text, sizeof text, RULES, setting, event);
	if (rules_load(fixture_file(text, strlen(text)), s, p, &r) == OK)
		rules_destroy(r);
}

static void rules_check_names_the_place(void **state)
{
	static struct problems p;
	struct sheet *s = village_sheet(0, 200, 800);
	(void)state;
	load(s, "", "A1", &p);
	fixture_one_problem(&p, p.list[0].file, 5, true, "from 13");
	assert_non_null(strstr(p.list[0].text, "(line 1 of the sheet) and 1 more: "));
	assert_non_null(strstr(p.list[0].text, "k_min = 500"));
	sheet_destroy(s);
	s = village_sheet(1100, 200, 800);
	load(s, "share = { k_min = 100; };\n", "A1", &p);
	assert_int_equal(p.count, 0);
	load(s, "share = { k_min = 1; };\n", "A1", &p);
	assert_int_equal(p.errors, 1);
	load(s, "share = { k = 100; };\n", "A1", &p);
	assert_int_equal(p.errors, 1);
	sheet_destroy(s);
}

static void a_restricted_event_goes_to_no_section(void **state)
{
	static struct problems p;
	struct sheet *s = village_sheet(100000, 200, 800);
	(void)state;
	load(s, "", "B5", &p);
	fixture_one_problem(&p, p.list[0].file, 5, false, "it is restricted");
	sheet_destroy(s);
}

// Also under a rule that names no event.
static void deciding_holds_restricted_events_back(void **state)
{
	static const char any[] = "queues = (\"a\");\ndefault_queue = \"a\";\nfloor = { min_severity = 5; queue = \"a\"; };\n"
		"sections = ({ name = \"analysis\"; side = \"civilian\"; });\n"
		"rules = ({ name = \"one\"; when = { kind = \"alert\"; }; then = { share = ({ section = \"analysis\"; level = \"area\"; }); }; });\n";
	struct sheet *s = village_sheet(100000, 200, 800);
	struct rules *r = fixture_rules_of(any, s);
	static const char *const texts[] = {"A1 10", "B5 10"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reading_set set;
		struct decision d;
		sheet_parse(s, texts[i], strlen(texts[i]), &set);
		struct facts f = {.parsed = &set, .flags = set.flags, .reporters = 1, .hour = 12};
		rules_decide(r, s, &f, &d);
		assert_int_equal(d.share_count, i == 0);
	}
	rules_destroy(r);
	sheet_destroy(s);
}

static void numbers_leave_in_steps(void **state)
{
	static const int counts[] = {0, 1, 2, 4, 5, 9, 19, 20, 99, 100, 100000};
	static const char *const texts[] = {NULL, "1", "2–4", "2–4", "5–9", "5–9", "10–19", "20–49", "50–99", "100+", "100+"};
	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (texts[i])
			assert_string_equal(share_bucket(counts[i]), texts[i]);
		else
			assert_null(share_bucket(counts[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_village_is_named_and_a_small_one_is_its_area),
		cmocka_unit_test(levels_begin_higher),
		cmocka_unit_test(two_readings_are_told_as_what_holds_both),
		cmocka_unit_test(whatever_leaves_could_have_been_sent_by_k_people),
		cmocka_unit_test(rules_check_names_the_place),
		cmocka_unit_test(a_restricted_event_goes_to_no_section),
		cmocka_unit_test(deciding_holds_restricted_events_back),
		cmocka_unit_test(numbers_leave_in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, fixture_remove);
}
