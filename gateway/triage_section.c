// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_section.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/feed/feed_entry.h"
#include "gateway/feed/feed_event.h"
#include "gateway/feedkey.h"
#include "gateway/log.h"
#include "gateway/reading_json.h"
#include "gateway/store_section.h"
#include "rules/grade.h"

#define LINK_DOMAIN "tama/section-link/1"
#define ID_DOMAIN "tama/section-id/1"
#define INCIDENT_DOMAIN "tama/section-incident/1"
#define MADE_DOMAIN "tama/section-made/1"
#define SENT_STEP_S 3600 // of updates: when an officer acted is no villager's secret, but need not be exact

// Tags under the KEK: the same after a restart, and nobody else can make or undo them.
static void link_of(const struct triage *t, uint64_t alert_id, uint8_t out[static SECTION_TAG_SIZE])
{
	pseudonym_tag(secret_view(t->kek), LINK_DOMAIN, &alert_id, sizeof alert_id, out);
}

static json_t *tag_json(const struct triage *t, const char *domain, const char *section, uint64_t n)
{
	uint8_t tag[TAG_SIZE], what[SECTION_NAME_SIZE + 8] = {0};
	char hex[2 * TAG_SIZE + 1];
	snprintf((char *)what, SECTION_NAME_SIZE, "%s", section);
	memcpy(what + SECTION_NAME_SIZE, &n, 8);
	pseudonym_tag(secret_view(t->kek), domain, what, sizeof what, tag);
	sodium_bin2hex(hex, sizeof hex, tag, sizeof tag);
	return json_string(hex);
}

// At the unlocking, so that a key that cannot be had holds up no alert.
static enum error open_feed_key(struct triage *t)
{
	bool made = false;
	uint8_t public[FEEDKEY_PUBLIC_SIZE];
	char hex[FEEDKEY_HEX_SIZE];
	secret_clear(&t->feed);
	enum error e = feedkey_open(&t->process.config, t->kek, &t->feed, &made);
	if (e != OK || !made)
		return e;
	crypto_sign_ed25519_sk_to_pk(public, secret_view(t->feed));
	feedkey_hex(public, hex);
	return triage_audit(t, "feed-key", "station", "public=%s", hex);
}

// ---- the record -------------------------------------------------------------------------------------------------------

// Always F: few people have a reporter code, and the letter would say that one of these few wrote.
static json_t *grade_json(int reporters, const char *outcome)
{
	enum grade_verdict verdict = !strcmp(outcome, "confirmed") ? GRADE_CONFIRMED : !strcmp(outcome, "false") ? GRADE_FALSE : GRADE_OPEN;
	const char text[3] = {'F', grade_information(reporters, verdict), 0};
	return json_string(text);
}

// Of several readings, all the events that it could be.
static void put_events(const struct triage *t, const struct section_about *a, json_t *o)
{
	const struct event *events;
	json_t *all = json_array();
	sheet_events(t->sheet, &events);
	int first = a->count ? a->readings[0].event : -1;
	for (size_t i = 0; i < a->count; i++) {
		bool there = a->readings[i].event < 0;
		for (size_t k = 0; k < i; k++)
			there |= a->readings[k].event == a->readings[i].event;
		if (!there)
			json_array_append_new(all, json_string(events[a->readings[i].event].code));
	}
	const struct event *e = first >= 0 ? &events[first] : NULL;
	const char *sub = e ? feed_sub_event(e) : NULL;
	json_object_set_new(o, "event", e ? json_string(e->code) : json_null());
	json_object_set_new(o, "event_name", e ? json_string(e->name) : json_null());
	json_object_set_new(o, "events", all);
	json_object_set_new(o, "sub_event", sub ? json_string(sub) : json_null());
	json_object_set_new(o, "category", json_string(e ? feed_category(e) : "Security"));
	json_object_set_new(o, "expected", json_boolean(e && feed_expected(e)));
}

static void put_no_event(json_t *o)
{
	static const char *const gone[] = {"event", "event_name", "sub_event"};
	for (size_t i = 0; i < ARRAY_LENGTH(gone); i++)
		json_object_set_new(o, gone[i], json_null());
	json_object_set_new(o, "events", json_array());
	json_object_set_new(o, "category", json_string("Security"));
	json_object_set_new(o, "expected", json_false());
}

static json_t *bucket_json(int count)
{
	const char *text = share_bucket(count);
	return text ? json_string(text) : json_null();
}

static void put_place(const struct triage *t, const struct coarse *c, json_t *o)
{
	json_object_set_new(o, "areas", feed_areas_json(t->sheet, c->place));
	feed_put_coordinates(o, t->sheet, c->place);
	json_object_set_new(o, "from", time_json(c->from));
	json_object_set_new(o, "until", time_json(c->until));
	json_object_set_new(o, "k_min", json_integer(share_k_min(rules_share_table(t->rules))));
	json_object_set_new(o, "scheme", json_string(sheet_scheme(t->sheet)));
}

