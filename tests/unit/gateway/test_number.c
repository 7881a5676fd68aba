// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/number.h"
#include "gateway/part.h"

static const struct config mali = {.country_code = "223", .trunk_prefix = "", .international_prefix = "00",
	.national_digits = 8};
static const struct config trunk = {.country_code = "223", .trunk_prefix = "0", .international_prefix = "00",
	.national_digits = 8};

static void assert_number(const struct config *c, const char *sender, enum number_kind kind, const char *canonical)
{
	char out[NUMBER_SIZE];
	assert_int_equal(number_canonical(c, sender, out), kind);
	assert_string_equal(out, canonical);
}

static void every_spelling_of_a_number_is_one(void **state)
{
	(void)state;
	static const char *const spellings[] = {"+22310000001", "0022310000001", "22310000001", "10000001",
		"+223 10 00 00 01", "+223-10-00-00-01", "+223 (10) 00.00.01", "00223 10 00 00 01", "00 223 10000001",
		"10 00 00 01", "10-00-00-01", "1000.0001", " +22310000001", "(+223) 10000001", " 10000001 "};
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		assert_number(&mali, spellings[i], NUMBER_E164, "+22310000001");
		assert_number(&trunk, spellings[i], NUMBER_E164, "+22310000001");
	}
	assert_number(&trunk, "010000001", NUMBER_E164, "+22310000001");
	assert_number(&trunk, "0 10 00 00 01", NUMBER_E164, "+22310000001");
}

static void a_canonical_number_stays_as_it_is(void **state)
{
	(void)state;
	static const char *const senders[] = {"+22310000001", "0022310000001", "10000001", "36111", "Orange ML", "",
		"123456789", "+2231000000100000000", "a+1"};
	for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
		char once[NUMBER_SIZE], twice[NUMBER_SIZE];
		if (number_canonical(&mali, senders[i], once) != NUMBER_E164)
			continue;
		assert_int_equal(number_canonical(&mali, once, twice), NUMBER_E164);
		assert_string_equal(twice, once);
	}
}

static void different_numbers_stay_different(void **state)
{
	(void)state;
	char a[NUMBER_SIZE], b[NUMBER_SIZE];
	static const char *const pairs[][2] = {{"+22310000001", "+22310000002"}, {"10000001", "10000010"},
		{"36111", "+36111"}, {"22310000001", "+2231000000"}, {"100000011", "10000001"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		number_canonical(&mali, pairs[i][0], a);
		number_canonical(&mali, pairs[i][1], b);
		assert_string_not_equal(a, b);
	}
}

static void short_codes_are_told_from_numbers(void **state)
{
	(void)state;
	assert_number(&mali, "36111", NUMBER_SHORT, "=36111");
	assert_number(&mali, "7", NUMBER_SHORT, "=7");
	assert_number(&mali, "123456", NUMBER_SHORT, "=123456");
	assert_number(&mali, "36-111", NUMBER_SHORT, "=36111");
	assert_number(&mali, "00123", NUMBER_SHORT, "=00123");
	char out[NUMBER_SIZE];
	assert_int_equal(number_canonical(&mali, "1234567", out), NUMBER_NAME); // neither: answered by nobody
	assert_int_equal(number_canonical(&mali, "123456789", out), NUMBER_NAME);
}

static void names_are_compared_without_case(void **state)
{
	(void)state;
	assert_number(&mali, "Orange ML", NUMBER_NAME, "~ORANGE ML");
	assert_number(&mali, "ORANGE ml", NUMBER_NAME, "~ORANGE ML");
	assert_number(&mali, "é", NUMBER_NAME, "~é");
	assert_number(&mali, "*121#", NUMBER_NAME, "~*121#");
	assert_number(&mali, "~X", NUMBER_NAME, "~~X");
}

static void nothing_is_nobody(void **state)
{
	(void)state;
	static const char *const senders[] = {"", "+", "-", "   ", "()", "+ ", " +"};
	for (size_t i = 0; i < sizeof senders / sizeof *senders; i++)
		assert_number(&mali, senders[i], NUMBER_NONE, "?");
}

static void too_long_is_no_number_and_no_overrun(void **state)
{
	(void)state;
	char sender[200], out[NUMBER_SIZE];
	assert_number(&mali, "+123456789012345", NUMBER_E164, "+123456789012345"); // E.164's 15 digits
	assert_int_equal(number_canonical(&mali, "+1234567890123456", out), NUMBER_NAME);
	for (size_t n = 16; n < sizeof sender; n++)
		for (int name = 0; name < 2; name++) {
			memset(sender, name ? 'x' : '1', n);
			sender[n] = 0;
			assert_int_equal(number_canonical(&mali, sender, out), NUMBER_NAME);
			assert_int_not_equal(out[0], '+');
			assert_true(strlen(out) < NUMBER_SIZE);
			if (n == sizeof sender - 1)
				break;
		}
}

// Whoever may choose an alphanumeric sender must not get the handle of a villager by it.
static void a_name_never_collides_with_a_number(void **state)
{
	(void)state;
	static const char letters[] = "+~=?0123456789 -().aZ*#\xc3\xa9";
	srandom(13);
	for (int i = 0; i < 200000; i++) {
		char sender[PART_SENDER_SIZE], out[NUMBER_SIZE];
		size_t n = (size_t)random() % 20;
		for (size_t k = 0; k < n; k++)
			sender[k] = letters[(size_t)random() % (sizeof letters - 1)];
		sender[n] = 0;
		enum number_kind kind = number_canonical(&mali, sender, out);
		bool has_letter = sender[strcspn(sender, "~=?aZ*#\xc3\xa9")] != 0;
		if (has_letter) {
			assert_int_equal(kind, NUMBER_NAME);
			assert_int_equal(out[0], '~');
		}
		assert_int_equal(kind == NUMBER_E164, out[0] == '+');
		assert_int_equal(kind == NUMBER_NONE, out[0] == '?');
		if (kind == NUMBER_E164)
			assert_int_equal(out[1 + strspn(out + 1, "0123456789")], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_a_number_is_one),
		cmocka_unit_test(a_canonical_number_stays_as_it_is),
		cmocka_unit_test(different_numbers_stay_different),
		cmocka_unit_test(short_codes_are_told_from_numbers),
		cmocka_unit_test(names_are_compared_without_case),
		cmocka_unit_test(nothing_is_nobody),
		cmocka_unit_test(too_long_is_no_number_and_no_overrun),
		cmocka_unit_test(a_name_never_collides_with_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
