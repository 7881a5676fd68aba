// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The triage process: triage.c hears its peers and clients, triage_keys.c holds every secret, triage_work.c reads the
// spool in batches, triage_parts.c joins messages, triage_alert.c makes alerts, triage_action.c takes officers' steps.

#include "crypto/pseudonym.h"
#include "gateway/keyfile.h"
#include "gateway/notice.h"
#include "gateway/number.h"
#include "gateway/pad.h"
#include "gateway/process.h"
#include "gateway/spool.h"
#include "gateway/store_record.h"
#include "gateway/vault.h"
#include "rules/rule.h"
#include "rules/sheet_set.h"

#define TRIAGE_CLIENTS_MAX 64
#define TRIAGE_BATCH 256       // spool events in one transaction
#define CONTENT_KEYS_MAX 40
#define DEDUPE_DAYS_MAX 32
#define DATABASE_NAME "queue.db"

enum { TRIAGE_TIMER_WORK, TRIAGE_TIMER_STATE, TRIAGE_TIMER_PARTS, TRIAGE_TIMER_HOUSE, TRIAGE_TIMER_SEND,
	TRIAGE_TIMER_DEADLINE, TRIAGE_TIMER_NOTIFY };

struct content_key {
	uint64_t id;
	int64_t day;
	char queue[QUEUE_SIZE];
	uint8_t key[KEY_SIZE];
	bool fresh; // not committed yet: not in the vault, forgotten when the transaction fails
};

struct day_key {
	int64_t day;
	bool present;
	uint8_t key[KEY_SIZE];
};

// Who wants no contact, as long as the station lives (triage_stop.c). 20 bits of a keyed hash each: some hundred numbers
// of a country fit one of them.
#define STOPS_MAX 4096
struct triage_stops {
	bool loaded, has_key;
	bool lost;          // a list that cannot be read any more: everybody is on it until he says otherwise
	uint16_t count;
	uint8_t key[KEY_SIZE];
	uint32_t list[STOPS_MAX]; // ascending; the lowest bit: this one said that he may be written to
};

// The key of reporter codes, and who tried codes that were never given out (triage_reporter.c).
struct triage_guess {
	uint8_t who[TAG_SIZE], count;
};
struct triage_reporters {
	bool looked, has_key;
	uint8_t key[KEY_SIZE];
	struct triage_guess guesses[256];
	unsigned guess_turn, guesses_today;
	int64_t guess_day;
};

// How the newest texts were worded, to see one person behind several telephones (triage_voice.c).
#define VOICE_WORDS 24
#define VOICES_MAX 128
struct voice {
	int64_t at;
	uint64_t alert_id, incident;
	int place;
	bool vouched; // by a known reporter code: then it is known who speaks
	uint8_t who[TAG_SIZE], count;
	uint32_t words[VOICE_WORDS];
};
struct triage_voices {
	struct voice list[VOICES_MAX];
	size_t turn;
};

// All symmetric secrets in one guarded allocation, so that locking is one wipe.
struct triage_keys {
	uint8_t working[KEY_SIZE]; // wraps waiting parts and the spool position
	int64_t epoch;
	bool has_epoch;
	uint8_t epoch_key[KEY_SIZE];
	struct day_key outer, reply, series;
	struct day_key dedupe[DEDUPE_DAYS_MAX]; // at day % DEDUPE_DAYS_MAX
	uint8_t log_seed[AUDIT_SEED_SIZE], log_seed_before[AUDIT_SEED_SIZE]; // the second: of the last commit
	struct content_key contents[CONTENT_KEYS_MAX];
	size_t content_count;
	struct triage_stops stops;
	struct triage_reporters reporters;
	struct triage_voices voices;
	struct vault_item given[VAULT_ITEMS_MAX]; // by the keeper, until its END
	size_t given_count;
};

struct triage_client {
	int fd;
	bool watching;
};

struct triage_clock {
	bool started, suspended; // suspended: nothing is destroyed
	char why[96];
	int64_t wall, boot, remembered, off;
	unsigned agree, disagree; // messages in a row whose network time is ours, or far from it
};

struct triage_deadline {
	bool started;
	int64_t wall, boot; // when it was last looked
};

struct triage_drill { // the newest
	bool known;
	uint32_t id;
	int64_t from_at, to_at;
};

