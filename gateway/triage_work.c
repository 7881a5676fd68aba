// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/pdu/charset.h"
#include "gateway/pdu/pdu.h"
#include "gateway/triage_alert.h"

#define POSITION_NAME "spool_position"
#define POSITION_DOMAIN "tama/position/1"
#define PART_DOMAIN "tama/part/1"
#define POSITION_SIZE (8 + 1 + KEY_SIZE)
#define PART_WRAPPED (PART_SIZE + WRAP_OVERHEAD)
#define RETRY_MS 1000
#define PARTS_CHECK_MS 1000
#define MISSING " [...] "

// ---- the place in the spool: kept with each transaction -----------------------------------------------------------

static enum error position_put(struct triage *t)
{
	uint8_t plain[POSITION_SIZE], wrapped[POSITION_SIZE + WRAP_OVERHEAD];
	struct spool_position at;
	struct bytes_writer w;
	spool_position(t->reader, &at);
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u64(&w, at.next_seq);
	bytes_put_u8(&w, at.has_key);
	bytes_put(&w, at.key, KEY_SIZE);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(t->keys->working, POSITION_DOMAIN, t->process.config.station_id, 16, plain, sizeof plain, wrapped);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(&at, sizeof at);
	return store_meta_put(t->store, POSITION_NAME, wrapped, sizeof wrapped);
}

static enum error position_get(struct triage *t, struct spool_position *out)
{
	uint8_t plain[POSITION_SIZE], wrapped[POSITION_SIZE + WRAP_OVERHEAD];
	size_t size;
	struct bytes_reader r;
	*out = (struct spool_position){.next_seq = 1};
	enum error e = store_meta_get(t->store, POSITION_NAME, wrapped, sizeof wrapped, &size);
	if (e == ERROR_NOT_FOUND)
		return OK;
	if (e == OK)
		e = size != sizeof wrapped ? ERROR_MALFORMED :
					     wrap_open(t->keys->working, POSITION_DOMAIN, t->process.config.station_id,
						     16, wrapped, size, plain);
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
	t->state.counters[TRIAGE_SEQ] = at.next_seq - 1;
	sodium_memzero(&at, sizeof at);
	return e;
}

// ---- one part ---------------------------------------------------------------------------------------------------

// What libGammu could not read, read by ourselves; of what we cannot read either, the octets behind its sender stay.
static void read_raw(struct part *p)
{
	struct pdu d;
	if (pdu_deliver_decode(p->octets, p->length, &d) != OK || p->full_length > p->length) {
		size_t n = pdu_deliver_sender(p->octets, p->length, p->sender);
		p->full_length = n ? p->full_length : 0; // nothing of it may be shown: it can hold a number anywhere
		p->length = (uint16_t)(n ? p->length - n : p->length);
		memmove(p->octets, p->octets + n, p->length);
		return;
	}
	memcpy(p->sender, d.address, sizeof p->sender);
	p->sent_at = d.sent_at;
	p->class = (int8_t)d.class;
	p->concat_ref = d.concat_ref;
	p->concat_total = d.concat_total;
	p->concat_index = d.concat_index;
	p->length = d.length;
	p->kind = d.coding == PDU_OCTETS ? PART_BINARY : PART_TEXT;
	if (p->kind == PART_TEXT)
		memcpy(p->units, d.units, sizeof p->units);
	else
		memcpy(p->octets, d.octets, sizeof d.octets);
}

static size_t content_size(const struct part *p)
{
	return p->kind == PART_TEXT ? (size_t)p->length * 2 : p->length;
}

// By sender, the network's time stamp and the content; without a time stamp our own clock must do.
static void fingerprint(const uint8_t *key, const struct part *p, const char *sender, uint8_t tag[static TAG_SIZE])
{
	uint8_t data[NUMBER_SIZE + 32 + PART_OCTETS_MAX];
	struct bytes_writer w;
	bytes_writer_init(&w, data, sizeof data);
	bytes_put_text(&w, sender, NUMBER_SIZE);
	bytes_put_u64(&w, (uint64_t)(p->sent_at ? p->sent_at : p->received_at));
	bytes_put_u8(&w, (uint8_t)p->kind);
	bytes_put_u16(&w, p->concat_ref);
	bytes_put_u8(&w, p->concat_total);
	bytes_put_u8(&w, p->concat_index);
	bytes_put(&w, p->octets, content_size(p));
	BUG_IF(!bytes_ok(&w));
	pseudonym_tag(key, "tama/seen/1", data, w.at, tag);
	sodium_memzero(data, sizeof data);
}

