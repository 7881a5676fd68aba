// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_trend.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/log.h"
#include "gateway/triage_alert.h"

#define TAG_DOMAIN "tama/series-tag/1"
#define BODY_DOMAIN "tama/series/1"
#define HEARD_DOMAIN "tama/series-heard/1"
#define BODY_VERSION 1
#define BODY_SIZE 160 // all alike, whatever is in it
#define KEY_NAME "series_key"
#define SERIES_MAX 65536
#define PCODE_SIZE 16
#define SILENT_TOGETHER 4 // more places at once: it is rather the station that hears nothing
#define NEIGHBOURS_MAX 64
#define KNOWN_DAYS 365
#define HEARD_SLOTS 65536 // a power of two

struct series {
	uint8_t tag[TAG_SIZE];
	char pcode[PCODE_SIZE], event[CODE_SIZE]; // event "": whatever comes from that place; pcode "": from anywhere
	struct trend trend;
	bool told, changed; // told: that it is silent
};

struct triage_series {
	struct series *list;
	size_t count, room;
	uint32_t *slots; // open addressing by tag; index + 1
	size_t slot_count;
	uint32_t *changed;
	size_t changed_count;
	int64_t key_day, heard_day;
	uint64_t *heard; // who said what from where that day; 0: a free slot
	size_t heard_count;
};

// ---- in memory ----------------------------------------------------------------------------------------------------

static void forget(struct triage_series *s)
{
	if (!s)
		return;
	if (s->list)
		sodium_memzero(s->list, s->room * sizeof *s->list);
	if (s->heard)
		sodium_memzero(s->heard, HEARD_SLOTS * sizeof *s->heard);
	free(s->heard);
	free(s->list);
	free(s->slots);
	free(s->changed);
	free(s);
}

void triage_trend_forget(struct triage *t)
{
	forget(t->series);
	t->series = NULL;
	t->keys->series.present = false; // what is in it may not be what the database says
}

static size_t slot_of(const struct triage_series *s, const uint8_t tag[static TAG_SIZE])
{
	uint64_t at;
	memcpy(&at, tag, sizeof at); // a keyed hash: as good as any
	for (at &= s->slot_count - 1; s->slots[at]; at = (at + 1) & (s->slot_count - 1))
		if (!memcmp(s->list[s->slots[at] - 1].tag, tag, TAG_SIZE))
			break;
	return at;
}

// Grown by hand: what realloc leaves behind holds places.
static enum error grow(struct triage_series *s)
{
	size_t room = s->room ? 2 * s->room : 256;
	struct series *list = calloc(room, sizeof *list);
	uint32_t *slots = calloc(2 * room, sizeof *slots), *changed = calloc(room, sizeof *changed);
	if (!list || !slots || !changed) {
		free(list);
		free(slots);
		free(changed);
		return ERROR_MEMORY;
	}
	if (s->count) {
		memcpy(list, s->list, s->count * sizeof *list);
		memcpy(changed, s->changed, s->changed_count * sizeof *changed);
		sodium_memzero(s->list, s->room * sizeof *list);
	}
	free(s->list);
	free(s->slots);
	free(s->changed);
	s->list = list;
	s->slots = slots;
	s->changed = changed;
	s->room = room;
	s->slot_count = 2 * room;
	for (size_t i = 0; i < s->count; i++)
		s->slots[slot_of(s, s->list[i].tag)] = (uint32_t)i + 1;
	return OK;
}

static enum error insert(struct triage_series *s, const struct series *one)
{
	enum error e = s->count == s->room ? grow(s) : OK;
	if (e != OK)
		return e;
	s->list[s->count] = *one;
	s->slots[slot_of(s, one->tag)] = (uint32_t)++s->count;
	return OK;
}

static void series_tag(const struct triage *t, const char *pcode, const char *event, uint8_t tag[static TAG_SIZE])
{
	char what[PCODE_SIZE + CODE_SIZE] = "";
	memcpy(what, pcode, strnlen(pcode, PCODE_SIZE));
	memcpy(what + PCODE_SIZE, event, strnlen(event, CODE_SIZE));
	pseudonym_tag(t->keys->series.key, TAG_DOMAIN, what, sizeof what, tag);
}

