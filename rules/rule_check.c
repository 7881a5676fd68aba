// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule_file.h"
#include "rules/trend.h"

static void complain(const struct rules *r, const struct rule *rule, struct problems *problems, bool warning,
	const char *what, const struct rule *other)
{
	char where[RULE_NAME_SIZE + 40] = "";
	if (other)
		snprintf(where, sizeof where, " \"%s\" in line %d", other->name, other->line);
	problem_add(problems, r->file, rule->line, warning, "rule \"%s\" %s%s", rule->name, what, where);
}

#define PARSED (FLAG_MENDED | FLAG_AMBIGUOUS | FLAG_UNDECODED | FLAG_DRILL)

static const char *why_never(const struct condition *c, const struct sheet *sheet)
{
	const struct event *events;
	bool any = c->event_count == 0, says = c->event_count || c->kind >= 0;
	sheet_events(sheet, &events);
	for (size_t i = 0; i < c->event_count; i++)
		any |= c->kind < 0 || (int)events[c->events[i]].kind == c->kind;
	if (!any)
		return "can never fire: none of its events is of its kind";
	if ((c->flags & (FLAG_UNDECODED | FLAG_RAW)) && says)
		return "can never fire: what is undecoded has no event";
	if ((c->flags & FLAG_UNDECODED) && (c->flags & (FLAG_AMBIGUOUS | FLAG_DRILL | FLAG_BEEP)))
		return "can never fire: what is undecoded is neither ambiguous, a drill nor a beep";
	if ((c->flags & FLAG_BEEP) && (says || c->area >= 0 || c->count_min || (c->flags & PARSED)))
		return "can never fire: a missed call says nothing, no event, place or number";
	if ((c->flags & (FLAG_UNDECODED | FLAG_BEEP)) && c->reporters_min > 1)
		return "can never fire: what says nothing joins no incident, so that nobody else has reported it";
	if (c->trends == 1u << TREND_SILENT && says)
		return "can never fire: silence has no event";
	return NULL;
}

// The severity that each event can have when a rule is asked: of the sheet, and of the rules before.
struct reach {
	int *of; // by event
	size_t events;
};

static bool lets_through(const struct condition *c, const struct event *events, int event)
{
	bool listed = c->event_count == 0;
	for (size_t i = 0; i < c->event_count && !listed; i++)
		listed = c->events[i] == event;
	return listed && (c->kind < 0 || (int)events[event].kind == c->kind);
}

static void raise_reach(struct reach *reach, const struct rule *rule, const struct event *events)
{
	for (size_t e = 0; e < reach->events; e++) {
		int from = rule->severity ? rule->severity : reach->of[e], to = from + rule->raise;
		if (to > reach->of[e] && reach->of[e] >= rule->when.min_severity && lets_through(&rule->when, events, (int)e))
			reach->of[e] = to > 5 ? 5 : to;
	}
}

// By another reading of an ambiguous text it could still be so severe: a warning.
static void check_reach(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	const struct event *events;
	struct reach reach = {.events = sheet_events(sheet, &events)};
	reach.of = calloc(reach.events + 1, sizeof *reach.of);
	BUG_IF(!reach.of);
	for (size_t e = 0; e < reach.events; e++)
		reach.of[e] = events[e].severity;
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct rule *rule = &r->rules[i];
		int most = 0;
		for (size_t e = 0; e < reach.events && rule->when.min_severity; e++)
			if (reach.of[e] > most && lets_through(&rule->when, events, (int)e))
				most = reach.of[e];
		if (most && most < rule->when.min_severity && (rule->when.event_count || rule->when.kind >= 0))
			problem_add(problems, r->file, rule->line, true, "rule \"%s\" never fires on a clear text: min_severity = %d, and its "
				"events are not more severe than %d here; expected at most %d", rule->name, rule->when.min_severity, most, most);
		if (rule->severity || rule->raise > 0)
			raise_reach(&reach, rule, events);
	}
	free(reach.of);
}

static bool events_within(const struct condition *a, const struct condition *b)
{
	size_t found = 0;
	for (size_t i = 0; i < a->event_count; i++)
		for (size_t k = 0; k < b->event_count; k++)
			found += a->events[i] == b->events[k];
	return b->event_count == 0 || (a->event_count > 0 && found == a->event_count);
}

