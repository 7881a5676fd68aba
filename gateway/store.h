// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The queue as verbs. All SQL stands in store_*.c; it holds ciphertext and coarse routing columns. Written by
// triage alone; officers' programs read. Every call is within the caller's transaction.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/custody.h"
#include "crypto/officer.h"

#define STORE_QUEUE_SIZE 24
#define STORE_STATE_SIZE 16
#define STORE_TAG_SIZE 16

struct store; // opaque

struct store_alert {
	uint64_t id;
	int64_t day;                      // days since 1970
	char queue[STORE_QUEUE_SIZE], oversight[STORE_QUEUE_SIZE];
	char state[STORE_STATE_SIZE];
	char assignee[OFFICER_NAME_SIZE];
	int severity;
	uint64_t incident;                // 0: none
	int reporters, verdict;           // of the incident, now
	uint64_t key_id, oversight_key_id;
	char outcome[STORE_STATE_SIZE];   // of a closed one
	int64_t closed_day;
	bool expired;                     // its retention ended: that it existed is left, not what it said
	char notify[STORE_QUEUE_SIZE];    // the target that its rules name; empty: none
	int64_t deadline_at, ack_s;       // acknowledged until then, so long behind its arrival; 0: none
	int64_t escalate_at;              // the next time while nobody acknowledges; 0: no more
	int escalated;                    // how often it was
	int64_t escalated_at;             // the last time
	const void *body, *oversight_wrap; // borrowed for the call; the wrap is the alert's key under oversight's
	size_t body_size, oversight_wrap_size;
};

// ERROR_NOT_FOUND: no file; ERROR_VERSION: of another version; ERROR_OUTDATED: of an older one, and `write` is false;
// ERROR_LOCKED: busy for long; ERROR_IO.
MUST_CHECK enum error store_create(const char *path);
MUST_CHECK enum error store_open(const char *path, bool write, struct store **out);
void store_close(struct store *s);
// A consistent copy into PATH (which must not be there) while others write, without what only this station's keys open
// and without what it has seen: senders, answers, waiting parts, the place in the spool.
MUST_CHECK enum error store_copy(struct store *s, const char *path);
const char *store_why(const struct store *s); // the last failure, for a log: holds no content

MUST_CHECK enum error store_begin(struct store *s);
MUST_CHECK enum error store_commit(struct store *s);
void store_rollback(struct store *s);

// Small values by name. ERROR_NOT_FOUND.
MUST_CHECK enum error store_meta_put(struct store *s, const char *name, const void *data, size_t size);
MUST_CHECK enum error store_meta_get(struct store *s, const char *name, void *out, size_t room, size_t *size);

// Alerts. add gives the next id into a->id beforehand through store_next_alert.
MUST_CHECK enum error store_next_alert(struct store *s, uint64_t *id);
MUST_CHECK enum error store_alert_add(struct store *s, const struct store_alert *a);
MUST_CHECK enum error store_alert_get(struct store *s, uint64_t id, bool (*row)(void *ctx, const struct store_alert *a),
	void *ctx); // ERROR_NOT_FOUND
struct store_filter {
	const char *queue, *state; // NULL: all
	bool open_only, arrival_order;
	uint64_t after_id;
	int64_t since_day;
};
// Most urgent first: severity, then the oldest. `row` returns false to stop. ERROR_MALFORMED: a page of the database is
// broken; `row` has had all that can still be read.
MUST_CHECK enum error store_alert_list(struct store *s, const struct store_filter *f,
	bool (*row)(void *ctx, const struct store_alert *a), void *ctx);
MUST_CHECK enum error store_alert_step(struct store *s, uint64_t id, const char *state, const char *assignee,
	const char *queue); // NULL: unchanged; ERROR_NOT_FOUND
MUST_CHECK enum error store_alert_close(struct store *s, uint64_t id, const char *outcome, int64_t day);

// Deadlines of alerts that nobody has acknowledged: those whose time has come, the earliest first.
struct store_late {
	uint64_t id;
	int severity, escalated;
	char queue[STORE_QUEUE_SIZE], notify[STORE_QUEUE_SIZE];
};
MUST_CHECK enum error store_late_list(struct store *s, int64_t now, size_t most, struct store_late *out, size_t *count);
MUST_CHECK enum error store_late_next(struct store *s, int64_t *at); // ERROR_NOT_FOUND
MUST_CHECK enum error store_late_count(struct store *s, int64_t *count); // escalated, and still not acknowledged
MUST_CHECK enum error store_escalate(struct store *s, uint64_t id, int64_t at, int64_t next_at); // once more; 0: the last
MUST_CHECK enum error store_deadlines_shift(struct store *s, int64_t by_s); // the clock was set
MUST_CHECK enum error store_deadlines_renew(struct store *s, int64_t now);  // each has its whole time again

MUST_CHECK enum error store_alert_count(struct store *s, uint64_t *count);

