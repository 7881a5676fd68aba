// SPDX-License-Identifier: GPL-2.0-or-later
// That the library underneath is what it is taken for, through the calls that crypto/ makes: published vectors.
#include "crypto/shamir.h"
#include "tests/unit/crypto/crypto_kit.h"
#include "tests/unit/crypto/vectors.h"

static void xchacha20_poly1305_as_wycheproof_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(aead_vectors); i++) {
		const struct aead_vector *v = &aead_vectors[i];
		uint8_t key[32], iv[24], aad[64], msg[256], sealed[256 + 16], out[256 + 16];
		assert_int_equal(unhex(v->key, key, sizeof key), sizeof key);
		assert_int_equal(unhex(v->iv, iv, sizeof iv), sizeof iv);
		size_t ad = unhex(v->aad, aad, sizeof aad), size = unhex(v->msg, msg, sizeof msg);
		assert_int_equal(unhex(v->ct, sealed, sizeof sealed), size);
		assert_int_equal(unhex(v->tag, sealed + size, 16), 16);
		crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, msg, size, aad, ad, NULL, iv, key);
		assert_memory_equal(out, sealed, size + 16);
		assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, size + 16, aad, ad, iv, key), 0);
		assert_memory_equal(out, msg, size);
		for (size_t bit = 0; bit < 128; bit++) { // Wycheproof's "ModifiedTag", each bit
			sealed[size + bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(
				crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, size + 16, aad, ad, iv, key), -1);
			sealed[size + bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void keyed_blake2b_as_its_authors_say(void **state)
{
	uint8_t key[64], in[8], want[64], out[64];
	(void)state;
	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	for (unsigned i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LENGTH(blake2b_vectors); i++) {
		assert_int_equal(unhex(blake2b_vectors[i].hash, want, sizeof want), sizeof want);
		assert_int_equal(crypto_generichash(out, sizeof out, in, blake2b_vectors[i].length, key, sizeof key), 0);
		assert_memory_equal(out, want, sizeof want);
	}
}

static void ristretto255_as_rfc_9496_says(void **state)
{
	uint8_t scalar[SCALAR_SIZE] = {0}, want[32], out[32], sum[32] = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ristretto_multiples); i++) {
		scalar[0] = (uint8_t)(i + 1);
		assert_int_equal(unhex(ristretto_multiples[i], want, sizeof want), sizeof want);
		assert_int_equal(crypto_scalarmult_ristretto255_base(out, scalar), 0);
		assert_memory_equal(out, want, sizeof want);
		assert_int_equal(unhex(ristretto_multiples[0], want, sizeof want), sizeof want);
		assert_int_equal(crypto_core_ristretto255_add(sum, sum, want), 0);
		assert_memory_equal(sum, out, sizeof sum);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(ristretto_bad); i++) {
		assert_int_equal(unhex(ristretto_bad[i], want, sizeof want), sizeof want);
		assert_int_equal(crypto_core_ristretto255_is_valid_point(want), 0);
		assert_int_equal(crypto_core_ristretto255_add(sum, want, want), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xchacha20_poly1305_as_wycheproof_says),
		cmocka_unit_test(keyed_blake2b_as_its_authors_say),
		cmocka_unit_test(ristretto255_as_rfc_9496_says),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
