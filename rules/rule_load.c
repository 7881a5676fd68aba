// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/rule_loader.h"
#include "rules/sheet_file.h"
#include "rules/trend.h"

#define CODES_HINTED 64

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void take_event(void *ctx, const config_setting_t *s, const char *v)
{
	struct loader *l = ctx;
	struct condition *c = l->when;
	const struct event *events;
	const char *codes[CODES_HINTED];
	char hint[64], words[120];
	size_t n = sheet_events(l->sheet, &events);
	int event = sheet_event_of_code(l->sheet, v);
	n = n < CODES_HINTED ? n : CODES_HINTED;
	for (size_t i = 0; i < n; i++)
		codes[i] = events[i].code;
	settings_hint(hint, v, codes, n);
	settings_words(words, codes, n);
	for (size_t i = 0; i < c->event_count; i++)
		if (c->events[i] == event)
			return;
	if (event < 0)
		COMPLAIN(&l->in, s, "event \"%.20s\" is not on the code sheet%s%s expected %s", v, hint, *hint ? "" : ";", words);
	else if (c->event_count == CODES_MAX)
		COMPLAIN(&l->in, s, "event: at most %d", CODES_MAX);
	else
		c->events[c->event_count++] = event;
}

static void take_flag(void *ctx, const config_setting_t *s, const char *v)
{
	struct loader *l = ctx;
	const char *names[FLAGS_COUNT];
	char hint[64], words[120];
	for (unsigned i = 0; i < FLAGS_COUNT; i++) {
		names[i] = flag_name(i);
		if (!strcmp(v, names[i])) {
			l->when->flags |= 1u << i;
			return;
		}
	}
	settings_hint(hint, v, names, FLAGS_COUNT);
	settings_words(words, names, FLAGS_COUNT);
	COMPLAIN(&l->in, s, "flag \"%.20s\" is unknown%s%s expected %s", v, hint, *hint ? "" : ";", words);
}

static void take_trend(void *ctx, const config_setting_t *s, const char *v)
{
	struct loader *l = ctx;
	const char *names[TREND_SIGNS];
	char hint[64];
	size_t n = 0;
	for (enum trend_sign sign = TREND_MORE; sign < TREND_SIGNS; sign++) {
		names[n++] = trend_sign_name(sign);
		if (!strcmp(v, names[n - 1])) {
			*l->trends |= 1u << sign;
			return;
		}
	}
	settings_hint(hint, v, names, n);
	COMPLAIN(&l->in, s, "trend \"%.20s\": expected more, rising, spreading or silent%s", v, hint);
}

static void get_trends(struct loader *l, const config_setting_t *g, unsigned *out)
{
	l->trends = out;
	settings_each(&l->in, g, "trend", take_trend, l);
}

// One or two digits; the rest of the text, or NULL.
static const char *get_hour(const char *text, int most, int *out)
{
	size_t n = strspn(text, "0123456789");
	*out = n ? atoi(text) : 0;
	return n == 0 || n > 2 || *out > most ? NULL : text + n;
}

static void get_hours(struct loader *l, const config_setting_t *g, struct condition *c)
{
	char text[16];
	int from, to;
	if (!settings_text(&l->in, g, "hours", false, text, sizeof text))
		return;
	const char *rest = get_hour(text, 23, &from);
	rest = rest && *rest == '-' ? get_hour(rest + 1, 24, &to) : NULL;
	if (!rest || *rest) {
		COMPLAIN(&l->in, settings_at(g, "hours"), "hours \"%s\": expected such as \"20-6\"", text);
	} else if (from == to) {
		COMPLAIN(&l->in, settings_at(g, "hours"), "hours \"%s\": this is no hour at all", text);
	} else {
		if (to - from == 24)
			WARN(&l->in, settings_at(g, "hours"), "hours \"%s\": these are all hours; leave it out", text);
		c->hour_from = from;
		c->hour_to = to;
	}
}