#define NOTIFY_WINDOW 1 // jobs of one target that the notify process has: so many may be sent again behind a power cut
struct triage_notify {
	int fd;             // -1: not there
	bool wait;          // jobs were made within this transaction
	uint64_t handed[CONFIG_TARGETS_MAX][NOTIFY_WINDOW];
	int64_t said_day[CONFIG_TARGETS_MAX], purged_day;
	char unknown[24];   // the last name that tama.conf does not have
	struct target_state states[CONFIG_TARGETS_MAX];
};

struct triage_canary {
	bool loaded, waiting, lost;
	int64_t sent_at, ok_at;
	uint8_t tag[16]; // of the word that is to come back
};

struct triage_sending {
	uint64_t id; // of the answer; 0: a free place
	unsigned modem;
};

struct triage_session {
	char officer[OFFICER_NAME_SIZE];
	bool duress;
	int64_t at; // seconds of the loop's clock
};

struct triage {
	struct process process;
	int intake, keeper, listening;
	int modems[CONFIG_MODEMS_MAX];   // -1: not there
	unsigned modem_turn;
	struct triage_sending sending[8];
	uint8_t send_tries[64];          // at id % 64
	struct triage_client clients[TRIAGE_CLIENTS_MAX];
	struct store *store;
	struct pads *pads;
	struct sheet *sheet;
	struct sheet_set sheets;       // older ones that are still read
	struct rules *rules;           // NULL with `sheet`: only while locked
	struct triage_rules *governed; // triage_rules.h
	struct secret *kek, *station; // NULL: locked
	struct secret *feed;          // signs what leaves for sections; NULL: not needed yet
	struct secret *station_old;   // while frames sealed to it are left
	bool seize_soon;              // a code came by SMS: behind this batch
	bool answers_wait;            // to be sent behind this batch
	struct triage_keys *keys;
	struct triage_series *series; // NULL: not read yet
	struct spool_reader *reader;
	uint64_t limit;               // frames up to here are durable
	uint64_t newest_alert, announced;
	struct seal_public custodians[CUSTODY_MAX];
	uint32_t custodian_ids[CUSTODY_MAX];
	unsigned custodian_count, threshold;
	int64_t unlocked_ms;          // loop_now_ms()
	struct audit_state audit, audit_before; // the second: of the last commit
	struct triage_session sessions[32];
	struct triage_clock clock;
	struct triage_drill drill;
	struct triage_deadline deadline;
	struct triage_notify notify;
	struct triage_canary canary;
	int64_t retention_day, expired_day, heads_day, trend_day; // the last that was looked after
	unsigned wrong_passphrases;   // since the last record
	struct state state;
};

static inline bool triage_is_locked(const struct triage *t)
{
	return !t->station;
}

// triage_keys.c
MUST_CHECK enum error triage_keys_create(struct triage_keys **out);
// From a passphrase (ERROR_FORGED: wrong) or from what the keeper gave (ERROR_NOT_FOUND: no KEK there).
MUST_CHECK enum error triage_unlock(struct triage *t, const char *passphrase, size_t length);
MUST_CHECK enum error triage_unlock_given(struct triage *t);
void triage_lock(struct triage *t);       // wipes; the keeper too
void triage_keys_to_vault(struct triage *t); // everything, to a fresh keeper
MUST_CHECK enum error triage_epoch_key(struct triage *t, int64_t now, const uint8_t **key);
// Keys of a day in files; ERROR_NOT_FOUND when there is none and `create` is false.
MUST_CHECK enum error triage_outer_key(struct triage *t, int64_t day, bool create, const uint8_t **key);
MUST_CHECK enum error triage_reply_key(struct triage *t, int64_t day, bool create, const uint8_t **key);
MUST_CHECK enum error triage_dedupe_key(struct triage *t, int64_t day, bool create, const uint8_t **key);
MUST_CHECK enum error triage_content_key(struct triage *t, const char *queue, int64_t day, struct content_key **out);
void triage_contents_committed(struct triage *t);
void triage_contents_forgotten(struct triage *t); // the transaction that made the fresh ones failed
void triage_contents_renew(struct triage *t);     // new content keys from now on
void triage_keys_expire(struct triage *t, int64_t now);
#define TRIAGE_SERIES_PREFIX "series"
MUST_CHECK enum error triage_series_key(struct triage *t, int64_t day, bool create, const uint8_t **key);
int64_t triage_dedupe_days(const struct triage *t);

