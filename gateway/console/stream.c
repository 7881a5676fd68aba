// SPDX-License-Identifier: GPL-2.0-or-later
// What changed, to every open page: as server-sent events, or as an answer to who asks since when. Each officer gets
// what he can open, in a few hundred octets an alert.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/log.h"
#include "gateway/store_page.h"

#define SMALL_MAX 10      // alerts told one by one; more: "look again"
#define EVENT_MAX 2000    // octets of one change
#define ROOM 8192         // of what waits for one page
#define KEPT 128          // changes for pages that poll
#define COMMENT_S 25
#define PER_SESSION_MAX 6
#define STREAMS_MAX 600
#define GATHER_MS 20      // changes of one moment are one

struct change {
	uint64_t version;
	uint64_t ids[SMALL_MAX];
	size_t count;
	bool many;
};

struct stream {
	struct tube *tube;
	uint64_t session;
	char out[ROOM];
	size_t size, at;
	int64_t told_ms;
	bool closed;
	struct stream *next, *before;
};

struct streams {
	uint64_t version, last_alert, last_step;
	struct change kept[KEPT];
	struct stream *first;
	size_t count;
	bool gathering;
};

enum error streams_create(struct console *c, struct streams **out)
{
	struct streams *s = calloc(1, sizeof *s);
	uint64_t next = 1;
	if (!s)
		return ERROR_MEMORY;
	enum error e = store_next_alert(c->store, &next);
	if (e == OK)
		e = store_last_step(c->store, &s->last_step);
	s->last_alert = next - 1;
	s->version = (uint64_t)time(NULL) * 1000; // greater than any of an earlier life
	*out = s;
	return e;
}

void streams_destroy(struct streams *s)
{
	free(s);
}

uint64_t streams_version(const struct streams *s)
{
	return s->version;
}

// ---- one stream -----------------------------------------------------------------------------------------------------

static size_t read_stream(void *ctx, char *out, size_t room)
{
	struct stream *s = ctx;
	size_t n = s->size - s->at;
	n = n < room ? n : room;
	if (n == 0)
		return s->closed ? SIZE_MAX : 0;
	memcpy(out, s->out + s->at, n);
	s->at += n;
	if (s->at == s->size)
		s->at = s->size = 0;
	return n;
}

static void gone(struct console *c, void *ctx)
{
	struct stream *s = ctx;
	struct streams *all = c->streams;
	struct session *of = session_by_id(c, s->session);
	if (of)
		of->streams--;
	if (s->next)
		s->next->before = s->before;
	*(s->before ? &s->before->next : &all->first) = s->next;
	all->count--;
	sodium_memzero(s, sizeof *s);
	free(s);
}

// Who does not read for long is told no more than that there is more.
static void put(struct stream *s, const char *text, size_t size)
{
	if (s->at) {
		memmove(s->out, s->out + s->at, s->size - s->at);
		s->size -= s->at;
		s->at = 0;
	}
	if (s->size + size > sizeof s->out)
		s->closed = true; // it comes back and asks for everything
	if (!s->closed) {
		memcpy(s->out + s->size, text, size);
		s->size += size;
	}
	s->told_ms = loop_now_ms();
	http_stream_wake(s->tube);
}

static void put_event(struct stream *s, const char *event, json_t *data)
{
	cleanup_free char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
	char line[EVENT_MAX + 100];
	json_decref(data);
	if (!text || strlen(text) > EVENT_MAX)
		return;
	int n = snprintf(line, sizeof line, "event: %s\ndata: %s\n\n", event, text);
	put(s, line, (size_t)n);
	sodium_memzero(text, strlen(text));
	sodium_memzero(line, sizeof line);
}

// ---- a change ---------------------------------------------------------------------------------------------------------

struct small {
	struct console *console;
	struct session *session;
	json_t *alerts, *gone;
};

static bool add_small(void *ctx, const struct store_alert *a)
{
	static const char *const fields[] = {"id", "severity", "event", "event_name", "place", "place_name", "state",
		"assignee", "received_at", "flags", "queue", "incident", "reporters", "deadline_at", "escalated"};
	struct small *s = ctx;
	json_t *whole = NULL, *o;
	if (!alert_is_for(s->console, s->session, a)) {
		if (view_is_partial(s->session->view))
			json_array_append_new(s->gone, json_integer((json_int_t)a->id));
		return true;
	}
	if (alert_json(s->console, s->session, a, &whole) != OK)
		return true;
	o = json_object();
	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
		json_object_set(o, fields[i], json_object_get(whole, fields[i]));
	json_array_append_new(s->alerts, o);
	json_decref(whole);
	return true;
}

static json_t *change_json(struct console *c, struct session *s, const struct change *change)
{
	struct small small = {c, s, json_array(), json_array()};
	json_t *o = json_pack("{s:I}", "version", (json_int_t)change->version);
	for (size_t i = 0; i < change->count && !change->many; i++)
		if (store_alert_get(c->store, change->ids[i], add_small, &small) != OK)
			log_debug("alert of a change cannot be read");
	cleanup_free char *text = json_dumps(small.alerts, JSON_COMPACT);
	if (change->many || !text || strlen(text) > EVENT_MAX - 300) {
		json_object_set_new(o, "many", json_true());
		json_decref(small.alerts);
		json_decref(small.gone);
		return o;
	}
	json_object_set_new(o, "alerts", small.alerts);
	json_object_set_new(o, "gone", small.gone);
	return o;
}

