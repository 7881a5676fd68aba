// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/logkey.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_trend.h"
#include "gateway/triage_reporter.h"

#define STEP_NAME "audit_step"
#define RATCHET_MAX 4096     // records in one transaction, at most

// ---- transactions -------------------------------------------------------------------------------------------------

enum error triage_begin(struct triage *t)
{
	t->audit_before = t->audit;
	memcpy(t->keys->log_seed_before, t->keys->log_seed, AUDIT_SEED_SIZE);
	return store_begin(t->store);
}

enum error triage_commit(struct triage *t)
{
	enum error e = triage_trend_write(t);
	if (e == OK)
		e = pads_sync(t->pads); // an alert without its pad could not be read
	if (e == OK)
		e = store_commit(t->store);
	if (e != OK)
		return e;
	triage_contents_committed(t);
	if (t->newest_alert != t->announced)
		triage_alerts_changed(t);
	t->announced = t->newest_alert;
	if (t->audit.seq == t->audit_before.seq)
		return OK;
	// The key file follows the database; behind it, it is stepped on at the next unlock.
	if (logkey_write(&t->process.config, t->kek, t->audit.seq + 1, t->keys->log_seed) != OK)
		log_error("keys/log cannot be written: %m");
	t->audit_before = t->audit;
	sodium_memzero(t->keys->log_seed_before, AUDIT_SEED_SIZE);
	return OK;
}

void triage_rollback(struct triage *t)
{
	store_rollback(t->store);
	triage_contents_forgotten(t);
	triage_stop_forget(t);
	t->drill.known = false;
	triage_trend_forget(t);
	t->audit = t->audit_before;
	memcpy(t->keys->log_seed, t->keys->log_seed_before, AUDIT_SEED_SIZE);
}

// ---- records ------------------------------------------------------------------------------------------------------

static enum error append(struct triage *t, struct audit_record *r, const uint8_t next_seed[static AUDIT_SEED_SIZE])
{
	uint8_t record[AUDIT_RECORD_MAX];
	r->at = (int64_t)time(NULL);
	audit_public(next_seed, r->next);
	size_t size = audit_append(&t->audit, t->process.config.station_id, t->keys->log_seed, r, record);
	memcpy(t->keys->log_seed, next_seed, AUDIT_SEED_SIZE);
	return store_audit_add(t->store, t->audit.seq, record, size);
}

enum error triage_audit(struct triage *t, const char *kind, const char *actor, const char *format, ...)
{
	struct audit_record r = {0};
	uint8_t next[AUDIT_SEED_SIZE];
	va_list ap;
	if (triage_is_locked(t))
		return OK;
	snprintf(r.kind, sizeof r.kind, "%s", kind);
	snprintf(r.actor, sizeof r.actor, "%s", actor);
	va_start(ap, format);
	int n = vsnprintf(r.detail, sizeof r.detail, format, ap);
	va_end(ap);
	r.size = (uint16_t)(n < (int)sizeof r.detail ? n : (int)sizeof r.detail - 1);
	memcpy(next, t->keys->log_seed, sizeof next);
	audit_seed_next(next);
	enum error e = append(t, &r, next);
	sodium_memzero(next, sizeof next);
	return e;
}

void triage_audit_now(struct triage *t, const char *kind, const char *actor, const char *detail)
{
	if (triage_is_locked(t))
		return;
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, kind, actor, "%s", detail);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("audit kind=%s cannot be written: %s", kind, error_text(e));
		triage_rollback(t);
	}
}

// The new seed is on disk before the record that names it, so that no crash can lose the chain's key.
enum error triage_audit_rotate(struct triage *t, const char *actor)
{
	struct audit_record r = {.kind = "log-rotated"};
	struct secret *fresh = NULL;
	snprintf(r.actor, sizeof r.actor, "%s", actor);
	enum error e = secret_random(AUDIT_SEED_SIZE, &fresh);
	if (e == OK)
		e = keyfile_write(&t->process.config, t->kek, KEYFILE_LOG_NEXT, fresh);
	if (e == OK)
		e = append(t, &r, secret_view(fresh));
	secret_destroy(fresh);
	return e;
}

struct steps {
	struct triage *t;
	enum error error;
	uint64_t last;
};

static bool write_step(void *ctx, const struct store_step *step)
{
	struct steps *s = ctx;
	char signature[17];
	sodium_bin2hex(signature, sizeof signature, step->signature, 8);
	s->error = triage_audit(s->t, "step", step->officer, "alert=%llu step=%s%s%s signature=%s",
		(unsigned long long)step->alert_id, step->action, *step->detail ? " to=" : "", step->detail, signature);
	s->last = step->id;
	if (s->error == OK && !strcmp(step->action, "close")) // here also what was closed while the station was locked
		s->error = triage_source_judge(s->t, step->alert_id, step->detail);
	return s->error == OK;
}

