// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/outbox.h"

#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/pdu/charset.h"

#define TRIES 4
#define BACK_OFF_MS 1000 // then 4 and 16 times as long
#define DIGITS_MAX 20    // TS 23.040 §9.1.2.3

static bool is_number(const char *s)
{
	s += *s == '+';
	size_t n = strspn(s, "0123456789");
	return n > 0 && n <= DIGITS_MAX && s[n] == 0;
}

enum error outbox_take(struct outbox *o, const struct message *msg, uint32_t *id)
{
	struct outgoing out = {0};
	struct bytes_reader r;
	enum error e = OK;
	bytes_reader_init(&r, msg->body, msg->size);
	out.id = *id = bytes_get_u32(&r);
	uint8_t flags = bytes_get_u8(&r);
	out.flash = flags & SEND_FLASH;
	bytes_get_text(&r, out.number, sizeof out.number);
	bytes_get_text(&r, out.text, sizeof out.text);
	if (!bytes_end(&r) || (flags & ~SEND_FLASH))
		e = ERROR_MALFORMED;
	else if (!is_number(out.number) || !*out.text)
		e = ERROR_ARGUMENT;
	else if (o->count == OUTBOX_MAX)
		e = ERROR_FULL;
	else
		o->waiting[o->count++] = out;
	explicit_bzero(&out, sizeof out);
	return e;
}

struct outgoing *outbox_next(struct outbox *o, int64_t now_ms, int64_t *wait_ms)
{
	*wait_ms = -1;
	for (size_t i = 0; i < o->count; i++) {
		int64_t wait = o->waiting[i].due_ms - now_ms;
		if (wait <= 0)
			return &o->waiting[i];
		if (*wait_ms < 0 || wait < *wait_ms)
			*wait_ms = wait;
	}
	return NULL;
}

size_t outbox_split(const struct outgoing *out, struct pdu parts[static OUTBOX_PARTS_MAX])
{
	uint16_t units[SEND_TEXT_SIZE];
	struct pdu like = {.class = out->flash ? 0 : -1};
	memcpy(like.address, out->number, sizeof like.address);
	size_t n = utf8_to_utf16(out->text, strlen(out->text), units, ARRAY_LENGTH(units));
	// The id as reference: what is tried again is the same message to the telephone.
	size_t count = pdu_split(&like, units, n, out->id & 0xff, parts, OUTBOX_PARTS_MAX);
	explicit_bzero(units, sizeof units);
	explicit_bzero(&like, sizeof like);
	BUG_IF(count == 0);
	return count;
}

bool outbox_is_temporary(int code)
{
	static const int temporary[] = {
		30, 31,         // TS 27.007 §9.2.1, from modems that say +CME ERROR here: no network, network timeout
		38, 41, 42, 47, // TS 24.011 annex E-2: out of order, temporary failure, congestion, no resources
		192, 194,       // TS 23.040 §9.2.3.22: the SMSC is busy, or failed
		314, 331, 332,  // TS 27.005 §3.2.5: SIM busy, no network, network timeout
		500,            // unknown
	};
	for (size_t i = 0; i < ARRAY_LENGTH(temporary); i++)
		if (code == temporary[i])
			return true;
	return code < 0 || code >= 512; // no number, or the manufacturer's own: mostly "not yet"
}

bool outbox_retry(struct outgoing *out, int code, int64_t now_ms)
{
	if (!outbox_is_temporary(code) || ++out->failures >= TRIES)
		return false;
	out->due_ms = now_ms + (BACK_OFF_MS << 2 * (out->failures - 1));
	return true;
}

void outbox_remove(struct outbox *o, struct outgoing *out)
{
	size_t at = (size_t)(out - o->waiting);
	BUG_IF(at >= o->count);
	o->count--;
	memmove(out, out + 1, (o->count - at) * sizeof *out);
	explicit_bzero(&o->waiting[o->count], sizeof *out);
}

void outbox_clear(struct outbox *o)
{
	explicit_bzero(o, sizeof *o);
}
