// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What logging in needs beyond console.h.

#include "gateway/console/console.h"
#include "gateway/console/unlocker.h"

void login_hear(void *console, int fd, short revents); // the unlocker has something
// The records of an officer, or of nobody: the job takes as long.
MUST_CHECK enum error login_records(struct console *c, const char *name, struct unlocking *j);
// Takes the job; false: answered already, the job is freed, ctx is the caller's.
bool login_put(struct exchange *x, struct unlocking *j, unlocking_done *done, void *ctx);
bool password_is_fit(struct exchange *x, const char *password); // answers when it is not
json_t *session_json(struct console *c, const struct session *s);

// totp.c: time-based codes (RFC 6238) of officers who chose to have them
MUST_CHECK enum error totp_create(struct totp **out);
void totp_destroy(struct totp *t);
bool totp_is_on(struct console *c, const char *name);
// True when this officer has none, or the code is right and was not used before.
bool totp_check(struct console *c, struct view *v, const char *code);
