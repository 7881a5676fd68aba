// SPDX-License-Identifier: GPL-2.0-or-later
// Who must not get what. An event whose perpetrator may be uniformed never reaches a recipient on that side; what is
// restricted reaches only recipients that are declared for it. `rules check` proves it rule by rule for what a text says
// plainly, and for the file as a whole; what a text may mean is known only when it is there, so that every decision is
// held to the same again.
#include <stdio.h>
#include <string.h>

#include "rules/rule_file.h"
#include "rules/trend.h"

unsigned rules_guard_of(const struct sheet *sheet, const struct facts *f)
{
	const struct reading_set *p = f->parsed;
	const struct event *events;
	// Undecoded, or in part: it could say anything.
	unsigned guard = p->count == 0 || p->cut || p->unknown_count ? GUARD_UNIFORMED : 0;
	guard |= p->cut ? GUARD_RESTRICTED : 0;
	sheet_events(sheet, &events);
	for (size_t i = 0; i < p->count; i++) {
		const struct event *e = p->readings[i].event < 0 ? NULL : &events[p->readings[i].event];
		guard |= !e || e->uniformed ? GUARD_UNIFORMED : 0;
		guard |= e && e->restricted ? GUARD_RESTRICTED : 0;
	}
	return guard;
}

static const char *refuses(const struct section *s, bool strict, unsigned guard)
{
	if (guard & GUARD_UNIFORMED && s->uniformed)
		return "is on the uniformed side, and whoever did it may be uniformed";
	if (guard & GUARD_RESTRICTED && strict && !s->restricted)
		return "is not declared restricted, and this is for named people only";
	return NULL;
}

const char *rules_queue_refuses(const struct rules *r, const char *queue, unsigned guard)
{
	const struct section *q = rules_queue(r, queue);
	return q ? refuses(q, r->queues_restricted, guard) : NULL;
}

const char *rules_section_refuses(const struct rules *r, const char *section, unsigned guard)
{
	const struct section *s = rules_section(r, section);
	return s ? refuses(s, true, guard) : "is not declared";
}

static const char *target_refuses(const struct rules *r, const char *target, unsigned guard)
{
	const struct section *t = rules_target(r, target);
	return t ? refuses(t, r->targets_restricted, guard) : NULL;
}

// ---- when deciding --------------------------------------------------------------------------------------------------

void rules_add_share(const struct rules *r, unsigned guard, const struct share *s, struct decision *out)
{
	for (size_t i = 0; i < out->share_count; i++)
		if (!strcmp(out->shares[i].section, s->section))
			return;
	if (rules_section_refuses(r, s->section, guard))
		out->withheld++;
	else if (out->share_count < SHARES_MAX)
		out->shares[out->share_count++] = *s;
}

void rules_set_notify(const struct rules *r, unsigned guard, const char *target, struct decision *out)
{
	if (target_refuses(r, target, guard))
		out->withheld++;
	else
		snprintf(out->notify, sizeof out->notify, "%s", target);
}

// The default queue, else the first that may have it, oversight last.
static const char *safe_queue(const struct rules *r, unsigned guard)
{
	if (!rules_queue_refuses(r, r->default_queue, guard))
		return r->default_queue;
	for (size_t i = 0; i < r->queue_count; i++)
		if (strcmp(r->queues[i], r->oversight) != 0 && !rules_queue_refuses(r, r->queues[i], guard))
			return r->queues[i];
	return r->oversight;
}

void rules_guard_queues(const struct rules *r, struct decision *out)
{
	if (!out->guard)
		return;
	const char *safe = safe_queue(r, out->guard);
	if (rules_queue_refuses(r, out->queue, out->guard)) {
		snprintf(out->queue, sizeof out->queue, "%s", safe);
		out->diverted = true;
	}
	if (*out->oversight && rules_queue_refuses(r, out->oversight, out->guard)) {
		snprintf(out->oversight, sizeof out->oversight, "%s", strcmp(safe, out->queue) != 0 ? safe : "");
		out->diverted = true;
	}
}

// ---- before: every rule, and the whole ----------------------------------------------------------------------------------

// The first event with this guard that the condition lets through when a text says nothing else; -1.
static int guarded_event(const struct condition *c, const struct sheet *sheet, unsigned guard)
{
	const struct event *events;
	size_t n = sheet_events(sheet, &events), listed = c->event_count ? c->event_count : n;
	// A text that plainly says an event is not undecoded, no beep, no silence and, when the event is an alert, no drill.
	if (c->flags & (FLAG_UNDECODED | FLAG_BEEP | FLAG_RAW) || c->trends == 1u << TREND_SILENT)
		return -1;
	for (size_t i = 0; i < listed; i++) {
		int event = c->event_count ? c->events[i] : (int)i;
		const struct event *e = &events[event];
		bool has = guard == GUARD_UNIFORMED ? e->uniformed : e->restricted;
		bool drill = c->flags & FLAG_DRILL && e->kind == KIND_ALERT;
		if (has && !drill && (c->kind < 0 || (int)e->kind == c->kind))
			return event;
	}
	return -1;
}

