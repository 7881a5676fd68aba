// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/part.h"

#include <string.h>

// kind, id, slot, sender, sent_at, received_at, class, concat ref/total/index, content, length, full_length
#define PART_USED (1 + 4 + 2 + PART_SENDER_SIZE + 8 + 8 + 1 + 2 + 1 + 1 + PART_OCTETS_MAX + 2 + 2)

static bool sender_is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool part_is_valid(const struct part *p)
{
	if (p->kind < PART_TEXT || p->kind >= PART_KIND_END_)
		return false;
	size_t limit = p->kind == PART_TEXT ? PART_UNITS_MAX : p->kind == PART_CALL ? 0 : PART_OCTETS_MAX;
	bool joined = p->concat_total > 1;
	return p->length <= limit && p->full_length >= p->length && sender_is_printable(p->sender) &&
		p->class >= -1 && p->class <= 3 && p->sent_at >= 0 && p->received_at >= 0 &&
		(joined ? p->concat_index >= 1 && p->concat_index <= p->concat_total :
			  p->concat_index <= 1 && p->concat_ref == 0);
}

void part_put(struct bytes_writer *w, const struct part *p)
{
	w->failed |= !part_is_valid(p);
	bytes_put_u8(w, (uint8_t)p->kind);
	bytes_put_u32(w, p->id);
	bytes_put_u16(w, p->slot);
	bytes_put_text(w, p->sender, PART_SENDER_SIZE);
	bytes_put_u64(w, (uint64_t)p->sent_at);
	bytes_put_u64(w, (uint64_t)p->received_at);
	bytes_put_u8(w, (uint8_t)p->class);
	bytes_put_u16(w, p->concat_ref);
	bytes_put_u8(w, p->concat_total);
	bytes_put_u8(w, p->concat_index);
	if (p->kind == PART_TEXT) {
		for (size_t i = 0; i < PART_UNITS_MAX; i++)
			bytes_put_u16(w, i < p->length ? p->units[i] : 0);
	} else {
		bytes_put(w, p->octets, p->length);
		bytes_put_zeros(w, PART_OCTETS_MAX - (size_t)p->length);
	}
	bytes_put_u16(w, p->length);
	bytes_put_u16(w, p->full_length);
	_Static_assert(PART_USED == PART_SIZE, "PART_SIZE is the layout's sum");
}

enum error part_get(struct bytes_reader *r, struct part *out)
{
	*out = (struct part){.kind = (enum part_kind)bytes_get_u8(r)};
	out->id = bytes_get_u32(r);
	out->slot = bytes_get_u16(r);
	bytes_get_text(r, out->sender, PART_SENDER_SIZE);
	out->sent_at = (int64_t)bytes_get_u64(r);
	out->received_at = (int64_t)bytes_get_u64(r);
	out->class = (int8_t)bytes_get_u8(r);
	out->concat_ref = bytes_get_u16(r);
	out->concat_total = bytes_get_u8(r);
	out->concat_index = bytes_get_u8(r);
	if (out->kind == PART_TEXT)
		for (size_t i = 0; i < PART_UNITS_MAX; i++)
			out->units[i] = bytes_get_u16(r);
	else
		bytes_get(r, out->octets, PART_OCTETS_MAX);
	out->length = bytes_get_u16(r);
	out->full_length = bytes_get_u16(r);
	return r->failed || !part_is_valid(out) ? ERROR_MALFORMED : OK;
}
