// SPDX-License-Identifier: GPL-2.0-or-later
// Logging in and out. Whether a name is wrong or a password, nobody is told: not by words, not by time.
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/backoff.h"
#include "gateway/console/login.h"
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

static void unlocked(struct console *c, struct attempt *a, struct unlocking *j)
{
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
	struct unlocking *j;
	void *a;
	(void)fd;
	(void)revents;
	while ((j = unlocker_done(c->unlocker, &a))) {
		unlocked(c, a, j);
		officer_keys_finish(&j->keys);
		sodium_memzero(j, sizeof *j);
		free(j);
	}
	http_run(c->http);
}

// ---- the request ----------------------------------------------------------------------------------------------------

static enum error find_records(struct console *c, const char *name, struct unlocking *j)
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

static void start(struct exchange *x, struct attempt *a, const char *password)
{
	struct console *c = x->console;
	struct unlocking *j = calloc(1, sizeof *j);
	enum error e = j ? find_records(c, a->name, j) : ERROR_MEMORY;
	if (e == OK) {
		snprintf(j->password, sizeof j->password, "%s", password);
		e = unlocker_put(c->unlocker, j, a);
	}
	if (e == OK) {
		http_wait(x);
		return;
	}
	if (j)
		sodium_memzero(j, sizeof *j);
	free(j);
	attempt_free(a);
	http_fail(x, 503, "busy", "Many are logging in at once: try again in a moment.");
	http_header(x, "Retry-After", "3");
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

void api_logout(struct exchange *x)
{
	session_end(x->console, x->session, SESSION_ENDED);
	x->session = NULL;
	http_answer(x, 200, json_pack("{s:b}", "ok", 1));
	http_cookie(x, SESSION_COOKIE, "", 0);
}
