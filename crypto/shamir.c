// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/shamir.h"

#include <sodium.h>
#include <string.h>

// L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 9496 §4)
static const uint8_t order[SCALAR_SIZE] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,
	0xf9, 0xde, 0x14, [31] = 0x10};

_Bool scalar_is_canonical(const uint8_t s[static SCALAR_SIZE])
{
	int borrow = 0; // s - L borrows out of the top exactly when s < L; no branch on the secret
	for (int i = 0; i < SCALAR_SIZE; i++)
		borrow = (s[i] - order[i] - borrow) >> 8 & 1;
	return borrow;
}

static void small_scalar(uint8_t v, uint8_t out[static SCALAR_SIZE])
{
	memset(out, 0, SCALAR_SIZE);
	out[0] = v;
}

enum error shamir_evaluate(const uint8_t (*coefficients)[SCALAR_SIZE], unsigned t, unsigned n,
	struct shamir_share *shares)
{
	BUG_IF(t < 1 || t > n || n > SHAMIR_MAX);
	for (unsigned k = 0; k < t; k++)
		if (!scalar_is_canonical(coefficients[k]))
			return ERROR_MALFORMED;
	for (unsigned i = 1; i <= n; i++) {
		uint8_t x[SCALAR_SIZE], y[SCALAR_SIZE];
		small_scalar((uint8_t)i, x);
		memcpy(y, coefficients[t - 1], sizeof y);
		for (unsigned k = t - 1; k-- > 0;) { // Horner
			crypto_core_ristretto255_scalar_mul(y, y, x);
			crypto_core_ristretto255_scalar_add(y, y, coefficients[k]);
		}
		shares[i - 1].index = (uint8_t)i;
		memcpy(shares[i - 1].value, y, sizeof y);
		sodium_memzero(y, sizeof y);
	}
	return OK;
}

enum error shamir_split(const uint8_t secret[static SCALAR_SIZE], unsigned t, unsigned n,
	struct shamir_share *shares, uint8_t (*commitments)[SCALAR_SIZE])
{
	uint8_t coefficients[SHAMIR_MAX][SCALAR_SIZE];
	BUG_IF(t < 1 || t > SHAMIR_MAX);
	memcpy(coefficients[0], secret, SCALAR_SIZE);
	for (unsigned k = 1; k < t; k++)
		crypto_core_ristretto255_scalar_random(coefficients[k]);
	enum error e = shamir_evaluate(coefficients, t, n, shares);
	for (unsigned k = 0; k < t && e == OK; k++)
		if (crypto_scalarmult_ristretto255_base(commitments[k], coefficients[k]) != 0)
			e = ERROR_MALFORMED; // the zero scalar
	sodium_memzero(coefficients, sizeof coefficients);
	return e;
}

enum error shamir_verify(const struct shamir_share *share, const uint8_t (*commitments)[SCALAR_SIZE], unsigned t)
{
	uint8_t left[32], right[32], x[SCALAR_SIZE], power[SCALAR_SIZE];
	BUG_IF(t < 1 || t > SHAMIR_MAX);
	if (share->index == 0 || !scalar_is_canonical(share->value))
		return ERROR_MALFORMED;
	if (crypto_scalarmult_ristretto255_base(left, share->value) != 0)
		return ERROR_FORGED;
	small_scalar(share->index, x);
	memcpy(power, x, sizeof power);
	memcpy(right, commitments[0], sizeof right);
	for (unsigned k = 1; k < t; k++) {
		uint8_t term[32];
		if (crypto_scalarmult_ristretto255(term, power, commitments[k]) != 0 ||
			crypto_core_ristretto255_add(right, right, term) != 0)
			return ERROR_FORGED;
		crypto_core_ristretto255_scalar_mul(power, power, x);
	}
	return sodium_memcmp(left, right, sizeof left) == 0 ? OK : ERROR_FORGED;
}

static enum error check_shares(const struct shamir_share *shares, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (shares[i].index == 0 || !scalar_is_canonical(shares[i].value))
			return ERROR_MALFORMED;
		for (unsigned k = 0; k < i; k++)
			if (shares[k].index == shares[i].index)
				return ERROR_EXISTS;
	}
	return OK;
}

enum error shamir_combine(const struct shamir_share *shares, unsigned count, uint8_t secret[static SCALAR_SIZE])
{
	BUG_IF(count < 1 || count > SHAMIR_MAX);
	enum error e = check_shares(shares, count);
	if (e != OK)
		return e;
	memset(secret, 0, SCALAR_SIZE);
	for (unsigned i = 0; i < count; i++) {
		uint8_t term[SCALAR_SIZE], xi[SCALAR_SIZE], xk[SCALAR_SIZE], difference[SCALAR_SIZE];
		memcpy(term, shares[i].value, sizeof term);
		small_scalar(shares[i].index, xi);
		for (unsigned k = 0; k < count; k++) { // Lagrange at 0: the product of xk / (xk - xi)
			if (k == i)
				continue;
			small_scalar(shares[k].index, xk);
			crypto_core_ristretto255_scalar_sub(difference, xk, xi);
			BUG_IF(crypto_core_ristretto255_scalar_invert(difference, difference) != 0);
			crypto_core_ristretto255_scalar_mul(term, term, xk);
			crypto_core_ristretto255_scalar_mul(term, term, difference);
		}
		crypto_core_ristretto255_scalar_add(secret, secret, term);
		sodium_memzero(term, sizeof term);
	}
	return OK;
}