// The end of retention. Those that came before that day and have not expired, oldest first; ids and routing alone.
struct store_due {
	uint64_t id;
	int64_t day;
	char queue[STORE_QUEUE_SIZE], outcome[STORE_STATE_SIZE];
};
MUST_CHECK enum error store_alert_due(struct store *s, int64_t before_day,
	bool (*row)(void *ctx, const struct store_due *a), void *ctx);
// Empties the row, its notes, grants, identity, shares and origin; that it was there stays.
MUST_CHECK enum error store_alert_expire(struct store *s, uint64_t id);
// Seals of content keys older than that day of which no alert is left.
MUST_CHECK enum error store_content_keys_purge(struct store *s, int64_t before_day);
MUST_CHECK enum error store_shrink(struct store *s); // the journal into the database, and cut; outside a transaction

// The steps of officers, each signed.
struct store_step {
	uint64_t id, alert_id;
	int64_t at;
	char officer[OFFICER_NAME_SIZE], action[16], detail[32];
	const void *body; // sealed note, may be empty
	size_t body_size;
	uint8_t signature[SIGNATURE_SIZE];
};
MUST_CHECK enum error store_step_add(struct store *s, const struct store_step *step); // ERROR_EXISTS: a replay
MUST_CHECK enum error store_step_list(struct store *s, uint64_t alert_id,
	bool (*row)(void *ctx, const struct store_step *step), void *ctx);

MUST_CHECK enum error store_step_list_after(struct store *s, uint64_t after_id,
	bool (*row)(void *ctx, const struct store_step *step), void *ctx);

// Content keys: one a queue and day (or restart), sealed to each officer of the queue.
MUST_CHECK enum error store_content_key_add(struct store *s, const char *queue, int64_t day, uint64_t *id);
MUST_CHECK enum error store_content_key_find(struct store *s, uint64_t id, char queue[static STORE_QUEUE_SIZE],
	int64_t *day);
MUST_CHECK enum error store_content_seal_add(struct store *s, uint64_t key_id, const char *officer, const void *sealed,
	size_t size);
MUST_CHECK enum error store_content_seal_put(struct store *s, uint64_t key_id, const char *officer, const void *sealed,
	size_t size); // replaces
MUST_CHECK enum error store_content_seal_get(struct store *s, uint64_t key_id, const char *officer, void *out,
	size_t room, size_t *size);

MUST_CHECK enum error store_content_seals_drop(struct store *s, const char *officer, const char *queue); // NULL: all
// Each content key of the queue since that day, oldest first.
MUST_CHECK enum error store_content_keys(struct store *s, const char *queue, int64_t since_day,
	bool (*row)(void *ctx, uint64_t id, int64_t day), void *ctx);

// An alert's key sealed to one officer to whom it was referred.
MUST_CHECK enum error store_grant_add(struct store *s, uint64_t alert_id, const char *officer, const void *sealed,
	size_t size);
MUST_CHECK enum error store_grant_get(struct store *s, uint64_t alert_id, const char *officer, void *out, size_t room,
	size_t *size);

// People.
// An officer has two records: his own, and one that opens with a password for duress (random when he chose none, so
// that nobody can tell who did). ERROR_EXISTS: the name is taken, also by one who was revoked.
MUST_CHECK enum error store_officer_add(struct store *s, const struct officer_record *r,
	const struct officer_record *duress, const char *role);
// ERROR_NOT_FOUND, also when revoked. `duress` may be NULL.
MUST_CHECK enum error store_officer_get(struct store *s, const char *name, struct officer_record *out);
MUST_CHECK enum error store_officer_duress(struct store *s, const char *name, struct officer_record *out);
MUST_CHECK enum error store_officer_role(struct store *s, const char *name, char out[static STORE_STATE_SIZE]);
MUST_CHECK enum error store_officer_replace(struct store *s, const struct officer_record *r,
	const struct officer_record *duress); // ERROR_NOT_FOUND
MUST_CHECK enum error store_officer_grant(struct store *s, const char *name, const char *queue);
MUST_CHECK enum error store_officer_ungrant(struct store *s, const char *name, const char *queue); // NULL: all
MUST_CHECK enum error store_officer_revoke(struct store *s, const char *name);
MUST_CHECK enum error store_officers(struct store *s, bool (*row)(void *ctx, const struct officer_public *p,
	const char *role, const char *queues, bool revoked), void *ctx); // queues: separated by commas
MUST_CHECK enum error store_officer_may(struct store *s, const char *name, const char *queue, bool *may);
MUST_CHECK enum error store_officers_of(struct store *s, const char *queue,
	bool (*row)(void *ctx, const struct officer_record *r), void *ctx);
MUST_CHECK enum error store_duress_of(struct store *s, const char *queue,
	bool (*row)(void *ctx, const struct officer_record *r), void *ctx); // the records for duress
