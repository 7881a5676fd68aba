// SPDX-License-Identifier: GPL-2.0-or-later
// Opening one number: the officer asks, custodians approve on machines of their own, the station joins what they send
// back and gives the number to the officer once, sealed to his key.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/reveal.h"
#include "crypto/wrap.h"
#include "gateway/alert.h"
#include "gateway/reveal_wire.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_request.h"

#define SESSION_DOMAIN "tama/reveal-session/1"

static size_t bind(const struct triage *t, uint64_t alert_id, uint8_t out[static 24])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, 24);
	bytes_put(&w, t->process.config.station_id, 16);
	bytes_put_u64(&w, alert_id);
	return w.at;
}

static const char *utc(int64_t at, char out[static 32])
{
	time_t when = (time_t)at;
	struct tm tm;
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
	return out;
}

// ---- asking -------------------------------------------------------------------------------------------------------

static enum error check_identity(struct triage *t, struct asking *a, uint64_t alert_id, int64_t now, int64_t *expires,
	int64_t *outer_day, uint8_t record[static CUSTODY_IDENTITY_SIZE])
{
	enum error e = store_identity_get(t->store, alert_id, expires, outer_day, record);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, "alert %llu has no identity: it is the station's own, or its retention has ended",
			(unsigned long long)alert_id);
	if (e == OK && now >= *expires)
		return asking_refuse(a, ERROR_TIMEOUT, "the retention of alert %llu has ended: nobody can open it any more",
			(unsigned long long)alert_id);
	return e;
}

static enum error new_session(struct triage *t, struct store_reveal *r)
{
	struct seal_public public;
	struct secret *secret = NULL;
	uint8_t ad[24];
	enum error e = seal_keypair(&public, &secret);
	if (e != OK)
		return e;
	memcpy(r->public, public.key, sizeof r->public);
	wrap_seal(secret_view(t->kek), SESSION_DOMAIN, ad, bind(t, r->alert_id, ad), secret_view(secret), KEY_SIZE,
		r->session);
	r->session_size = KEY_SIZE + WRAP_OVERHEAD;
	secret_destroy(secret);
	return OK;
}

// An emergency waits for nobody, and everybody sees it.
static enum error be_loud(struct triage *t, struct asking *a, uint64_t alert_id)
{
	enum error e = triage_audit(t, "EMERGENCY-REVEAL", a->request->officer, "alert=%llu without cooling-off",
		(unsigned long long)alert_id);
	return e == OK ? triage_notice(t, 5, "Tama: %s asked the custodians to reveal the sender of alert %llu as an EMERGENCY, "
					  "without the cooling-off time. If you do not know why, call the custodians now.",
				 a->request->officer, (unsigned long long)alert_id) :
			 e;
}

enum error triage_reveal(struct triage *t, struct asking *a)
{
	const struct config *c = &t->process.config;
	struct reveal_ask ask;
	int64_t now = (int64_t)time(NULL), expires, outer_day, count = 0;
	uint8_t record[CUSTODY_IDENTITY_SIZE];
	if (reveal_ask_read(&a->payload, &ask) != OK)
		return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
	snprintf(a->detail, sizeof a->detail, "alert=%llu%s", (unsigned long long)ask.alert_id,
		ask.emergency ? " EMERGENCY" : "");
	if (strlen(ask.reason) < 10)
		return asking_refuse(a, ERROR_ARGUMENT, "a reveal needs a reason that custodians can judge (--reason)");
	enum error e = asking_check_right(t, a, ask.alert_id);
	if (e == OK)
		e = check_identity(t, a, ask.alert_id, now, &expires, &outer_day, record);
	if (e == OK)
		e = store_reveal_count(t->store, now - 86400, false, &count);
	if (e == OK && !ask.emergency && count >= c->reveals_a_day)
		return asking_refuse(a, ERROR_REFUSED, "%lld reveals were asked for in 24 hours: the limit (reveal.a_day); "
						       "wait, or say --emergency, which everybody will see", (long long)count);
	struct store_reveal r = {.alert_id = ask.alert_id, .at = now, .emergency = ask.emergency,
		.opens_at = ask.emergency ? now : now + c->reveal_cooling_off_s,
		.expires_at = now + c->reveal_valid_h * 3600};
	memcpy(r.officer, a->request->officer, sizeof r.officer);
	struct reveal_asked asked = {.at = now, .opens_at = r.opens_at, .until = r.expires_at};
	if (e == OK)
		e = new_session(t, &r);
	if (e == OK)
		e = store_reveal_add(t->store, &r, &asked.reveal_id);
	if (e == OK && triage_origin_others(t, ask.alert_id, &asked.others) != OK)
		asked.others = 0; // after a seizure nobody can count them
	if (e == OK && ask.emergency)
		e = be_loud(t, a, ask.alert_id);
	memcpy(asked.session.key, r.public, sizeof asked.session.key);
	a->answer->size = (uint16_t)reveal_asked_write(&asked, a->answer->payload);
	uint8_t reason[16];
	char hex[33];
	crypto_generichash(reason, sizeof reason, (const uint8_t *)ask.reason, strlen(ask.reason), NULL, 0);
	sodium_bin2hex(hex, sizeof hex, reason, sizeof reason); // the reason itself is sealed in the alert's history
	snprintf(a->detail, sizeof a->detail, "reveal=%llu alert=%llu others=%u reason=%s%s",
		(unsigned long long)asked.reveal_id, (unsigned long long)ask.alert_id, asked.others, hex,
		ask.emergency ? " EMERGENCY" : "");
	return e;
}

