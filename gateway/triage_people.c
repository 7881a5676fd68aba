// SPDX-License-Identifier: GPL-2.0-or-later
// Officers and custodians: who is there, who may see which queue. A right is a key, so that granting seals and
// revoking makes new keys from then on.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alert.h"
#include "gateway/base/cleanup.h"
#include "gateway/triage_request.h"

static bool is_role(const char *role)
{
	static const char *const roles[] = {"officer", "supervisor", "administrator", "auditor"};
	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++)
		if (!strcmp(roles[i], role))
			return true;
	return false;
}

static enum error malformed(struct asking *a)
{
	return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
}

enum error triage_user_add(struct triage *t, struct asking *a)
{
	char role[16];
	struct officer_record r, duress;
	bytes_get_text(&a->payload, role, sizeof role);
	bytes_get(&a->payload, &r, sizeof r);
	bytes_get(&a->payload, &duress, sizeof duress);
	if (!bytes_end(&a->payload) || r.public.name[sizeof r.public.name - 1] ||
		memcmp(r.public.name, duress.public.name, sizeof r.public.name) != 0)
		return malformed(a);
	if (!officer_name_valid(r.public.name))
		return asking_refuse(a, ERROR_ARGUMENT, "a name has no quotes, commas, slashes, tildes or control characters");
	if (!is_role(role))
		return asking_refuse(a, ERROR_ARGUMENT, "a role is officer, supervisor, administrator or auditor");
	snprintf(a->detail, sizeof a->detail, "name=%s role=%s", r.public.name, role);
	enum error e = store_officer_add(t->store, &r, &duress, role);
	if (e == ERROR_EXISTS)
		return asking_refuse(a, ERROR_EXISTS, "there is, or was, an officer \"%s\": names are not used again",
			r.public.name);
	return e;
}

// ---- queues -----------------------------------------------------------------------------------------------------------

