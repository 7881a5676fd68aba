// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for every text, not only for those that somebody thought of.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rules/fixture.h"

static bool is_accepted(const struct reading_set *set)
{
	return set->count == 1 && !(set->flags & (FLAG_AMBIGUOUS | FLAG_UNDECODED));
}

// `text` says the place `place` with one slip: it is never taken for another one without a person.
static void never_another(const struct sheet *s, const char *text, int place, unsigned *tried)
{
	struct reading_set set;
	sheet_parse(s, text, strlen(text), &set);
	++*tried;
	if (is_accepted(&set) && set.readings[0].place >= 0 && set.readings[0].place != place)
		fail_msg("\"%s\": one slip in the code of place %d was taken for place %d", text, place, set.readings[0].place);
}

static void slips_of(const struct sheet *s, int index, const struct place *p, unsigned *tried)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTUVWXYZIOL";
	char text[64];
	size_t n = strlen(p->code);
	for (size_t at = 0; at < n; at++) {
		for (const char *c = alphabet; *c; c++) { // one sign for another
			snprintf(text, sizeof text, "A1 %s 40", p->code);
			text[3 + at] = *c;
			if (*c != p->code[at])
				never_another(s, text, index, tried);
		}
		if (at + 1 < n && p->code[at] != p->code[at + 1]) { // two neighbours swapped
			snprintf(text, sizeof text, "A1 %s 40", p->code);
			text[3 + at] = p->code[at + 1];
			text[4 + at] = p->code[at];
			never_another(s, text, index, tried);
		}
	}
}

static void one_slip_in_a_place_code_is_never_another_place(void **state)
{
	struct sheet *s = fixture_sheet();
	const struct place *places;
	unsigned tried = 0;
	(void)state;
	size_t n = sheet_places(s, &places);
	for (size_t i = 0; i < n; i++)
		slips_of(s, (int)i, &places[i], &tried);
	printf("%u slips of %zu places\n", tried, n);
	assert_true(tried > 5000);
	sheet_destroy(s);
}

// `text` has the code `code` with one slip in it: what is read there is that code (O for 0) or none.
static void never_another_reporter(const struct sheet *s, const char *text, const char *code, unsigned *tried)
{
	struct reading_set set;
	sheet_parse(s, text, strlen(text), &set);
	++*tried;
	for (size_t i = 0; i < set.reporter_count; i++)
		assert_string_equal(set.reporters[i].code, code);
}

static void slips_of_reporter(const struct sheet *s, const char *code, unsigned *tried)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTUVWXYZIOL ";
	char text[64];
	size_t n = strlen(code);
	for (size_t at = 0; at < n; at++) {
		for (const char *c = alphabet; *c; c++) {
			snprintf(text, sizeof text, "A1 12H 40 %s", code);
			text[10 + at] = *c;
			never_another_reporter(s, text, code, tried);
		}
		snprintf(text, sizeof text, "A1 12H 40 %.*s%s", (int)at, code, code + at + 1); // left out
		never_another_reporter(s, text, code, tried);
		if (at + 1 == n)
			continue;
		snprintf(text, sizeof text, "A1 12H 40 %s", code);
		text[10 + at] = code[at + 1];
		text[11 + at] = code[at];
		never_another_reporter(s, text, code, tried);
	}
}

static void one_slip_in_a_reporter_code_is_never_another_reporter(void **state)
{
	struct sheet *s = fixture_sheet();
	struct reading_set set;
	char code[REPORTER_SIZE], text[64];
	unsigned tried = 0;
	(void)state;
	srand(4);
	for (int i = 0; i < 300; i++) {
		reporter_code((uint32_t)rand() % REPORTER_NUMBERS, code);
		snprintf(text, sizeof text, "A1 12H 40 %s", code);
		sheet_parse(s, text, strlen(text), &set);
		assert_int_equal(set.reporter_count, 1);
		assert_string_equal(set.reporters[0].code, code);
		assert_true(is_accepted(&set) && set.readings[0].count == 40);
		assert_int_equal(set.reporters[0].from, 10);
		assert_int_equal(set.reporters[0].to, 19);
		slips_of_reporter(s, code, &tried);
	}
	printf("%u slips of 300 reporter codes\n", tried);
	assert_true(tried > 100000);
	sheet_destroy(s);
}

// A country's worth of villages, every number of a range in use: the hardest sheet for a check letter.
static struct sheet *crowded_sheet(unsigned places)
{
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	size_t size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	fprintf(f, "name = \"crowded\"; scheme = \"X\";\nevents = ( { code = \"A1\"; name = \"Attaque\"; severity = 5; } );\nplaces = (\n");
	for (unsigned i = 0; i < places; i++) {
		char digits[16];
		snprintf(digits, sizeof digits, "%u", i + 1);
		fprintf(f, "%s{ code = \"%s%c\"; pcode = \"X%u\"; name = \"%u\"; level = \"region\"; }\n", i ? "," : "", digits,
			place_check_letter(digits), i + 1, i + 1);
	}
	fprintf(f, ");\n");
	fclose(f);
	enum error e = sheet_load(fixture_file(text, size), &problems, &s);
	free(text);
	problems_print(&problems, stdout);
	assert_int_equal(e, OK);
	return s;
}

