// SPDX-License-Identifier: GPL-2.0-or-later
// Which alerts are one incident, and how many people speak of it. Kind, neighbourhood and time propose it; officers, who
// know more, merge and split.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_reporter.h"

#define REPORTER_DOMAIN "tama/reporter/1"
#define INCIDENT_DOMAIN "tama/incident/1"
#define AT_DOMAIN "tama/incident-at/1"
#define ACROSS_MAX 64 // neighbours that are asked after
#define MERGES_MAX 16 // in a row

// From the sealed tag of the sender, so that the reporters of an incident can be counted again from its alerts.
static void reporter_tag(const struct triage *t, const uint8_t who[static TAG_SIZE], uint8_t tag[static TAG_SIZE])
{
	pseudonym_tag(t->keys->working, REPORTER_DOMAIN, who, TAG_SIZE, tag);
}

enum error triage_reporter_add(struct triage *t, uint64_t incident, const uint8_t who[static TAG_SIZE], uint32_t code,
	int64_t at, int *reporters, bool *known)
{
	uint8_t tag[TAG_SIZE], of_code[TAG_SIZE];
	reporter_tag(t, who, tag);
	if (code)
		triage_source_tag(t, code, of_code);
	return store_reporter_add(t->store, incident, tag, code ? of_code : NULL, at, reporters, known);
}

// Where an officer merged an incident into another, what would join the first joins the second.
static void merged_name(uint64_t incident, char out[static 40])
{
	snprintf(out, 40, "merged/%llu", (unsigned long long)incident);
}

static enum error follow_merges(struct triage *t, uint64_t *incident)
{
	char name[40];
	uint64_t into;
	size_t size;
	for (int i = 0; i < MERGES_MAX; i++) {
		merged_name(*incident, name);
		enum error e = store_meta_get(t->store, name, &into, sizeof into, &size);
		if (e != OK)
			return e == ERROR_NOT_FOUND ? OK : e;
		*incident = into;
	}
	return OK;
}

// Under the epoch's key: a thief of the disk learns of no place.
static void place_tag(const struct triage *t, const struct reading_set *parsed, const uint8_t *epoch_key, const char *domain,
	int place, uint8_t tag[static TAG_SIZE])
{
	const struct event *events;
	const struct place *places;
	char what[CODE_SIZE + 32];
	sheet_events(t->sheet, &events);
	sheet_places(t->sheet, &places);
	snprintf(what, sizeof what, "%s%s/%s", parsed->flags & FLAG_DRILL ? "drill/" : "", events[parsed->readings[0].event].code,
		places[place].pcode);
	pseudonym_tag(epoch_key, domain, what, strlen(what), tag);
}

static bool is_alert(const struct triage *t, const struct reading_set *parsed)
{
	const struct event *events;
	const struct reading *r = &parsed->readings[0];
	sheet_events(t->sheet, &events);
	return parsed->count && r->event >= 0 && r->place >= 0 && events[r->event].kind == KIND_ALERT;
}

// The newest of those that were told from just across the border.
static enum error find_across(struct triage *t, const struct reading_set *parsed, const uint8_t *epoch_key,
	const int *across, size_t count, int64_t since, uint64_t *incident)
{
	uint8_t tag[TAG_SIZE];
	uint64_t found, newest = 0;
	enum error e = OK;
	for (size_t i = 0; i < count && (e == OK || e == ERROR_NOT_FOUND); i++) {
		place_tag(t, parsed, epoch_key, AT_DOMAIN, across[i], tag);
		e = store_incident_at_find(t->store, tag, since, &found);
		if (e == OK && found > newest)
			newest = found;
	}
	*incident = newest;
	return e != OK && e != ERROR_NOT_FOUND ? e : newest ? OK : ERROR_NOT_FOUND;
}