static void get_kind(struct loader *l, const config_setting_t *g, struct condition *c)
{
	const char *names[KIND_END_];
	char kind[16], hint[64], words[120];
	if (!settings_text(&l->in, g, "kind", false, kind, sizeof kind))
		return;
	for (int i = 0; i < KIND_END_; i++) {
		names[i] = event_kind_name((enum event_kind)i);
		if (!strcmp(kind, names[i]))
			c->kind = i;
	}
	settings_hint(hint, kind, names, KIND_END_);
	settings_words(words, names, KIND_END_);
	if (c->kind < 0)
		COMPLAIN(&l->in, settings_at(g, "kind"), "kind \"%s\": expected %s%s", kind, words, hint);
}

static void hint_pcode(const struct sheet *sheet, const char *pcode, char hint[static 64])
{
	const struct place *places;
	const char *near = NULL;
	size_t n = sheet_places(sheet, &places);
	for (size_t i = 0, best = 3; i < n; i++) {
		size_t d = (size_t)edit_distance(pcode, places[i].pcode, 2);
		near = d < best ? places[i].pcode : near;
		best = d < best ? d : best;
	}
	snprintf(hint, 64, near ? "; did you mean \"%.40s\"?" : "%s", near ? near : "");
}

// "C": a reporter whose code is graded A, B or C.
static void get_grade(struct loader *l, const config_setting_t *g, struct condition *c)
{
	char letter[8];
	if (!settings_text(&l->in, g, "reporter_grade_min", false, letter, sizeof letter))
		return;
	c->grade_min = *letter;
	if (letter[1] || *letter < 'A' || *letter > 'E')
		COMPLAIN(&l->in, settings_at(g, "reporter_grade_min"), "reporter_grade_min \"%s\": expected a grade, \"A\" (best) to \"E\"", letter);
}

static void load_when(struct loader *l, const config_setting_t *g, struct condition *c)
{
	static const char *const known[] = {"event", "kind", "area", "min_severity", "count_min", "reporters_min", "flags",
		"hours", "sender_known", "reporter_grade_min", "trend"};
	char area[16], hint[64];
	l->when = c;
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	settings_each(&l->in, g, "event", take_event, l);
	qsort(c->events, c->event_count, sizeof *c->events, compare_ints);
	settings_each(&l->in, g, "flags", take_flag, l);
	get_kind(l, g, c);
	bool said = settings_text(&l->in, g, "area", false, area, sizeof area);
	c->area = said ? sheet_place_of_pcode(l->sheet, area) : -1;
	if (said && c->area < 0)
		hint_pcode(l->sheet, area, hint);
	if (said && c->area < 0)
		COMPLAIN(&l->in, settings_at(g, "area"), "area \"%s\": no place of the code sheet has this p-code%s%s expected "
			"a p-code of the scheme %s", area, hint, *hint ? "" : ";", sheet_scheme(l->sheet));
	c->min_severity = settings_number(&l->in, g, "min_severity", 0, 1, 5);
	c->count_min = settings_number(&l->in, g, "count_min", 0, 1, 1000000);
	c->reporters_min = settings_number(&l->in, g, "reporters_min", 0, 1, 100000);
	c->sender_known = settings_flag(&l->in, g, "sender_known", -1);
	get_grade(l, g, c);
	get_trends(l, g, &c->trends);
	get_hours(l, g, c);
}

static void get_section(struct loader *l, const config_setting_t *g, char *out, size_t room)
{
	const char *names[SECTIONS_MAX];
	char hint[64], words[120];
	for (size_t i = 0; i < l->rules->section_count; i++)
		names[i] = l->rules->sections[i].name;
	if (!settings_text(&l->in, g, "section", true, out, room) || rules_section(l->rules, out))
		return;
	settings_hint(hint, out, names, l->rules->section_count);
	settings_words(words, names, l->rules->section_count);
	COMPLAIN(&l->in, settings_at(g, "section"), "section \"%s\" is not declared in sections%s%s expected %s", out, hint,
		*hint ? "" : ";", l->rules->section_count ? words : "sections = ({ name = \"…\"; side = \"civilian\" })");
}

