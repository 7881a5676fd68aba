// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/alert.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage_trend.h"
#include "gateway/triage_section.h"

#define EXPIRE_LOOK_BACK_DAYS 400

enum error triage_keys_create(struct triage_keys **out)
{
	*out = sodium_malloc(sizeof **out);
	if (!*out)
		return ERROR_MEMORY;
	sodium_memzero(*out, sizeof **out);
	return OK;
}

// A key that the keeper holds for us dies with the keeper: what is lost then is said where it is made.
static void to_vault(struct triage *t, const char *name, const uint8_t key[static KEY_SIZE])
{
	struct vault_item item = {0};
	if (t->keeper < 0)
		return;
	snprintf(item.name, sizeof item.name, "%s", name);
	memcpy(item.secret, key, KEY_SIZE);
	if (vault_send(t->keeper, MESSAGE_VAULT_PUT, &item) != OK)
		log_warn("keeper does not take keys; a crash of triage would lock the station");
	sodium_memzero(&item, sizeof item);
}

static void drop_from_vault(struct triage *t, const char *name)
{
	struct vault_item item = {0};
	snprintf(item.name, sizeof item.name, "%s", name);
	if (t->keeper >= 0 && vault_send(t->keeper, MESSAGE_VAULT_DROP, &item) != OK)
		log_warn("keeper does not listen");
}

static void content_name(uint64_t id, char out[static VAULT_NAME_SIZE])
{
	snprintf(out, VAULT_NAME_SIZE, "content-%llu", (unsigned long long)id);
}

static void epoch_name(int64_t epoch, char out[static VAULT_NAME_SIZE])
{
	snprintf(out, VAULT_NAME_SIZE, "epoch-%lld", (long long)epoch);
}

void triage_keys_to_vault(struct triage *t)
{
	char name[VAULT_NAME_SIZE];
	if (triage_is_locked(t))
		return;
	to_vault(t, VAULT_KEK, secret_view(t->kek));
	epoch_name(t->keys->epoch, name);
	if (t->keys->has_epoch)
		to_vault(t, name, t->keys->epoch_key);
	for (size_t i = 0; i < t->keys->content_count; i++) {
		content_name(t->keys->contents[i].id, name);
		if (!t->keys->contents[i].fresh)
			to_vault(t, name, t->keys->contents[i].key);
	}
}

void triage_lock(struct triage *t)
{
	spool_reader_close(t->reader);
	t->reader = NULL;
	secret_clear(&t->kek);
	secret_clear(&t->station);
	secret_clear(&t->station_old);
	secret_clear(&t->feed);
	triage_trend_forget(t);
	sodium_memzero(t->keys, sizeof *t->keys);
	memset(t->sending, 0, sizeof t->sending);
	drop_from_vault(t, "");
	sodium_stackzero(65536);
}

static enum error read_working_key(struct triage *t)
{
	struct secret *working = NULL;
	enum error e = keyfile_read(&t->process.config, t->kek, "working", KEY_SIZE, &working);
	if (e == ERROR_NOT_FOUND) { // after a seizure
		e = secret_random(KEY_SIZE, &working);
		if (e == OK)
			e = keyfile_write(&t->process.config, t->kek, "working", working);
	}
	if (e == OK)
		memcpy(t->keys->working, secret_view(working), KEY_SIZE);
	secret_destroy(working);
	return e;
}

// With the KEK there: the station's secret, the working key, the place in the spool.
static enum error open_station(struct triage *t)
{
	enum error e = keyfile_read(&t->process.config, t->kek, "station", KEY_SIZE, &t->station);
	if (e == OK) {
		e = keyfile_read(&t->process.config, t->kek, KEYFILE_STATION_OLD, KEY_SIZE, &t->station_old);
		e = e == ERROR_NOT_FOUND ? OK : e;
	}
	if (e == OK)
		e = read_working_key(t);
	if (e == OK)
		e = triage_open_spool(t);
	if (e == OK)
		e = triage_audit_open(t);
	if (e != OK) {
		log_error("the station's keys do not open (%s); restore DIR/keys from where they were kept",
			error_text(e));
		spool_reader_close(t->reader);
		t->reader = NULL;
		secret_clear(&t->kek);
		secret_clear(&t->station);
		secret_clear(&t->station_old);
		sodium_memzero(t->keys, sizeof *t->keys);
		return e;
	}
	t->unlocked_ms = loop_now_ms();
	triage_section_unlocked(t);
	return OK;
}

enum error triage_unlock(struct triage *t, const char *passphrase, size_t length)
{
	enum error e = keyfile_kek_open(t->process.config.dir, passphrase, length, &t->kek);
	if (e == OK)
		e = open_station(t);
	if (e == OK)
		triage_keys_to_vault(t);
	return e;
}

