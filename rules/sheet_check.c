// SPDX-License-Identifier: GPL-2.0-or-later
// What loads but will be mistyped, misread or told to too many: warnings for whoever writes the sheet.
#include <string.h>

#include "rules/sheet_file.h"

#define SEVERITY_APART 2

struct check {
	const struct sheet *sheet;
	const char *file;
	struct problems *problems;
};

// The key of a letter on a telephone (ITU-T E.161).
static int key_of(char letter)
{
	static const char keys[] = "22233344455566677778889999";
	return letter >= 'A' && letter <= 'Z' ? keys[letter - 'A'] : letter;
}

static const char *why_it_matters(const struct event *a, const struct event *b)
{
	int apart = a->severity - b->severity;
	if (a->kind != b->kind)
		return "is another kind of message";
	if (a->restricted != b->restricted)
		return "is not for the same people";
	if (a->uniformed != b->uniformed)
		return "may not have the same perpetrators";
	return apart >= SEVERITY_APART || apart <= -SEVERITY_APART ? "is far from as severe" : NULL;
}

// A letter of the same key is one press too many, or what a phone guesses.
static void check_codes(struct check *c)
{
	const struct event *events = c->sheet->events;
	for (size_t i = 0; i < c->sheet->event_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct event *a = &events[k], *b = &events[i];
			const char *why = why_it_matters(a, b);
			if (why && a->code[1] == b->code[1] && key_of(a->code[0]) == key_of(b->code[0]))
				problem_add(c->problems, c->file, b->line, true,
					"%s is typed with the same keys of a phone as %s in line %d, which %s: choose another letter",
					b->code, a->code, a->line, why);
		}
}

// Whether a thumb that misses one key hits the other: rows of three, 0 under 8.
static bool neighbour_keys(int a, int b)
{
	static const char *const keys = "123456789*0#";
	const char *x = strchr(keys, a), *y = strchr(keys, b);
	if (!x || !y || x == y)
		return false;
	long i = x - keys, k = y - keys, columns = i % 3 - k % 3, rows = i / 3 - k / 3;
	return columns * columns + rows * rows == 1;
}

static void check_neighbours(struct check *c)
{
	const struct event *events = c->sheet->events;
	for (size_t i = 0; i < c->sheet->event_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct event *a = &events[k], *b = &events[i];
			const char *why = why_it_matters(a, b);
			if (why && a->code[0] == b->code[0] && neighbour_keys(a->code[1], b->code[1]))
				problem_add(c->problems, c->file, b->line, true,
					"%s is one key beside %s in line %d, which %s: choose a digit that is not its neighbour on a phone",
					b->code, a->code, a->line, why);
		}
}

// A wrong digit or a swap the check letter finds; a digit too few it finds in most codes, not in all.
static void check_lost_digits(struct check *c)
{
	const struct sheet *s = c->sheet;
	for (size_t i = 0; i < s->place_count; i++) {
		const char *code = s->places[i].code;
		size_t n = strlen(code);
		int before = -1;
		for (size_t lost = 0; lost + 1 < n; lost++) {
			char shorter[CODE_SIZE];
			memcpy(shorter, code, lost);
			memcpy(shorter + lost, code + lost + 1, n - lost);
			int other = shorter[0] == '0' ? -1 : sheet_place_of_code(s, shorter);
			if (other >= 0 && other != before)
				problem_add(c->problems, c->file, s->places[i].line, true,
					"%s with a digit lost is %s in line %d, and its check letter does not tell: give one of them another code",
					code, s->places[other].code, s->places[other].line);
			before = other;
		}
	}
}

// What a p-code looks like: letters as A, digits as 9.
static void shape_of(const char *pcode, char out[static 16])
{
	size_t i = 0;
	for (; pcode[i] && i < 15; i++)
		out[i] = (char)(pcode[i] >= '0' && pcode[i] <= '9' ? '9' : 'A');
	out[i] = 0;
}

// Codes of two schemes in one sheet: one place is then known by two, or two by one.
static void check_scheme(struct check *c)
{
	const struct sheet *s = c->sheet;
	for (size_t i = 0; i < s->place_count; i++) {
		const struct place *p = &s->places[i], *first = NULL;
		char shape[16], usual[16];
		for (size_t k = 0; k < i && !first; k++)
			first = strcmp(s->places[k].level, p->level) ? NULL : &s->places[k];
		shape_of(p->pcode, shape);
		shape_of(first ? first->pcode : p->pcode, usual);
		if (strcmp(shape, usual) != 0 || (first && p->parent < 0 && strncmp(p->pcode, first->pcode, strcspn(first->pcode, "0123456789"))))
			problem_add(c->problems, c->file, p->line, true,
				"p-code \"%s\" is not written like \"%s\" in line %d, a %s too: are both of scheme %s?", p->pcode,
				first->pcode, first->line, p->level, s->scheme);
	}
}

static void check_places(struct check *c)
{
	const struct place *places = c->sheet->places;
	for (size_t i = 0; i < c->sheet->place_count; i++) {
		const struct place *p = &places[i], *area = p->parent >= 0 ? &places[p->parent] : NULL;
		if (p->k == 0)
			problem_add(c->problems, c->file, p->line, true,
				"%s says not how many people could have sent a text from there: add k", p->code);
		if (area && strncmp(p->pcode, area->pcode, strlen(area->pcode)) != 0)
			problem_add(c->problems, c->file, p->line, true,
				"p-code \"%s\" does not begin with \"%s\", its area's: are they of one scheme (%s)?", p->pcode,
				area->pcode, c->sheet->scheme);
	}
}

// Words that the parser cannot mend, because a slip in one may be a slip in the other.
static void check_words(struct check *c)
{
	const struct sheet *s = c->sheet;
	for (size_t i = 0; i < s->word_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct word *a = &s->words[k], *b = &s->words[i];
			bool same = a->kind == b->kind && a->index == b->index;
			if (same || (a->name && b->name))
				continue; // names of places are what they are
			size_t n = strlen(a->text), m = strlen(b->text);
			if (n < SLIP_LETTERS || m < SLIP_LETTERS || n > m + 1 || m > n + 1)
				continue;
			if (edit_distance(a->text, b->text, 1) <= 1)
				problem_add(c->problems, c->file, b->line > a->line ? b->line : a->line, true,
					"the word \"%s\" is one slip away from \"%s\", which means something else: no slip in them is mended",
					b->line > a->line ? b->text : a->text, b->line > a->line ? a->text : b->text);
		}
}

void sheet_check(const struct sheet *s, const char *file, struct problems *problems)
{
	struct check c = {s, file, problems};
	check_codes(&c);
	check_neighbours(&c);
	check_lost_digits(&c);
	check_scheme(&c);
	check_places(&c);
	check_words(&c);
	sheet_check_paper(s, file, problems);
}