MUST_CHECK enum error store_custodian_add(struct store *s, uint32_t id, const struct officer_public *p);
MUST_CHECK enum error store_custodian_revoke(struct store *s, uint32_t id); // ERROR_NOT_FOUND
MUST_CHECK enum error store_custodian_get(struct store *s, uint32_t id, struct officer_public *out);
// Those in office, by id.
MUST_CHECK enum error store_custodians(struct store *s, uint32_t *ids, struct officer_public *out, size_t room,
	size_t *count);

// Identities and their shares.
MUST_CHECK enum error store_identity_add(struct store *s, uint64_t alert_id, int64_t expires_at, int64_t outer_day,
	const uint8_t record[static CUSTODY_IDENTITY_SIZE]);
MUST_CHECK enum error store_identity_get(struct store *s, uint64_t alert_id, int64_t *expires_at, int64_t *outer_day,
	uint8_t record[static CUSTODY_IDENTITY_SIZE]);
MUST_CHECK enum error store_share_add(struct store *s, uint64_t alert_id, uint32_t custodian, const void *sealed,
	size_t size);
MUST_CHECK enum error store_share_get(struct store *s, uint64_t alert_id, uint32_t custodian, void *out, size_t room,
	size_t *size);
// The custodians that hold a share of this alert, by id; ERROR_TOO_LARGE.
MUST_CHECK enum error store_share_holders(struct store *s, uint64_t alert_id, uint32_t *ids, size_t room, size_t *count);

// Blind tags: an SMS seen, a waiting part, an incident, its reporters.
MUST_CHECK enum error store_seen_has(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], bool *found);
MUST_CHECK enum error store_seen_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t day);
MUST_CHECK enum error store_seen_purge(struct store *s, int64_t before_day);
struct store_part {
	uint8_t tag[STORE_TAG_SIZE];
	int index, total;
	int64_t first_at;
	const void *body;
	size_t body_size;
};
MUST_CHECK enum error store_part_add(struct store *s, const struct store_part *p); // ERROR_EXISTS: that index is there
MUST_CHECK enum error store_parts(struct store *s, const uint8_t tag[static STORE_TAG_SIZE],
	bool (*row)(void *ctx, const struct store_part *p), void *ctx); // ascending index
MUST_CHECK enum error store_parts_drop(struct store *s, const uint8_t tag[static STORE_TAG_SIZE]);
// The oldest waiting message not younger than `before`; ERROR_NOT_FOUND.
MUST_CHECK enum error store_parts_overdue(struct store *s, int64_t before, uint8_t tag[static STORE_TAG_SIZE]);
MUST_CHECK enum error store_parts_waiting(struct store *s, uint64_t *count);
// Series of early warning: a blind tag and what triage sealed.
MUST_CHECK enum error store_series_put(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], const void *body,
	size_t size); // replaces
MUST_CHECK enum error store_series_list(struct store *s,
	bool (*row)(void *ctx, const uint8_t tag[static STORE_TAG_SIZE], const void *body, size_t size), void *ctx);
MUST_CHECK enum error store_series_drop(struct store *s); // all
MUST_CHECK enum error store_incident_find(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t since,
	uint64_t *id); // ERROR_NOT_FOUND
MUST_CHECK enum error store_incident_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t now,
	uint64_t *id);
// That an incident was at this place, by a blind tag: for what is told from across a border.
MUST_CHECK enum error store_incident_at_find(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t since,
	uint64_t *id); // ERROR_NOT_FOUND
MUST_CHECK enum error store_incident_at_put(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], uint64_t id,
	int64_t now);
// Its alerts, oldest first. `row` returns false when it has no memory left: ERROR_MEMORY.
MUST_CHECK enum error store_incident_alerts(struct store *s, uint64_t incident, bool (*row)(void *ctx, uint64_t alert_id),
	void *ctx);
MUST_CHECK enum error store_alert_move(struct store *s, uint64_t alert_id, uint64_t incident);
// All alerts of one into the other; the reporters are the caller's to count again.
MUST_CHECK enum error store_incident_merge(struct store *s, uint64_t from, uint64_t into);
MUST_CHECK enum error store_reporters_drop(struct store *s, uint64_t incident);
// One more report, by the tag of a handle and, where it had one (else NULL), of a reporter's code. *reporters counts the
// distinct persons: whom a code joins are one. *known: no new one. Incident 0 is "all".
MUST_CHECK enum error store_reporter_add(struct store *s, uint64_t incident, const uint8_t tag[static STORE_TAG_SIZE],
	const uint8_t *code, int64_t now, int *reporters, bool *known);
// What officers found out about the incident, from the outcomes of its alerts. 0 is none, which is fine.
enum { VERDICT_NONE, VERDICT_CONFIRMED, VERDICT_FALSE };
MUST_CHECK enum error store_incident_judge(struct store *s, uint64_t incident);
