// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/rule_file.h"

struct loader {
	struct rules *rules;
	const struct sheet *sheet;
	struct problems *problems;
};

#define AT(s) ((int)config_setting_source_line(s))
#define COMPLAIN(l, s, ...) problem_add((l)->problems, (l)->rules->file, AT(s), false, __VA_ARGS__)
#define WARN_LINE(l, line, ...) problem_add((l)->problems, (l)->rules->file, line, true, __VA_ARGS__)

static void find_unknown(struct loader *l, const config_setting_t *g, const char *const *known, size_t count)
{
	for (int i = 0; i < config_setting_length(g); i++) {
		const config_setting_t *s = config_setting_get_elem(g, (unsigned)i);
		bool found = false;
		for (size_t k = 0; k < count; k++)
			found |= !strcmp(config_setting_name(s), known[k]);
		const char *near = found ? NULL : nearest_word(config_setting_name(s), known, count);
		if (!found)
			COMPLAIN(l, s, "unknown key \"%.40s\"%s%s%s", config_setting_name(s),
				near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	}
}

static void get_text(struct loader *l, const config_setting_t *g, const char *key, bool needed, char *out, size_t room)
{
	const config_setting_t *s = config_setting_get_member(g, key);
	const char *v = s ? config_setting_get_string(s) : NULL;
	out[0] = 0;
	if (!s && needed)
		COMPLAIN(l, g, "%s is missing: expected a text", key);
	else if (s && !v)
		COMPLAIN(l, s, "%s: expected a text in quotes", key);
	else if (v && (strlen(v) >= room || !*v))
		COMPLAIN(l, s, "%s: expected 1 to %zu octets", key, room - 1);
	else if (v)
		memcpy(out, v, strlen(v) + 1);
}

static int get_number(struct loader *l, const config_setting_t *g, const char *key, int otherwise, int min, int max)
{
	const config_setting_t *s = config_setting_get_member(g, key);
	if (!s)
		return otherwise;
	int v = config_setting_get_int(s);
	if (config_setting_type(s) != CONFIG_TYPE_INT || v < min || v > max)
		COMPLAIN(l, s, "%s: expected a whole number from %d to %d", key, min, max);
	return v;
}

// Calls `take` for each text of the list `key`; a single text counts as a list of one.
static void each_text(struct loader *l, const config_setting_t *g, const char *key,
	void (*take)(struct loader *l, const config_setting_t *s, const char *v, void *ctx), void *ctx)
{
	const config_setting_t *s = config_setting_get_member(g, key);
	if (!s)
		return;
	if (config_setting_type(s) == CONFIG_TYPE_STRING) {
		take(l, s, config_setting_get_string(s), ctx);
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *v = config_setting_get_string_elem(s, i);
		if (v)
			take(l, s, v, ctx);
		else
			COMPLAIN(l, s, "%s: expected texts in quotes", key);
	}
}

static void take_event(struct loader *l, const config_setting_t *s, const char *v, void *ctx)
{
	struct condition *c = ctx;
	const struct event *events;
	const char *codes[64];
	size_t n = sheet_events(l->sheet, &events);
	int event = sheet_event_of_code(l->sheet, v);
	for (size_t i = 0; i < n && i < 64; i++)
		codes[i] = events[i].code;
	const char *near = event < 0 ? nearest_word(v, codes, n < 64 ? n : 64) : NULL;
	if (event < 0)
		COMPLAIN(l, s, "event \"%.20s\" is not on the code sheet%s%s%s", v, near ? "; did you mean \"" : "",
			near ? near : "", near ? "\"?" : "");
	else if (c->event_count == CODES_MAX)
		COMPLAIN(l, s, "event: at most %d", CODES_MAX);
	else
		c->events[c->event_count++] = event;
}

static void take_flag(struct loader *l, const config_setting_t *s, const char *v, void *ctx)
{
	struct condition *c = ctx;
	const char *names[FLAGS_COUNT];
	for (unsigned i = 0; i < FLAGS_COUNT; i++) {
		names[i] = flag_name(i);
		if (!strcmp(v, names[i])) {
			c->flags |= 1u << i;
			return;
		}
	}
	const char *near = nearest_word(v, names, FLAGS_COUNT);
	COMPLAIN(l, s, "flag \"%.20s\" is unknown%s%s%s", v, near ? "; did you mean \"" : "", near ? near : "",
		near ? "\"?" : "");
}

static void get_hours(struct loader *l, const config_setting_t *g, struct condition *c)
{
	char text[16], end;
	get_text(l, g, "hours", false, text, sizeof text);
	c->hour_from = c->hour_to = -1;
	if (!*text)
		return;
	if (sscanf(text, "%d-%d%c", &c->hour_from, &c->hour_to, &end) != 2 || c->hour_from < 0 || c->hour_from > 23 ||
		c->hour_to < 0 || c->hour_to > 24)
		COMPLAIN(l, g, "hours \"%s\": expected \"20-6\"", text);
}

static void load_when(struct loader *l, const config_setting_t *g, struct condition *c)
{
	static const char *const known[] = {"event", "kind", "area", "min_severity", "count_min", "reporters_min", "flags",
		"hours", "sender_known"};
	char kind[16];
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	each_text(l, g, "event", take_event, c);
	each_text(l, g, "flags", take_flag, c);
	get_text(l, g, "kind", false, kind, sizeof kind);
	for (int i = 0; *kind && i < KIND_END_; i++)
		if (!strcmp(kind, event_kind_name((enum event_kind)i)))
			c->kind = i;
	if (*kind && c->kind < 0)
		COMPLAIN(l, g, "kind \"%s\": expected alert, all_quiet, test, cancel, correct or call_me", kind);
	get_text(l, g, "area", false, c->area, sizeof c->area);
	if (*c->area && sheet_place_of_pcode(l->sheet, c->area) < 0)
		COMPLAIN(l, g, "area \"%s\": no place of the code sheet has this p-code (scheme %s)", c->area,
			sheet_scheme(l->sheet));
	c->min_severity = get_number(l, g, "min_severity", 0, 1, 5);
	c->count_min = get_number(l, g, "count_min", 0, 1, 1000000);
	c->reporters_min = get_number(l, g, "reporters_min", 0, 1, 100000);
	const config_setting_t *sender = config_setting_get_member(g, "sender_known");
	if (sender)
		c->sender_known = config_setting_get_bool(sender);
	get_hours(l, g, c);
}

static bool declared_queue(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->queue_count; i++)
		if (!strcmp(r->queues[i], name))
			return true;
	return false;
}

