// SPDX-License-Identifier: GPL-2.0-or-later
// One alert, and what an officer does with it. Steps are drawn up and signed here and taken, or refused, by triage.
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/log.h"
#include "gateway/queue_draw.h"
#include "gateway/section_view.h"

#define BATCH_MAX 200
#define NOTE_MAX 3500

static const struct {
	const char *name;
	enum action_kind kind;
	bool detail, note; // needed
} steps[] = {{"ack", ACTION_ACK, false, false}, {"verify", ACTION_VERIFY, false, false},
	{"assign", ACTION_ASSIGN, true, false}, {"note", ACTION_NOTE, false, true}, {"respond", ACTION_RESPOND, false, true},
	{"refer", ACTION_REFER, true, false}, {"close", ACTION_CLOSE, true, true}, {"merge", ACTION_MERGE, true, false},
	{"split", ACTION_SPLIT, false, false}};

// ---- one alert ------------------------------------------------------------------------------------------------------

struct showing {
	struct exchange *x;
	json_t *alert;
	struct store_alert row;
	enum error error;
};

static json_t *allowed_json(const char *state)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
		if (action_next_state(steps[i].kind, state))
			json_array_append_new(list, json_string(steps[i].name));
	return list;
}

static bool show(void *ctx, const struct store_alert *a)
{
	struct showing *s = ctx;
	struct console *c = s->x->console;
	json_t *history = NULL;
	s->error = alert_json(c, s->x->session, a, &s->alert);
	if (s->error == OK)
		s->error = view_history(s->x->session->view, a, &history);
	if (s->error != OK)
		return true;
	json_object_set_new(s->alert, "history", history);
	json_object_set_new(s->alert, "actions", a->expired ? json_array() : allowed_json(a->state));
	return alert_take_row(&s->row, a);
}

void api_fail_alert(struct exchange *x, enum error e)
{
	if (e == ERROR_NOT_FOUND)
		http_fail(x, 404, "alert", "There is no such alert.");
	else if (e == ERROR_REFUSED) // under duress there is nothing but what is shown
		view_is_partial(x->session->view) ? http_fail(x, 403, "sealed", "This alert is sealed for other officers.") :
						    http_fail(x, 404, "alert", "There is no such alert.");
	else
		http_fail(x, 503, "store", "The alert cannot be opened now.");
}

void api_alert(struct exchange *x)
{
	struct showing s = {.x = x};
	uint64_t id;
	console_refresh(x->console);
	enum error e = http_parse_id(x->tail, &id) ? store_alert_get(x->console->store, id, show, &s) : ERROR_NOT_FOUND;
	if (e == OK)
		e = s.error;
	if (e == OK) {
		alert_around(x->console, x->session, &s.row, s.alert);
		http_answer(x, 200, s.alert);
		return;
	}
	json_decref(s.alert);
	api_fail_alert(x, e);
}

// ---- steps ----------------------------------------------------------------------------------------------------------

struct batch {
	struct exchange *x;
	uint64_t session;
	enum action_kind kind;
	char *detail, *note, *level; // level: of a section, NULL: it is none
	uint64_t ids[BATCH_MAX];
	size_t count, at;
	json_t *results;
};

static void batch_free(struct batch *b)
{
	if (b->note)
		sodium_memzero(b->note, strlen(b->note));
	free(b->note);
	free(b->detail);
	free(b->level);
	json_decref(b->results);
	free(b);
}

static void add_result(struct batch *b, bool ok, const char *message)
{
	json_t *o = json_pack("{s:I, s:b}", "id", (json_int_t)b->ids[b->at], "ok", ok);
	if (!ok)
		json_object_set_new(o, "message", json_string(message));
	json_array_append_new(b->results, o);
	b->at++;
}

static const char *explain(enum error e)
{
	switch (e) {
	case ERROR_NOT_FOUND:
		return "there is no such alert";
	case ERROR_REFUSED:
		return "this alert is sealed for other officers";
	case ERROR_TOO_LARGE:
		return "the text is too long";
	default:
		return error_text(e);
	}
}

static void step_done(void *ctx, enum error result, const char *text, const struct answer *answer);
static void next_step(struct batch *b);

static void take_step(struct batch *b, struct session *s)
{
	struct console *c = b->x->console;
	uint8_t wire[ACTION_SIZE_MAX];
	size_t size = 0;
	enum error e = s ? queue_draw_action(&c->process.config, s->view, b->kind, b->ids[b->at], b->detail, b->note, wire, &size) :
			   ERROR_CLOSED;
	if (e == OK) {
		link_action(c, wire, size, step_done, b);
		return;
	}
	add_result(b, false, s ? explain(e) : "the session has ended");
	next_step(b);
}

// A section is given its record first, which triage makes; then the step says so.
struct giving {
	struct session *session;
	json_t *alert;
	enum error error;
};

static bool open_given(void *ctx, const struct store_alert *a)
{
	struct giving *g = ctx;
	g->error = view_alert(g->session->view, a, &g->alert);
	return true;
}

static void given(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct batch *b = ctx;
	(void)answer;
	if (result == OK) {
		take_step(b, session_by_id(b->x->console, b->session));
		return;
	}
	add_result(b, false, text && *text ? text : error_text(result));
	next_step(b);
}

