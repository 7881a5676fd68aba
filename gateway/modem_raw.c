// SPDX-License-Identifier: GPL-2.0-or-later
// The rescue path: slots read as PDUs with plain AT, for what libGammu cannot or must not read.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/modem.h"

#define CMS_INVALID_INDEX 321 // TS 27.005 §3.2.5: an empty slot, to many modems

struct listing {
	struct modem *m;
	bool expect_pdu;
	bool draft; // of somebody else's, or a dummy of ours
	bool seen[MODEM_SLOTS_MAX];
	struct item item;
	enum error error;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A PDU as hex into the part, as much as there is room for; false when it is no hex at all.
static bool read_hex(const char *line, struct part *p)
{
	size_t n = 0;
	*p = (struct part){.kind = PART_RAW, .class = -1, .received_at = (int64_t)time(NULL)};
	for (; line[0] && line[1]; line += 2, n++) {
		int high = hex_digit(line[0]), low = hex_digit(line[1]);
		if (high < 0 || low < 0)
			return false;
		if (n < PART_OCTETS_MAX)
			p->octets[n] = (uint8_t)(high << 4 | low);
	}
	p->length = (uint16_t)(n < PART_OCTETS_MAX ? n : PART_OCTETS_MAX);
	p->full_length = (uint16_t)(n < 65535 ? n : 65535);
	return n > 0;
}

static bool take_line(void *ctx, const char *line)
{
	struct listing *l = ctx;
	struct part p;
	if (!strncmp(line, "+CMGL:", 6) || !strncmp(line, "+CMGR:", 6)) {
		bool one = line[4] == 'R'; // its slot is known, and not said again
		const char *comma = strchr(line, ',');
		int status = one ? atoi(line + 6) : comma ? atoi(comma + 1) : 0; // TS 27.005 §3.1 <stat>
		if (!one)
			l->item.slot = (uint16_t)atoi(line + 6);
		l->draft = status >= 2;
		l->item.read = status == 1;
		l->expect_pdu = true;
		return true;
	}
	if (!l->expect_pdu || !read_hex(line, &p))
		return false;
	l->expect_pdu = false;
	if (l->item.slot < MODEM_SLOTS_MAX)
		l->seen[l->item.slot] = true;
	if (l->draft) {
		if (l->item.slot < MODEM_SLOTS_MAX && modem_wipe_is_dummy(line)) {
			l->m->wipe.dummies[l->item.slot] = true;
			modem_wipe_later(l->m);
		}
	} else if (l->error == OK && l->item.slot && l->m->batch_count < BATCH_MAX) {
		l->m->batch[l->m->batch_count] = l->item;
		l->error = modem_send(l->m, &p, &l->m->batch[l->m->batch_count]);
		l->m->batch_count++;
		l->m->state.counters[MODEM_RAW]++;
	}
	explicit_bzero(&p, sizeof p);
	return true;
}

// A modem ends its listing at a slot that it cannot read: what is behind it is asked for one by one.
static enum error list_one_by_one(struct modem *m, struct listing *l)
{
	uint64_t total = m->state.counters[MODEM_SLOTS_TOTAL];
	unsigned unreadable = 0;
	enum error e = OK;
	for (unsigned slot = 1; slot < MODEM_SLOTS_MAX && slot <= total && (e == OK || e == ERROR_REFUSED); slot++) {
		char command[32];
		int code = 0;
		if (l->seen[slot])
			continue;
		snprintf(command, sizeof command, "AT+CMGR=%u", slot);
		l->item.slot = (uint16_t)slot;
		l->expect_pdu = false;
		e = at_command(&m->at, command, 10000, take_line, l, &code);
		unreadable += e == ERROR_REFUSED && code != CMS_INVALID_INDEX;
	}
	if (unreadable)
		log_warn("modem=%s slots that cannot be read: %u", m->settings->name, unreadable);
	return e == ERROR_REFUSED ? OK : e;
}

enum error modem_list_raw(struct modem *m)
{
	struct listing l = {.m = m, .item = {.raw = true}};
	m->batch_count = m->open = 0;
	m->announced = false;
	m->complete = false; // deletion goes slot by slot here
	enum error e = at_command(&m->at, "AT+CMGF=0", 5000, NULL, NULL, NULL);
	if (e == OK)
		e = at_command(&m->at, "AT+CMGL=4", 30000, take_line, &l, NULL);
	if (e == ERROR_REFUSED)
		e = list_one_by_one(m, &l);
	explicit_bzero(m->at.line, sizeof m->at.line);
	return e == OK ? l.error : e;
}

struct one {
	struct part part;
	bool expect_pdu, found;
};

static bool take_one(void *ctx, const char *line)
{
	struct one *o = ctx;
	if (!strncmp(line, "+CMGR:", 6))
		o->expect_pdu = true;
	else if (o->expect_pdu && !o->found && read_hex(line, &o->part))
		o->found = true;
	else
		return false;
	return true;
}

enum error modem_send_raw(struct modem *m, struct item *i)
{
	struct one o = {0};
	char command[32];
	snprintf(command, sizeof command, "AT+CMGR=%u", i->slot);
	enum error e = at_command(&m->at, command, 10000, take_one, &o, NULL);
	explicit_bzero(m->at.line, sizeof m->at.line);
	i->raw = true;
	if (e == OK && o.found) {
		m->state.counters[MODEM_RAW]++;
		e = modem_send(m, &o.part, i);
	} else if (e == OK || e == ERROR_REFUSED) {
		log_warn("modem=%s slot=%u cannot be read raw; it stays on the SIM", m->settings->name, i->slot);
		i->state = ITEM_REFUSED;
		e = OK;
	}
	explicit_bzero(&o, sizeof o);
	return e;
}
