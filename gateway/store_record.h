// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The rest of the store: the audit chain, reveals, senders of alerts and replies to them, one-time codes. Written by
// triage alone, within its transactions.

#include "crypto/audit.h"
#include "gateway/store.h"

// The audit chain, records as crypto/audit.h writes them.
MUST_CHECK enum error store_audit_add(struct store *s, uint64_t seq, const void *record, size_t size);
MUST_CHECK enum error store_audit_last(struct store *s, void *out, size_t room, size_t *size); // ERROR_NOT_FOUND
MUST_CHECK enum error store_audit_list(struct store *s, uint64_t after_seq,
	bool (*row)(void *ctx, uint64_t seq, const void *record, size_t size), void *ctx);

#define STORE_WRAPPED_MAX 128

// Whose an alert is: a tag of the sender within his epoch, and for the reply window his number; both wrapped.
struct store_origin {
	uint64_t alert_id;
	int64_t day;
	uint8_t who[STORE_WRAPPED_MAX], number[STORE_WRAPPED_MAX];
	size_t who_size, number_size; // number_size 0: no reply possible
};
MUST_CHECK enum error store_origin_add(struct store *s, const struct store_origin *o);
MUST_CHECK enum error store_origin_get(struct store *s, uint64_t alert_id, struct store_origin *out);
MUST_CHECK enum error store_origin_list(struct store *s, int64_t since_day,
	bool (*row)(void *ctx, const struct store_origin *o), void *ctx); // newest first
MUST_CHECK enum error store_origin_close(struct store *s, int64_t before_day); // forgets the numbers of older days
MUST_CHECK enum error store_origin_drop(struct store *s);                      // forgets all

// Replies on their way. The text is wrapped and emptied once it is sent.
struct store_reply {
	uint64_t id, alert_id;
	int64_t at;
	unsigned flags, parts;
	uint8_t who[STORE_TAG_SIZE];
	char state[STORE_STATE_SIZE]; // waiting, sent, failed, stopped
	const void *body;
	size_t body_size;
};
MUST_CHECK enum error store_reply_add(struct store *s, const struct store_reply *r, uint64_t *id);
MUST_CHECK enum error store_reply_waiting(struct store *s, bool (*row)(void *ctx, const struct store_reply *r), void *ctx);
MUST_CHECK enum error store_reply_done(struct store *s, uint64_t id, const char *state); // empties the text
MUST_CHECK enum error store_reply_stop(struct store *s);                                 // all that wait
// Since `since`: messages to this sender, and parts to all.
MUST_CHECK enum error store_reply_count(struct store *s, const uint8_t who[static STORE_TAG_SIZE], int64_t since,
	int64_t *to_who, int64_t *parts);

struct store_reveal {
	uint64_t id, alert_id;
	char officer[OFFICER_NAME_SIZE], state[STORE_STATE_SIZE]; // asked, opened
	int64_t at, opens_at, expires_at;
	bool emergency;
	uint8_t session[STORE_WRAPPED_MAX]; // the one-time key, wrapped
	size_t session_size;
	uint8_t public[SEAL_PUBLIC_SIZE];
};
MUST_CHECK enum error store_reveal_add(struct store *s, const struct store_reveal *r, uint64_t *id);
MUST_CHECK enum error store_reveal_get(struct store *s, uint64_t id, struct store_reveal *out); // ERROR_NOT_FOUND
MUST_CHECK enum error store_reveal_done(struct store *s, uint64_t id, const char *state);       // forgets the key
MUST_CHECK enum error store_reveal_count(struct store *s, int64_t since, bool emergency, int64_t *count);

// Tags of one-time codes; take removes one. ERROR_NOT_FOUND.
MUST_CHECK enum error store_code_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE]);
MUST_CHECK enum error store_code_take(struct store *s, const uint8_t tag[static STORE_TAG_SIZE]);
MUST_CHECK enum error store_codes_drop(struct store *s);

// Exercises: when, who ordered them, where (sealed). Newest first; `row` returns false to stop.
struct store_drill {
	uint32_t id;
	int64_t from_at, to_at; // Unix seconds, the second exclusive
	char officer[OFFICER_NAME_SIZE];
	const void *body;
	size_t body_size;
};
MUST_CHECK enum error store_drill_add(struct store *s, const struct store_drill *d);
MUST_CHECK enum error store_drill_end(struct store *s, uint32_t id, int64_t to_at);
MUST_CHECK enum error store_drills(struct store *s, bool (*row)(void *ctx, const struct store_drill *d), void *ctx);