static void change(struct triage_series *s, struct series *one)
{
	if (!one->changed)
		s->changed[s->changed_count++] = (uint32_t)(one - s->list);
	one->changed = true;
}

// *out is good until the next one is added; NULL: there is none, or no room for more.
static enum error find(struct triage *t, const char *pcode, const char *event, bool create, struct series **out)
{
	struct triage_series *s = t->series;
	struct series fresh = {.told = false};
	series_tag(t, pcode, event, fresh.tag);
	size_t at = s->slot_count ? s->slots[slot_of(s, fresh.tag)] : 0;
	*out = at ? &s->list[at - 1] : NULL;
	if (at || !create || s->count >= SERIES_MAX)
		return OK;
	memcpy(fresh.pcode, pcode, strnlen(pcode, PCODE_SIZE - 1));
	memcpy(fresh.event, event, strnlen(event, CODE_SIZE - 1));
	enum error e = insert(s, &fresh);
	if (e == OK)
		*out = &s->list[s->count - 1];
	return e;
}

// ---- at rest ------------------------------------------------------------------------------------------------------

static void put_double(struct bytes_writer *w, double v)
{
	uint64_t u;
	memcpy(&u, &v, sizeof u);
	bytes_put_u64(w, u);
}

static double get_double(struct bytes_reader *r)
{
	uint64_t u = bytes_get_u64(r);
	double v;
	memcpy(&v, &u, sizeof v);
	return v;
}

static size_t bind_row(const struct triage *t, const uint8_t tag[static TAG_SIZE], uint8_t ad[static 16 + TAG_SIZE])
{
	memcpy(ad, t->process.config.station_id, 16);
	memcpy(ad + 16, tag, TAG_SIZE);
	return 16 + TAG_SIZE;
}

static void seal_series(const struct triage *t, const struct series *s, uint8_t out[static BODY_SIZE + WRAP_OVERHEAD])
{
	uint8_t plain[BODY_SIZE], ad[16 + TAG_SIZE];
	struct bytes_writer w;
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u8(&w, BODY_VERSION);
	bytes_put_text(&w, s->pcode, PCODE_SIZE);
	bytes_put_text(&w, s->event, CODE_SIZE);
	bytes_put_u8(&w, s->told);
	bytes_put_u64(&w, (uint64_t)s->trend.day);
	bytes_put_u32(&w, s->trend.today);
	for (size_t i = 0; i < TREND_LAG_DAYS; i++)
		bytes_put_u32(&w, s->trend.lagging[i]);
	bytes_put_u32(&w, s->trend.days);
	put_double(&w, s->trend.mean);
	put_double(&w, s->trend.variance);
	put_double(&w, s->trend.rise);
	bytes_put_u32(&w, s->trend.silent_days);
	bytes_put_u64(&w, (uint64_t)s->trend.warned_day);
	bytes_put_zeros(&w, BODY_SIZE - w.at);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(t->keys->series.key, BODY_DOMAIN, ad, bind_row(t, s->tag, ad), plain, sizeof plain, out);
	sodium_memzero(plain, sizeof plain);
}

static enum error open_series(const struct triage *t, const void *body, size_t size, struct series *s)
{
	uint8_t plain[BODY_SIZE], ad[16 + TAG_SIZE];
	struct bytes_reader r;
	enum error e = size != BODY_SIZE + WRAP_OVERHEAD ? ERROR_MALFORMED :
							   wrap_open(t->keys->series.key, BODY_DOMAIN, ad,
								   bind_row(t, s->tag, ad), body, size, plain);
	if (e != OK)
		return e;
	bytes_reader_init(&r, plain, sizeof plain);
	uint8_t version = bytes_get_u8(&r);
	bytes_get_text(&r, s->pcode, PCODE_SIZE);
	bytes_get_text(&r, s->event, CODE_SIZE);
	s->told = bytes_get_u8(&r);
	s->trend.started = true;
	s->trend.day = (int64_t)bytes_get_u64(&r);
	s->trend.today = bytes_get_u32(&r);
	for (size_t i = 0; i < TREND_LAG_DAYS; i++)
		s->trend.lagging[i] = bytes_get_u32(&r);
	s->trend.days = bytes_get_u32(&r);
	s->trend.mean = get_double(&r);
	s->trend.variance = get_double(&r);
	s->trend.rise = get_double(&r);
	s->trend.silent_days = bytes_get_u32(&r);
	s->trend.warned_day = (int64_t)bytes_get_u64(&r);
	sodium_memzero(plain, sizeof plain);
	return version == BODY_VERSION ? OK : ERROR_VERSION;
}

