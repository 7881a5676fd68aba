// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/login.h"
#include "gateway/reading_json.h"

bool station_is_locked(const struct console *c)
{
	return json_is_true(json_object_get(c->status, "locked"));
}

static bool has_modem(const struct console *c)
{
	size_t i;
	json_t *m;
	json_array_foreach(json_object_get(c->status, "modems"), i, m) {
		const char *state = json_string_value(json_object_get(m, "state"));
		if (state && (!strcmp(state, "running") || !strcmp(state, "starting")))
			return true;
	}
	return false;
}

const char *station_banner(const struct console *c)
{
	if (c->link.fd < 0)
		return "away";
	if (!c->status)
		return NULL;
	if (json_is_true(json_object_get(c->status, "disk_full")))
		return "disk_full";
	if (station_is_locked(c))
		return "locked";
	return has_modem(c) ? NULL : "modem";
}

json_t *station_json(const struct console *c, bool whole)
{
	const struct config *k = &c->process.config;
	const char *banner = station_banner(c);
	json_t *o = json_pack("{s:s, s:b}", "name", k->station_name, "demo", k->demo);
	if (!whole)
		return o;
	json_object_set_new(o, "locked", json_boolean(station_is_locked(c)));
	json_object_set_new(o, "banner", banner ? json_string(banner) : json_null());
	json_object_set_new(o, "version", json_string(TAMA_VERSION));
	return o;
}

void station_hear(struct console *c, const char *json, size_t size)
{
	const char *before = station_banner(c);
	json_t *status = json_loadb(json, size, 0, NULL);
	if (!status)
		return;
	json_decref(c->status);
	c->status = status;
	if (before != station_banner(c)) // both are words of this file
		streams_station(c);
}

// ---- the session ------------------------------------------------------------------------------------------------------

struct own_queues {
	const char *name;
	json_t *list;
};

static bool take_queues(void *ctx, const struct officer_public *p, const char *role, const char *queues, bool revoked)
{
	struct own_queues *o = ctx;
	(void)role;
	if (revoked || strcmp(p->name, o->name) != 0)
		return true;
	for (const char *q = queues; *q;) {
		size_t n = strcspn(q, ",");
		json_array_append_new(o->list, json_stringn(q, n));
		q += n + (q[n] == ',');
	}
	return false;
}

json_t *session_json(struct console *c, const struct session *s)
{
	struct own_queues queues = {s->name, json_array()};
	json_t *o = json_object();
	if (store_officers(c->store, take_queues, &queues) != OK)
		json_array_clear(queues.list);
	json_object_set_new(o, "name", json_string(s->name));
	json_object_set_new(o, "role", json_string(s->role));
	json_object_set_new(o, "queues", queues.list);
	json_object_set_new(o, "csrf", json_string(s->csrf));
	json_object_set_new(o, "totp", json_boolean(s->totp));
	json_object_set_new(o, "idle_s", json_integer(c->process.config.console_idle_s));
	json_object_set_new(o, "station", station_json(c, true));
	json_object_set_new(o, "sections", sections_json(c));
	json_object_set_new(o, "now", time_json((int64_t)time(NULL)));
	json_object_set_new(o, "first_run", json_false());
	json_object_set_new(o, "version", json_integer((json_int_t)streams_version(c->streams)));
	return o;
}

void api_session(struct exchange *x)
{
	http_answer(x, 200, session_json(x->console, x->session));
}

void api_sessions(struct exchange *x)
{
	json_t *list = json_array();
	bool all = session_role(x->session->role) & ROLES_LEAD && !view_is_duress(x->session->view);
	for (struct session *s = NULL; (s = session_next(x->console, s));)
		if (s == x->session || !strcmp(s->name, x->session->name) || all)
			json_array_append_new(list, json_pack("{s:I, s:s, s:o, s:o, s:s, s:b}", "id", (json_int_t)s->id, "name",
				s->name, "since", time_json(s->since), "seen", time_json(s->seen), "address", s->address,
				"this", s == x->session));
	http_answer(x, 200, list);
}

void api_sessions_end(struct exchange *x)
{
	uint64_t id;
	if (!http_id(x, "id", &id))
		return;
	struct session *s = session_by_id(x->console, id);
	bool all = session_role(x->session->role) & ROLES_LEAD && !view_is_duress(x->session->view);
	if (!s || (strcmp(s->name, x->session->name) != 0 && !all)) {
		http_fail(x, 404, "session", "There is no such session.");
		return;
	}
	session_end(x->console, s, SESSION_ENDED);
	http_answer(x, 200, json_pack("{s:b}", "ok", 1));
}

// ---- the code sheet ---------------------------------------------------------------------------------------------------

static json_t *event_json(const struct event *e)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:b, s:i}", "code", e->code, "name", e->name, "severity", e->severity, "kind",
		event_kind_name(e->kind), "restricted", e->restricted, "pictogram", (int)e->pictogram);
}

static json_t *place_json(const struct place *all, const struct place *p)
{
	bool known = p->lat != 0.0 || p->lon != 0.0;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:i}", "code", p->code, "pcode", p->pcode, "name", p->name, "level",
		p->level, "k", p->k);
	json_object_set_new(o, "parent", p->parent >= 0 ? json_string(all[p->parent].pcode) : json_null());
	json_object_set_new(o, "lat", known ? json_real(p->lat) : json_null());
	json_object_set_new(o, "lon", known ? json_real(p->lon) : json_null());
	return o;
}

void api_sheet(struct exchange *x)
{
	const struct event *events;
	const struct place *places;
	size_t n = sheet_events(x->console->sheet, &events), m = sheet_places(x->console->sheet, &places);
	json_t *e = json_array(), *p = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(e, event_json(&events[i]));
	for (size_t i = 0; i < m; i++)
		json_array_append_new(p, place_json(places, &places[i]));
	http_answer(x, 200, json_pack("{s:s, s:s, s:o, s:o}", "name", sheet_name(x->console->sheet), "scheme",
		sheet_scheme(x->console->sheet), "events", e, "places", p));
}
