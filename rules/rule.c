// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "rules/rule_file.h"

static const struct reading *main_reading(const struct facts *f)
{
	return f->parsed->count ? &f->parsed->readings[0] : NULL;
}

static bool event_matches(const struct condition *c, const struct sheet *sheet, int event)
{
	const struct event *events;
	bool listed = c->event_count == 0;
	sheet_events(sheet, &events);
	if (event < 0)
		return listed && c->kind < 0;
	for (size_t k = 0; k < c->event_count; k++)
		listed |= c->events[k] == event;
	return listed && (c->kind < 0 || (int)events[event].kind == c->kind);
}

// What one reading meets: 0 not even the event, … 3 all that a condition asks of a reading.
static int reading_meets(const struct condition *c, const struct sheet *sheet, const struct reading *r)
{
	if (!event_matches(c, sheet, r->event))
		return 0;
	if (c->area >= 0 && !sheet_place_inside(sheet, r->place, c->area))
		return 1;
	return c->count_min > 0 && r->count < c->count_min ? 2 : 3;
}

// An ambiguous alert meets a condition when one of its readings does, with `all` when each of them does.
static int readings_meet(const struct condition *c, const struct sheet *sheet, const struct facts *f, bool all)
{
	static const struct reading nothing = {-1, -1, -1, false};
	const struct reading *readings = f->parsed->count ? f->parsed->readings : &nothing;
	int met = all ? 3 : 0;
	for (size_t i = 0; i < f->parsed->count || i < 1; i++) {
		int n = reading_meets(c, sheet, &readings[i]);
		met = all ? (n < met ? n : met) : (n > met ? n : met);
	}
	return met;
}

static bool hour_matches(const struct condition *c, int hour)
{
	if (c->hour_from < 0)
		return true;
	return c->hour_from <= c->hour_to ? hour >= c->hour_from && hour < c->hour_to :
					    hour >= c->hour_from || hour < c->hour_to;
}

// NULL when all holds, else the first thing that does not.
static const char *why_not(const struct condition *c, const struct sheet *sheet, const struct facts *f, int severity)
{
	static const char *const unmet[] = {"another event", "another area", "smaller count"};
	int met = readings_meet(c, sheet, f, false);
	if (met < 3)
		return unmet[met];
	if (severity < c->min_severity)
		return "less severe";
	if ((f->flags & c->flags) != c->flags)
		return "other flags";
	if ((int)f->reporters < c->reporters_min)
		return "fewer reporters";
	if (c->trends && !(f->trends & c->trends))
		return "another trend";
	if (!hour_matches(c, f->hour))
		return "another hour";
	if (c->sender_known >= 0 && (c->sender_known == 1) != f->sender_known)
		return c->sender_known ? "sender not known" : "sender known";
	if (c->grade_min && (!f->source || f->source > c->grade_min))
		return "lower reporter grade";
	return NULL;
}

static void apply(const struct rules *r, const struct sheet *sheet, const struct facts *f, const struct rule *rule,
	struct decision *out)
{
	if (out->fired_count < FIRED_MAX)
		out->fired[out->fired_count++] = rule->name;
	int severity = (rule->severity ? rule->severity : out->severity) + rule->raise;
	severity = severity < 1 ? 1 : severity > 5 ? 5 : severity;
	// What makes one reading less severe says nothing about the others, and the worst plausible one counts.
	if (severity > out->severity || readings_meet(&rule->when, sheet, f, true) == 3)
		out->severity = severity;
	if (*rule->queue)
		memcpy(out->queue, rule->queue, QUEUE_SIZE);
	if (*rule->notify)
		rules_set_notify(r, out->guard, rule->notify, out);
	if (rule->escalate_after_s)
		out->escalate_after_s = rule->escalate_after_s;
	if (rule->reply != -1)
		out->reply = rule->reply == REPLY_NONE ? NULL : &r->replies[rule->reply];
	for (size_t i = 0; i < rule->share_count; i++)
		rules_add_share(r, out->guard, &rule->shares[i], out);
}

static void begin(const struct rules *r, const struct sheet *sheet, const struct facts *f, struct decision *out)
{
	*out = (struct decision){.severity = f->parsed->severity, .guard = rules_guard_of(sheet, f)};
	memcpy(out->queue, r->default_queue, QUEUE_SIZE);
}

static void end(const struct rules *r, const struct facts *f, struct decision *out)
{
	// The floor: no rule can take it away. A drill is no exception to being one.
	if (out->severity >= r->floor_severity && !(f->flags & FLAG_DRILL))
		memcpy(out->oversight, r->oversight, QUEUE_SIZE);
	rules_guard_queues(r, out);
}

