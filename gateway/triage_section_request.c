// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens of sections, what officers refer to them by hand, and what they have read.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/action.h"
#include "gateway/base/cleanup.h"
#include "gateway/store_section.h"
#include "gateway/triage_request.h"
#include "gateway/triage_section.h"

#define SECTION_TOKENS_MAX 16 // of one section, that are not revoked

static enum error malformed(struct asking *a)
{
	return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
}

static bool find_section(const struct triage *t, const char *name, bool *uniformed)
{
	const char *known;
	if (!t->rules)
		return false;
	for (size_t i = 0; (known = rules_section_name(t->rules, i, uniformed)); i++)
		if (!strcmp(known, name))
			return true;
	return false;
}

bool triage_has_section(const struct triage *t, const char *name)
{
	bool uniformed;
	return find_section(t, name, &uniformed);
}

// ---- tokens -----------------------------------------------------------------------------------------------------------

struct tokens {
	const char *section;
	struct store_section_token list[SECTION_TOKENS_MAX];
	size_t count;
};

static bool add_token(void *ctx, const struct store_section_token *t)
{
	struct tokens *all = ctx;
	if (!t->revoked && !strcmp(t->section, all->section))
		all->list[all->count++] = *t;
	return all->count < SECTION_TOKENS_MAX;
}

// A new key for those who may read from now on; nobody keeps it but they.
static enum error renew_key(struct triage *t, const struct tokens *all)
{
	struct seal_public public;
	cleanup_secret struct secret *key = NULL;
	uint8_t sealed[SECTION_KEY_SEALED];
	uint64_t id;
	if (!all->count)
		return store_section_key_add(t->store, all->section, NULL, &id);
	enum error e = seal_keypair(&public, &key);
	if (e == OK)
		e = store_section_key_add(t->store, all->section, &public, &id);
	for (size_t i = 0; i < all->count && e == OK; i++) {
		e = section_key_seal(&all->list[i].public.seal, t->process.config.station_id, id, all->section, key, sealed);
		if (e == OK)
			e = store_section_key_seal_add(t->store, id, all->list[i].id, sealed);
	}
	return e;
}

static enum error answer_token(const struct triage *t, struct asking *a, uint64_t id, const uint8_t token[static SECTION_TOKEN_SIZE])
{
	struct bytes_writer w;
	uint8_t sealed[SECTION_TOKEN_SIZE + SEAL_OVERHEAD];
	enum error e = seal_to(SECTION_TOKEN_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, token,
		SECTION_TOKEN_SIZE, sealed);
	bytes_writer_init(&w, a->answer->payload, sizeof a->answer->payload);
	bytes_put_u64(&w, id);
	bytes_put(&w, sealed, sizeof sealed);
	a->answer->size = (uint16_t)w.at;
	return e;
}

enum error triage_section_token(struct triage *t, struct asking *a)
{
	char section[SECTION_NAME_SIZE];
	uint8_t token[SECTION_TOKEN_SIZE];
	bool uniformed;
	struct store_section_token row = {.made_at = (int64_t)time(NULL)};
	struct tokens all = {.section = section};
	bytes_get_text(&a->payload, section, sizeof section);
	if (!bytes_end(&a->payload))
		return malformed(a);
	if (!find_section(t, section, &uniformed))
		return asking_refuse(a, ERROR_NOT_FOUND, "there is no section \"%s\" in the rules", section);
	enum error e = store_section_tokens(t->store, add_token, &all);
	if (e == OK && all.count == SECTION_TOKENS_MAX)
		return asking_refuse(a, ERROR_FULL, "%s has %d tokens: revoke one first", section, SECTION_TOKENS_MAX);
	memcpy(row.section, section, sizeof row.section);
	section_token_make(token);
	if (e == OK)
		e = section_token_keys(token, &row.public, NULL);
	if (e == OK)
		e = store_section_token_add(t->store, &row);
	all.list[all.count++] = row;
	if (e == OK)
		e = renew_key(t, &all);
	if (e == OK)
		e = answer_token(t, a, row.id, token);
	snprintf(a->detail, sizeof a->detail, "section=%s token=%llu", section, (unsigned long long)row.id);
	sodium_memzero(token, sizeof token);
	return e;
}

enum error triage_section_revoke(struct triage *t, struct asking *a)
{
	char section[SECTION_NAME_SIZE];
	struct tokens all = {.section = section}, left = {.section = section};
	bytes_get_text(&a->payload, section, sizeof section);
	uint64_t only = bytes_get_u64(&a->payload);
	if (!bytes_end(&a->payload))
		return malformed(a);
	enum error e = store_section_tokens(t->store, add_token, &all);
	for (size_t i = 0; i < all.count && e == OK; i++) {
		if (only && all.list[i].id != only) {
			left.list[left.count++] = all.list[i];
			continue;
		}
		e = store_section_token_revoke(t->store, all.list[i].id);
		if (e == OK)
			e = store_section_key_seals_drop(t->store, all.list[i].id);
	}
	if (e == OK && left.count == all.count)
		return asking_refuse(a, ERROR_NOT_FOUND, "%s has no such token", section);
	snprintf(a->detail, sizeof a->detail, "section=%s tokens=%zu left=%zu", section, all.count - left.count, left.count);
	return e == OK ? renew_key(t, &left) : e;
}

// ---- by an officer's hand -----------------------------------------------------------------------------------------------

struct referring {
	struct section_about about;
	char state[STORE_STATE_SIZE];
};

static bool read_row(void *ctx, const struct store_alert *row)
{
	struct referring *r = ctx;
	struct section_about *about = &r->about;
	memcpy(r->state, row->state, sizeof r->state);
	about->incident = row->incident;
	about->reporters = row->incident ? row->reporters : 1;
	about->severity = row->severity;
	return true;
}