static void check_one(const struct rules *r, const struct sheet *sheet, const struct rule *rule, const char *how,
	const struct section *to, bool strict, struct problems *problems)
{
	static const unsigned guards[] = {GUARD_UNIFORMED, GUARD_RESTRICTED};
	const struct event *events;
	sheet_events(sheet, &events);
	for (size_t i = 0; to && i < 2; i++) {
		const char *why = refuses(to, strict, guards[i]);
		int event = why ? guarded_event(&rule->when, sheet, guards[i]) : -1;
		if (event >= 0)
			problem_add(problems, r->file, rule->line, false, "rule \"%s\" would %s %s (%s) %s \"%s\", which %s; "
				"name the events it may see", rule->name, how, events[event].code, events[event].name,
				strcmp(how, "notify of") ? strcmp(how, "put") ? "with" : "into" : "whoever is", to->name,
				guards[i] == GUARD_UNIFORMED ? "is on the uniformed side" : "is not declared restricted = true");
	}
}

// Only the words of the uniformed side: what is restricted is looked at by rules_check_shares, where a rule names it.
static void check_shares(const struct rules *r, const struct sheet *sheet, const struct rule *rule, struct problems *problems)
{
	for (size_t i = 0; i < rule->share_count; i++)
		check_one(r, sheet, rule, "share", rules_section(r, rule->shares[i].section), false, problems);
}

static bool moves_all(const struct rule *rule, const struct event *events, int event)
{
	const struct condition *c = &rule->when;
	bool listed = c->event_count == 0;
	for (size_t i = 0; i < c->event_count; i++)
		listed |= c->events[i] == event;
	return listed && *rule->queue && (c->kind < 0 || c->kind == (int)events[event].kind) && c->area < 0 && !c->min_severity &&
		!c->count_min && c->reporters_min <= 1 && !c->flags && c->hour_from < 0 && c->sender_known < 0 && !c->trends;
}

// Each rule that sets a queue is right by itself; so what is left is that one of them always does.
static void check_moved(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	const struct event *events;
	size_t n = sheet_events(sheet, &events);
	for (size_t e = 0; e < n; e++) {
		bool moved = !events[e].restricted || !rules_queue_refuses(r, r->default_queue, GUARD_RESTRICTED);
		for (size_t i = 0; i < r->rule_count && !moved; i++)
			moved = moves_all(&r->rules[i], events, (int)e);
		if (!moved)
			problem_add(problems, r->file, 1, false, "%s (%s) is restricted on the sheet and would stay in \"%s\": expected a "
				"rule { when = { event = (\"%s\"); }; then = { queue = … }; } with a queue that is declared restricted = true",
				events[e].code, events[e].name, r->default_queue, events[e].code);
	}
}

static void check_fixed(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	const struct section *first = rules_queue(r, r->default_queue), *over = rules_queue(r, r->oversight);
	const struct event *events;
	size_t n = sheet_events(sheet, &events);
	bool restricted = false;
	for (size_t i = 0; i < n; i++)
		restricted |= events[i].restricted;
	if (first && first->uniformed)
		problem_add(problems, r->file, 1, false, "default_queue \"%s\" is on the uniformed side: what nobody could read goes "
			"there, and it could say anything", first->name);
	if (over && over->uniformed)
		problem_add(problems, r->file, 1, false, "the queue \"%s\" of the floor is on the uniformed side: everything severe "
			"goes there", over->name);
	if (over && restricted && refuses(over, r->queues_restricted, GUARD_RESTRICTED))
		problem_add(problems, r->file, 1, false, "the queue \"%s\" of the floor is not declared restricted = true, and "
			"restricted events may be severe", over->name);
}

// A file of before declares nothing restricted: what it does with such events cannot be proven.
static void warn_undeclared(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	const struct event *events;
	sheet_events(sheet, &events);
	for (size_t i = 0; i < r->rule_count; i++)
		for (size_t k = 0; k < r->rules[i].when.event_count; k++) {
			const struct event *e = &events[r->rules[i].when.events[k]];
			if (!e->restricted || !*r->rules[i].queue)
				continue;
			problem_add(problems, r->file, r->rules[i].line, true, "rule \"%s\": %s is restricted, and no queue is declared for "
				"it: { name = \"%s\"; restricted = true; }", r->rules[i].name, e->code, r->rules[i].queue);
			return;
		}
}

void rules_check_guards(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct rule *rule = &r->rules[i];
		check_shares(r, sheet, rule, problems);
		if (*rule->queue)
			check_one(r, sheet, rule, "put", rules_queue(r, rule->queue), r->queues_restricted, problems);
		if (*rule->notify)
			check_one(r, sheet, rule, "notify of", rules_target(r, rule->notify), r->targets_restricted, problems);
	}
	check_fixed(r, sheet, problems);
	if (r->queues_restricted)
		check_moved(r, sheet, problems);
	else
		warn_undeclared(r, sheet, problems);
}
