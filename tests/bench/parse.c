// SPDX-License-Identifier: GPL-2.0-or-later
// Parses a second on one core: the corpus on the default sheet, and one text on sheets of 100 and 20,000 places.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rules/parse.h"

#define TEXTS_MAX 1000

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double rate(const struct sheet *s, char *const *texts, size_t count, unsigned rounds)
{
	struct reading_set set;
	unsigned long sum = 0;
	double start = now();
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < count; i++) {
			sheet_parse(s, texts[i], strlen(texts[i]), &set);
			sum += set.count;
		}
	double took = now() - start;
	return sum ? (double)rounds * (double)count / took : 0;
}

static struct sheet *load(const char *path)
{
	static struct problems problems;
	struct sheet *s = NULL;
	if (sheet_load(path, &problems, &s) != OK) {
		problems_print(&problems, stderr);
		exit(1);
	}
	return s;
}

static struct sheet *sheet_of(unsigned places)
{
	char path[] = "/tmp/tama-sheet-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	if (!f)
		exit(1);
	fprintf(f, "name = \"n\"; scheme = \"X\"; events = ( { code = \"A1\"; name = \"Attaque\"; severity = 5; } ); places = (");
	for (unsigned i = 1; i <= places; i++) {
		char digits[16];
		snprintf(digits, sizeof digits, "%u", i);
		fprintf(f, "%s\n{ code = \"%s%c\"; pcode = \"X%u\"; name = \"village %c%c%c%c\"; level = \"region\"; }", i > 1 ? "," : "",
			digits, place_check_letter(digits), i, 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'a' + i / 17576);
	}
	fprintf(f, ");\n");
	fclose(f);
	static struct problems problems;
	struct sheet *s = NULL;
	enum error e = sheet_load(path, &problems, &s);
	unlink(path);
	if (e != OK)
		problems_print(&problems, stderr);
	return s;
}

int main(int argc, char **argv)
{
	static char *texts[TEXTS_MAX];
	char line[1024];
	size_t count = 0;
	FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;
	if (!f)
		return 2;
	while (count < TEXTS_MAX && fgets(line, sizeof line, f)) {
		char *text = strchr(line, '\t'), *end = text ? strchr(text + 1, '\t') : NULL;
		if (end && *line != '#')
			texts[count++] = strndup(text + 1, (size_t)(end - text - 1));
	}
	fclose(f);
	struct sheet *s = load(argv[1]);
	printf("%zu texts of the corpus, default sheet: %.0f parses/s (wanted: 200,000)\n", count, rate(s, texts, count, 100));
	sheet_destroy(s);
	char codes[] = "A1 77Q 40", words[] = "attaque vilage aabb quarante personnes inconnues", *one[] = {codes, words};
	static const unsigned sizes[] = {100, 20000};
	double before = 0;
	for (size_t i = 0; i < 2; i++) {
		s = sheet_of(sizes[i]);
		if (!s)
			return 1;
		double r = rate(s, one, 2, 100000);
		printf("%u places: %.0f parses/s, %.2f us each%s", sizes[i], r, 1e6 / r, i ? "" : "\n");
		if (i)
			printf(", %.2f times as long as with 100\n", before / r);
		before = r;
		sheet_destroy(s);
	}
	return 0;
}
