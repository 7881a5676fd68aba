// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/parse_state.h"

#include <stdlib.h>
#include <string.h>

unsigned long place_number(const char *code)
{
	return strtoul(code, NULL, 10);
}

void parse_doubt(struct parse *p)
{
	p->out->flags |= FLAG_AMBIGUOUS;
	p->doubtful = true;
}

static int severity_of(const struct sheet *s, const struct reading *r)
{
	const struct event *events;
	sheet_events(s, &events);
	return r->event >= 0 ? events[r->event].severity : UNDECODED_SEVERITY;
}

// Sorted, the worst first; of too many the worst stay.
static void add_reading(struct parse *p, struct reading r)
{
	struct reading_set *out = p->out;
	size_t at = out->count;
	while (at > 0 && severity_of(p->sheet, &out->readings[at - 1]) < severity_of(p->sheet, &r))
		at--;
	out->cut |= out->count == READINGS_MAX;
	if (at == READINGS_MAX)
		return;
	out->count += out->count < READINGS_MAX;
	memmove(&out->readings[at + 1], &out->readings[at], (out->count - 1 - at) * sizeof r);
	out->readings[at] = r;
}

static int count_of(struct parse *p, size_t skip)
{
	int found = -1;
	for (size_t i = 0; i < p->number_count; i++) {
		if (i == skip)
			continue;
		if (found >= 0 || strlen(p->numbers[i]) > COUNT_DIGITS) {
			p->out->flags |= FLAG_AMBIGUOUS; // which of them is the count is not guessed
			return -1;
		}
		found = (int)strtol(p->numbers[i], NULL, 10);
	}
	return found;
}

// No place with its check letter: any number that is a place's digits may be meant as one.
static void read_unverified_places(struct parse *p, int event)
{
	bool any = false;
	for (size_t i = 0; i < p->number_count; i++) {
		int place = sheet_place_of_digits(p->sheet, p->numbers[i]);
		if (place < 0)
			continue;
		add_reading(p, (struct reading){event, place, count_of(p, i), true});
		any = true;
	}
	if (p->number_count)
		p->out->flags |= FLAG_AMBIGUOUS;
	if (!any || p->number_count == 1) // a lone number may as well be the count
		add_reading(p, (struct reading){event, -1, count_of(p, SIZE_MAX), false});
}

static bool needs_place(const struct parse *p, int event)
{
	const struct event *events;
	sheet_events(p->sheet, &events);
	return events[event].kind == KIND_ALERT;
}

// "201M Mopti" is one place: of an area and a place inside it the place is meant.
static void drop_areas(struct parse *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->place_count; i++) {
		bool holds_other = false;
		for (size_t k = 0; k < p->place_count; k++)
			holds_other |= k != i && sheet_place_inside(p->sheet, p->places[k], p->places[i]);
		p->places[kept] = p->places[i];
		kept += !holds_other;
	}
	p->place_count = kept;
}

static void read_event(struct parse *p, int event)
{
	for (size_t k = 0; k < p->place_count; k++)
		add_reading(p, (struct reading){event, p->places[k], count_of(p, SIZE_MAX), false});
	if (p->place_count && p->maybe_hour)
		add_reading(p, (struct reading){event, -1, count_of(p, SIZE_MAX), false});
	if (p->place_count)
		return;
	read_unverified_places(p, event);
	if (needs_place(p, event))
		p->out->flags |= FLAG_AMBIGUOUS;
}

static void set_drill(struct parse *p)
{
	const struct event *events;
	bool all_tests = p->event_count > 0 && !p->doubtful;
	sheet_events(p->sheet, &events);
	for (size_t i = 0; i < p->event_count; i++)
		all_tests &= events[p->events[i]].kind == KIND_TEST;
	if (all_tests)
		p->out->flags |= FLAG_DRILL;
}

// "A1 12H 40 A5 201M 10": several reports, each begun by the same kind of sign, each one event and one place. False
// when they do not part so: then each event may belong to each place.
static bool part_reports(const struct parse *p, struct reading reports[static SAID_MAX], size_t *count)
{
	*count = 0;
	if (p->unclear || p->out->unknown_count || p->out->cut)
		return false;
	for (size_t i = 0; i < p->said_count; i++) {
		const struct said *s = &p->said[i];
		if (s->kind == p->said[0].kind)
			reports[(*count)++] = (struct reading){-1, -1, -1, false};
		struct reading *r = &reports[*count - 1];
		int *what = s->kind == SAID_EVENT ? &r->event : s->kind == SAID_PLACE ? &r->place : &r->count;
		if (*what >= 0)
			return false;
		*what = s->value;
	}
	for (size_t i = 0; i < *count; i++)
		if (reports[i].event < 0 || reports[i].place < 0)
			return false;
	return *count > 1;
}

static void read_reports(struct parse *p, const struct reading *reports, size_t count)
{
	parse_mend(p, "several-reports");
	p->out->flags |= FLAG_AMBIGUOUS; // one alert that says several things: an officer looks
	for (size_t i = 0; i < count; i++)
		add_reading(p, reports[i]);
}

static void read_all(struct parse *p)
{
	struct reading_set *out = p->out;
	drop_areas(p);
	if (p->event_count > 1 || p->place_count > 1)
		out->flags |= FLAG_AMBIGUOUS;
	if (p->event_count == 0) {
		out->flags |= FLAG_UNDECODED;
		for (size_t k = 0; k < p->place_count; k++)
			add_reading(p, (struct reading){-1, p->places[k], count_of(p, SIZE_MAX), false});
	}
	for (size_t e = 0; e < p->event_count; e++)
		read_event(p, p->events[e]);
}

void parse_make_readings(struct parse *p)
{
	struct reading_set *out = p->out;
	struct reading reports[SAID_MAX];
	size_t count;
	if (part_reports(p, reports, &count))
		read_reports(p, reports, count);
	else
		read_all(p);
	if (out->cut)
		parse_doubt(p);
	set_drill(p);
	out->severity = p->event_count ? p->worst : UNDECODED_SEVERITY;
	if (p->doubtful && out->severity < UNDECODED_SEVERITY)
		out->severity = UNDECODED_SEVERITY;
}

bool reading_set_tells(const struct sheet *s, const struct reading_set *set)
{
	const struct event *events;
	sheet_events(s, &events);
	for (size_t i = 0; i < set->count; i++) {
		int event = set->readings[i].event;
		bool harmless = event < 0 || events[event].kind == KIND_STOP || events[event].kind == KIND_CONSENT;
		if (!harmless || set->readings[i].place >= 0)
			return true;
	}
	return set->reporter_count > 0;
}