// Does whatever meets `a` meet `b` too? A severity changes from rule to rule, so a `b` that asks for one counts as no.
static bool within(const struct condition *a, const struct condition *b, const struct sheet *sheet)
{
	return events_within(a, b) && (b->kind < 0 || b->kind == a->kind) &&
		(b->area < 0 || sheet_place_inside(sheet, a->area, b->area)) && !b->min_severity &&
		b->count_min <= a->count_min && b->reporters_min <= a->reporters_min && (a->flags & b->flags) == b->flags &&
		(b->hour_from < 0 || (b->hour_from == a->hour_from && b->hour_to == a->hour_to)) &&
		(!b->trends || (a->trends && !(a->trends & ~b->trends))) &&
		(b->sender_known < 0 || b->sender_known == a->sender_known) &&
		(!b->grade_min || (a->grade_min && a->grade_min <= b->grade_min));
}

// All that `rule` sets is set again by a later one whenever it fires. Shares are added, not set.
static bool overwritten(const struct rule *rule, const struct rule *later)
{
	bool severity = rule->severity || rule->raise, sets = severity || *rule->queue || *rule->notify ||
		rule->escalate_after_s || rule->reply != -1;
	return sets && !rule->share_count && (!severity || later->severity) && (!*rule->queue || *later->queue) &&
		(!*rule->notify || *later->notify) && (!rule->escalate_after_s || later->escalate_after_s) &&
		(rule->reply == -1 || later->reply != -1);
}

// ---- all against all, where only neighbours need to be looked at ------------------------------------------------------

static int compare_names(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;
	int d = strcmp(x->name, y->name);
	return d ? d : (x > y) - (x < y);
}

static int compare_conditions(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;
	int d = memcmp(&x->when, &y->when, sizeof x->when);
	return d ? d : (x > y) - (x < y);
}

// Told at the later one, in the order of the file.
static void check_doubles(const struct rules *r, bool names, struct problems *problems)
{
	const struct rule **all = calloc(r->rule_count + 1, sizeof *all), **before = calloc(r->rule_count + 1, sizeof *before);
	BUG_IF(!all || !before);
	for (size_t i = 0; i < r->rule_count; i++)
		all[i] = &r->rules[i];
	qsort(all, r->rule_count, sizeof *all, names ? compare_names : compare_conditions);
	for (size_t i = 1; i < r->rule_count; i++)
		if (names ? *all[i]->name && !strcmp(all[i]->name, all[i - 1]->name) :
			    !memcmp(&all[i]->when, &all[i - 1]->when, sizeof all[i]->when))
			before[all[i] - r->rules] = all[i - 1];
	for (size_t i = 0; i < r->rule_count; i++)
		if (before[i])
			complain(r, &r->rules[i], problems, !names,
				names ? "has the name of" : "has the condition of another, join them:", before[i]);
	free(all);
	free(before);
}

static const struct rule *overwriting(const struct rules *r, const struct rule *a, const struct sheet *sheet, int area, int event)
{
	size_t first = rules_key_from(r, area, event, (int)(a - r->rules) + 1);
	for (size_t k = first; k < r->key_count && r->keys[k].area == area && r->keys[k].event == event; k++) {
		const struct rule *b = &r->rules[r->keys[k].rule];
		if (overwritten(a, b) && within(&a->when, &b->when, sheet) && memcmp(&a->when, &b->when, sizeof a->when) != 0)
			return b;
	}
	return NULL;
}

// What always fires with it can only stand where its own area is, or wider, and under its first event, or under any.
static void check_shadowed(const struct rules *r, const struct rule *a, const struct sheet *sheet, struct problems *problems)
{
	const struct place *places;
	const struct rule *b = NULL;
	sheet_places(sheet, &places);
	if (a->share_count)
		return;
	for (int area = a->when.area, depth = 0; !b && depth < 9; area = area < 0 ? -1 : places[area].parent, depth++) {
		b = overwriting(r, a, sheet, area, -1);
		if (!b && a->when.event_count)
			b = overwriting(r, a, sheet, area, a->when.events[0]);
		if (area < 0)
			break;
	}
	if (b)
		complain(r, a, problems, true, "is shadowed, all that it sets is set again by", b);
}

void rules_check(const struct rules *r, const struct sheet *sheet, bool whole, struct problems *problems)
{
	check_doubles(r, true, problems);
	if (!whole)
		return;
	check_doubles(r, false, problems);
	for (size_t i = 0; i < r->rule_count; i++) {
		const char *never = why_never(&r->rules[i].when, sheet);
		if (never)
			complain(r, &r->rules[i], problems, false, never, NULL);
		check_shadowed(r, &r->rules[i], sheet, problems);
	}
	check_reach(r, sheet, problems);
}
