// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/shamir.h"

#include "tests/unit/crypto/crypto_kit.h"

static const char *const ORDER = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

static struct shamir_share share_of(uint8_t index, const char *hex)
{
	struct shamir_share s = {.index = index};
	unhex(hex, s.value, sizeof s.value);
	return s;
}

// RFC 9591, appendix E.3, FROST(ristretto255, SHA-512): group secret, polynomial, shares and group public key.
static void shares_of_rfc_9591(void **state)
{
	static const char *const want[] = {"5c3430d391552f6e60ecdc093ff9f6f4488756aa6cebdbad75a768010b8f830e",
		"b06fc5eac20b4f6e1b271d9df2343d843e1e1fb03c4cbb673f2872d459ce6f01",
		"f17e505f0e2581c6acfe54d3846a622834b5e7b50cad9a2109a97ba7a80d5c04"};
	uint8_t coefficients[2][SCALAR_SIZE], expected[SCALAR_SIZE], secret[SCALAR_SIZE], public[32];
	struct shamir_share shares[3], two[2];
	(void)state;
	unhex("1b25a55e463cfd15cf14a5d3acc3d15053f08da49c8afcf3ab265f2ebc4f970b", coefficients[0], SCALAR_SIZE);
	unhex("410f8b744b19325891d73736923525a4f596c805d060dfb9c98009d34e3fec02", coefficients[1], SCALAR_SIZE);
	assert_int_equal(shamir_evaluate(coefficients, 2, 3, shares), OK);
	for (int i = 0; i < 3; i++) {
		unhex(want[i], expected, sizeof expected);
		assert_int_equal(shares[i].index, i + 1);
		assert_memory_equal(shares[i].value, expected, SCALAR_SIZE);
	}
	for (int i = 0; i < 3; i++) {
		two[0] = shares[i];
		two[1] = shares[(i + 1) % 3];
		assert_int_equal(shamir_combine(two, 2, secret), OK);
		assert_memory_equal(secret, coefficients[0], SCALAR_SIZE);
	}
	assert_int_equal(crypto_scalarmult_ristretto255_base(public, secret), 0);
	unhex("e2a62f39eede11269e3bd5a7d97554f5ca384f9f6d3dd9c3c0d05083c7254f57", expected, sizeof expected);
	assert_memory_equal(public, expected, 32);
}

// RFC 9496, A.1 and A.3: the group below our commitments.
static void points_of_rfc_9496(void **state)
{
	static const char *const multiples[] = {"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
		"6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
		"94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259"};
	static const char *const bad[] = {"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0100000000000000000000000000000000000000000000000000000000000000"};
	uint8_t scalar[SCALAR_SIZE] = {0}, point[32], expected[32];
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(multiples); i++) {
		scalar[0] = (uint8_t)(i + 1);
		unhex(multiples[i], expected, sizeof expected);
		assert_int_equal(crypto_scalarmult_ristretto255_base(point, scalar), 0);
		assert_memory_equal(point, expected, 32);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		uint8_t commitments[2][SCALAR_SIZE];
		struct shamir_share s = {.index = 1, .value = {1}};
		unhex(multiples[0], commitments[0], 32);
		unhex(bad[i], commitments[1], 32);
		assert_int_equal(shamir_verify(&s, commitments, 2), ERROR_FORGED);
		unhex(bad[i], commitments[0], 32);
		unhex(multiples[0], commitments[1], 32);
		assert_int_equal(shamir_verify(&s, commitments, 2), ERROR_FORGED);
		assert_int_equal(shamir_verify(&s, commitments, 1), ERROR_FORGED);
	}
}

static void a_scalar_has_one_form(void **state)
{
	uint8_t s[SCALAR_SIZE];
	(void)state;
	unhex(ORDER, s, sizeof s);
	assert_false(scalar_is_canonical(s));
	s[0]--;
	assert_true(scalar_is_canonical(s)); // L - 1
	s[0] += 2;
	assert_false(scalar_is_canonical(s)); // L + 1
	memset(s, 0xff, sizeof s);
	assert_false(scalar_is_canonical(s));
	s[31] = 0x0f;
	assert_true(scalar_is_canonical(s));
	memset(s, 0, sizeof s);
	assert_true(scalar_is_canonical(s));
}

