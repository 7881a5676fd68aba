// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One page of the queue, as the console shows it: most urgent first, found by index however many alerts there are.

#include "gateway/store.h"

#define STORE_PAGE_MAX 256

struct store_page {
	const char *officer;    // whose queues; the name for duress: what was granted to it alone
	bool duress;
	const char *queue;      // NULL: all of them
	const char *state;      // NULL: all; with a state, or `all`, closed ones too
	int severity;           // 0: all
	bool all;
	int after_severity;     // 0: from the beginning
	uint64_t after_id;
	size_t limit;           // at most STORE_PAGE_MAX
};
struct store_key {
	int severity;
	uint64_t id;
};
// The next ones in their order: severity, then the oldest. Fewer than `limit`: there are no more.
MUST_CHECK enum error store_alert_page(struct store *s, const struct store_page *p, struct store_key *out, size_t *count);

// How many alerts of a queue (by itself or as its oversight) are in a state, by severity; kept by the database.
struct store_tally {
	char queue[STORE_QUEUE_SIZE], oversight[STORE_QUEUE_SIZE], state[STORE_STATE_SIZE];
	int severity;
	int64_t count;
};
MUST_CHECK enum error store_alert_tally(struct store *s, const char *officer,
	bool (*row)(void *ctx, const struct store_tally *t), void *ctx);
// Of those that came since, and of those that somebody did something with; ids, oldest first, at most `room`.
MUST_CHECK enum error store_alerts_since(struct store *s, uint64_t after_id, uint64_t *out, size_t room, size_t *count);
MUST_CHECK enum error store_steps_since(struct store *s, uint64_t *after_step, uint64_t *out, size_t room, size_t *count);
MUST_CHECK enum error store_last_step(struct store *s, uint64_t *id);
