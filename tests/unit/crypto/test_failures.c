// SPDX-License-Identifier: GPL-2.0-or-later
// What happens when memory cannot be locked or libsodium says no: an error comes back, nothing half-made stays. The
// calls fail where a test says so (linked with --wrap).
#include <stdio.h>

#include "crypto/custody.h"
#include "crypto/officer.h"
#include "crypto/reveal.h"
#include "crypto/wrap.h"
#include "gateway/base/bytes.h"
#include "tests/unit/crypto/crypto_kit.h"

static int malloc_fails_at, base_fails_at; // counts down; 1: the next

void *__real_sodium_malloc(size_t size);
void *__wrap_sodium_malloc(size_t size);
int __real_crypto_scalarmult_base(unsigned char *q, const unsigned char *n);
int __wrap_crypto_scalarmult_base(unsigned char *q, const unsigned char *n);

void *__wrap_sodium_malloc(size_t size)
{
	return malloc_fails_at && --malloc_fails_at == 0 ? NULL : __real_sodium_malloc(size);
}

int __wrap_crypto_scalarmult_base(unsigned char *q, const unsigned char *n)
{
	return base_fails_at && --base_fails_at == 0 ? -1 : __real_crypto_scalarmult_base(q, n);
}

static void no_locked_memory(void **state)
{
	struct secret *s;
	(void)state;
	for (int at = 1; at <= 2; at++) {
		malloc_fails_at = at;
		assert_int_equal(secret_create(32, &s), ERROR_MEMORY);
		assert_null(s);
		malloc_fails_at = at;
		assert_int_equal(secret_random(32, &s), ERROR_MEMORY);
		malloc_fails_at = at;
		assert_int_equal(secret_copy("x", 1, &s), ERROR_MEMORY);
	}
	malloc_fails_at = 0;
	secret_destroy(NULL);
}

// Every allocation that these need fails once, until one goes through.
static void whole_operations_without_memory(void **state)
{
	struct officer_record r;
	struct officer_keys k;
	struct seal_public public;
	struct secret *s;
	int at;
	(void)state;
	for (at = 1; malloc_fails_at = at, officer_create("awa", "x", 1, KEK_COST_TEST, &r) != OK; at++)
		assert_in_range(at, 1, 10);
	assert_in_range(at, 3, 10);
	for (at = 1; malloc_fails_at = at, officer_unlock(&r, "x", 1, &k) != OK; at++) {
		assert_null(k.seal);
		assert_null(k.sign);
		assert_in_range(at, 1, 20);
	}
	malloc_fails_at = 0;
	struct officer_record again;
	malloc_fails_at = 1;
	assert_int_equal(officer_rewrap(&k, "y", 1, KEK_COST_TEST, &again), ERROR_MEMORY);
	malloc_fails_at = 1;
	assert_int_equal(officer_create_decoy("awa", KEK_COST_TEST, &again), ERROR_MEMORY);
	malloc_fails_at = 1;
	assert_int_equal(seal_keypair(&public, &s), ERROR_MEMORY);
	malloc_fails_at = 0;
	officer_keys_finish(&k);
}

static void a_point_that_cannot_be_made(void **state)
{
	struct seal_public public;
	struct secret *s;
	struct officer_record r;
	uint8_t sealed[1 + SEAL_OVERHEAD], out[1];
	(void)state;
	assert_int_equal(seal_keypair(&public, &s), OK);
	assert_int_equal(seal_to("t", &public, "", 0, "x", 1, sealed), OK);
	base_fails_at = 1;
	assert_int_equal(seal_public_of(s, &public), ERROR_MALFORMED);
	base_fails_at = 1;
	assert_int_equal(seal_to("t", &public, "", 0, "x", 1, sealed), ERROR_MALFORMED);
	base_fails_at = 1;
	assert_int_equal(seal_open("t", s, "", 0, sealed, sizeof sealed, out), ERROR_MALFORMED);
	base_fails_at = 1;
	assert_int_equal(officer_create("awa", "x", 1, KEK_COST_TEST, &r), ERROR_MALFORMED);
	base_fails_at = 0;
	secret_destroy(s);
}

static void argon2_without_memory(void **state)
{
	struct kek_params p;
	struct secret *s;
	(void)state;
	kek_params_init(&p, KEK_COST_TEST);
	p.memory = (uint64_t)1 << 46; // more than libsodium takes
	assert_int_equal(kek_derive(&p, "x", 1, &s), ERROR_MEMORY);
	assert_null(s);
}

