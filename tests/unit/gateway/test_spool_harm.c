// SPDX-License-Identifier: GPL-2.0-or-later
// What an enemy with the disk, a torn write or a full disk does to the spool, and what triage is told of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/spool_format.h"
#include "spool_kit.h"

static struct kit_seen seen;

static void a_flipped_bit_breaks_its_frame_and_no_other(void **state)
{
	struct spool_kit *k = *state;
	uint8_t frame[SPOOL_FRAME_SIZE];
	kit_fill(k, 12);
	kit_read(k, NULL, 13, &seen);
	const struct spool_position before = seen.events[4].before;
	kit_load_frame(k, 5, frame);
	for (size_t bit = 0; bit < SPOOL_FRAME_SIZE * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		kit_save_frame(k, 5, frame);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		kit_read(k, &before, 6, &seen);
		assert_int_equal(seen.count, 2);
		if (bit / 8 < FRAME_TAGGED_SIZE) // of the frame itself, else of its tag: the seal still holds
			assert_int_equal(seen.events[0].kind, SPOOL_BROKEN);
		else
			assert_true(seen.events[0].kind == SPOOL_PART && seen.events[0].tampered);
		assert_int_equal(seen.events[0].from, 5);
		assert_int_equal(seen.events[1].kind, SPOOL_PART);
		assert_false(seen.events[1].tampered);
	}
	frame[100] ^= 1; // once over the whole
	kit_save_frame(k, 5, frame);
	kit_read(k, NULL, 13, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 11);
	assert_int_equal(kit_count(&seen, SPOOL_BROKEN), 1);
	for (size_t i = 0; i < seen.count; i++)
		assert_false(seen.events[i].tampered);
}

// Without its beginning the chain proves nothing: every part is read, and every one is marked.
static void a_broken_chain_start_leaves_parts_readable_but_marked(void **state)
{
	struct spool_kit *k = *state;
	uint8_t frame[SPOOL_FRAME_SIZE];
	kit_fill(k, 20);
	kit_load_frame(k, 1, frame);
	for (size_t at = 10; at < SPOOL_FRAME_SIZE; at += 490) { // in the seal, in the tag
		frame[at] ^= 1;
		kit_save_frame(k, 1, frame);
		frame[at] ^= 1;
		kit_read(k, NULL, 21, &seen);
		assert_int_equal(seen.events[0].kind, SPOOL_BROKEN);
		assert_int_equal(kit_count(&seen, SPOOL_PART), 20);
		for (size_t i = 1; i < seen.count; i++)
			assert_true(seen.events[i].tampered);
	}
}

static void a_deleted_frame_is_a_gap(void **state)
{
	struct spool_kit *k = *state;
	static const uint8_t zeros[SPOOL_FRAME_SIZE];
	kit_fill(k, 40);
	for (uint64_t seq = 2; seq <= 41; seq++) {
		uint8_t frame[SPOOL_FRAME_SIZE];
		kit_load_frame(k, seq, frame);
		kit_save_frame(k, seq, zeros);
		kit_read(k, NULL, 41, &seen);
		kit_save_frame(k, seq, frame);
		assert_int_equal(kit_count(&seen, SPOOL_GAP), 1);
		assert_int_equal(kit_count(&seen, SPOOL_PART), 39);
		const struct kit_event *e = kit_at(&seen, seq);
		assert_int_equal(e->kind, SPOOL_GAP);
		assert_int_equal(e->from, seq);
		assert_int_equal(e->to, seq);
		for (size_t i = 0; i < seen.count; i++)
			assert_false(seen.events[i].tampered);
	}
}

static void a_deleted_segment_is_a_gap_with_its_numbers(void **state)
{
	struct spool_kit *k = *state;
	char path[256];
	static const struct {
		uint64_t first, from, to;
	} cases[] = {{1, 1, 16}, {17, 17, 32}, {33, 33, 48}, {49, 49, 60}};
	kit_fill(k, 59);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t size;
		uint8_t *segment = scratch_load(kit_segment(k, cases[i].first, path), &size);
		assert_int_equal(unlink(path), 0);
		kit_read(k, NULL, 60, &seen);
		scratch_save(path, segment, size);
		free(segment);
		assert_int_equal(kit_count(&seen, SPOOL_GAP), 1);
		const struct kit_event *e = kit_at(&seen, cases[i].from);
		assert_int_equal(e->kind, SPOOL_GAP);
		assert_int_equal(e->from, cases[i].from);
		assert_int_equal(e->to, cases[i].to);
		// Behind the gap the chain holds, unless its beginning went with it.
		assert_int_equal(kit_count(&seen, SPOOL_PART), 60 - (cases[i].to - cases[i].from + 1) -
							       (cases[i].first > 1));
		for (size_t n = 0; n < seen.count; n++)
			assert_int_equal(seen.events[n].tampered,
				cases[i].first == 1 && seen.events[n].kind != SPOOL_GAP);
	}
	unlink(kit_segment(k, 17, path));
	unlink(kit_segment(k, 33, path));
	kit_read(k, NULL, 60, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_GAP), 1);
	assert_int_equal(kit_at(&seen, 20)->to, 48);
}

