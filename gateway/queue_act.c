// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cmd_queue.h"

struct alert_opening {
	struct view *view;
	enum error error;
	uint8_t key[KEY_SIZE], text_key[KEY_SIZE];
};

static bool open_key(void *ctx, const struct store_alert *a)
{
	struct alert_opening *o = ctx;
	o->error = view_alert_key(o->view, a, o->key);
	if (o->error == OK)
		o->error = view_text_key(o->view, a, o->text_key);
	return true;
}

struct granting {
	struct queue_call *call;
	struct action *action;
	const uint8_t *key;
	enum error error;
};

// Who may see the other queue gets the key of this one alert, sealed here: the station never sees it again.
static bool grant(void *ctx, const struct officer_record *r)
{
	struct granting *g = ctx;
	if (g->action->grant_count == ACTION_GRANTS_MAX) {
		g->error = ERROR_FULL;
		return false;
	}
	struct action_grant *one = &g->action->grants[g->action->grant_count];
	memcpy(one->officer, r->public.name, sizeof one->officer);
	g->error = alert_grant_seal(
		&r->public.seal, g->call->cli->config.station_id, g->action->alert_id, g->key, one->sealed);
	if (g->error == OK)
		g->action->grant_count++;
	return g->error == OK;
}

static enum error put_note(struct queue_call *q, struct action *a, const uint8_t key[static KEY_SIZE], const char *note)
{
	cleanup_free uint8_t *sealed = NULL;
	size_t size;
	enum error e =
		alert_text_seal(key, q->cli->config.station_id, a->alert_id, "note", note, strlen(note), &sealed, &size);
	if (e == OK && size > ACTION_NOTE_MAX)
		return ERROR_TOO_LARGE;
	if (e == OK) {
		memcpy(a->note, sealed, size);
		a->note_size = (uint16_t)size;
	}
	return e;
}

static enum error draw_up(struct queue_call *q, struct action *a, const char *note)
{
	struct alert_opening o = {.view = q->view};
	enum error e = store_alert_get(view_store(q->view), a->alert_id, open_key, &o);
	if (e == OK)
		e = o.error;
	if (e == OK && note)
		e = put_note(q, a, o.text_key, note);
	struct granting g = {q, a, o.key, OK};
	if (e == OK && a->kind == ACTION_REFER)
		e = store_officers_of(view_store(q->view), a->detail, grant, &g);
	if (e == OK)
		e = g.error;
	sodium_memzero(&o, sizeof o);
	return e;
}

int queue_act(struct queue_call *q, enum action_kind kind, uint64_t id, const char *detail, const char *note)
{
	cleanup_free struct action *a = calloc(1, sizeof *a);
	uint8_t wire[ACTION_SIZE_MAX];
	if (!a)
		return EXIT_CANNOT;
	a->kind = kind;
	a->alert_id = id;
	a->at = (int64_t)time(NULL);
	memcpy(a->officer, view_keys(q->view)->public.name, sizeof a->officer);
	if (detail && strlen(detail) >= sizeof a->detail)
		return cli_usage(q->cli, "a name has at most 31 characters");
	if (detail)
		memcpy(a->detail, detail, strlen(detail));
	enum error e = draw_up(q, a, note);
	if (e == ERROR_TOO_LARGE)
		return cli_usage(q->cli, "the text is too long: at most 3,500 octets");
	if (e != OK)
		return queue_explain(e, id);
	size_t size = action_sign(view_keys(q->view), q->cli->config.station_id, a, wire);
	int status = cli_request(q->cli, MESSAGE_ACTION, wire, size);
	if (q->quiet)
		return status;
	if (status == EXIT_DONE && !q->cli->json)
		printf("alert %llu: %s\n", (unsigned long long)id, action_name(kind));
	else if (status == EXIT_DONE)
		printf("{\"id\": %llu, \"action\": \"%s\"}\n", (unsigned long long)id, action_name(kind));
	return status;
}

// The answer in clear goes to the station over its own socket, to be handed to a modem; for the history it is sealed.
int queue_reply(struct queue_call *q, uint64_t id, const char *text)
{
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	cleanup_free uint8_t *note = NULL;
	uint8_t payload[9 + SEND_TEXT_SIZE + 2 + ACTION_NOTE_MAX];
	struct alert_opening o = {.view = q->view};
	struct bytes_writer w;
	size_t size = 0;
	enum error e = store_alert_get(view_store(q->view), id, open_key, &o);
	if (e == OK)
		e = o.error;
	if (e == OK)
		e = alert_text_seal(o.text_key, q->cli->config.station_id, id, "note", text, strlen(text), &note, &size);
	sodium_memzero(&o, sizeof o);
	if (e != OK || !a)
		return queue_explain(e, id);
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u64(&w, id);
	bytes_put_u8(&w, q->flash ? SEND_FLASH : 0);
	bytes_put_text(&w, text, SEND_TEXT_SIZE);
	bytes_put_u16(&w, (uint16_t)size);
	bytes_put(&w, note, size);
	if (!bytes_ok(&w))
		return cli_usage(q->cli, "the answer is too long: at most 639 octets");
	int status = cli_ask(q->cli, q->view, REQUEST_REPLY, payload, w.at, a);
	if (status == EXIT_DONE)
		printf(q->cli->json ? "{\"id\": %llu, \"action\": \"reply\"}\n" : "alert %llu: the answer waits for a modem\n",
			(unsigned long long)id);
	return status;
}
