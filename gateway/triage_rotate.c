// SPDX-License-Identifier: GPL-2.0-or-later
// New keys on command. The station's own goes in two steps, since the new fingerprint must be pinned in the
// configuration before intake starts to seal to it.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/log.h"
#include "gateway/triage_request.h"

static enum error prepare_station(struct triage *t, struct asking *a)
{
	struct seal_public public;
	struct secret *secret = NULL;
	char fingerprint[FINGERPRINT_SIZE];
	enum error e = keyfile_read(&t->process.config, t->kek, KEYFILE_STATION_OLD, KEY_SIZE, &secret);
	if (e == OK) {
		secret_destroy(secret);
		return asking_refuse(a, ERROR_EXISTS, "the spool still holds texts sealed to the key before; wait until it is read up");
	}
	e = seal_keypair(&public, &secret);
	if (e == OK)
		e = keyfile_write(&t->process.config, t->kek, KEYFILE_STATION_NEXT, secret);
	secret_destroy(secret);
	seal_fingerprint(&public, fingerprint);
	memcpy(a->answer->payload, fingerprint, sizeof fingerprint);
	a->answer->size = sizeof fingerprint;
	snprintf(a->detail, sizeof a->detail, "station prepared %s", fingerprint);
	return e;
}

// The old key first, so that a crash in between leaves every frame readable.
static enum error rotate_station(struct triage *t, struct asking *a)
{
	const struct config *c = &t->process.config;
	struct seal_public public;
	struct secret *next = NULL;
	enum error e = keyfile_read(c, t->kek, KEYFILE_STATION_NEXT, KEY_SIZE, &next);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, "no new key is prepared; `tama key rotate station` does both steps");
	if (e == OK)
		e = keyfile_write(c, t->kek, KEYFILE_STATION_OLD, t->station);
	if (e == OK)
		e = keyfile_write(c, t->kek, "station", next);
	if (e == OK)
		e = seal_public_of(next, &public);
	if (e == OK)
		e = keyfile_station_public_write(c->dir, &public);
	if (e == OK)
		e = keyfile_destroy(c, KEYFILE_STATION_NEXT);
	if (e == OK) {
		secret_destroy(t->station_old);
		t->station_old = t->station;
		t->station = next;
		spool_reader_keys(t->reader, t->station, t->station_old);
	} else {
		secret_destroy(next);
	}
	snprintf(a->detail, sizeof a->detail, "station");
	return e;
}

static void forget_next_seed(struct triage *t)
{
	if (keyfile_destroy(&t->process.config, KEYFILE_LOG_NEXT) != OK)
		log_warn("keys/" KEYFILE_LOG_NEXT ".key cannot be removed: %m");
}

enum error triage_rotate(struct triage *t, struct asking *a)
{
	uint8_t what = bytes_get_u8(&a->payload);
	if (!bytes_end(&a->payload))
		return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
	switch (what) {
	case ROTATE_STATION_PREPARE:
		return prepare_station(t, a);
	case ROTATE_STATION:
		return rotate_station(t, a);
	case ROTATE_LOG:
		snprintf(a->detail, sizeof a->detail, "log");
		a->committed = forget_next_seed;
		return triage_audit_rotate(t, a->request->officer);
	case ROTATE_PSEUDONYM:
		snprintf(a->detail, sizeof a->detail, "pseudonym");
		return triage_epoch_end(t);
	default:
		return asking_refuse(a, ERROR_ARGUMENT, "station, log or pseudonym");
	}
}

// Frames sealed to the old key come before those of the new one: the first that opens with the new one ends the old.
void triage_station_drained(struct triage *t)
{
	if (!t->station_old || !spool_reader_is_past(t->reader))
		return;
	if (keyfile_destroy(&t->process.config, KEYFILE_STATION_OLD) != OK) {
		log_error("the old station key cannot be destroyed: %m");
		return;
	}
	spool_reader_keys(t->reader, t->station, NULL);
	secret_clear(&t->station_old);
	triage_audit_now(t, "station-key-destroyed", "station", "the spool is read up to the new key");
}
