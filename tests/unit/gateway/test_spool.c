// SPDX-License-Identifier: GPL-2.0-or-later
// What the spool does when nobody harms it but the power goes: order, positions, restarts, and what is left on disk.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/spool_format.h"
#include "spool_kit.h"

#define HEADER_KEY_AT (2 + 2 + 4 + 8 + 8) // of the chain's key in a segment header

static struct kit_seen seen;

static void parts_come_back_in_order_with_their_positions(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = kit_open(k);
	static const uint32_t batches[] = {1, 2, 5, 16, 17, 40, 256};
	uint32_t id = 0;
	for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
		kit_write(w, id + 1, id + batches[i]);
		id += batches[i];
		assert_int_equal(spool_durable_seq(w), id + 1); // frame 1 starts the chain
	}
	spool_writer_close(w);
	kit_read(k, NULL, id + 1, &seen);
	kit_assert_sound(&seen);
	assert_int_equal(seen.count, id + 1);
	assert_int_equal(seen.events[0].kind, SPOOL_SKIP);
	for (uint32_t i = 1; i <= id; i++) {
		assert_int_equal(seen.events[i].kind, SPOOL_PART);
		assert_int_equal(seen.events[i].id, i);
		assert_int_equal(seen.events[i].modem, i % 3);
		assert_int_equal(seen.events[i].from, i + 1);
	}
}

static void nothing_is_read_beyond_the_limit(void **state)
{
	struct spool_kit *k = *state;
	kit_fill(k, 40);
	for (uint64_t limit = 0; limit <= 41; limit++) {
		kit_read(k, NULL, limit, &seen);
		assert_int_equal(seen.count, limit);
	}
}

static void reading_goes_on_from_every_position(void **state)
{
	struct spool_kit *k = *state;
	static struct kit_seen rest;
	kit_fill(k, 50);
	kit_read(k, NULL, 51, &seen);
	for (size_t i = 0; i < seen.count; i++) {
		kit_read(k, &seen.events[i].before, 51, &rest);
		kit_assert_sound(&rest);
		assert_int_equal(rest.count, seen.count - i);
		assert_int_equal(rest.events[0].id, seen.events[i].id);
		assert_int_equal(rest.events[0].from, seen.events[i].from);
	}
}

// Triage reads while intake writes: one reader, over segments that did not exist when it began.
static void a_reader_follows_the_writer(void **state)
{
	struct spool_kit *k = *state;
	const struct spool_position beginning = {.next_seq = 1};
	struct spool_writer *w = kit_open(k);
	struct spool_reader *r;
	struct spool_event e;
	assert_int_equal(spool_reader_open(k->dir, k->secret, &beginning, &r), OK);
	assert_int_equal(spool_next(r, spool_durable_seq(w), &e), OK);
	assert_int_equal(e.kind, SPOOL_SKIP);
	for (uint32_t id = 1; id <= 60; id++) {
		assert_int_equal(spool_next(r, spool_durable_seq(w), &e), OK);
		assert_int_equal(e.kind, SPOOL_END);
		kit_write(w, id, id);
		assert_int_equal(spool_next(r, spool_durable_seq(w), &e), OK);
		assert_int_equal(e.kind, SPOOL_PART);
		assert_int_equal(e.part.id, id);
		assert_false(e.tampered);
		spool_drained(w, id + 1);
	}
	spool_reader_close(r);
	spool_writer_close(w);
}

static void a_batch_holds_its_most_and_no_more(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = kit_open(k);
	struct part p = kit_part(999), bad = kit_part(1);
	bad.length = PART_UNITS_MAX + 1;
	assert_int_equal(spool_append(w, 0, &bad), ERROR_MALFORMED);
	kit_append(w, 1, SPOOL_BATCH_MAX);
	assert_int_equal(spool_append(w, 0, &p), ERROR_FULL);
	assert_int_equal(spool_commit(w), OK);
	assert_int_equal(spool_append(w, 0, &p), OK);
	assert_int_equal(spool_commit(w), OK);
	spool_writer_close(w);
	kit_read(k, NULL, SPOOL_BATCH_MAX + 2, &seen);
	kit_assert_sound(&seen);
	assert_int_equal(seen.events[seen.count - 1].id, 999);
}

