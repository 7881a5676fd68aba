// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What an administrator asks about rules and code sheets while they are written, as JSON: what is wrong with a text, what
// it does with a message, what it would have changed. For `tama rules`, `tama sheet` and the console; no station is
// asked and nothing is changed. Each JSON value is the caller's.

#include <jansson.h>

#include "rules/rule.h"

// A file, or what would stand in it. `name` is only for messages.
struct desk_text {
	const char *name, *text;
	size_t size;
};

// [{file, line, column, severity "error" | "warning", message, found, expected, suggestion, and as before: text, warning}]
json_t *desk_problems(const struct problems *p);
// {problems, errors, warnings, rules: N, tests: {run: N, failed: [problem …]}}. Good when `errors` is 0.
json_t *desk_check_rules(const struct sheet *sheet, const struct desk_text *t);
// {problems, errors, warnings, events: N, places: N}; with `rules` (NULL: none) it says too what they find in this sheet.
json_t *desk_check_sheet(const struct desk_text *t, const struct desk_text *rules);

// The file as a form: {queues, default_queue, floor, sections, …, rules: [{name, line, when, then}], tests: […]}, in the
// file's own keys and types, whether they make sense or not. NULL with problems when it is no libconfig.
json_t *desk_form(const struct desk_text *t, struct problems *problems);

struct desk_message {
	const char *text;
	size_t size;
	int hour;           // UTC
	unsigned reporters; // at least 1
	bool known;         // the sender has reported before
	unsigned trends;    // 1 << enum trend_sign that hold
	char grade;         // of its reporter code, 'A' to 'F'
};
// {event … of the first reading, readings, mends, severity, queue, oversight, flags, rules, shares, notify,
// escalate_after_s, reply, trace: [line …]}
json_t *desk_try(const struct rules *rules, const struct sheet *sheet, const struct desk_message *m);

struct desk_set {
	const struct sheet *sheet;
	const struct rules *rules;
};

struct view;
// What `then` would have made of the alerts that this officer may read and that came since that day ("2016-05-01"; NULL:
// all): {replayed, sealed, milder, severer, moved, changes: [{id, severity: [now, then], queue, …}]}. Shows no text.
MUST_CHECK enum error desk_replay(struct view *v, const char *since, const struct desk_set *now,
	const struct desk_set *then, json_t **out);