static void give(struct batch *b, struct session *s)
{
	struct giving g = {.session = s};
	uint8_t payload[SECTION_REFER_MAX];
	size_t size;
	enum error e = store_alert_get(b->x->console->store, b->ids[b->at], open_given, &g);
	e = e == OK ? g.error : e;
	if (e == OK)
		e = section_refer_payload(g.alert, b->detail, b->level, payload, &size);
	json_decref(g.alert);
	if (e == OK) {
		link_request(b->x->console, s->view, REQUEST_SECTION_REFER, payload, size, given, b);
		return;
	}
	add_result(b, false, explain(e));
	next_step(b);
}

static void next_step(struct batch *b)
{
	struct session *s = session_by_id(b->x->console, b->session);
	if (b->at == b->count) {
		http_answer(b->x, 200, json_pack("{s:O}", "results", b->results));
		batch_free(b);
	} else if (s && b->level) {
		give(b, s);
	} else {
		take_step(b, s);
	}
}

static void step_done(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct batch *b = ctx;
	(void)answer;
	add_result(b, result == OK, text && *text ? text : error_text(result));
	next_step(b);
}

static bool read_ids(struct exchange *x, uint64_t *ids, size_t *count)
{
	size_t i;
	json_t *v, *list = json_object_get(x->in, "ids");
	*count = json_array_size(list);
	if (*count < 1 || *count > BATCH_MAX) {
		http_fail(x, 400, "ids", "\"ids\" must be a list of 1 to 200 alerts.");
		return false;
	}
	json_array_foreach(list, i, v) {
		json_int_t n = json_integer_value(v);
		if (!json_is_integer(v) || n < 1 || n >= 1000000000000000) {
			http_fail(x, 400, "ids", "\"ids\" must be a list of numbers of alerts.");
			return false;
		}
		ids[i] = (uint64_t)n;
	}
	return true;
}

static bool read_step(struct exchange *x, struct batch *b)
{
	bool bad = false;
	const char *name = http_text(x, "action", 16);
	const char *detail = name ? http_text_optional(x, "detail", ACTION_DETAIL_SIZE - 1, &bad) : NULL;
	const char *note = name && !bad ? http_text_optional(x, "note", NOTE_MAX, &bad) : NULL;
	const char *level = name && !bad ? http_text_optional(x, "level", 16, &bad) : NULL;
	if (!name || bad || !read_ids(x, b->ids, &b->count))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		if (strcmp(steps[i].name, name) != 0)
			continue;
		if ((steps[i].detail && (!detail || !*detail)) || (steps[i].note && (!note || !*note)))
			break;
		b->kind = steps[i].kind;
		b->detail = detail && *detail ? strdup(detail) : NULL;
		b->note = note && *note ? strdup(note) : NULL;
		b->level = level && *level && b->kind == ACTION_REFER ? strdup(level) : NULL;
		return true;
	}
	http_fail(x, 400, "action", "There is no such step, or it needs a detail or a note.");
	return false;
}

void api_act(struct exchange *x)
{
	struct batch *b = calloc(1, sizeof *b);
	BUG_IF(!b);
	b->results = json_array();
	b->x = x;
	b->session = x->session->id;
	if (!read_step(x, b)) {
		batch_free(b);
		return;
	}
	console_refresh(x->console);
	http_wait(x);
	next_step(b);
}

// ---- an answer to the sender ------------------------------------------------------------------------------------------

static void reply_done(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct exchange *x = ctx;
	(void)answer;
	http_answer(x, 200, json_pack("{s:b, s:s}", "ok", result == OK, "message",
		result == OK ? "The answer waits for a modem." : text && *text ? text : error_text(result)));
}

void api_reply(struct exchange *x)
{
	uint8_t payload[QUEUE_REPLY_MAX];
	size_t size = 0;
	uint64_t id;
	const char *text = http_text(x, "text", SEND_TEXT_SIZE - 1);
	if (!text || !http_id(x, "id", &id))
		return;
	if (!*text) {
		http_fail(x, 400, "text", "The answer is empty.");
		return;
	}
	console_refresh(x->console);
	bool flash = json_is_true(json_object_get(x->in, "flash"));
	enum error e = queue_draw_reply(&x->console->process.config, x->session->view, id, flash, text, payload, &size);
	if (e != OK) {
		api_fail_alert(x, e);
		return;
	}
	http_wait(x);
	link_request(x->console, x->session->view, REQUEST_REPLY, payload, size, reply_done, x);
	sodium_memzero(payload, sizeof payload);
}

// ---- who is on what, what was read ------------------------------------------------------------------------------------

void api_presence(struct exchange *x)
{
	const json_t *v = json_object_get(x->in, "id");
	uint64_t id = 0, before = x->session->on;
	if (!json_is_null(v) && !http_id(x, "id", &id))
		return;
	if (id && !alert_is_visible(x->console, x->session, id)) {
		api_fail_alert(x, ERROR_NOT_FOUND);
		return;
	}
	x->session->on = view_is_duress(x->session->view) ? 0 : id;
	if (before && before != id)
		streams_presence(x->console, before);
	if (x->session->on && before != id)
		streams_presence(x->console, id);
	http_answer(x, 200, json_pack("{s:o}", "viewers", id ? alert_viewers(x->console, id) : json_array()));
}

void api_read(struct exchange *x)
{
	uint64_t ids[BATCH_MAX];
	size_t n;
	if (!read_ids(x, ids, &n))
		return;
	for (size_t i = 0; i < n; i++)
		readers_mark(x->session, ids[i]);
	http_answer(x, 200, json_pack("{s:b}", "ok", 1));
}
