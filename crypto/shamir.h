// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Shamir's secret sharing over the scalar field of ristretto255 (RFC 9496), with Feldman commitments. Checked against
// the shares of RFC 9591, appendix E.2. The only primitive of our own; it uses libsodium's scalar arithmetic.

#include "crypto/secret.h"

#define SCALAR_SIZE 32
#define SHAMIR_MAX 16

struct shamir_share {
	uint8_t index; // 1 … n
	uint8_t value[SCALAR_SIZE];
};

// Shares of a polynomial given by its `t` coefficients (the first is the secret); each canonical.
MUST_CHECK enum error shamir_evaluate(const uint8_t (*coefficients)[SCALAR_SIZE], unsigned t, unsigned n,
	struct shamir_share *shares);
// Random polynomial with `secret` (canonical) at 0: n shares and t commitments (ristretto points of 32 octets).
MUST_CHECK enum error shamir_split(const uint8_t secret[static SCALAR_SIZE], unsigned t, unsigned n,
	struct shamir_share *shares, uint8_t (*commitments)[SCALAR_SIZE]);
// ERROR_FORGED when the share is not on the committed polynomial, ERROR_MALFORMED when not canonical.
MUST_CHECK enum error shamir_verify(const struct shamir_share *share, const uint8_t (*commitments)[SCALAR_SIZE],
	unsigned t);
// The secret from `count` shares. ERROR_EXISTS: an index twice; ERROR_MALFORMED: index 0 or scalar not canonical.
MUST_CHECK enum error shamir_combine(const struct shamir_share *shares, unsigned count,
	uint8_t secret[static SCALAR_SIZE]);
// 0 <= s < L. libsodium reduces silently, so that two texts would be one scalar.
_Bool scalar_is_canonical(const uint8_t s[static SCALAR_SIZE]);
