// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/chain.h"
#include "crypto/pseudonym.h"
#include "tests/unit/crypto/crypto_kit.h"

static void a_handle_is_of_a_person_and_an_epoch(void **state)
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t epoch[KEY_SIZE] = {1}, next[KEY_SIZE] = {2};
	char a[HANDLE_SIZE], b[HANDLE_SIZE];
	(void)state;
	pseudonym_handle(epoch, "+22310000001", a);
	pseudonym_handle(epoch, "+22310000001", b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 11);
	for (int i = 0; i < 11; i++)
		assert_true(i == 5 ? a[i] == '-' : strchr(letters, a[i]) != NULL);
	pseudonym_handle(epoch, "+22310000002", b);
	assert_string_not_equal(a, b);
	pseudonym_handle(next, "+22310000001", b);
	assert_string_not_equal(a, b);
}

static void a_tag_is_the_keyed_hash_of_domain_and_data(void **state)
{
	uint8_t key[KEY_SIZE] = {3}, tag[TAG_SIZE], want[TAG_SIZE], other[TAG_SIZE];
	static const char whole[] = "tama/x/1\0mil";
	(void)state;
	pseudonym_tag(key, "tama/x/1", "mil", 3, tag);
	crypto_generichash(want, sizeof want, (const uint8_t *)whole, sizeof whole - 1, key, sizeof key);
	assert_memory_equal(tag, want, TAG_SIZE);
	pseudonym_tag(key, "tama/x/2", "mil", 3, other);
	assert_memory_not_equal(tag, other, TAG_SIZE);
	pseudonym_tag(key, "tama/x/1", "sel", 3, other);
	assert_memory_not_equal(tag, other, TAG_SIZE);
	key[0]++;
	pseudonym_tag(key, "tama/x/1", "mil", 3, other);
	assert_memory_not_equal(tag, other, TAG_SIZE);
}

static void a_chain_finds_loss_order_and_replay(void **state)
{
	uint8_t writer[KEY_SIZE] = {9}, start[KEY_SIZE] = {9}, reader[KEY_SIZE], tags[3][CHAIN_TAG_SIZE];
	static const char *const frames[] = {"un", "deux", "trois"};
	(void)state;
	for (int i = 0; i < 3; i++)
		chain_tag(writer, frames[i], strlen(frames[i]), tags[i]);
	memcpy(reader, start, KEY_SIZE);
	for (int i = 0; i < 3; i++)
		assert_true(chain_verify(reader, frames[i], strlen(frames[i]), tags[i]));
	assert_memory_equal(reader, writer, KEY_SIZE);
	assert_memory_not_equal(writer, start, KEY_SIZE); // the old key is gone
	memcpy(reader, start, KEY_SIZE);
	assert_false(chain_verify(reader, "deux", 4, tags[1])); // the first is missing
	memcpy(reader, start, KEY_SIZE);
	assert_true(chain_verify(reader, "un", 2, tags[0]));
	assert_false(chain_verify(reader, "un", 2, tags[0])); // again
	memcpy(reader, start, KEY_SIZE);
	assert_false(chain_verify(reader, "Un", 2, tags[0]));
	assert_true(chain_verify(reader, "deux", 4, tags[1])); // one bad frame does not break the rest
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_is_of_a_person_and_an_epoch),
		cmocka_unit_test(a_tag_is_the_keyed_hash_of_domain_and_data),
		cmocka_unit_test(a_chain_finds_loss_order_and_replay),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
