// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The ratchet under the spool: each frame is tagged with a key that is replaced, one way, before the next; who seizes
// the machine holds only a key for frames to come.

#include "crypto/secret.h"

#define CHAIN_TAG_SIZE 32

// Tags `frame` and steps `key` on in place; the old key is gone.
void chain_tag(uint8_t key[static KEY_SIZE], const void *frame, size_t size, uint8_t tag[static CHAIN_TAG_SIZE]);
// True when the tag holds; `key` is stepped on either way.
MUST_CHECK _Bool chain_verify(uint8_t key[static KEY_SIZE], const void *frame, size_t size,
	const uint8_t tag[static CHAIN_TAG_SIZE]);
