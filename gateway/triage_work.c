// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_notify.h"

#define POSITION_NAME "spool_position"
#define POSITION_DOMAIN "tama/position/1"
#define POSITION_SIZE (8 + 1 + KEY_SIZE)
#define RETRY_MS 1000
#define PARTS_CHECK_MS 1000

// ---- the place in the spool: kept with each transaction -----------------------------------------------------------

// Under the KEK itself: the working key may be destroyed (triage_seize.c), the place must not be lost with it.
static void position_key(const struct triage *t, uint8_t key[static KEY_SIZE])
{
	wrap_subkey(secret_view(t->kek), POSITION_DOMAIN, 0, key);
}

static enum error position_put(struct triage *t)
{
	uint8_t plain[POSITION_SIZE], wrapped[POSITION_SIZE + WRAP_OVERHEAD], key[KEY_SIZE];
	struct spool_position at;
	struct bytes_writer w;
	spool_position(t->reader, &at);
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u64(&w, at.next_seq);
	bytes_put_u8(&w, at.has_key);
	bytes_put(&w, at.key, KEY_SIZE);
	BUG_IF(!bytes_ok(&w));
	position_key(t, key);
	wrap_seal(key, POSITION_DOMAIN, t->process.config.station_id, 16, plain, sizeof plain, wrapped);
	sodium_memzero(key, sizeof key);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(&at, sizeof at);
	return store_meta_put(t->store, POSITION_NAME, wrapped, sizeof wrapped);
}

static enum error position_get(struct triage *t, struct spool_position *out)
{
	uint8_t plain[POSITION_SIZE], wrapped[POSITION_SIZE + WRAP_OVERHEAD], key[KEY_SIZE];
	size_t size;
	struct bytes_reader r;
	*out = (struct spool_position){.next_seq = 1};
	enum error e = store_meta_get(t->store, POSITION_NAME, wrapped, sizeof wrapped, &size);
	if (e == ERROR_NOT_FOUND)
		return OK;
	position_key(t, key);
	if (e == OK)
		e = size != sizeof wrapped ? ERROR_MALFORMED :
					     wrap_open(key, POSITION_DOMAIN, t->process.config.station_id, 16, wrapped, size,
						     plain);
	sodium_memzero(key, sizeof key);
	if (e != OK)
		return e;
	bytes_reader_init(&r, plain, sizeof plain);
	out->next_seq = bytes_get_u64(&r);
	out->has_key = bytes_get_u8(&r);
	bytes_get(&r, out->key, KEY_SIZE);
	sodium_memzero(plain, sizeof plain);
	return OK;
}

enum error triage_open_spool(struct triage *t)
{
	char path[600];
	struct spool_position at;
	spool_reader_close(t->reader);
	t->reader = NULL;
	enum error e = position_get(t, &at);
	if (e == OK)
		e = spool_reader_open(config_file(&t->process.config, "spool", path), t->station, &at, &t->reader);
	if (e == OK)
		spool_reader_keys(t->reader, t->station, t->station_old);
	t->state.counters[TRIAGE_SEQ] = at.next_seq - 1;
	sodium_memzero(&at, sizeof at);
	return e;
}

// ---- batches ------------------------------------------------------------------------------------------------------

// Frames that an enemy or a disk took away: people must know, not only a log.
static enum error report_loss(struct triage *t, uint64_t gone, const struct spool_event *ev)
{
	return triage_notice(t, 5, "Tama: %llu sealed messages cannot be read (spool frames up to %llu). The disk is failing or somebody "
		"changed it. Ask your sources to send again.",
		(unsigned long long)gone, (unsigned long long)ev->to);
}

static enum error take_event(struct triage *t, struct spool_event *ev, uint64_t *gone)
{
	switch (ev->kind) {
	case SPOOL_PART:
		return triage_take_part(t, ev);
	case SPOOL_RESTART:
		log_warn("spool chain began anew at frame=%llu", (unsigned long long)ev->from);
		return OK;
	case SPOOL_GAP:
	case SPOOL_BROKEN:
		log_error("spool frames=%llu..%llu cannot be read", (unsigned long long)ev->from,
			(unsigned long long)ev->to);
		*gone += ev->to - ev->from + 1;
		t->state.counters[TRIAGE_BROKEN_FRAMES] += ev->to - ev->from + 1;
		return OK;
	case SPOOL_END:
	case SPOOL_SKIP:
	default:
		return OK;
	}
}

