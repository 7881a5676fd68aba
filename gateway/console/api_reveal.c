// SPDX-License-Identifier: GPL-2.0-or-later
// Asking the custodians for one number, and opening it with what they sent back. The number passes through here once,
// sealed to the officer until then, and is kept nowhere.
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/words.h"
#include "gateway/armor.h"
#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/queue_draw.h"
#include "gateway/reading_json.h"
#include "gateway/reveal_draw.h"
#include "gateway/store_console.h"

#define LISTED_MAX 200

// ---- list -----------------------------------------------------------------------------------------------------------

struct listing {
	struct exchange *x;
	json_t *list;
	uint8_t threshold;
	int64_t now;
};

// `approvals` is null: custodians approve on machines of their own and send it to the officer; the station sees how many
// came only when it opens. What is known is the threshold.
static bool list_one(void *ctx, const struct store_reveal *r)
{
	struct listing *l = ctx;
	bool own = !strcmp(r->officer, l->x->session->name);
	if (!own && !(session_role(l->x->session->role) & ROLES_LEAD))
		return true;
	const char *state = strcmp(r->state, "asked") != 0 ? r->state :
			    l->now >= r->expires_at	   ? "expired" :
			    l->now < r->opens_at	   ? "waiting" : "asked";
	json_array_append_new(l->list,
		json_pack("{s:I, s:I, s:s, s:o, s:o, s:o, s:s, s:n, s:i, s:b}", "id", (json_int_t)r->id, "alert_id",
			(json_int_t)r->alert_id, "officer", r->officer, "at", time_json(r->at), "opens_at", time_json(r->opens_at),
			"expires_at", time_json(r->expires_at), "state", state, "approvals", "threshold", (int)l->threshold,
			"emergency", r->emergency));
	return json_array_size(l->list) < LISTED_MAX;
}

void api_reveals(struct exchange *x)
{
	struct listing l = {.x = x, .list = json_array(), .now = (int64_t)time(NULL)};
	size_t size;
	enum error e = OK;
	if (store_meta_get(x->console->store, "custody_threshold", &l.threshold, 1, &size) != OK)
		l.threshold = 0;
	if (!view_is_duress(x->session->view))
		e = store_reveal_list(x->console->store, list_one, &l);
	if (e == OK) {
		http_answer(x, 200, l.list);
		return;
	}
	json_decref(l.list);
	http_fail(x, 503, "store", "The reveals cannot be read now.");
}

// ---- asking -----------------------------------------------------------------------------------------------------------

struct asking_reveal {
	struct exchange *x;
	struct reveal_ask ask;
	char handle[REVEAL_HANDLE_SIZE];
	json_t *answer, *requests;
	char *all; // one text behind the other
};

static enum error add_request(void *ctx, uint32_t custodian, const uint8_t *data, size_t size)
{
	struct asking_reveal *r = ctx;
	struct officer_public who;
	cleanup_free char *text = NULL;
	enum error e = store_custodian_get(r->x->console->store, custodian, &who);
	if (e == OK)
		e = armor_text(REVEAL_REQUEST_KIND, data, size, &text);
	if (e != OK)
		return e;
	json_array_append_new(r->requests, json_pack("{s:i, s:s, s:s}", "custodian", (int)custodian, "name", who.name, "text", text));
	size_t before = r->all ? strlen(r->all) : 0;
	char *grown = realloc(r->all, before + strlen(text) + sizeof who.name + 8);
	if (!grown)
		return ERROR_MEMORY;
	r->all = grown;
	sprintf(r->all + before, "%s:\n%s\n", who.name, text);
	return OK;
}

static void finish(struct asking_reveal *r)
{
	http_answer(r->x, 200, r->answer);
	sodium_memzero(&r->ask, sizeof r->ask);
	free(r);
}

static void noted(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	(void)result; // the request stands; the note of its reason is for the history
	(void)text;
	(void)answer;
	finish(ctx);
}

// The reason, sealed, into the alert's history.
static void note(struct asking_reveal *r, struct session *s)
{
	uint8_t wire[ACTION_SIZE_MAX];
	size_t size = 0;
	if (queue_draw_action(&r->x->console->process.config, s->view, ACTION_NOTE, r->ask.alert_id, NULL, r->ask.reason, wire,
		    &size) == OK)
		link_action(r->x->console, wire, size, noted, r);
	else
		finish(r);
}