// triage_origin.c
// Station and row, which what is wrapped for one row is bound to. Returns the size.
size_t triage_bind(const struct triage *t, uint64_t row, uint8_t out[static 24]);
MUST_CHECK enum error triage_origin_add(struct triage *t, uint64_t alert_id, const char *sender,
	const uint8_t *epoch_key, int64_t at, bool answerable, uint32_t reporter, bool counts);
// Whose code it bore (0: none), and whether what officers find out about the alert counts for him.
MUST_CHECK enum error triage_origin_reporter(struct triage *t, uint64_t alert_id, uint32_t *reporter, bool *counts);
MUST_CHECK enum error triage_origin_who(struct triage *t, uint64_t alert_id, uint8_t tag[static TAG_SIZE]);
// How many other alerts have the same sender, within the epoch of this one.
MUST_CHECK enum error triage_origin_others(struct triage *t, uint64_t alert_id, uint32_t *others);
// The newest alert of these two days of the sender, within the epoch, or with his reporter code (0: none). ERROR_NOT_FOUND: none, or not among the newest thousands.
MUST_CHECK enum error triage_origin_last(struct triage *t, const char *sender, uint32_t reporter, const uint8_t *epoch_key,
	int64_t at, uint64_t *alert_id);
// The number, to be handed to a modem and wiped. ERROR_NOT_FOUND: none is kept; ERROR_TIMEOUT: the window is closed.
// Not `answerable` (under duress): the station's own answer goes there as it would to anybody, no officer's does.
MUST_CHECK enum error triage_origin_number(struct triage *t, uint64_t alert_id, int64_t now,
	char number[static NUMBER_SIZE], bool *answerable);

// What stands for a sender in the database, sealed: the same for all of an epoch.
void triage_origin_tag(const char *sender, const uint8_t epoch_key[static KEY_SIZE], uint8_t who[static TAG_SIZE]);

// triage_incident.c: within a transaction
// One more report of the incident by `who` (triage_origin_tag, triage_origin_who) and the reporter code `code` (0: none);
// incident 0 is "all".
MUST_CHECK enum error triage_reporter_add(struct triage *t, uint64_t incident, const uint8_t who[static TAG_SIZE],
	uint32_t code, int64_t at, int *reporters, bool *known);
// The open incident of what the first reading says, or of neighbours across the border of its cercle, or the one into
// which an officer merged it, or a new one; 0: it is no alert, or says not where.
MUST_CHECK enum error triage_incident_join(struct triage *t, const struct reading_set *parsed, const uint8_t *epoch_key,
	int64_t at, uint64_t *incident);
// Everything of the first alert's incident, and what joins it later, belongs to the second's. ERROR_EXISTS: it does already.
MUST_CHECK enum error triage_incident_merge(struct triage *t, uint64_t alert_id, uint64_t into_alert, int64_t at);
// The alert becomes an incident of its own. ERROR_EXISTS: it is alone already.
MUST_CHECK enum error triage_incident_split(struct triage *t, uint64_t alert_id, int64_t at);

// triage_clock.c
bool triage_clock_check(struct triage *t, int64_t now); // whether something may be destroyed now
void triage_clock_network(struct triage *t, int64_t sent_at, int64_t received_at); // of each message
void triage_clock_settle(struct triage *t);             // what they said, outside a transaction

int64_t triage_boot_s(void); // the kernel's own count of time, which nobody sets

// triage_deadline.c
void triage_deadline_set(const struct triage *t, struct store_alert *row, int escalate_after_s); // of a new alert
// Whether the clock was set since the last time: then what waits is moved along. Outside a transaction; while unlocked.
void triage_deadline_look(struct triage *t);
void triage_deadline_arm(struct triage *t);   // the one timer, for the next that is due
void triage_deadline_begin(struct triage *t); // unlocked

// triage_retention.c
bool triage_retention(struct triage *t, int64_t now);   // once a day; true: there is more to destroy

MUST_CHECK enum error triage_epoch_end(struct triage *t); // now, whatever day it is

// triage_rotate.c
void triage_station_drained(struct triage *t); // outside a transaction: ends the old station key when it is not needed

// triage_reply.c
MUST_CHECK enum error triage_reply_add(struct triage *t, uint64_t alert_id, unsigned flags, const char *text,
	int64_t now); // within a transaction; the limits are the caller's
