// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/rules/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

// libconfig 1.5 leaks what its lexer has gathered of a string when the parser then refuses it. Broken files only.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\n";
}

int fixture_remove(void **state)
{
	(void)state;
	if (*path)
		unlink(path);
	*path = 0;
	return 0;
}

const char *fixture_file(const void *octets, size_t size)
{
	fixture_remove(NULL);
	strcpy(path, "/tmp/tama-rules-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, size), (ssize_t)size);
	close(fd);
	return path;
}

const char *fixture_replace(const char *text, const char *from, const char *to)
{
	static char out[16384];
	const char *at = strstr(text, from);
	if (!at)
		fail_msg("\"%s\" is not in the text", from);
	size_t before = (size_t)(at - text);
	assert_true(strlen(text) + strlen(to) < sizeof out);
	memcpy(out, text, before);
	strcpy(out + before, to);
	strcat(out, at + strlen(from));
	return out;
}

static void print_if_any(const struct problems *p)
{
	problems_print(p, stdout);
	assert_int_equal(p->count, 0);
}

struct sheet *fixture_sheet(void)
{
	struct problems problems = {.count = 0};
	struct sheet *s = NULL;
	enum error e = sheet_load(TEST_SHEET, &problems, &s);
	print_if_any(&problems);
	assert_int_equal(e, OK);
	return s;
}

struct rules *fixture_rules(const struct sheet *s)
{
	struct problems problems = {.count = 0};
	struct rules *r = NULL;
	enum error e = rules_load(TEST_RULES, s, &problems, &r);
	print_if_any(&problems);
	assert_int_equal(e, OK);
	return r;
}

struct rules *fixture_rules_of(const char *text, const struct sheet *s)
{
	struct problems problems = {.count = 0};
	struct rules *r = NULL;
	enum error e = rules_load(fixture_file(text, strlen(text)), s, &problems, &r);
	print_if_any(&problems);
	assert_int_equal(e, OK);
	return r;
}

void fixture_one_problem(const struct problems *p, const char *file, int line, bool warning, const char *piece)
{
	if (p->count != 1 || p->list[0].line != line || p->list[0].warning != warning ||
		strcmp(p->list[0].file, file) || !strstr(p->list[0].text, piece)) {
		problems_print(p, stdout);
		fail_msg("expected one problem in line %d: …%s…", line, piece);
	}
	assert_int_equal(p->errors, !warning);
}

void fixture_reading(const struct sheet *s, const struct reading *r, char out[static 48])
{
	const struct event *events;
	const struct place *places;
	char count[16] = "-";
	sheet_events(s, &events);
	sheet_places(s, &places);
	if (r->count >= 0)
		snprintf(count, sizeof count, "%d", r->count);
	snprintf(out, 48, "%s %s%s %s", r->event < 0 ? "-" : events[r->event].code,
		r->place < 0 ? "-" : places[r->place].code, r->place_unverified ? "?" : "", count);
}

void fixture_flags(unsigned flags, char out[static 96])
{
	size_t at = 0;
	strcpy(out, "-");
	for (unsigned i = 0; i < FLAGS_COUNT; i++)
		if (flags >> i & 1)
			at += (size_t)snprintf(out + at, 96 - at, "%s%s", at ? "," : "", flag_name(i));
}

uint32_t fixture_random(uint32_t *state) // xorshift32
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
