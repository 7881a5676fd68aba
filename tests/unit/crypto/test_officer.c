// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/officer.h"

#include "tests/unit/crypto/crypto_kit.h"

static bool opens_record(void *ctx, const uint8_t *data, size_t size)
{
	struct officer_record r;
	struct officer_keys keys;
	(void)ctx;
	if (size != sizeof r)
		return false;
	memcpy(&r, data, sizeof r);
	if (officer_unlock(&r, "mot de passe", 12, &keys) != OK) {
		assert_null(keys.seal);
		assert_null(keys.sign);
		return false;
	}
	officer_keys_finish(&keys);
	return true;
}

static void a_record_opens_with_its_password_only(void **state)
{
	struct officer_record r;
	struct officer_keys keys;
	(void)state;
	assert_int_equal(officer_create("awa", "mot de passe", 12, KEK_COST_TEST, &r), OK);
	only_whole_and_unchanged(opens_record, NULL, (const uint8_t *)&r, sizeof r);
	assert_int_equal(officer_unlock(&r, "mot de pass", 11, &keys), ERROR_FORGED);
	assert_int_equal(officer_unlock(&r, "Mot de passe", 12, &keys), ERROR_FORGED);
	assert_int_equal(officer_create("", "x", 1, KEK_COST_TEST, &r), ERROR_ARGUMENT);
	assert_int_equal(officer_create("12345678901234567890123456789012", "x", 1, KEK_COST_TEST, &r), ERROR_ARGUMENT);
}

static void keys_do_what_they_are_for(void **state)
{
	struct officer_record r, other;
	struct officer_keys keys;
	uint8_t sealed[3 + SEAL_OVERHEAD], out[3], signature[SIGNATURE_SIZE];
	(void)state;
	assert_int_equal(officer_create("awa", "a", 1, KEK_COST_TEST, &r), OK);
	assert_int_equal(officer_create("bintou", "b", 1, KEK_COST_TEST, &other), OK);
	assert_int_equal(officer_unlock(&r, "a", 1, &keys), OK);
	assert_int_equal(seal_to("t", &r.public.seal, "", 0, "mil", 3, sealed), OK);
	assert_int_equal(seal_open("t", keys.seal, "", 0, sealed, sizeof sealed, out), OK);
	assert_memory_equal(out, "mil", 3);
	officer_sign(&keys, "t/1", "mil", 3, signature);
	assert_int_equal(officer_verify(&r.public, "t/1", "mil", 3, signature), OK);
	assert_int_equal(officer_verify(&r.public, "t/2", "mil", 3, signature), ERROR_FORGED);
	assert_int_equal(officer_verify(&r.public, "t/1", "sel", 3, signature), ERROR_FORGED);
	assert_int_equal(officer_verify(&other.public, "t/1", "mil", 3, signature), ERROR_FORGED);
	for (size_t bit = 0; bit < SIGNATURE_SIZE * 8; bit++) {
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(officer_verify(&r.public, "t/1", "mil", 3, signature), ERROR_FORGED);
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	officer_keys_finish(&keys);
}

// A file must not choose to exhaust the machine, nor to make the password cheap to guess.
static void parameters_have_bounds(void **state)
{
	static const struct {
		uint32_t passes;
		uint64_t memory;
		enum error want;
	} tries[] = {{1, 8192, OK}, {16, 1u << 30, OK}, {0, 8192, ERROR_MALFORMED}, {17, 8192, ERROR_MALFORMED},
		{1, 8191, ERROR_MALFORMED}, {1, (1u << 30) + 1, ERROR_MALFORMED}, {1, UINT64_MAX, ERROR_MALFORMED}};
	uint8_t wire[KEK_PARAMS_SIZE];
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tries); i++) {
		struct kek_params p = {.passes = tries[i].passes, .memory = tries[i].memory}, back;
		kek_params_put(&p, wire);
		assert_int_equal(kek_params_get(wire, &back), tries[i].want);
	}
	struct kek_params a, b;
	kek_params_init(&a, KEK_COST_NORMAL);
	kek_params_init(&b, KEK_COST_NORMAL);
	assert_memory_not_equal(a.salt, b.salt, sizeof a.salt);
	assert_true(a.passes >= 3 && a.memory >= 64u << 20);
	a.passes = 0; // libsodium refuses what kek_params_get would have
	struct secret *none = NULL;
	assert_int_equal(kek_derive(&a, "x", 1, &none), ERROR_MEMORY);
	assert_null(none);
}

static void one_passphrase_one_key(void **state)
{
	struct kek_params p;
	struct secret *a = NULL, *b = NULL;
	(void)state;
	kek_params_init(&p, KEK_COST_TEST);
	assert_int_equal(kek_derive(&p, "abc", 3, &a), OK);
	assert_int_equal(kek_derive(&p, "abc", 3, &b), OK);
	assert_int_equal(secret_size(a), KEY_SIZE);
	assert_memory_equal(secret_view(a), secret_view(b), KEY_SIZE);
	secret_clear(&b);
	assert_null(b);
	p.salt[0] ^= 1;
	assert_int_equal(kek_derive(&p, "abc", 3, &b), OK);
	assert_memory_not_equal(secret_view(a), secret_view(b), KEY_SIZE);
	secret_destroy(a);
	secret_destroy(b);
	secret_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_opens_with_its_password_only),
		cmocka_unit_test(keys_do_what_they_are_for),
		cmocka_unit_test(parameters_have_bounds),
		cmocka_unit_test(one_passphrase_one_key),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
