// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/bytes.h"

#include <string.h>

void bytes_reader_init(struct bytes_reader *r, const void *data, size_t size)
{
	*r = (struct bytes_reader){.data = data, .size = size};
}

static const uint8_t *take(struct bytes_reader *r, size_t n)
{
	if (r->failed || n > r->size - r->at) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *p = r->data + r->at;
	r->at += n;
	return p;
}

static uint64_t get_le(struct bytes_reader *r, size_t n)
{
	const uint8_t *p = take(r, n);
	uint64_t v = 0;
	for (size_t i = 0; p && i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint8_t bytes_get_u8(struct bytes_reader *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t bytes_get_u16(struct bytes_reader *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t bytes_get_u32(struct bytes_reader *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t bytes_get_u64(struct bytes_reader *r)
{
	return get_le(r, 8);
}

void bytes_get(struct bytes_reader *r, void *out, size_t n)
{
	const uint8_t *p = take(r, n);
	if (p && n)
		memcpy(out, p, n);
	else if (n)
		memset(out, 0, n);
}

void bytes_get_text(struct bytes_reader *r, char *out, size_t size)
{
	BUG_IF(size == 0);
	bytes_get(r, out, size);
	size_t len = strnlen(out, size);
	for (size_t i = len; i < size; i++)
		r->failed |= out[i] != 0;
	r->failed |= len == size;
	if (r->failed)
		memset(out, 0, size);
}

bool bytes_end(const struct bytes_reader *r)
{
	return !r->failed && r->at == r->size;
}

void bytes_writer_init(struct bytes_writer *w, void *data, size_t size)
{
	*w = (struct bytes_writer){.data = data, .size = size};
}

static uint8_t *room(struct bytes_writer *w, size_t n)
{
	if (w->failed || n > w->size - w->at) {
		w->failed = true;
		return NULL;
	}
	uint8_t *p = w->data + w->at;
	w->at += n;
	return p;
}

static void put_le(struct bytes_writer *w, uint64_t v, size_t n)
{
	uint8_t *p = room(w, n);
	for (size_t i = 0; p && i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void bytes_put_u8(struct bytes_writer *w, uint8_t v)
{
	put_le(w, v, 1);
}

void bytes_put_u16(struct bytes_writer *w, uint16_t v)
{
	put_le(w, v, 2);
}

void bytes_put_u32(struct bytes_writer *w, uint32_t v)
{
	put_le(w, v, 4);
}

void bytes_put_u64(struct bytes_writer *w, uint64_t v)
{
	put_le(w, v, 8);
}

void bytes_put(struct bytes_writer *w, const void *in, size_t n)
{
	uint8_t *p = room(w, n);
	if (p && n)
		memcpy(p, in, n);
}

void bytes_put_text(struct bytes_writer *w, const char *in, size_t size)
{
	size_t len = strnlen(in, size);
	uint8_t *p = len < size ? room(w, size) : NULL;
	if (!p) {
		w->failed = true;
		return;
	}
	memset(p, 0, size);
	memcpy(p, in, len);
}

void bytes_put_zeros(struct bytes_writer *w, size_t n)
{
	uint8_t *p = room(w, n);
	if (p && n)
		memset(p, 0, n);
}
