// SPDX-License-Identifier: GPL-2.0-or-later
// What two sheets that are valid together understand differently.
#include <stdio.h>
#include <string.h>

#include "rules/sheet_file.h"
#include "rules/sheet_set.h"

struct check {
	const struct sheet *sheet, *other; // the problem is told in the file of the second
	const char *sheet_file, *file;
	char until[40];
	struct problems *problems;
};

static bool overlap(const struct sheet *a, const struct sheet *b, int64_t today)
{
	int64_t from = a->valid_from > b->valid_from ? a->valid_from : b->valid_from;
	from = from > today ? from : today;
	return sheet_valid_on(a, from) && sheet_valid_on(b, from);
}

static const char *event_name(const struct sheet *s, int event)
{
	return s->events[event].name;
}

static void check_events(struct check *c)
{
	for (size_t i = 0; i < c->other->event_count; i++) {
		const struct event *e = &c->other->events[i];
		int same = sheet_event_of_code(c->sheet, e->code), meant = sheet_set_event(c->sheet, c->other, (int)i);
		if (same >= 0 && meant != same)
			problem_add(c->problems, c->file, e->line, true, "%s means \"%s\" here and \"%s\" in %s: both are shown%s",
				e->code, e->name, event_name(c->sheet, same), c->sheet_file, c->until);
		else if (meant < 0)
			problem_add(c->problems, c->file, e->line, true,
				"%s (%s): %s has no event of that name, so no rule speaks of it", e->code, e->name, c->sheet_file);
	}
}

static void check_places(struct check *c)
{
	for (size_t i = 0; i < c->other->place_count; i++) {
		const struct place *p = &c->other->places[i];
		int same = sheet_place_of_code(c->sheet, p->code), meant = sheet_place_of_pcode(c->sheet, p->pcode);
		if (same >= 0 && meant != same)
			problem_add(c->problems, c->file, p->line, true, "%s is %s (%s) here and %s (%s) in %s: both are shown%s", p->code,
				p->name, p->pcode, c->sheet->places[same].name, c->sheet->places[same].pcode, c->sheet_file, c->until);
		else if (meant < 0)
			problem_add(c->problems, c->file, p->line, true, "%s (%s): no place of %s has its p-code \"%s\"; its area is shown",
				p->code, p->name, c->sheet_file, p->pcode);
	}
}

static void check_words(struct check *c)
{
	for (size_t i = 0; i < c->other->word_count; i++) {
		const struct word *w = &c->other->words[i];
		struct word_match m = sheet_word(c->sheet, w->text, false);
		bool same = m.kind == WORD_NONE || m.kind == w->kind;
		if (w->kind == WORD_EVENT && m.kind == WORD_EVENT)
			same = sheet_set_event(c->sheet, c->other, w->index) == m.index;
		else if (w->kind == WORD_PLACE && m.kind == WORD_PLACE)
			same = sheet_set_place(c->sheet, c->other, w->index) == m.index;
		else if (w->kind == WORD_NUMBER && m.kind == WORD_NUMBER)
			same = w->index == m.index;
		if (!same)
			problem_add(c->problems, c->file, w->line, true, "the word \"%s\" means something else in %s: both are shown%s",
				w->text, c->sheet_file, c->until);
	}
}

static void check_pair(const struct sheet *a, const char *a_file, const struct sheet *b, const char *b_file, int64_t today,
	struct problems *problems)
{
	struct check c = {a, b, a_file, b_file, "", problems};
	int64_t until = a->valid_until && (!b->valid_until || a->valid_until < b->valid_until) ? a->valid_until : b->valid_until;
	char day[SHEET_DAY_SIZE];
	if (!overlap(a, b, today))
		return;
	sheet_day_text(until, day);
	if (until)
		snprintf(c.until, sizeof c.until, " until %s", day);
	check_events(&c);
	check_places(&c);
	check_words(&c);
}

static void check_end(const struct sheet *s, const char *file, int64_t today, struct problems *problems)
{
	char day[SHEET_DAY_SIZE];
	sheet_day_text(s->valid_until, day);
	if (!s->valid_until)
		problem_add(problems, file, 0, true, "this sheet never ends: expected valid = { until = \"…\"; };");
	else if (s->valid_until < today)
		problem_add(problems, file, 0, true, "this sheet ended on %s: nothing is read with it any more; take it out", day);
}

void sheet_set_check(const struct sheet_set *set, const struct sheet *current, const char *file, int64_t today,
	struct problems *problems)
{
	char day[SHEET_DAY_SIZE];
	sheet_day_text(current->valid_until, day);
	if (current->valid_until && current->valid_until < today)
		problem_add(problems, file, 0, true, "the current sheet ended on %s: it is read all the same; where is the next?", day);
	for (size_t i = 0; i < set->count; i++) {
		check_end(set->others[i], set->files[i], today, problems);
		check_pair(current, file, set->others[i], set->files[i], today, problems);
		for (size_t k = 0; k < i; k++)
			check_pair(set->others[k], set->files[k], set->others[i], set->files[i], today, problems);
	}
}
