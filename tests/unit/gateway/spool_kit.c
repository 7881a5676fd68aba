// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/spool_format.h"
#include "spool_kit.h"

int spool_kit_setup(void **state)
{
	struct spool_kit *k = calloc(1, sizeof *k);
	assert_non_null(k);
	assert_true(sodium_init() >= 0);
	scratch_make(k->dir);
	assert_int_equal(seal_keypair(&k->station, &k->secret), OK);
	*state = k;
	return 0;
}

int spool_kit_teardown(void **state)
{
	struct spool_kit *k = *state;
	scratch_remove(k->dir);
	secret_destroy(k->secret);
	free(k);
	return 0;
}

struct spool_writer *kit_open(const struct spool_kit *k)
{
	struct spool_writer *w = NULL;
	assert_int_equal(spool_writer_open(k->dir, &k->station, KIT_FRAMES, &w), OK);
	return w;
}

struct part kit_part(uint32_t id)
{
	struct part p = {.kind = PART_TEXT, .id = id, .slot = (uint16_t)(id % 30), .sent_at = 1790000000 + (int64_t)id,
		.received_at = 1790000005, .class = -1};
	static const char text[] = KIT_TEXT;
	snprintf(p.sender, sizeof p.sender, KIT_SENDER "%06u", (unsigned)id);
	for (size_t i = 0; i + 1 < sizeof text; i++)
		p.units[p.length++] = (uint16_t)text[i];
	p.full_length = p.length;
	return p;
}

void kit_append(struct spool_writer *w, uint32_t from_id, uint32_t to_id)
{
	for (uint32_t id = from_id; id <= to_id; id++) {
		struct part p = kit_part(id);
		assert_int_equal(spool_append(w, id % 3, &p), OK);
	}
}

void kit_write(struct spool_writer *w, uint32_t from_id, uint32_t to_id)
{
	kit_append(w, from_id, to_id);
	assert_int_equal(spool_commit(w), OK);
}

void kit_fill(const struct spool_kit *k, uint32_t count)
{
	struct spool_writer *w = kit_open(k);
	for (uint32_t id = 1; id <= count; id++)
		kit_write(w, id, id);
	assert_int_equal(spool_durable_seq(w), count + 1);
	spool_writer_close(w);
}

// Where the event's frames must lie: a restart names a declared hole instead of itself.
static void check_numbers(const struct spool_event *e, uint64_t before, uint64_t after)
{
	assert_true(after > before);
	if (e->kind != SPOOL_RESTART && e->kind != SPOOL_SKIP) {
		assert_int_equal(e->from, before);
		assert_int_equal(e->to, after - 1);
	}
}

void kit_read(const struct spool_kit *k, const struct spool_position *from, uint64_t limit, struct kit_seen *out)
{
	static const struct spool_position beginning = {.next_seq = 1};
	struct spool_reader *r = NULL;
	struct spool_event e;
	out->count = 0;
	assert_int_equal(spool_reader_open(k->dir, k->secret, from ? from : &beginning, &r), OK);
	for (;;) {
		struct kit_event *seen = &out->events[out->count];
		struct spool_position after;
		spool_position(r, &seen->before);
		assert_int_equal(spool_next(r, limit, &e), OK);
		if (e.kind == SPOOL_END)
			break;
		spool_position(r, &after);
		check_numbers(&e, seen->before.next_seq, after.next_seq);
		*seen = (struct kit_event){.kind = e.kind, .from = e.from, .to = e.to, .id = e.part.id,
			.modem = e.modem, .tampered = e.tampered, .before = seen->before};
		if (e.kind == SPOOL_PART) {
			struct part want = kit_part(e.part.id);
			assert_string_equal(e.part.sender, want.sender);
			assert_int_equal(e.part.length, want.length);
			assert_memory_equal(e.part.units, want.units, want.length * 2u);
		}
		assert_true(++out->count < KIT_EVENTS_MAX);
	}
	spool_reader_close(r);
}

size_t kit_count(const struct kit_seen *seen, enum spool_event_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < seen->count; i++)
		n += seen->events[i].kind == kind;
	return n;
}

size_t kit_times(const struct kit_seen *seen, uint32_t id)
{
	size_t n = 0;
	for (size_t i = 0; i < seen->count; i++)
		n += seen->events[i].kind == SPOOL_PART && seen->events[i].id == id;
	return n;
}

const struct kit_event *kit_at(const struct kit_seen *seen, uint64_t seq)
{
	for (size_t i = seen->count; i > 0; i--)
		if (seen->events[i - 1].before.next_seq <= seq)
			return &seen->events[i - 1];
	fail_msg("no event about frame %llu", (unsigned long long)seq);
	return NULL;
}

void kit_assert_sound(const struct kit_seen *seen)
{
	for (size_t i = 0; i < seen->count; i++) {
		assert_true(seen->events[i].kind == SPOOL_PART || seen->events[i].kind == SPOOL_SKIP);
		assert_false(seen->events[i].tampered);
	}
}

const char *kit_segment(const struct spool_kit *k, uint64_t first_seq, char path[static 256])
{
	char name[32];
	segment_name(first_seq, name);
	snprintf(path, 256, "%s/%s", k->dir, name);
	return path;
}

static int open_of_frame(const struct spool_kit *k, uint64_t seq, off_t *at)
{
	char path[256];
	uint64_t first = (seq - 1) / KIT_FRAMES * KIT_FRAMES + 1;
	int fd = open(kit_segment(k, first, path), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	*at = (off_t)((seq - first + 1) * SPOOL_FRAME_SIZE);
	return fd;
}

void kit_load_frame(const struct spool_kit *k, uint64_t seq, uint8_t frame[static SPOOL_FRAME_SIZE])
{
	off_t at;
	int fd = open_of_frame(k, seq, &at);
	assert_int_equal(pread(fd, frame, SPOOL_FRAME_SIZE, at), SPOOL_FRAME_SIZE);
	close(fd);
}

void kit_save_frame(const struct spool_kit *k, uint64_t seq, const uint8_t frame[static SPOOL_FRAME_SIZE])
{
	off_t at;
	int fd = open_of_frame(k, seq, &at);
	assert_int_equal(pwrite(fd, frame, SPOOL_FRAME_SIZE, at), SPOOL_FRAME_SIZE);
	close(fd);
}