struct loading {
	struct triage *t;
	size_t unreadable;
	enum error error;
};

static bool take_row(void *ctx, const uint8_t tag[static STORE_TAG_SIZE], const void *body, size_t size)
{
	struct loading *l = ctx;
	struct series one = {.told = false};
	memcpy(one.tag, tag, TAG_SIZE);
	if (open_series(l->t, body, size, &one) == OK)
		l->error = insert(l->t->series, &one);
	else
		l->unreadable++;
	sodium_memzero(&one, sizeof one);
	return l->error == OK;
}

// With a new key everything is learned anew: after a seizure, and in a station that was restored.
static enum error begin_anew(struct triage *t, int64_t day)
{
	const uint8_t *key;
	enum error e = triage_series_key(t, day, true, &key);
	if (e == OK)
		e = store_series_drop(t->store);
	if (e == OK)
		e = store_meta_put(t->store, KEY_NAME, &day, sizeof day);
	t->series->key_day = day;
	return e;
}

static enum error load(struct triage *t)
{
	struct loading l = {.t = t};
	const uint8_t *key;
	size_t size;
	int64_t day;
	t->series = calloc(1, sizeof *t->series);
	if (!t->series)
		return ERROR_MEMORY;
	enum error e = store_meta_get(t->store, KEY_NAME, &day, sizeof day, &size);
	if (e == OK)
		e = triage_series_key(t, day, false, &key);
	if (e == ERROR_NOT_FOUND)
		return begin_anew(t, (int64_t)time(NULL) / 86400);
	t->series->key_day = day;
	if (e == OK)
		e = store_series_list(t->store, take_row, &l);
	if (l.unreadable)
		log_warn("early warning: series=%zu do not open; those begin anew", l.unreadable);
	return e == OK ? l.error : e;
}

enum error triage_trend_write(struct triage *t)
{
	struct triage_series *s = t->series;
	uint8_t body[BODY_SIZE + WRAP_OVERHEAD];
	enum error e = OK;
	for (size_t i = 0; s && i < s->changed_count && e == OK; i++) {
		struct series *one = &s->list[s->changed[i]];
		seal_series(t, one, body);
		e = store_series_put(t->store, one->tag, body, sizeof body);
		one->changed = false;
	}
	if (s && e == OK)
		s->changed_count = 0;
	return e; // else the transaction fails, and all of this is forgotten
}

// ---- a report -----------------------------------------------------------------------------------------------------

// Few are ever odd enough to be asked for their neighbours, and few of these were.
static size_t neighbours_of(const struct triage *t, const struct series *own, int place, int64_t day,
	const struct trend *out[static NEIGHBOURS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < t->series->count && n < NEIGHBOURS_MAX; i++) {
		const struct series *s = &t->series->list[i];
		if (!s->trend.warned_day || day - s->trend.warned_day > TREND_SPREAD_DAYS || strcmp(s->event, own->event) != 0)
			continue;
		int other = sheet_place_of_pcode(t->sheet, s->pcode);
		if (other >= 0 && sheet_places_neighbour(t->sheet, place, other))
			out[n++] = &s->trend;
	}
	return n;
}

