// SPDX-License-Identifier: GPL-2.0-or-later
// The editor of rules and code sheets. What is checked or tried is looked at here; what is proposed, approved or taken
// back is the officer's own signed request.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/log.h"
#include "gateway/reading_json.h"
#include "gateway/rules_desk.h"
#include "gateway/ruleset.h"

#define MESSAGE_TEXT_MAX 1600
#define PROPOSALS_MAX 5

// ---- asking triage ------------------------------------------------------------------------------------------------------

struct call {
	struct exchange *x;
	enum ruleset_what what;
	struct ruleset_client client;
	struct answer *answer;
};

static enum error ask(void *ctx, enum request_verb verb, const void *payload, size_t size, struct answer *out)
{
	struct call *c = ctx;
	return link_ask_now(c->x->console, c->x->session->view, verb, payload, size, out);
}

static void call_init(struct call *c, struct exchange *x, enum ruleset_what what)
{
	struct answer *a = calloc(1, sizeof *a);
	BUG_IF(!a);
	*c = (struct call){.x = x, .what = what, .answer = a};
	c->client = (struct ruleset_client){.keys = view_keys(x->session->view),
		.station_id = x->console->process.config.station_id, .ask = ask, .ctx = c, .answer = a};
}

static void call_finish(struct call *c)
{
	free(c->answer);
}

static enum ruleset_what what_of(const struct exchange *x)
{
	return strncmp(x->path, "/api/1/sheets", 13) == 0 ? RULESET_SHEET : RULESET_RULES;
}

// ---- what is there ------------------------------------------------------------------------------------------------------

static json_t *info_json(const struct ruleset_info *i)
{
	bool rolled = i->rolled_at != 0;
	json_t *o = json_pack("{s:I, s:I, s:s, s:s, s:o, s:s, s:s, s:b, s:s}", "version", (json_int_t)i->version, "id",
		(json_int_t)i->version, "proposed_by", i->proposed_by, "by", i->proposed_by, "at", time_json(i->proposed_at),
		"approved_by", i->approved_by, "comment", i->comment, "active", !strcmp(i->state, "active"), "state", i->state);
	json_object_set_new(o, "approved_at", time_json(i->approved_at));
	json_object_set_new(o, "rolled_back_by", rolled ? json_string(i->rolled_by) : json_null());
	return o;
}

static void put_lists(struct call *c, const struct ruleset_page *p, json_t *o)
{
	json_t *history = json_array(), *proposals = json_array();
	for (size_t i = 0; i < p->count; i++) {
		cleanup_free char *text = NULL;
		size_t size;
		json_t *one = info_json(&p->list[i]);
		if (strcmp(p->list[i].state, "proposed") != 0) {
			json_array_append_new(history, one);
			continue;
		}
		if (json_array_size(proposals) < PROPOSALS_MAX &&
			ruleset_fetch(&c->client, c->what, p->list[i].version, &text, &size) == OK)
			json_object_set_new(one, "text", json_stringn(text, size));
		json_object_set_new(one, "differs_from", json_integer((json_int_t)p->active));
		json_array_append_new(proposals, one);
	}
	json_object_set_new(o, "history", history);
	json_object_set_new(o, "proposals", proposals);
}

void api_rules(struct exchange *x)
{
	struct call c;
	struct ruleset_page p;
	cleanup_free char *text = NULL;
	size_t size = 0;
	call_init(&c, x, what_of(x));
	enum error e = ruleset_list(&c.client, c.what, 0, &p);
	if (e == OK)
		e = ruleset_fetch(&c.client, c.what, 0, &text, &size);
	if (e != OK) {
		api_refused(x, e, c.answer->text);
		call_finish(&c);
		return;
	}
	json_t *o = json_object();
	json_t *whole = json_stringn(text, size);
	json_object_set_new(o, "text", whole ? whole : json_string(""));
	json_object_set_new(o, "version", json_integer((json_int_t)p.running));
	json_object_set_new(o, "approved", json_boolean(p.approved));
	for (size_t i = 0; i < p.count; i++)
		if (p.list[i].version == p.running) {
			json_object_set_new(o, "by", json_string(p.list[i].approved_by));
			json_object_set_new(o, "at", time_json(p.list[i].approved_at));
		}
	put_lists(&c, &p, o);
	call_finish(&c);
	http_answer(x, 200, o);
}

// ---- while one writes ---------------------------------------------------------------------------------------------------

static bool text_of(struct exchange *x, struct desk_text *out)
{
	const char *text = http_text(x, "text", HTTP_BODY_LARGE);
	*out = (struct desk_text){.name = what_of(x) == RULESET_RULES ? "rules.conf" : "sheet.conf", .text = text,
		.size = text ? strlen(text) : 0};
	return text;
}

void api_rules_check(struct exchange *x)
{
	struct desk_text t;
	if (text_of(x, &t))
		http_answer(x, 200, what_of(x) == RULESET_RULES ? desk_check_rules(x->console->sheet, &t) : desk_check_sheet(&t, NULL));
}

static void answer_problems(struct exchange *x, const struct problems *p)
{
	http_answer(x, 422, json_pack("{s:s, s:s, s:o}", "error", "text", "message", "The text has mistakes.", "problems",
		desk_problems(p)));
}