// The answer of the rules to an alert, within its transaction; not to a service, and not beyond the limits of replies.
MUST_CHECK enum error triage_acknowledge(struct triage *t, uint64_t alert_id, const char *text, bool flash, int64_t now);
// Any text to be sent; and one to a phone of the mission, which is no answer to anybody.
MUST_CHECK enum error triage_outbox_add(struct triage *t, uint64_t alert_id, unsigned flags,
	const uint8_t who[static STORE_TAG_SIZE], const char *text, int64_t now);
MUST_CHECK enum error triage_outbox_to(struct triage *t, const char *number, const char *text, int64_t now);
void triage_send_waiting(struct triage *t);
void triage_reply_sent(struct triage *t, uint64_t id, enum error result);
void triage_modem_gone(struct triage *t, unsigned modem); // what it had goes to another

// triage_stop.c: whoever asks for it is never written to again, in any epoch, until he asks for that
#define TRIAGE_STOP_KEY "stop"
bool triage_stop_has(struct triage *t, const char *number); // true also when the list cannot be read
MUST_CHECK enum error triage_stop_set(struct triage *t, const char *number, bool stop); // within a transaction
void triage_stop_forget(struct triage *t); // what is in memory; it is read again

// triage_voice.c
void triage_voice_of(const char *text, size_t size, struct voice *out); // its words; the rest is the caller's
// One of another handle and the same place that is nearly the same, minutes ago; NULL.
const struct voice *triage_voice_same(const struct triage *t, const struct voice *v);
void triage_voice_keep(struct triage *t, const struct voice *v);

// triage_drill.c
bool triage_drill_runs(struct triage *t, int64_t at);

// triage_canary.c: a text to ourselves, once a day, through modem, network and spool
void triage_canary(struct triage *t, int64_t now);      // looks whether one is due, or lost
bool triage_canary_heard(struct triage *t, const char *text, size_t size); // within a transaction: it is no alert

// triage_heads.c
void triage_heads(struct triage *t, int64_t now);       // once a day

// triage_seize.c
enum error triage_seize(struct triage *t, const char *how); // never gives up half-way; the worst that happened
bool triage_is_seize_code(struct triage *t, const char *text, size_t size); // takes it: a code is good once

// triage_rules.c
MUST_CHECK enum error triage_rules_load(struct triage *t); // at the start
void triage_rules_reload(struct triage *t);                // SIGHUP: a file with a mistake leaves what runs
MUST_CHECK enum error triage_rules_unlocked(struct triage *t); // what needed the keys; an error: nothing can be loaded

// triage_guard.c: what an alert may be, for those to whom it is referred later
MUST_CHECK enum error triage_guard_add(struct triage *t, uint64_t alert_id, unsigned guard);
MUST_CHECK enum error triage_guard_check(struct triage *t, uint64_t alert_id, const char *to, char why[static 240]);

// triage_parts.c
MUST_CHECK enum error triage_take_part(struct triage *t, struct spool_event *ev);
MUST_CHECK enum error triage_deliver_waiting(struct triage *t, const uint8_t tag[static STORE_TAG_SIZE]);

// triage_work.c
MUST_CHECK enum error triage_open_spool(struct triage *t); // at the position that the database holds
void triage_work(void *triage);                             // a batch, then again through the loop until all is done

// triage_audit.c: transactions, and the chain of records that is written with them
MUST_CHECK enum error triage_begin(struct triage *t);
MUST_CHECK enum error triage_commit(struct triage *t);
void triage_rollback(struct triage *t);
// With the KEK there: finds the end of the chain and its key. A database that is behind the key was put back: that is
// written down and reported, never repaired.
MUST_CHECK enum error triage_audit_open(struct triage *t);
// One record, within a transaction. Locked, nothing is written: OK, and the steps are written down at the next unlock.
__attribute__((format(printf, 4, 5))) MUST_CHECK enum error triage_audit(struct triage *t, const char *kind,
	const char *actor, const char *format, ...);
MUST_CHECK enum error triage_audit_steps(struct triage *t); // officers' steps that the chain does not have yet
MUST_CHECK enum error triage_audit_rotate(struct triage *t, const char *actor);
// One record in a transaction of its own, for what happens outside one; a failure is logged.
void triage_audit_now(struct triage *t, const char *kind, const char *actor, const char *detail);

// triage_action.c
enum error triage_act(struct triage *t, const void *data, size_t size, char why[static 240]);

// triage.c
MUST_CHECK enum error triage_load_custodians(struct triage *t);
void triage_tell_state(struct triage *t);
void triage_alerts_changed(struct triage *t);