static void asked(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct asking_reveal *r = ctx;
	struct exchange *x = r->x;
	struct session *s = session_by_id(x->console, x->session_id);
	struct reveal_asked a;
	char words[WORDS_SIZE];
	if (result == OK && answer && s)
		result = reveal_asked_read(answer->payload, answer->size, &a);
	if (result == OK && s) {
		r->requests = json_array();
		result = reveal_draw_requests(&x->console->process.config, s->view, &r->ask, &a, r->handle, words, add_request, r);
	}
	if (result != OK || !s) {
		json_decref(r->requests);
		free(r->all);
		free(r);
		api_refused(x, s ? result : ERROR_CLOSED, text);
		return;
	}
	r->answer = json_pack("{s:I, s:o, s:o, s:i, s:s, s:o, s:s}", "id", (json_int_t)a.reveal_id, "opens_at",
		time_json(a.opens_at), "expires_at", time_json(a.until), "others", (int)a.others, "words", words, "requests",
		r->requests, "request", r->all ? r->all : "");
	free(r->all);
	r->all = NULL;
	note(r, s);
}

void api_reveal_ask(struct exchange *x)
{
	uint8_t payload[9 + REVEAL_REASON_SIZE];
	uint64_t id;
	const char *reason = http_text(x, "reason", REVEAL_REASON_SIZE - 1);
	if (!reason || !http_id(x, "alert_id", &id))
		return;
	struct asking_reveal *r = calloc(1, sizeof *r);
	BUG_IF(!r);
	r->x = x;
	r->ask = (struct reveal_ask){.alert_id = id, .emergency = json_is_true(json_object_get(x->in, "emergency"))};
	snprintf(r->ask.reason, sizeof r->ask.reason, "%s", reason);
	console_refresh(x->console);
	enum error e = reveal_draw_handle(x->session->view, id, r->handle);
	if (e != OK) {
		free(r);
		api_fail_alert(x, e);
		return;
	}
	http_wait(x);
	link_request(x->console, x->session->view, REQUEST_REVEAL, payload, reveal_ask_write(&r->ask, payload), asked, r);
}

// ---- opening ----------------------------------------------------------------------------------------------------------

struct opening {
	struct exchange *x;
	uint64_t id;
};

static void opened(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct opening *o = ctx;
	struct exchange *x = o->x;
	struct session *s = session_by_id(x->console, x->session_id);
	char number[CUSTODY_NUMBER_SIZE];
	if (result == OK && answer && s)
		result = reveal_draw_number(&x->console->process.config, s->view, o->id, answer->payload, answer->size, number);
	free(o);
	if (result != OK || !s) {
		api_refused(x, s ? result : ERROR_CLOSED, text);
		return;
	}
	http_answer(x, 200, json_pack("{s:s}", "number", number));
	sodium_memzero(number, sizeof number);
}

static bool put_approvals(struct exchange *x, struct bytes_writer *w)
{
	size_t i, n;
	json_t *v, *list = json_object_get(x->in, "approvals");
	bytes_put_u8(w, (uint8_t)json_array_size(list));
	json_array_foreach(list, i, v) {
		uint8_t data[REVEAL_APPROVAL_MAX + 64];
		cleanup_free char *text = json_string_value(v) ? strdup(json_string_value(v)) : NULL;
		if (!text || i == CUSTODY_MAX || armor_parse(text, REVEAL_APPROVAL_KIND, data, sizeof data, &n) != OK)
			return false;
		bytes_put_u16(w, (uint16_t)n);
		bytes_put(w, data, n);
	}
	return bytes_ok(w) && json_array_size(list) > 0;
}

void api_reveal_open(struct exchange *x)
{
	uint8_t payload[REQUEST_PAYLOAD_MAX];
	struct bytes_writer w;
	uint64_t id;
	if (!http_id(x, "id", &id))
		return;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u64(&w, id);
	if (!put_approvals(x, &w)) {
		http_fail(x, 400, "approvals", "Expected approvals as `tama custodian approve` makes them.");
		return;
	}
	struct opening *o = calloc(1, sizeof *o);
	BUG_IF(!o);
	*o = (struct opening){x, id};
	http_wait(x);
	link_request(x->console, x->session->view, REQUEST_REVEAL_OPEN, payload, w.at, opened, o);
}
