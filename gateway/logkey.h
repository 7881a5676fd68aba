// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The audit chain's key at rest, DIR/keys/log: which record it will sign, its public half, and the seed wrapped under
// the KEK. Two places in one file, written in turn; the one before is overwritten as soon as the new one is on disk.
// DIR/keys/log.first holds the public key of the first record, whose fingerprint tama.conf pins.

#include "crypto/audit.h"
#include "crypto/seal.h"
#include "gateway/config.h"

// `seed` signs record `seq`. ERROR_IO.
MUST_CHECK enum error logkey_write(const struct config *c, const struct secret *kek, uint64_t seq,
	const uint8_t seed[static AUDIT_SEED_SIZE]);
// What anybody may read. ERROR_NOT_FOUND, ERROR_MALFORMED, ERROR_IO.
MUST_CHECK enum error logkey_public(const struct config *c, uint64_t *seq, uint8_t public[static AUDIT_PUBLIC_SIZE]);
MUST_CHECK enum error logkey_read(const struct config *c, const struct secret *kek, uint64_t *seq,
	uint8_t seed[static AUDIT_SEED_SIZE]);

MUST_CHECK enum error logkey_first_write(const struct config *c, const uint8_t public[static AUDIT_PUBLIC_SIZE]);
// ERROR_FORGED: not the one that the configuration pins.
MUST_CHECK enum error logkey_first(const struct config *c, uint8_t public[static AUDIT_PUBLIC_SIZE]);