void rules_decide(const struct rules *r, const struct sheet *sheet, const struct facts *f, struct decision *out)
{
	begin(r, sheet, f, out);
	struct rule_set set;
	rules_candidates(r, sheet, f, &set);
	for (size_t w = 0; w * 64 < r->rule_count; w++)
		for (uint64_t left = set.words[w]; left; left &= left - 1) {
			const struct rule *rule = &r->rules[w * 64 + (size_t)__builtin_ctzll(left)];
			if (!why_not(&rule->when, sheet, f, out->severity))
				apply(r, sheet, f, rule, out);
		}
	end(r, f, out);
}

void rules_trace(const struct rules *r, const struct sheet *sheet, const struct facts *f,
	void (*line)(void *ctx, const char *text), void *ctx)
{
	struct decision d;
	char text[200];
	begin(r, sheet, f, &d);
	for (size_t i = 0; i < r->rule_count; i++) {
		const char *why = why_not(&r->rules[i].when, sheet, f, d.severity);
		if (!why)
			apply(r, sheet, f, &r->rules[i], &d);
		snprintf(text, sizeof text, "%c %s%s%s", why ? '-' : '+', r->rules[i].name, why ? ": " : "",
			why ? why : "");
		line(ctx, text);
	}
	end(r, f, &d);
	const char *what = d.guard & GUARD_RESTRICTED ? "it is, or may be, restricted" : "whoever did it may be uniformed";
	snprintf(text, sizeof text, "! %u shares or notifications withheld: %s", d.withheld, what);
	if (d.withheld)
		line(ctx, text);
	snprintf(text, sizeof text, "! to queue %s and not where the rules say: %s", d.queue, what);
	if (d.diverted)
		line(ctx, text);
}

_Bool rules_is_reply(const struct rules *r, const char *text, size_t size)
{
	for (size_t i = 0; i < r->reply_count; i++)
		for (size_t k = 0; k < LANGUAGES_MAX; k++)
			if (size && strlen(r->replies[i].text[k]) == size && !memcmp(r->replies[i].text[k], text, size))
				return true;
	return false;
}

const char *rules_reply_text(const struct rule_reply *reply, const struct sheet *sheet, const struct reading_set *to,
	size_t *language)
{
	int wanted = to->language ? to->language - 1 : sheet_place_language(sheet, to->count ? to->readings[0].place : -1);
	*language = wanted > 0 && *reply->text[wanted] ? (size_t)wanted : 0;
	return reply->text[*language];
}

size_t rules_replies(const struct rules *r, const struct rule_reply **list)
{
	*list = r->replies;
	return r->reply_count;
}

const char *rules_file(const struct rules *r)
{
	return r->file;
}

size_t rules_queues(const struct rules *r, const char *const **names)
{
	*names = r->queues;
	return r->queue_count;
}

const struct share_table *rules_share_table(const struct rules *r)
{
	return r->share_table;
}

const char *rules_section_name(const struct rules *r, size_t index, _Bool *uniformed)
{
	if (index >= r->section_count)
		return NULL;
	*uniformed = r->sections[index].uniformed;
	return r->sections[index].name;
}

size_t rules_count(const struct rules *r)
{
	return r->rule_count;
}

void rules_destroy(struct rules *r)
{
	if (!r)
		return;
	free(r->rules);
	free(r->tests);
	free(r->keys);
	share_table_destroy(r->share_table);
	free(r);
}

static void test_failed(const struct rules *r, const struct rule_test *t, struct problems *problems, const char *what,
	const char *expected, const char *found)
{
	problem_add(problems, r->file, t->line, false, "test \"%s\": expected %s %s, found %s", t->name, what, expected,
		*found ? found : "none");
}

static void run_test(const struct rules *r, const struct sheet *sheet, const struct rule_test *t,
	struct problems *problems)
{
	struct reading_set parsed;
	struct decision d;
	const struct event *events;
	const struct place *places;
	char severity[8];
	sheet_parse(sheet, t->text, strlen(t->text), &parsed);
	struct facts f = {.parsed = &parsed, .flags = parsed.flags, .reporters = 1, .hour = 12, .trends = t->trends};
	const struct reading *main = main_reading(&f);
	rules_decide(r, sheet, &f, &d);
	sheet_events(sheet, &events);
	sheet_places(sheet, &places);
	const char *event = main && main->event >= 0 ? events[main->event].code : "";
	const char *place = main && main->place >= 0 ? places[main->place].code : "";
	snprintf(severity, sizeof severity, "%d", t->severity);
	if (t->severity && t->severity != d.severity)
		test_failed(r, t, problems, "severity", severity, (const char[]){(char)('0' + d.severity), 0});
	if (*t->queue && strcmp(t->queue, d.queue))
		test_failed(r, t, problems, "queue", t->queue, d.queue);
	if (*t->event && strcmp(t->event, event))
		test_failed(r, t, problems, "event", t->event, event);
	if (*t->place && strcmp(t->place, place))
		test_failed(r, t, problems, "place", t->place, place);
}

size_t rules_run_tests(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	for (size_t i = 0; i < r->test_count; i++)
		run_test(r, sheet, &r->tests[i], problems);
	return r->test_count;
}
