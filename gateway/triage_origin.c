// SPDX-License-Identifier: GPL-2.0-or-later
// Whose an alert is, as far as triage may know: a tag that is equal for alerts of one sender within one epoch, and for
// the reply window the number, under a key of the day that is destroyed behind it.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/number.h"
#include "gateway/triage.h"

#include "crypto/wrap.h"

#define WHO_DOMAIN "tama/who/1"
#define WHO_PLAIN (TAG_SIZE + 4 + 1 + 3) // with the reporter code, in every row: none is longer
#define NUMBER_DOMAIN "tama/reply-number/2"
#define NUMBER_PLAIN (8 + 1 + NUMBER_SIZE)

size_t triage_bind(const struct triage *t, uint64_t alert_id, uint8_t out[static 24])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, 24);
	bytes_put(&w, t->process.config.station_id, 16);
	bytes_put_u64(&w, alert_id);
	return w.at;
}

static enum error put_number(struct triage *t, struct store_origin *o, const char *sender, int64_t at, bool answerable)
{
	uint8_t plain[NUMBER_PLAIN], ad[24];
	const uint8_t *key;
	struct bytes_writer w;
	enum error e = triage_reply_key(t, o->day, true, &key);
	if (e != OK)
		return e;
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u64(&w, (uint64_t)at);
	bytes_put_u8(&w, answerable);
	bytes_put_text(&w, sender, NUMBER_SIZE);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(key, NUMBER_DOMAIN, ad, triage_bind(t, o->alert_id, ad), plain, sizeof plain, o->number);
	o->number_size = sizeof plain + WRAP_OVERHEAD;
	sodium_memzero(plain, sizeof plain);
	return OK;
}

void triage_origin_tag(const char *sender, const uint8_t epoch_key[static KEY_SIZE], uint8_t who[static TAG_SIZE])
{
	pseudonym_tag(epoch_key, WHO_DOMAIN, sender, strlen(sender), who);
}

enum error triage_origin_add(struct triage *t, uint64_t alert_id, const char *sender, const uint8_t *epoch_key,
	int64_t at, bool answerable, uint32_t reporter, bool counts)
{
	struct store_origin o = {.alert_id = alert_id, .day = at / 86400};
	uint8_t plain[WHO_PLAIN] = {0}, ad[24];
	enum error e = OK;
	triage_origin_tag(sender, epoch_key, plain);
	memcpy(plain + TAG_SIZE, &reporter, sizeof reporter);
	plain[TAG_SIZE + 4] = counts;
	wrap_seal(t->keys->working, WHO_DOMAIN, ad, triage_bind(t, alert_id, ad), plain, sizeof plain, o.who);
	o.who_size = sizeof plain + WRAP_OVERHEAD;
	// Short codes and names are services: an answer to them is a loop. +… is a person.
	if (t->process.config.reply_window_h && sender[0] == '+')
		e = put_number(t, &o, sender, at, answerable);
	return e == OK ? store_origin_add(t->store, &o) : e;
}

// Rows of before there were reporter codes end behind the tag.
static enum error open_plain(const struct triage *t, const struct store_origin *o, uint8_t plain[static WHO_PLAIN])
{
	uint8_t ad[24];
	if (o->who_size != TAG_SIZE + WRAP_OVERHEAD && o->who_size != WHO_PLAIN + WRAP_OVERHEAD)
		return ERROR_MALFORMED;
	memset(plain, 0, WHO_PLAIN);
	return wrap_open(t->keys->working, WHO_DOMAIN, ad, triage_bind(t, o->alert_id, ad), o->who, o->who_size, plain);
}

static enum error open_who(const struct triage *t, const struct store_origin *o, uint8_t tag[static TAG_SIZE])
{
	uint8_t plain[WHO_PLAIN];
	enum error e = open_plain(t, o, plain);
	memcpy(tag, plain, TAG_SIZE);
	return e;
}

enum error triage_origin_reporter(struct triage *t, uint64_t alert_id, uint32_t *reporter, bool *counts)
{
	struct store_origin o;
	uint8_t plain[WHO_PLAIN] = {0};
	enum error e = store_origin_get(t->store, alert_id, &o);
	if (e == OK)
		e = open_plain(t, &o, plain);
	memcpy(reporter, plain + TAG_SIZE, sizeof *reporter);
	*counts = plain[TAG_SIZE + 4] == 1;
	return e;
}

