// SPDX-License-Identifier: GPL-2.0-or-later
// A signature under a version of the rules is for one station, one kind, one step, one number and one text; and what comes
// back over the wire is read whole or refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ruleset.h"

static const uint8_t here[16] = "station number 1", there[16] = "station number 2";

static void keys(struct officer_keys *out)
{
	struct officer_record r;
	assert_int_equal(officer_create("awa", "password", 8, KEK_COST_TEST, &r), OK);
	assert_int_equal(officer_unlock(&r, "password", 8, out), OK);
}

static void a_signature_is_for_one_thing(void **state)
{
	struct officer_keys awa, other;
	uint8_t hash[RULESET_HASH_SIZE], another[RULESET_HASH_SIZE], signature[SIGNATURE_SIZE];
	(void)state;
	keys(&awa);
	keys(&other);
	ruleset_hash("rules", 5, hash);
	ruleset_hash("rules ", 6, another);
	ruleset_sign(&awa, here, RULESET_RULES, RULESET_APPROVE, 7, hash, signature);
	const struct officer_public *p = &awa.public;
	assert_int_equal(ruleset_verify(p, here, RULESET_RULES, RULESET_APPROVE, 7, hash, signature), OK);
	assert_int_equal(ruleset_verify(p, there, RULESET_RULES, RULESET_APPROVE, 7, hash, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(p, here, RULESET_SHEET, RULESET_APPROVE, 7, hash, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(p, here, RULESET_RULES, RULESET_PROPOSE, 7, hash, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(p, here, RULESET_RULES, RULESET_ROLLBACK, 7, hash, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(p, here, RULESET_RULES, RULESET_APPROVE, 8, hash, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(p, here, RULESET_RULES, RULESET_APPROVE, 7, another, signature), ERROR_FORGED);
	assert_int_equal(ruleset_verify(&other.public, here, RULESET_RULES, RULESET_APPROVE, 7, hash, signature), ERROR_FORGED);
	officer_keys_finish(&awa);
	officer_keys_finish(&other);
}

static void a_page_comes_back_whole_or_not(void **state)
{
	static struct ruleset_page page = {.next = 3, .active = 1, .running = 1, .approved = true, .count = 2}, back;
	static uint8_t wire[ANSWER_PAYLOAD_MAX];
	(void)state;
	page.list[0] = (struct ruleset_info){.version = 2, .state = "proposed", .size = 9, .proposed_at = 5, .proposed_by = "awa",
		.comment = "why"};
	page.list[1] = (struct ruleset_info){.version = 1, .state = "active", .size = 8, .approved_at = 4, .approved_by = "moussa"};
	size_t n = ruleset_page_write(&page, wire, sizeof wire);
	assert_int_equal(ruleset_page_read(wire, n, &back), OK);
	assert_memory_equal(&page.list[0].version, &back.list[0].version, 8);
	assert_string_equal(back.list[0].comment, "why");
	assert_string_equal(back.list[1].approved_by, "moussa");
	assert_true(back.approved && back.count == 2 && back.next == 3);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(ruleset_page_read(wire, cut, &back), ERROR_MALFORMED);
	assert_int_equal(ruleset_page_read(wire, n + 1, &back), ERROR_MALFORMED);
	wire[25] = 0xff; // more than a page holds
	assert_int_equal(ruleset_page_read(wire, n, &back), ERROR_MALFORMED);
	page.count = RULESET_PAGE; // the most fits into an answer, sealed
	assert_true(ruleset_page_write(&page, wire, sizeof wire) + SEAL_OVERHEAD <= ANSWER_PAYLOAD_MAX);
}

// A transport that gives back what it was told to: enough to see what a client takes.
struct fake {
	struct officer_keys *keys;
	uint8_t plain[64];
	size_t size;
};

static enum error answer_fake(void *ctx, enum request_verb verb, const void *payload, size_t size, struct answer *out)
{
	struct fake *f = ctx;
	(void)verb;
	(void)payload;
	(void)size;
	out->size = (uint16_t)(f->size + SEAL_OVERHEAD);
	return seal_to(RULESET_ANSWER_DOMAIN, &f->keys->public.seal, here, 16, f->plain, f->size, out->payload);
}

static void a_client_takes_no_nonsense(void **state)
{
	static struct answer answer;
	struct officer_keys awa;
	struct fake f = {.keys = &awa};
	char *text = NULL;
	size_t size;
	(void)state;
	keys(&awa);
	const struct ruleset_client c = {&awa, here, answer_fake, &f, &answer};
	memcpy(f.plain, "\0\0\0\3abcdef", 10); // three octets of text; which way round a number goes is bytes.c's
	struct bytes_writer w;
	bytes_writer_init(&w, f.plain, 4);
	bytes_put_u32(&w, 3);
	f.size = 7;
	assert_int_equal(ruleset_fetch(&c, RULESET_RULES, 1, &text, &size), OK);
	assert_int_equal(size, 3);
	assert_string_equal(text, "abc");
	free(text);
	f.size = 8; // more than the whole
	assert_int_equal(ruleset_fetch(&c, RULESET_RULES, 1, &text, &size), ERROR_MALFORMED);
	f.size = 4; // nothing: it would never end
	assert_int_equal(ruleset_fetch(&c, RULESET_RULES, 1, &text, &size), ERROR_MALFORMED);
	f.size = 0;
	assert_int_equal(ruleset_fetch(&c, RULESET_RULES, 1, &text, &size), ERROR_MALFORMED);
	bytes_writer_init(&w, f.plain, 4);
	bytes_put_u32(&w, RULESET_TEXT_MAX + 1);
	f.size = 8;
	assert_int_equal(ruleset_fetch(&c, RULESET_RULES, 1, &text, &size), ERROR_MALFORMED);
	officer_keys_finish(&awa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_for_one_thing),
		cmocka_unit_test(a_page_comes_back_whole_or_not),
		cmocka_unit_test(a_client_takes_no_nonsense),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