static void swapped_frames_are_both_broken(void **state)
{
	struct spool_kit *k = *state;
	uint8_t a[SPOOL_FRAME_SIZE], b[SPOOL_FRAME_SIZE];
	kit_fill(k, 40);
	kit_load_frame(k, 6, a);
	kit_load_frame(k, 20, b);
	for (int renumbered = 0; renumbered < 2; renumbered++) {
		if (renumbered) { // with the numbers that the places ask for
			memcpy(a + 8, (uint8_t[8]){20}, 8);
			memcpy(b + 8, (uint8_t[8]){6}, 8);
		}
		kit_save_frame(k, 6, b);
		kit_save_frame(k, 20, a);
		kit_read(k, NULL, 41, &seen);
		assert_int_equal(kit_at(&seen, 6)->kind, SPOOL_BROKEN);
		assert_int_equal(kit_at(&seen, 20)->kind, SPOOL_BROKEN);
		assert_int_equal(kit_count(&seen, SPOOL_PART), 38);
	}
}

static void a_replayed_frame_is_broken(void **state)
{
	struct spool_kit *k = *state;
	uint8_t old[SPOOL_FRAME_SIZE];
	kit_fill(k, 40);
	kit_load_frame(k, 6, old);
	kit_save_frame(k, 30, old);
	kit_save_frame(k, 42, old); // behind the end, and the limit pushed
	kit_read(k, NULL, 42, &seen);
	assert_int_equal(kit_at(&seen, 30)->kind, SPOOL_BROKEN);
	assert_int_equal(kit_at(&seen, 42)->kind, SPOOL_BROKEN);
	assert_int_equal(kit_times(&seen, 5), 1);
	old[8] = 30;
	kit_save_frame(k, 30, old);
	kit_read(k, NULL, 41, &seen);
	assert_int_equal(kit_at(&seen, 30)->kind, SPOOL_BROKEN);
	assert_int_equal(kit_times(&seen, 5), 1);
}

// A frame of the same number from a spool that was burned or rolled back: its seal holds, its place in the chain not.
static void a_frame_of_another_chain_is_marked(void **state)
{
	struct spool_kit *k = *state, other = *k;
	uint8_t frame[SPOOL_FRAME_SIZE];
	scratch_make(other.dir);
	kit_fill(&other, 20);
	kit_fill(k, 20);
	kit_load_frame(&other, 9, frame);
	kit_save_frame(k, 9, frame);
	kit_read(k, NULL, 21, &seen);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.events[i].tampered, i == 8);
	scratch_remove(other.dir);
}

// The public key lies on the disk: anybody can seal. The chain shows it.
static void a_forged_part_is_marked(void **state)
{
	struct spool_kit *k = *state;
	uint8_t frame[SPOOL_FRAME_SIZE], plain[FRAME_PLAIN_SIZE] = {RECORD_PART, 1};
	struct part p = kit_part(777);
	struct bytes_writer w;
	kit_fill(k, 20);
	bytes_writer_init(&w, plain + 2, sizeof plain - 2);
	part_put(&w, &p);
	assert_true(bytes_ok(&w));
	kit_load_frame(k, 9, frame);
	assert_int_equal(seal_to(SPOOL_DOMAIN, &k->station, frame, FRAME_HEADER_SIZE, plain, sizeof plain,
				 frame + FRAME_HEADER_SIZE), OK);
	kit_save_frame(k, 9, frame);
	kit_read(k, NULL, 21, &seen);
	assert_int_equal(seen.events[8].id, 777);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.events[i].tampered, i == 8);
	// A chain of the forger's own says that it is one.
	uint8_t start[FRAME_PLAIN_SIZE] = {RECORD_START}, key[KEY_SIZE] = {0};
	assert_int_equal(seal_to(SPOOL_DOMAIN, &k->station, frame, FRAME_HEADER_SIZE, start, sizeof start,
				 frame + FRAME_HEADER_SIZE), OK);
	chain_tag(key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE);
	kit_save_frame(k, 9, frame);
	kit_read(k, NULL, 21, &seen);
	assert_int_equal(seen.events[8].kind, SPOOL_RESTART);
	assert_true(seen.events[9].tampered);
}

