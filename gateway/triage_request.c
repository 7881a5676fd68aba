// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_request.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/store_section.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_notify.h"

#define SESSION_EVERY_S 900 // one record of reading a quarter of an hour and officer
#define BUSY "the station cannot do this now; try again later"

enum who { ANY, LEADS }; // LEADS: supervisors and administrators

static enum error session(struct triage *t, struct asking *a)
{
	(void)t;
	(void)a;
	return OK;
}

static const struct verb {
	enum request_verb verb;
	enum who who;
	bool locked; // may be asked of a locked station
	enum error (*handle)(struct triage *t, struct asking *a);
} verbs[] = {
	{REQUEST_SESSION, ANY, true, session},
	{REQUEST_USER_ADD, LEADS, false, triage_user_add},
	{REQUEST_USER_GRANT, LEADS, false, triage_user_grant},
	{REQUEST_USER_SEAL, LEADS, false, triage_user_seal},
	{REQUEST_USER_REVOKE, LEADS, false, triage_user_revoke},
	{REQUEST_USER_PASSWD, ANY, false, triage_user_passwd},
	{REQUEST_CUSTODIAN_ADD, LEADS, false, triage_custodian_add},
	{REQUEST_CUSTODIAN_REVOKE, LEADS, false, triage_custodian_revoke},
	{REQUEST_REVEAL, ANY, false, triage_reveal},
	{REQUEST_REVEAL_OPEN, ANY, false, triage_reveal_open},
	{REQUEST_REPLY, ANY, false, triage_reply},
	{REQUEST_ROTATE, LEADS, false, triage_rotate},
	{REQUEST_SEIZE_CODES, LEADS, false, triage_seize_codes},
	{REQUEST_REPORTER_ISSUE, LEADS, false, triage_reporter_issue},
	{REQUEST_REPORTER_REVOKE, LEADS, false, triage_reporter_revoke},
	{REQUEST_REPORTER_GRADE, LEADS, false, triage_reporter_set_grade},
	{REQUEST_REPORTER_LIST, LEADS, false, triage_reporter_list},
	{REQUEST_DRILL_START, LEADS, false, triage_drill_start},
	{REQUEST_DRILL_STOP, LEADS, false, triage_drill_stop},
	{REQUEST_DRILL_LIST, ANY, false, triage_drill_list},
	{REQUEST_CLOCK_CONFIRM, LEADS, false, triage_clock_confirm},
	{REQUEST_RULESET_PART, LEADS, false, triage_ruleset_part},
	{REQUEST_RULESET_PROPOSE, LEADS, false, triage_ruleset_propose},
	{REQUEST_RULESET_APPROVE, LEADS, false, triage_ruleset_approve},
	{REQUEST_RULESET_REJECT, LEADS, false, triage_ruleset_reject},
	{REQUEST_RULESET_ROLLBACK, LEADS, false, triage_ruleset_rollback},
	{REQUEST_RULESET_LOG, LEADS, false, triage_ruleset_log},
	{REQUEST_RULESET_TEXT, LEADS, false, triage_ruleset_text},
	{REQUEST_SECTION_TOKEN, LEADS, false, triage_section_token},
	{REQUEST_SECTION_REVOKE, LEADS, false, triage_section_revoke},
	{REQUEST_SECTION_REFER, ANY, false, triage_section_refer},
	{REQUEST_SECTION_READ, ANY, true, triage_section_read},
	{REQUEST_TOTP, ANY, true, triage_totp},
	{REQUEST_NOTIFY_TEST, LEADS, false, triage_notify_test},
};

enum error asking_refuse(struct asking *a, enum error result, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	vsnprintf(a->answer->text, sizeof a->answer->text, format, ap);
	va_end(ap);
	return result;
}

static bool read_row(void *ctx, const struct store_alert *a)
{
	*(struct store_alert *)ctx = *a;
	return true;
}

enum error asking_check_right(struct triage *t, struct asking *a, uint64_t alert_id)
{
	struct store_alert row;
	bool may = false, oversees = false;
	enum error e = store_alert_get(t->store, alert_id, read_row, &row);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, "there is no alert %llu", (unsigned long long)alert_id);
	if (e == OK)
		e = store_officer_may(t->store, a->request->officer, row.queue, &may);
	if (e == OK && *row.oversight)
		e = store_officer_may(t->store, a->request->officer, row.oversight, &oversees);
	if (e == OK && !may && !oversees)
		return asking_refuse(a, ERROR_REFUSED, "%s has no right in queue %s", a->request->officer, row.queue);
	return e;
}

