// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/pdu/charset.h"
#include "gateway/pdu/pdu.h"

static struct pdu message(const char *text)
{
	struct pdu p = {.address = "+22310000001", .sent_at = 1790000000, .offset_quarters = 4, .class = -1};
	p.length = (uint16_t)utf8_to_utf16(text, strlen(text), p.units, PART_UNITS_MAX);
	return p;
}

static void assert_text(const struct pdu *p, const char *text)
{
	char out[1000];
	utf16_to_utf8(p->units, p->length, out, sizeof out);
	assert_string_equal(out, text);
}

static void round_trip(struct pdu *p, const char *text)
{
	uint8_t octets[PDU_MAX];
	size_t size;
	struct pdu back;
	assert_int_equal(pdu_deliver_encode(p, octets, &size), OK);
	assert_int_equal(pdu_deliver_decode(octets, size, &back), OK);
	assert_string_equal(back.address, p->address);
	assert_int_equal(back.sent_at, p->sent_at);
	assert_int_equal(back.concat_total, p->concat_total);
	assert_int_equal(back.concat_index, p->concat_index);
	assert_int_equal(back.concat_ref, p->concat_ref);
	assert_int_equal(back.class, p->class);
	assert_text(&back, text);
}

static void texts_come_back_in_every_alphabet(void **state)
{
	(void)state;
	struct pdu p = message("A3 12K 55 à l'école [€]");
	round_trip(&p, "A3 12K 55 à l'école [€]");
	p = message("binkannikɛla ߁߂ 😀");
	p.coding = PDU_UCS2;
	p.class = 0;
	round_trip(&p, "binkannikɛla ߁߂ 😀");
	p = message("ğışİ");
	p.single = LANGUAGE_TURKISH;
	round_trip(&p, "ğışİ");
	p = message("ãõâ não");
	p.locking = p.single = LANGUAGE_PORTUGUESE;
	round_trip(&p, "ãõâ não");
	p = message("ok");
	memcpy(p.address, "Orange ML", 10);
	round_trip(&p, "ok");
	p = message("x");
	memcpy(p.address, "10000001", 9);
	p.offset_quarters = -14;
	round_trip(&p, "x");
}

// The example that every tutorial on PDUs carries, its number replaced by an unassigned one.
static void a_published_pdu_is_read(void **state)
{
	(void)state;
	static const uint8_t octets[] = {0x07, 0x91, 0x72, 0x83, 0x01, 0x00, 0x10, 0xf5, 0x04, 0x0b, 0x91, 0x22, 0x13,
		0x00, 0x00, 0x00, 0xf1, 0x00, 0x00, 0x99, 0x20, 0x21, 0x50, 0x75, 0x03, 0x21, 0x0c, 0xc8, 0xf7, 0x1d,
		0x14, 0x96, 0x97, 0x41, 0xf9, 0x77, 0xfd, 0x07};
	struct pdu p;
	assert_int_equal(pdu_deliver_decode(octets, sizeof octets, &p), OK);
	assert_string_equal(p.address, "+22310000001");
	assert_text(&p, "How are you?");
}

static void every_truncation_is_malformed(void **state)
{
	(void)state;
	struct pdu p = message("A3 12K 55"), back;
	uint8_t octets[PDU_MAX];
	size_t size;
	p.concat_total = 3;
	p.concat_index = 2;
	p.concat_ref = 77;
	assert_int_equal(pdu_deliver_encode(&p, octets, &size), OK);
	for (size_t n = 0; n < size; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, octets, n);
		assert_int_equal(pdu_deliver_decode(cut, n, &back), ERROR_MALFORMED);
		free(cut);
	}
	octets[size] = 0;
	assert_int_equal(pdu_deliver_decode(octets, size + 1, &back), ERROR_MALFORMED);
}

static void a_header_longer_than_the_data_is_malformed(void **state)
{
	(void)state;
	struct pdu p = message("A3"), back;
	uint8_t octets[PDU_MAX];
	size_t size;
	p.concat_total = 2;
	p.concat_index = 1;
	assert_int_equal(pdu_deliver_encode(&p, octets, &size), OK);
	uint8_t *udhl = memchr(octets + 20, 5, size - 20);
	assert_non_null(udhl);
	for (unsigned v = 6; v < 256; v++) {
		*udhl = (uint8_t)v;
		assert_int_equal(pdu_deliver_decode(octets, size, &back), ERROR_MALFORMED);
	}
}

static void random_octets_never_harm(void **state)
{
	(void)state;
	srandom(7);
	for (int i = 0; i < 200000; i++) {
		uint8_t octets[PDU_MAX];
		struct pdu out;
		size_t n = (size_t)random() % sizeof octets;
		for (size_t k = 0; k < n; k++)
			octets[k] = (uint8_t)(random() % (k < 12 ? 12 : 256));
		enum error a = pdu_deliver_decode(octets, n, &out), b = pdu_submit_decode(octets, n, &out);
		assert_true((a == OK || a == ERROR_MALFORMED) && (b == OK || b == ERROR_MALFORMED));
	}
}

static void long_texts_are_split_and_join_again(void **state)
{
	(void)state;
	uint16_t units[700], joined[700];
	struct pdu like = message(""), parts[16];
	for (int coding = 0; coding < 2; coding++)
		for (size_t n = 0; n < 500; n += 7) {
			for (size_t i = 0; i < n; i++)
				units[i] = i % 31 == 0 ? 0x20ac : coding && i % 11 == 0 ? 0x25b : (uint16_t)('a' + i % 26);
			size_t count = pdu_split(&like, units, n, 9, parts, 16), at = 0;
			assert_true(count >= 1);
			for (size_t k = 0; k < count; k++) {
				uint8_t octets[PDU_MAX];
				size_t size;
				struct pdu back;
				assert_int_equal(pdu_deliver_encode(&parts[k], octets, &size), OK);
				assert_int_equal(pdu_deliver_decode(octets, size, &back), OK);
				assert_int_equal(back.concat_total, count > 1 ? count : 0);
				memcpy(joined + at, back.units, back.length * 2u);
				at += back.length;
			}
			assert_int_equal(at, n);
			assert_memory_equal(joined, units, n * 2);
		}
}

static void bad_utf8_becomes_replacement_characters(void **state)
{
	(void)state;
	uint16_t units[8];
	assert_int_equal(utf8_to_utf16("\xc0\xaf\xed\xa0\x80""a", 6, units, 8), 6);
	assert_int_equal(units[0], 0xfffd);
	assert_int_equal(units[5], 'a');
	char out[8];
	assert_int_equal(utf16_to_utf8((const uint16_t[]){0xd83d, 'b'}, 2, out, sizeof out), 4);
	assert_string_equal(out, "\xef\xbf\xbd""b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back_in_every_alphabet),
		cmocka_unit_test(a_published_pdu_is_read),
		cmocka_unit_test(every_truncation_is_malformed),
		cmocka_unit_test(a_header_longer_than_the_data_is_malformed),
		cmocka_unit_test(random_octets_never_harm),
		cmocka_unit_test(long_texts_are_split_and_join_again),
		cmocka_unit_test(bad_utf8_becomes_replacement_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
