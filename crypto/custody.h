// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The identity behind one alert: a number that nobody holds. It is sealed under a random scalar, shared t of n to the
// custodians, and an outer key that is destroyed at expiry. A share says inside itself what it is a share of.

#include "crypto/seal.h"
#include "crypto/shamir.h"

#define CUSTODY_MAX SHAMIR_MAX
#define CUSTODY_NUMBER_SIZE 48
#define CUSTODY_IDENTITY_SIZE (1 + 24 + CUSTODY_NUMBER_SIZE + 16)
#define CUSTODY_SHARE_PLAIN(t) (1 + 16 + 8 + 4 + 8 + 3 + 32 + 32 * (t))
#define CUSTODY_SHARE_MAX (CUSTODY_SHARE_PLAIN(CUSTODY_MAX) + SEAL_OVERHEAD)

struct custody_context {
	uint8_t station_id[16];
	uint64_t alert_id;
	int64_t expires_at; // Unix seconds
	unsigned threshold, count;
};

struct custody_share {
	struct custody_context about;
	uint32_t custodian_id;
	struct shamir_share share;
	uint8_t commitments[CUSTODY_MAX][SCALAR_SIZE];
};

// Seals `number` (NUL-terminated, below CUSTODY_NUMBER_SIZE): the identity record and one share for each custodian i,
// at sealed + i * CUSTODY_SHARE_MAX, of size CUSTODY_SHARE_PLAIN(t) + SEAL_OVERHEAD.
MUST_CHECK enum error custody_seal(const struct custody_context *about, const uint8_t outer[static KEY_SIZE],
	const char *number, const struct seal_public *custodians, const uint32_t *custodian_ids,
	uint8_t identity[static CUSTODY_IDENTITY_SIZE], uint8_t *sealed);

// A custodian opens his own share: ERROR_FORGED (not his, or touched), ERROR_MALFORMED, ERROR_VERSION.
MUST_CHECK enum error custody_share_open(const struct secret *custodian, const uint8_t station_id[static 16],
	uint64_t alert_id, const void *sealed, size_t size, struct custody_share *out);

// An opened share as octets again, to be sealed to somebody else; returns the size. And back, with the checks of
// custody_share_open.
size_t custody_share_plain(const struct custody_share *s, uint8_t out[static CUSTODY_SHARE_PLAIN(CUSTODY_MAX)]);
MUST_CHECK enum error custody_share_read(const uint8_t *plain, size_t size, const uint8_t station_id[static 16],
	uint64_t alert_id, struct custody_share *out);

// The number from at least t shares. ERROR_REFUSED: too few; ERROR_EXISTS: the same index twice; ERROR_NOT_FOUND: a
// share of another alert; ERROR_TIMEOUT: expired at `now`; ERROR_FORGED: a share or the record was touched.
MUST_CHECK enum error custody_open(const struct custody_context *about, const uint8_t outer[static KEY_SIZE],
	const struct custody_share *shares, unsigned share_count, int64_t now,
	const uint8_t identity[static CUSTODY_IDENTITY_SIZE], char number[static CUSTODY_NUMBER_SIZE]);
