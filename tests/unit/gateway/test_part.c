// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/part.h"

// Where the fields lie in PART_SIZE octets; the layout is a promise to the spool's older frames.
enum { AT_KIND, AT_ID = 1, AT_SLOT = 5, AT_SENDER = 7, AT_SENT = 55, AT_RECEIVED = 63, AT_CLASS = 71, AT_REF = 72,
	AT_TOTAL = 74, AT_INDEX, AT_CONTENT = 76, AT_LENGTH = 396, AT_FULL_LENGTH = 398 };

static struct part sample(enum part_kind kind)
{
	struct part p = {.kind = kind, .id = 0x01020304, .slot = 7, .sender = "+22310000001", .sent_at = 1790000000,
		.received_at = 1790000009, .class = 1, .concat_ref = 77, .concat_total = 3, .concat_index = 2};
	if (kind == PART_TEXT)
		for (; p.length < PART_UNITS_MAX; p.length++)
			p.units[p.length] = (uint16_t)(0x20ac + p.length);
	else if (kind != PART_CALL)
		for (; p.length < 140; p.length++)
			p.octets[p.length] = (uint8_t)(p.length + 3);
	p.full_length = p.length;
	return p;
}

static void encode(const struct part *p, uint8_t out[static PART_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, PART_SIZE);
	part_put(&w, p);
	assert_true(bytes_ok(&w));
	assert_int_equal(w.at, PART_SIZE);
}

static enum error decode(const uint8_t *in, size_t size, struct part *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, in, size);
	return part_get(&r, out);
}

static void every_kind_comes_back_whole(void **state)
{
	(void)state;
	for (enum part_kind kind = PART_TEXT; kind < PART_KIND_END_; kind++) {
		uint8_t octets[PART_SIZE], again[PART_SIZE];
		struct part p = sample(kind), back;
		encode(&p, octets);
		assert_int_equal(decode(octets, sizeof octets, &back), OK);
		assert_int_equal(back.kind, kind);
		assert_int_equal(back.id, p.id);
		assert_int_equal(back.slot, p.slot);
		assert_string_equal(back.sender, p.sender);
		assert_int_equal(back.sent_at, p.sent_at);
		assert_int_equal(back.received_at, p.received_at);
		assert_int_equal(back.class, p.class);
		assert_int_equal(back.concat_ref, p.concat_ref);
		assert_int_equal(back.concat_total, p.concat_total);
		assert_int_equal(back.concat_index, p.concat_index);
		assert_int_equal(back.length, p.length);
		assert_int_equal(back.full_length, p.full_length);
		assert_memory_equal(back.octets, p.octets, kind == PART_TEXT ? p.length * 2u : p.length);
		encode(&back, again);
		assert_memory_equal(again, octets, sizeof octets);
	}
}

static void the_layout_is_fixed(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE];
	struct part p = sample(PART_TEXT);
	encode(&p, octets);
	assert_int_equal(octets[AT_KIND], PART_TEXT);
	assert_memory_equal(octets + AT_ID, "\4\3\2\1", 4);
	assert_int_equal(octets[AT_SLOT], 7);
	assert_memory_equal(octets + AT_SENDER, "+22310000001\0", 13);
	assert_int_equal(octets[AT_CLASS], 1);
	assert_int_equal(octets[AT_REF], 77);
	assert_int_equal(octets[AT_TOTAL], 3);
	assert_int_equal(octets[AT_INDEX], 2);
	assert_memory_equal(octets + AT_CONTENT, "\xac\x20\xad\x20", 4);
	assert_int_equal(octets[AT_LENGTH], PART_UNITS_MAX);
	assert_int_equal(octets[AT_FULL_LENGTH], PART_UNITS_MAX);
}

static void every_truncation_is_malformed(void **state)
{
	(void)state;
	for (enum part_kind kind = PART_TEXT; kind < PART_KIND_END_; kind++) {
		uint8_t octets[PART_SIZE];
		struct part p = sample(kind), back;
		encode(&p, octets);
		for (size_t n = 0; n < sizeof octets; n++) {
			uint8_t *cut = malloc(n ? n : 1); // so that ASan sees one octet too far
			assert_non_null(cut);
			memcpy(cut, octets, n);
			assert_int_equal(decode(cut, n, &back), ERROR_MALFORMED);
			free(cut);
		}
	}
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

static void kinds_and_classes_out_of_range_are_malformed(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE];
	struct part p = sample(PART_TEXT), back;
	encode(&p, octets);
	for (unsigned v = 0; v < 256; v++) {
		octets[AT_CLASS] = (uint8_t)v;
		assert_int_equal(decode(octets, sizeof octets, &back), v <= 3 || v == 255 ? OK : ERROR_MALFORMED);
	}
	octets[AT_CLASS] = 0;
	put16(octets + AT_LENGTH, 0);
	put16(octets + AT_FULL_LENGTH, 0);
	for (unsigned v = 0; v < 256; v++) {
		octets[AT_KIND] = (uint8_t)v;
		assert_int_equal(decode(octets, sizeof octets, &back),
			v >= PART_TEXT && v < PART_KIND_END_ ? OK : ERROR_MALFORMED);
	}
}