bool triage_has_queue(const struct triage *t, const char *name)
{
	const char *const *names;
	size_t n = t->rules ? rules_queues(t->rules, &names) : 0;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

// What is still in memory, today and yesterday, is sealed at once; older days by who grants and can read them.
static enum error seal_contents(struct triage *t, const struct officer_public *to, const char *queue)
{
	uint8_t sealed[ALERT_KEY_SEALED];
	enum error e = OK;
	for (size_t i = 0; i < t->keys->content_count && e == OK; i++) {
		const struct content_key *c = &t->keys->contents[i];
		if (strcmp(c->queue, queue) != 0)
			continue;
		e = content_key_seal(&to->seal, t->process.config.station_id, c->id, queue, c->key, sealed);
		if (e == OK)
			e = store_content_seal_put(t->store, c->id, to->name, sealed, sizeof sealed);
	}
	return e;
}

enum error triage_user_grant(struct triage *t, struct asking *a)
{
	char name[OFFICER_NAME_SIZE], queue[STORE_QUEUE_SIZE];
	struct officer_record r;
	bytes_get_text(&a->payload, name, sizeof name);
	bytes_get_text(&a->payload, queue, sizeof queue);
	if (!bytes_end(&a->payload))
		return malformed(a);
	snprintf(a->detail, sizeof a->detail, "name=%s queue=%s", name, queue);
	if (store_officer_get(t->store, name, &r) != OK)
		return asking_refuse(a, ERROR_NOT_FOUND, "there is no officer \"%s\"", name);
	if (!triage_has_queue(t, queue))
		return asking_refuse(a, ERROR_NOT_FOUND, "there is no queue \"%s\" in the rules", queue);
	enum error e = store_officer_grant(t->store, name, queue);
	return e == OK ? seal_contents(t, &r.public, queue) : e;
}

enum error triage_user_seal(struct triage *t, struct asking *a)
{
	char name[OFFICER_NAME_SIZE], queue[STORE_QUEUE_SIZE];
	uint8_t sealed[ALERT_KEY_SEALED];
	int64_t day;
	bool may;
	enum error e = OK;
	bytes_get_text(&a->payload, name, sizeof name);
	unsigned n = bytes_get_u16(&a->payload);
	snprintf(a->detail, sizeof a->detail, "name=%s keys=%u", name, n);
	for (unsigned i = 0; i < n && e == OK; i++) {
		uint64_t id = bytes_get_u64(&a->payload);
		bytes_get(&a->payload, sealed, sizeof sealed);
		if (a->payload.failed)
			return malformed(a);
		e = store_content_key_find(t->store, id, queue, &day);
		if (e == OK)
			e = store_officer_may(t->store, name, queue, &may);
		if (e == OK && !may)
			return asking_refuse(a, ERROR_REFUSED, "%s has no right in queue %s", name, queue);
		if (e == OK)
			e = store_content_seal_put(t->store, id, name, sealed, sizeof sealed);
	}
	return e == OK && !bytes_end(&a->payload) ? malformed(a) : e;
}

enum error triage_user_revoke(struct triage *t, struct asking *a)
{
	char name[OFFICER_NAME_SIZE], queue[STORE_QUEUE_SIZE];
	struct officer_record r;
	bytes_get_text(&a->payload, name, sizeof name);
	bytes_get_text(&a->payload, queue, sizeof queue);
	if (!bytes_end(&a->payload))
		return malformed(a);
	const char *only = *queue ? queue : NULL;
	snprintf(a->detail, sizeof a->detail, "name=%s queue=%s", name, only ? only : "all, for good");
	if (store_officer_get(t->store, name, &r) != OK)
		return asking_refuse(a, ERROR_NOT_FOUND, "there is no officer \"%s\"", name);
	if (!only && !strcmp(name, a->request->officer))
		return asking_refuse(a, ERROR_REFUSED, "nobody revokes himself: another supervisor must");
	enum error e = store_officer_ungrant(t->store, name, only);
	if (e == OK)
		e = store_content_seals_drop(t->store, name, only);
	if (e == OK && !only)
		e = store_officer_revoke(t->store, name);
	if (e == OK) // he may have kept today's keys: what comes from now on gets new ones
		a->committed = triage_contents_renew;
	return e;
}

enum error triage_user_passwd(struct triage *t, struct asking *a)
{
	struct officer_record r, duress;
	bytes_get(&a->payload, &r, sizeof r);
	bytes_get(&a->payload, &duress, sizeof duress);
	if (!bytes_end(&a->payload) || memcmp(&r.public, &a->officer.public, sizeof r.public) != 0 ||
		memcmp(duress.public.name, r.public.name, sizeof r.public.name) != 0)
		return malformed(a);
	return store_officer_replace(t->store, &r, &duress);
}

// ---- custodians -------------------------------------------------------------------------------------------------------

static void read_custodians(struct triage *t)
{
	if (triage_load_custodians(t) != OK)
		t->custodian_count = 0;
}

enum error triage_custodian_add(struct triage *t, struct asking *a)
{
	struct officer_public p;
	uint32_t id = 1;
	struct officer_public ignored;
	bytes_get(&a->payload, &p, sizeof p);
	if (!bytes_end(&a->payload) || p.name[sizeof p.name - 1])
		return malformed(a);
	if (!officer_name_valid(p.name))
		return asking_refuse(a, ERROR_ARGUMENT, "a name has no quotes, commas, slashes, tildes or control characters");
	if (t->custodian_count == CUSTODY_MAX)
		return asking_refuse(a, ERROR_FULL, "a station has at most %d custodians", CUSTODY_MAX);
	while (store_custodian_get(t->store, id, &ignored) == OK)
		id++;
	snprintf(a->detail, sizeof a->detail, "custodian=%u name=%s", (unsigned)id, p.name);
	snprintf(a->answer->text, sizeof a->answer->text, "%s is custodian %u, for the alerts from now on", p.name,
		(unsigned)id);
	a->committed = read_custodians;
	return store_custodian_add(t->store, id, &p);
}

enum error triage_custodian_revoke(struct triage *t, struct asking *a)
{
	uint32_t id = bytes_get_u32(&a->payload);
	if (!bytes_end(&a->payload))
		return malformed(a);
	snprintf(a->detail, sizeof a->detail, "custodian=%u", (unsigned)id);
	if (t->custodian_count <= t->threshold)
		return asking_refuse(a, ERROR_REFUSED, "%u custodians are needed to open a number, and there are only %u: "
						       "enrol another one first", t->threshold, t->custodian_count);
	enum error e = store_custodian_revoke(t->store, id);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, "there is no custodian %u", (unsigned)id);
	a->committed = read_custodians;
	return e;
}