static void check_queue(struct loader *l, const config_setting_t *g, const char *name)
{
	const char *near = nearest_word(name, l->rules->queues, l->rules->queue_count);
	if (*name && !declared_queue(l->rules, name))
		COMPLAIN(l, g, "queue \"%s\" is not declared in queues%s%s%s", name, near ? "; did you mean \"" : "",
			near ? near : "", near ? "\"?" : "");
}

// Retaliation: an event whose perpetrator may be uniformed never goes to a section on that side. Proven here over all
// that the rule's condition lets through, and enforced again when deciding.
static void check_retaliation(struct loader *l, const config_setting_t *g, const struct rule *r, const char *section)
{
	const struct event *events;
	const struct section *s = rules_section(l->rules, section);
	size_t n = sheet_events(l->sheet, &events);
	if (!s || !s->uniformed)
		return;
	for (size_t i = 0; i < n; i++) {
		bool listed = r->when.event_count == 0;
		for (size_t k = 0; k < r->when.event_count; k++)
			listed |= r->when.events[k] == (int)i;
		if (listed && events[i].uniformed && (r->when.kind < 0 || (int)events[i].kind == r->when.kind)) {
			COMPLAIN(l, g, "rule \"%s\" would share %s (%s) with \"%s\", which is on the uniformed side; "
				       "name the events it may see",
				r->name, events[i].code, events[i].name, section);
			return;
		}
	}
}

