// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/queue_view.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/pad.h"
#include "gateway/reading_json.h"
#include "rules/grade.h"

#define CACHE_SIZE 64

struct cached_key {
	uint64_t id;
	enum error result;
	uint8_t key[KEY_SIZE];
};

struct view {
	const struct config *config;
	struct store *store;
	struct pads *pads;
	struct officer_keys keys;
	bool duress, borrowed; // borrowed: the store and the pads belong to somebody else
	struct cached_key *cache; // guarded, at id % CACHE_SIZE
};

// Both are tried, always: the time tells nobody which one it was.
static enum error unlock_either(struct view *v, const struct officer_record *record, const struct officer_record *duress,
	const char *password)
{
	struct officer_keys second;
	enum error e = officer_unlock(record, password, strlen(password), &v->keys);
	enum error under = officer_unlock(duress, password, strlen(password), &second);
	if (e == ERROR_FORGED && under == OK) {
		v->keys = second;
		v->duress = true;
		return OK;
	}
	officer_keys_finish(&second);
	return e;
}

bool view_is_duress(const struct view *v)
{
	return v->duress;
}

enum error view_open(const struct config *c, const char *officer, const char *password, struct view **out)
{
	char path[600];
	struct officer_record record, duress;
	struct view *v = calloc(1, sizeof *v);
	if (!v)
		return ERROR_MEMORY;
	v->config = c;
	v->cache = sodium_allocarray(CACHE_SIZE, sizeof *v->cache);
	enum error e = v->cache ? store_open(config_file(c, "queue.db", path), false, &v->store) : ERROR_MEMORY;
	if (e == OK) {
		e = pads_open(c, false, &v->pads);
		e = e == ERROR_NOT_FOUND ? OK : e; // before the first alert
	}
	if (e == OK) {
		sodium_memzero(v->cache, CACHE_SIZE * sizeof *v->cache);
		e = store_officer_get(v->store, officer, &record);
		if (e == OK)
			e = store_officer_duress(v->store, officer, &duress);
		e = e == ERROR_NOT_FOUND ? ERROR_FORGED : e;
	}
	if (e == OK)
		e = unlock_either(v, &record, &duress, password);
	if (e != OK) {
		view_close(v);
		return e;
	}
	*out = v;
	return OK;
}

enum error view_take(const struct config *c, struct store *store, struct pads *pads, struct officer_keys *keys,
	bool duress, struct view **out)
{
	struct view *v = calloc(1, sizeof *v);
	if (v)
		v->cache = sodium_allocarray(CACHE_SIZE, sizeof *v->cache);
	if (!v || !v->cache) {
		free(v);
		officer_keys_finish(keys);
		return ERROR_MEMORY;
	}
	sodium_memzero(v->cache, CACHE_SIZE * sizeof *v->cache);
	v->config = c;
	v->store = store;
	v->pads = pads;
	v->keys = *keys;
	v->duress = duress;
	v->borrowed = true;
	*keys = (struct officer_keys){0};
	*out = v;
	return OK;
}

void view_pads(struct view *v, struct pads *pads)
{
	BUG_IF(!v->borrowed);
	v->pads = pads;
}

void view_close(struct view *v)
{
	if (!v)
		return;
	officer_keys_finish(&v->keys);
	if (v->cache)
		sodium_free(v->cache);
	if (!v->borrowed) {
		store_close(v->store);
		pads_close(v->pads);
	}
	free(v);
}

const struct officer_keys *view_keys(const struct view *v)
{
	return &v->keys;
}

bool view_is_partial(const struct view *v)
{
	return !v->duress;
}

struct store *view_store(struct view *v)
{
	return v->store;
}

enum error view_content_key(struct view *v, uint64_t id, uint8_t key[static KEY_SIZE])
{
	uint8_t sealed[ALERT_KEY_SEALED];
	char queue[STORE_QUEUE_SIZE];
	int64_t day;
	size_t size;
	enum error e = store_content_key_find(v->store, id, queue, &day);
	if (e == OK)
		e = store_content_seal_get(v->store, id, v->keys.public.name, sealed, sizeof sealed, &size);
	if (e == OK)
		e = content_key_open(v->keys.seal, v->config->station_id, id, queue, sealed, size, key);
	return e;
}

static enum error content_key(struct view *v, uint64_t id, const uint8_t **key)
{
	struct cached_key *c = &v->cache[id % CACHE_SIZE];
	if (id == 0)
		return ERROR_NOT_FOUND;
	if (c->id != id) {
		c->id = id;
		c->result = view_content_key(v, id, c->key);
	}
	*key = c->key;
	return c->result;
}

enum error view_alert_key(struct view *v, const struct store_alert *a, uint8_t key[static KEY_SIZE])
{
	const uint8_t *content;
	uint8_t sealed[ALERT_KEY_SEALED];
	char name[DURESS_NAME_SIZE];
	const char *own = v->duress ? duress_name(v->keys.public.name, name) : v->keys.public.name;
	size_t size;
	enum error e = v->duress ? ERROR_NOT_FOUND : content_key(v, a->key_id, &content);
	if (e == OK) {
		alert_key(content, a->id, key);
		return OK;
	}
	if (e == ERROR_NOT_FOUND && !v->duress) {
		e = content_key(v, a->oversight_key_id, &content);
		if (e == OK)
			e = alert_key_unwrap(content, v->config->station_id, a->id, a->oversight_wrap,
				a->oversight_wrap_size, key);
	}
	if (e == ERROR_NOT_FOUND) {
		e = store_grant_get(v->store, a->id, own, sealed, sizeof sealed, &size);
		if (e == OK)
			e = alert_grant_open(v->keys.seal, v->config->station_id, a->id, sealed, size, key);
	}
	return e == ERROR_NOT_FOUND ? ERROR_REFUSED : e;
}