enum error triage_origin_who(struct triage *t, uint64_t alert_id, uint8_t tag[static TAG_SIZE])
{
	struct store_origin o;
	enum error e = store_origin_get(t->store, alert_id, &o);
	return e == OK ? open_who(t, &o, tag) : e;
}

static bool is_from(const struct triage *t, const struct store_origin *o, const uint8_t who[static TAG_SIZE])
{
	uint8_t tag[TAG_SIZE];
	return open_who(t, o, tag) == OK && sodium_memcmp(tag, who, sizeof tag) == 0;
}

struct counting {
	const struct triage *t;
	uint8_t tag[TAG_SIZE];
	uint32_t count;
};

static bool count_one(void *ctx, const struct store_origin *o)
{
	struct counting *c = ctx;
	c->count += is_from(c->t, o, c->tag);
	return true;
}

enum error triage_origin_others(struct triage *t, uint64_t alert_id, uint32_t *others)
{
	struct counting c = {.t = t};
	struct store_origin o;
	*others = 0;
	enum error e = store_origin_get(t->store, alert_id, &o);
	if (e == OK)
		e = open_who(t, &o, c.tag);
	if (e == OK)
		e = store_origin_list(t->store, o.day - t->process.config.epoch_days, count_one, &c);
	*others = c.count ? c.count - 1 : 0;
	return e;
}

#define LOOKED_BACK 5000 // who sends nothing but "cancel" must not keep triage from its work

struct finding {
	const struct triage *t;
	uint8_t tag[TAG_SIZE];
	uint32_t reporter; // 0: none
	unsigned left;
	uint64_t found;
};

static bool find_one(void *ctx, const struct store_origin *o)
{
	struct finding *f = ctx;
	uint8_t plain[WHO_PLAIN];
	uint32_t reporter = 0;
	bool own = open_plain(f->t, o, plain) == OK && sodium_memcmp(plain, f->tag, TAG_SIZE) == 0;
	memcpy(&reporter, plain + TAG_SIZE, sizeof reporter);
	if (own || (f->reporter && reporter == f->reporter))
		f->found = o->alert_id;
	return !f->found && --f->left > 0;
}

enum error triage_origin_last(struct triage *t, const char *sender, uint32_t reporter, const uint8_t *epoch_key, int64_t at,
	uint64_t *alert_id)
{
	struct finding f = {.t = t, .reporter = reporter, .left = LOOKED_BACK};
	triage_origin_tag(sender, epoch_key, f.tag);
	enum error e = store_origin_list(t->store, at / 86400 - 1, find_one, &f);
	*alert_id = f.found;
	return e == OK && !f.found ? ERROR_NOT_FOUND : e;
}

enum error triage_origin_number(struct triage *t, uint64_t alert_id, int64_t now, char number[static NUMBER_SIZE],
	bool *answerable)
{
	struct store_origin o;
	uint8_t plain[NUMBER_PLAIN], ad[24];
	const uint8_t *key;
	struct bytes_reader r;
	enum error e = store_origin_get(t->store, alert_id, &o);
	if (e == OK && o.number_size != NUMBER_PLAIN + WRAP_OVERHEAD)
		e = ERROR_NOT_FOUND;
	if (e == OK && triage_reply_key(t, o.day, false, &key) != OK)
		e = ERROR_TIMEOUT;
	if (e == OK)
		e = wrap_open(key, NUMBER_DOMAIN, ad, triage_bind(t, alert_id, ad), o.number, o.number_size, plain);
	if (e != OK)
		return e;
	bytes_reader_init(&r, plain, sizeof plain);
	int64_t at = (int64_t)bytes_get_u64(&r);
	*answerable = bytes_get_u8(&r);
	bytes_get_text(&r, number, NUMBER_SIZE);
	sodium_memzero(plain, sizeof plain);
	if (!bytes_end(&r))
		return ERROR_MALFORMED;
	return now - at <= t->process.config.reply_window_h * 3600 ? OK : ERROR_TIMEOUT;
}
