// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/outbox.h"

static struct outbox box;
static struct message msg;

static struct message *request(uint32_t id, uint8_t flags, const char *number, const char *text)
{
	struct bytes_writer w;
	bytes_writer_init(&w, msg.body, SEND_SIZE);
	bytes_put_u32(&w, id);
	bytes_put_u8(&w, flags);
	bytes_put_text(&w, number, SEND_NUMBER_SIZE);
	bytes_put_text(&w, text, SEND_TEXT_SIZE);
	assert_true(bytes_ok(&w));
	msg.type = MESSAGE_SEND;
	msg.size = SEND_SIZE;
	return &msg;
}

static int empty(void **state)
{
	(void)state;
	outbox_clear(&box);
	return 0;
}

static void only_numbers_and_texts_are_taken(void **state)
{
	static const char *const bad[] = {"", "+", "mama", "+223 10", "22310+", "123456789012345678901"};
	uint32_t id = 0;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(outbox_take(&box, request(7, 0, bad[i], "a"), &id), ERROR_ARGUMENT);
	assert_int_equal(id, 7);
	assert_int_equal(outbox_take(&box, request(8, 0, "+22310000001", ""), &id), ERROR_ARGUMENT);
	assert_int_equal(outbox_take(&box, request(9, 2, "+22310000001", "a"), &id), ERROR_MALFORMED);
	assert_int_equal(box.count, 0);
	assert_int_equal(outbox_take(&box, request(10, SEND_FLASH, "36000", "a"), &id), OK);
	assert_true(box.waiting[0].flash);
}

static void every_truncation_is_malformed(void **state)
{
	uint32_t id;
	(void)state;
	for (size_t n = 0; n < SEND_SIZE; n++) {
		request(1, 0, "+22310000001", "a")->size = n;
		assert_int_equal(outbox_take(&box, &msg, &id), ERROR_MALFORMED);
	}
	assert_int_equal(box.count, 0);
}

static void a_full_queue_says_so_and_an_answer_makes_room(void **state)
{
	uint32_t id;
	int64_t wait;
	(void)state;
	for (uint32_t i = 0; i < OUTBOX_MAX; i++)
		assert_int_equal(outbox_take(&box, request(i, 0, "+22310000001", "a"), &id), OK);
	assert_int_equal(outbox_take(&box, request(99, 0, "+22310000001", "a"), &id), ERROR_FULL);
	assert_int_equal(id, 99);
	outbox_remove(&box, outbox_next(&box, 0, &wait));
	assert_int_equal(outbox_take(&box, request(99, 0, "+22310000001", "a"), &id), OK);
	assert_int_equal(outbox_next(&box, 0, &wait)->id, 1);
}

static void what_is_answered_is_wiped(void **state)
{
	static const struct outbox zero;
	uint32_t id;
	int64_t wait;
	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(outbox_take(&box, request(i, 0, "+22310000001", "a text"), &id), OK);
	for (int i = 0; i < 3; i++)
		outbox_remove(&box, outbox_next(&box, 0, &wait));
	assert_memory_equal(&box, &zero, sizeof box);
	assert_null(outbox_next(&box, 0, &wait));
	assert_int_equal(wait, -1);
}

static void a_refusal_for_the_moment_waits_longer_each_time_and_lets_others_go(void **state)
{
	static const int64_t waits[] = {1000, 4000, 16000};
	uint32_t id;
	int64_t wait, now = 5000;
	(void)state;
	assert_int_equal(outbox_take(&box, request(1, 0, "+22310000001", "a"), &id), OK);
	assert_int_equal(outbox_take(&box, request(2, 0, "+22310000001", "b"), &id), OK);
	for (int i = 0; i < 3; i++) {
		assert_true(outbox_retry(&box.waiting[0], 42, now));
		assert_int_equal(outbox_next(&box, now, &wait)->id, 2);
		assert_int_equal(box.waiting[0].due_ms - now, waits[i]);
		now += waits[i];
		assert_int_equal(outbox_next(&box, now, &wait)->id, 1);
	}
	assert_false(outbox_retry(&box.waiting[0], 42, now));
	assert_false(outbox_retry(&box.waiting[1], 21, now)); // 3GPP TS 24.011 annex E-2: rejected
}

static void the_next_is_known_when_none_is_due(void **state)
{
	uint32_t id;
	int64_t wait;
	(void)state;
	assert_int_equal(outbox_take(&box, request(1, 0, "+22310000001", "a"), &id), OK);
	assert_true(outbox_retry(&box.waiting[0], -1, 0));
	assert_null(outbox_next(&box, 400, &wait));
	assert_int_equal(wait, 600);
}

static void every_text_of_the_wire_fits_the_parts(void **state)
{
	struct pdu parts[OUTBOX_PARTS_MAX];
	char text[SEND_TEXT_SIZE] = {0};
	uint32_t id;
	(void)state;
	memset(text, 'a', sizeof text - 1);
	assert_int_equal(outbox_take(&box, request(0x105, 0, "+22310000001", text), &id), OK);
	assert_int_equal(outbox_split(&box.waiting[0], parts), 5);
	assert_int_equal(parts[4].concat_ref, 5);
	assert_int_equal(parts[4].concat_index, 5);
	memcpy(text, "\xc9\x9b", 2); // no letter of GSM-7: 638 units of UCS-2
	assert_int_equal(outbox_take(&box, request(2, 0, "+22310000001", text), &id), OK);
	assert_int_equal(outbox_split(&box.waiting[1], parts), 10);
	assert_int_equal(parts[0].coding, PDU_UCS2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_numbers_and_texts_are_taken, empty),
		cmocka_unit_test_setup(every_truncation_is_malformed, empty),
		cmocka_unit_test_setup(a_full_queue_says_so_and_an_answer_makes_room, empty),
		cmocka_unit_test_setup(what_is_answered_is_wiped, empty),
		cmocka_unit_test_setup(a_refusal_for_the_moment_waits_longer_each_time_and_lets_others_go, empty),
		cmocka_unit_test_setup(the_next_is_known_when_none_is_due, empty),
		cmocka_unit_test_setup(every_text_of_the_wire_fits_the_parts, empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