static void take_given(struct triage *t, const struct vault_item *item)
{
	unsigned long long id;
	long long epoch;
	struct triage_keys *k = t->keys;
	if (sscanf(item->name, "epoch-%lld", &epoch) == 1) {
		if (!k->has_epoch || epoch > k->epoch) {
			k->epoch = epoch;
			k->has_epoch = true;
			memcpy(k->epoch_key, item->secret, KEY_SIZE);
		}
	} else if (sscanf(item->name, "content-%llu", &id) == 1 && k->content_count < CONTENT_KEYS_MAX) {
		struct content_key *c = &k->contents[k->content_count];
		if (store_content_key_find(t->store, id, c->queue, &c->day) != OK)
			return;
		c->id = id;
		memcpy(c->key, item->secret, KEY_SIZE);
		k->content_count++;
	}
}

enum error triage_unlock_given(struct triage *t)
{
	struct triage_keys *k = t->keys;
	enum error e = ERROR_NOT_FOUND;
	for (size_t i = 0; i < k->given_count; i++)
		if (!strcmp(k->given[i].name, VAULT_KEK))
			e = secret_copy(k->given[i].secret, KEY_SIZE, &t->kek);
	if (e == OK)
		e = open_station(t);
	for (size_t i = 0; i < k->given_count && e == OK; i++)
		take_given(t, &k->given[i]);
	sodium_memzero(k->given, sizeof k->given);
	k->given_count = 0;
	return e;
}

// A wrapped key file of this name, made when it is not there yet (and `create`).
static enum error file_key(struct triage *t, const char *name, bool create, uint8_t out[static KEY_SIZE])
{
	cleanup_secret struct secret *key = NULL;
	enum error e = keyfile_read(&t->process.config, t->kek, name, KEY_SIZE, &key);
	if (e == ERROR_NOT_FOUND && create) {
		e = secret_random(KEY_SIZE, &key);
		if (e == OK)
			e = keyfile_write(&t->process.config, t->kek, name, key);
	}
	if (e == OK)
		memcpy(out, secret_view(key), KEY_SIZE);
	return e;
}

enum error triage_epoch_end(struct triage *t)
{
	struct triage_keys *k = t->keys;
	char name[VAULT_NAME_SIZE];
	if (!k->has_epoch)
		return OK;
	epoch_name(k->epoch, name);
	drop_from_vault(t, name);
	sodium_memzero(k->epoch_key, KEY_SIZE);
	k->has_epoch = false;
	log_info("pseudonym epoch=%lld ended, its key is destroyed", (long long)k->epoch);
	return keyfile_destroy(&t->process.config, name);
}

enum error triage_epoch_key(struct triage *t, int64_t now, const uint8_t **key)
{
	struct triage_keys *k = t->keys;
	int64_t epoch = now / 86400 / t->process.config.epoch_days;
	char name[VAULT_NAME_SIZE];
	*key = k->epoch_key;
	// A clock that went back, or cannot be believed, ends no epoch.
	if (k->has_epoch && (k->epoch >= epoch || t->clock.suspended))
		return OK;
	enum error e = triage_epoch_end(t);
	epoch_name(epoch, name);
	if (e == OK && t->process.config.persist_pseudonyms)
		e = file_key(t, name, true, k->epoch_key);
	else
		randombytes_buf(k->epoch_key, KEY_SIZE);
	if (e != OK)
		return e;
	k->epoch = epoch;
	k->has_epoch = true;
	to_vault(t, name, k->epoch_key);
	return OK;
}

static enum error day_key(struct triage *t, struct day_key *k, const char *prefix, int64_t day, bool create,
	const uint8_t **key)
{
	char name[VAULT_NAME_SIZE];
	*key = k->key;
	if (k->day == day && (k->present || !create))
		return k->present ? OK : ERROR_NOT_FOUND;
	snprintf(name, sizeof name, "%s-%lld", prefix, (long long)day);
	enum error e = file_key(t, name, create, k->key);
	k->day = day;
	k->present = e == OK;
	return e;
}

enum error triage_outer_key(struct triage *t, int64_t day, bool create, const uint8_t **key)
{
	return day_key(t, &t->keys->outer, "outer", day, create, key);
}

enum error triage_reply_key(struct triage *t, int64_t day, bool create, const uint8_t **key)
{
	return day_key(t, &t->keys->reply, "reply", day, create, key);
}

enum error triage_dedupe_key(struct triage *t, int64_t day, bool create, const uint8_t **key)
{
	return day_key(t, &t->keys->dedupe[(uint64_t)day % DEDUPE_DAYS_MAX], "dedupe", day, create, key);
}

