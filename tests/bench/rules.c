// SPDX-License-Identifier: GPL-2.0-or-later
// To parse one alert and to decide on it, at 10, 1,000 and 10,000 rules and at 100 and 20,000 places. A tenth of the rules
// hold everywhere up to ten of them, the others each in one place for one event, as an administrator's grow.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rules/rule.h"

#define EVENTS 20
#define ALERTS 200000

static struct problems problems;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void place_code(unsigned i, char out[static 16])
{
	char digits[16];
	snprintf(digits, sizeof digits, "%u", i);
	snprintf(out, 16, "%.10s%c", digits, place_check_letter(digits));
}

static FILE *make(char path[static 32])
{
	snprintf(path, 32, "/tmp/tama-bench-XXXXXX");
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!f)
		exit(1);
	return f;
}

static void must(enum error e)
{
	if (e == OK)
		return;
	problems_print(&problems, stderr);
	exit(1);
}

static struct sheet *sheet_of(unsigned places)
{
	char path[32], code[16];
	struct sheet *s;
	FILE *f = make(path);
	fprintf(f, "name = \"n\"; scheme = \"X\"; events = (");
	for (unsigned i = 0; i < EVENTS; i++)
		fprintf(f, "%s{ code = \"%c%u\"; name = \"event %c\"; severity = 3; }", i ? "," : "", 'A' + i % 4, i / 4 + 1, 'a' + i);
	fprintf(f, "); places = (");
	for (unsigned i = 1; i <= places; i++) {
		place_code(i, code);
		fprintf(f, "%s{ code = \"%s\"; pcode = \"X%u\"; name = \"%u\"; level = \"%s\"; %s }\n", i > 1 ? "," : "", code, i, i,
			i <= 10 ? "region" : "village", i <= 10 ? "" : "parent = \"X1\";");
	}
	fprintf(f, ");");
	fclose(f);
	enum error e = sheet_load(path, &problems, &s);
	unlink(path);
	must(e);
	return s;
}

static struct rules *rules_of(unsigned count, unsigned places, const struct sheet *s)
{
	char path[32];
	struct rules *r;
	FILE *f = make(path);
	fprintf(f, "queues = (\"q\"); default_queue = \"q\"; floor = { min_severity = 5; queue = \"q\"; }; rules = (");
	for (unsigned i = 0; i < count; i++) {
		unsigned event = (i + i / places) % EVENTS; // every event in every place
		fprintf(f, "%s{ name = \"rule %u\"; when = { event = (\"%c%u\");", i ? ",\n" : "", i, 'A' + event % 4, event / 4 + 1);
		if (i >= 10 || i >= count / 10)
			fprintf(f, " area = \"X%u\"; count_min = %u;", i * 7 % places + 1, i / places / EVENTS + 1);
		fprintf(f, " }; then = { severity = %u; }; }", i % 5 + 1);
	}
	fprintf(f, ");");
	fclose(f);
	double start = now();
	enum error e = rules_load(path, s, &problems, &r);
	unlink(path);
	must(e);
	printf("%6u rules, %5u places: loaded and checked in %.2f s", count, places, now() - start);
	return r;
}

static double one(unsigned rules, unsigned places, const struct sheet *s)
{
	struct rules *r = rules_of(rules, places, s);
	static char texts[1000][32];
	unsigned long fired = 0;
	for (unsigned i = 0; i < 1000; i++) {
		char code[16];
		place_code(i * 37 % places + 1, code);
		snprintf(texts[i], sizeof texts[i], "%c%u %s %u", 'A' + i % 4, i / 4 % 5 + 1, code, i % 90 + 1);
	}
	double start = now();
	for (unsigned i = 0; i < ALERTS; i++) {
		struct reading_set set;
		struct decision d;
		sheet_parse(s, texts[i % 1000], strlen(texts[i % 1000]), &set);
		struct facts f = {.parsed = &set, .flags = set.flags, .reporters = 1, .hour = 12};
		rules_decide(r, s, &f, &d);
		fired += d.fired_count;
	}
	double each = (now() - start) / ALERTS * 1e6;
	printf(", an alert %.2f us, %.2f rules fire\n", each, (double)fired / ALERTS);
	rules_destroy(r);
	return each;
}

int main(void)
{
	static const unsigned sizes[] = {100, 20000}, counts[] = {10, 1000, 10000};
	for (size_t k = 0; k < 2; k++) {
		struct sheet *s = sheet_of(sizes[k]);
		double first = 0, last = 0;
		for (size_t i = 0; i < 3; i++) {
			last = one(counts[i], sizes[k], s);
			first = i ? first : last;
			problems.count = problems.errors = 0;
		}
		printf("%u places: from 10 to 10,000 rules %.2f times as long (wanted: below 3)\n", sizes[k], last / first);
		sheet_destroy(s);
	}
	return 0;
}