static enum error is_duplicate(struct triage *t, const struct part *p, const char *sender, bool *duplicate)
{
	uint8_t tag[TAG_SIZE];
	const uint8_t *key;
	int64_t today = p->received_at / 86400;
	enum error e = OK;
	*duplicate = false;
	if (p->kind == PART_CALL)
		return OK;
	for (int64_t day = today - triage_dedupe_days(t) + 1; day <= today + 1 && e == OK && !*duplicate; day++) {
		e = triage_dedupe_key(t, day, day == today, &key);
		if (e == ERROR_NOT_FOUND) {
			e = OK;
			continue;
		}
		if (e != OK)
			return e;
		fingerprint(key, p, sender, tag);
		e = store_seen_has(t->store, tag, duplicate);
	}
	if (e != OK || *duplicate)
		return e;
	e = triage_dedupe_key(t, today, true, &key);
	if (e != OK)
		return e;
	fingerprint(key, p, sender, tag);
	return store_seen_add(t->store, tag, today);
}

// ---- joining ------------------------------------------------------------------------------------------------------

struct joining {
	struct triage *t;
	struct part *parts;  // those that are there, ascending
	size_t count, room;
	int total;
	enum error error;
};

static size_t part_ad(const uint8_t *tag, int index, uint8_t out[static STORE_TAG_SIZE + 1])
{
	memcpy(out, tag, STORE_TAG_SIZE);
	out[STORE_TAG_SIZE] = (uint8_t)index;
	return STORE_TAG_SIZE + 1;
}

static bool collect(void *ctx, const struct store_part *row)
{
	struct joining *j = ctx;
	uint8_t plain[PART_SIZE], ad[STORE_TAG_SIZE + 1];
	struct bytes_reader r;
	if (j->count == j->room) {
		size_t room = j->room ? j->room * 2 : 4;
		struct part *more = realloc(j->parts, room * sizeof *more);
		if (!more) {
			j->error = ERROR_MEMORY;
			return false;
		}
		j->parts = more;
		j->room = room;
	}
	j->total = row->total;
	j->error = row->body_size != PART_WRAPPED ? ERROR_MALFORMED :
						    wrap_open(j->t->keys->working, PART_DOMAIN, ad,
							    part_ad(row->tag, row->index, ad), row->body, PART_WRAPPED,
							    plain);
	if (j->error == OK) {
		bytes_reader_init(&r, plain, sizeof plain);
		j->error = part_get(&r, &j->parts[j->count]);
		j->count += j->error == OK;
	}
	sodium_memzero(plain, sizeof plain);
	if (j->error != OK) { // one part that was touched must not hold the others back
		log_error("a waiting part cannot be opened (%s); the rest is delivered without it",
			error_text(j->error));
		j->error = j->error == ERROR_MEMORY ? j->error : OK;
	}
	return true;
}

// Octets as hex, as an officer may show them to somebody who can read them.
static void put_octets(const struct part *p, struct whole_message *m)
{
	m->flags |= FLAG_RAW | FLAG_UNDECODED;
	if (p->kind == PART_RAW && p->full_length == 0) {
		if (asprintf(&m->text, "(%u octets that cannot be read; not shown, since they may hold a number)",
			    p->length) < 0)
			m->text = NULL;
		m->size = m->text ? strlen(m->text) : 0;
		return;
	}
	m->text = malloc((size_t)p->length * 2 + 1);
	if (m->text)
		sodium_bin2hex(m->text, (size_t)p->length * 2 + 1, p->octets, p->length);
	m->size = m->text ? strlen(m->text) : 0;
}