static void a_clean_close_forgets_what_was_not_committed(void **state)
{
	struct spool_kit *k = *state;
	uint32_t id = 0;
	for (int turn = 0; turn < 25; turn++) { // over several segments, and at their very ends
		struct spool_writer *w = kit_open(k);
		assert_int_equal(spool_durable_seq(w), id + 1);
		kit_write(w, id + 1, id + 2);
		id += 2;
		kit_append(w, 900, 905);
		spool_writer_close(w);
	}
	kit_read(k, NULL, id + 1, &seen);
	kit_assert_sound(&seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), id);
	assert_int_equal(kit_count(&seen, SPOOL_SKIP), 1); // the chain began once
	for (uint32_t i = 1; i <= id; i++)
		assert_int_equal(kit_times(&seen, i), 1);
}

// The files of `k` as a power cut would leave them now, as a spool of its own.
static void power_cut(const struct spool_kit *k, struct spool_kit *copy)
{
	*copy = *k;
	scratch_make(copy->dir);
	scratch_copy(k->dir, copy->dir);
}

static void a_power_cut_at_every_commit_loses_and_repeats_nothing(void **state)
{
	struct spool_kit *k = *state, copy;
	struct spool_writer *w = kit_open(k);
	for (uint32_t id = 1; id <= 35; id++) {
		kit_write(w, id, id);
		kit_append(w, 900, 903); // never committed
		power_cut(k, &copy);
		spool_writer_close(w);
		w = kit_open(k); // the buffer is empty again

		struct spool_writer *after = kit_open(&copy);
		assert_int_equal(spool_durable_seq(after), id + 1);
		kit_write(after, id + 1, id + 2);
		spool_writer_close(after);
		kit_read(&copy, NULL, id + 3, &seen);
		kit_assert_sound(&seen);
		assert_int_equal(kit_count(&seen, SPOOL_PART), id + 2);
		for (uint32_t i = 1; i <= id + 2; i++)
			assert_int_equal(kit_times(&seen, i), 1);
		scratch_remove(copy.dir);
	}
	spool_writer_close(w);
}

// The frames reached the disk, the header that counts them did not: they verify, so they are kept.
static void frames_without_their_header_are_kept(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = kit_open(k);
	char path[256];
	kit_write(w, 1, 3);
	size_t size, size_now;
	uint8_t *before = scratch_load(kit_segment(k, 1, path), &size);
	kit_write(w, 4, 6);
	spool_writer_close(w);
	uint8_t *now = scratch_load(path, &size_now);
	memcpy(now, before, SPOOL_FRAME_SIZE);
	scratch_save(path, now, size_now);
	free(before);
	free(now);

	w = kit_open(k);
	assert_int_equal(spool_durable_seq(w), 7);
	kit_write(w, 7, 8);
	spool_writer_close(w);
	kit_read(k, NULL, 9, &seen);
	kit_assert_sound(&seen);
	for (uint32_t id = 1; id <= 8; id++)
		assert_int_equal(kit_times(&seen, id), 1);
}

static void frames_are_512_octets_in_preallocated_segments(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = kit_open(k);
	struct stat st;
	char path[256];
	kit_write(w, 1, 1);
	for (uint64_t first = 1; first <= 33; first += KIT_FRAMES) {
		assert_int_equal(stat(kit_segment(k, first, path), &st), 0);
		assert_int_equal(st.st_size, (KIT_FRAMES + 1) * SPOOL_FRAME_SIZE);
		assert_true(st.st_blocks * 512 >= st.st_size); // room that is really there, not a hole
		assert_int_equal(st.st_mode & 077, 0);
		uint32_t id = (uint32_t)first;
		kit_write(w, id + 1, id + KIT_FRAMES);
	}
	struct part shortest = {.kind = PART_CALL, .class = -1, .sender = KIT_SENDER "000001"};
	assert_int_equal(spool_append(w, 0, &shortest), OK);
	assert_int_equal(spool_commit(w), OK);
	spool_writer_close(w);
	for (uint64_t seq = 1; seq <= 51; seq++) { // every frame stands where its number says
		uint8_t frame[SPOOL_FRAME_SIZE];
		struct frame_header h;
		kit_load_frame(k, seq, frame);
		assert_int_equal(frame_header_get(frame, &h), OK);
		assert_int_equal(h.seq, seq);
	}
}

