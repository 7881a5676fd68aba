// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The console's channel to triage: one signed message at a time, its answer, and CHANGED in between. What is asked while
// triage restarts waits for it.

#include "gateway/message.h"
#include "gateway/request.h"
#include "gateway/queue_view.h"

struct console;
struct ask;

// `result` is triage's; ERROR_CLOSED: it went away, whether it was done is not known; ERROR_TIMEOUT: it does not answer.
// `answer` is there for a MESSAGE_REQUEST that was answered.
typedef void link_answer(void *ctx, enum error result, const char *text, const struct answer *answer);

struct link {
	int fd; // -1: triage is away
	unsigned owed; // answers of what was given up
	struct ask *first, *last;
	bool sent;       // the first one
	bool locked;     // as triage last said it
	int64_t gone_ms; // since when it is away
};

void link_take(struct console *c, int fd);
void link_tick(struct console *c);
void link_stop(struct console *c); // everything is answered ERROR_CLOSED
// An officer's step; a request. The answer comes through the loop, never at once.
void link_action(struct console *c, const void *wire, size_t size, link_answer *done, void *ctx);
// Waits for the answer here, for what is asked seldom and in several steps, and answered at once. ERROR_TIMEOUT after
// three seconds.
MUST_CHECK enum error link_ask_now(struct console *c, struct view *v, enum request_verb verb, const void *payload,
	size_t size, struct answer *out);
// The same of a request that is signed already.
MUST_CHECK enum error link_send_now(struct console *c, const void *wire, size_t size, struct answer *out);
void link_request(struct console *c, struct view *v, enum request_verb verb, const void *payload, size_t size,
	link_answer *done, void *ctx);
