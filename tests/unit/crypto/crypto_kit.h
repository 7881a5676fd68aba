// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the tests of the secrets share: octets from hex, and the promise that every sealed thing makes: not one bit
// changed, not one octet missing.

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/cleanup.h"
#include "gateway/base/error.h"

static inline size_t unhex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	assert_int_equal(sodium_hex2bin(out, room, hex, strlen(hex), NULL, &n, NULL), 0);
	return n;
}

// Opens `size` octets; true when they were accepted. They are in memory of exactly that size, for the sanitizer.
typedef bool opens(void *ctx, const uint8_t *data, size_t size);

static inline bool opens_copy(opens *open, void *ctx, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	assert_non_null(copy);
	memcpy(copy, data, size);
	bool accepted = open(ctx, copy, size);
	free(copy);
	return accepted;
}

static inline void only_whole_and_unchanged(opens *open, void *ctx, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	assert_non_null(copy);
	memcpy(copy, data, size);
	copy[size] = 0;
	assert_true(opens_copy(open, ctx, copy, size));
	assert_false(opens_copy(open, ctx, copy, size + 1));
	for (size_t n = 0; n < size; n++)
		assert_false(opens_copy(open, ctx, copy, n));
	for (size_t bit = 0; bit < size * 8; bit++) {
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(opens_copy(open, ctx, copy, size));
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(copy);
}
