// SPDX-License-Identifier: GPL-2.0-or-later
// The canary: once a day the station writes to itself. A text that comes back has been through modem, network, SIM, intake
// and spool; one that does not is an alert, since nobody else's may arrive then either.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/triage_alert.h"

#define NAME "canary"
#define LETTERS 12
#define STORED_SIZE (8 + 8 + 1 + 1 + STORE_TAG_SIZE)

static void word_tag(const char *word, uint8_t tag[static STORE_TAG_SIZE])
{
	crypto_generichash(tag, STORE_TAG_SIZE, (const uint8_t *)word, LETTERS, NULL, 0);
}

static void tell(struct triage *t)
{
	t->state.counters[TRIAGE_CANARY] = (uint64_t)t->canary.ok_at * 2 + t->canary.lost;
	triage_tell_state(t);
}

static enum error keep(struct triage *t, const struct triage_canary *c)
{
	uint8_t body[STORED_SIZE];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u64(&w, (uint64_t)c->sent_at);
	bytes_put_u64(&w, (uint64_t)c->ok_at);
	bytes_put_u8(&w, c->waiting);
	bytes_put_u8(&w, c->lost);
	bytes_put(&w, c->tag, sizeof c->tag);
	BUG_IF(!bytes_ok(&w));
	return store_meta_put(t->store, NAME, body, sizeof body);
}

static void load(struct triage *t)
{
	uint8_t body[STORED_SIZE];
	struct bytes_reader r;
	struct triage_canary *c = &t->canary;
	size_t size;
	if (c->loaded)
		return;
	c->loaded = true;
	if (store_meta_get(t->store, NAME, body, sizeof body, &size) != OK)
		return; // never sent
	bytes_reader_init(&r, body, size);
	c->sent_at = (int64_t)bytes_get_u64(&r);
	c->ok_at = (int64_t)bytes_get_u64(&r);
	c->waiting = bytes_get_u8(&r);
	c->lost = bytes_get_u8(&r);
	bytes_get(&r, c->tag, sizeof c->tag);
	if (!bytes_end(&r))
		*c = (struct triage_canary){.loaded = true};
	tell(t);
}

// In one transaction with what belongs to it, or not at all.
static void commit(struct triage *t, const struct triage_canary *c, enum error e)
{
	if (e == OK)
		e = keep(t, c);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("canary: %s: %s", error_text(e), store_why(t->store));
		triage_rollback(t);
		return;
	}
	t->canary = *c;
	tell(t);
}

static void send(struct triage *t, int64_t now)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz";
	struct triage_canary c = {.loaded = true, .waiting = true, .lost = t->canary.lost, .sent_at = now, .ok_at = t->canary.ok_at};
	char text[5 + LETTERS] = "Ref ";
	for (size_t i = 0; i < LETTERS; i++)
		text[4 + i] = letters[randombytes_uniform(sizeof letters - 1)];
	text[4 + LETTERS] = 0;
	word_tag(text + 4, c.tag);
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_outbox_to(t, t->process.config.canary_number, text, now);
	commit(t, &c, e);
	triage_send_waiting(t);
}

static void lose(struct triage *t)
{
	struct triage_canary c = t->canary;
	c.waiting = false;
	c.lost = true;
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, "canary-lost", "station", "after %lld s", (long long)t->process.config.canary_within_s);
	if (e == OK)
		e = triage_notice(t, 4, "Tama: the canary text that the station sends to itself did not come back within %lld minutes. Texts may "
					"not arrive. Send one to the station from a phone; see to SIM, credit and network.",
			(long long)t->process.config.canary_within_s / 60);
	commit(t, &c, e);
}

static int64_t minute_of(const char *text)
{
	unsigned hour = 6, minute = 0;
	return sscanf(text, "%2u:%2u", &hour, &minute) == 2 ? hour * 60 + minute : 360;
}

void triage_canary(struct triage *t, int64_t now)
{
	const struct config *config = &t->process.config;
	struct triage_canary *c = &t->canary;
	if (!*config->canary_number)
		return;
	load(t);
	if (c->waiting && now - c->sent_at > config->canary_within_s)
		lose(t);
	if (!c->waiting && now / 86400 != c->sent_at / 86400 && now / 60 % 1440 >= minute_of(config->canary_at))
		send(t, now);
}

// Late is better than never: the word counts until the next one is sent.
bool triage_canary_heard(struct triage *t, const char *text, size_t size)
{
	struct triage_canary *c = &t->canary;
	uint8_t tag[STORE_TAG_SIZE];
	if (!*t->process.config.canary_number || size != 4 + LETTERS || memcmp(text, "Ref ", 4) != 0)
		return false;
	load(t);
	word_tag(text + 4, tag);
	if (sodium_is_zero(c->tag, sizeof c->tag) || sodium_memcmp(tag, c->tag, sizeof tag) != 0)
		return false;
	c->waiting = c->lost = false;
	c->ok_at = (int64_t)time(NULL);
	if (keep(t, c) != OK)
		log_warn("canary: %s", store_why(t->store));
	tell(t);
	return true;
}
