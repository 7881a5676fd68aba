// SPDX-License-Identifier: GPL-2.0-or-later
// Answers to handles: an officer writes to somebody whose number only this file sees, for the moment in which a modem
// takes it. What waits is in the database; what is on its way is remembered here.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/action.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/pdu/pdu.h"
#include "gateway/triage_request.h"

#define DOMAIN "tama/outbox/1"
#define RETRY_MS 30000
#define TRIES_MAX 5
#define GIVE_UP_S 86400
#define TO_NUMBER 0x100u // the number stands before the text, on a line of its own

static unsigned parts_of(const char *text)
{
	return (unsigned)pdu_parts(text);
}

// ---- an officer's answer --------------------------------------------------------------------------------------------

struct words {
	uint64_t alert_id;
	unsigned flags;
	char text[SEND_TEXT_SIZE];
	uint16_t note_size;
	uint8_t note[ACTION_NOTE_MAX];
};

static enum error read_words(struct asking *a, struct words *out)
{
	out->alert_id = bytes_get_u64(&a->payload);
	out->flags = bytes_get_u8(&a->payload);
	bytes_get_text(&a->payload, out->text, sizeof out->text);
	out->note_size = bytes_get_u16(&a->payload);
	if (out->note_size > sizeof out->note)
		return ERROR_MALFORMED;
	bytes_get(&a->payload, out->note, out->note_size);
	return bytes_end(&a->payload) && *out->text ? OK : ERROR_MALFORMED;
}

// A phone may be found: an answer names no event and no place.
static bool tells_too_much(const struct triage *t, const char *text)
{
	struct reading_set set;
	bool tells = false;
	for (size_t k = 0; k <= t->sheets.count; k++) { // an old card explains it as well
		const struct sheet *sheet = k ? t->sheets.others[k - 1] : t->sheet;
		sheet_parse(sheet, text, strlen(text), &set);
		tells = tells || reading_set_tells(sheet, &set);
	}
	sodium_memzero(&set, sizeof set);
	return tells;
}

static enum error check_number(struct triage *t, struct asking *a, uint64_t alert_id, int64_t now)
{
	char number[NUMBER_SIZE];
	bool answerable;
	enum error e = triage_origin_number(t, alert_id, now, number, &answerable);
	bool stopped = e == OK && triage_stop_has(t, number);
	sodium_memzero(number, sizeof number);
	if (stopped)
		return asking_refuse(a, ERROR_REFUSED, "alert %llu cannot be answered: its sender asked that nobody writes to "
						       "this phone, and nobody does until the phone itself says that one may", (unsigned long long)alert_id);
	if (e == OK && !answerable)
		e = ERROR_NOT_FOUND;
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, ERROR_REFUSED, "alert %llu cannot be answered: it came from a service, under duress, or "
						       "replies are switched off", (unsigned long long)alert_id);
	if (e == ERROR_TIMEOUT)
		return asking_refuse(a, ERROR_TIMEOUT, "alert %llu cannot be answered any more: the reply window of %lld hours is "
						       "closed and the number is gone", (unsigned long long)alert_id,
			(long long)t->process.config.reply_window_h);
	return e;
}

static enum error check_limits(struct triage *t, struct asking *a, const uint8_t who[static TAG_SIZE], unsigned parts,
	int64_t now)
{
	int64_t to_who, all;
	enum error e = store_reply_count(t->store, who, now - 86400, &to_who, &all);
	if (e == OK && to_who >= t->process.config.replies_a_handle)
		return asking_refuse(a, ERROR_REFUSED, "%lld answers went to this handle in 24 hours, the limit "
						       "(reply.per_handle_a_day): a phone that keeps buzzing betrays its owner", (long long)to_who);
	if (e == OK && all + parts > t->process.config.reply_parts_a_day)
		return asking_refuse(a, ERROR_REFUSED, "the airtime of 24 hours is used up (reply.parts_a_day)");
	return e;
}

static enum error write_reply_step(struct triage *t, const struct asking *a, const struct words *w)
{
	struct store_step step = {.alert_id = w->alert_id, .at = a->request->at, .action = "reply", .body = w->note,
		.body_size = w->note_size};
	memcpy(step.officer, a->request->officer, sizeof step.officer);
	memcpy(step.signature, a->request->signature, sizeof step.signature);
	return store_step_add(t->store, &step);
}

