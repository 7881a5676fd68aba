// SPDX-License-Identifier: GPL-2.0-or-later
// An officer's own password, and the officers of the station.
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/console/login.h"

#define PASSWORD_MIN 10
#define QUEUES_MAX 32

// ---- asking triage ----------------------------------------------------------------------------------------------------

struct asked {
	struct exchange *x;
	void (*done)(struct exchange *x, bool ok);
};

void api_refused(struct exchange *x, enum error result, const char *text)
{
	bool away = result == ERROR_CLOSED || result == ERROR_TIMEOUT;
	http_fail(x, away ? 503 : 409, away ? "away" : result == ERROR_LOCKED ? "locked" : "refused",
		text && *text ? text : error_text(result));
}

static void asked_done(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct asked *a = ctx;
	struct exchange *x = a->x;
	(void)answer;
	if (a->done)
		a->done(x, result == OK);
	free(a);
	if (result == OK)
		http_answer(x, 200, json_pack("{s:b, s:s}", "ok", 1, "message", text ? text : ""));
	else
		api_refused(x, result, text);
}

void api_ask(struct exchange *x, enum request_verb verb, const void *payload, size_t size,
	void (*done)(struct exchange *x, bool ok))
{
	struct session *s = session_by_id(x->console, x->session_id);
	if (!s) {
		http_fail(x, 401, "login", "The session has ended.");
		return;
	}
	struct asked *a = calloc(1, sizeof *a);
	BUG_IF(!a);
	*a = (struct asked){x, done};
	if (!x->waiting)
		http_wait(x);
	link_request(x->console, s->view, verb, payload, size, asked_done, a);
}

struct unlocking *api_unlocking(struct exchange *x, const char *password)
{
	struct unlocking *j = calloc(1, sizeof *j);
	BUG_IF(!j);
	snprintf(j->password, sizeof j->password, "%s", password);
	if (login_records(x->console, x->session->name, j) == OK)
		return j;
	unlocking_free(j);
	http_fail(x, 503, "store", "The officers cannot be read now.");
	return NULL;
}

// ---- password ---------------------------------------------------------------------------------------------------------

bool password_is_fit(struct exchange *x, const char *password)
{
	if (strlen(password) >= PASSWORD_MIN || x->console->process.config.demo)
		return true;
	http_fail(x, 400, "short", "A password has at least ten characters.");
	return false;
}

// Whoever else is logged in with the old one is not any more.
static void end_others(struct exchange *x, bool ok)
{
	struct session *mine = session_by_id(x->console, x->session_id);
	for (struct session *s = NULL; mine && ok && (s = session_next(x->console, s));)
		if (s != mine && !strcmp(s->name, mine->name))
			session_end(x->console, s, SESSION_ENDED);
}

static void rewrapped(struct console *c, struct unlocking *j, void *ctx)
{
	struct exchange *x = ctx;
	uint8_t payload[2 * sizeof j->made];
	(void)c;
	if (j->error != OK) {
		http_fail(x, j->error == ERROR_FORGED ? 403 : 503, "password", "The old password is wrong.");
		return;
	}
	memcpy(payload, &j->made, sizeof j->made);
	memcpy(payload + sizeof j->made, &j->made_duress, sizeof j->made_duress);
	api_ask(x, REQUEST_USER_PASSWD, payload, sizeof payload, end_others);
}

void api_password(struct exchange *x)
{
	bool bad = false;
	const char *old = http_text(x, "old", 1000), *fresh = old ? http_text(x, "new", 1000) : NULL;
	const char *duress = fresh ? http_text_optional(x, "duress", 1000, &bad) : NULL;
	if (!fresh || bad || !password_is_fit(x, fresh) || (duress && !password_is_fit(x, duress)))
		return;
	if (duress && !strcmp(duress, fresh)) {
		http_fail(x, 400, "same", "The two passwords must differ.");
		return;
	}
	struct unlocking *j = api_unlocking(x, old);
	if (!j)
		return;
	j->kind = UNLOCK_AND_REWRAP;
	snprintf(j->fresh, sizeof j->fresh, "%s", fresh);
	snprintf(j->fresh_duress, sizeof j->fresh_duress, "%s", duress ? duress : "");
	login_put(x, j, rewrapped, x);
}

// ---- people -----------------------------------------------------------------------------------------------------------

struct listing {
	struct console *console;
	json_t *list;
};

static bool list_one(void *ctx, const struct officer_public *p, const char *role, const char *queues, bool revoked)
{
	struct listing *l = ctx;
	json_t *names = json_array();
	for (const char *q = queues; q && *q;) {
		size_t n = strcspn(q, ",");
		json_array_append_new(names, json_stringn(q, n));
		q += n + (q[n] == ',');
	}
	json_array_append_new(l->list, json_pack("{s:s, s:s, s:o, s:b, s:b}", "name", p->name, "role", role, "queues", names,
					       "revoked", revoked, "totp", totp_is_on(l->console, p->name)));
	return true;
}

