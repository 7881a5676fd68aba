// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Sealing to a public key so that the seal binds its context (crypto_box_seal binds nothing): a fresh X25519 key,
// one AEAD key from BLAKE2b(domain, shared point, both public keys), XChaCha20-Poly1305 over the associated data.
// It authenticates no sender; who must be authenticated signs (officer.h) or is chained (chain.h).

#include <stddef.h>
#include <stdint.h>

#include "crypto/secret.h"

#define SEAL_PUBLIC_SIZE 32
#define SEAL_OVERHEAD 48 // ephemeral public key, tag

struct seal_public {
	uint8_t key[SEAL_PUBLIC_SIZE];
};

// A new X25519 pair; the caller owns *secret (32 octets).
MUST_CHECK enum error seal_keypair(struct seal_public *public, struct secret **secret);
MUST_CHECK enum error seal_public_of(const struct secret *secret, struct seal_public *out);

// `out` has room for size + SEAL_OVERHEAD. ERROR_MALFORMED for a public key of low order.
MUST_CHECK enum error seal_to(const char *domain, const struct seal_public *to, const void *ad, size_t ad_size,
	const void *plain, size_t size, uint8_t *out);
// `out` has room for size - SEAL_OVERHEAD. ERROR_MALFORMED when too short, ERROR_FORGED when anything differs.
MUST_CHECK enum error seal_open(const char *domain, const struct secret *secret, const void *ad, size_t ad_size,
	const void *sealed, size_t size, uint8_t *out);

// The same for who knows the public half of `secret`, which is otherwise computed anew each time.
MUST_CHECK enum error seal_open_own(const char *domain, const struct secret *secret, const struct seal_public *own,
	const void *ad, size_t ad_size, const void *sealed, size_t size, uint8_t *out);

// "ABCD-EFGH-…": eight groups of four letters over BLAKE2b of the key, to pin in a configuration and to read aloud.
#define FINGERPRINT_SIZE 40
void seal_fingerprint(const struct seal_public *public, char out[static FINGERPRINT_SIZE]);
