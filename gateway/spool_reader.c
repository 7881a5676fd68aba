// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/spool_format.h"

struct spool_reader {
	int dir, fd;
	const struct secret *secret, *old;
	bool past;
	struct spool_position at;
	uint64_t first_seq; // of the open segment
	uint32_t frames;
};

enum error spool_reader_open(const char *dir, const struct secret *secret, const struct spool_position *from,
	struct spool_reader **out)
{
	struct spool_reader *r = sodium_malloc(sizeof *r);
	if (!r)
		return ERROR_MEMORY;
	*r = (struct spool_reader){.fd = -1, .secret = secret, .at = *from};
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0) {
		spool_reader_close(r);
		return ERROR_IO;
	}
	*out = r;
	return OK;
}

void spool_reader_close(struct spool_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (r->dir >= 0)
		close(r->dir);
	sodium_free(r);
}

void spool_position(const struct spool_reader *r, struct spool_position *out)
{
	*out = r->at;
}

void spool_reader_keys(struct spool_reader *r, const struct secret *secret, const struct secret *old)
{
	r->secret = secret;
	r->old = old;
	r->past = false;
}

bool spool_reader_is_past(const struct spool_reader *r)
{
	return r->past;
}

static enum error open_with(const struct secret *secret, const uint8_t *frame, uint8_t *plain)
{
	return seal_open(SPOOL_DOMAIN, secret, frame, FRAME_HEADER_SIZE, frame + FRAME_HEADER_SIZE,
		FRAME_PLAIN_SIZE + SEAL_OVERHEAD, plain);
}

static enum error open_frame(struct spool_reader *r, const uint8_t *frame, uint8_t *plain)
{
	enum error e = open_with(r->secret, frame, plain);
	if (e == OK && r->old)
		r->past = true;
	return e != OK && r->old ? open_with(r->old, frame, plain) : e;
}

static bool holds(const struct spool_reader *r, uint64_t seq)
{
	return r->fd >= 0 && seq >= r->first_seq && seq < r->first_seq + r->frames;
}

static enum error read_frame(const struct spool_reader *r, uint64_t seq, uint8_t frame[static SPOOL_FRAME_SIZE])
{
	return holds(r, seq) ? read_fully(r->fd, frame, SPOOL_FRAME_SIZE, frame_offset(r->first_seq, seq)) :
			       ERROR_NOT_FOUND;
}

// Opens the segment with frame `seq`; ERROR_NOT_FOUND leaves in *later where the next segment begins (0: none).
static enum error find_segment(struct spool_reader *r, uint64_t seq, uint64_t *later)
{
	cleanup_free uint64_t *list = NULL;
	size_t count, i = 0;
	char name[32];
	enum error e = segments_list(r->dir, &list, &count);
	if (e != OK)
		return e;
	while (i < count && list[i] <= seq)
		i++;
	*later = i < count ? list[i] : 0;
	if (i == 0)
		return ERROR_NOT_FOUND;
	segment_name(list[i - 1], name);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = openat(r->dir, name, O_RDONLY | O_CLOEXEC);
	off_t size = r->fd < 0 ? -1 : lseek(r->fd, 0, SEEK_END);
	if (size < 0)
		return ERROR_IO;
	r->first_seq = list[i - 1];
	r->frames = size < SPOOL_FRAME_SIZE ? 0 : (uint32_t)(size / SPOOL_FRAME_SIZE - 1);
	return holds(r, seq) ? OK : ERROR_NOT_FOUND;
}

static void step_key(struct spool_reader *r)
{
	uint8_t ignored[CHAIN_TAG_SIZE];
	chain_tag(r->at.key, "", 0, ignored);
}

static void skip_to(struct spool_reader *r, uint64_t seq)
{
	for (; r->at.next_seq < seq; r->at.next_seq++)
		step_key(r);
}

static enum error no_segment(struct spool_reader *r, uint64_t later, uint64_t limit, struct spool_event *out)
{
	out->kind = SPOOL_GAP;
	out->from = r->at.next_seq;
	out->to = later && later <= limit ? later - 1 : limit;
	skip_to(r, out->to + 1);
	return OK;
}

static void read_start(struct spool_reader *r, const uint8_t *frame, struct bytes_reader *b, struct spool_event *out)
{
	uint8_t key[KEY_SIZE];
	bytes_get(b, key, KEY_SIZE);
	out->from = bytes_get_u64(b);
	out->to = bytes_get_u64(b);
	bool genuine = chain_verify(key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE);
	if (!genuine) {
		out->kind = SPOOL_BROKEN;
		out->from = out->to = r->at.next_seq;
		step_key(r);
	} else {
		out->kind = r->at.next_seq == 1 && !r->at.has_key ? SPOOL_SKIP : SPOOL_RESTART;
		memcpy(r->at.key, key, KEY_SIZE);
		r->at.has_key = 1;
	}
	sodium_memzero(key, sizeof key);
}

static void read_record(struct spool_reader *r, const uint8_t *frame, const uint8_t *plain, struct spool_event *out)
{
	struct bytes_reader b;
	bytes_reader_init(&b, plain, FRAME_PLAIN_SIZE);
	uint8_t kind = bytes_get_u8(&b);
	if (kind == RECORD_START) {
		read_start(r, frame, &b, out);
		return;
	}
	bool chained = chain_verify(r->at.key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE);
	out->kind = SPOOL_SKIP;
	out->tampered = !chained || !r->at.has_key;
	if (kind != RECORD_PART)
		return;
	out->modem = bytes_get_u8(&b);
	out->kind = part_get(&b, &out->part) == OK ? SPOOL_PART : SPOOL_BROKEN;
}

enum error spool_next(struct spool_reader *r, uint64_t limit, struct spool_event *out)
{
	uint8_t frame[SPOOL_FRAME_SIZE], plain[FRAME_PLAIN_SIZE];
	struct frame_header h;
	uint64_t later = 0, seq = r->at.next_seq;
	*out = (struct spool_event){.kind = SPOOL_END};
	if (seq > limit)
		return OK;
	enum error e = read_frame(r, seq, frame);
	if (e == ERROR_NOT_FOUND && (e = find_segment(r, seq, &later)) == OK) // also when it was cut under us
		e = read_frame(r, seq, frame);
	if (e == ERROR_NOT_FOUND)
		return no_segment(r, later, limit, out);
	if (e != OK)
		return e;
	out->from = out->to = seq;
	if (frame_header_get(frame, &h) != OK || h.seq != seq || h.state != FRAME_LIVE ||
		open_frame(r, frame, plain) != OK) {
		out->kind = sodium_is_zero(frame, sizeof frame) ? SPOOL_GAP : SPOOL_BROKEN;
		step_key(r);
	} else {
		read_record(r, frame, plain, out);
	}
	r->at.next_seq++;
	sodium_memzero(plain, sizeof plain);
	return OK;
}