static const struct verb *find_verb(enum request_verb v)
{
	for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
		if (verbs[i].verb == v)
			return &verbs[i];
	return NULL;
}

// ---- who asks -----------------------------------------------------------------------------------------------------

static enum error find_officer(struct triage *t, struct asking *a, const void *data, size_t size, bool *duress)
{
	struct officer_record under_duress;
	const uint8_t *station = t->process.config.station_id;
	const char *name = a->request->officer;
	enum error e = store_officer_get(t->store, name, &a->officer);
	if (e == OK)
		e = store_officer_duress(t->store, name, &under_duress);
	if (e == OK)
		e = store_officer_role(t->store, name, a->role);
	if (e == OK)
		e = request_verify(&a->officer.public, station, data, size);
	if (e == ERROR_FORGED && request_verify(&under_duress.public, station, data, size) == OK) {
		*duress = true;
		e = OK;
	}
	if (e != OK)
		return asking_refuse(a, ERROR_REFUSED, "the request is not signed by an officer of this station");
	return OK;
}

// A section's token asks for one thing only.
static enum error find_token(struct triage *t, struct asking *a, const void *data, size_t size)
{
	struct store_section_token token;
	struct officer_public p = {.name = ""};
	uint64_t id;
	enum error e = section_token_id(a->request->officer, &id) ? store_section_token_get(t->store, id, &token) : ERROR_NOT_FOUND;
	if (e == OK) {
		memcpy(p.sign, token.public.sign, sizeof p.sign);
		e = token.revoked ? ERROR_REFUSED : request_verify(&p, t->process.config.station_id, data, size);
	}
	return e == OK ? OK : asking_refuse(a, ERROR_REFUSED, "the request is not signed by a token of this station");
}

// A signature is taken once. Those older than the clocks' tolerance are refused anyway and may be forgotten.
static enum error check_fresh(struct triage *t, struct asking *a)
{
	uint8_t tag[STORE_TAG_SIZE];
	bool found;
	int64_t now = (int64_t)time(NULL), off = a->request->at - now;
	if (off > REQUEST_CLOCK_S || off < -REQUEST_CLOCK_S)
		return asking_refuse(
			a, ERROR_REFUSED, "the clocks of the station and of the officer differ by more than a day");
	crypto_generichash(tag, sizeof tag, a->request->signature, SIGNATURE_SIZE, NULL, 0);
	enum error e = store_seen_has(t->store, tag, &found);
	if (e == OK && found)
		return asking_refuse(a, ERROR_EXISTS, "this request was made already");
	return e == OK ? store_seen_add(t->store, tag, now / 86400 + 1) : e;
}

static enum error check_right(const struct triage *t, struct asking *a, const struct verb *v)
{
	if (v->who == LEADS && strcmp(a->role, "supervisor") != 0 && strcmp(a->role, "administrator") != 0)
		return asking_refuse(a, ERROR_REFUSED, "%s is an %s: this is for supervisors and administrators",
			a->request->officer, a->role);
	if (!v->locked && triage_is_locked(t))
		return asking_refuse(a, ERROR_LOCKED, "the station is locked; `tama unlock` first");
	return OK;
}

// ---- sessions and duress --------------------------------------------------------------------------------------------

// True once a quarter of an hour for each officer.
static bool is_new_session(struct triage *t, const char *officer, bool duress)
{
	int64_t now = loop_now_ms() / 1000;
	struct triage_session *oldest = &t->sessions[0];
	for (size_t i = 0; i < ARRAY_LENGTH(t->sessions); i++) {
		struct triage_session *s = &t->sessions[i];
		if (!strcmp(s->officer, officer) && s->duress == duress) {
			if (now - s->at < SESSION_EVERY_S)
				return false;
			oldest = s;
			break;
		}
		if (s->at < oldest->at)
			oldest = s;
	}
	*oldest = (struct triage_session){.at = now, .duress = duress};
	snprintf(oldest->officer, sizeof oldest->officer, "%s", officer);
	return true;
}