static void load_share(struct loader *l, const config_setting_t *g, struct share *share)
{
	static const char *const known[] = {"section", "level"}, *const levels[] = {"full", "place", "area", "count"};
	char hint[64];
	bool level = false;
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	get_section(l, g, share->section, sizeof share->section);
	settings_text(&l->in, g, "level", true, share->level, sizeof share->level);
	for (size_t k = 0; k < ARRAY_LENGTH(levels); k++)
		level |= !strcmp(levels[k], share->level);
	settings_hint(hint, share->level, levels, ARRAY_LENGTH(levels));
	if (*share->level && !level)
		COMPLAIN(&l->in, settings_at(g, "level"), "level \"%s\": expected full, place, area or count%s", share->level, hint);
}

static int get_reply(struct loader *l, const config_setting_t *g)
{
	const char *names[REPLIES_MAX];
	char name[24], hint[64], words[120];
	if (!settings_text(&l->in, g, "reply", false, name, sizeof name))
		return -1;
	if (!strcmp(name, "none"))
		return REPLY_NONE;
	for (size_t i = 0; i < l->rules->reply_count; i++) {
		names[i] = l->rules->replies[i].name;
		if (!strcmp(names[i], name))
			return (int)i;
	}
	settings_hint(hint, name, names, l->rules->reply_count);
	settings_words(words, names, l->rules->reply_count);
	COMPLAIN(&l->in, settings_at(g, "reply"), "reply \"%s\" is not declared in replies%s%s expected none%s%s", name, hint,
		*hint ? "" : ";", l->rules->reply_count ? ", " : "", words);
	return -1;
}

static void load_then(struct loader *l, const config_setting_t *g, struct rule *r)
{
	static const char *const known[] = {"severity", "raise", "queue", "share", "notify", "escalate_after_s", "reply"};
	const config_setting_t *list = settings_list(&l->in, g, "share", false);
	int n = list ? config_setting_length(list) : 0;
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	r->severity = settings_number(&l->in, g, "severity", 0, 1, 5);
	r->raise = settings_number(&l->in, g, "raise", 0, -4, 4);
	rules_get_queue(l, g, "queue", false, r->queue);
	rules_get_target(l, g, r->notify, sizeof r->notify);
	r->escalate_after_s = settings_number(&l->in, g, "escalate_after_s", 0, 60, 604800);
	r->reply = get_reply(l, g);
	if (n > SHARES_MAX)
		COMPLAIN(&l->in, list, "share: at most %d", SHARES_MAX);
	for (int i = 0; i < n && i < SHARES_MAX; i++)
		load_share(l, config_setting_get_elem(list, (unsigned)i), &r->shares[r->share_count++]);
	if (config_setting_length(g) == 0)
		problem_add(l->in.problems, l->in.file, r->line, true, "rule \"%s\" does nothing", r->name);
}

static void load_rule(struct loader *l, const config_setting_t *g, struct rule *r)
{
	static const char *const known[] = {"name", "when", "then"};
	const config_setting_t *when = config_setting_get_member(g, "when"), *then = config_setting_get_member(g, "then");
	r->line = settings_line(g);
	r->reply = -1;
	r->when.area = r->when.kind = r->when.sender_known = r->when.hour_from = r->when.hour_to = -1;
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	settings_text(&l->in, g, "name", true, r->name, sizeof r->name);
	if (!when || !config_setting_is_group(when) || !then || !config_setting_is_group(then)) {
		COMPLAIN(&l->in, g, "rule \"%s\": expected when = { … } and then = { … }", r->name);
		return;
	}
	load_when(l, when, &r->when);
	load_then(l, then, r);
}

static void load_test(struct loader *l, const config_setting_t *g, struct rule_test *t)
{
	static const char *const known[] = {"name", "text", "severity", "queue", "event", "place", "trend"};
	t->line = settings_line(g);
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	settings_text(&l->in, g, "name", true, t->name, sizeof t->name);
	settings_text(&l->in, g, "text", true, t->text, sizeof t->text);
	rules_get_queue(l, g, "queue", false, t->queue);
	settings_text(&l->in, g, "event", false, t->event, sizeof t->event);
	settings_text(&l->in, g, "place", false, t->place, sizeof t->place);
	t->severity = settings_number(&l->in, g, "severity", 0, 1, 5);
	get_trends(l, g, &t->trends);
}

