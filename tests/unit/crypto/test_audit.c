// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/audit.h"

#include "tests/unit/crypto/crypto_kit.h"

#define RECORDS 8

static const uint8_t station[16] = {1, 2, 3};

// A chain as a station writes it; every seed is kept here, which no station does.
struct chain {
	uint8_t seeds[RECORDS + 1][AUDIT_SEED_SIZE], first[AUDIT_PUBLIC_SIZE];
	uint8_t records[RECORDS][AUDIT_RECORD_MAX];
	size_t sizes[RECORDS];
};

static size_t write_one(struct audit_state *state, const uint8_t *seed, const uint8_t *next, const char *detail,
	uint8_t out[static AUDIT_RECORD_MAX])
{
	struct audit_record r = {.at = 1462060800, .kind = "step", .actor = "awa", .size = (uint16_t)strlen(detail)};
	memcpy(r.detail, detail, r.size);
	audit_public(next, r.next);
	return audit_append(state, station, seed, &r, out);
}

static void make(struct chain *c)
{
	struct audit_state state = {0};
	memset(c->seeds[0], 7, AUDIT_SEED_SIZE);
	audit_public(c->seeds[0], c->first);
	for (int i = 0; i < RECORDS; i++) {
		memcpy(c->seeds[i + 1], c->seeds[i], AUDIT_SEED_SIZE);
		audit_seed_next(c->seeds[i + 1]);
		c->sizes[i] = write_one(&state, c->seeds[i], c->seeds[i + 1], "alert=1", c->records[i]);
	}
}

// How many records from the beginning hold; *e says why the next does not.
static int check(const struct chain *c, int count, enum error *e)
{
	struct audit_state state = {0};
	struct audit_record r;
	memcpy(state.expected, c->first, sizeof state.expected);
	*e = OK;
	for (int i = 0; i < count; i++)
		if ((*e = audit_check(&state, station, c->records[i], c->sizes[i], &r)) != OK)
			return i;
	return count;
}

static void a_chain_holds_as_it_was_written(void **state)
{
	static struct chain c;
	enum error e;
	struct audit_record r;
	(void)state;
	make(&c);
	assert_int_equal(check(&c, RECORDS, &e), RECORDS);
	assert_int_equal(audit_read(c.records[4], c.sizes[4], &r), OK);
	assert_int_equal(r.seq, 5);
	assert_string_equal(r.actor, "awa");
	assert_memory_equal(r.detail, "alert=1", r.size);
}

static bool holds(void *ctx, const uint8_t *data, size_t size)
{
	const struct chain *c = ctx;
	struct audit_state state = {0};
	struct audit_record r;
	memcpy(state.expected, c->first, sizeof state.expected);
	return audit_check(&state, station, data, size, &r) == OK;
}

static void one_bit_or_octet_less_is_found(void **state)
{
	static struct chain c;
	(void)state;
	make(&c);
	only_whole_and_unchanged(holds, &c, c.records[0], c.sizes[0]);
}

static void deleted_and_reordered_records_are_found(void **state)
{
	static struct chain c, d;
	enum error e;
	(void)state;
	make(&c);
	d = c;
	memmove(d.records[3], d.records[4], sizeof d.records[0] * 4);
	memmove(&d.sizes[3], &d.sizes[4], sizeof d.sizes[0] * 4);
	assert_int_equal(check(&d, RECORDS - 1, &e), 3);
	assert_int_equal(e, ERROR_NOT_FOUND);
	d = c;
	memcpy(d.records[2], c.records[5], sizeof d.records[0]);
	memcpy(d.records[5], c.records[2], sizeof d.records[0]);
	assert_int_equal(check(&d, RECORDS, &e), 2);
}

