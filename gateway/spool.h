// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The spool: every part on disk, sealed, before its SMS is deleted. Frames of 512 octets in preallocated segments,
// numbered, sealed to the station's public key and chained by a ratchet. `intake` writes with the public key alone;
// `triage` reads with the secret one.
//
//   frame    magic, version, state | key id | seq || sealed(record, modem, part) || chain tag
//   segment  one header of 512 octets (first seq, and the chain's state, rewritten with each commit), then frames

#include "crypto/chain.h"
#include "crypto/seal.h"
#include "gateway/part.h"

#define SPOOL_FRAME_SIZE 512
#define SPOOL_BATCH_MAX 256 // frames in one commit

struct spool_writer; // opaque

// Opens DIR (made when missing) and finds where the chain stands. ERROR_IO leaves errno; ERROR_VERSION: not a spool of
// this version.
MUST_CHECK enum error spool_writer_open(const char *dir, const struct seal_public *station, uint32_t segment_frames,
	struct spool_writer **out);
void spool_writer_close(struct spool_writer *w); // what was not committed is forgotten
// Buffers one part; ERROR_FULL after SPOOL_BATCH_MAX: commit first.
MUST_CHECK enum error spool_append(struct spool_writer *w, unsigned modem, const struct part *p);
// A frame without a part, that nobody can tell from one with.
MUST_CHECK enum error spool_append_dummy(struct spool_writer *w);
_Bool spool_is_rekeyed(const struct spool_writer *w); // the last frame is sealed to another key than the next will be
// Makes what is buffered durable with one fdatasync. ERROR_FULL: the disk has no room, the batch is forgotten and may
// be tried again. ERROR_IO: after a failed sync nothing is known about the file; the process must end.
MUST_CHECK enum error spool_commit(struct spool_writer *w);
uint64_t spool_durable_seq(const struct spool_writer *w); // 0: nothing yet
// Frames up to `seq` are in the database: burns them, recycles segments. Best effort, not synced.
void spool_drained(struct spool_writer *w, uint64_t seq);

struct spool_position {
	uint64_t next_seq;      // 1 at the beginning
	uint8_t has_key;
	uint8_t key[KEY_SIZE];  // of the chain, for next_seq; a secret
};

enum spool_event_kind {
	SPOOL_END,     // nothing up to the limit
	SPOOL_PART,    // part, modem; `tampered` when the chain does not hold but the seal does
	SPOOL_SKIP,    // a frame without a part: chain start after a clean beginning, dummy
	SPOOL_RESTART, // the chain began anew: after a power cut, or by an enemy; from/to may name a declared hole
	SPOOL_GAP,     // frames from … to are missing
	SPOOL_BROKEN,  // frame `from` cannot be read
};

struct spool_event {
	enum spool_event_kind kind;
	uint64_t from, to;
	unsigned modem;
	_Bool tampered;
	struct part part;
};

struct spool_reader; // opaque

// Borrows `secret` for its life. The position is what triage keeps with each transaction.
MUST_CHECK enum error spool_reader_open(const char *dir, const struct secret *secret,
	const struct spool_position *from, struct spool_reader **out);
// While the station's key is rotated: frames that `secret` does not open are tried with `old` (NULL: none); both borrowed.
void spool_reader_keys(struct spool_reader *r, const struct secret *secret, const struct secret *old);
_Bool spool_reader_is_past(const struct spool_reader *r); // since then, a frame opened with `secret`
void spool_reader_close(struct spool_reader *r);
// The next thing up to frame `limit`, which intake has said is durable. ERROR_IO only when the disk cannot be read.
MUST_CHECK enum error spool_next(struct spool_reader *r, uint64_t limit, struct spool_event *out);
void spool_position(const struct spool_reader *r, struct spool_position *out);