// Units joined before they become UTF-8: a surrogate pair may be split over two parts.
static void put_units(const struct joining *j, struct whole_message *m)
{
	size_t n = 0, at = 0;
	size_t units_max = j->count * (PART_UNITS_MAX + 2 * sizeof MISSING) + sizeof MISSING;
	uint16_t *units = calloc(units_max, sizeof *units);
	m->text = units ? malloc(units_max * 3 + 1) : NULL;
	if (!m->text) {
		free(units);
		return;
	}
	for (int index = 1; index <= j->total; index++) {
		bool there = at < j->count && (j->total == 1 || j->parts[at].concat_index == index);
		bool gap_said = n >= sizeof MISSING - 1 && units[n - 1] == ' ' && units[n - 2] == ']';
		if (there) {
			memcpy(units + n, j->parts[at].units, j->parts[at].length * sizeof *units);
			n += j->parts[at++].length;
		} else if (!gap_said) {
			n += utf8_to_utf16(MISSING, sizeof MISSING - 1, units + n, sizeof MISSING - 1);
		}
	}
	m->size = utf16_to_utf8(units, n, m->text, units_max * 3 + 1);
	sodium_memzero(units, units_max * sizeof *units);
	free(units);
}

static enum error deliver(struct triage *t, struct joining *j, const char *sender, struct whole_message *m)
{
	const struct part *first = &j->parts[0];
	snprintf(m->sender, sizeof m->sender, "%s", sender);
	m->sent_at = first->sent_at;
	m->received_at = first->received_at;
	if (first->kind == PART_CALL)
		m->flags |= FLAG_BEEP;
	if (first->kind == PART_TEXT)
		put_units(j, m);
	else
		put_octets(first, m);
	if (first->kind == PART_CALL)
		m->flags &= ~(unsigned)(FLAG_RAW | FLAG_UNDECODED);
	enum error e = m->text ? triage_alert(t, m) : ERROR_MEMORY;
	if (m->text)
		sodium_memzero(m->text, m->size);
	free(m->text);
	sodium_memzero(m, sizeof *m);
	return e;
}

static void finish_joining(struct joining *j)
{
	if (j->parts)
		sodium_memzero(j->parts, j->room * sizeof *j->parts);
	free(j->parts);
}

static enum error deliver_waiting(struct triage *t, const uint8_t tag[static STORE_TAG_SIZE])
{
	char sender[NUMBER_SIZE];
	struct whole_message m = {0};
	struct joining j = {.t = t};
	enum error e = store_parts(t->store, tag, collect, &j);
	if (e == OK)
		e = j.error;
	if (e == OK && j.count) {
		number_canonical(&t->process.config, j.parts[0].sender, sender);
		if (j.count < (size_t)j.total)
			m.flags |= FLAG_INCOMPLETE;
		e = deliver(t, &j, sender, &m);
		sodium_memzero(sender, sizeof sender);
	}
	finish_joining(&j);
	return e == OK ? store_parts_drop(t->store, tag) : e;
}

static bool count_part(void *ctx, const struct store_part *row)
{
	(void)row;
	++*(int *)ctx;
	return true;
}

static enum error hold(struct triage *t, const struct part *p, const char *sender)
{
	uint8_t data[NUMBER_SIZE + 4], plain[PART_SIZE], wrapped[PART_WRAPPED], ad[STORE_TAG_SIZE + 1];
	struct store_part row = {.index = p->concat_index, .total = p->concat_total, .first_at = p->received_at,
		.body = wrapped, .body_size = sizeof wrapped};
	struct bytes_writer w;
	bytes_writer_init(&w, data, sizeof data);
	bytes_put_text(&w, sender, NUMBER_SIZE);
	bytes_put_u16(&w, p->concat_ref);
	bytes_put_u8(&w, p->concat_total);
	pseudonym_tag(t->keys->working, "tama/waiting/1", data, w.at, row.tag);
	bytes_writer_init(&w, plain, sizeof plain);
	part_put(&w, p);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(t->keys->working, PART_DOMAIN, ad, part_ad(row.tag, row.index, ad), plain, sizeof plain, wrapped);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(data, sizeof data);
	enum error e = store_part_add(t->store, &row);
	if (e == ERROR_EXISTS) { // the reference came round again: the older message is as whole as it will be
		e = deliver_waiting(t, row.tag);
		if (e == OK)
			e = store_part_add(t->store, &row);
	}
	int there = 0;
	if (e == OK)
		e = store_parts(t->store, row.tag, count_part, &there);
	return e == OK && there == p->concat_total ? deliver_waiting(t, row.tag) : e;
}