// Who takes the station at record 8 has seed 8 and all that follow, none before.
static void a_later_key_signs_nothing_earlier(void **state)
{
	static struct chain c, d;
	struct audit_state s;
	struct audit_record r;
	enum error e;
	(void)state;
	make(&c);
	for (int cut = 0; cut < RECORDS; cut++) {
		d = c;
		s = (struct audit_state){0};
		memcpy(s.expected, c.first, sizeof s.expected);
		for (int i = 0; i < cut; i++)
			assert_int_equal(audit_check(&s, station, c.records[i], c.sizes[i], &r), OK);
		uint8_t seed[AUDIT_SEED_SIZE], next[AUDIT_SEED_SIZE];
		memcpy(seed, c.seeds[RECORDS], sizeof seed);
		for (int i = cut; i < RECORDS; i++) { // cut off there, and all behind it written again with a later key
			memcpy(next, seed, sizeof next);
			audit_seed_next(next);
			d.sizes[i] = write_one(&s, seed, next, "alert=2", d.records[i]);
			memcpy(seed, next, sizeof seed);
		}
		assert_int_equal(check(&d, RECORDS, &e), cut);
		assert_int_equal(e, ERROR_FORGED);
	}
}

static void a_chain_of_another_station_is_none(void **state)
{
	static struct chain c;
	static const uint8_t other[16] = {9};
	struct audit_state s = {0};
	struct audit_record r;
	(void)state;
	make(&c);
	memcpy(s.expected, c.first, sizeof s.expected);
	assert_int_equal(audit_check(&s, other, c.records[0], c.sizes[0], &r), ERROR_FORGED);
}

static void a_record_of_another_version(void **state)
{
	static struct chain c;
	struct audit_record r;
	(void)state;
	make(&c);
	c.records[0][0] = 2;
	assert_int_equal(audit_read(c.records[0], c.sizes[0], &r), ERROR_VERSION);
}

static void a_head_is_a_short_code(void **state)
{
	static struct chain c;
	struct audit_state s = {0}, last = {0};
	struct audit_record r;
	char head[AUDIT_HEAD_SIZE], spoken[AUDIT_HEAD_SIZE];
	uint64_t seq = 0;
	(void)state;
	make(&c);
	memcpy(s.expected, c.first, sizeof s.expected);
	assert_int_equal(audit_check(&s, station, c.records[0], c.sizes[0], &r), OK);
	audit_head(&s, head);
	assert_int_equal(strlen(head), 2 + 23);
	assert_int_equal(audit_head_seq(head, &seq), OK);
	assert_int_equal(seq, 1);
	assert_true(audit_head_is(&s, head));
	for (size_t i = 0; i < sizeof head; i++) // as people write it down
		spoken[i] = head[i] == '0' ? 'o' : head[i] == '1' && i ? 'l' : head[i] >= 'A' ? (char)(head[i] | 32) : head[i];
	assert_true(audit_head_is(&s, spoken));
	assert_int_equal(audit_check(&s, station, c.records[1], c.sizes[1], &r), OK);
	assert_false(audit_head_is(&s, head));
	audit_state_of(&last, station, &r, c.records[1], c.sizes[1]);
	assert_memory_equal(&last, &s, sizeof s);
	static const char *const bad[] = {"", "7", "x-ABCDE", "-ABCDE-FGHJK-MNPQR-STVWX", "0-ABCDE-FGHJK-MNPQR-STVWX",
		"1-ABCDE-FGHJK-MNPQR-STVW", "99999999999999999999-ABCDE-FGHJK-MNPQR-STVWX"};
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_int_equal(audit_head_seq(bad[i], &seq), ERROR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_holds_as_it_was_written),
		cmocka_unit_test(one_bit_or_octet_less_is_found),
		cmocka_unit_test(deleted_and_reordered_records_are_found),
		cmocka_unit_test(a_later_key_signs_nothing_earlier),
		cmocka_unit_test(a_chain_of_another_station_is_none),
		cmocka_unit_test(a_record_of_another_version),
		cmocka_unit_test(a_head_is_a_short_code),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
