// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Wrapping small secrets and records under a symmetric key: version, random nonce, XChaCha20-Poly1305 with the domain
// and the associated data bound. Used for keys at rest, for alert bodies, for identities.

#include "crypto/secret.h"

#define WRAP_OVERHEAD (1 + 24 + 16)
#define WRAP_AD_MAX 256

// `out` has room for size + WRAP_OVERHEAD.
void wrap_seal(const uint8_t key[static KEY_SIZE], const char *domain, const void *ad, size_t ad_size,
	const void *plain, size_t size, uint8_t *out);
// `out` has room for size - WRAP_OVERHEAD. ERROR_MALFORMED, ERROR_VERSION or ERROR_FORGED.
MUST_CHECK enum error wrap_open(const uint8_t key[static KEY_SIZE], const char *domain, const void *ad,
	size_t ad_size, const void *wrapped, size_t size, uint8_t *out);

// A subkey: BLAKE2b keyed with `key` over domain and `row`. For one alert of a content key, one use of a KEK.
void wrap_subkey(const uint8_t key[static KEY_SIZE], const char *domain, uint64_t row, uint8_t out[static KEY_SIZE]);