// Kind, neighbourhood and time. The neighbourhood is the cercle (or the widest that is known), and from a place near its
// border what is told from the other side.
enum error triage_incident_join(struct triage *t, const struct reading_set *parsed, const uint8_t *epoch_key, int64_t at,
	uint64_t *incident)
{
	uint8_t tag[TAG_SIZE];
	int across[ACROSS_MAX];
	*incident = 0;
	if (!is_alert(t, parsed))
		return OK;
	const int place = parsed->readings[0].place, area = sheet_place_at_level(t->sheet, place, "cercle");
	const int64_t since = at - t->process.config.incident_window_s;
	const size_t near = sheet_places_across(t->sheet, place, across, ACROSS_MAX);
	place_tag(t, parsed, epoch_key, INCIDENT_DOMAIN, area >= 0 ? area : place, tag);
	enum error e = store_incident_find(t->store, tag, since, incident);
	if (e == ERROR_NOT_FOUND && near)
		e = find_across(t, parsed, epoch_key, across, near, since, incident);
	if (e == ERROR_NOT_FOUND)
		e = store_incident_add(t->store, tag, at, incident);
	else if (e == OK)
		e = follow_merges(t, incident);
	if (e == OK && near) {
		place_tag(t, parsed, epoch_key, AT_DOMAIN, place, tag);
		e = store_incident_at_put(t->store, tag, *incident, at);
	}
	return e;
}

// ---- an officer's hand ------------------------------------------------------------------------------------------------

struct ids {
	uint64_t *list;
	size_t count, room;
};

static bool keep_id(void *ctx, uint64_t id)
{
	struct ids *k = ctx;
	if (k->count == k->room) {
		size_t room = k->room ? 2 * k->room : 64;
		uint64_t *more = reallocarray(k->list, room, sizeof *more);
		if (!more)
			return false;
		k->list = more;
		k->room = room;
	}
	k->list[k->count++] = id;
	return true;
}

// From the alerts that are in it now. Of an expired one nobody knows any more who sent it.
static enum error count_again(struct triage *t, uint64_t incident)
{
	struct ids k = {0};
	uint8_t who[TAG_SIZE];
	uint32_t code;
	int ignored;
	bool known;
	enum error e = store_reporters_drop(t->store, incident);
	if (e == OK)
		e = store_incident_alerts(t->store, incident, keep_id, &k);
	for (size_t i = 0; i < k.count && e == OK; i++) {
		e = triage_origin_who(t, k.list[i], who);
		if (e == OK)
			e = triage_origin_reporter(t, k.list[i], &code, &known);
		if (e == OK)
			e = triage_reporter_add(t, incident, who, code, 0, &ignored, &known);
		else if (e == ERROR_NOT_FOUND)
			e = OK;
	}
	free(k.list);
	return e == OK ? store_incident_judge(t->store, incident) : e;
}

// A tag that no report has: nothing joins this incident by itself.
static enum error new_incident(struct triage *t, uint64_t alert_id, int64_t at, uint64_t *incident)
{
	uint8_t tag[TAG_SIZE];
	randombytes_buf(tag, sizeof tag);
	enum error e = store_incident_add(t->store, tag, at, incident);
	return e == OK ? store_alert_move(t->store, alert_id, *incident) : e;
}

static bool read_incident(void *ctx, const struct store_alert *a)
{
	*(uint64_t *)ctx = a->incident;
	return true;
}

static enum error incident_of(struct triage *t, uint64_t alert_id, uint64_t *incident)
{
	return store_alert_get(t->store, alert_id, read_incident, incident);
}

enum error triage_incident_merge(struct triage *t, uint64_t alert_id, uint64_t into_alert, int64_t at)
{
	uint64_t from, into;
	char name[40];
	enum error e = incident_of(t, alert_id, &from);
	if (e == OK)
		e = incident_of(t, into_alert, &into);
	if (e == OK && into && from == into)
		return ERROR_EXISTS;
	if (e == OK && !into)
		e = new_incident(t, into_alert, at, &into);
	if (e == OK && !from)
		e = store_alert_move(t->store, alert_id, into);
	if (e == OK && from) {
		merged_name(from, name);
		e = store_incident_merge(t->store, from, into);
		if (e == OK)
			e = store_meta_put(t->store, name, &into, sizeof into);
	}
	return e == OK ? count_again(t, into) : e;
}

enum error triage_incident_split(struct triage *t, uint64_t alert_id, int64_t at)
{
	uint64_t from, alone;
	struct ids k = {0};
	enum error e = incident_of(t, alert_id, &from);
	if (e == OK && from)
		e = store_incident_alerts(t->store, from, keep_id, &k);
	free(k.list);
	if (e == OK && k.count < 2)
		return ERROR_EXISTS;
	if (e == OK)
		e = new_incident(t, alert_id, at, &alone);
	if (e == OK)
		e = count_again(t, alone);
	return e == OK ? count_again(t, from) : e;
}
