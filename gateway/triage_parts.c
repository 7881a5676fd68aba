// SPDX-License-Identifier: GPL-2.0-or-later
// From the parts of the spool to whole messages: what libGammu could not read, what was seen before, what waits for
// its other parts.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/log.h"
#include "gateway/pdu/charset.h"
#include "gateway/pdu/pdu.h"
#include "gateway/triage_alert.h"

#define PART_DOMAIN "tama/part/1"
#define PART_WRAPPED (PART_SIZE + WRAP_OVERHEAD)
#define MISSING " [...] "

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
	bool is_code = m->text && triage_is_seize_code(t, m->text, m->size); // nothing for officers to read
	t->seize_soon = t->seize_soon || is_code;
	bool is_ours = m->text && !is_code && triage_canary_heard(t, m->text, m->size);
	enum error e = !m->text ? ERROR_MEMORY : is_code || is_ours ? OK : triage_alert(t, m);
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

enum error triage_deliver_waiting(struct triage *t, const uint8_t tag[static STORE_TAG_SIZE])
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
		e = triage_deliver_waiting(t, row.tag);
		if (e == OK)
			e = store_part_add(t->store, &row);
	}
	int there = 0;
	if (e == OK)
		e = store_parts(t->store, row.tag, count_part, &there);
	return e == OK && there == p->concat_total ? triage_deliver_waiting(t, row.tag) : e;
}

enum error triage_take_part(struct triage *t, struct spool_event *ev)
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