enum error triage_duress_notice(struct triage *t, const char *officer)
{
	if (triage_is_locked(t) || !is_new_session(t, officer, true))
		return OK;
	return triage_notice(t, 5, "Tama: officer %s has used the password for duress and may be under threat now. What he or she "
				"sees is harmless. Do not call; do what was agreed for this.",
		officer);
}

// The same words, the same time, nothing done: who looks over the shoulder learns nothing.
static enum error under_duress(struct triage *t, struct asking *a)
{
	enum error e = triage_duress_notice(t, a->request->officer);
	if (e == OK && is_new_session(t, a->request->officer, false))
		e = triage_audit(t, "session", a->request->officer, "%s", "");
	return e == OK && a->request->verb != REQUEST_SESSION ? asking_refuse(a, ERROR_LOCKED, BUSY) : e;
}

// ---- one request ------------------------------------------------------------------------------------------------------

// What changes nothing; that somebody was there is enough for the chain.
static bool only_reads(enum request_verb v)
{
	return v == REQUEST_SESSION || v == REQUEST_RULESET_PART || v == REQUEST_RULESET_LOG || v == REQUEST_RULESET_TEXT;
}

static enum error ask(struct triage *t, struct asking *a, const void *data, size_t size, bool *keep)
{
	bool duress = false;
	const struct verb *v = find_verb(a->request->verb);
	if (a->request->verb == REQUEST_FIRST_RUN) { // there is nobody yet who could have signed it
		enum error first = check_fresh(t, a);
		first = first == OK ? triage_first_run(t, a, data, size) : first;
		return first == OK ? triage_audit(t, "first-run", "station", "%s", a->detail) : first;
	}
	enum error e = a->request->verb == REQUEST_SECTION_READ ? find_token(t, a, data, size) :
								  find_officer(t, a, data, size, &duress);
	if (e == OK)
		e = check_fresh(t, a);
	if (e == OK && duress) {
		*keep = true;
		return under_duress(t, a);
	}
	if (e == OK && !v)
		e = asking_refuse(a, ERROR_ARGUMENT, "this station does not know that request");
	if (e == OK)
		e = check_right(t, a, v);
	if (e == OK)
		e = v->handle(t, a);
	if (e == OK && (!only_reads(v->verb) || is_new_session(t, a->request->officer, false)))
		e = triage_audit(t, request_name(only_reads(v->verb) ? REQUEST_SESSION : v->verb), a->request->officer, "%s", a->detail);
	return e;
}

static void finish(struct triage *t, struct asking *a, enum error e, bool keep)
{
	const struct request *r = a->request;
	char detail[AUDIT_DETAIL_MAX];
	if (e == OK || keep) {
		enum error kept = triage_commit(t);
		e = kept != OK ? kept : e;
	}
	if (e == OK && a->committed)
		a->committed(t);
	if (e == OK || keep)
		return;
	triage_rollback(t);
	if (!*a->answer->text)
		snprintf(a->answer->text, sizeof a->answer->text, "this cannot be done: %s", error_text(e));
	snprintf(detail, sizeof detail, "%s: %s", request_name(r->verb), a->answer->text);
	triage_audit_now(t, "refused", r->officer, detail);
}

void triage_request(struct triage *t, const void *data, size_t size, struct answer *out)
{
	cleanup_free struct request *r = malloc(sizeof *r);
	struct asking a = {.request = r, .answer = out};
	bool keep = false; // what was written although the answer is no
	*out = (struct answer){0};
	enum error e = r ? request_read(data, size, r) : ERROR_MEMORY;
	if (e != OK) {
		out->result = e;
		snprintf(out->text, sizeof out->text, "the request is malformed; are both of one version of Tama?");
		return;
	}
	bytes_reader_init(&a.payload, r->payload, r->size);
	e = triage_begin(t);
	if (e == OK)
		e = ask(t, &a, data, size, &keep);
	finish(t, &a, e, keep);
	out->result = e;
	log_info("request=%s officer=%s result=%s", request_name(r->verb), r->officer, error_text(e));
	sodium_memzero(r, sizeof *r);
}
