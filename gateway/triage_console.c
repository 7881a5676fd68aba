// SPDX-License-Identifier: GPL-2.0-or-later
// The first officer of a station, from the code that `tama init` printed; the second factor of an officer.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/first_run.h"
#include "gateway/store_console.h"
#include "gateway/triage_request.h"

static bool is_somebody(void *ctx, const struct officer_public *p, const char *role, const char *queues, bool revoked)
{
	(void)p;
	(void)role;
	(void)queues;
	(void)revoked;
	*(bool *)ctx = true;
	return false;
}

// Right, not used, not older than a day; and nobody is there yet.
static enum error take_code(struct triage *t, struct asking *a, const char *code)
{
	uint8_t kept[FIRST_RUN_SIZE], hash[32];
	size_t size = 0;
	int64_t made = 0;
	bool somebody = false;
	enum error e = store_officers(t->store, is_somebody, &somebody);
	if (e == OK)
		e = store_meta_get(t->store, FIRST_RUN_NAME, kept, sizeof kept, &size);
	if (e == OK && size == sizeof kept)
		memcpy(&made, kept + 32, sizeof made);
	first_run_hash(code, hash);
	int64_t age = (int64_t)time(NULL) - made;
	if (somebody || e != OK || size != sizeof kept || age < 0 || age >= FIRST_RUN_VALID_S ||
		sodium_memcmp(kept, hash, sizeof hash) != 0)
		return asking_refuse(a, ERROR_REFUSED, "the code is wrong, was used, or is older than a day; `tama user` helps");
	return store_meta_put(t->store, FIRST_RUN_NAME, "", 0);
}

enum error triage_first_run(struct triage *t, struct asking *a, const void *data, size_t size)
{
	char code[FIRST_RUN_CODE_SIZE];
	struct officer_record r, duress;
	const char *const *queues;
	bytes_get_text(&a->payload, code, sizeof code);
	bytes_get(&a->payload, &r, sizeof r);
	bytes_get(&a->payload, &duress, sizeof duress);
	if (triage_is_locked(t))
		return asking_refuse(a, ERROR_LOCKED, "the station is locked; `tama unlock` first");
	if (!bytes_end(&a->payload) || r.public.name[sizeof r.public.name - 1] || !officer_name_valid(r.public.name) ||
		memcmp(r.public.name, duress.public.name, sizeof r.public.name) != 0 ||
		strcmp(r.public.name, a->request->officer) != 0 ||
		request_verify(&r.public, t->process.config.station_id, data, size) != OK)
		return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
	enum error e = take_code(t, a, code);
	if (e == OK)
		e = store_officer_add(t->store, &r, &duress, "supervisor");
	size_t n = rules_queues(t->rules, &queues);
	for (size_t i = 0; i < n && e == OK; i++)
		e = store_officer_grant(t->store, r.public.name, queues[i]);
	snprintf(a->detail, sizeof a->detail, "name=%s role=supervisor", r.public.name);
	a->committed = triage_contents_renew; // today's keys were sealed to nobody
	return e;
}

enum error triage_totp(struct triage *t, struct asking *a)
{
	uint8_t own[TOTP_SEALED], duress[TOTP_SEALED];
	if (a->request->size == 0) {
		snprintf(a->detail, sizeof a->detail, "off");
		return store_totp_drop(t->store, a->request->officer);
	}
	bytes_get(&a->payload, own, sizeof own);
	bytes_get(&a->payload, duress, sizeof duress);
	if (!bytes_end(&a->payload))
		return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
	snprintf(a->detail, sizeof a->detail, "on");
	return store_totp_put(t->store, a->request->officer, own, duress, sizeof own);
}
