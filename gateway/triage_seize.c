// SPDX-License-Identifier: GPL-2.0-or-later
// When the station is about to be taken: everything that leads from what it holds to people is destroyed, in seconds,
// without asking anybody for a password. It goes on receiving and sealing. Identities are not touched: nobody here can
// open them.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/store_reporter.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_reporter.h"
#include "gateway/triage_request.h"
#include "gateway/triage_trend.h"

#define CODES 10
#define CODE_LETTERS 16 // 80 bits
#define CODE_DOMAIN "tama/seize-code/1"
#define REPLY_DAYS 32

// What waits for other parts is delivered as it is: its key is about to go.
static enum error deliver_all(struct triage *t)
{
	uint8_t tag[STORE_TAG_SIZE];
	enum error e = store_parts_overdue(t->store, INT64_MAX, tag);
	while (e == OK) {
		e = triage_deliver_waiting(t, tag);
		if (e == OK)
			e = store_parts_overdue(t->store, INT64_MAX, tag);
	}
	return e == ERROR_NOT_FOUND ? OK : e;
}

static void write_down(struct triage *t, const char *how)
{
	enum error e = triage_begin(t);
	if (e == OK)
		e = deliver_all(t);
	if (e == OK)
		e = store_reply_stop(t->store);
	if (e == OK)
		e = store_origin_drop(t->store);
	if (e == OK)
		e = store_codes_drop(t->store);
	if (e == OK)
		e = store_series_drop(t->store);
	if (e == OK)
		e = store_reporter_drop(t->store);
	if (e == OK)
		e = triage_audit(t, "SEIZE", "station", "%s", how);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("seize: %s", error_text(e));
		triage_rollback(t);
	}
}

static enum error destroy(struct triage *t, const char *name)
{
	enum error e = keyfile_destroy(&t->process.config, name);
	if (e != OK)
		log_error("seize: key=%s cannot be destroyed: %m", name);
	return e;
}

// Also on a locked station: its key files are there, wrapped.
enum error triage_seize(struct triage *t, const char *how)
{
	char name[VAULT_NAME_SIZE];
	int64_t now = (int64_t)time(NULL), today = now / 86400;
	enum error worst = OK, e;
	uint64_t waiting = 0;
	if (triage_is_locked(t) && store_parts_waiting(t->store, &waiting) != OK)
		waiting = 0;
	if (!triage_is_locked(t))
		write_down(t, how); // what cannot be written must not keep a key alive
	for (int64_t day = today - REPLY_DAYS; day <= today + 1; day++) {
		snprintf(name, sizeof name, "reply-%lld", (long long)day);
		worst = (e = destroy(t, name)) == OK ? worst : e;
		snprintf(name, sizeof name, "epoch-%lld", (long long)(day / t->process.config.epoch_days));
		worst = (e = destroy(t, name)) == OK ? worst : e;
	}
	if (!waiting) // locked, with parts that only this key opens: the passphrase guards them as it guards the spool
		worst = (e = destroy(t, "working")) == OK ? worst : e;
	worst = (e = destroy(t, TRIAGE_STOP_KEY)) == OK ? worst : e;
	worst = (e = triage_trend_seize(t)) == OK ? worst : e;
	worst = (e = destroy(t, TRIAGE_REPORTERS_KEY)) == OK ? worst : e;
	triage_lock(t);
	log_warn("SEIZED: keys are destroyed, the station is locked; texts are received and sealed");
	triage_tell_state(t);
	return worst;
}

// ---- by SMS -----------------------------------------------------------------------------------------------------------

static void code_tag(const struct triage *t, const char *code, uint8_t tag[static STORE_TAG_SIZE])
{
	pseudonym_tag(t->keys->working, CODE_DOMAIN, code, strlen(code), tag);
}

// Codes of 80 bits for paper, known to nobody else; the ones before are void.
enum error triage_seize_codes(struct triage *t, struct asking *a)
{
	static const char letters[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"; // 31; 16 of them are 79 bits
	char codes[CODES][CODE_LETTERS + 1] = {{0}};
	uint8_t tag[STORE_TAG_SIZE];
	if (!bytes_end(&a->payload))
		return ERROR_MALFORMED;
	enum error e = store_codes_drop(t->store);
	for (int i = 0; i < CODES && e == OK; i++) {
		for (int k = 0; k < CODE_LETTERS; k++)
			codes[i][k] = letters[randombytes_uniform(sizeof letters - 1)];
		code_tag(t, codes[i], tag);
		e = store_code_add(t->store, tag);
	}
	if (e == OK)
		e = seal_to(SEIZE_CODES_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, codes, sizeof codes,
			a->answer->payload);
	if (e == OK)
		a->answer->size = sizeof codes + SEAL_OVERHEAD;
	sodium_memzero(codes, sizeof codes);
	return e;
}

// A text that is nothing but such a code, with any spaces, dots or dashes in it.
bool triage_is_seize_code(struct triage *t, const char *text, size_t size)
{
	char code[CODE_LETTERS + 1] = "";
	uint8_t tag[STORE_TAG_SIZE];
	size_t n = 0;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (c == ' ' || c == '-' || c == '.' || c == '\r' || c == '\n')
			continue;
		if (n == CODE_LETTERS || (unsigned char)c >= 0x80)
			return false;
		code[n++] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	if (n != CODE_LETTERS)
		return false;
	code_tag(t, code, tag);
	bool found = store_code_take(t->store, tag) == OK;
	sodium_memzero(code, sizeof code);
	return found;
}
