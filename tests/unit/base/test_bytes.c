// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "gateway/base/bytes.h"

static void reads_back_what_was_written(void **state)
{
	(void)state;
	uint8_t buf[32];
	struct bytes_writer w;
	bytes_writer_init(&w, buf, sizeof buf);
	bytes_put_u8(&w, 0xfe);
	bytes_put_u16(&w, 0x1234);
	bytes_put_u32(&w, 0xdeadbeef);
	bytes_put_u64(&w, 0x0102030405060708u);
	bytes_put_text(&w, "abc", 5);
	assert_true(bytes_ok(&w));
	assert_int_equal(w.at, 20);
	assert_int_equal(buf[1], 0x34); // little-endian

	struct bytes_reader r;
	char text[5];
	bytes_reader_init(&r, buf, w.at);
	assert_int_equal(bytes_get_u8(&r), 0xfe);
	assert_int_equal(bytes_get_u16(&r), 0x1234);
	assert_int_equal(bytes_get_u32(&r), 0xdeadbeef);
	assert_int_equal(bytes_get_u64(&r), 0x0102030405060708u);
	assert_false(bytes_end(&r)); // something is left over
	bytes_get_text(&r, text, sizeof text);
	assert_string_equal(text, "abc");
	assert_true(bytes_end(&r));
}

static void every_truncation_is_found(void **state)
{
	(void)state;
	uint8_t buf[14] = {1};
	for (size_t n = 0; n < sizeof buf; n++) {
		struct bytes_reader r;
		bytes_reader_init(&r, buf, n);
		bytes_get_u64(&r);
		bytes_get_u32(&r);
		bytes_get_u16(&r);
		assert_false(bytes_end(&r));
	}
}

static void text_must_end_and_be_padded_with_zeros(void **state)
{
	(void)state;
	const uint8_t unterminated[4] = "abcd", dirty[4] = {'a', 0, 'b', 0};
	char out[4];
	struct bytes_reader r;
	bytes_reader_init(&r, unterminated, 4);
	bytes_get_text(&r, out, 4);
	assert_false(bytes_end(&r));
	bytes_reader_init(&r, dirty, 4);
	bytes_get_text(&r, out, 4);
	assert_false(bytes_end(&r));
	assert_int_equal(out[0], 0);
}

static void writer_never_passes_its_end(void **state)
{
	(void)state;
	uint8_t buf[4] = {0, 0, 0, 7};
	struct bytes_writer w;
	bytes_writer_init(&w, buf, 3);
	bytes_put_u32(&w, 1);
	assert_false(bytes_ok(&w));
	bytes_put_u8(&w, 9); // sticky
	assert_int_equal(buf[0], 0);
	bytes_writer_init(&w, buf, 3);
	bytes_put_text(&w, "abc", 3);
	assert_false(bytes_ok(&w));
	assert_int_equal(buf[3], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(every_truncation_is_found),
		cmocka_unit_test(text_must_end_and_be_padded_with_zeros),
		cmocka_unit_test(writer_never_passes_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