static void load_share_table(struct loader *l, const config_setting_t *root)
{
	static const char *const known[] = {"k_min"};
	const config_setting_t *g = config_setting_get_member(root, "share");
	int k_min = SHARE_K_DEFAULT;
	if (g && !config_setting_is_group(g)) {
		COMPLAIN(&l->in, g, "share: expected share = { k_min = %d; };", SHARE_K_DEFAULT);
	} else if (g) {
		settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
		k_min = settings_number(&l->in, g, "k_min", SHARE_K_DEFAULT, 2, 1000000);
	}
	share_table_create(l->sheet, k_min, &l->rules->share_table);
}

// In letters that no phone here types, which are only printed: the parser does not know them.
static bool has_printed_name(const struct sheet *s, const char *text)
{
	const struct event *events;
	size_t n = sheet_events(s, &events);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sheet_languages(s); k++) {
			const char *names[] = {sheet_event_name(s, i, k), sheet_event_cover(s, i, k)};
			for (size_t m = 0; m < ARRAY_LENGTH(names); m++)
				if (names[m] && !sheet_is_typed(names[m]) && strstr(text, names[m]))
					return true;
		}
	return false;
}

// A phone may be found: an answer names no event and no place, in no language and under no cover. One SMS at most, by
// its letters; by its alphabet the gateway looks (reply_check.h).
static void check_reply_text(struct loader *l, const config_setting_t *s, const char *name, const char *text)
{
	struct reading_set set;
	size_t letters = 0;
	sheet_parse(l->sheet, text, strlen(text), &set);
	bool tells = has_printed_name(l->sheet, text) || reading_set_tells(l->sheet, &set);
	for (const char *p = text; *p; p++)
		letters += (*p & 0xc0) != 0x80;
	if (tells)
		COMPLAIN(&l->in, s, "reply \"%s\" names an event or a place of the sheet: whoever finds the phone could read it", name);
	else if (letters > 160)
		COMPLAIN(&l->in, s, "reply \"%s\": one SMS holds 160 letters, these are %zu", name, letters);
}

static void get_reply_text(struct loader *l, const config_setting_t *g, const char *key, const config_setting_t *s,
	struct rule_reply *r, int language)
{
	if (language < 0 || !settings_text(&l->in, g, key, true, r->text[language], REPLY_TEXT_SIZE))
		return;
	r->line[language] = settings_line(s);
	check_reply_text(l, s, r->name, r->text[language]);
}

// One text, in the first language of the sheet, or { fr = "…"; bm = "…"; }.
static void get_reply_texts(struct loader *l, const config_setting_t *g, struct rule_reply *r)
{
	const config_setting_t *texts = config_setting_get_member(g, "text");
	if (!texts || !config_setting_is_group(texts)) {
		get_reply_text(l, g, "text", settings_at(g, "text"), r, 0);
		return;
	}
	for (int i = 0; i < config_setting_length(texts); i++) {
		const config_setting_t *s = config_setting_get_elem(texts, (unsigned)i);
		get_reply_text(l, texts, config_setting_name(s), s, r, sheet_tag_of(&l->in, l->sheet, s));
	}
	if (!*r->text[0])
		COMPLAIN(&l->in, texts, "reply \"%s\": expected a text in \"%s\", the first language of the sheet, for everybody else",
			r->name, sheet_language(l->sheet, 0));
}

static void load_reply(struct loader *l, const config_setting_t *g)
{
	static const char *const known[] = {"name", "text", "flash"};
	struct rule_reply *r = &l->rules->replies[l->rules->reply_count];
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	settings_text(&l->in, g, "name", true, r->name, sizeof r->name);
	get_reply_texts(l, g, r);
	r->flash = settings_flag(&l->in, g, "flash", 0);
	bool taken = !strcmp(r->name, "none");
	for (size_t i = 0; i < l->rules->reply_count; i++)
		taken |= !strcmp(l->rules->replies[i].name, r->name);
	if (taken)
		COMPLAIN(&l->in, settings_at(g, "name"), "reply \"%s\": that name is taken", r->name);
	l->rules->reply_count++;
}

