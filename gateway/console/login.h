// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What logging in needs beyond console.h.

#include "gateway/console/console.h"
#include "gateway/console/unlocker.h"

void login_hear(void *console, int fd, short revents); // the unlocker has something
json_t *session_json(struct console *c, const struct session *s);

// totp.c: time-based codes (RFC 6238) of officers who chose to have them
bool totp_is_on(struct console *c, const char *name);
// True when this officer has none, or the code is right and was not used before.
bool totp_check(struct console *c, struct view *v, const char *code);
