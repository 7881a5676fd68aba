// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/cleanup.h"
#include "gateway/spool_format.h"

#define SPARE "spare"

struct spool_writer {
	int dir, fd;
	struct seal_public station;
	uint32_t key_id, segment_frames;
	struct segment_header at; // the open segment and the chain's durable state; first_seq 0: no segment yet
	uint8_t key[KEY_SIZE];    // the chain's state behind what is buffered
	size_t buffered;
	uint64_t burned;          // up to this one
	uint64_t hole_from, hole_to; // to declare in the next chain start
	uint8_t (*frames)[SPOOL_FRAME_SIZE];
};

// ---- frames ---------------------------------------------------------------------------------------------------

static uint64_t next_seq(const struct spool_writer *w)
{
	return w->at.next_seq + w->buffered;
}

static enum error add_frame(struct spool_writer *w, const uint8_t plain[static FRAME_PLAIN_SIZE])
{
	uint8_t *frame = w->frames[w->buffered];
	const struct frame_header h = {FRAME_LIVE, w->key_id, next_seq(w)};
	frame_header_put(&h, frame);
	enum error e = seal_to(SPOOL_DOMAIN, &w->station, frame, FRAME_HEADER_SIZE, plain, FRAME_PLAIN_SIZE,
		frame + FRAME_HEADER_SIZE);
	if (e != OK)
		return e;
	chain_tag(w->key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE);
	w->buffered++;
	return OK;
}

// A chain starts with a random key that only the station's secret can open.
static enum error add_start(struct spool_writer *w)
{
	uint8_t plain[FRAME_PLAIN_SIZE] = {0};
	struct bytes_writer b;
	randombytes_buf(w->key, KEY_SIZE);
	memcpy(w->at.key, w->key, KEY_SIZE);
	bytes_writer_init(&b, plain, sizeof plain);
	bytes_put_u8(&b, RECORD_START);
	bytes_put(&b, w->key, KEY_SIZE);
	bytes_put_u64(&b, w->hole_from);
	bytes_put_u64(&b, w->hole_to);
	BUG_IF(!bytes_ok(&b));
	enum error e = add_frame(w, plain);
	sodium_memzero(plain, sizeof plain);
	return e;
}

enum error spool_append(struct spool_writer *w, unsigned modem, const struct part *p)
{
	uint8_t plain[FRAME_PLAIN_SIZE] = {0};
	struct bytes_writer b;
	if (w->buffered == SPOOL_BATCH_MAX)
		return ERROR_FULL;
	bytes_writer_init(&b, plain, sizeof plain);
	bytes_put_u8(&b, RECORD_PART);
	bytes_put_u8(&b, (uint8_t)modem);
	part_put(&b, p);
	enum error e = bytes_ok(&b) ? add_frame(w, plain) : ERROR_MALFORMED;
	sodium_memzero(plain, sizeof plain);
	return e;
}

enum error spool_append_dummy(struct spool_writer *w)
{
	uint8_t plain[FRAME_PLAIN_SIZE] = {RECORD_DUMMY};
	return w->buffered == SPOOL_BATCH_MAX ? ERROR_FULL : add_frame(w, plain);
}

bool spool_is_rekeyed(const struct spool_writer *w)
{
	uint8_t frame[SPOOL_FRAME_SIZE];
	struct frame_header h;
	uint64_t last = w->at.next_seq - 1;
	return last >= w->at.first_seq && read_fully(w->fd, frame, sizeof frame, frame_offset(w->at.first_seq, last)) == OK &&
	       frame_header_get(frame, &h) == OK && h.key_id != w->key_id;
}

// ---- segments -------------------------------------------------------------------------------------------------

static enum error write_header(int fd, const struct segment_header *h)
{
	uint8_t header[SPOOL_FRAME_SIZE];
	segment_header_put(h, header);
	enum error e = write_fully(fd, header, sizeof header, 0);
	sodium_memzero(header, sizeof header);
	return e;
}