static void nor_on_a_sheet_with_twenty_thousand_places(void **state)
{
	struct sheet *s = crowded_sheet(20000);
	const struct place *places;
	unsigned tried = 0;
	(void)state;
	size_t n = sheet_places(s, &places);
	for (size_t i = 0; i < n; i += 37)
		slips_of(s, (int)i, &places[i], &tried);
	printf("%u slips of %zu places, every 37th\n", tried, n);
	assert_true(tried > 50000);
	sheet_destroy(s);
}

// One letter less, more, other, or two swapped, anywhere in a long name: it is found, or known to be near two.
static void one_slip_in_a_long_name_is_seen(void **state)
{
	struct sheet *s = fixture_sheet();
	const struct place *places;
	unsigned tried = 0;
	(void)state;
	size_t n = sheet_places(s, &places);
	for (size_t i = 0; i < n; i++) {
		char name[TOKEN_SIZE], slip[TOKEN_SIZE + 2];
		text_fold(places[i].name, name);
		size_t length = strlen(name);
		for (size_t at = 0; length > 6 && at < length; at++) {
						for (size_t k = 0; k < 3; k++) { // without it, another in its place, one more before it
				snprintf(slip, sizeof slip, "%.*s%s%s", (int)at, name, k ? "q" : "", name + at + (k < 2));
				struct word_match m = sheet_word(s, slip, true);
				assert_true(m.kind == WORD_PLACE || m.slip);
				tried++;
			}
			if (at + 1 < length && name[at] != name[at + 1]) {
				snprintf(slip, sizeof slip, "%.*s%c%c%s", (int)at, name, name[at + 1], name[at], name + at + 2);
				struct word_match m = sheet_word(s, slip, true);
				assert_true(m.kind == WORD_PLACE || m.slip);
				tried++;
			}
		}
	}
	printf("%u slips in names\n", tried);
	assert_true(tried > 1000);
	sheet_destroy(s);
}

static void check(const struct sheet *s, const char *text, size_t size)
{
	struct reading_set set;
	char *copy = malloc(size ? size : 1);
	const struct event *events;
	const struct place *places;
	memcpy(copy, text, size); // of exactly its size, for the sanitizer
	sheet_parse(s, copy, size, &set);
	free(copy);
	size_t event_count = sheet_events(s, &events), place_count = sheet_places(s, &places);
	assert_true(set.count <= READINGS_MAX && set.mend_count <= MENDS_MAX && set.unknown_count <= UNKNOWN_MAX);
	assert_true(set.severity >= 1 && set.severity <= 5);
	int before = 6;
	for (size_t i = 0; i < set.count; i++) {
		const struct reading *r = &set.readings[i];
		assert_true(r->event < (int)event_count && r->place < (int)place_count);
		int severity = r->event >= 0 ? events[r->event].severity : 3;
		assert_true(severity <= before); // the worst first
		before = severity;
		assert_true(set.severity >= severity || (set.flags & FLAG_UNDECODED));
	}
	assert_true((set.mend_count > 0) == ((set.flags & FLAG_MENDED) != 0));
	assert_true(set.count > 0 || (set.flags & FLAG_UNDECODED));
	size_t at = 0; // every octet is of one span
	bool unknown = false;
	for (size_t i = 0; i < set.span_count; i++) {
		assert_true(set.spans[i].to > at && set.spans[i].kind < SPAN_KINDS);
		assert_true(i == 0 || set.spans[i].kind != set.spans[i - 1].kind);
		unknown |= set.spans[i].kind == SPAN_UNKNOWN;
		at = set.spans[i].to;
	}
	assert_int_equal(at, size);
	assert_true(unknown == (set.unknown_count > 0));
}

static void any_octets_are_read_without_harm(void **state)
{
	struct sheet *s = fixture_sheet();
	uint32_t seed = 20160501;
	char text[400];
	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t n = fixture_random(&seed) % sizeof text;
		for (size_t k = 0; k < n; k++)
			text[k] = (char)fixture_random(&seed);
		check(s, text, n);
	}
	sheet_destroy(s);
}

// Mutations of texts that are nearly right reach further than noise.
static void mutated_texts_are_read_without_harm(void **state)
{
	static const char signs[] = "0123456789ABCHKMX aeo#*./\n\xc3\xa9\xd9\xa4";
	struct sheet *s = fixture_sheet();
	uint32_t seed = 7;
	char line[1024];
	FILE *f = fopen(TEST_CORPUS, "r");
	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		char *text = strchr(line, '\t'), *end = text ? strchr(text + 1, '\t') : NULL;
		if (!end || *line == '#')
			continue;
		for (int round = 0; round < 60; round++) {
			char copy[1024];
			size_t n = (size_t)(end - text - 1);
			memcpy(copy, text + 1, n);
			for (unsigned k = 0; n && k < 1 + (unsigned)round % 4; k++)
				copy[fixture_random(&seed) % n] = signs[fixture_random(&seed) % (sizeof signs - 1)];
			check(s, copy, round % 7 ? n : fixture_random(&seed) % (n + 1));
		}
	}
	fclose(f);
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_in_a_place_code_is_never_another_place),
		cmocka_unit_test(one_slip_in_a_reporter_code_is_never_another_reporter),
		cmocka_unit_test_teardown(nor_on_a_sheet_with_twenty_thousand_places, fixture_remove),
		cmocka_unit_test(one_slip_in_a_long_name_is_seen),
		cmocka_unit_test(any_octets_are_read_without_harm),
		cmocka_unit_test(mutated_texts_are_read_without_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
