// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Replies on their way out: a small queue in memory, what is sent next and what is tried again. Called by modem_out.c;
// knows no modem and reads no clock. Everything is wiped as soon as it is answered.

#include <stdbool.h>
#include <stdint.h>

#include "gateway/message.h"
#include "gateway/pdu/pdu.h"

#define OUTBOX_MAX 16
#define OUTBOX_PARTS_MAX 12 // 640 octets of UTF-8 are at most 10 parts of UCS-2

struct outgoing {
	uint32_t id;
	bool flash;
	char number[SEND_NUMBER_SIZE];
	char text[SEND_TEXT_SIZE];
	size_t next_part;  // the parts before it are with the network
	unsigned failures; // in a row
	int64_t due_ms;
};

struct outbox {
	struct outgoing waiting[OUTBOX_MAX]; // in order of arrival
	size_t count;
};

// Queues a MESSAGE_SEND, whose id goes to *id even when it is refused. ERROR_MALFORMED: not the shape of message.h;
// ERROR_ARGUMENT: no telephone number or no text; ERROR_FULL.
MUST_CHECK enum error outbox_take(struct outbox *o, const struct message *msg, uint32_t *id);
// The first that is due, NULL when none is; *wait_ms then says when the next will be, -1 when there is none at all.
struct outgoing *outbox_next(struct outbox *o, int64_t now_ms, int64_t *wait_ms);
// What it is on the air: GSM-7 where that has every character, else UCS-2, with a concatenation header (TS 23.040
// §9.2.3.24.1) when one part is too small. Returns how many; the caller wipes them.
size_t outbox_split(const struct outgoing *out, struct pdu parts[static OUTBOX_PARTS_MAX]);
// A part was refused with this number of +CMS ERROR (-1: none was given). True: it is due again later; false: the
// network will say the same again, or has been asked often enough.
bool outbox_retry(struct outgoing *out, int code, int64_t now_ms);
bool outbox_is_temporary(int code);
void outbox_remove(struct outbox *o, struct outgoing *out);
void outbox_clear(struct outbox *o);