enum error triage_outbox_add(struct triage *t, uint64_t alert_id, unsigned flags,
	const uint8_t who[static STORE_TAG_SIZE], const char *text, int64_t now)
{
	uint8_t body[SEND_TEXT_SIZE + WRAP_OVERHEAD], ad[24];
	char padded[SEND_TEXT_SIZE] = "";
	struct store_reply r = {.alert_id = alert_id, .at = now, .flags = flags, .parts = parts_of(text), .body = body,
		.body_size = sizeof body};
	uint64_t id;
	memcpy(r.who, who, sizeof r.who);
	memcpy(padded, text, strnlen(text, sizeof padded - 1));
	wrap_seal(t->keys->working, DOMAIN, ad, triage_bind(t, alert_id, ad), padded, sizeof padded, body);
	sodium_memzero(padded, sizeof padded);
	return store_reply_add(t->store, &r, &id);
}

enum error triage_outbox_to(struct triage *t, const char *number, const char *text, int64_t now)
{
	char both[SEND_TEXT_SIZE];
	snprintf(both, sizeof both, "%.*s\n%s", NUMBER_SIZE - 1, number, text);
	return triage_outbox_add(t, 0, TO_NUMBER, (uint8_t[STORE_TAG_SIZE]){0}, both, now);
}

enum error triage_reply_add(struct triage *t, uint64_t alert_id, unsigned flags, const char *text, int64_t now)
{
	uint8_t who[TAG_SIZE];
	enum error e = triage_origin_who(t, alert_id, who);
	return e == OK ? triage_outbox_add(t, alert_id, flags, who, text, now) : e;
}

enum error triage_reply(struct triage *t, struct asking *a)
{
	struct words *w = sodium_malloc(sizeof *w);
	uint8_t who[TAG_SIZE];
	int64_t now = (int64_t)time(NULL);
	if (!w)
		return ERROR_MEMORY;
	sodium_memzero(w, sizeof *w);
	enum error e = read_words(a, w);
	if (e != OK)
		asking_refuse(a, e, "the answer is empty or malformed");
	else if (tells_too_much(t, w->text))
		e = asking_refuse(a, ERROR_REFUSED, "the answer names an event or a place of the code sheet: whoever finds the "
						    "phone could read it; say it otherwise");
	if (e == OK)
		e = asking_check_right(t, a, w->alert_id);
	if (e == OK)
		e = check_number(t, a, w->alert_id, now);
	if (e == OK)
		e = triage_origin_who(t, w->alert_id, who);
	if (e == OK)
		e = check_limits(t, a, who, parts_of(w->text), now);
	if (e == OK)
		e = triage_reply_add(t, w->alert_id, w->flags, w->text, now);
	if (e == OK)
		e = write_reply_step(t, a, w);
	if (e == OK)
		e = triage_audit_steps(t);
	snprintf(a->detail, sizeof a->detail, "alert=%llu", (unsigned long long)w->alert_id);
	a->committed = triage_send_waiting;
	sodium_free(w);
	return e;
}

// ---- the station's own answer -------------------------------------------------------------------------------------

enum error triage_acknowledge(struct triage *t, uint64_t alert_id, const char *text, bool flash, int64_t now)
{
	uint8_t who[TAG_SIZE];
	int64_t to_who, all;
	struct store_origin o;
	enum error e = store_origin_get(t->store, alert_id, &o);
	if (e == OK && !o.number_size) // a service, or no replies at all
		return OK;
	if (e == OK)
		e = triage_origin_who(t, alert_id, who);
	if (e == OK)
		e = store_reply_count(t->store, who, now - 86400, &to_who, &all);
	if (e != OK || to_who >= t->process.config.replies_a_handle || all >= t->process.config.reply_parts_a_day)
		return e;
	e = triage_outbox_add(t, alert_id, flash ? SEND_FLASH : 0, who, text, now);
	t->answers_wait |= e == OK;
	return e;
}

// ---- to the modems ----------------------------------------------------------------------------------------------------

static struct triage_sending *on_its_way(struct triage *t, uint64_t id)
{
	for (size_t i = 0; i < ARRAY_LENGTH(t->sending); i++)
		if (t->sending[i].id == id)
			return &t->sending[i];
	return NULL;
}

// Modems in turn, so that one that refuses does not hold up what the next would take.
static int next_modem(struct triage *t)
{
	for (size_t i = 0; i < CONFIG_MODEMS_MAX; i++) {
		t->modem_turn = (t->modem_turn + 1) % CONFIG_MODEMS_MAX;
		if (t->modems[t->modem_turn] >= 0)
			return (int)t->modem_turn;
	}
	return -1;
}