static void another_stations_frames_are_broken(void **state)
{
	struct spool_kit *k = *state, other = *k;
	uint8_t frame[SPOOL_FRAME_SIZE];
	scratch_make(other.dir);
	assert_int_equal(seal_keypair(&other.station, &other.secret), OK);
	kit_fill(&other, 20);
	kit_fill(k, 20);
	kit_load_frame(&other, 9, frame);
	kit_save_frame(k, 9, frame);
	kit_read(k, NULL, 21, &seen);
	assert_int_equal(kit_at(&seen, 9)->kind, SPOOL_BROKEN);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 19);
	struct secret *own = other.secret;
	other.secret = k->secret;
	kit_read(&other, NULL, 21, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_BROKEN), 21);
	secret_destroy(own);
	scratch_remove(other.dir);
}

// ---- torn writes ----------------------------------------------------------------------------------------------

enum tear { TEAR_TRUNCATE, TEAR_ZERO, TEAR_GARBAGE, TEAR_END };

static void tear(uint8_t *segment, size_t *size, size_t at, size_t end, enum tear how)
{
	if (how == TEAR_TRUNCATE)
		*size = at;
	else if (how == TEAR_ZERO)
		memset(segment + at, 0, end - at);
	else
		for (size_t i = at; i < end; i++)
			segment[i] = (uint8_t)random();
}

// Parts 1–8 were committed; of the commit of 9–11 only some octets and perhaps the new header reached the disk.
static void assert_survives(const struct spool_kit *k)
{
	struct spool_writer *w = kit_open(k);
	kit_write(w, 12, 14);
	uint64_t end = spool_durable_seq(w);
	spool_writer_close(w);
	w = kit_open(k); // and a second time
	kit_write(w, 15, 30);
	assert_true(spool_durable_seq(w) >= end + 16);
	end = spool_durable_seq(w);
	spool_writer_close(w);
	kit_read(k, NULL, end, &seen);
	for (uint32_t id = 1; id <= 30; id++)
		if (id <= 8 || id >= 12)
			assert_int_equal(kit_times(&seen, id), 1);
		else
			assert_true(kit_times(&seen, id) <= 1); // its SMS is still on the SIM
	for (size_t i = 0; i < seen.count; i++)
		assert_false(seen.events[i].tampered);
}

static void a_torn_tail_costs_nothing_that_was_committed(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = kit_open(k);
	char path[256];
	size_t old_size, new_size;
	kit_write(w, 1, 8);
	uint8_t *before = scratch_load(kit_segment(k, 1, path), &old_size);
	kit_write(w, 9, 11);
	spool_writer_close(w);
	uint8_t *after = scratch_load(path, &new_size), *torn = malloc(new_size);
	assert_non_null(torn);
	srandom(3);
	const size_t from = (size_t)frame_offset(1, 10), end = from + 3 * SPOOL_FRAME_SIZE;
	for (size_t at = from; at < end; at += 64)
		for (enum tear how = TEAR_TRUNCATE; how < TEAR_END; how++)
			for (int old_header = 0; old_header < 2; old_header++) {
				size_t size = new_size;
				memcpy(torn, after, new_size);
				if (old_header)
					memcpy(torn, before, SPOOL_FRAME_SIZE);
				tear(torn, &size, at, end, how);
				scratch_remove(k->dir);
				assert_int_equal(mkdir(k->dir, 0700), 0);
				scratch_save(path, torn, size);
				assert_survives(k);
			}
	free(before);
	free(after);
	free(torn);
}

