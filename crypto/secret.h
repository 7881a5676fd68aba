// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Guarded memory for whatever must never reach a disk, a core or a log: opaque, locked, zeroed on destroy.

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

#define KEY_SIZE 32

struct secret; // opaque

MUST_CHECK enum error secret_create(size_t size, struct secret **out); // zeros
MUST_CHECK enum error secret_random(size_t size, struct secret **out);
MUST_CHECK enum error secret_copy(const void *bytes, size_t size, struct secret **out);
uint8_t *secret_bytes(struct secret *s); // borrowed until destroy
const uint8_t *secret_view(const struct secret *s);
size_t secret_size(const struct secret *s);
void secret_destroy(struct secret *s); // NULL is fine
void secret_clear(struct secret **s);  // destroys and sets to NULL

static inline void cleanup_secret_(struct secret **s)
{
	secret_destroy(*s);
}
#define cleanup_secret __attribute__((cleanup(cleanup_secret_)))