void api_rules_form(struct exchange *x)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct desk_text t;
	BUG_IF(!p);
	if (!text_of(x, &t))
		return;
	json_t *form = desk_form(&t, p);
	if (form)
		http_answer(x, 200, form);
	else
		answer_problems(x, p);
}

static unsigned number_of(struct exchange *x, const char *name, unsigned without, unsigned max)
{
	const json_t *v = json_object_get(x->in, name);
	json_int_t n = json_integer_value(v);
	return json_is_integer(v) && n >= 0 && n <= (json_int_t)max ? (unsigned)n : without;
}

// The rules of the text, over the sheet that is in force; NULL: answered already.
static struct rules *rules_of(struct exchange *x, const struct desk_text *t)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct rules *rules = NULL;
	BUG_IF(!p);
	if (rules_load_text(t->name, t->text, t->size, x->console->sheet, p, &rules) == OK)
		return rules;
	answer_problems(x, p);
	return NULL;
}

void api_rules_try(struct exchange *x)
{
	struct desk_text t;
	const char *message = http_text(x, "message", MESSAGE_TEXT_MAX);
	if (!message || !text_of(x, &t))
		return;
	struct rules *rules = rules_of(x, &t);
	if (!rules)
		return;
	struct desk_message m = {.text = message, .size = strlen(message), .hour = (int)number_of(x, "hour", 12, 23),
		.reporters = number_of(x, "reporters", 1, 1000)};
	m.reporters += m.reporters == 0;
	json_t *o = desk_try(rules, x->console->sheet, &m), *decision = json_object();
	static const char *const decided[] = {"severity", "queue", "oversight", "shares", "notify", "escalate_after_s", "reply"};
	for (size_t i = 0; i < ARRAY_LENGTH(decided); i++)
		json_object_set(decision, decided[i], json_object_get(o, decided[i]));
	json_object_set_new(o, "decision", decision);
	rules_destroy(rules);
	http_answer(x, 200, o);
}

void api_rules_replay(struct exchange *x)
{
	struct desk_text t;
	json_t *o = NULL;
	char since[16];
	if (!text_of(x, &t))
		return;
	struct rules *rules = rules_of(x, &t);
	if (!rules)
		return;
	time_t day = time(NULL) - (time_t)number_of(x, "days", 30, 366) * 86400;
	struct tm tm;
	strftime(since, sizeof since, "%Y-%m-%d", gmtime_r(&day, &tm));
	console_refresh(x->console);
	struct desk_set now = {x->console->sheet, x->console->rules}, then = {x->console->sheet, rules};
	enum error e = desk_replay(x->session->view, since, &now, &then, &o);
	rules_destroy(rules);
	if (e == OK)
		http_answer(x, 200, o);
	else
		http_fail(x, 503, "store", "The alerts cannot be read now.");
}

// ---- putting into force -------------------------------------------------------------------------------------------------

// What triage found in the text comes along.
static void answer_step(struct call *c, enum error e, uint64_t version)
{
	if (e == OK)
		http_answer(c->x, 200, json_pack("{s:b, s:I, s:s}", "ok", 1, "id", (json_int_t)version, "message", c->answer->text));
	else
		api_refused(c->x, e, c->answer->text);
	call_finish(c);
}

void api_rules_propose(struct exchange *x)
{
	struct desk_text t;
	struct call c;
	bool bad = false;
	uint64_t version = 0;
	const char *comment = http_text_optional(x, "comment", RULESET_COMMENT_SIZE - 1, &bad);
	if (bad || !text_of(x, &t))
		return;
	call_init(&c, x, what_of(x));
	enum error e = ruleset_propose(&c.client, c.what, t.text, t.size, comment ? comment : "", &version);
	answer_step(&c, e, version);
}

// Of the text as the station has it: its hash is what is signed.
static void step(struct exchange *x, const char *field,
	enum error (*take)(const struct ruleset_client *c, enum ruleset_what what, uint64_t version,
		const uint8_t hash[static RULESET_HASH_SIZE]))
{
	struct call c;
	struct ruleset_page p;
	uint64_t version, before = 0;
	if (!http_id(x, field, &version))
		return;
	call_init(&c, x, what_of(x));
	enum error e = OK;
	const struct ruleset_info *found = NULL;
	do {
		e = ruleset_list(&c.client, c.what, before, &p);
		for (size_t i = 0; e == OK && i < p.count; i++) {
			if (p.list[i].version == version)
				found = &p.list[i];
			before = p.list[i].version;
		}
	} while (e == OK && !found && p.count == RULESET_PAGE);
	if (e == OK && !found)
		e = ERROR_NOT_FOUND;
	if (e == OK)
		e = take(&c.client, c.what, version, found->hash);
	answer_step(&c, e, version);
}

void api_rules_approve(struct exchange *x)
{
	step(x, "id", ruleset_approve);
}

void api_rules_rollback(struct exchange *x)
{
	step(x, "version", ruleset_rollback);
}

void api_rules_reject(struct exchange *x)
{
	struct call c;
	uint64_t version;
	if (!http_id(x, "id", &version))
		return;
	call_init(&c, x, what_of(x));
	answer_step(&c, ruleset_reject(&c.client, c.what, version), version);
}
