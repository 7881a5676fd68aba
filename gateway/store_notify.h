// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Who is still to be told of what. Nothing here says more of an alert than its row does in clear.

#include "gateway/store.h"

struct store_notify {
	uint64_t id, alert_id;        // the id is never given twice
	char target[STORE_QUEUE_SIZE], queue[STORE_QUEUE_SIZE];
	unsigned step, what, severity, alerts, escalated; // step: of who is on call
	int64_t at, due_at;
};
MUST_CHECK enum error store_notify_add(struct store *s, const struct store_notify *n);
// Adds to one that is not due yet; *joined false: there is none.
MUST_CHECK enum error store_notify_join(struct store *s, const struct store_notify *n, bool *joined);
MUST_CHECK enum error store_notify_last(struct store *s, const char *target, unsigned step, int64_t *due_at); // ERROR_NOT_FOUND
// The oldest that are due, at most `most`.
MUST_CHECK enum error store_notify_due(struct store *s, const char *target, int64_t now, size_t most, struct store_notify *out,
	size_t *count);
MUST_CHECK enum error store_notify_next(struct store *s, int64_t now, int64_t *at); // behind now; ERROR_NOT_FOUND
MUST_CHECK enum error store_notify_done(struct store *s, uint64_t id, const char *state); // sent, failed
MUST_CHECK enum error store_notify_waiting(struct store *s, const char *target, int64_t *count);
MUST_CHECK enum error store_notify_purge(struct store *s, int64_t before);
