// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/keyfile.h"
#include "scratch.h"

struct station {
	char folder[SCRATCH_PATH];
	struct config c;
	struct secret *kek, *key;
};

static int setup(void **state)
{
	struct station *s = calloc(1, sizeof *s);
	char keys[200];
	assert_non_null(s);
	assert_true(sodium_init() >= 0);
	scratch_make(s->folder);
	snprintf(s->c.dir, sizeof s->c.dir, "%s", s->folder);
	snprintf(s->c.path, sizeof s->c.path, "%s/tama.conf", s->folder);
	memset(s->c.station_id, 7, sizeof s->c.station_id);
	snprintf(keys, sizeof keys, "%s/keys", s->folder);
	assert_int_equal(mkdir(keys, 0700), 0);
	assert_int_equal(secret_random(KEY_SIZE, &s->kek), OK);
	assert_int_equal(secret_random(KEY_SIZE, &s->key), OK);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct station *s = *state;
	scratch_remove(s->folder);
	secret_destroy(s->kek);
	secret_destroy(s->key);
	free(s);
	return 0;
}

static const char *in_keys(const struct station *s, const char *name)
{
	static char path[300];
	snprintf(path, sizeof path, "%s/keys/%s", s->folder, name);
	return path;
}

static void assert_reads(const struct station *s, const char *name, enum error want)
{
	struct secret *back;
	assert_int_equal(keyfile_read(&s->c, s->kek, name, KEY_SIZE, &back), want);
	assert_int_equal(back != NULL, want == OK);
	if (back)
		assert_memory_equal(secret_view(back), secret_view(s->key), KEY_SIZE);
	secret_destroy(back);
}