static void drained_frames_are_gone_from_the_disk(void **state)
{
	struct spool_kit *k = *state;
	char path[256], kept[300];
	uint8_t sealed[41][64];
	kit_fill(k, 40);
	for (uint64_t seq = 1; seq <= 41; seq++) {
		uint8_t frame[SPOOL_FRAME_SIZE];
		kit_load_frame(k, seq, frame);
		memcpy(sealed[seq - 1], frame + 200, 64);
		assert_true(scratch_holds(k->dir, sealed[seq - 1], 64));
	}
	// A second name keeps the removed segment's blocks in sight.
	snprintf(kept, sizeof kept, "%s/kept", k->dir);
	assert_int_equal(link(kit_segment(k, 1, path), kept), 0);
	struct spool_writer *w = kit_open(k);
	for (uint64_t drained = 0; drained <= 41; drained += drained == 18 ? 17 : 1) {
		spool_drained(w, drained);
		for (uint64_t seq = 1; seq <= 41; seq++) {
			// a closed segment goes as a whole, the open one frame by frame
			bool gone = seq <= drained && (seq > 32 || drained >= (seq - 1) / KIT_FRAMES * KIT_FRAMES + KIT_FRAMES);
			assert_int_equal(scratch_holds(k->dir, sealed[seq - 1], 64), !gone);
		}
	}
	assert_int_equal(access(path, F_OK), -1);
	spool_drained(w, UINT64_MAX); // what is not written yet cannot be drained
	kit_write(w, 41, 42);
	spool_writer_close(w);
	w = kit_open(k); // burned frames are no hole
	kit_write(w, 43, 43);
	spool_writer_close(w);
	const struct spool_position from = {.next_seq = 42, .has_key = 0};
	kit_read(k, &from, 44, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 3);
	assert_int_equal(kit_count(&seen, SPOOL_RESTART), 0);
}

static void a_reopened_spool_burns_what_was_drained_before(void **state)
{
	struct spool_kit *k = *state;
	char path[256];
	kit_fill(k, 40);
	struct spool_writer *w = kit_open(k);
	spool_drained(w, 5);
	spool_writer_close(w);
	w = kit_open(k);
	spool_drained(w, 32);
	assert_int_equal(access(kit_segment(k, 1, path), F_OK), -1);
	assert_int_equal(access(kit_segment(k, 17, path), F_OK), -1);
	assert_int_equal(access(kit_segment(k, 33, path), F_OK), 0);
	spool_writer_close(w);
}

static void the_files_hold_no_plaintext(void **state)
{
	struct spool_kit *k = *state;
	static const char *const words[] = {KIT_TEXT, KIT_SENDER, "VILLAGE", "2310000"};
	kit_fill(k, 40);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		uint8_t little[64] = {0}, big[64] = {0};
		size_t n = strlen(words[i]);
		for (size_t c = 0; c < n; c++)
			little[2 * c] = big[2 * c + 1] = (uint8_t)words[i][c];
		assert_false(scratch_holds(k->dir, words[i], n));
		assert_false(scratch_holds(k->dir, little, 2 * n));
		assert_false(scratch_holds(k->dir, big, 2 * n));
	}
	assert_false(scratch_holds(k->dir, secret_view(k->secret), KEY_SIZE));
	struct part p = kit_part(3); // the search itself finds what is there
	char path[256];
	snprintf(path, sizeof path, "%s/control", k->dir);
	scratch_save(path, &p, sizeof p);
	assert_true(scratch_holds(k->dir, KIT_SENDER, strlen(KIT_SENDER)));
	assert_true(scratch_holds(k->dir, "V\0I\0L\0L", 7));
}

static void header_key(const struct spool_kit *k, uint64_t first_seq, uint8_t key[static KEY_SIZE])
{
	char path[256];
	size_t size;
	uint8_t *segment = scratch_load(kit_segment(k, first_seq, path), &size);
	memcpy(key, segment + HEADER_KEY_AT, KEY_SIZE);
	free(segment);
}