static enum error hand_over(struct triage *t, const struct store_reply *r, const char *number, int modem)
{
	uint8_t plain[SEND_TEXT_SIZE], ad[24], body[SEND_SIZE];
	struct bytes_writer w;
	if (r->body_size != sizeof plain + WRAP_OVERHEAD)
		return ERROR_MALFORMED;
	enum error e = wrap_open(t->keys->working, DOMAIN, ad, triage_bind(t, r->alert_id, ad), r->body, r->body_size, plain);
	if (e != OK)
		return e;
	plain[sizeof plain - 1] = 0;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u32(&w, (uint32_t)r->id);
	bytes_put_u8(&w, (uint8_t)(r->flags & SEND_FLASH));
	const char *text = (const char *)plain;
	if (r->flags & TO_NUMBER) {
		number = text;
		text += strcspn(text, "\n");
		plain[text - number] = 0;
		text += text < number + sizeof plain - 1;
	}
	bytes_put_text(&w, number, SEND_NUMBER_SIZE);
	bytes_put_text(&w, text, SEND_TEXT_SIZE);
	e = bytes_ok(&w) ? message_send(t->modems[modem], MESSAGE_SEND, body, sizeof body, -1) : ERROR_MALFORMED;
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(body, sizeof body);
	return e;
}

struct handing {
	struct triage *t;
	uint64_t failed; // one that can never be sent, to be closed behind the query
	const char *state;
};

static bool hand_one(void *ctx, const struct store_reply *r)
{
	struct handing *h = ctx;
	struct triage *t = h->t;
	char number[NUMBER_SIZE];
	bool ignored;
	int64_t now = (int64_t)time(NULL);
	struct triage_sending *free_place = on_its_way(t, 0);
	if (on_its_way(t, r->id))
		return true;
	int modem = free_place ? next_modem(t) : -1;
	if (modem < 0)
		return false;
	enum error e = now - r->at > GIVE_UP_S ? ERROR_TIMEOUT : OK;
	if (e == OK && r->alert_id)
		e = triage_origin_number(t, r->alert_id, now, number, &ignored);
	else if (e == OK && !(r->flags & TO_NUMBER))
		e = ERROR_NOT_FOUND;
	if (e == OK && r->alert_id && triage_stop_has(t, number)) // since it was written
		e = ERROR_REFUSED;
	if (e == OK)
		e = hand_over(t, r, number, modem);
	sodium_memzero(number, sizeof number);
	if (e == OK)
		*free_place = (struct triage_sending){.id = r->id, .modem = (unsigned)modem};
	else if (e != ERROR_FULL && e != ERROR_CLOSED)
		*h = (struct handing){t, r->id, e == ERROR_REFUSED ? "stopped" : "failed"};
	return e == OK || e == ERROR_FULL;
}

static void close_reply(struct triage *t, uint64_t id, const char *state)
{
	enum error e = triage_begin(t);
	if (e == OK)
		e = store_reply_done(t->store, id, state);
	if (e == OK)
		e = triage_audit(t, "reply", "station", "answer=%llu %s", (unsigned long long)id, state);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("answer=%llu: %s", (unsigned long long)id, error_text(e));
		triage_rollback(t);
	}
}

static void send_again(void *triage)
{
	triage_send_waiting(triage);
}

void triage_send_waiting(struct triage *t)
{
	struct handing h = {.t = t};
	if (triage_is_locked(t))
		return;
	do {
		h.failed = 0;
		if (store_reply_waiting(t->store, hand_one, &h) != OK)
			log_error("answers cannot be read: %s", store_why(t->store));
		if (h.failed)
			close_reply(t, h.failed, h.state);
	} while (h.failed);
}

void triage_reply_sent(struct triage *t, uint64_t id, enum error result)
{
	struct triage_sending *s = on_its_way(t, id);
	if (!s || !id)
		return;
	unsigned tries = ++t->send_tries[id % ARRAY_LENGTH(t->send_tries)];
	*s = (struct triage_sending){0};
	if (result == OK || tries >= TRIES_MAX) {
		t->send_tries[id % ARRAY_LENGTH(t->send_tries)] = 0;
		close_reply(t, id, result == OK ? "sent" : "failed");
		triage_send_waiting(t);
	} else {
		log_warn("answer=%llu not sent (%s); tried again", (unsigned long long)id, error_text(result));
		loop_timer(t->process.loop, TRIAGE_TIMER_SEND, RETRY_MS, send_again, t);
	}
}

void triage_modem_gone(struct triage *t, unsigned modem)
{
	for (size_t i = 0; i < ARRAY_LENGTH(t->sending); i++)
		if (t->sending[i].modem == modem)
			t->sending[i] = (struct triage_sending){0};
}
