// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
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

static const char *why_never(const struct condition *c, const struct sheet *sheet)
{
	const struct event *events;
	bool any = c->event_count == 0;
	sheet_events(sheet, &events);
	for (size_t i = 0; i < c->event_count; i++)
		any |= c->kind < 0 || (int)events[c->events[i]].kind == c->kind;
	if (!any)
		return "can never fire: none of its events is of its kind";
	if ((c->flags & FLAG_UNDECODED) && (c->event_count || c->kind >= 0))
		return "can never fire: what is undecoded has no event";
	if (c->trends == 1u << TREND_SILENT && (c->event_count || c->kind >= 0))
		return "can never fire: silence has no event";
	return NULL;
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
		(b->sender_known < 0 || b->sender_known == a->sender_known);
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

static void check_pair(const struct rules *r, const struct rule *a, const struct rule *b, const struct sheet *sheet,
	bool whole, struct problems *problems)
{
	if (*a->name && !strcmp(a->name, b->name))
		complain(r, b, problems, false, "has the name of", a);
	else if (!whole)
		return;
	else if (!memcmp(&a->when, &b->when, sizeof a->when))
		complain(r, b, problems, true, "has the condition of another, join them:", a);
	else if (overwritten(a, b) && within(&a->when, &b->when, sheet))
		complain(r, a, problems, true, "is shadowed, all that it sets is set again by", b);
}

void rules_check(const struct rules *r, const struct sheet *sheet, bool whole, struct problems *problems)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const char *never = whole ? why_never(&r->rules[i].when, sheet) : NULL;
		if (never)
			complain(r, &r->rules[i], problems, false, never, NULL);
		for (size_t k = 0; k < i; k++)
			check_pair(r, &r->rules[k], &r->rules[i], sheet, whole, problems);
	}
}
