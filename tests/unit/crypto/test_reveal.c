// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/reveal.h"

#include "crypto/words.h"
#include "tests/unit/crypto/crypto_kit.h"

#define NUMBER "+22310000001"
#define NOW 1790000000
#define N 3

static struct kit {
	struct officer_keys officer, custodians[N];
	struct secret *session, *other_session;
	struct reveal_request request;
	struct custody_context about;
	uint8_t outer[KEY_SIZE], identity[CUSTODY_IDENTITY_SIZE], shares[CUSTODY_MAX * CUSTODY_SHARE_MAX];
	uint8_t approval[REVEAL_APPROVAL_MAX];
	size_t size;
} k;

static void person(const char *name, struct officer_keys *out)
{
	struct officer_record r;
	assert_int_equal(officer_create(name, "x", 1, KEK_COST_TEST, &r), OK);
	assert_int_equal(officer_unlock(&r, "x", 1, out), OK);
}

static void seal_identity(uint64_t alert)
{
	struct seal_public to[N];
	uint32_t ids[N];
	k.about = (struct custody_context){.alert_id = alert, .expires_at = NOW + 5000, .threshold = 2, .count = N};
	memset(k.about.station_id, 9, 16);
	for (uint32_t i = 0; i < N; i++) {
		to[i] = k.custodians[i].public.seal;
		ids[i] = i + 1;
	}
	assert_int_equal(custody_seal(&k.about, k.outer, NUMBER, to, ids, k.identity, k.shares), OK);
}

static void ask(uint32_t custodian)
{
	k.request = (struct reveal_request){.station_name = "ménaka", .reveal_id = 5, .alert_id = 7,
		.custodian_id = custodian, .at = NOW, .until = NOW + 1000, .others = 2, .officer = "awa", .handle = "K7QM2-X9PTA",
		.reason = "the wounded must be found"};
	memset(k.request.station_id, 9, 16);
	memcpy(k.request.officer_sign, k.officer.public.sign, 32);
	assert_int_equal(seal_public_of(k.session, &k.request.session), OK);
	k.request.share_size = (uint16_t)(CUSTODY_SHARE_PLAIN(2) + SEAL_OVERHEAD);
	memcpy(k.request.share, k.shares + (custodian - 1) * CUSTODY_SHARE_MAX, k.request.share_size);
}

static int set_up(void **state)
{
	static const char *const names[N] = {"imam", "juge", "griot"};
	struct seal_public ignored;
	(void)state;
	person("awa", &k.officer);
	for (int i = 0; i < N; i++)
		person(names[i], &k.custodians[i]);
	assert_int_equal(seal_keypair(&ignored, &k.session), OK);
	assert_int_equal(seal_keypair(&ignored, &k.other_session), OK);
	seal_identity(7);
	ask(1);
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, k.approval, &k.size), OK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	officer_keys_finish(&k.officer);
	for (int i = 0; i < N; i++)
		officer_keys_finish(&k.custodians[i]);
	secret_destroy(k.session);
	secret_destroy(k.other_session);
	return 0;
}

static bool reads_request(void *ctx, const uint8_t *data, size_t size)
{
	struct reveal_request r;
	(void)ctx;
	return reveal_request_read(data, size, &r) == OK;
}

static void a_request_arrives_as_it_was_signed(void **state)
{
	uint8_t data[REVEAL_REQUEST_MAX];
	struct reveal_request r;
	(void)state;
	size_t size = reveal_request_sign(&k.officer, data, reveal_request_write(&k.request, data), sizeof data);
	assert_int_equal(reveal_request_read(data, size, &r), OK);
	assert_memory_equal(&r, &k.request, sizeof r);
	only_whole_and_unchanged(reads_request, NULL, data, size);
	data[0] = 2;
	assert_int_equal(reveal_request_read(data, size, &r), ERROR_VERSION);
	memset(data, 0xff, sizeof data);
	assert_int_equal(reveal_request_read(data, size, &r), ERROR_MALFORMED);
}

static bool opens_approval(void *ctx, const uint8_t *data, size_t size)
{
	struct custody_share s;
	uint32_t id;
	(void)ctx;
	return reveal_approval_custodian(k.about.station_id, 5, data, size, &id) == OK && id == 1 &&
	       reveal_approval_open(&k.custodians[0].public, k.session, k.about.station_id, 7, data, size, &s) == OK;
}

static void an_approval_opens_whole_and_unchanged(void **state)
{
	(void)state;
	only_whole_and_unchanged(opens_approval, NULL, k.approval, k.size);
}

