// SPDX-License-Identifier: GPL-2.0-or-later
// What stands around an alert: those of its incident, those from the same place or of the same kind at that time, and
// whether its sender can still be answered.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/console/console.h"
#include "gateway/reading_json.h"
#include "gateway/store_record.h"

#define NEIGHBOURS_MAX 12
#define LOOK 20 // alerts before and behind it

struct around {
	struct console *console;
	struct session *session;
	const json_t *whole;
	uint64_t self;
	const char *why; // of an incident's; NULL: to be found
	uint64_t ids[NEIGHBOURS_MAX];
	size_t count;
	json_t *list;
};

static bool same(const json_t *a, const json_t *b, const char *field)
{
	const char *x = json_string_value(json_object_get(a, field)), *y = json_string_value(json_object_get(b, field));
	return x && y && *x && !strcmp(x, y);
}

static bool add_neighbour(void *ctx, const struct store_alert *a)
{
	struct around *n = ctx;
	json_t *one = NULL;
	if (a->expired || !alert_is_for(n->console, n->session, a) || view_alert(n->session->view, a, &one) != OK)
		return true;
	const char *why = n->why ? n->why : same(one, n->whole, "pcode") ? "place" : same(one, n->whole, "event") ? "time" : NULL;
	if (why) {
		static const char *const fields[] = {"id", "event", "event_name", "place", "place_name", "severity", "received_at",
			"state"};
		json_t *o = json_pack("{s:s}", "why", why);
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			json_object_set(o, fields[i], json_object_get(one, fields[i]));
		json_array_append_new(n->list, o);
	}
	json_decref(one);
	return true;
}

static void look_at(struct around *n, uint64_t id, const char *why)
{
	if (id == n->self || json_array_size(n->list) >= NEIGHBOURS_MAX)
		return;
	for (size_t i = 0; i < n->count; i++)
		if (n->ids[i] == id)
			return;
	n->why = why;
	size_t before = json_array_size(n->list);
	if (store_alert_get(n->console->store, id, add_neighbour, n) == OK && json_array_size(n->list) > before &&
		n->count < NEIGHBOURS_MAX)
		n->ids[n->count++] = id;
}

static bool take_id(void *ctx, uint64_t id)
{
	struct around *n = ctx;
	if (n->count < NEIGHBOURS_MAX)
		n->ids[n->count++] = id;
	return n->count < NEIGHBOURS_MAX;
}

static json_t *neighbours(struct console *c, struct session *s, const struct store_alert *a, const json_t *whole)
{
	struct around n = {.console = c, .session = s, .whole = whole, .self = a->id, .list = json_array()};
	struct around incident = n;
	if (a->incident && store_incident_alerts(c->store, a->incident, take_id, &incident) == OK)
		incident.why = "incident"; // ERROR_MEMORY: as many as are shown
	for (size_t i = 0; i < incident.count; i++)
		look_at(&n, incident.ids[i], "incident");
	for (uint64_t d = 1; d <= LOOK; d++) {
		look_at(&n, a->id + d, NULL);
		if (a->id > d)
			look_at(&n, a->id - d, NULL);
	}
	return n.list;
}

static void put_reply(struct console *c, const struct store_alert *a, json_t *out)
{
	struct store_origin origin;
	struct tm tm = {0};
	const char *at = json_string_value(json_object_get(out, "received_at"));
	int64_t until = 0, now = (int64_t)time(NULL);
	bool kept = store_origin_get(c->store, a->id, &origin) == OK && origin.number_size > 0;
	if (kept && at && strptime(at, "%Y-%m-%dT%H:%M:%SZ", &tm))
		until = (int64_t)timegm(&tm) + c->process.config.reply_window_h * 3600;
	bool may = until > now && !alert_has_flag(out, "duress") && !json_is_true(json_object_get(out, "no_contact"));
	json_object_set_new(out, "may_reply", json_boolean(may));
	json_object_set_new(out, "reply_window_until", until > now ? time_json(until) : json_null());
}

void alert_around(struct console *c, struct session *s, const struct store_alert *a, json_t *out)
{
	json_object_set_new(out, "neighbours", neighbours(c, s, a, out));
	if (!json_object_get(out, "trend"))
		json_object_set_new(out, "trend", json_null());
	put_reply(c, a, out);
}

json_t *sections_json(struct console *c)
{
	json_t *all = json_array();
	bool uniformed;
	const char *name;
	for (size_t i = 0; (name = rules_section_name(c->rules, i, &uniformed)); i++)
		json_array_append_new(all, json_pack("{s:s, s:s}", "name", name, "side", uniformed ? "uniformed" : "civilian"));
	return all;
}