// The header was on the disk before its frames: the new chain names them, so that triage can tell it from a theft.
static void a_hole_of_a_power_cut_is_declared(void **state)
{
	struct spool_kit *k = *state;
	static const uint8_t zeros[SPOOL_FRAME_SIZE];
	kit_fill(k, 11);
	for (uint64_t seq = 10; seq <= 12; seq++)
		kit_save_frame(k, seq, zeros);
	struct spool_writer *w = kit_open(k);
	assert_int_equal(spool_durable_seq(w), 13);
	kit_write(w, 12, 13);
	spool_writer_close(w);
	kit_read(k, NULL, 15, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_GAP), 3);
	const struct kit_event *e = kit_at(&seen, 13);
	assert_int_equal(e->kind, SPOOL_RESTART);
	assert_int_equal(e->from, 10);
	assert_int_equal(e->to, 12);
	assert_int_equal(kit_times(&seen, 12), 1);
	assert_false(kit_at(&seen, 14)->tampered);
}

// A header that is torn itself: the frames are all there, the writer begins anew behind them.
static void a_torn_header_costs_no_frame(void **state)
{
	struct spool_kit *k = *state;
	char path[256];
	for (size_t at = 0; at < 72; at += 8) {
		size_t size;
		scratch_remove(k->dir);
		kit_fill(k, 20);
		uint8_t *segment = scratch_load(kit_segment(k, 17, path), &size);
		memset(segment + at, 0xee, 8);
		scratch_save(path, segment, size);
		free(segment);
		struct spool_writer *w = kit_open(k);
		kit_write(w, 21, 22);
		uint64_t end = spool_durable_seq(w);
		spool_writer_close(w);
		kit_read(k, NULL, end, &seen);
		for (uint32_t id = 1; id <= 22; id++)
			assert_int_equal(kit_times(&seen, id), 1);
		assert_int_equal(kit_count(&seen, SPOOL_RESTART), 1);
		assert_int_equal(kit_at(&seen, 33)->kind, SPOOL_RESTART); // the torn segment's numbers are left to it
		assert_int_equal(kit_at(&seen, 33)->from, 17);
		assert_int_equal(kit_at(&seen, 33)->to, 32);
	}
}

// Numbers are never used twice: triage would pass over the second frame of a number as read long ago.
static void numbers_go_on_behind_a_broken_segment_of_any_size(void **state)
{
	struct spool_kit *k = *state;
	struct spool_writer *w = NULL;
	char path[256];
	assert_int_equal(spool_writer_open(k->dir, &k->station, 200, &w), OK);
	kit_write(w, 1, 99);
	spool_writer_close(w);
	int fd = open(kit_segment(k, 1, path), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "torn", 4, 0), 4);
	close(fd);
	w = kit_open(k); // with a smaller segment_frames than before
	kit_write(w, 101, 102);
	uint64_t end = spool_durable_seq(w);
	spool_writer_close(w);
	assert_true(end > 200);
	kit_read(k, NULL, end, &seen);
	for (uint32_t id = 1; id <= 102; id++)
		assert_int_equal(kit_times(&seen, id), id != 100);
}

static void numbers_go_on_behind_a_lost_last_segment(void **state)
{
	struct spool_kit *k = *state;
	char path[256];
	kit_fill(k, 20);
	assert_int_equal(unlink(kit_segment(k, 17, path)), 0);
	struct spool_writer *w = kit_open(k);
	kit_write(w, 101, 102);
	uint64_t end = spool_durable_seq(w);
	spool_writer_close(w);
	const struct spool_position drained = {.next_seq = 22}; // triage had read all that was lost
	kit_read(k, &drained, end, &seen);
	assert_int_equal(kit_times(&seen, 101), 1);
	assert_int_equal(kit_times(&seen, 102), 1);
	kit_read(k, NULL, end, &seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 15 + 2);
	assert_int_equal(kit_at(&seen, 17)->kind, SPOOL_GAP);
	assert_int_equal(kit_count(&seen, SPOOL_RESTART), 1);
}