static void load_replies(struct loader *l, const config_setting_t *root)
{
	const config_setting_t *list = settings_list(&l->in, root, "replies", false);
	int n = list ? config_setting_length(list) : 0;
	if (n > REPLIES_MAX)
		COMPLAIN(&l->in, list, "replies: at most %d", REPLIES_MAX);
	for (int i = 0; i < n && i < REPLIES_MAX; i++)
		load_reply(l, config_setting_get_elem(list, (unsigned)i));
}

static void load_floor(struct loader *l, const config_setting_t *root)
{
	static const char *const known[] = {"min_severity", "queue"};
	const config_setting_t *g = config_setting_get_member(root, "floor");
	if (!g || !config_setting_is_group(g)) {
		COMPLAIN(&l->in, g ? g : root, "no floor: add floor = { min_severity = 5; queue = \"oversight\"; };");
		return;
	}
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	l->rules->floor_severity = settings_number(&l->in, g, "min_severity", 5, 1, 5);
	rules_get_queue(l, g, "queue", true, l->rules->oversight);
}

static void *make_list(const config_setting_t *list, size_t size, size_t *count)
{
	*count = list ? (size_t)config_setting_length(list) : 0;
	void *out = calloc(*count + 1, size);
	BUG_IF(!out);
	return out;
}

static void load_all(struct loader *l, const config_t *file)
{
	static const char *const known[] = {"queues", "default_queue", "floor", "sections", "targets", "share", "replies", "rules", "tests"};
	const config_setting_t *root = config_root_setting(file);
	struct rules *r = l->rules;
	size_t before = l->in.problems->errors;
	settings_find_unknown(&l->in, root, known, ARRAY_LENGTH(known));
	rules_load_queues(l, root);
	rules_get_queue(l, root, "default_queue", true, r->default_queue);
	load_floor(l, root);
	rules_load_sections(l, root);
	rules_load_targets(l, root);
	load_share_table(l, root);
	load_replies(l, root);
	const config_setting_t *rules = settings_list(&l->in, root, "rules", false);
	const config_setting_t *tests = settings_list(&l->in, root, "tests", false);
	r->rules = make_list(rules, sizeof *r->rules, &r->rule_count);
	r->tests = make_list(tests, sizeof *r->tests, &r->test_count);
	if (r->rule_count > RULES_MAX) {
		COMPLAIN(&l->in, rules, "rules: %zu are too many, at most %d", r->rule_count, RULES_MAX);
		r->rule_count = RULES_MAX;
	}
	for (size_t i = 0; i < r->rule_count; i++)
		load_rule(l, config_setting_get_elem(rules, (unsigned)i), &r->rules[i]);
	for (size_t i = 0; i < r->test_count; i++)
		load_test(l, config_setting_get_elem(tests, (unsigned)i), &r->tests[i]);
	rules_index(r);
	rules_check(r, l->sheet, l->in.problems->errors == before, l->in.problems);
	if (l->in.problems->errors == before)
		rules_check_guards(r, l->sheet, l->in.problems);
	if (l->in.problems->errors == before)
		rules_check_shares(r, l->sheet, l->in.problems);
}

static enum error load(const char *name, const char *text, size_t size, const struct sheet *sheet, struct problems *problems,
	struct rules **out)
{
	struct rules *r = calloc(1, sizeof *r);
	struct loader l = {.in = {.file = name, .problems = problems, .text = text, .size = size}, .rules = r, .sheet = sheet};
	size_t before = problems->errors;
	config_t file;
	BUG_IF(!r);
	snprintf(r->file, sizeof r->file, "%s", name);
	config_init(&file);
	if (settings_read(&l.in, &file))
		load_all(&l, &file);
	config_destroy(&file);
	settings_finish(&l.in);
	if (problems->errors > before) {
		rules_destroy(r);
		return ERROR_ARGUMENT;
	}
	*out = r;
	return OK;
}

enum error rules_load(const char *path, const struct sheet *sheet, struct problems *problems, struct rules **out)
{
	return load(path, NULL, 0, sheet, problems, out);
}

enum error rules_load_text(const char *name, const char *text, size_t size, const struct sheet *sheet,
	struct problems *problems, struct rules **out)
{
	return load(name, text, size, sheet, problems, out);
}
