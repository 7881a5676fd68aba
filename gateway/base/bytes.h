// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Bounded, sticky-error reader and writer for fixed little-endian layouts: wire messages, spool frames, sealed
// records. After an overrun every further call is a no-op and bytes_end()/bytes_ok() say so: check once, at the end.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

struct bytes_reader {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

struct bytes_writer {
	uint8_t *data;
	size_t size, at;
	bool failed;
};

void bytes_reader_init(struct bytes_reader *r, const void *data, size_t size); // borrows data
uint8_t bytes_get_u8(struct bytes_reader *r);                                  // 0 after a failure, as all below
uint16_t bytes_get_u16(struct bytes_reader *r);
uint32_t bytes_get_u32(struct bytes_reader *r);
uint64_t bytes_get_u64(struct bytes_reader *r);
void bytes_get(struct bytes_reader *r, void *out, size_t n); // zeros `out` after a failure
// A text field of exactly `size` octets that holds a NUL-terminated string and zeros behind it; else a failure.
void bytes_get_text(struct bytes_reader *r, char *out, size_t size);
// True only when nothing failed and nothing is left over.
bool bytes_end(const struct bytes_reader *r);

void bytes_writer_init(struct bytes_writer *w, void *data, size_t size); // borrows data
void bytes_put_u8(struct bytes_writer *w, uint8_t v);
void bytes_put_u16(struct bytes_writer *w, uint16_t v);
void bytes_put_u32(struct bytes_writer *w, uint32_t v);
void bytes_put_u64(struct bytes_writer *w, uint64_t v);
void bytes_put(struct bytes_writer *w, const void *in, size_t n);
// The string into a field of exactly `size` octets, zero-filled; a failure if it does not fit with its NUL.
void bytes_put_text(struct bytes_writer *w, const char *in, size_t size);
void bytes_put_zeros(struct bytes_writer *w, size_t n);
static inline bool bytes_ok(const struct bytes_writer *w)
{
	return !w->failed;
}