static void a_key_comes_back(void **state)
{
	struct station *s = *state;
	static const size_t sizes[] = {1, 32, 64, 128};
	struct stat st;
	assert_reads(s, "station", ERROR_NOT_FOUND);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct secret *any, *back;
		assert_int_equal(secret_random(sizes[i], &any), OK);
		assert_int_equal(keyfile_write(&s->c, s->kek, "any", any), OK); // over the one before
		assert_int_equal(keyfile_read(&s->c, s->kek, "any", sizes[i], &back), OK);
		assert_memory_equal(secret_view(back), secret_view(any), sizes[i]);
		secret_destroy(any);
		secret_destroy(back);
	}
	assert_int_equal(keyfile_write(&s->c, s->kek, "station", s->key), OK);
	assert_reads(s, "station", OK);
	assert_int_equal(stat(in_keys(s, "station.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(access(in_keys(s, "station.key.new"), F_OK), -1);
	char folder[300];
	snprintf(folder, sizeof folder, "%s/keys", s->folder);
	assert_false(scratch_holds(folder, secret_view(s->key), KEY_SIZE));
	assert_false(scratch_holds(folder, secret_view(s->kek), KEY_SIZE));
}

static void a_key_is_bound_to_kek_name_and_station(void **state)
{
	struct station *s = *state;
	assert_int_equal(keyfile_write(&s->c, s->kek, "station", s->key), OK);
	size_t size;
	uint8_t *data = scratch_load(in_keys(s, "station.key"), &size);
	scratch_save(in_keys(s, "reply.key"), data, size);
	scratch_save(in_keys(s, "statioN.key"), data, size);
	free(data);
	assert_reads(s, "reply", ERROR_FORGED);
	assert_reads(s, "statioN", ERROR_FORGED);
	s->c.station_id[15] ^= 1;
	assert_reads(s, "station", ERROR_FORGED);
	s->c.station_id[15] ^= 1;
	secret_bytes(s->kek)[0] ^= 1;
	assert_reads(s, "station", ERROR_FORGED);
	secret_bytes(s->kek)[0] ^= 1;
	assert_reads(s, "station", OK);
	struct secret *back;
	assert_int_equal(keyfile_read(&s->c, s->kek, "station", KEY_SIZE + 1, &back), ERROR_MALFORMED);
	assert_null(back);
}

static void a_touched_key_is_refused(void **state)
{
	struct station *s = *state;
	assert_int_equal(keyfile_write(&s->c, s->kek, "station", s->key), OK);
	const char *path = in_keys(s, "station.key");
	size_t size;
	uint8_t *data = scratch_load(path, &size), *longer = malloc(size + 1);
	assert_non_null(longer);
	for (size_t n = 0; n < size; n++) {
		scratch_save(path, data, n);
		assert_reads(s, "station", ERROR_MALFORMED);
	}
	memcpy(longer, data, size);
	longer[size] = 0;
	scratch_save(path, longer, size + 1);
	assert_reads(s, "station", ERROR_MALFORMED);
	for (size_t bit = 0; bit < size * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		scratch_save(path, data, size);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_reads(s, "station", bit < 8 ? ERROR_VERSION : ERROR_FORGED);
	}
	scratch_save(path, data, size);
	assert_reads(s, "station", OK);
	free(data);
	free(longer);
}

static void a_destroyed_key_is_gone_from_the_disk(void **state)
{
	struct station *s = *state;
	char kept[300];
	size_t size, after;
	assert_int_equal(keyfile_destroy(&s->c, "content-1"), OK); // none
	assert_int_equal(keyfile_write(&s->c, s->kek, "content-1", s->key), OK);
	uint8_t *data = scratch_load(in_keys(s, "content-1.key"), &size);
	// A second name keeps the blocks in sight when the first is removed.
	snprintf(kept, sizeof kept, "%s/kept", s->folder);
	assert_int_equal(link(in_keys(s, "content-1.key"), kept), 0);
	assert_int_equal(keyfile_destroy(&s->c, "content-1"), OK);
	assert_reads(s, "content-1", ERROR_NOT_FOUND);
	uint8_t *noise = scratch_load(kept, &after);
	assert_int_equal(after, size);
	for (size_t at = 0; at + 8 <= size; at += 8)
		assert_memory_not_equal(noise + at, data + at, 8);
	free(data);
	free(noise);
	assert_int_equal(keyfile_destroy(&s->c, "content-1"), OK); // twice
}

static void the_passphrase_opens_its_kek_and_no_other_does(void **state)
{
	struct station *s = *state;
	struct kek_params params;
	struct secret *kek, *back;
	static const char right[] = "a village at the river", *const wrong[] = {"", "a village at the rive",
		"a village at the river ", "A village at the river"};
	assert_int_equal(keyfile_kek_open(s->folder, right, strlen(right), &back), ERROR_NOT_FOUND);
	kek_params_init(&params, KEK_COST_TEST);
	assert_int_equal(kek_derive(&params, right, strlen(right), &kek), OK);
	assert_int_equal(keyfile_kek_write(s->folder, &params, kek), OK);
	assert_int_equal(keyfile_kek_open(s->folder, right, strlen(right), &back), OK);
	assert_memory_equal(secret_view(back), secret_view(kek), KEY_SIZE);
	secret_destroy(back);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(keyfile_kek_open(s->folder, wrong[i], strlen(wrong[i]), &back), ERROR_FORGED);
		assert_null(back);
	}
	char folder[300];
	snprintf(folder, sizeof folder, "%s/keys", s->folder);
	assert_false(scratch_holds(folder, secret_view(kek), KEY_SIZE));
	assert_false(scratch_holds(folder, right, strlen(right)));
	secret_destroy(kek);
}

static void a_touched_kek_file_is_refused(void **state)
{
	struct station *s = *state;
	struct kek_params params;
	struct secret *kek, *back;
	kek_params_init(&params, KEK_COST_TEST);
	assert_int_equal(kek_derive(&params, "x", 1, &kek), OK);
	assert_int_equal(keyfile_kek_write(s->folder, &params, kek), OK);
	secret_destroy(kek);
	const char *path = in_keys(s, "kek");
	size_t size;
	uint8_t *data = scratch_load(path, &size);
	for (size_t n = 0; n < size; n++) {
		scratch_save(path, data, n);
		assert_int_equal(keyfile_kek_open(s->folder, "x", 1, &back), ERROR_MALFORMED);
	}
	for (size_t at = 0; at < size; at++) {
		const uint8_t flip = at >= 20 && at < KEK_PARAMS_SIZE ? 0x10 : 1;
		if (at == 23)
			continue; // 256 MiB of Argon2id: allowed, and too slow for a test
		data[at] ^= flip;
		scratch_save(path, data, size);
		data[at] ^= flip;
		enum error e = keyfile_kek_open(s->folder, "x", 1, &back);
		assert_true(e == ERROR_FORGED || e == ERROR_MALFORMED || e == ERROR_VERSION);
		assert_null(back);
	}
	memset(data + 16, 0xff, 12); // it must not choose to exhaust the machine
	scratch_save(path, data, size);
	assert_int_equal(keyfile_kek_open(s->folder, "x", 1, &back), ERROR_MALFORMED);
	free(data);
}

static void assert_public(const struct station *s, const char *want)
{
	struct seal_public public;
	char why[512] = "";
	enum error e = keyfile_station_public(&s->c, &public, why);
	assert_int_equal(e, want ? ERROR_ARGUMENT : OK);
	if (!want)
		return;
	assert_non_null(strstr(why, want));
	assert_non_null(strstr(why, "keys/station.pub"));
}

static void the_public_key_is_the_pinned_one(void **state)
{
	struct station *s = *state;
	struct seal_public public, other;
	struct secret *secret, *others;
	static const char expected[] = "expected the station's public key, 64 hex digits; `tama init` makes it";
	assert_int_equal(seal_keypair(&public, &secret), OK);
	assert_int_equal(seal_keypair(&other, &others), OK);
	assert_public(s, expected);
	assert_int_equal(keyfile_station_public_write(s->folder, &public), OK);
	assert_public(s, "is not the one that"); // nothing is pinned
	char fingerprint[FINGERPRINT_SIZE];
	seal_fingerprint(&public, fingerprint);
	memcpy(s->c.station_key, fingerprint, sizeof fingerprint);
	assert_public(s, NULL);
	assert_int_equal(keyfile_station_public_write(s->folder, &other), OK);
	assert_public(s, "tama.conf pins (station.key); somebody changed one of them: do not start this station");
	assert_int_equal(keyfile_station_public_write(s->folder, &public), OK);
	assert_public(s, NULL);
	size_t size;
	const char *path = in_keys(s, "station.pub");
	uint8_t *hex = scratch_load(path, &size);
	for (size_t n = 0; n < size; n++) {
		scratch_save(path, hex, n);
		assert_public(s, expected);
	}
	hex[10] = 'g';
	scratch_save(path, hex, size);
	assert_public(s, expected);
	free(hex);
	secret_destroy(secret);
	secret_destroy(others);
}

// A folder that cannot take it: an error, and the key before is still there.
static void a_write_that_fails_leaves_the_old_key(void **state)
{
	struct station *s = *state;
	struct secret *other;
	assert_int_equal(keyfile_write(&s->c, s->kek, "station", s->key), OK);
	assert_int_equal(secret_random(KEY_SIZE, &other), OK);
	assert_int_equal(mkdir(in_keys(s, "station.key.new"), 0700), 0); // in the way of the temporary file
	assert_int_equal(keyfile_write(&s->c, s->kek, "station", other), ERROR_IO);
	assert_reads(s, "station", OK);
	secret_destroy(other);
}

#define KEY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEY_TEST(a_key_comes_back),
		KEY_TEST(a_key_is_bound_to_kek_name_and_station),
		KEY_TEST(a_touched_key_is_refused),
		KEY_TEST(a_destroyed_key_is_gone_from_the_disk),
		KEY_TEST(the_passphrase_opens_its_kek_and_no_other_does),
		KEY_TEST(a_touched_kek_file_is_refused),
		KEY_TEST(the_public_key_is_the_pinned_one),
		KEY_TEST(a_write_that_fails_leaves_the_old_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