static void lengths_out_of_range_are_malformed(void **state)
{
	(void)state;
	static const unsigned most[PART_KIND_END_] = {[PART_TEXT] = PART_UNITS_MAX, [PART_BINARY] = PART_OCTETS_MAX,
		[PART_RAW] = PART_OCTETS_MAX, [PART_CALL] = 0};
	for (enum part_kind kind = PART_TEXT; kind < PART_KIND_END_; kind++) {
		uint8_t octets[PART_SIZE];
		struct part p = sample(kind), back;
		encode(&p, octets);
		for (unsigned v = 0; v < 0x10000; v++) {
			put16(octets + AT_LENGTH, v);
			put16(octets + AT_FULL_LENGTH, v);
			assert_int_equal(decode(octets, sizeof octets, &back), v <= most[kind] ? OK : ERROR_MALFORMED);
		}
		// What there was is never less than what is here.
		put16(octets + AT_LENGTH, most[kind]);
		put16(octets + AT_FULL_LENGTH, most[kind] - 1u);
		assert_int_equal(decode(octets, sizeof octets, &back), most[kind] ? ERROR_MALFORMED : OK);
	}
}

static void parts_of_a_whole_are_numbered_within_it(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE];
	struct part p = sample(PART_TEXT), back;
	encode(&p, octets);
	for (unsigned total = 0; total < 256; total++)
		for (unsigned index = 0; index < 256; index++) {
			octets[AT_TOTAL] = (uint8_t)total;
			octets[AT_INDEX] = (uint8_t)index;
			put16(octets + AT_REF, total > 1 ? 77 : 0);
			bool fine = total > 1 ? index >= 1 && index <= total : index <= 1;
			assert_int_equal(decode(octets, sizeof octets, &back), fine ? OK : ERROR_MALFORMED);
		}
	octets[AT_TOTAL] = octets[AT_INDEX] = 1;
	put16(octets + AT_REF, 1); // a reference without a whole
	assert_int_equal(decode(octets, sizeof octets, &back), ERROR_MALFORMED);
}

static void times_before_1970_are_malformed(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE];
	struct part p = sample(PART_TEXT), back;
	encode(&p, octets);
	octets[AT_SENT + 7] = 0x80;
	assert_int_equal(decode(octets, sizeof octets, &back), ERROR_MALFORMED);
	octets[AT_SENT + 7] = 0;
	octets[AT_RECEIVED + 7] = 0xff;
	assert_int_equal(decode(octets, sizeof octets, &back), ERROR_MALFORMED);
}

static void senders_are_terminated_and_printable(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE];
	struct part p = sample(PART_TEXT), back;
	encode(&p, octets);
	for (unsigned v = 1; v < 256; v++) {
		octets[AT_SENDER + 3] = (uint8_t)v;
		assert_int_equal(decode(octets, sizeof octets, &back), v < 0x20 || v == 0x7f ? ERROR_MALFORMED : OK);
	}
	octets[AT_SENDER + PART_SENDER_SIZE - 1] = 'x'; // behind the NUL
	assert_int_equal(decode(octets, sizeof octets, &back), ERROR_MALFORMED);
	memset(octets + AT_SENDER, 'x', PART_SENDER_SIZE); // none
	assert_int_equal(decode(octets, sizeof octets, &back), ERROR_MALFORMED);
	memset(octets + AT_SENDER, 0, PART_SENDER_SIZE);
	assert_int_equal(decode(octets, sizeof octets, &back), OK);
}

static void what_could_not_be_read_is_not_written(void **state)
{
	(void)state;
	struct part bad[6];
	uint8_t octets[PART_SIZE];
	for (size_t i = 0; i < 6; i++)
		bad[i] = sample(i < 3 ? PART_BINARY : PART_TEXT);
	bad[0].length = bad[0].full_length = PART_OCTETS_MAX + 1;
	bad[1].length = bad[1].full_length = UINT16_MAX;
	bad[2].kind = PART_KIND_END_;
	bad[3].length = bad[3].full_length = PART_UNITS_MAX + 1;
	bad[4].class = 4;
	memset(bad[5].sender, 'x', sizeof bad[5].sender - 1);
	bad[5].sender[4] = '\n';
	for (size_t i = 0; i < 6; i++) {
		struct bytes_writer w;
		bytes_writer_init(&w, octets, sizeof octets);
		part_put(&w, &bad[i]);
		assert_false(bytes_ok(&w));
	}
}

static void random_octets_never_harm(void **state)
{
	(void)state;
	uint8_t octets[PART_SIZE], base[PART_SIZE];
	int read = 0;
	srandom(5);
	for (int i = 0; i < 100000; i++) {
		struct part p = sample((enum part_kind)(PART_TEXT + i % 4)), back;
		encode(&p, base);
		memcpy(octets, base, sizeof octets);
		if (i % 2)
			for (int n = 0; n < 3; n++)
				octets[random() % PART_SIZE] = (uint8_t)random();
		else
			for (size_t n = 0; n < sizeof octets; n++)
				octets[n] = (uint8_t)random();
		enum error e = decode(octets, sizeof octets, &back);
		assert_true(e == OK || e == ERROR_MALFORMED);
		if (e == OK) { // what is accepted can be written again
			encode(&back, octets);
			read++;
		}
	}
	assert_true(read > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_comes_back_whole),
		cmocka_unit_test(the_layout_is_fixed),
		cmocka_unit_test(every_truncation_is_malformed),
		cmocka_unit_test(kinds_and_classes_out_of_range_are_malformed),
		cmocka_unit_test(lengths_out_of_range_are_malformed),
		cmocka_unit_test(parts_of_a_whole_are_numbered_within_it),
		cmocka_unit_test(times_before_1970_are_malformed),
		cmocka_unit_test(senders_are_terminated_and_printable),
		cmocka_unit_test(what_could_not_be_read_is_not_written),
		cmocka_unit_test(random_octets_never_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