static void load_shares(struct loader *l, const config_setting_t *g, struct rule *r)
{
	static const char *const known[] = {"section", "level"}, *const levels[] = {"full", "place", "area", "count"};
	const config_setting_t *list = config_setting_get_member(g, "share");
	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
		struct share share;
		bool level = false;
		if (!config_setting_is_group(s) || r->share_count == SHARES_MAX) {
			COMPLAIN(l, list, "share: expected a list ( { section = …; level = …; } ), at most %d", SHARES_MAX);
			return;
		}
		find_unknown(l, s, known, 2);
		get_text(l, s, "section", true, share.section, sizeof share.section);
		get_text(l, s, "level", true, share.level, sizeof share.level);
		for (size_t k = 0; k < ARRAY_LENGTH(levels); k++)
			level |= !strcmp(levels[k], share.level);
		if (!level)
			COMPLAIN(l, s, "level \"%s\": expected full, place, area or count", share.level);
		if (!rules_section(l->rules, share.section))
			COMPLAIN(l, s, "section \"%s\" is not declared in sections", share.section);
		check_retaliation(l, s, r, share.section);
		r->shares[r->share_count++] = share;
	}
}

static void load_then(struct loader *l, const config_setting_t *g, struct rule *r)
{
	static const char *const known[] = {"severity", "raise", "queue", "share", "notify", "escalate_after_s"};
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	r->severity = get_number(l, g, "severity", 0, 1, 5);
	r->raise = get_number(l, g, "raise", 0, -4, 4);
	get_text(l, g, "queue", false, r->queue, sizeof r->queue);
	check_queue(l, g, r->queue);
	get_text(l, g, "notify", false, r->notify, sizeof r->notify);
	r->escalate_after_s = get_number(l, g, "escalate_after_s", 0, 60, 604800);
	load_shares(l, g, r);
}

static void load_rule(struct loader *l, const config_setting_t *g, struct rule *r)
{
	static const char *const known[] = {"name", "when", "then"};
	const config_setting_t *when = config_setting_get_member(g, "when"), *then = config_setting_get_member(g, "then");
	r->line = AT(g);
	r->when.kind = r->when.sender_known = r->when.hour_from = -1;
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	get_text(l, g, "name", true, r->name, sizeof r->name);
	if (!when || !config_setting_is_group(when) || !then || !config_setting_is_group(then)) {
		COMPLAIN(l, g, "rule \"%s\": expected when = { … } and then = { … }", r->name);
		return;
	}
	load_when(l, when, &r->when);
	load_then(l, then, r);
}

static void load_test(struct loader *l, const config_setting_t *g, struct rule_test *t)
{
	static const char *const known[] = {"name", "text", "severity", "queue", "event", "place"};
	t->line = AT(g);
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	get_text(l, g, "name", true, t->name, sizeof t->name);
	get_text(l, g, "text", true, t->text, sizeof t->text);
	get_text(l, g, "queue", false, t->queue, sizeof t->queue);
	get_text(l, g, "event", false, t->event, sizeof t->event);
	get_text(l, g, "place", false, t->place, sizeof t->place);
	t->severity = get_number(l, g, "severity", 0, 1, 5);
}

static void take_queue(struct loader *l, const config_setting_t *s, const char *v, void *ctx)
{
	struct rules *r = l->rules;
	(void)ctx;
	if (r->queue_count == QUEUES_MAX || strlen(v) >= QUEUE_SIZE || !*v) {
		COMPLAIN(l, s, "queues: at most %d names of at most %d letters", QUEUES_MAX, QUEUE_SIZE - 1);
		return;
	}
	memcpy(r->queue_names[r->queue_count], v, strlen(v) + 1);
	r->queues[r->queue_count] = r->queue_names[r->queue_count];
	r->queue_count++;
}

static void load_sections(struct loader *l, const config_t *file)
{
	static const char *const known[] = {"name", "side"};
	const config_setting_t *list = config_lookup(file, "sections");
	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		struct section *s = &l->rules->sections[l->rules->section_count];
		char side[16];
		if (l->rules->section_count == SECTIONS_MAX || !config_setting_is_group(g)) {
			COMPLAIN(l, list, "sections: expected a list of groups, at most %d", SECTIONS_MAX);
			return;
		}
		find_unknown(l, g, known, 2);
		get_text(l, g, "name", true, s->name, sizeof s->name);
		get_text(l, g, "side", false, side, sizeof side);
		if (*side && strcmp(side, "uniformed") && strcmp(side, "civilian"))
			COMPLAIN(l, g, "side \"%s\": expected \"civilian\" or \"uniformed\"", side);
		s->uniformed = strcmp(side, "civilian") != 0; // what is not said to be civilian is not trusted
		l->rules->section_count++;
	}
}

