// SPDX-License-Identifier: GPL-2.0-or-later
// Many rules: the few that are asked are all that could fire, whatever the text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rules/fixture.h"

#define RULES 400

static const char head[] = "queues = (\"protection\"); default_queue = \"protection\";\n"
			   "floor = { min_severity = 5; queue = \"protection\"; };\nrules = (\n";

static char *random_rules(const struct sheet *s, uint32_t *seed)
{
	const struct event *events;
	const struct place *places;
	size_t n = sheet_events(s, &events), k = sheet_places(s, &places), size;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	fputs(head, f);
	for (int i = 0; i < RULES; i++) {
		unsigned kind = i ? 1 + fixture_random(seed) % 7 : 0; // one that holds everywhere
		kind = kind == 4 || kind == 5 ? kind + 2 : kind;
		fprintf(f, "%s{ name = \"r%d\"; when = { reporters_min = %d;", i ? ",\n" : "", i, i + 1);
		if (kind & 1)
			fprintf(f, " event = (\"%s\", \"%s\");", events[fixture_random(seed) % n].code,
				events[fixture_random(seed) % n].code);
		if (kind & 2)
			fprintf(f, " area = \"%s\";", places[fixture_random(seed) % (kind & 4 ? k : 10)].pcode);
		if (i % 5 == 1)
			fprintf(f, " count_min = %u;", 1 + fixture_random(seed) % 50);
		fprintf(f, " }; then = { raise = %d; }; }", (int)(fixture_random(seed) % 3) - 1);
	}
	fputs(");\n", f);
	fclose(f);
	return text;
}

struct fired {
	char names[FIRED_MAX][RULE_NAME_SIZE];
	size_t count;
};

static void take_line(void *ctx, const char *line)
{
	struct fired *f = ctx;
	if (*line == '+' && f->count < FIRED_MAX)
		snprintf(f->names[f->count++], RULE_NAME_SIZE, "%s", line + 2);
}

static void what_fires_is_what_all_rules_would_say(void **state)
{
	struct sheet *s = fixture_sheet();
	uint32_t seed = 12;
	char *file = random_rules(s, &seed), line[1024];
	struct rules *r = fixture_rules_of(file, s);
	unsigned texts = 0, fired = 0, whole = 0;
	FILE *f = fopen(TEST_CORPUS, "r");
	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		struct reading_set set;
		struct decision d;
		struct fired all = {.count = 0};
		char *text = strchr(line, '\t'), *end = text ? strchr(text + 1, '\t') : NULL;
		if (!end || *line == '#')
			continue;
		sheet_parse(s, text + 1, (size_t)(end - text - 1), &set);
		struct facts facts = {.parsed = &set, .flags = set.flags, .reporters = RULES, .hour = 12};
		rules_decide(r, s, &facts, &d);
		rules_trace(r, s, &facts, take_line, &all); // asks each
		assert_int_equal(d.fired_count, all.count);
		for (size_t i = 0; i < all.count; i++)
			assert_string_equal(d.fired[i], all.names[i]);
		texts++;
		fired += (unsigned)all.count;
		whole += all.count < FIRED_MAX; // not cut: each that fired was compared
	}
	printf("%u texts, %u rules fired\n", texts, fired);
	assert_true(texts >= 500 && fired > 2 * texts && whole > texts / 2);
	fclose(f);
	rules_destroy(r);
	sheet_destroy(s);
	free(file);
}

static void too_many_rules_are_refused(void **state)
{
	struct sheet *s = fixture_sheet();
	struct problems problems = {.count = 0};
	struct rules *r = NULL;
	size_t size;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	(void)state;
	fputs(head, f);
	for (int i = 0; i < 16385; i++)
		fprintf(f, "%s{ name = \"r%d\"; when = { count_min = %d; }; then = { severity = 5; }; }", i ? "," : "", i, i + 1);
	fputs(");", f);
	fclose(f);
	assert_int_equal(rules_load(fixture_file(text, size), s, &problems, &r), ERROR_ARGUMENT);
	assert_non_null(strstr(problems.list[0].text, "16385 are too many, at most 16384"));
	free(text);
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_fires_is_what_all_rules_would_say, fixture_remove),
		cmocka_unit_test_teardown(too_many_rules_are_refused, fixture_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
