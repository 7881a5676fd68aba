// SPDX-License-Identifier: GPL-2.0-or-later
// Logging in and out. Whether a name is wrong or a password, nobody is told: not by words, not by time.
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/console/backoff.h"
#include "gateway/console/login.h"
#include "gateway/first_run.h"
#include "gateway/log.h"

struct attempt {
	struct exchange *exchange;
	char name[OFFICER_NAME_SIZE], device[DEVICE_TOKEN_SIZE], totp[16];
	struct view *view;
};

static void attempt_free(struct attempt *a)
{
	view_close(a->view);
	sodium_memzero(a, sizeof *a);
	free(a);
}

static const char *device_of(const struct attempt *a)
{
	return *a->device ? a->device : NULL;
}

static void refuse(struct console *c, struct attempt *a, const char *error, bool count)
{
	struct exchange *x = a->exchange;
	if (count)
		backoff_failed(c->backoff, x->address, a->name, device_of(a), loop_now_ms());
	int64_t wait = backoff_wait_s(c->backoff, x->address, a->name, device_of(a), loop_now_ms());
	json_t *o = json_pack("{s:s, s:s, s:I}", "error", error, "message",
		!strcmp(error, "totp") ? "The code of the authenticator is missing or wrong." :
					 "The name or the password is wrong.", "retry_after_s", (json_int_t)wait);
	log_warn("login refused: %s", error);
	http_answer(x, 401, o);
	attempt_free(a);
}

// ---- behind the password ----------------------------------------------------------------------------------------------

static void put_session(struct exchange *x, struct session *s, const char *token)
{
	char device[DEVICE_TOKEN_SIZE];
	http_answer(x, 200, session_json(x->console, s));
	http_cookie(x, SESSION_COOKIE, token, 0);
	backoff_device(x->console->backoff, s->name, device);
	http_cookie(x, DEVICE_COOKIE, device, 90 * 86400);
}

// The station was told (under duress it raises its silent alert there); whether it heard does not matter here.
static void told(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct attempt *a = ctx;
	struct exchange *x = a->exchange;
	struct console *c = x->console;
	struct session *s;
	char token[SESSION_TOKEN_SIZE], role[STORE_STATE_SIZE];
	(void)result;
	(void)text;
	(void)answer;
	enum error e = store_officer_role(c->store, a->name, role);
	if (e == OK)
		e = session_begin(c, a->view, role, x->address, token, &s);
	if (e == ERROR_NOT_FOUND) {
		refuse(c, a, "login", true);
		return;
	}
	if (e != OK) {
		http_fail(x, 503, "full", "Too many are logged in.");
		attempt_free(a);
		return;
	}
	a->view = NULL;
	backoff_passed(c->backoff, x->address, a->name, device_of(a));
	s->totp = totp_is_on(c, s->name);
	log_info("session=%llu officer=%s began", (unsigned long long)s->id, s->name);
	put_session(x, s, token);
	sodium_memzero(token, sizeof token);
	attempt_free(a);
}

static void unlocked(struct console *c, struct unlocking *j, void *ctx)
{
	struct attempt *a = ctx;
	enum error e = j->error;
	if (e == OK)
		e = view_take(&c->process.config, c->store, c->pads, &j->keys, j->under_duress, &a->view);
	if (e == ERROR_FORGED) {
		refuse(c, a, "login", true);
		return;
	}
	if (e != OK) {
		http_fail(a->exchange, 503, "memory", "The console has no memory left.");
		attempt_free(a);
		return;
	}
	if (!totp_check(c, a->view, a->totp)) {
		refuse(c, a, "totp", *a->totp);
		return;
	}
	link_request(c, a->view, REQUEST_SESSION, NULL, 0, told, a);
}

void login_hear(void *ctx, int fd, short revents)
{
	struct console *c = ctx;
	(void)fd;
	(void)revents;
	unlocker_hear(c->unlocker, c);
	http_run(c->http);
}

// ---- the request ----------------------------------------------------------------------------------------------------

enum error login_records(struct console *c, const char *name, struct unlocking *j)
{
	enum error e = officer_name_valid(name) ? store_officer_get(c->store, name, &j->record) : ERROR_NOT_FOUND;
	if (e == OK)
		e = store_officer_duress(c->store, name, &j->duress);
	if (e == ERROR_NOT_FOUND) {
		unlocker_decoy(c->unlocker, &j->record);
		j->duress = j->record;
		e = OK;
	}
	return e;
}

bool login_put(struct exchange *x, struct unlocking *j, unlocking_done *done, void *ctx)
{
	j->done = done;
	j->ctx = ctx;
	if (unlocker_put(x->console->unlocker, j) == OK) {
		http_wait(x);
		return true;
	}
	unlocking_free(j);
	http_fail(x, 503, "busy", "Many passwords are being checked: try again in a moment.");
	http_header(x, "Retry-After", "3");
	return false;
}

static void start(struct exchange *x, struct attempt *a, const char *password)
{
	struct unlocking *j = calloc(1, sizeof *j);
	BUG_IF(!j);
	if (login_records(x->console, a->name, j) != OK) {
		unlocking_free(j);
		attempt_free(a);
		http_fail(x, 503, "store", "The officers cannot be read now.");
		return;
	}
	snprintf(j->password, sizeof j->password, "%s", password);
	if (!login_put(x, j, unlocked, a))
		attempt_free(a);
}