void api_people(struct exchange *x)
{
	struct listing l = {x->console, json_array()};
	if (store_officers(x->console->store, list_one, &l) == OK) {
		http_answer(x, 200, l.list);
		return;
	}
	json_decref(l.list);
	http_fail(x, 503, "store", "The officers cannot be read now.");
}

// Adds, then grants one queue after the other.
struct adding {
	struct exchange *x;
	char name[OFFICER_NAME_SIZE], role[16];
	char queues[QUEUES_MAX][STORE_QUEUE_SIZE];
	size_t count, at;
};

static void add_next(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct adding *a = ctx;
	struct exchange *x = a->x;
	struct session *s = session_by_id(x->console, x->session_id);
	uint8_t payload[OFFICER_NAME_SIZE + STORE_QUEUE_SIZE];
	struct bytes_writer w;
	(void)answer;
	if (result != OK || !s) {
		api_refused(x, s ? result : ERROR_CLOSED, text);
	} else if (a->at < a->count) {
		bytes_writer_init(&w, payload, sizeof payload);
		bytes_put_text(&w, a->name, OFFICER_NAME_SIZE);
		bytes_put_text(&w, a->queues[a->at++], STORE_QUEUE_SIZE);
		link_request(x->console, s->view, REQUEST_USER_GRANT, payload, w.at, add_next, a);
		return;
	} else {
		http_answer(x, 200, json_pack("{s:b}", "ok", 1));
	}
	free(a);
}

static void made(struct console *c, struct unlocking *j, void *ctx)
{
	struct adding *a = ctx;
	struct session *s = session_by_id(c, a->x->session_id);
	uint8_t payload[sizeof a->role + 2 * sizeof j->made];
	struct bytes_writer w;
	if (j->error != OK || !s) {
		http_fail(a->x, 503, "memory", "This cannot be done now.");
		free(a);
		return;
	}
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, a->role, sizeof a->role);
	bytes_put(&w, &j->made, sizeof j->made);
	bytes_put(&w, &j->made_duress, sizeof j->made_duress);
	link_request(c, s->view, REQUEST_USER_ADD, payload, w.at, add_next, a);
}

static bool read_queues(struct exchange *x, struct adding *a)
{
	size_t i;
	json_t *v, *list = json_object_get(x->in, "queues");
	json_array_foreach(list, i, v) {
		const char *q = json_string_value(v);
		if (!q || !*q || strlen(q) >= STORE_QUEUE_SIZE || i == QUEUES_MAX) {
			http_fail(x, 400, "queues", "\"queues\" must be a list of names of queues.");
			return false;
		}
		snprintf(a->queues[a->count++], STORE_QUEUE_SIZE, "%s", q);
	}
	return true;
}

void api_people_add(struct exchange *x)
{
	const char *name = http_text(x, "name", OFFICER_NAME_SIZE - 1), *role = name ? http_text(x, "role", 15) : NULL;
	const char *password = role ? http_text(x, "password", 1000) : NULL;
	if (!password || !password_is_fit(x, password))
		return;
	if (!officer_name_valid(name) || !session_role(role)) {
		http_fail(x, 400, "name", "A name has no quotes, commas, slashes or tildes; a role is one of the four.");
		return;
	}
	struct adding *a = calloc(1, sizeof *a);
	struct unlocking *j = calloc(1, sizeof *j);
	BUG_IF(!a || !j);
	a->x = x;
	snprintf(a->name, sizeof a->name, "%s", name);
	snprintf(a->role, sizeof a->role, "%s", role);
	j->kind = MAKE_OFFICER;
	snprintf(j->name, sizeof j->name, "%s", name);
	snprintf(j->fresh, sizeof j->fresh, "%s", password);
	if (!read_queues(x, a))
		unlocking_free(j);
	else if (login_put(x, j, made, a))
		return;
	free(a);
}

static void change_queue(struct exchange *x, enum request_verb verb, bool queue)
{
	uint8_t payload[OFFICER_NAME_SIZE + STORE_QUEUE_SIZE];
	struct bytes_writer w;
	const char *name = http_text(x, "name", OFFICER_NAME_SIZE - 1);
	const char *which = name && queue ? http_text(x, "queue", STORE_QUEUE_SIZE - 1) : "";
	if (!name || !which)
		return;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, name, OFFICER_NAME_SIZE);
	bytes_put_text(&w, which, STORE_QUEUE_SIZE);
	api_ask(x, verb, payload, w.at, NULL);
}

void api_people_grant(struct exchange *x)
{
	change_queue(x, REQUEST_USER_GRANT, true);
}

void api_people_ungrant(struct exchange *x)
{
	change_queue(x, REQUEST_USER_REVOKE, true);
}

void api_people_revoke(struct exchange *x)
{
	change_queue(x, REQUEST_USER_REVOKE, false);
}
