// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The octets of the spool, shared by its writer and its reader alone.

#include <stdbool.h>
#include <sys/types.h>

#include "gateway/base/io.h"
#include "gateway/spool.h"

#define FRAME_HEADER_SIZE 16
#define FRAME_PLAIN_SIZE (SPOOL_FRAME_SIZE - FRAME_HEADER_SIZE - SEAL_OVERHEAD - CHAIN_TAG_SIZE)
#define FRAME_TAGGED_SIZE (SPOOL_FRAME_SIZE - CHAIN_TAG_SIZE)
#define SPOOL_DOMAIN "tama/spool/1"

enum frame_state { FRAME_LIVE = 1, FRAME_BURNED = 2 };
enum record_kind { RECORD_PART = 1, RECORD_START = 2, RECORD_DUMMY = 3 };

struct frame_header {
	enum frame_state state;
	uint32_t key_id;
	uint64_t seq;
};

struct segment_header {
	uint64_t first_seq, next_seq;
	uint32_t frames;
	uint8_t key[KEY_SIZE]; // zeros: this segment is closed
};

void frame_header_put(const struct frame_header *h, uint8_t out[static FRAME_HEADER_SIZE]);
MUST_CHECK enum error frame_header_get(const uint8_t in[static FRAME_HEADER_SIZE], struct frame_header *out);
void segment_header_put(const struct segment_header *h, uint8_t out[static SPOOL_FRAME_SIZE]);
MUST_CHECK enum error segment_header_get(const uint8_t in[static SPOOL_FRAME_SIZE], struct segment_header *out);
uint32_t frame_key_id(const struct seal_public *station);
void segment_name(uint64_t first_seq, char out[static 32]); // "0000000000000001.seg"

// The first sequence numbers of all segments in `dir`, ascending; the caller frees. Other files are passed over.
MUST_CHECK enum error segments_list(int dir, uint64_t **list, size_t *count);
static inline off_t frame_offset(uint64_t first_seq, uint64_t seq)
{
	return (off_t)((seq - first_seq + 1) * SPOOL_FRAME_SIZE);
}