void api_login(struct exchange *x)
{
	struct console *c = x->console;
	bool bad = false;
	const char *name = http_text(x, "name", 200), *password = name ? http_text(x, "password", 1000) : NULL;
	const char *totp = password ? http_text_optional(x, "totp", 15, &bad) : NULL;
	const char *device = http_request_cookie(x, DEVICE_COOKIE);
	if (!name || !password || bad)
		return;
	struct attempt *a = calloc(1, sizeof *a);
	if (!a) {
		http_fail(x, 503, "memory", "The console has no memory left.");
		return;
	}
	a->exchange = x;
	snprintf(a->name, sizeof a->name, "%s", strlen(name) < sizeof a->name ? name : "?");
	snprintf(a->totp, sizeof a->totp, "%s", totp ? totp : "");
	if (device && strlen(device) < sizeof a->device)
		snprintf(a->device, sizeof a->device, "%s", device);
	int64_t wait = backoff_wait_s(c->backoff, x->address, a->name, device_of(a), loop_now_ms());
	if (wait) {
		json_t *o = json_pack("{s:s, s:s, s:I}", "error", "login", "message",
			"Too many wrong passwords: wait a moment.", "retry_after_s", (json_int_t)wait);
		attempt_free(a);
		http_answer(x, 429, o);
		return;
	}
	start(x, a, password);
}

// ---- the first officer ------------------------------------------------------------------------------------------------

bool login_is_first_run(struct console *c)
{
	uint8_t kept[FIRST_RUN_SIZE];
	size_t size;
	int64_t made;
	if (store_meta_get(c->store, FIRST_RUN_NAME, kept, sizeof kept, &size) != OK || size != sizeof kept)
		return false;
	memcpy(&made, kept + 32, sizeof made);
	return (int64_t)time(NULL) - made < FIRST_RUN_VALID_S;
}

static void first_made(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct attempt *a = ctx;
	struct exchange *x = a->exchange;
	if (result == OK) {
		told(ctx, result, text, answer);
		return;
	}
	backoff_failed(x->console->backoff, x->address, "", NULL, loop_now_ms());
	http_fail(x, result == ERROR_CLOSED || result == ERROR_TIMEOUT ? 503 : 403, result == ERROR_LOCKED ? "locked" : "code",
		*text ? text : "The station did not take it.");
	attempt_free(a);
}

struct first {
	struct attempt *attempt;
	char code[32];
};

static void first_keys(struct console *c, struct unlocking *j, void *ctx)
{
	struct first *f = ctx;
	struct attempt *a = f->attempt;
	uint8_t payload[sizeof f->code + 2 * sizeof j->made];
	struct bytes_writer w;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, f->code, sizeof f->code);
	bytes_put(&w, &j->made, sizeof j->made);
	bytes_put(&w, &j->made_duress, sizeof j->made_duress);
	BUG_IF(!bytes_ok(&w));
	sodium_memzero(f, sizeof *f);
	free(f);
	if (j->error != OK || view_take(&c->process.config, c->store, c->pads, &j->keys, false, &a->view) != OK) {
		http_fail(a->exchange, 503, "memory", "The console has no memory left.");
		attempt_free(a);
		return;
	}
	link_request(c, a->view, REQUEST_FIRST_RUN, payload, w.at, first_made, a);
	sodium_memzero(payload, sizeof payload);
}

// Only at the machine itself, or through a tunnel to it: who reads the code over a shoulder is not enough.
static bool is_near(const struct exchange *x)
{
	return x->console->process.config.console_first_run_remote || !strncmp(x->address, "127.", 4) ||
	       !strcmp(x->address, "::1");
}

void api_first_run(struct exchange *x)
{
	const char *code = http_text(x, "code", 31), *name = code ? http_text(x, "name", OFFICER_NAME_SIZE - 1) : NULL;
	const char *password = name ? http_text(x, "password", 1000) : NULL;
	if (!password)
		return;
	if (!is_near(x) || !login_is_first_run(x->console)) {
		http_fail(x, 403, "code", "There is no first officer to be made here.");
		return;
	}
	if (backoff_wait_s(x->console->backoff, x->address, "", NULL, loop_now_ms())) {
		http_fail(x, 429, "often", "Too many wrong codes: wait a minute.");
		return;
	}
	if (!officer_name_valid(name)) {
		http_fail(x, 400, "name", "A name has no quotes, commas, slashes or tildes.");
		return;
	}
	if (!password_is_fit(x, password))
		return;
	struct unlocking *j = calloc(1, sizeof *j);
	struct first *f = calloc(1, sizeof *f);
	struct attempt *a = calloc(1, sizeof *a);
	BUG_IF(!j || !f || !a);
	j->kind = MAKE_OFFICER;
	snprintf(j->name, sizeof j->name, "%s", name);
	snprintf(j->fresh, sizeof j->fresh, "%s", password);
	snprintf(f->code, sizeof f->code, "%s", code);
	snprintf(a->name, sizeof a->name, "%s", name);
	a->exchange = x;
	f->attempt = a;
	if (!login_put(x, j, first_keys, f)) {
		attempt_free(a);
		free(f);
	}
}

void api_logout(struct exchange *x)
{
	session_end(x->console, x->session, SESSION_ENDED);
	x->session = NULL;
	http_answer(x, 200, json_pack("{s:b}", "ok", 1));
	http_cookie(x, SESSION_COOKIE, "", 0);
}