enum error triage_series_key(struct triage *t, int64_t day, bool create, const uint8_t **key)
{
	return day_key(t, &t->keys->series, TRIAGE_SERIES_PREFIX, day, create, key);
}

int64_t triage_dedupe_days(const struct triage *t)
{
	int64_t days = (t->process.config.dedupe_hours + 23) / 24 + 1;
	return days < DEDUPE_DAYS_MAX ? days : DEDUPE_DAYS_MAX - 1;
}

struct sealing {
	struct triage *t;
	const struct content_key *key;
	enum error error;
	size_t officers;
};

static bool seal_to_officer(void *ctx, const struct officer_record *r)
{
	struct sealing *s = ctx;
	uint8_t sealed[ALERT_KEY_SEALED];
	s->error = content_key_seal(&r->public.seal, s->t->process.config.station_id, s->key->id, s->key->queue,
		s->key->key, sealed);
	if (s->error == OK)
		s->error = store_content_seal_add(s->t->store, s->key->id, r->public.name, sealed, sizeof sealed);
	s->officers++;
	return s->error == OK;
}

enum error triage_content_key(struct triage *t, const char *queue, int64_t day, struct content_key **out)
{
	struct triage_keys *k = t->keys;
	for (size_t i = 0; i < k->content_count; i++) {
		*out = &k->contents[i];
		if ((*out)->day == day && !strcmp((*out)->queue, queue))
			return OK;
	}
	if (k->content_count == CONTENT_KEYS_MAX)
		return ERROR_FULL;
	struct content_key *c = &k->contents[k->content_count];
	*c = (struct content_key){.day = day, .fresh = true};
	snprintf(c->queue, sizeof c->queue, "%s", queue);
	randombytes_buf(c->key, KEY_SIZE);
	enum error e = store_content_key_add(t->store, queue, day, &c->id);
	struct sealing s = {.t = t, .key = c};
	if (e == OK)
		e = store_officers_of(t->store, queue, seal_to_officer, &s);
	if (e == OK)
		e = s.error;
	if (e != OK)
		return e;
	if (s.officers == 0)
		log_warn("queue=%s has no officer: nobody can read what comes there today", queue);
	k->content_count++;
	*out = c;
	return OK;
}

void triage_contents_committed(struct triage *t)
{
	char name[VAULT_NAME_SIZE];
	for (size_t i = 0; i < t->keys->content_count; i++) {
		struct content_key *c = &t->keys->contents[i];
		if (!c->fresh)
			continue;
		c->fresh = false;
		content_name(c->id, name);
		to_vault(t, name, c->key);
	}
}

static void forget_content(struct triage_keys *k, size_t i)
{
	k->contents[i] = k->contents[--k->content_count];
	sodium_memzero(&k->contents[k->content_count], sizeof k->contents[0]);
}

void triage_contents_forgotten(struct triage *t)
{
	for (size_t i = t->keys->content_count; i-- > 0;)
		if (t->keys->contents[i].fresh)
			forget_content(t->keys, i);
}

void triage_contents_renew(struct triage *t)
{
	char name[VAULT_NAME_SIZE];
	while (t->keys->content_count) {
		content_name(t->keys->contents[0].id, name);
		drop_from_vault(t, name);
		forget_content(t->keys, 0);
	}
}

static void destroy_days(struct triage *t, const char *prefix, int64_t before)
{
	char name[VAULT_NAME_SIZE];
	for (int64_t day = before - EXPIRE_LOOK_BACK_DAYS; day < before; day++) {
		snprintf(name, sizeof name, "%s-%lld", prefix, (long long)day);
		if (keyfile_destroy(&t->process.config, name) != OK)
			log_warn("key=%s cannot be destroyed: %s", name, strerror(errno));
	}
}

void triage_keys_expire(struct triage *t, int64_t now)
{
	const struct config *c = &t->process.config;
	int64_t today = now / 86400, first = today - triage_dedupe_days(t);
	int64_t replies = today - (c->reply_window_h + 23) / 24;
	char name[VAULT_NAME_SIZE];
	for (size_t i = t->keys->content_count; i-- > 0;) {
		struct content_key *content = &t->keys->contents[i];
		if (content->day >= today - 1)
			continue;
		content_name(content->id, name);
		drop_from_vault(t, name);
		forget_content(t->keys, i);
	}
	if (t->expired_day == today)
		return;
	t->expired_day = today;
	destroy_days(t, "dedupe", first);
	destroy_days(t, "reply", replies);
	destroy_days(t, "outer", today - config_retention_max(c));
	enum error e = triage_begin(t);
	if (e == OK)
		e = store_seen_purge(t->store, first);
	if (e == OK)
		e = store_origin_close(t->store, replies);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_warn("old fingerprints stay: %s", store_why(t->store));
		triage_rollback(t);
	}
}