static void a_segment_cut_under_the_reader_is_a_gap(void **state)
{
	struct spool_kit *k = *state;
	const struct spool_position beginning = {.next_seq = 1};
	struct spool_reader *r;
	struct spool_event e;
	char path[256];
	kit_fill(k, 20);
	assert_int_equal(spool_reader_open(k->dir, k->secret, &beginning, &r), OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(spool_next(r, 21, &e), OK);
	assert_int_equal(truncate(kit_segment(k, 1, path), 8 * SPOOL_FRAME_SIZE + 100), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(spool_next(r, 21, &e), OK);
		assert_int_equal(e.kind, SPOOL_PART);
	}
	assert_int_equal(spool_next(r, 21, &e), OK);
	assert_int_equal(e.kind, SPOOL_GAP);
	assert_int_equal(e.from, 8);
	assert_int_equal(e.to, 16);
	assert_int_equal(spool_next(r, 21, &e), OK);
	assert_int_equal(e.kind, SPOOL_PART);
	assert_false(e.tampered);
	spool_reader_close(r);
}

static void burning_a_cut_segment_stays_within_it(void **state)
{
	struct spool_kit *k = *state;
	char path[256], kept[300];
	struct stat st;
	for (off_t size = 0; size < 1200; size += 300) {
		scratch_remove(k->dir);
		kit_fill(k, 20);
		assert_int_equal(truncate(kit_segment(k, 1, path), size), 0);
		snprintf(kept, sizeof kept, "%s/kept", k->dir);
		assert_int_equal(link(path, kept), 0);
		// A file size limit, so that a runaway fill ends.
		struct rlimit before, tight = {1 << 20, RLIM_INFINITY};
		assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
		tight.rlim_max = before.rlim_max;
		signal(SIGXFSZ, SIG_IGN);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
		struct spool_writer *w = kit_open(k);
		spool_drained(w, 21);
		spool_writer_close(w);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(stat(kept, &st), 0);
		assert_true(st.st_size <= 3 * SPOOL_FRAME_SIZE);
		assert_int_equal(access(path, F_OK), -1);
	}
}

static void foreign_files_in_the_folder_do_no_harm(void **state)
{
	struct spool_kit *k = *state;
	static const char *const names[] = {"README", "1.seg", "0000000000000001.seg.bak", "zzzzzzzzzzzzzzzz.seg",
		"-000000000000001.seg", "spare", "0000000000000001.SEG"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[300];
		snprintf(path, sizeof path, "%s/%s", k->dir, names[i]);
		scratch_save(path, "x", 1);
	}
	kit_fill(k, 40);
	kit_read(k, NULL, 41, &seen);
	kit_assert_sound(&seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 40);
}

static void random_segments_never_harm_the_reader(void **state)
{
	struct spool_kit *k = *state;
	uint8_t frame[SPOOL_FRAME_SIZE];
	kit_fill(k, 20);
	srandom(11);
	for (int i = 0; i < 1000; i++) {
		uint64_t seq = 1 + (uint64_t)random() % 21;
		kit_load_frame(k, seq, frame);
		for (int n = 0; n < 4; n++)
			frame[random() % (i % 2 ? SPOOL_FRAME_SIZE : FRAME_HEADER_SIZE)] = (uint8_t)random();
		kit_save_frame(k, seq, frame);
		const struct spool_position from = {.next_seq = seq};
		kit_read(k, &from, seq, &seen);
		assert_int_equal(seen.count, 1);
	}
}

// ---- a full disk ----------------------------------------------------------------------------------------------

// Writes until there is no room, then `make_room`, then writes on: every part that a commit took is read.
static void fill_up(const struct spool_kit *k, void (*make_room)(const struct spool_kit *k))
{
	struct spool_writer *w = kit_open(k);
	uint32_t id = 0, durable;
	enum error e = OK;
	while (e == OK) {
		assert_true(id < 500);
		kit_append(w, id + 1, id + 5);
		e = spool_commit(w);
		id += e == OK ? 5 : 0;
	}
	assert_int_equal(e, ERROR_FULL);
	durable = id;
	assert_true(durable > 0);
	for (int again = 0; again < 3; again++) { // it stays full, and says so each time
		kit_append(w, durable + 1, durable + 40);
		assert_int_equal(spool_commit(w), ERROR_FULL);
	}
	kit_read(k, NULL, spool_durable_seq(w), &seen);
	for (uint32_t i = 1; i <= durable; i++)
		assert_int_equal(kit_times(&seen, i), 1);
	make_room(k);
	kit_write(w, durable + 1, durable + 60);
	uint64_t end = spool_durable_seq(w);
	spool_writer_close(w);
	kit_read(k, NULL, end, &seen);
	kit_assert_sound(&seen);
	for (uint32_t i = 1; i <= durable + 60; i++)
		assert_true(kit_times(&seen, i) >= 1);
	w = kit_open(k);
	assert_int_equal(spool_durable_seq(w), end);
	spool_writer_close(w);
}

static void remount_larger(const struct spool_kit *k)
{
	assert_int_equal(mount("tama", k->dir, "tmpfs", MS_REMOUNT, "size=1m"), 0);
}

static void a_full_disk_loses_nothing(void **state)
{
	struct spool_kit *k = *state;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tama", k->dir, "tmpfs", 0, "size=40k") != 0) {
		print_message("no mounts here: %s; the quota test stands for it\n", strerror(errno));
		skip();
	}
	fill_up(k, remount_larger);
	assert_int_equal(umount(k->dir), 0);
}