// A rule whose condition and effect are those of an earlier one does nothing.
static void find_shadowed(struct loader *l)
{
	for (size_t i = 0; i < l->rules->rule_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct rule *a = &l->rules->rules[k], *b = &l->rules->rules[i];
			if (!strcmp(a->name, b->name))
				problem_add(l->problems, l->rules->file, b->line, false,
					"rule \"%s\": line %d has this name already", b->name, a->line);
			else if (!memcmp(&a->when, &b->when, sizeof a->when))
				WARN_LINE(l, b->line, "rule \"%s\" has the condition of \"%s\" in line %d: join them",
					b->name, a->name, a->line);
		}
}

static void load_floor(struct loader *l, const config_setting_t *root)
{
	static const char *const known[] = {"min_severity", "queue"};
	const config_setting_t *g = config_setting_get_member(root, "floor");
	if (!g || !config_setting_is_group(g)) {
		problem_add(l->problems, l->rules->file, 1, false,
			"no floor: add floor = { min_severity = 5; queue = \"oversight\"; };");
		return;
	}
	find_unknown(l, g, known, 2);
	l->rules->floor_severity = get_number(l, g, "min_severity", 5, 1, 5);
	get_text(l, g, "queue", true, l->rules->oversight, QUEUE_SIZE);
	check_queue(l, g, l->rules->oversight);
}

static void *load_list(struct loader *l, const config_t *file, const char *name, size_t size, size_t *count)
{
	const config_setting_t *list = config_lookup(file, name);
	int n = list ? config_setting_length(list) : 0;
	void *out = calloc((size_t)n + 1, size);
	BUG_IF(!out);
	for (int i = 0; i < n; i++)
		if (!config_setting_is_list(list) || !config_setting_is_group(config_setting_get_elem(list, (unsigned)i))) {
			COMPLAIN(l, list, "%s: expected a list of groups ( { name = …; … }, … )", name);
			return out;
		}
	*count = (size_t)n;
	return out;
}

static void load_all(struct loader *l, const config_t *file)
{
	static const char *const known[] = {"queues", "default_queue", "floor", "sections", "rules", "tests"};
	const config_setting_t *root = config_root_setting(file);
	struct rules *r = l->rules;
	find_unknown(l, root, known, ARRAY_LENGTH(known));
	each_text(l, root, "queues", take_queue, NULL);
	get_text(l, root, "default_queue", true, r->default_queue, QUEUE_SIZE);
	check_queue(l, root, r->default_queue);
	load_floor(l, root);
	load_sections(l, file);
	r->rules = load_list(l, file, "rules", sizeof *r->rules, &r->rule_count);
	r->tests = load_list(l, file, "tests", sizeof *r->tests, &r->test_count);
	for (size_t i = 0; i < r->rule_count; i++)
		load_rule(l, config_setting_get_elem(config_lookup(file, "rules"), (unsigned)i), &r->rules[i]);
	for (size_t i = 0; i < r->test_count; i++)
		load_test(l, config_setting_get_elem(config_lookup(file, "tests"), (unsigned)i), &r->tests[i]);
	find_shadowed(l);
}

enum error rules_load(const char *path, const struct sheet *sheet, struct problems *problems, struct rules **out)
{
	struct rules *r = calloc(1, sizeof *r);
	struct loader l = {r, sheet, problems};
	size_t before = problems->errors;
	config_t file;
	BUG_IF(!r);
	snprintf(r->file, sizeof r->file, "%s", path);
	config_init(&file);
	if (!config_read_file(&file, path)) {
		problem_add(problems, path, config_error_line(&file), false, "%s", config_error_text(&file));
		problems->unreadable = true;
	}
	else
		load_all(&l, &file);
	config_destroy(&file);
	if (problems->errors > before) {
		rules_destroy(r);
		return ERROR_ARGUMENT;
	}
	*out = r;
	return OK;
}
