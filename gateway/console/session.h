// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Who is logged in: a random token in a cookie, of which only a hash is kept; the officer's unlocked keys. Looking a
// token up takes the same time whatever it is.

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/queue_view.h"

#define SESSIONS_MAX 512
#define SESSION_COOKIE "__Host-tama"
#define SESSION_TOKEN_SIZE 44 // base64url of 32 octets, and a NUL

struct console;
struct sessions;

struct session {
	uint64_t id; // 0: a free place
	uint8_t tag[32];
	char csrf[SESSION_TOKEN_SIZE];
	struct view *view;
	char name[OFFICER_NAME_SIZE], role[STORE_STATE_SIZE], address[48];
	bool totp, totp_begun;
	uint8_t totp_secret[20]; // chosen, not confirmed yet
	int64_t since, seen;         // Unix seconds, for people
	int64_t active_ms, begun_ms; // loop_now_ms()
	struct reader *reader; // what the officer has read; of the officer, not of the session
	unsigned streams;
	uint64_t on; // the alert that is open in the page
	double tokens; // requests left, see session_allow
	int64_t tokens_ms;
};

enum session_end { SESSION_ENDED, SESSION_IDLE, SESSION_RESTART };

MUST_CHECK enum error sessions_create(struct sessions **out);
void sessions_destroy(struct console *c);
// Takes the view. ERROR_FULL.
MUST_CHECK enum error session_begin(struct console *c, struct view *view, const char *role, const char *address,
	char token[static SESSION_TOKEN_SIZE], struct session **out);
// NULL, and why: a session that ended in this process, or one that it does not know.
struct session *session_find(struct console *c, const char *token, enum session_end *why);
struct session *session_by_id(struct console *c, uint64_t id);
bool session_check_csrf(const struct session *s, const char *csrf);
bool session_allow(struct session *s); // false: too many requests
void session_end(struct console *c, struct session *s, enum session_end why);
void sessions_tick(struct console *c); // idle and revoked ones end
struct session *session_next(struct console *c, const struct session *after); // NULL: from the first, after the last
unsigned session_role(const char *role); // ROLE_OF_…, 0