static void two_approvals_open_the_number(void **state)
{
	struct custody_share s[2];
	char number[CUSTODY_NUMBER_SIZE];
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		ask(i + 1);
		assert_int_equal(reveal_approve(&k.custodians[i], &k.request, NOW, k.approval, &k.size), OK);
		assert_int_equal(reveal_approval_open(&k.custodians[i].public, k.session, k.about.station_id, 7, k.approval,
					 k.size, &s[i]), OK);
	}
	assert_int_equal(custody_open(&k.about, k.outer, s, 2, NOW, k.identity, number), OK);
	assert_string_equal(number, NUMBER);
	ask(1);
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, k.approval, &k.size), OK);
}

static void each_refusal_of_a_custodian_has_its_own_name(void **state)
{
	uint8_t out[REVEAL_APPROVAL_MAX];
	size_t size;
	(void)state;
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW + 1000, out, &size), ERROR_TIMEOUT);
	k.request.until = NOW + 100000;
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW + 5000, out, &size), ERROR_TIMEOUT);
	assert_int_equal(reveal_approve(&k.custodians[1], &k.request, NOW, out, &size), ERROR_FORGED);
	k.request.custodian_id = 2; // the share of one, asked for in the name of another
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, out, &size), ERROR_FORGED);
	ask(1);
	k.request.alert_id = 8; // approved for one alert, asked with the share of another
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, out, &size), ERROR_FORGED);
	ask(1);
	k.request.share_size = 10;
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, out, &size), ERROR_MALFORMED);
	ask(1);
	memset(&k.request.session, 0, sizeof k.request.session); // a key of low order would give the share to everybody
	assert_int_equal(reveal_approve(&k.custodians[0], &k.request, NOW, out, &size), ERROR_MALFORMED);
	ask(1);
}

static void each_refusal_of_the_station_has_its_own_name(void **state)
{
	struct custody_share s;
	uint32_t id;
	uint8_t other[16] = {1};
	const struct officer_public *one = &k.custodians[0].public, *two = &k.custodians[1].public;
	(void)state;
	assert_int_equal(reveal_approval_custodian(k.about.station_id, 6, k.approval, k.size, &id), ERROR_NOT_FOUND);
	assert_int_equal(reveal_approval_custodian(other, 5, k.approval, k.size, &id), ERROR_NOT_FOUND);
	assert_int_equal(reveal_approval_custodian(other, 5, k.approval, 20, &id), ERROR_MALFORMED);
	uint8_t version = k.approval[0];
	k.approval[0] = 2;
	assert_int_equal(reveal_approval_custodian(k.about.station_id, 5, k.approval, k.size, &id), ERROR_VERSION);
	k.approval[0] = version;
	assert_int_equal(reveal_approval_open(two, k.session, k.about.station_id, 7, k.approval, k.size, &s), ERROR_FORGED);
	assert_int_equal(reveal_approval_open(one, k.other_session, k.about.station_id, 7, k.approval, k.size, &s),
		ERROR_FORGED);
	assert_int_equal(reveal_approval_open(one, k.session, k.about.station_id, 8, k.approval, k.size, &s),
		ERROR_NOT_FOUND);
	assert_int_equal(reveal_approval_open(one, k.session, other, 7, k.approval, k.size, &s), ERROR_NOT_FOUND);
	assert_int_equal(reveal_approval_open(one, k.session, k.about.station_id, 7, k.approval, 60, &s), ERROR_MALFORMED);
	assert_int_equal(reveal_approval_open(one, k.session, k.about.station_id, 7, k.approval, REVEAL_APPROVAL_MAX + 1, &s),
		ERROR_MALFORMED);
}

static void words_name_the_session(void **state)
{
	char a[WORDS_SIZE], b[WORDS_SIZE];
	unsigned count = 1;
	(void)state;
	reveal_words(&k.request, a);
	for (const char *p = a; *p; p++)
		count += *p == ' ';
	assert_int_equal(count, WORDS_COUNT);
	k.request.session.key[31] ^= 1;
	reveal_words(&k.request, b);
	assert_string_not_equal(a, b);
	k.request.session.key[31] ^= 1;
	words_of("tama", 4, a);
	words_of("tama", 4, b);
	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_arrives_as_it_was_signed),
		cmocka_unit_test(an_approval_opens_whole_and_unchanged),
		cmocka_unit_test(two_approvals_open_the_number),
		cmocka_unit_test(each_refusal_of_a_custodian_has_its_own_name),
		cmocka_unit_test(each_refusal_of_the_station_has_its_own_name),
		cmocka_unit_test(words_name_the_session),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}