// ---- opening ------------------------------------------------------------------------------------------------------

static enum error check_reveal(struct asking *a, const struct store_reveal *r, int64_t now)
{
	char when[32];
	if (strcmp(r->officer, a->request->officer) != 0)
		return asking_refuse(a, ERROR_REFUSED, "%s asked for reveal %llu, and only he or she opens it", r->officer,
			(unsigned long long)r->id);
	if (strcmp(r->state, "asked") != 0)
		return asking_refuse(a, ERROR_EXISTS, "reveal %llu was opened already: a number is shown once",
			(unsigned long long)r->id);
	if (now >= r->expires_at)
		return asking_refuse(a, ERROR_TIMEOUT, "reveal %llu expired at %s; ask again", (unsigned long long)r->id,
			utc(r->expires_at, when));
	if (now < r->opens_at)
		return asking_refuse(a, ERROR_REFUSED, "the cooling-off time of reveal %llu lasts until %s",
			(unsigned long long)r->id, utc(r->opens_at, when));
	return OK;
}

static enum error explain_approval(struct asking *a, enum error e, unsigned at, uint32_t custodian)
{
	switch (e) {
	case OK:
		return OK;
	case ERROR_NOT_FOUND:
		return asking_refuse(a, e, "approval %u is of another request or another alert", at);
	case ERROR_MALFORMED:
	case ERROR_VERSION:
		return asking_refuse(a, ERROR_MALFORMED, "approval %u is not an approval that this station can read", at);
	case ERROR_EXISTS:
		return asking_refuse(a, e, "approval %u is of custodian %u, who approved already", at, (unsigned)custodian);
	case ERROR_ARGUMENT:
		return asking_refuse(a, ERROR_FORGED, "approval %u holds a share of somebody else than custodian %u: "
						      "shares were swapped", at, (unsigned)custodian);
	case ERROR_FORGED:
	default:
		return asking_refuse(a, ERROR_FORGED, "approval %u was touched, or is not signed by custodian %u", at,
			(unsigned)custodian);
	}
}

struct opening {
	struct store_reveal reveal;
	struct secret *session;
	struct custody_share shares[CUSTODY_MAX];
	unsigned count;
	char names[CUSTODY_MAX * 4 + 1]; // "1,3": who approved
};

static enum error take_approval(struct triage *t, struct opening *o, const uint8_t *data, size_t size,
	uint32_t *custodian)
{
	struct officer_public who;
	const uint8_t *station = t->process.config.station_id;
	struct custody_share *share = &o->shares[o->count];
	enum error e = reveal_approval_custodian(station, o->reveal.id, data, size, custodian);
	for (unsigned i = 0; i < o->count && e == OK; i++)
		if (o->shares[i].custodian_id == *custodian)
			e = ERROR_EXISTS;
	if (e == OK)
		e = store_custodian_get(t->store, *custodian, &who) == OK ? OK : ERROR_FORGED;
	if (e == OK)
		e = reveal_approval_open(&who, o->session, station, o->reveal.alert_id, data, size, share);
	if (e == OK && share->custodian_id != *custodian)
		e = ERROR_ARGUMENT;
	if (e == OK) {
		o->count++;
		size_t n = strlen(o->names);
		snprintf(o->names + n, sizeof o->names - n, "%s%u", n ? "," : "", (unsigned)*custodian % 1000);
	}
	return e;
}

