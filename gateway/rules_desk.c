// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/rules_desk.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/reading_json.h"
#include "gateway/reply_check.h"
#include "rules/settings.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *problem_json(const struct problem *q)
{
	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:o, s:o, s:o, s:s, s:b}", "file", q->file, "line", q->line, "column",
		q->column, "severity", q->warning ? "warning" : "error", "message", q->text, "found", text_or_null(q->found),
		"expected", text_or_null(q->expected), "suggestion", text_or_null(q->suggestion), "text", q->text, "warning",
		q->warning);
}

static json_t *problems_from(const struct problems *p, size_t first)
{
	json_t *list = json_array();
	for (size_t i = first; i < p->count; i++)
		json_array_append_new(list, problem_json(&p->list[i]));
	return list;
}

json_t *desk_problems(const struct problems *p)
{
	return problems_from(p, 0);
}

static size_t warnings(const struct problems *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->count; i++)
		n += p->list[i].warning;
	return n;
}

static json_t *result(const struct problems *p)
{
	return json_pack("{s:o, s:I, s:I}", "problems", desk_problems(p), "errors", (json_int_t)p->errors, "warnings",
		(json_int_t)warnings(p));
}

json_t *desk_check_rules(const struct sheet *sheet, const struct desk_text *t)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct rules *rules = NULL;
	size_t ran = 0, before = 0, count = 0;
	if (!p)
		return NULL;
	if (rules_load_text(t->name, t->text, t->size, sheet, p, &rules) == OK && reply_check(rules, p) == OK) {
		before = p->count;
		ran = rules_run_tests(rules, sheet, p);
		count = rules_count(rules);
	}
	json_t *o = result(p);
	json_object_set_new(o, "rules", json_integer((json_int_t)count));
	json_object_set_new(o, "tests", json_pack("{s:I, s:o}", "run", (json_int_t)ran, "failed",
		ran ? problems_from(p, before) : json_array()));
	rules_destroy(rules);
	return o;
}

json_t *desk_check_sheet(const struct desk_text *t, const struct desk_text *rules)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct sheet *sheet = NULL;
	struct rules *r = NULL;
	const struct event *events;
	const struct place *places;
	if (!p)
		return NULL;
	enum error e = sheet_load_text(t->name, t->text, t->size, p, &sheet);
	if (e == OK) {
		sheet_check(sheet, t->name, p);
		if (rules && rules_load_text(rules->name, rules->text, rules->size, sheet, p, &r) == OK && reply_check(r, p) == OK)
			rules_run_tests(r, sheet, p);
	}
	json_t *o = result(p);
	json_object_set_new(o, "events", json_integer(sheet ? (json_int_t)sheet_events(sheet, &events) : 0));
	json_object_set_new(o, "places", json_integer(sheet ? (json_int_t)sheet_places(sheet, &places) : 0));
	rules_destroy(r);
	sheet_destroy(sheet);
	return o;
}

// ---- the form ---------------------------------------------------------------------------------------------------------

static json_t *setting_json(const config_setting_t *s, bool lines)
{
	int type = config_setting_type(s), n = config_setting_length(s);
	if (type == CONFIG_TYPE_STRING)
		return json_string(config_setting_get_string(s));
	if (type == CONFIG_TYPE_BOOL)
		return json_boolean(config_setting_get_bool(s));
	if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64)
		return json_integer(config_setting_get_int64(s));
	if (type == CONFIG_TYPE_FLOAT)
		return json_real(config_setting_get_float(s));
	json_t *out = type == CONFIG_TYPE_GROUP ? json_object() : json_array();
	for (int i = 0; i < n; i++) {
		const config_setting_t *m = config_setting_get_elem(s, (unsigned)i);
		if (type == CONFIG_TYPE_GROUP) {
			json_object_set_new(out, config_setting_name(m), setting_json(m, true));
		} else {
			json_t *one = setting_json(m, false);
			if (lines && json_is_object(one))
				json_object_set_new(one, "line", json_integer(settings_line(m)));
			json_array_append_new(out, one);
		}
	}
	return out;
}

json_t *desk_form(const struct desk_text *t, struct problems *problems)
{
	struct settings in = {.file = t->name, .problems = problems, .text = t->text, .size = t->size};
	config_t file;
	config_init(&file);
	json_t *out = settings_read(&in, &file) ? setting_json(config_root_setting(&file), false) : NULL;
	config_destroy(&file);
	settings_finish(&in);
	return out;
}

// ---- one message --------------------------------------------------------------------------------------------------------

static void add_line(void *ctx, const char *text)
{
	json_array_append_new(ctx, json_string(text));
}

json_t *desk_try(const struct rules *rules, const struct sheet *sheet, const struct desk_message *m)
{
	struct reading_set set;
	struct decision d;
	size_t language;
	json_t *trace = json_array(), *o = json_object();
	sheet_parse(sheet, m->text, m->size, &set);
	struct facts f = {.parsed = &set, .flags = set.flags, .reporters = m->reporters, .sender_known = m->known, .hour = m->hour,
		.trends = m->trends, .source = m->grade};
	rules_decide(rules, sheet, &f, &d);
	rules_trace(rules, sheet, &f, add_line, trace);
	reading_json_put(o, sheet, set.count ? &set.readings[0] : NULL);
	json_object_set_new(o, "severity", json_integer(d.severity));
	json_object_set_new(o, "queue", json_string(d.queue));
	json_object_set_new(o, "oversight", text_or_null(d.oversight));
	json_object_set_new(o, "flags", flags_json(f.flags));
	json_object_set_new(o, "readings", readings_json(sheet, &set));
	json_object_set_new(o, "mends", mends_json(&set));
	json_object_set_new(o, "rules", decision_rules_json(&d));
	json_object_set_new(o, "shares", decision_shares_json(&d));
	json_object_set_new(o, "notify", text_or_null(d.notify));
	json_object_set_new(o, "escalate_after_s", json_integer(d.escalate_after_s));
	json_object_set_new(o, "reply", d.reply ? json_string(rules_reply_text(d.reply, sheet, &set, &language)) : json_null());
	json_object_set_new(o, "trace", trace);
	return o;
}