static enum error take_part(struct triage *t, struct spool_event *ev)
{
	char sender[NUMBER_SIZE];
	struct part *p = &ev->part;
	struct whole_message m = {.modem = ev->modem, .tampered = ev->tampered};
	bool duplicate = false;
	if (p->kind == PART_RAW) {
		read_raw(p);
		m.flags |= FLAG_RAW;
	}
	number_canonical(&t->process.config, p->sender, sender);
	enum error e = is_duplicate(t, p, sender, &duplicate);
	t->state.counters[TRIAGE_TRIAGED]++;
	t->state.counters[TRIAGE_LAST_AT] = (uint64_t)p->received_at;
	if (duplicate)
		t->state.counters[TRIAGE_DUPLICATES]++;
	if (e != OK || duplicate)
		return e;
	if (p->kind == PART_TEXT && p->concat_total > 1) {
		e = hold(t, p, sender);
	} else {
		struct joining j = {.parts = p, .count = 1, .total = 1};
		e = deliver(t, &j, sender, &m);
	}
	sodium_memzero(sender, sizeof sender);
	return e;
}

// ---- batches ------------------------------------------------------------------------------------------------------

// Frames that an enemy or a disk took away: people must know, not only a log.
static enum error report_loss(struct triage *t, uint64_t gone, const struct spool_event *ev)
{
	char text[200];
	struct whole_message m = {.from_station = true, .received_at = (int64_t)time(NULL), .text = text};
	int n = snprintf(text, sizeof text,
		"Tama: %llu sealed messages cannot be read (spool frames up to %llu). The disk is failing or somebody "
		"changed it. Ask your sources to send again.",
		(unsigned long long)gone, (unsigned long long)ev->to);
	m.size = (size_t)n;
	return triage_alert(t, &m);
}

static enum error take_event(struct triage *t, struct spool_event *ev, uint64_t *gone)
{
	switch (ev->kind) {
	case SPOOL_PART:
		return take_part(t, ev);
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
	enum error e = store_begin(t->store);
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
	return e == OK ? store_commit(t->store) : e;
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
	store_rollback(t->store);
	triage_contents_forgotten(t);
	t->state.code = e == ERROR_FULL ? STATE_DISK_FULL : STATE_FAILED;
	snprintf(t->state.text, sizeof t->state.text, "the queue cannot be written: %s", error_text(e));
	if (triage_open_spool(t) != OK)
		log_error("the spool cannot be opened again");
	triage_tell_state(t);
	loop_timer(t->process.loop, TRIAGE_TIMER_WORK, RETRY_MS, triage_work, t);
}

static void batch_done(struct triage *t, uint64_t alerts_before)
{
	triage_contents_committed(t);
	tell_drained(t);
	if (t->newest_alert != alerts_before)
		triage_alerts_changed(t);
	if (store_parts_waiting(t->store, &t->state.counters[TRIAGE_WAITING_PARTS]) != OK)
		log_warn("parts: %s", store_why(t->store));
	t->state.code = STATE_RUNNING;
	t->state.text[0] = 0;
	triage_tell_state(t);
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
	uint64_t before = t->newest_alert;
	if (triage_is_locked(t) || t->state.counters[TRIAGE_SEQ] < t->limit)
		return;
	int64_t due = (int64_t)time(NULL) - t->process.config.reassembly_wait_s;
	enum error e = store_parts_overdue(t->store, due, tag);
	while (e == OK) {
		e = store_begin(t->store);
		if (e == OK)
			e = deliver_waiting(t, tag);
		if (e == OK)
			e = store_commit(t->store);
		if (e != OK) {
			batch_failed(t, e);
			return;
		}
		e = store_parts_overdue(t->store, due, tag);
	}
	batch_done(t, before);
	work_idle(t);
}

void triage_work(void *ctx)
{
	struct triage *t = ctx;
	bool more;
	uint64_t before = t->newest_alert;
	if (triage_is_locked(t))
		return;
	if (t->state.counters[TRIAGE_SEQ] >= t->limit) {
		work_idle(t);
		return;
	}
	enum error e = t->reader ? take_batch(t, &more) : ERROR_IO;
	if (e != OK) {
		batch_failed(t, e);
		return;
	}
	batch_done(t, before);
	if (more)
		loop_timer(t->process.loop, TRIAGE_TIMER_WORK, 0, triage_work, t);
	else
		work_idle(t);
}
