// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sheet_set.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/sheet_file.h"

#define OLD_SHEET "old-sheet" // the mend that an officer sees

// ---- one sheet in terms of another --------------------------------------------------------------------------------

static bool same_text(const char *a, const char *b)
{
	char x[TOKEN_SIZE], y[TOKEN_SIZE];
	text_fold(a, x);
	text_fold(b, y);
	return strchr(x, '?') || strchr(y, '?') ? !strcmp(a, b) : !strcmp(x, y);
}

static bool same_event(const struct sheet *a, int x, const struct sheet *b, int y)
{
	if (a->events[x].kind != b->events[y].kind || a->events[x].restricted != b->events[y].restricted)
		return false;
	for (size_t i = 0; i < a->language_count; i++) {
		int k = sheet_language_of_tag(b, a->languages[i]);
		const char *one = sheet_event_name(a, (size_t)x, i), *other = k < 0 ? NULL : sheet_event_name(b, (size_t)y, (size_t)k);
		if (one && other && same_text(one, other))
			return true;
	}
	return false;
}

int sheet_set_event(const struct sheet *current, const struct sheet *other, int event)
{
	if (event < 0)
		return -1;
	int same = sheet_event_of_code(current, other->events[event].code);
	if (same >= 0 && same_event(current, same, other, event))
		return same;
	for (size_t i = 0; i < current->event_count; i++)
		if (same_event(current, (int)i, other, event))
			return (int)i;
	return -1;
}

int sheet_set_place(const struct sheet *current, const struct sheet *other, int place)
{
	int found = -1;
	for (; place >= 0 && found < 0; place = other->places[place].parent)
		found = sheet_place_of_pcode(current, other->places[place].pcode);
	return found;
}

// ---- the folder ---------------------------------------------------------------------------------------------------

static int is_sheet(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	return d->d_name[0] != '.' && n > 5 && !strcmp(d->d_name + n - 5, ".conf");
}

static void check_restricted(const struct sheet *s, const char *file, const struct sheet *current, struct problems *problems)
{
	for (size_t i = 0; i < s->event_count; i++)
		if (s->events[i].restricted && sheet_set_event(current, s, (int)i) < 0)
			problem_add(problems, file, s->events[i].line, false,
				"%s (%s) is restricted and the current sheet \"%s\" has no restricted event of that name: it would be told "
				"to everybody; name them alike", s->events[i].code, s->events[i].name, current->name);
}

static void load_one(const char *path, const struct sheet *current, struct problems *problems, struct sheet_set *out)
{
	if (out->count == SHEETS_MAX) {
		problem_add(problems, path, 0, false, "more than %d sheets beside the current one: take out those that have ended",
			SHEETS_MAX);
		return;
	}
	if (sheet_load(path, problems, &out->others[out->count]) != OK)
		return;
	snprintf(out->files[out->count], sizeof out->files[0], "%s", path);
	check_restricted(out->others[out->count++], path, current, problems);
}

enum error sheet_set_load(const char *folder, const struct sheet *current, struct problems *problems, struct sheet_set *out)
{
	struct dirent **names = NULL;
	size_t before = problems->errors;
	*out = (struct sheet_set){.count = 0};
	int n = scandir(folder, &names, is_sheet, alphasort);
	for (int i = 0; i < n; i++) {
		char path[SHEET_PATH_SIZE];
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		load_one(path, current, problems, out);
		free(names[i]);
	}
	free(names);
	if (problems->errors == before)
		return OK;
	sheet_set_finish(out);
	return ERROR_ARGUMENT;
}

void sheet_set_finish(struct sheet_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		sheet_destroy(set->others[i]);
	*set = (struct sheet_set){.count = 0};
}

// ---- a text -------------------------------------------------------------------------------------------------------

// How well a sheet reads a text: exactly, mended, in part, not at all. A worse reading says nothing beside a better one.
static int rank_of(const struct reading_set *set)
{
	if (set->count == 0)
		return 3;
	bool events = true;
	for (size_t i = 0; i < set->count; i++)
		events = events && set->readings[i].event >= 0;
	return set->unknown_count || !events ? 2 : (set->flags & FLAG_MENDED) != 0;
}

struct told {
	struct reading reading; // of the current sheet
	int severity;           // by the sheet that says it
};

struct merge {
	const struct sheet *current;
	struct told list[2 * READINGS_MAX];
	size_t count;
};

static bool same_reading(const struct reading *a, const struct reading *b)
{
	return a->event == b->event && a->place == b->place && a->count == b->count && a->place_unverified == b->place_unverified;
}