static void names_of_people(void **state)
{
	static const char *const good[] = {"awa", "Awa Traoré", "custodian-1", "o.k"};
	static const char *const bad[] = {"", " x", "station", "a\"b", "a\\b", "a/b", "a~", "a,b", "a\nb",
		"12345678901234567890123456789012"};
	struct officer_record r, again;
	struct officer_keys k;
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
		assert_true(officer_name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_false(officer_name_valid(bad[i]));
	assert_int_equal(officer_create("awa", "x", 1, KEK_COST_TEST, &r), OK);
	assert_int_equal(officer_unlock(&r, "x", 1, &k), OK);
	assert_int_equal(officer_rewrap(&k, "new", 3, KEK_COST_TEST, &again), OK);
	officer_keys_finish(&k);
	assert_memory_equal(&again.public, &r.public, sizeof r.public);
	assert_int_equal(officer_unlock(&again, "x", 1, &k), ERROR_FORGED);
	assert_int_equal(officer_unlock(&again, "new", 3, &k), OK);
	officer_keys_finish(&k);
	assert_int_equal(officer_create_decoy("awa", KEK_COST_TEST, &r), OK);
	assert_int_equal(officer_unlock(&r, "x", 1, &k), ERROR_FORGED);
}

static void sizes_of_approvals(void **state)
{
	uint8_t data[1200] = {1}, station[16] = {0};
	uint32_t id;
	struct bytes_writer w;
	(void)state;
	for (uint16_t share = 0; share <= REVEAL_SHARE_MAX + 2; share++) {
		bytes_writer_init(&w, data, sizeof data);
		bytes_put_u8(&w, 1);
		bytes_put_zeros(&w, 16 + 8 + 4 + 8);
		bytes_put_u16(&w, share);
		bool fits = share >= SEAL_OVERHEAD && share <= REVEAL_SHARE_MAX;
		assert_int_equal(reveal_approval_custodian(station, 0, data, w.at + share + SIGNATURE_SIZE, &id),
			fits ? OK : ERROR_MALFORMED);
		assert_int_equal(reveal_approval_custodian(station, 0, data, w.at + share + SIGNATURE_SIZE - 1, &id),
			ERROR_MALFORMED);
	}
}

// A record that holds a number without its end: only who has the scalar can make one.
static void a_number_without_its_end(void **state)
{
	struct custody_context about = {.alert_id = 7, .expires_at = 100, .threshold = 2, .count = 2};
	struct seal_public to[2];
	struct secret *secrets[2];
	struct custody_share shares[2];
	struct shamir_share points[2];
	uint32_t ids[2] = {1, 2};
	uint8_t outer[KEY_SIZE] = {3}, identity[CUSTODY_IDENTITY_SIZE], sealed[2 * CUSTODY_SHARE_MAX], scalar[32], key[32], ad[34];
	char number[CUSTODY_NUMBER_SIZE];
	struct bytes_writer w;
	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(seal_keypair(&to[i], &secrets[i]), OK);
	assert_int_equal(custody_seal(&about, outer, "+22310000001", to, ids, identity, sealed), OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(custody_share_open(secrets[i], about.station_id, 7, sealed + i * CUSTODY_SHARE_MAX,
					 CUSTODY_SHARE_PLAIN(2) + SEAL_OVERHEAD, &shares[i]), OK);
		points[i] = shares[i].share;
	}
	assert_int_equal(shamir_combine(points, 2, scalar), OK);
	crypto_generichash(key, sizeof key, scalar, sizeof scalar, outer, sizeof outer);
	bytes_writer_init(&w, ad, sizeof ad);
	bytes_put(&w, about.station_id, 16);
	bytes_put_u64(&w, 7);
	bytes_put_u64(&w, 100);
	bytes_put_u8(&w, 2);
	bytes_put_u8(&w, 2);
	memset(number, '1', sizeof number);
	wrap_seal(key, "tama/identity/1", ad, w.at, number, sizeof number, identity);
	assert_int_equal(custody_open(&about, outer, shares, 2, 50, identity, number), ERROR_MALFORMED);
	shares[0].about.alert_id = 8; // the first is wrong already: the second is not looked at
	assert_int_equal(custody_open(&about, outer, shares, 2, 50, identity, number), ERROR_NOT_FOUND);
	assert_int_equal(custody_share_open(secrets[0], about.station_id, 7, sealed, CUSTODY_SHARE_MAX + 1, &shares[0]),
		ERROR_MALFORMED);
	for (int i = 0; i < 2; i++)
		secret_destroy(secrets[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_locked_memory),
		cmocka_unit_test(whole_operations_without_memory),
		cmocka_unit_test(a_point_that_cannot_be_made),
		cmocka_unit_test(argon2_without_memory),
		cmocka_unit_test(names_of_people),
		cmocka_unit_test(sizes_of_approvals),
		cmocka_unit_test(a_number_without_its_end),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
