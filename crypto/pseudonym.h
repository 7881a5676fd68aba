// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Names without persons: the handle of a sender within an epoch, the fingerprint by which one SMS read twice is one
// alert, and blind tags for look-ups by equality. All are keyed BLAKE2b; without the key nothing links or reverses.

#include "crypto/secret.h"

#define HANDLE_SIZE 12 // "K7QM2-X9PTA" and a NUL: 50 bits in Crockford's base 32
#define TAG_SIZE 16

// `sender` is canonical already (gateway/number.h).
void pseudonym_handle(const uint8_t key[static KEY_SIZE], const char *sender, char out[static HANDLE_SIZE]);
// A tag of any octets in a domain of its own.
void pseudonym_tag(const uint8_t key[static KEY_SIZE], const char *domain, const void *data, size_t size,
	uint8_t out[static TAG_SIZE]);