static json_t *record_json(const struct triage *t, const struct section_about *a, const char *section, enum share_level level,
	const struct coarse *c, uint64_t item)
{
	bool full = level == SHARE_FULL, place = full || level == SHARE_PLACE;
	json_t *o = json_pack("{s:i, s:s, s:s, s:i, s:s, s:n, s:s, s:i}", "v", 1, "type", "alert", "section", section,
		"revision", 0, "state", "new", "outcome", "redaction", share_level_name(level), "severity", a->severity);
	json_object_set_new(o, "id", tag_json(t, ID_DOMAIN, section, item));
	json_object_set_new(o, "status", json_string(a->flags & FLAG_DRILL ? "exercise" : t->process.config.demo ? "test" : "actual"));
	if (level == SHARE_COUNT)
		put_no_event(o);
	else
		put_events(t, a, o);
	put_place(t, c, o);
	json_object_set_new(o, "count", place && a->count ? bucket_json(a->readings[0].count) : json_null());
	json_object_set_new(o, "reporters", full ? bucket_json(a->reporters) : json_null());
	json_object_set_new(o, "grade", grade_json(a->reporters, ""));
	json_object_set_new(o, "incident", a->incident && level != SHARE_COUNT ? tag_json(t, INCIDENT_DOMAIN, section, a->incident) :
						  json_null());
	json_object_set_new(o, "flags", full ? flags_json(a->flags & (FLAG_MENDED | FLAG_AMBIGUOUS | FLAG_INCOMPLETE)) : json_array());
	return o;
}

// ---- sealed and kept ----------------------------------------------------------------------------------------------------

static enum error wrap_made(const struct triage *t, struct store_section_item *i)
{
	uint8_t ad[24];
	int64_t now = (int64_t)time(NULL);
	wrap_seal(secret_view(t->kek), MADE_DOMAIN, ad, triage_bind(t, i->id, ad), &now, sizeof now, i->made);
	i->made_size = sizeof now + WRAP_OVERHEAD;
	i->day = now / 86400;
	return OK;
}

enum error triage_section_made(const struct triage *t, const struct store_section_item *i, int64_t *at)
{
	uint8_t ad[24];
	if (triage_is_locked(t))
		return ERROR_LOCKED;
	if (i->made_size != sizeof *at + WRAP_OVERHEAD)
		return ERROR_MALFORMED;
	return wrap_open(secret_view(t->kek), MADE_DOMAIN, ad, triage_bind(t, i->id, ad), i->made, i->made_size, (uint8_t *)at);
}

// Takes the record.
static enum error keep(struct triage *t, struct store_section_item *i, json_t *record, const struct seal_public *key)
{
	uint8_t signature[SIGNATURE_SIZE];
	cleanup_free uint8_t *sealed = NULL;
	char *text = json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
	json_decref(record);
	enum error e = text ? OK : ERROR_MEMORY;
	if (e == OK) {
		section_record_sign(t->feed, t->process.config.station_id, text, signature);
		e = section_record_seal(key, t->process.config.station_id, i->id, i->section, text, signature, &sealed, &i->body_size);
	}
	if (text)
		sodium_memzero(text, strlen(text));
	free(text);
	if (e == OK)
		e = wrap_made(t, i);
	i->body = sealed;
	return e == OK ? store_section_item_add(t->store, i) : e;
}

// ERROR_NOT_FOUND: nothing can leave for it.
static enum error newest_key(struct triage *t, const char *section, uint64_t *id, struct seal_public *key)
{
	enum error e = store_section_key_newest(t->store, section, id, key);
	if (e == OK && !t->feed) {
		log_error("section=%s gets nothing: the station's feed key does not open", section);
		e = ERROR_NOT_FOUND;
	}
	return e;
}

enum error triage_section_share(struct triage *t, const struct section_about *a, const char *section, enum share_level level,
	uint64_t *item)
{
	int places[READINGS_MAX] = {-1};
	struct coarse coarse;
	struct seal_public key;
	struct store_section_item i = {.sequence = 0};
	*item = 0;
	enum error e = newest_key(t, section, &i.key_id, &key);
	if (e != OK)
		return e == ERROR_NOT_FOUND ? OK : e;
	for (size_t k = 0; k < a->count; k++)
		places[k] = a->readings[k].place;
	if (!share_coarsen(rules_share_table(t->rules), places, a->count, level, a->at, &coarse))
		return OK;
	snprintf(i.section, sizeof i.section, "%s", section);
	link_of(t, a->alert_id, i.link);
	e = store_section_item_next(t->store, &i.id);
	if (e == OK)
		e = keep(t, &i, record_json(t, a, section, level, &coarse, i.id), &key);
	if (e == OK)
		*item = i.id;
	return e;
}