static enum error take_batch(struct triage *t, bool *more)
{
	struct spool_event ev, last = {0};
	uint64_t gone = 0;
	triage_clock_check(t, (int64_t)time(NULL)); // a clock that jumped teaches nothing
	enum error e = triage_begin(t);
	*more = true;
	for (int i = 0; i < TRIAGE_BATCH && e == OK && *more; i++) {
		e = spool_next(t->reader, t->limit, &ev);
		*more = ev.kind != SPOOL_END;
		if (e == OK)
			e = take_event(t, &ev, &gone);
		if (ev.kind == SPOOL_GAP || ev.kind == SPOOL_BROKEN)
			last = ev;
		sodium_memzero(&ev, sizeof ev);
	}
	if (e == OK && gone)
		e = report_loss(t, gone, &last);
	if (e == OK)
		e = position_put(t);
	return e == OK ? triage_commit(t) : e;
}

static void tell_drained(struct triage *t)
{
	uint8_t body[8];
	struct spool_position at;
	struct bytes_writer w;
	spool_position(t->reader, &at);
	t->state.counters[TRIAGE_SEQ] = at.next_seq - 1;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u64(&w, at.next_seq - 1);
	sodium_memzero(&at, sizeof at);
	if (t->intake >= 0 && message_send(t->intake, MESSAGE_DRAINED, body, sizeof body, -1) != OK)
		log_debug("intake does not listen");
}

// Nothing of the batch happened: the same frames are read again.
static void batch_failed(struct triage *t, enum error e)
{
	log_error("batch: %s: %s; tried again", error_text(e), store_why(t->store));
	triage_rollback(t);
	t->seize_soon = false; // the code will be read again
	t->state.code = e == ERROR_FULL ? STATE_DISK_FULL : STATE_FAILED;
	snprintf(t->state.text, sizeof t->state.text, "the queue cannot be written: %s", error_text(e));
	if (triage_open_spool(t) != OK)
		log_error("the spool cannot be opened again");
	triage_tell_state(t);
	loop_timer(t->process.loop, TRIAGE_TIMER_WORK, RETRY_MS, triage_work, t);
}

static void batch_done(struct triage *t)
{
	tell_drained(t);
	triage_station_drained(t);
	if (store_parts_waiting(t->store, &t->state.counters[TRIAGE_WAITING_PARTS]) != OK)
		log_warn("parts: %s", store_why(t->store));
	t->state.code = STATE_RUNNING;
	t->state.text[0] = 0;
	triage_tell_state(t);
	if (t->answers_wait)
		triage_send_waiting(t);
	t->answers_wait = false;
	triage_deadline_arm(t);
	if (t->notify.wait)
		triage_notify_send(t);
	sodium_stackzero(32768);
}

static void deliver_overdue(void *ctx);

static void work_idle(struct triage *t)
{
	if (t->state.counters[TRIAGE_WAITING_PARTS] && !loop_timer_armed(t->process.loop, TRIAGE_TIMER_PARTS))
		loop_timer(t->process.loop, TRIAGE_TIMER_PARTS, PARTS_CHECK_MS, deliver_overdue, t);
}

// Messages whose other parts did not come, once the spool is read up.
static void deliver_overdue(void *ctx)
{
	struct triage *t = ctx;
	uint8_t tag[STORE_TAG_SIZE];
	if (triage_is_locked(t) || t->state.counters[TRIAGE_SEQ] < t->limit)
		return;
	int64_t due = (int64_t)time(NULL) - t->process.config.reassembly_wait_s;
	enum error e = store_parts_overdue(t->store, due, tag);
	while (e == OK) {
		e = triage_begin(t);
		if (e == OK)
			e = triage_deliver_waiting(t, tag);
		if (e == OK)
			e = triage_commit(t);
		if (e != OK) {
			batch_failed(t, e);
			return;
		}
		e = store_parts_overdue(t->store, due, tag);
	}
	batch_done(t);
	work_idle(t);
}

void triage_work(void *ctx)
{
	struct triage *t = ctx;
	bool more;
	if (triage_is_locked(t))
		return;
	if (t->state.counters[TRIAGE_SEQ] >= t->limit) {
		if (t->reader)
			tell_drained(t); // who died behind a commit had not said so, and intake keeps what it may burn
		work_idle(t);
		return;
	}
	triage_deadline_look(t);
	enum error e = t->reader ? take_batch(t, &more) : ERROR_IO;
	if (e != OK) {
		batch_failed(t, e);
		return;
	}
	batch_done(t);
	if (t->seize_soon) {
		t->seize_soon = false;
		triage_seize(t, "by SMS");
		return;
	}
	if (more)
		loop_timer(t->process.loop, TRIAGE_TIMER_WORK, 0, triage_work, t);
	else
		work_idle(t);
}