static bool has(const struct merge *m, const struct reading *r)
{
	for (size_t i = 0; i < m->count; i++)
		if (same_reading(&m->list[i].reading, r))
			return true;
	return false;
}

static int severity_of(const struct sheet *s, const struct reading *r)
{
	return r->event >= 0 ? s->events[r->event].severity : 3;
}

// Does another reading say the same, or more?
static bool says_less(const struct reading *a, const struct merge *better)
{
	for (size_t i = 0; i < better->count; i++) {
		const struct reading *b = &better->list[i].reading;
		if ((a->event < 0 || a->event == b->event) && (a->place < 0 || a->place == b->place))
			return true;
	}
	return false;
}

// What another sheet says and the ones before do not, in terms of the current one. An event that the current one does
// not have is none of its.
static void translate(const struct merge *known, const struct sheet *other, const struct reading_set *old, struct merge *out)
{
	for (size_t i = 0; i < old->count; i++) {
		struct reading r = old->readings[i];
		struct told t = {.severity = severity_of(other, &r)};
		if (!sheet_valid_at(other, r.place))
			continue;
		t.reading = r;
		t.reading.event = sheet_set_event(out->current, other, r.event);
		t.reading.place = sheet_set_place(out->current, other, r.place);
		bool foreign = r.event >= 0 && t.reading.event < 0;
		if (!has(out, &t.reading) && (foreign || !says_less(&t.reading, known)))
			out->list[out->count++] = t;
	}
}

static void put(struct merge *m, const struct told *t)
{
	size_t at = m->count;
	if (has(m, &t->reading) || m->count == ARRAY_LENGTH(m->list))
		return;
	while (at > 0 && m->list[at - 1].severity < t->severity)
		at--;
	memmove(&m->list[at + 1], &m->list[at], (m->count - at) * sizeof m->list[0]);
	m->list[at] = *t;
	m->count++;
}

static void write_out(const struct merge *m, struct reading_set *out, int severity)
{
	out->cut = out->cut || m->count > READINGS_MAX;
	out->count = m->count < READINGS_MAX ? m->count : READINGS_MAX;
	for (size_t i = 0; i < out->count; i++)
		out->readings[i] = m->list[i].reading;
	out->severity = severity;
	out->flags |= FLAG_MENDED | (m->count > 1 || out->cut ? FLAG_AMBIGUOUS : 0);
	if (out->mend_count < MENDS_MAX)
		out->mends[out->mend_count++] = OLD_SHEET;
}

// True when `other` says something that was not said.
static bool add_sheet(struct merge *m, const struct sheet *other, const char *text, size_t size, struct reading_set *out)
{
	struct reading_set old;
	struct merge said = {.current = m->current}, kept = {.current = m->current};
	sheet_parse(other, text, size, &old);
	out->flags |= old.flags & FLAG_DURESS; // whoever has the old card was taught the old word
	int better = rank_of(out) - rank_of(&old), severity = old.severity;
	if (better >= 0 || !(old.flags & FLAG_MENDED)) // nobody's slip is held against what is right
		translate(m, other, &old, &said);
	if (!said.count)
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (better <= 0 || !says_less(&m->list[i].reading, &said))
			put(&kept, &m->list[i]);
	if (kept.count)
		severity = out->severity > severity ? out->severity : severity;
	else
		old.flags |= out->flags & FLAG_DURESS;
	if (!kept.count || better > 0) {
		int spoken = old.language ? sheet_language_of_tag(m->current, sheet_language(other, old.language - 1u)) : -1;
		old.language = (uint8_t)(spoken + 1);
		*out = old; // its spans and what it does not know; the readings follow
	}
	for (size_t i = 0; i < said.count; i++) {
		out->flags |= said.list[i].reading.event < 0 ? FLAG_AMBIGUOUS : 0; // the current sheet has no such event
		put(&kept, &said.list[i]);
	}
	if (kept.count > said.count)
		out->flags &= ~(unsigned)FLAG_DRILL;
	*m = kept;
	write_out(m, out, severity);
	return true;
}

void sheet_set_parse(const struct sheet_set *set, const struct sheet *current, const char *text, size_t size, int64_t day,
	struct reading_set *out, struct sheets_used *used)
{
	struct merge m = {.current = current};
	used->count = 0;
	sheet_parse(current, text, size, out);
	for (size_t i = 0; i < out->count && set->count; i++)
		m.list[m.count++] = (struct told){out->readings[i], severity_of(current, &out->readings[i])};
	for (size_t i = 0; i < set->count; i++)
		if (sheet_valid_on(set->others[i], day) && add_sheet(&m, set->others[i], text, size, out))
			used->sheets[used->count++] = set->others[i];
}
