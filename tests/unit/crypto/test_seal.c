// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/seal.h"
#include "crypto/wrap.h"
#include "tests/unit/crypto/crypto_kit.h"

#define TEXT "la barque part a minuit"
#define DOMAIN "tama/test/1"

struct sealed {
	struct seal_public public;
	struct secret *secret;
	const char *domain, *ad;
	uint8_t data[sizeof TEXT + SEAL_OVERHEAD], key[KEY_SIZE];
};

static bool opens_seal(void *ctx, const uint8_t *data, size_t size)
{
	struct sealed *s = ctx;
	uint8_t out[sizeof TEXT + 8];
	bool ok = seal_open(s->domain, s->secret, s->ad, strlen(s->ad), data, size, out) == OK;
	if (ok)
		assert_memory_equal(out, TEXT, sizeof TEXT);
	return ok;
}

static void begin(struct sealed *s)
{
	*s = (struct sealed){.domain = DOMAIN, .ad = "row 7"};
	assert_int_equal(seal_keypair(&s->public, &s->secret), OK);
	assert_int_equal(seal_to(DOMAIN, &s->public, s->ad, strlen(s->ad), TEXT, sizeof TEXT, s->data), OK);
}

static void a_seal_is_whole_and_bound(void **state)
{
	struct sealed s, other;
	(void)state;
	begin(&s);
	begin(&other);
	only_whole_and_unchanged(opens_seal, &s, s.data, sizeof s.data);
	s.domain = "tama/test/2";
	assert_false(opens_seal(&s, s.data, sizeof s.data));
	s.domain = DOMAIN;
	s.ad = "row 8";
	assert_false(opens_seal(&s, s.data, sizeof s.data));
	assert_false(opens_seal(&other, s.data, sizeof s.data));
	secret_destroy(s.secret);
	secret_destroy(other.secret);
}

static void two_seals_of_one_text_differ(void **state)
{
	struct sealed s;
	uint8_t again[sizeof s.data];
	(void)state;
	begin(&s);
	assert_int_equal(seal_to(DOMAIN, &s.public, s.ad, strlen(s.ad), TEXT, sizeof TEXT, again), OK);
	assert_memory_not_equal(again, s.data, 32);
	assert_memory_not_equal(again + 32, s.data + 32, sizeof TEXT);
	secret_destroy(s.secret);
}

// Points of small order on Curve25519 (RFC 7748 §6.1 asks to look for them): the shared secret would be known to all.
static void keys_of_low_order_are_refused(void **state)
{
	static const char *const low[] = {"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
	struct sealed s;
	(void)state;
	begin(&s);
	for (size_t i = 0; i < ARRAY_LENGTH(low); i++) {
		struct seal_public to;
		uint8_t out[sizeof s.data];
		unhex(low[i], to.key, sizeof to.key);
		assert_int_equal(seal_to(DOMAIN, &to, "", 0, TEXT, sizeof TEXT, out), ERROR_MALFORMED);
		memcpy(s.data, to.key, 32);
		assert_int_equal(seal_open(DOMAIN, s.secret, s.ad, strlen(s.ad), s.data, sizeof s.data, out), ERROR_FORGED);
	}
	assert_int_equal(seal_open(DOMAIN, s.secret, "", 0, s.data, SEAL_OVERHEAD - 1, s.key), ERROR_MALFORMED);
	secret_destroy(s.secret);
}

static void a_fingerprint_names_one_key(void **state)
{
	struct seal_public a = {{1}}, b = {{1}};
	char one[FINGERPRINT_SIZE], two[FINGERPRINT_SIZE];
	(void)state;
	seal_fingerprint(&a, one);
	seal_fingerprint(&b, two);
	assert_string_equal(one, two);
	assert_int_equal(strlen(one), FINGERPRINT_SIZE - 1);
	for (size_t bit = 0; bit < 256; bit++) {
		b.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
		seal_fingerprint(&b, two);
		assert_string_not_equal(one, two);
		b.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static bool opens_wrap(void *ctx, const uint8_t *data, size_t size)
{
	struct sealed *s = ctx;
	uint8_t out[sizeof TEXT + 8];
	bool ok = wrap_open(s->key, s->domain, s->ad, strlen(s->ad), data, size, out) == OK;
	if (ok)
		assert_memory_equal(out, TEXT, sizeof TEXT);
	return ok;
}

static void a_wrap_is_whole_and_bound(void **state)
{
	struct sealed s = {.domain = DOMAIN, .ad = "row 7", .key = {1, 2, 3}};
	uint8_t data[sizeof TEXT + WRAP_OVERHEAD], again[sizeof data];
	(void)state;
	wrap_seal(s.key, s.domain, s.ad, strlen(s.ad), TEXT, sizeof TEXT, data);
	wrap_seal(s.key, s.domain, s.ad, strlen(s.ad), TEXT, sizeof TEXT, again);
	assert_memory_not_equal(data + 1, again + 1, 24);
	only_whole_and_unchanged(opens_wrap, &s, data, sizeof data);
	assert_int_equal(wrap_open(s.key, s.domain, s.ad, 5, data, WRAP_OVERHEAD - 1, again), ERROR_MALFORMED);
	data[0]++;
	assert_int_equal(wrap_open(s.key, s.domain, s.ad, 5, data, sizeof data, again), ERROR_VERSION);
	data[0]--;
	s.domain = "tama/test/2";
	assert_false(opens_wrap(&s, data, sizeof data));
	s.domain = DOMAIN;
	s.ad = "row 8";
	assert_false(opens_wrap(&s, data, sizeof data));
	s.ad = "row 7";
	s.key[31] ^= 1;
	assert_false(opens_wrap(&s, data, sizeof data));
	// where the domain ends and the data begins is part of what is bound
	wrap_seal(s.key, "tama/a", "bc", 2, TEXT, sizeof TEXT, data);
	assert_int_equal(wrap_open(s.key, "tama/ab", "c", 1, data, sizeof data, again), ERROR_FORGED);
}

static void subkeys_are_apart(void **state)
{
	uint8_t key[KEY_SIZE] = {7}, a[KEY_SIZE], b[KEY_SIZE];
	(void)state;
	wrap_subkey(key, DOMAIN, 1, a);
	wrap_subkey(key, DOMAIN, 1, b);
	assert_memory_equal(a, b, KEY_SIZE);
	wrap_subkey(key, DOMAIN, 1ull << 56, b);
	assert_memory_not_equal(a, b, KEY_SIZE);
	wrap_subkey(key, "tama/test/2", 1, b);
	assert_memory_not_equal(a, b, KEY_SIZE);
	key[0]++;
	wrap_subkey(key, DOMAIN, 1, b);
	assert_memory_not_equal(a, b, KEY_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seal_is_whole_and_bound),
		cmocka_unit_test(two_seals_of_one_text_differ),
		cmocka_unit_test(keys_of_low_order_are_refused),
		cmocka_unit_test(a_fingerprint_names_one_key),
		cmocka_unit_test(a_wrap_is_whole_and_bound),
		cmocka_unit_test(subkeys_are_apart),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