static void add_id(struct change *c, uint64_t id)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->ids[i] == id)
			return;
	if (c->count == SMALL_MAX)
		c->many = true;
	else
		c->ids[c->count++] = id;
}

static void gather(void *ctx)
{
	struct console *c = ctx;
	struct streams *all = c->streams;
	uint64_t ids[64];
	size_t n = 0;
	struct change change = {.version = ++all->version};
	all->gathering = false;
	console_refresh(c);
	do {
		if (store_alerts_since(c->store, all->last_alert, ids, ARRAY_LENGTH(ids), &n) != OK)
			break;
		for (size_t i = 0; i < n; i++)
			add_id(&change, all->last_alert = ids[i]);
	} while (n == ARRAY_LENGTH(ids));
	do {
		if (store_steps_since(c->store, &all->last_step, ids, ARRAY_LENGTH(ids), &n) != OK)
			break;
		for (size_t i = 0; i < n; i++)
			add_id(&change, ids[i]);
	} while (n == ARRAY_LENGTH(ids));
	if (change.count == 0)
		change.many = true; // something that is no step: look again
	all->kept[change.version % KEPT] = change;
	for (struct stream *s = all->first; s; s = s->next) {
		struct session *of = session_by_id(c, s->session);
		if (of && !s->closed)
			put_event(s, "change", change_json(c, of, &change));
	}
	http_run(c->http);
}

void streams_changed(struct console *c)
{
	if (!c->streams || c->streams->gathering)
		return;
	c->streams->gathering = true;
	loop_timer(c->process.loop, CONSOLE_TIMER_CHANGE, GATHER_MS, gather, c);
}

void streams_presence(struct console *c, uint64_t id)
{
	if (!c->streams)
		return;
	for (struct stream *s = c->streams->first; s; s = s->next) {
		struct session *of = session_by_id(c, s->session);
		if (of && !s->closed && alert_is_visible(c, of, id))
			put_event(s, "presence",
				json_pack("{s:I, s:o}", "id", (json_int_t)id, "viewers", alert_viewers(c, id)));
	}
}

void streams_station(struct console *c)
{
	if (!c->streams)
		return;
	const char *banner = station_banner(c);
	for (struct stream *s = c->streams->first; s; s = s->next)
		if (!s->closed)
			put_event(s, "station", json_pack("{s:b, s:s?}", "locked", station_is_locked(c), "banner", banner));
}

void streams_tick(struct console *c)
{
	int64_t now = loop_now_ms();
	for (struct stream *s = c->streams->first; s; s = s->next)
		if (!s->closed && now - s->told_ms > COMMENT_S * 1000)
			put(s, ": here\n\n", 8);
}

void streams_end(struct console *c, const struct session *of)
{
	for (struct stream *s = c->streams ? c->streams->first : NULL; s; s = s->next) {
		if (of && s->session != of->id)
			continue;
		if (of)
			put_event(s, "end", json_pack("{s:b}", "login", 1));
		s->session = 0;
		s->closed = true;
		http_stream_wake(s->tube);
	}
}

// ---- the requests -----------------------------------------------------------------------------------------------------

void api_events(struct exchange *x)
{
	struct streams *all = x->console->streams;
	if (x->session->streams >= PER_SESSION_MAX || all->count >= STREAMS_MAX) {
		http_fail(x, 429, "streams", "Too many pages are open.");
		return;
	}
	struct stream *s = calloc(1, sizeof *s);
	BUG_IF(!s);
	s->session = x->session->id;
	s->next = all->first;
	if (all->first)
		all->first->before = s;
	all->first = s;
	all->count++;
	x->session->streams++;
	s->tube = http_stream(x, s, read_stream, gone);
	const char *banner = station_banner(x->console);
	put_event(s, "station", json_pack("{s:b, s:s?, s:I}", "locked", station_is_locked(x->console), "banner", banner,
		"version", (json_int_t)all->version));
}

void api_changes(struct exchange *x)
{
	struct streams *all = x->console->streams;
	const char *banner = station_banner(x->console);
	struct change sum = {.version = all->version};
	uint64_t since = 0;
	if (!http_query_id(x, "since", &since)) {
		http_fail(x, 400, "query", "\"since\" is the version of an earlier answer.");
		return;
	}
	if (since > all->version || all->version - since >= KEPT)
		sum.many = true;
	for (uint64_t v = since + 1; !sum.many && v <= all->version; v++) {
		const struct change *k = &all->kept[v % KEPT];
		sum.many |= k->version != v || k->many;
		for (size_t i = 0; i < k->count; i++)
			add_id(&sum, k->ids[i]);
	}
	json_t *o = change_json(x->console, x->session, &sum);
	json_object_set_new(o, "station", json_pack("{s:b, s:s?}", "locked", station_is_locked(x->console), "banner", banner));
	http_answer(x, 200, o);
}