enum error triage_audit_steps(struct triage *t)
{
	struct steps s = {.t = t};
	size_t size;
	if (triage_is_locked(t))
		return OK;
	enum error e = store_meta_get(t->store, STEP_NAME, &s.last, sizeof s.last, &size);
	uint64_t before = s.last;
	if (e == OK || e == ERROR_NOT_FOUND)
		e = store_step_list_after(t->store, s.last, write_step, &s);
	if (e == OK)
		e = s.error;
	if (e == OK && s.last != before)
		e = store_meta_put(t->store, STEP_NAME, &s.last, sizeof s.last);
	return e;
}

// ---- the end of the chain -----------------------------------------------------------------------------------------

static bool fits(const struct triage *t)
{
	uint8_t public[AUDIT_PUBLIC_SIZE];
	audit_public(t->keys->log_seed, public);
	return memcmp(public, t->audit.expected, sizeof public) == 0;
}

// `unread`: the database does not say where it ends, which says nothing about the chain.
static enum error find_end(struct triage *t, bool *unread)
{
	uint8_t record[AUDIT_RECORD_MAX];
	struct audit_record r;
	size_t size;
	t->audit = (struct audit_state){0};
	enum error e = store_audit_last(t->store, record, sizeof record, &size);
	if (e == ERROR_NOT_FOUND)
		return logkey_first(&t->process.config, t->audit.expected);
	*unread = e != OK;
	if (e == OK)
		e = audit_read(record, size, &r);
	if (e == OK)
		audit_state_of(&t->audit, t->process.config.station_id, &r, record, size);
	return e;
}

// The rotated seed, when a power cut came between the record and the key file.
static bool take_rotated(struct triage *t)
{
	struct secret *fresh = NULL;
	if (keyfile_read(&t->process.config, t->kek, KEYFILE_LOG_NEXT, AUDIT_SEED_SIZE, &fresh) == OK)
		memcpy(t->keys->log_seed, secret_view(fresh), AUDIT_SEED_SIZE);
	secret_destroy(fresh);
	return fits(t);
}

static enum error note_rollback(struct triage *t, uint64_t key_seq)
{
	unsigned long long last = t->audit.seq;
	log_error("audit: the database ends at record %llu, the key is at %llu: an older database was put back", last,
		(unsigned long long)key_seq);
	t->audit.seq = key_seq - 1; // the hole stays visible for ever
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, "rollback-found", "station", "the database ended at record %llu, the key was at %llu", last,
			(unsigned long long)key_seq);
	if (e == OK)
		e = triage_notice(t, 5, "Tama: an older queue was put back on the station's disk: %llu records of what was done are "
				     "missing, perhaps alerts too. Compare with a head on paper: `tama audit verify --head`.",
			(unsigned long long)key_seq - 1 - last);
	return e == OK ? triage_commit(t) : e;
}

// Without its key the chain still goes on, since alerts must: `audit verify` shows the break for ever.
static enum error begin_anew(struct triage *t)
{
	log_error("audit: the chain's key is not there or not the one that the last record names; it is begun anew");
	randombytes_buf(t->keys->log_seed, AUDIT_SEED_SIZE);
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, "chain-begun-anew", "station", "keys/log did not fit record %llu",
			(unsigned long long)t->audit.seq);
	if (e == OK)
		e = triage_notice(t, 5, "Tama: the key of the audit chain was lost or changed. Somebody had his hands on the "
				     "station's disk. Run `tama audit verify` and compare with a head on paper.");
	return e == OK ? triage_commit(t) : e;
}

// What says nothing about the key either: it may be read the next time.
static bool may_pass(enum error e)
{
	return e == ERROR_IO || e == ERROR_MEMORY || e == ERROR_LOCKED || e == ERROR_FULL;
}

enum error triage_audit_open(struct triage *t)
{
	uint64_t seq = 0;
	bool unread = false;
	enum error e = find_end(t, &unread);
	if (e == OK)
		e = logkey_read(&t->process.config, t->kek, &seq, t->keys->log_seed);
	if (unread || may_pass(e)) {
		log_error("audit: %s cannot be read (%s): does the disk fail?", unread ? "the end of the chain" : "keys/log",
			error_text(e));
		return e;
	}
	if (e == OK && seq > t->audit.seq + 1)
		return note_rollback(t, seq);
	for (uint64_t i = seq; e == OK && i < t->audit.seq + 1 && i < seq + RATCHET_MAX; i++)
		audit_seed_next(t->keys->log_seed);
	if (e != OK || (!fits(t) && !take_rotated(t)))
		return begin_anew(t);
	return keyfile_destroy(&t->process.config, KEYFILE_LOG_NEXT);
}