// ---- what becomes of it -----------------------------------------------------------------------------------------------

struct first {
	uint64_t id;
	char section[SECTION_NAME_SIZE];
};

struct firsts {
	struct first list[SHARES_MAX * 2];
	size_t count;
};

static bool add_first(void *ctx, const struct store_section_item *i)
{
	struct firsts *f = ctx;
	f->list[f->count].id = i->id;
	memcpy(f->list[f->count].section, i->section, SECTION_NAME_SIZE);
	return ++f->count < ARRAY_LENGTH(f->list);
}

struct stand {
	char state[STORE_STATE_SIZE], outcome[STORE_STATE_SIZE];
	int severity, reporters;
};

static bool read_stand(void *ctx, const struct store_alert *a)
{
	struct stand *s = ctx;
	memcpy(s->state, a->state, sizeof s->state);
	memcpy(s->outcome, a->outcome, sizeof s->outcome);
	s->severity = a->severity;
	s->reporters = a->incident ? a->reporters : 1;
	return true;
}

static json_t *update_json(const struct triage *t, const struct first *f, const struct stand *s, int sequence)
{
	bool cancels = !strcmp(s->outcome, "false") || !strcmp(s->outcome, "duplicate") || !strcmp(s->outcome, "drill");
	int64_t now = (int64_t)time(NULL) / SENT_STEP_S * SENT_STEP_S;
	return json_pack("{s:i, s:s, s:s, s:i, s:s, s:s?, s:i, s:o, s:o, s:o}", "v", 1, "type", cancels ? "cancel" : "update",
		"section", f->section, "revision", sequence, "state", s->state, "outcome", *s->outcome ? s->outcome : NULL, "severity",
		s->severity, "id", tag_json(t, ID_DOMAIN, f->section, f->id), "grade", grade_json(s->reporters, s->outcome), "sent",
		time_json(now));
}

static enum error tell(struct triage *t, const struct first *f, const struct stand *s, const uint8_t link[static SECTION_TAG_SIZE])
{
	struct seal_public key;
	struct store_section_item i = {.sequence = 0};
	enum error e = newest_key(t, f->section, &i.key_id, &key);
	if (e != OK)
		return e == ERROR_NOT_FOUND ? OK : e;
	memcpy(i.section, f->section, sizeof i.section);
	memcpy(i.link, link, sizeof i.link);
	e = store_section_sequence(t->store, f->section, link, &i.sequence);
	if (e == OK)
		e = store_section_item_next(t->store, &i.id);
	return e == OK ? keep(t, &i, update_json(t, f, s, i.sequence), &key) : e;
}

enum error triage_section_moved(struct triage *t, uint64_t alert_id)
{
	struct firsts f = {.count = 0};
	struct stand s = {0};
	uint8_t link[SECTION_TAG_SIZE];
	if (triage_is_locked(t))
		return store_section_due_add(t->store, alert_id);
	link_of(t, alert_id, link);
	enum error e = store_section_items_of(t->store, link, add_first, &f);
	if (e == OK && f.count)
		e = store_alert_get(t->store, alert_id, read_stand, &s);
	for (size_t i = 0; i < f.count && e == OK; i++)
		e = tell(t, &f.list[i], &s, link);
	return e;
}

enum error triage_section_has(struct triage *t, uint64_t alert_id, const char *section, bool *has)
{
	struct firsts f = {.count = 0};
	uint8_t link[SECTION_TAG_SIZE];
	link_of(t, alert_id, link);
	enum error e = store_section_items_of(t->store, link, add_first, &f);
	*has = false;
	for (size_t i = 0; i < f.count; i++)
		*has |= !strcmp(f.list[i].section, section);
	return e;
}

enum error triage_section_expire(struct triage *t, uint64_t alert_id)
{
	uint8_t link[SECTION_TAG_SIZE];
	if (triage_is_locked(t)) // then the days end it, in triage_retention
		return OK;
	link_of(t, alert_id, link);
	return store_section_items_drop(t->store, link);
}

void triage_section_unlocked(struct triage *t)
{
	uint64_t alert_id;
	enum error e = triage_begin(t);
	if (e == OK)
		e = open_feed_key(t);
	while (e == OK) {
		e = store_section_due_take(t->store, &alert_id);
		if (e == OK)
			e = triage_section_moved(t, alert_id);
	}
	if (e == ERROR_NOT_FOUND)
		e = triage_commit(t);
	if (e != OK) {
		log_error("sections: the feed key does not open, or what moved while the station was locked cannot be told: %s", error_text(e));
		triage_rollback(t);
	}
}