static void look(const struct triage *t, const struct series *own, int place, int64_t day, struct trend_said *out)
{
	const struct trend *neighbours[NEIGHBOURS_MAX];
	struct trend_finding f = trend_look(&own->trend, day, NULL, 0);
	if (f.odd)
		f = trend_look(&own->trend, day, neighbours, neighbours_of(t, own, place, day, neighbours));
	out->sign = f.sign == TREND_SILENT ? TREND_USUAL : f.sign; // of the place as a whole, triage_trend_house
	out->signs = f.signs & ~(1u << TREND_SILENT);
	if (out->sign != TREND_USUAL)
		trend_sentence(&f, out->sentence);
}

// In memory alone: after a restart somebody may be counted twice.
static bool heard_before(struct triage *t, const struct trend_report *r)
{
	struct triage_series *s = t->series;
	uint8_t what[TAG_SIZE + 2 * sizeof(int)], tag[TAG_SIZE];
	uint64_t mark;
	int64_t day = r->at / 86400;
	if (!s->heard)
		s->heard = calloc(HEARD_SLOTS, sizeof *s->heard);
	if (!s->heard)
		return false;
	if (s->heard_day != day)
		memset(s->heard, 0, HEARD_SLOTS * sizeof *s->heard);
	s->heard_count = s->heard_day == day ? s->heard_count : 0;
	s->heard_day = day;
	memcpy(what, r->who, TAG_SIZE);
	memcpy(what + TAG_SIZE, &r->event, sizeof(int));
	memcpy(what + TAG_SIZE + sizeof(int), &r->place, sizeof(int));
	pseudonym_tag(t->keys->series.key, HEARD_DOMAIN, what, sizeof what, tag);
	memcpy(&mark, tag, sizeof mark);
	mark |= mark == 0;
	size_t at = mark & (HEARD_SLOTS - 1);
	while (s->heard[at] && s->heard[at] != mark)
		at = (at + 1) & (HEARD_SLOTS - 1);
	bool found = s->heard[at] == mark;
	if (!found && s->heard_count < HEARD_SLOTS / 2) {
		s->heard[at] = mark;
		s->heard_count++;
	}
	return found;
}

static enum error count_one(struct triage *t, const char *pcode, const char *event, const struct trend_report *r,
	int64_t since, struct series **out)
{
	enum error e = find(t, pcode, event, r->teaches, out);
	if (e != OK || !*out || !r->teaches)
		return e;
	if (!(*out)->trend.started && since)
		trend_add(&(*out)->trend, since, 0); // what never came was heard not to come
	trend_add(&(*out)->trend, r->at / 86400, 1);
	(*out)->told = false;
	change(t->series, *out);
	return OK;
}

enum error triage_trend_add(struct triage *t, const struct trend_report *report, struct trend_said *out)
{
	struct trend_report own = *report, *r = &own;
	const struct event *events;
	const struct place *places;
	struct series *s = NULL;
	*out = (struct trend_said){.sign = TREND_USUAL};
	if (r->place < 0 || t->clock.suspended)
		return OK;
	enum error e = t->series ? OK : load(t);
	sheet_events(t->sheet, &events);
	sheet_places(t->sheet, &places);
	own.teaches = e == OK && r->teaches && !heard_before(t, r);
	if (e == OK)
		e = count_one(t, "", "", r, 0, &s);
	int64_t since = s && s->trend.started ? s->trend.day - s->trend.days : 0;
	since = r->at / 86400 - since > KNOWN_DAYS ? r->at / 86400 - KNOWN_DAYS : since;
	if (e == OK)
		e = count_one(t, places[r->place].pcode, "", r, since, &s);
	if (e != OK || r->event < 0)
		return e;
	e = count_one(t, places[r->place].pcode, events[r->event].code, r, since, &s);
	if (e == OK && s && s->trend.started)
		look(t, s, r->place, r->at / 86400, out);
	return e;
}

// ---- once a day ---------------------------------------------------------------------------------------------------

struct silence {
	size_t count;
	struct {
		struct series *series;
		struct trend_finding finding;
	} list[SILENT_TOGETHER];
};

