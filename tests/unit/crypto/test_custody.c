// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/custody.h"

#include "tests/unit/crypto/crypto_kit.h"

#define NUMBER "+22310000001"
#define NOW 1790000000
#define N 5

struct ceremony {
	struct custody_context about;
	uint8_t outer[KEY_SIZE], identity[CUSTODY_IDENTITY_SIZE], sealed[CUSTODY_MAX * CUSTODY_SHARE_MAX];
	struct seal_public public[CUSTODY_MAX];
	struct secret *secret[CUSTODY_MAX];
	uint32_t ids[CUSTODY_MAX];
	struct custody_share shares[CUSTODY_MAX];
};

static size_t share_size(const struct ceremony *c)
{
	return CUSTODY_SHARE_PLAIN(c->about.threshold) + SEAL_OVERHEAD;
}

static enum error open_share(struct ceremony *c, unsigned i)
{
	return custody_share_open(c->secret[i], c->about.station_id, c->about.alert_id,
		c->sealed + i * CUSTODY_SHARE_MAX, share_size(c), &c->shares[i]);
}

static void begin(struct ceremony *c, unsigned t, unsigned n, uint64_t alert)
{
	*c = (struct ceremony){.about = {.alert_id = alert, .expires_at = NOW + 1000, .threshold = t, .count = n}};
	memset(c->about.station_id, 0x5a, 16);
	randombytes_buf(c->outer, KEY_SIZE);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(seal_keypair(&c->public[i], &c->secret[i]), OK);
		c->ids[i] = i + 100;
	}
	assert_int_equal(custody_seal(&c->about, c->outer, NUMBER, c->public, c->ids, c->identity, c->sealed), OK);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(open_share(c, i), OK);
		assert_int_equal(c->shares[i].custodian_id, i + 100);
	}
}

static void end(struct ceremony *c)
{
	for (unsigned i = 0; i < c->about.count; i++)
		secret_destroy(c->secret[i]);
}

static enum error reveal(const struct ceremony *c, const struct custody_share *shares, unsigned n, int64_t now)
{
	char number[CUSTODY_NUMBER_SIZE] = "";
	enum error e = custody_open(&c->about, c->outer, shares, n, now, c->identity, number);
	if (e == OK)
		assert_string_equal(number, NUMBER);
	else
		assert_true(sodium_is_zero((uint8_t *)number, sizeof number));
	return e;
}

static void t_custodians_open_one_number(void **state)
{
	static const unsigned sets[][2] = {{2, 3}, {3, 5}, {1, 1}, {16, 16}};
	struct ceremony c;
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(sets); i++) {
		begin(&c, sets[i][0], sets[i][1], 7);
		for (unsigned from = 0; from + sets[i][0] <= sets[i][1]; from++)
			assert_int_equal(reveal(&c, c.shares + from, sets[i][0], NOW), OK);
		assert_int_equal(reveal(&c, c.shares, sets[i][1], NOW), OK);
		end(&c);
	}
}

static void each_refusal_has_its_own_name(void **state)
{
	struct ceremony c, other;
	struct custody_share s[3];
	(void)state;
	begin(&c, 3, N, 7);
	begin(&other, 3, N, 8);
	assert_int_equal(reveal(&c, c.shares, 2, NOW), ERROR_REFUSED);
	assert_int_equal(reveal(&c, c.shares, SHAMIR_MAX + 1, NOW), ERROR_REFUSED);
	assert_int_equal(reveal(&c, c.shares, 3, c.about.expires_at), ERROR_TIMEOUT);
	memcpy(s, c.shares, sizeof s);
	s[2] = s[0];
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_EXISTS);
	s[2] = other.shares[2];
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_NOT_FOUND);
	s[2].about.alert_id = 7; // passed off as this alert's
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_FORGED);
	s[2] = c.shares[2];
	s[2].about.station_id[0]++;
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_NOT_FOUND);
	s[2] = c.shares[2];
	s[2].share.value[3] ^= 1;
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_FORGED);
	s[2] = c.shares[2];
	s[2].about.expires_at++;
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_FORGED);
	s[2] = c.shares[2];
	s[2].about.threshold = 2;
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_FORGED);
	s[2] = c.shares[2];
	s[2].about.count--;
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_FORGED);
	s[2] = c.shares[2];
	memset(s[2].share.value, 0xff, SCALAR_SIZE);
	assert_int_equal(reveal(&c, s, 3, NOW), ERROR_MALFORMED);
	c.outer[0] ^= 1; // destroyed at expiry: without it the shares are worth nothing
	assert_int_equal(reveal(&c, c.shares, 3, NOW), ERROR_FORGED);
	end(&c);
	end(&other);
}

