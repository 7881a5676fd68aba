// SPDX-License-Identifier: GPL-2.0-or-later
// Both sets decide on what the officer may read, with the same facts, so that each difference is one of the files.
#include <stdio.h>
#include <string.h>

#include "gateway/queue_view.h"
#include "gateway/reading_json.h"
#include "gateway/rules_desk.h"
#include "rules/trend.h"

#define STATION_HANDLE "STATION"
#define SHARES_TEXT 400

struct replay {
	const struct desk_set *now, *then;
	struct view *view;
	json_t *handles; // that have reported so far
	json_t *changes;
	char since[32];
	size_t replayed, sealed, milder, severer, moved;
	enum error error;
};

static unsigned stored_flags(const json_t *alert)
{
	const json_t *list = json_object_get(alert, "flags");
	unsigned flags = 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		for (unsigned bit = 0; bit < FLAGS_COUNT; bit++)
			if (!strcmp(json_string_value(json_array_get(list, i)), flag_name(bit)))
				flags |= 1u << bit;
	return flags;
}

static unsigned stored_trends(const json_t *alert)
{
	const json_t *list = json_object_get(alert, "trend_signs");
	unsigned signs = 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		for (enum trend_sign s = TREND_MORE; s < TREND_SIGNS; s++)
			if (!strcmp(json_string_value(json_array_get(list, i)), trend_sign_name(s)))
				signs |= 1u << s;
	return signs;
}

static void decide(const struct desk_set *l, const json_t *alert, bool known, struct decision *out)
{
	static const unsigned way = FLAG_INCOMPLETE | FLAG_RAW | FLAG_DURESS | FLAG_BEEP | FLAG_FLOOD; // not of the parser
	const json_t *text = json_object_get(alert, "text");
	const char *at = json_string_value(json_object_get(alert, "received_at"));
	struct reading_set set;
	unsigned flags = stored_flags(alert);
	int hour = 0;
	if (at && sscanf(at, "%*4d-%*2d-%*2dT%2d", &hour) != 1)
		hour = 0;
	if (!(flags & FLAG_DRILL) || !sheet_parse_exercise(l->sheet, json_string_value(text), json_string_length(text), &set))
		sheet_parse(l->sheet, json_string_value(text), json_string_length(text), &set);
	if (flags & (FLAG_BEEP | FLAG_RAW)) // nothing that can be read
		set = (struct reading_set){.severity = 3, .flags = flags & FLAG_BEEP ? 0 : FLAG_UNDECODED};
	struct facts f = {.parsed = &set, .flags = set.flags | (flags & way), .sender_known = known, .hour = hour,
		.reporters = (unsigned)json_integer_value(json_object_get(alert, "reporters"))};
	const char *grade = json_string_value(json_object_get(json_object_get(alert, "source"), "grade"));
	f.source = grade ? *grade : 'F';
	f.sender_known |= json_is_integer(json_object_get(json_object_get(alert, "source"), "reporter"));
	f.trends = stored_trends(alert);
	f.reporters = f.reporters ? f.reporters : 1;
	rules_decide(l->rules, l->sheet, &f, out);
}

static void shares_text(const struct decision *d, char out[static SHARES_TEXT])
{
	size_t at = 0;
	out[0] = 0;
	for (size_t i = 0; i < d->share_count; i++)
		at += (size_t)snprintf(out + at, SHARES_TEXT - at, "%s%s (%s)", i ? ", " : "", d->shares[i].section, d->shares[i].level);
}

static void differ(json_t *change, const char *what, const char *now, const char *then)
{
	if (strcmp(now, then))
		json_object_set_new(change, what, json_pack("[s, s]", now, then));
}

static void compare(struct replay *r, const json_t *alert, const struct decision *now, const struct decision *then)
{
	char a[SHARES_TEXT], b[SHARES_TEXT];
	json_t *change = json_object();
	if (now->severity != then->severity)
		json_object_set_new(change, "severity", json_pack("[i, i]", now->severity, then->severity));
	differ(change, "queue", now->queue, then->queue);
	differ(change, "oversight", now->oversight, then->oversight);
	shares_text(now, a);
	shares_text(then, b);
	differ(change, "shares", a, b);
	differ(change, "notify", now->notify, then->notify);
	differ(change, "reply", now->reply ? now->reply->text[0] : "", then->reply ? then->reply->text[0] : "");
	if (now->escalate_after_s != then->escalate_after_s)
		json_object_set_new(change, "escalate_after_s", json_pack("[i, i]", now->escalate_after_s, then->escalate_after_s));
	r->milder += then->severity < now->severity;
	r->severer += then->severity > now->severity;
	r->moved += strcmp(now->queue, then->queue) != 0;
	if (json_object_size(change)) {
		json_object_set(change, "id", json_object_get(alert, "id"));
		json_array_append(r->changes, change);
	}
	json_decref(change);
}

static bool replay_one(void *ctx, const struct store_alert *a)
{
	struct replay *r = ctx;
	struct decision now, then;
	json_t *alert = NULL;
	enum error e = view_alert(r->view, a, &alert);
	if (e != OK) {
		r->sealed++;
		r->error = e == ERROR_REFUSED ? r->error : e;
		return true;
	}
	const char *handle = json_string_value(json_object_get(alert, "handle"));
	const char *at = json_string_value(json_object_get(alert, "received_at"));
	bool readable = handle && at && json_is_string(json_object_get(alert, "text")) && strcmp(handle, STATION_HANDLE) != 0;
	if (readable && strcmp(at, r->since) >= 0) {
		bool known = json_object_get(r->handles, handle) != NULL;
		decide(r->now, alert, known, &now);
		decide(r->then, alert, known, &then);
		compare(r, alert, &now, &then);
		r->replayed++;
	}
	if (readable)
		json_object_set_new(r->handles, handle, json_true());
	json_decref(alert);
	return true;
}

enum error desk_replay(struct view *v, const char *since, const struct desk_set *now, const struct desk_set *then,
	json_t **out)
{
	struct replay r = {.now = now, .then = then, .view = v, .handles = json_object(), .changes = json_array()};
	struct store_filter f = {.arrival_order = true};
	if (since)
		snprintf(r.since, sizeof r.since, "%.30s", since); // a day sorts before each of its times
	enum error e = store_alert_list(view_store(v), &f, replay_one, &r);
	e = e == OK ? r.error : e;
	if (e == OK)
		*out = json_pack("{s:I, s:I, s:I, s:I, s:I, s:O}", "replayed", (json_int_t)r.replayed, "sealed",
			(json_int_t)r.sealed, "milder", (json_int_t)r.milder, "severer", (json_int_t)r.severer, "moved",
			(json_int_t)r.moved, "changes", r.changes);
	json_decref(r.handles);
	json_decref(r.changes);
	return e;
}