static void find_silent(struct triage *t, int64_t day, struct silence *out)
{
	for (size_t i = 0; i < t->series->count; i++) {
		struct series *s = &t->series->list[i];
		if (!*s->pcode || *s->event || s->told || !s->trend.started)
			continue;
		struct trend_finding f = trend_look(&s->trend, day, NULL, 0);
		if (f.sign != TREND_SILENT)
			continue;
		if (out->count < SILENT_TOGETHER) {
			out->list[out->count].series = s;
			out->list[out->count].finding = f;
		}
		out->count++;
		s->told = true;
		change(t->series, s);
	}
}

static enum error tell_silence(struct triage *t, const struct silence *silent)
{
	struct trend_said said = {1u << TREND_SILENT, TREND_SILENT, ""};
	enum error e = OK;
	if (silent->count > SILENT_TOGETHER) {
		snprintf(said.sentence, sizeof said.sentence, "Nothing any more from %zu places that talk, all at once. Look at the "
			"modems and their network first.", silent->count);
		return triage_notice_trend(t, -1, &said);
	}
	for (size_t i = 0; i < silent->count && e == OK; i++) {
		int place = sheet_place_of_pcode(t->sheet, silent->list[i].series->pcode);
		trend_sentence(&silent->list[i].finding, said.sentence);
		if (place >= 0)
			e = triage_notice_trend(t, place, &said);
	}
	return e;
}

// Under a new key, without those that said nothing for as long as anything is kept. The old key ends behind the commit.
static enum error renew(struct triage *t, int64_t day)
{
	struct triage_series *old = t->series;
	const uint8_t *key;
	int64_t oldest = day - config_retention_max(&t->process.config);
	t->series = calloc(1, sizeof *t->series);
	enum error e = t->series ? begin_anew(t, day) : ERROR_MEMORY;
	if (e == OK)
		e = triage_series_key(t, day, false, &key);
	for (size_t i = 0; i < old->count && e == OK; i++) {
		struct series one = old->list[i];
		one.changed = false;
		series_tag(t, one.pcode, one.event, one.tag);
		if (one.trend.day < oldest)
			continue;
		e = insert(t->series, &one);
		if (e == OK)
			change(t->series, &t->series->list[t->series->count - 1]);
	}
	forget(old);
	return e;
}

static void end_key(struct triage *t, int64_t day)
{
	char name[VAULT_NAME_SIZE];
	snprintf(name, sizeof name, TRIAGE_SERIES_PREFIX "-%lld", (long long)day);
	if (keyfile_destroy(&t->process.config, name) != OK)
		log_warn("key=%s cannot be destroyed: %m", name);
}

void triage_trend_house(struct triage *t, int64_t now)
{
	struct silence silent = {.count = 0};
	int64_t day = now / 86400, before = 0;
	if (t->trend_day == day || t->state.counters[TRIAGE_SEQ] < t->limit)
		return; // what waits in the spool is read first
	t->trend_day = day;
	enum error e = triage_begin(t);
	if (e == OK && !t->series)
		e = load(t);
	if (e == OK)
		find_silent(t, day, &silent);
	if (e == OK)
		e = tell_silence(t, &silent);
	if (e == OK && day - t->series->key_day >= t->process.config.epoch_days) {
		before = t->series->key_day;
		e = renew(t, day);
	}
	if (e == OK)
		e = triage_commit(t);
	if (e == OK && before) {
		end_key(t, before);
	} else if (e != OK) {
		log_error("early warning: %s: %s", error_text(e), store_why(t->store));
		triage_rollback(t);
	}
}

enum error triage_trend_seize(struct triage *t)
{
	char name[VAULT_NAME_SIZE];
	int64_t day;
	size_t size;
	enum error e = store_meta_get(t->store, KEY_NAME, &day, sizeof day, &size);
	if (e != OK || size != sizeof day)
		return e == ERROR_NOT_FOUND ? OK : e;
	snprintf(name, sizeof name, TRIAGE_SERIES_PREFIX "-%lld", (long long)day);
	return keyfile_destroy(&t->process.config, name);
}