static void an_identity_is_bound_to_its_alert_and_policy(void **state)
{
	struct ceremony c;
	(void)state;
	begin(&c, 2, 3, 7);
	for (size_t bit = 0; bit < CUSTODY_IDENTITY_SIZE * 8; bit++) {
		c.identity[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(reveal(&c, c.shares, 2, NOW), OK);
		c.identity[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(reveal(&c, c.shares, 2, NOW), OK);
	end(&c);
}

struct door {
	struct ceremony *c;
	unsigned i;
};

static bool opens_share(void *ctx, const uint8_t *data, size_t size)
{
	struct door *d = ctx;
	struct custody_share s;
	enum error e = custody_share_open(d->c->secret[d->i], d->c->about.station_id, d->c->about.alert_id, data, size, &s);
	assert_true(e == OK || sodium_is_zero((uint8_t *)&s, sizeof s) || size < SEAL_OVERHEAD || size > CUSTODY_SHARE_MAX);
	return e == OK;
}

static void a_sealed_share_is_whole_and_its_custodians(void **state)
{
	struct ceremony c;
	struct custody_share s;
	(void)state;
	begin(&c, 2, 3, 7);
	struct door d = {&c, 1};
	const uint8_t *sealed = c.sealed + CUSTODY_SHARE_MAX;
	only_whole_and_unchanged(opens_share, &d, sealed, share_size(&c));
	assert_int_equal(custody_share_open(c.secret[0], c.about.station_id, 7, sealed, share_size(&c), &s), ERROR_FORGED);
	assert_int_equal(custody_share_open(c.secret[1], c.about.station_id, 8, sealed, share_size(&c), &s), ERROR_FORGED);
	uint8_t elsewhere[16] = {1};
	assert_int_equal(custody_share_open(c.secret[1], elsewhere, 7, sealed, share_size(&c), &s), ERROR_FORGED);
	assert_int_equal(custody_share_open(c.secret[1], c.about.station_id, 7, sealed, SEAL_OVERHEAD - 1, &s),
		ERROR_MALFORMED);
	end(&c);
}

static void put_le(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

// Somebody who knows the custodian's public key can seal anything to it; what is inside is checked all the same.
static void a_share_sealed_by_an_enemy_is_checked_inside(void **state)
{
	struct ceremony c;
	uint8_t plain[CUSTODY_SHARE_PLAIN(2)], sealed[CUSTODY_SHARE_PLAIN(2) + SEAL_OVERHEAD], ad[24];
	struct custody_share s;
	(void)state;
	begin(&c, 2, 3, 7);
	memcpy(ad, c.about.station_id, 16);
	put_le(ad + 16, 7, 8);
	static const struct {
		size_t at;
		uint8_t value;
		enum error want;
	} changes[] = {
		{0, 1, OK},               // as it was
		{0, 2, ERROR_VERSION},    // version
		{1, 0, ERROR_NOT_FOUND},  // station
		{17, 9, ERROR_NOT_FOUND}, // alert
		{37, 0, ERROR_MALFORMED}, // threshold 0
		{37, 4, ERROR_MALFORMED}, // above the count
		{37, 1, ERROR_MALFORMED}, // a commitment is left over
		{38, 17, ERROR_MALFORMED},// count
		{39, 0, ERROR_MALFORMED}, // index
		{39, 4, ERROR_MALFORMED},
		{39, 3, ERROR_FORGED},    // another's index
		{40, 0x77, ERROR_FORGED}, // value
	};
	for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
		plain[0] = 1;
		memcpy(plain + 1, c.about.station_id, 16);
		put_le(plain + 17, 7, 8);
		put_le(plain + 25, c.shares[0].custodian_id, 4);
		put_le(plain + 29, (uint64_t)c.about.expires_at, 8);
		plain[37] = 2;
		plain[38] = 3;
		plain[39] = 1;
		memcpy(plain + 40, c.shares[0].share.value, 32);
		memcpy(plain + 72, c.shares[0].commitments, 64);
		plain[changes[i].at] = changes[i].value;
		assert_int_equal(seal_to("tama/share/1", &c.public[0], ad, sizeof ad, plain, sizeof plain, sealed), OK);
		assert_int_equal(custody_share_open(c.secret[0], c.about.station_id, 7, sealed, sizeof sealed, &s),
			changes[i].want);
	}
	end(&c);
}

static void a_number_that_is_too_long_is_refused(void **state)
{
	struct ceremony c;
	char number[CUSTODY_NUMBER_SIZE + 1];
	(void)state;
	begin(&c, 2, 3, 7);
	memset(number, '1', sizeof number);
	number[CUSTODY_NUMBER_SIZE] = 0;
	assert_int_equal(custody_seal(&c.about, c.outer, number, c.public, c.ids, c.identity, c.sealed), ERROR_TOO_LARGE);
	number[CUSTODY_NUMBER_SIZE - 1] = 0;
	assert_int_equal(custody_seal(&c.about, c.outer, number, c.public, c.ids, c.identity, c.sealed), OK);
	memset(&c.public[1], 0, sizeof c.public[1]); // a custodian's key of low order
	assert_int_equal(custody_seal(&c.about, c.outer, NUMBER, c.public, c.ids, c.identity, c.sealed), ERROR_MALFORMED);
	end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_custodians_open_one_number),
		cmocka_unit_test(each_refusal_has_its_own_name),
		cmocka_unit_test(an_identity_is_bound_to_its_alert_and_policy),
		cmocka_unit_test(a_sealed_share_is_whole_and_its_custodians),
		cmocka_unit_test(a_share_sealed_by_an_enemy_is_checked_inside),
		cmocka_unit_test(a_number_that_is_too_long_is_refused),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
