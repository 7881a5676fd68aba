// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/queue_draw.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"

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
	const struct config *config;
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
		&r->public.seal, g->config->station_id, g->action->alert_id, g->key, one->sealed);
	if (g->error == OK)
		g->action->grant_count++;
	return g->error == OK;
}

static enum error put_note(const struct config *c, struct action *a, const uint8_t key[static KEY_SIZE], const char *note)
{
	cleanup_free uint8_t *sealed = NULL;
	size_t size;
	enum error e =
		alert_text_seal(key, c->station_id, a->alert_id, "note", note, strlen(note), &sealed, &size);
	if (e == OK && size > ACTION_NOTE_MAX)
		return ERROR_TOO_LARGE;
	if (e == OK) {
		memcpy(a->note, sealed, size);
		a->note_size = (uint16_t)size;
	}
	return e;
}

static enum error draw_up(const struct config *c, struct view *view, struct action *a, const char *note)
{
	struct alert_opening o = {.view = view};
	enum error e = store_alert_get(view_store(view), a->alert_id, open_key, &o);
	if (e == OK)
		e = o.error;
	if (e == OK && note)
		e = put_note(c, a, o.text_key, note);
	struct granting g = {c, a, o.key, OK};
	if (e == OK && a->kind == ACTION_REFER)
		e = store_officers_of(view_store(view), a->detail, grant, &g);
	if (e == OK)
		e = g.error;
	sodium_memzero(&o, sizeof o);
	return e;
}

enum error queue_draw_action(const struct config *c, struct view *view, enum action_kind kind, uint64_t id,
	const char *detail, const char *note, uint8_t wire[static ACTION_SIZE_MAX], size_t *size)
{
	cleanup_free struct action *a = calloc(1, sizeof *a);
	if (!a)
		return ERROR_MEMORY;
	a->kind = kind;
	a->alert_id = id;
	a->at = (int64_t)time(NULL);
	memcpy(a->officer, view_keys(view)->public.name, sizeof a->officer);
	if (detail && strlen(detail) >= sizeof a->detail)
		return ERROR_ARGUMENT;
	if (detail)
		memcpy(a->detail, detail, strlen(detail));
	enum error e = draw_up(c, view, a, note);
	if (e == OK)
		*size = action_sign(view_keys(view), c->station_id, a, wire);
	return e;
}

// The answer in clear goes to the station over its own socket, to be handed to a modem; for the history it is sealed.
enum error queue_draw_reply(const struct config *c, struct view *view, uint64_t id, bool flash, const char *text,
	uint8_t payload[static QUEUE_REPLY_MAX], size_t *size)
{
	cleanup_free uint8_t *note = NULL;
	struct alert_opening o = {.view = view};
	struct bytes_writer w;
	size_t sealed = 0;
	enum error e = store_alert_get(view_store(view), id, open_key, &o);
	if (e == OK)
		e = o.error;
	if (e == OK)
		e = alert_text_seal(o.text_key, c->station_id, id, "note", text, strlen(text), &note, &sealed);
	sodium_memzero(&o, sizeof o);
	if (e != OK)
		return e;
	bytes_writer_init(&w, payload, QUEUE_REPLY_MAX);
	bytes_put_u64(&w, id);
	bytes_put_u8(&w, flash ? SEND_FLASH : 0);
	bytes_put_text(&w, text, SEND_TEXT_SIZE);
	bytes_put_u16(&w, (uint16_t)sealed);
	bytes_put(&w, note, sealed);
	*size = w.at;
	return bytes_ok(&w) ? OK : ERROR_TOO_LARGE;
}