// Who seizes the disk holds the chain's key for the next frame: it must be worth nothing for those that are there.
static void the_key_on_disk_says_nothing_about_earlier_frames(void **state)
{
	struct spool_kit *k = *state;
	uint8_t found[KEY_SIZE], key[KEY_SIZE], frame[SPOOL_FRAME_SIZE], plain[SPOOL_FRAME_SIZE];
	struct secret *as_secret;
	kit_fill(k, 10);
	header_key(k, 1, found);
	assert_int_equal(secret_copy(found, KEY_SIZE, &as_secret), OK);
	for (uint64_t seq = 1; seq <= 11; seq++) {
		kit_load_frame(k, seq, frame);
		memcpy(key, found, KEY_SIZE);
		for (int step = 0; step < 50; step++)
			assert_false(chain_verify(key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE));
		assert_int_equal(seal_open(SPOOL_DOMAIN, as_secret, frame, FRAME_HEADER_SIZE, frame + FRAME_HEADER_SIZE,
					 FRAME_PLAIN_SIZE + SEAL_OVERHEAD, plain), ERROR_FORGED);
	}
	// Retagging frame 6 with it is seen, and only there.
	kit_load_frame(k, 6, frame);
	memcpy(key, found, KEY_SIZE);
	chain_tag(key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE);
	kit_save_frame(k, 6, frame);
	kit_read(k, NULL, 11, &seen);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.events[i].tampered, i == 5);
	// It is the chain's key indeed: the next frame verifies under it.
	struct spool_writer *w = kit_open(k);
	kit_write(w, 11, 11);
	spool_writer_close(w);
	kit_load_frame(k, 12, frame);
	assert_true(chain_verify(found, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE));
	secret_destroy(as_secret);
}

static void assert_only_last_segment_has_a_key(const struct spool_kit *k, uint64_t last)
{
	static const uint8_t zeros[KEY_SIZE];
	uint8_t key[KEY_SIZE];
	for (uint64_t first = 1; first <= last; first += KIT_FRAMES) {
		header_key(k, first, key);
		assert_int_equal(memcmp(key, zeros, KEY_SIZE) == 0, first < last);
	}
}

static void a_closed_segment_forgets_its_key(void **state)
{
	struct spool_kit *k = *state;
	char path[256];
	size_t size;
	kit_fill(k, KIT_FRAMES - 1); // full, not closed
	uint8_t *open_still = scratch_load(kit_segment(k, 1, path), &size);
	struct spool_writer *w = kit_open(k);
	kit_write(w, KIT_FRAMES, KIT_FRAMES + 40);
	spool_writer_close(w);
	assert_only_last_segment_has_a_key(k, 49);
	// The power went between the new segment and the old one's header.
	scratch_save(path, open_still, size);
	free(open_still);
	w = kit_open(k);
	spool_writer_close(w);
	assert_only_last_segment_has_a_key(k, 49);
	kit_read(k, NULL, KIT_FRAMES + 41, &seen);
	kit_assert_sound(&seen);
}

static void another_folder_or_version_is_refused(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = NULL;
	struct spool_reader *r = NULL;
	char path[256];
	const struct spool_position beginning = {.next_seq = 1};
	assert_int_equal(spool_writer_open("/proc/no/such/folder", &k->station, KIT_FRAMES, &w), ERROR_IO);
	assert_int_equal(spool_reader_open("/proc/no/such/folder", k->secret, &beginning, &r), ERROR_IO);
	kit_fill(k, 3);
	size_t size;
	uint8_t *segment = scratch_load(kit_segment(k, 1, path), &size);
	segment[2] = 2; // the version, with a check value that holds: not torn, but of another Tama
	const size_t checked = HEADER_KEY_AT + KEY_SIZE;
	crypto_generichash(segment + checked, 16, segment, checked, NULL, 0);
	scratch_save(path, segment, size);
	free(segment);
	assert_int_equal(spool_writer_open(k->dir, &k->station, KIT_FRAMES, &w), ERROR_VERSION);
	assert_null(w);
}

#define SPOOL_TEST(f) cmocka_unit_test_setup_teardown(f, spool_kit_setup, spool_kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(parts_come_back_in_order_with_their_positions),
		SPOOL_TEST(nothing_is_read_beyond_the_limit),
		SPOOL_TEST(reading_goes_on_from_every_position),
		SPOOL_TEST(a_reader_follows_the_writer),
		SPOOL_TEST(a_batch_holds_its_most_and_no_more),
		SPOOL_TEST(a_clean_close_forgets_what_was_not_committed),
		SPOOL_TEST(a_power_cut_at_every_commit_loses_and_repeats_nothing),
		SPOOL_TEST(frames_without_their_header_are_kept),
		SPOOL_TEST(frames_are_512_octets_in_preallocated_segments),
		SPOOL_TEST(drained_frames_are_gone_from_the_disk),
		SPOOL_TEST(a_reopened_spool_burns_what_was_drained_before),
		SPOOL_TEST(the_files_hold_no_plaintext),
		SPOOL_TEST(the_key_on_disk_says_nothing_about_earlier_frames),
		SPOOL_TEST(a_closed_segment_forgets_its_key),
		SPOOL_TEST(another_folder_or_version_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