// Admiralty code: the source as it was known when the alert came, the information as it is known now.
static json_t *grade(const json_t *o, const struct store_alert *a)
{
	const char *source = json_string_value(json_object_get(json_object_get(o, "source"), "grade"));
	enum grade_verdict verdict = (enum grade_verdict)a->verdict;
	if (!strcmp(a->outcome, "confirmed") || !strcmp(a->outcome, "false"))
		verdict = *a->outcome == 'c' ? GRADE_CONFIRMED : GRADE_FALSE;
	const char text[3] = {source ? *source : 'F', grade_information(a->incident ? a->reporters : 1, verdict), 0};
	return json_string(text);
}

bool view_is_overdue(const struct store_alert *a)
{
	return a->deadline_at && !strcmp(a->state, "new") && (int64_t)time(NULL) >= a->deadline_at;
}

static void put_columns(json_t *o, const struct store_alert *a)
{
	int reporters = a->incident ? a->reporters : 1;
	json_object_set_new(o, "id", json_integer((json_int_t)a->id));
	json_object_set_new(o, "queue", json_string(a->queue));
	json_object_set_new(o, "oversight", *a->oversight ? json_string(a->oversight) : json_null());
	json_object_set_new(o, "state", json_string(a->state));
	json_object_set_new(o, "outcome", *a->outcome ? json_string(a->outcome) : json_null());
	json_object_set_new(o, "assignee", *a->assignee ? json_string(a->assignee) : json_null());
	json_object_set_new(o, "severity", json_integer(a->severity));
	json_object_set_new(o, "incident", a->incident ? json_integer((json_int_t)a->incident) : json_null());
	json_object_set_new(o, "reporters", json_integer(reporters));
	json_object_set_new(o, "grade", grade(o, a));
	json_object_set_new(o, "deadline_at", a->deadline_at ? time_json(a->deadline_at) : json_null());
	json_object_set_new(o, "overdue", json_boolean(view_is_overdue(a)));
	json_object_set_new(o, "escalated", json_integer(a->escalated));
	json_object_set_new(o, "escalated_at", a->escalated_at ? time_json(a->escalated_at) : json_null());
}

static void wiped_free(char *text)
{
	if (text)
		sodium_memzero(text, strlen(text));
	free(text);
}

enum error view_text_key(struct view *v, const struct store_alert *a, uint8_t key[static KEY_SIZE])
{
	uint8_t own[KEY_SIZE], pad[KEY_SIZE];
	enum error e = view_alert_key(v, a, own);
	if (e == OK)
		e = v->pads ? pads_get(v->pads, a->id, pad) : ERROR_NOT_FOUND;
	if (e == OK)
		alert_mix(own, pad, key);
	sodium_memzero(own, sizeof own);
	return e;
}

// What is left when the retention has ended: that there was an alert, and how it ended.
static json_t *trace(const struct store_alert *a)
{
	json_t *o = json_object();
	static const char *const gone[] = {"sent_at", "handle", "event", "place", "area", "count", "text"};
	json_object_set_new(o, "received_at", time_json(a->day * 86400));
	for (size_t i = 0; i < ARRAY_LENGTH(gone); i++)
		json_object_set_new(o, gone[i], json_null());
	json_object_set_new(o, "flags", json_pack("[s]", "expired"));
	json_object_set_new(o, "rules", json_array());
	return o;
}

enum error view_alert(struct view *v, const struct store_alert *a, json_t **out)
{
	uint8_t key[KEY_SIZE];
	char *text = NULL;
	if (a->expired) {
		*out = trace(a);
		put_columns(*out, a);
		return OK;
	}
	enum error e = view_text_key(v, a, key);
	if (e == OK)
		e = alert_text_open(key, v->config->station_id, a->id, "body", a->body, a->body_size, &text);
	sodium_memzero(key, sizeof key);
	if (e != OK)
		return e;
	*out = json_loads(text, 0, NULL);
	wiped_free(text);
	if (!*out)
		return ERROR_MALFORMED;
	put_columns(*out, a);
	return OK;
}

struct history {
	struct view *view;
	const uint8_t *key;
	json_t *list;
};

static bool add_step(void *ctx, const struct store_step *s)
{
	struct history *h = ctx;
	char *note = NULL;
	enum error e = s->body_size ? alert_text_open(h->key, h->view->config->station_id, s->alert_id, "note", s->body,
					      s->body_size, &note) :
				      OK;
	json_t *o = json_pack("{s:o, s:s, s:s, s:s}", "at", time_json(s->at), "officer", s->officer, "action",
		s->action, "detail", s->detail);
	json_object_set_new(o, "note",
		e != OK ? json_string("(this note cannot be opened)") : note ? json_string(note) : json_null());
	json_array_append_new(h->list, o);
	wiped_free(note);
	return true;
}

enum error view_history(struct view *v, const struct store_alert *a, json_t **out)
{
	uint8_t key[KEY_SIZE] = {0};
	enum error e = a->expired ? OK : view_text_key(v, a, key);
	if (e != OK)
		return e;
	struct history h = {v, key, json_array()};
	e = store_step_list(v->store, a->id, add_step, &h);
	sodium_memzero(key, sizeof key);
	*out = h.list;
	return e;
}