// libsodium would reduce L + 3 to 3 in silence: two texts would be one share.
static void what_is_not_canonical_is_refused_at_every_door(void **state)
{
	uint8_t coefficients[2][SCALAR_SIZE] = {{5}, {7}}, secret[SCALAR_SIZE], commitments[2][SCALAR_SIZE];
	struct shamir_share shares[3];
	(void)state;
	unhex(ORDER, secret, sizeof secret);
	secret[0] += 3;
	assert_int_equal(shamir_split(secret, 2, 3, shares, commitments), ERROR_MALFORMED);
	memcpy(coefficients[1], secret, SCALAR_SIZE);
	assert_int_equal(shamir_evaluate(coefficients, 2, 3, shares), ERROR_MALFORMED);
	uint8_t three[SCALAR_SIZE] = {3};
	assert_int_equal(shamir_split(three, 2, 3, shares, commitments), OK);
	memcpy(shares[0].value, secret, SCALAR_SIZE);
	assert_int_equal(shamir_verify(&shares[0], commitments, 2), ERROR_MALFORMED);
	assert_int_equal(shamir_combine(shares, 2, secret), ERROR_MALFORMED);
}

static void indices_are_distinct_and_not_zero(void **state)
{
	uint8_t secret[SCALAR_SIZE] = {9}, commitments[2][SCALAR_SIZE];
	struct shamir_share shares[3];
	(void)state;
	assert_int_equal(shamir_split(secret, 2, 3, shares, commitments), OK);
	shares[2].index = 1;
	assert_int_equal(shamir_combine(shares, 3, secret), ERROR_EXISTS);
	shares[2].index = 0;
	assert_int_equal(shamir_combine(shares, 3, secret), ERROR_MALFORMED);
	assert_int_equal(shamir_verify(&shares[2], commitments, 2), ERROR_MALFORMED);
}

static void the_zero_secret_is_refused(void **state)
{
	uint8_t zero[SCALAR_SIZE] = {0}, commitments[2][SCALAR_SIZE];
	struct shamir_share shares[3], none = share_of(1, "0000000000000000000000000000000000000000000000000000000000000000");
	(void)state;
	assert_int_equal(shamir_split(zero, 2, 3, shares, commitments), ERROR_MALFORMED);
	uint8_t one[SCALAR_SIZE] = {1};
	assert_int_equal(shamir_split(one, 2, 3, shares, commitments), OK);
	assert_int_equal(shamir_verify(&none, commitments, 2), ERROR_FORGED);
}

static void any_t_of_n_and_no_fewer(void **state)
{
	static const unsigned sets[][2] = {{1, 1}, {1, 3}, {2, 2}, {2, 3}, {3, 5}, {7, 9}, {16, 16}};
	(void)state;
	for (size_t k = 0; k < ARRAY_LENGTH(sets); k++) {
		unsigned t = sets[k][0], n = sets[k][1];
		uint8_t secret[SCALAR_SIZE], got[SCALAR_SIZE], commitments[SHAMIR_MAX][SCALAR_SIZE];
		struct shamir_share shares[SHAMIR_MAX], chosen[SHAMIR_MAX];
		crypto_core_ristretto255_scalar_random(secret);
		assert_int_equal(shamir_split(secret, t, n, shares, commitments), OK);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(shamir_verify(&shares[i], commitments, t), OK);
		for (unsigned from = 0; from < n; from++) {
			for (unsigned i = 0; i < t; i++)
				chosen[i] = shares[(from + i) % n];
			assert_int_equal(shamir_combine(chosen, t, got), OK);
			assert_memory_equal(got, secret, SCALAR_SIZE);
			if (t == 1)
				continue;
			assert_int_equal(shamir_combine(chosen, t - 1, got), OK);
			assert_memory_not_equal(got, secret, SCALAR_SIZE);
		}
	}
}

static void a_changed_share_is_found(void **state)
{
	uint8_t secret[SCALAR_SIZE], commitments[3][SCALAR_SIZE];
	struct shamir_share shares[5];
	(void)state;
	crypto_core_ristretto255_scalar_random(secret);
	assert_int_equal(shamir_split(secret, 3, 5, shares, commitments), OK);
	for (size_t bit = 0; bit < SCALAR_SIZE * 8; bit++) {
		struct shamir_share s = shares[1];
		s.value[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(shamir_verify(&s, commitments, 3), OK);
	}
	shares[1].index = 3; // somebody else's place
	assert_int_equal(shamir_verify(&shares[1], commitments, 3), ERROR_FORGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_of_rfc_9591),
		cmocka_unit_test(points_of_rfc_9496),
		cmocka_unit_test(a_scalar_has_one_form),
		cmocka_unit_test(what_is_not_canonical_is_refused_at_every_door),
		cmocka_unit_test(indices_are_distinct_and_not_zero),
		cmocka_unit_test(the_zero_secret_is_refused),
		cmocka_unit_test(any_t_of_n_and_no_fewer),
		cmocka_unit_test(a_changed_share_is_found),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