static void lift_limit(const struct spool_kit *k)
{
	(void)k;
	struct rlimit l;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

// The segment cannot grow to its size: the limit is below it. The spool begun before has room in its first segment.
static void a_file_size_limit_is_a_full_disk(void **state)
{
	struct spool_kit *k = *state;
	struct rlimit l;
	signal(SIGXFSZ, SIG_IGN);
	kit_fill(k, 1);
	scratch_remove(k->dir);
	struct spool_writer *w = NULL;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = 5 * SPOOL_FRAME_SIZE;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
	assert_int_equal(spool_writer_open(k->dir, &k->station, KIT_FRAMES, &w), ERROR_FULL);
	lift_limit(k);
	w = kit_open(k);
	kit_write(w, 1, 10);
	l.rlim_cur = 5 * SPOOL_FRAME_SIZE;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
	kit_append(w, 11, 13);
	assert_int_equal(spool_commit(w), ERROR_FULL); // in the open segment
	lift_limit(k);
	kit_write(w, 11, 12);
	assert_int_equal(spool_durable_seq(w), 13);
	spool_writer_close(w);
	kit_read(k, NULL, 13, &seen);
	kit_assert_sound(&seen);
	for (uint32_t id = 1; id <= 12; id++)
		assert_int_equal(kit_times(&seen, id), 1);
}

// A limit between header and frames' end: the batch is forgotten whole, also in what spool_durable_seq() says.
static void a_forgotten_batch_may_be_tried_again(void **state)
{
	struct spool_kit *k = *state;
	struct rlimit l;
	struct spool_writer *w = kit_open(k);
	signal(SIGXFSZ, SIG_IGN);
	kit_write(w, 1, 4);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	for (rlim_t cut = 0; cut < 10; cut++) {
		l.rlim_cur = cut * SPOOL_FRAME_SIZE + 7;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
		kit_append(w, 5, 9);
		assert_int_equal(spool_commit(w), ERROR_FULL);
		assert_int_equal(spool_durable_seq(w), 5);
		lift_limit(k);
	}
	kit_write(w, 5, 9);
	spool_writer_close(w);
	kit_read(k, NULL, 10, &seen);
	kit_assert_sound(&seen);
	assert_int_equal(kit_count(&seen, SPOOL_PART), 9);
}

#define SPOOL_TEST(f) cmocka_unit_test_setup_teardown(f, spool_kit_setup, spool_kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(a_flipped_bit_breaks_its_frame_and_no_other),
		SPOOL_TEST(a_broken_chain_start_leaves_parts_readable_but_marked),
		SPOOL_TEST(a_deleted_frame_is_a_gap),
		SPOOL_TEST(a_deleted_segment_is_a_gap_with_its_numbers),
		SPOOL_TEST(swapped_frames_are_both_broken),
		SPOOL_TEST(a_replayed_frame_is_broken),
		SPOOL_TEST(a_frame_of_another_chain_is_marked),
		SPOOL_TEST(a_forged_part_is_marked),
		SPOOL_TEST(another_stations_frames_are_broken),
		SPOOL_TEST(a_torn_tail_costs_nothing_that_was_committed),
		SPOOL_TEST(a_hole_of_a_power_cut_is_declared),
		SPOOL_TEST(a_torn_header_costs_no_frame),
		SPOOL_TEST(numbers_go_on_behind_a_broken_segment_of_any_size),
		SPOOL_TEST(numbers_go_on_behind_a_lost_last_segment),
		SPOOL_TEST(a_segment_cut_under_the_reader_is_a_gap),
		SPOOL_TEST(burning_a_cut_segment_stays_within_it),
		SPOOL_TEST(foreign_files_in_the_folder_do_no_harm),
		SPOOL_TEST(random_segments_never_harm_the_reader),
		SPOOL_TEST(a_file_size_limit_is_a_full_disk),
		SPOOL_TEST(a_forgotten_batch_may_be_tried_again),
		SPOOL_TEST(a_full_disk_loses_nothing), // last: it moves to a mount namespace of its own
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