static enum error take_approvals(struct triage *t, struct asking *a, struct opening *o)
{
	uint8_t ad[24], data[REVEAL_APPROVAL_MAX];
	enum error e = secret_create(KEY_SIZE, &o->session);
	if (e == OK)
		e = wrap_open(secret_view(t->kek), SESSION_DOMAIN, ad, bind(t, o->reveal.alert_id, ad), o->reveal.session,
			o->reveal.session_size, secret_bytes(o->session));
	unsigned n = bytes_get_u8(&a->payload);
	for (unsigned i = 1; i <= n && e == OK; i++) {
		uint32_t custodian = 0;
		size_t size = bytes_get_u16(&a->payload);
		if (size > sizeof data || n > CUSTODY_MAX)
			return explain_approval(a, ERROR_MALFORMED, i, 0);
		bytes_get(&a->payload, data, size);
		e = explain_approval(a, take_approval(t, o, data, size, &custodian), i, custodian);
	}
	return e == OK && !bytes_end(&a->payload) ? explain_approval(a, ERROR_MALFORMED, n, 0) : e;
}

static enum error open_number(struct triage *t, struct asking *a, struct opening *o, int64_t now,
	char number[static CUSTODY_NUMBER_SIZE])
{
	int64_t expires, outer_day;
	uint8_t record[CUSTODY_IDENTITY_SIZE], pad[KEY_SIZE], mixed[KEY_SIZE];
	const uint8_t *outer;
	enum error e = check_identity(t, a, o->reveal.alert_id, now, &expires, &outer_day, record);
	if (e != OK)
		return e;
	if (o->count == 0)
		return asking_refuse(a, ERROR_REFUSED, "no approval of a custodian was given");
	struct custody_context about = o->shares[0].about;
	if (o->count < about.threshold)
		return asking_refuse(a, ERROR_REFUSED, "%u approvals are needed, %u came: %u more", about.threshold, o->count,
			about.threshold - o->count);
	if (triage_outer_key(t, outer_day, false, &outer) != OK || pads_get(t->pads, o->reveal.alert_id, pad) != OK)
		return asking_refuse(a, ERROR_TIMEOUT, "the retention of alert %llu has ended: nobody can open it any more",
			(unsigned long long)o->reveal.alert_id);
	alert_mix(outer, pad, mixed);
	e = custody_open(&about, mixed, o->shares, o->count, now, record, number);
	sodium_memzero(mixed, sizeof mixed);
	if (e == ERROR_TIMEOUT || about.expires_at != expires)
		return asking_refuse(a, ERROR_TIMEOUT, "the shares have expired");
	if (e != OK)
		return asking_refuse(a, ERROR_FORGED, "the shares do not fit each other or the alert: somebody changed one");
	return OK;
}

enum error triage_reveal_open(struct triage *t, struct asking *a)
{
	struct opening *o = sodium_malloc(sizeof *o);
	char number[CUSTODY_NUMBER_SIZE] = "";
	int64_t now = (int64_t)time(NULL);
	uint8_t ad[24];
	if (!o)
		return ERROR_MEMORY;
	sodium_memzero(o, sizeof *o);
	uint64_t id = bytes_get_u64(&a->payload);
	snprintf(a->detail, sizeof a->detail, "reveal=%llu", (unsigned long long)id);
	enum error e = store_reveal_get(t->store, id, &o->reveal);
	if (e == ERROR_NOT_FOUND)
		asking_refuse(a, e, "there is no reveal %llu", (unsigned long long)id);
	if (e == OK)
		e = check_reveal(a, &o->reveal, now);
	if (e == OK)
		e = take_approvals(t, a, o);
	if (e == OK)
		e = open_number(t, a, o, now, number);
	if (e == OK)
		e = store_reveal_done(t->store, id, "opened");
	if (e == OK)
		e = seal_to(REVEAL_NUMBER_DOMAIN, &a->officer.public.seal, ad, bind(t, id, ad), number, sizeof number,
			a->answer->payload);
	if (e == OK)
		a->answer->size = sizeof number + SEAL_OVERHEAD;
	snprintf(a->detail, sizeof a->detail, "reveal=%llu alert=%llu custodians=%s%s", (unsigned long long)id,
		(unsigned long long)o->reveal.alert_id, o->names, o->reveal.emergency ? " EMERGENCY" : "");
	sodium_memzero(number, sizeof number);
	secret_destroy(o->session);
	sodium_free(o);
	return e;
}