static bool get_readings(const struct triage *t, struct asking *a, struct section_about *about, struct reading *readings)
{
	char event[CODE_SIZE], place[CODE_SIZE];
	about->count = bytes_get_u8(&a->payload);
	about->readings = readings;
	for (size_t i = 0; i < about->count && i < READINGS_MAX; i++) {
		bytes_get_text(&a->payload, event, sizeof event);
		bytes_get_text(&a->payload, place, sizeof place);
		readings[i] = (struct reading){.event = *event ? sheet_event_of_code(t->sheet, event) : -1,
			.place = *place ? sheet_place_of_code(t->sheet, place) : -1, .count = (int32_t)bytes_get_u32(&a->payload)};
		if ((*event && readings[i].event < 0) || (*place && readings[i].place < 0))
			return false;
	}
	return bytes_end(&a->payload) && about->count <= READINGS_MAX;
}

// What a rule could not share, no hand does.
static enum error check_events(const struct triage *t, struct asking *a, const struct section_about *about, const char *section,
	bool uniformed)
{
	const struct event *events;
	bool unknown = about->count == 0;
	sheet_events(t->sheet, &events);
	for (size_t i = 0; i < about->count; i++) {
		int event = about->readings[i].event;
		unknown |= event < 0;
		if (event >= 0 && events[event].restricted)
			return asking_refuse(a, ERROR_REFUSED, "%s is restricted: it goes to named officers only", events[event].name);
		if (event >= 0 && events[event].uniformed && uniformed)
			return asking_refuse(a, ERROR_REFUSED, "%s is on the uniformed side: it must not learn of %s", section,
				events[event].name);
	}
	if (unknown && uniformed)
		return asking_refuse(a, ERROR_REFUSED, "%s is on the uniformed side, and nobody knows what this alert says", section);
	return OK;
}

enum error triage_section_refer(struct triage *t, struct asking *a)
{
	char section[SECTION_NAME_SIZE], level[SECTION_LEVEL_SIZE];
	struct reading readings[READINGS_MAX];
	struct referring r = {.about.alert_id = bytes_get_u64(&a->payload)};
	struct section_about *about = &r.about;
	bool uniformed, has;
	uint64_t item = 0;
	bytes_get_text(&a->payload, section, sizeof section);
	bytes_get_text(&a->payload, level, sizeof level);
	about->at = (int64_t)bytes_get_u64(&a->payload);
	about->flags = bytes_get_u32(&a->payload);
	if (!get_readings(t, a, about, readings))
		return malformed(a);
	snprintf(a->detail, sizeof a->detail, "alert=%llu section=%s level=%s", (unsigned long long)about->alert_id, section, level);
	if (!find_section(t, section, &uniformed))
		return asking_refuse(a, ERROR_NOT_FOUND, "there is no section \"%s\" in the rules", section);
	int kept = share_level_of(level);
	if (kept < 0)
		return asking_refuse(a, ERROR_ARGUMENT, "a level is full, place, area or count");
	enum error e = asking_check_right(t, a, about->alert_id);
	if (e == OK)
		e = check_events(t, a, about, section, uniformed);
	if (e == OK)
		e = store_alert_get(t->store, about->alert_id, read_row, &r);
	if (e == OK && !action_next_state(ACTION_REFER, r.state))
		return asking_refuse(a, ERROR_REFUSED, "alert %llu is %s", (unsigned long long)about->alert_id, r.state);
	if (e == OK)
		e = triage_section_has(t, about->alert_id, section, &has);
	if (e == OK && has)
		return asking_refuse(a, ERROR_EXISTS, "%s has this alert already", section);
	if (e == OK)
		e = triage_section_share(t, about, section, (enum share_level)kept, &item);
	if (e == OK && !item)
		return asking_refuse(a, ERROR_REFUSED, "nothing leaves for %s: it has no token, or too few people could have sent this", section);
	return e;
}

// ---- what was read ----------------------------------------------------------------------------------------------------

struct reading_item {
	struct triage *t;
	char section[SECTION_NAME_SIZE];
	bool mine;
	int64_t made, read_at;
};

static bool look_at(void *ctx, const struct store_section_item *i)
{
	struct reading_item *r = ctx;
	r->mine = !strcmp(i->section, r->section);
	r->read_at = i->read_at;
	if (triage_section_made(r->t, i, &r->made) != OK)
		r->made = 0;
	return false;
}

enum error triage_section_read(struct triage *t, struct asking *a)
{
	struct store_section_token token;
	struct reading_item r = {.t = t};
	uint64_t token_id;
	int64_t now = (int64_t)time(NULL);
	unsigned n = bytes_get_u16(&a->payload), fresh = 0;
	if (!section_token_id(a->request->officer, &token_id) || n > SECTION_READS_MAX)
		return malformed(a);
	enum error e = store_section_token_get(t->store, token_id, &token);
	memcpy(r.section, token.section, sizeof r.section);
	for (unsigned i = 0; i < n && e == OK; i++) {
		uint64_t item = bytes_get_u64(&a->payload);
		e = store_section_item_get(t->store, item, look_at, &r);
		if (e == OK && r.mine && !r.read_at) {
			e = store_section_read_add(t->store, item, token_id, now, r.made ? now - r.made : -1);
			fresh += e == OK;
		}
		e = e == ERROR_EXISTS || e == ERROR_NOT_FOUND ? OK : e; // another read it first, or it has expired
	}
	if (e == OK && !bytes_end(&a->payload))
		return malformed(a);
	snprintf(a->detail, sizeof a->detail, "section=%s items=%u", token.section, fresh);
	return e == OK ? store_section_token_used(t->store, token_id, now) : e;
}