// Real zeros, not a hole: later writes then change no metadata and cannot run out of space.
static enum error fill_with_zeros(int fd, uint32_t frames)
{
	static const uint8_t zeros[64 * SPOOL_FRAME_SIZE];
	enum error e = OK;
	size_t left = ((size_t)frames + 1) * SPOOL_FRAME_SIZE;
	for (off_t at = 0; left && e == OK;) {
		size_t n = left < sizeof zeros ? left : sizeof zeros;
		e = write_fully(fd, zeros, n, at);
		at += (off_t)n;
		left -= n;
	}
	return e;
}

static enum error sync_fd(int fd)
{
	return fsync(fd) == 0 ? OK : ERROR_IO;
}

static enum error create_segment(struct spool_writer *w, uint64_t first_seq, int *out)
{
	char name[32];
	segment_name(first_seq, name);
	cleanup_fd int fd = openat(w->dir, SPARE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOSPC ? ERROR_FULL : ERROR_IO;
	struct segment_header h = {.first_seq = first_seq, .next_seq = first_seq, .frames = w->segment_frames};
	memcpy(h.key, w->at.key, KEY_SIZE);
	enum error e = ftruncate(fd, 0) == 0 ? fill_with_zeros(fd, w->segment_frames) : ERROR_IO;
	if (e == OK)
		e = write_header(fd, &h);
	if (e == OK)
		e = sync_fd(fd);
	if (e == OK && renameat(w->dir, SPARE, w->dir, name) != 0)
		e = errno == ENOSPC ? ERROR_FULL : ERROR_IO;
	if (e == OK)
		e = sync_fd(w->dir);
	sodium_memzero(&h, sizeof h);
	if (e == OK)
		*out = steal_fd(&fd);
	else
		unlinkat(w->dir, SPARE, 0);
	return e;
}

// The chain's state moves to the new segment; only then does the old one forget its key.
static enum error roll(struct spool_writer *w)
{
	int fd;
	uint64_t first = w->at.first_seq ? w->at.first_seq + w->at.frames : w->at.next_seq;
	enum error e = create_segment(w, first, &fd);
	if (e != OK)
		return e;
	if (w->fd >= 0) {
		struct segment_header closed = w->at;
		sodium_memzero(closed.key, KEY_SIZE);
		e = write_header(w->fd, &closed);
		close(w->fd);
	}
	w->fd = fd;
	w->at.first_seq = w->at.next_seq = first;
	w->at.frames = w->segment_frames;
	return e;
}

// ---- commit ---------------------------------------------------------------------------------------------------

static enum error write_some(struct spool_writer *w, size_t from, size_t count)
{
	uint64_t seq = w->at.next_seq;
	struct segment_header next = w->at;
	enum error e = write_fully(w->fd, w->frames[from], count * SPOOL_FRAME_SIZE, frame_offset(w->at.first_seq, seq));
	next.next_seq += count;
	for (size_t i = 0; i < count; i++) { // the ratchet, followed for the header
		uint8_t ignored[CHAIN_TAG_SIZE];
		chain_tag(next.key, "", 0, ignored);
	}
	if (e == OK)
		e = write_header(w->fd, &next);
	if (e == OK && fdatasync(w->fd) != 0)
		e = ERROR_IO;
	if (e == OK)
		w->at = next;
	sodium_memzero(&next, sizeof next);
	return e;
}

static void forget_batch(struct spool_writer *w)
{
	memcpy(w->key, w->at.key, KEY_SIZE);
	sodium_memzero(w->frames, w->buffered * SPOOL_FRAME_SIZE);
	w->buffered = 0;
}

enum error spool_commit(struct spool_writer *w)
{
	enum error e = OK;
	for (size_t done = 0; done < w->buffered && e == OK;) {
		uint64_t end = w->at.first_seq + w->at.frames;
		if (w->fd < 0 || w->at.next_seq == end) {
			e = roll(w);
			// Frames of this batch that are durable already are then read twice; they are never lost.
			continue;
		}
		size_t room = (size_t)(end - w->at.next_seq), left = w->buffered - done;
		size_t n = left < room ? left : room;
		e = write_some(w, done, n);
		done += n;
	}
	forget_batch(w);
	return e;
}

uint64_t spool_durable_seq(const struct spool_writer *w)
{
	return w->at.next_seq - 1;
}

// ---- burning --------------------------------------------------------------------------------------------------

static void burn_current(struct spool_writer *w, uint64_t to)
{
	uint8_t frame[SPOOL_FRAME_SIZE] = {0};
	uint64_t from = w->burned + 1 > w->at.first_seq ? w->burned + 1 : w->at.first_seq;
	for (uint64_t seq = from; seq <= to; seq++) {
		const struct frame_header h = {FRAME_BURNED, w->key_id, seq};
		frame_header_put(&h, frame);
		if (write_fully(w->fd, frame, sizeof frame, frame_offset(w->at.first_seq, seq)) != OK)
			return;
	}
}

static void burn_segment(struct spool_writer *w, uint64_t first_seq)
{
	char name[32];
	segment_name(first_seq, name);
	cleanup_fd int fd = openat(w->dir, name, O_RDWR | O_CLOEXEC);
	struct stat st;
	// It may have been cut: to its last octet, and not a frame further than that.
	if (fd >= 0 && fstat(fd, &st) == 0 &&
		fill_with_zeros(fd, st.st_size ? (uint32_t)((st.st_size - 1) / SPOOL_FRAME_SIZE) : 0) == OK &&
		fdatasync(fd) == 0)
		unlinkat(w->dir, name, 0);
}

void spool_drained(struct spool_writer *w, uint64_t seq)
{
	cleanup_free uint64_t *list = NULL;
	size_t count = 0;
	if (seq > spool_durable_seq(w))
		seq = spool_durable_seq(w);
	if (w->fd < 0 || seq <= w->burned)
		return;
	if (w->burned + 1 < w->at.first_seq && segments_list(w->dir, &list, &count) == OK)
		for (size_t i = 0; i + 1 < count; i++)
			if (list[i + 1] <= seq + 1)
				burn_segment(w, list[i]);
	burn_current(w, seq);
	w->burned = seq;
}

// ---- open -----------------------------------------------------------------------------------------------------

static enum error open_segment(struct spool_writer *w, uint64_t first_seq, int *out, struct segment_header *h)
{
	char name[32];
	uint8_t header[SPOOL_FRAME_SIZE];
	segment_name(first_seq, name);
	cleanup_fd int fd = openat(w->dir, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return ERROR_IO;
	enum error e = read_fully(fd, header, sizeof header, 0);
	if (e == OK)
		e = segment_header_get(header, h);
	if (e == OK && h->first_seq != first_seq)
		e = ERROR_MALFORMED;
	sodium_memzero(header, sizeof header);
	if (e == OK)
		*out = steal_fd(&fd);
	return e;
}

static bool frame_stands(int fd, const struct segment_header *h, uint64_t seq, uint8_t frame[static SPOOL_FRAME_SIZE])
{
	struct frame_header f;
	return read_fully(fd, frame, SPOOL_FRAME_SIZE, frame_offset(h->first_seq, seq)) == OK &&
		frame_header_get(frame, &f) == OK && f.seq == seq;
}

// Frames that were written but whose header was not: they verify under the ratchet, so they are kept.
static void follow_frames(struct spool_writer *w)
{
	uint8_t frame[SPOOL_FRAME_SIZE], key[KEY_SIZE];
	while (w->at.next_seq < w->at.first_seq + w->at.frames && frame_stands(w->fd, &w->at, w->at.next_seq, frame)) {
		memcpy(key, w->at.key, KEY_SIZE);
		if (!chain_verify(key, frame, FRAME_TAGGED_SIZE, frame + FRAME_TAGGED_SIZE))
			break;
		memcpy(w->at.key, key, KEY_SIZE);
		w->at.next_seq++;
	}
	sodium_memzero(key, sizeof key);
}

// A header that reached the disk before its frames: those were never acknowledged, so the SIM has them still.
static void find_hole(struct spool_writer *w)
{
	uint8_t frame[SPOOL_FRAME_SIZE];
	for (uint64_t seq = w->at.first_seq; seq < w->at.next_seq; seq++) {
		if (frame_stands(w->fd, &w->at, seq, frame))
			continue;
		w->hole_from = w->hole_from ? w->hole_from : seq;
		w->hole_to = seq;
	}
}

// Nothing can be appended to the segment that begins with `from`: it is torn, or gone. Triage names what is there; a
// number that it may have had is never used again.
static void begin_behind(struct spool_writer *w, uint64_t from, uint64_t frames)
{
	char name[32];
	struct stat st;
	segment_name(from, name);
	if (fstatat(w->dir, name, &st, 0) == 0 && (uint64_t)st.st_size / SPOOL_FRAME_SIZE > frames + 1)
		frames = (uint64_t)st.st_size / SPOOL_FRAME_SIZE - 1;
	if (w->fd >= 0)
		close(steal_fd(&w->fd));
	w->hole_from = from;
	w->hole_to = from + frames - 1;
	w->at = (struct segment_header){.next_seq = from + frames};
}

// The power may have gone between a new segment and the closing of the old: that one's key is the new one's first.
static enum error close_earlier(struct spool_writer *w, const uint64_t *list, size_t count)
{
	enum error e = OK;
	for (size_t i = 0; i < count && e == OK; i++) {
		struct segment_header h;
		cleanup_fd int fd = -1;
		if (open_segment(w, list[i], &fd, &h) == OK && !sodium_is_zero(h.key, KEY_SIZE)) {
			sodium_memzero(h.key, KEY_SIZE);
			e = write_header(fd, &h);
			if (e == OK)
				e = sync_fd(fd);
		}
	}
	return e;
}

static enum error find_state(struct spool_writer *w)
{
	cleanup_free uint64_t *list = NULL;
	size_t count;
	enum error e = segments_list(w->dir, &list, &count);
	w->at.next_seq = 1;
	if (e != OK || count == 0)
		return e;
	e = open_segment(w, list[count - 1], &w->fd, &w->at);
	if (e == ERROR_MALFORMED || e == ERROR_NOT_FOUND)
		begin_behind(w, list[count - 1], w->segment_frames);
	else if (e != OK)
		return e;
	else if (sodium_is_zero(w->at.key, KEY_SIZE)) // closed: the one behind it is gone
		begin_behind(w, w->at.first_seq + w->at.frames,
			w->at.frames > w->segment_frames ? w->at.frames : w->segment_frames);
	else
		find_hole(w);
	if (!w->hole_from)
		follow_frames(w);
	return close_earlier(w, list, count - 1);
}

enum error spool_writer_open(const char *dir, const struct seal_public *station, uint32_t segment_frames,
	struct spool_writer **out)
{
	struct spool_writer *w = calloc(1, sizeof *w);
	if (!w)
		return ERROR_MEMORY;
	w->station = *station;
	w->key_id = frame_key_id(station);
	w->segment_frames = segment_frames;
	w->fd = w->dir = -1;
	w->frames = sodium_malloc(SPOOL_BATCH_MAX * sizeof *w->frames);
	enum error e = w->frames ? OK : ERROR_MEMORY;
	if (e == OK && mkdir(dir, 0700) != 0 && errno != EEXIST)
		e = ERROR_IO;
	if (e == OK && (w->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		e = ERROR_IO;
	if (e == OK)
		e = find_state(w);
	if (e == OK && (w->fd < 0 || w->hole_from))
		e = add_start(w);
	else if (e == OK)
		memcpy(w->key, w->at.key, KEY_SIZE);
	if (e == OK && w->buffered)
		e = spool_commit(w);
	if (e != OK) {
		spool_writer_close(w);
		return e;
	}
	*out = w;
	return OK;
}

void spool_writer_close(struct spool_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->dir >= 0)
		close(w->dir);
	sodium_free(w->frames);
	sodium_memzero(w, sizeof *w);
	free(w);
}
