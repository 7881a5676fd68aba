// SPDX-License-Identifier: GPL-2.0-or-later
// Texts as they come, with what they say: each class of slip counted. Accepted wrong must be none: what the parser is
// not sure of goes to an officer with every reading.
#include <stdio.h>
#include <string.h>

#include "tests/unit/rules/fixture.h"

#define CLASSES_MAX 64

struct tally {
	char name[40];
	unsigned right, officer, wrong;
};

static struct tally tallies[CLASSES_MAX];
static size_t tally_count;

static struct tally *tally_of(const char *name)
{
	for (size_t i = 0; i < tally_count; i++)
		if (!strcmp(tallies[i].name, name))
			return &tallies[i];
	assert_true(tally_count < CLASSES_MAX);
	snprintf(tallies[tally_count].name, sizeof tallies[0].name, "%s", name);
	return &tallies[tally_count++];
}

// Nobody needs to look first: one reading, nothing left open.
static bool is_accepted(const struct reading_set *set)
{
	return set->count == 1 && !(set->flags & (FLAG_AMBIGUOUS | FLAG_UNDECODED));
}

static void unescape(char *text)
{
	for (char *at; (at = strstr(text, "\\n"));) {
		*at = '\n';
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	}
}

static void weigh(const struct sheet *s, const char *class, char *text, const char *says, int line)
{
	struct reading_set set;
	struct tally *t = tally_of(class);
	char got[48] = "?";
	unescape(text);
	sheet_parse(s, text, strlen(text), &set);
	if (is_accepted(&set))
		fixture_reading(s, &set.readings[0], got);
	if (!is_accepted(&set))
		t->officer++;
	else if (!strcmp(got, says))
		t->right++;
	else {
		t->wrong++;
		printf("line %d: read as %s, says %s\n", line, got, says);
	}
	// A severe event that the text names is never below its severity, whoever must look.
	const struct event *events;
	if (*says != '?') {
		char code[CODE_SIZE] = {says[0], says[1]};
		sheet_events(s, &events);
		if (!(set.flags & FLAG_UNDECODED) && set.severity < events[sheet_event_of_code(s, code)].severity)
			fail_msg("line %d: less severe than what it says", line);
	}
}

static void every_class_of_slip(void **state)
{
	struct sheet *s = fixture_sheet();
	FILE *f = fopen(TEST_CORPUS, "r");
	char line[1024];
	unsigned texts = 0, right = 0, officer = 0, wrong = 0;
	(void)state;
	assert_non_null(f);
	for (int number = 1; fgets(line, sizeof line, f); number++) {
		char *class = strtok(line, "\t\n"), *text = strtok(NULL, "\t\n"), *says = strtok(NULL, "\t\n");
		if (!class || *class == '#')
			continue;
		assert_non_null(says);
		weigh(s, class, text, says, number);
		texts++;
	}
	fclose(f);
	printf("%-26s %8s %8s %8s\n", "class of slip", "right", "officer", "wrong");
	for (size_t i = 0; i < tally_count; i++) {
		printf("%-26s %8u %8u %8u\n", tallies[i].name, tallies[i].right, tallies[i].officer, tallies[i].wrong);
		right += tallies[i].right;
		officer += tallies[i].officer;
		wrong += tallies[i].wrong;
	}
	printf("%-26s %8u %8u %8u\n", "all", right, officer, wrong);
	assert_true(texts >= 500);
	assert_int_equal(wrong, 0);
	assert_true(right * 2 > texts); // and most texts need nobody
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_class_of_slip)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
