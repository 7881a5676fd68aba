// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A spool in a temporary folder, filled with parts that can be told apart, and everything that a reader says about it.
// Used by test_spool.c and test_spool_harm.c.

#include "gateway/spool.h"
#include "scratch.h"

#define KIT_FRAMES 16 // in a segment, so that a few parts roll over several
#define KIT_EVENTS_MAX 1024
#define KIT_TEXT "VILLAGE ALERT"
#define KIT_SENDER "+22310" // and six digits: the unassigned range

struct spool_kit {
	char dir[SCRATCH_PATH];
	struct seal_public station;
	struct secret *secret;
};

struct kit_event {
	enum spool_event_kind kind;
	uint64_t from, to;
	uint32_t id; // of the part
	unsigned modem;
	_Bool tampered;
	struct spool_position before; // where a reader must begin to get this event
};

struct kit_seen {
	size_t count;
	struct kit_event events[KIT_EVENTS_MAX];
};

int spool_kit_setup(void **state);    // cmocka's; *state is the kit
int spool_kit_teardown(void **state);

struct spool_writer *kit_open(const struct spool_kit *k);
struct part kit_part(uint32_t id);
void kit_append(struct spool_writer *w, uint32_t from_id, uint32_t to_id); // buffers
void kit_write(struct spool_writer *w, uint32_t from_id, uint32_t to_id);  // and commits
// A new spool with parts 1 … count, committed one by one, closed: frame 1 starts the chain, part n is frame n + 1.
void kit_fill(const struct spool_kit *k, uint32_t count);

// Every event from `from` (NULL: the beginning) to `limit`, checking that they leave out no frame and name none twice.
void kit_read(const struct spool_kit *k, const struct spool_position *from, uint64_t limit, struct kit_seen *out);
size_t kit_count(const struct kit_seen *seen, enum spool_event_kind kind);
size_t kit_times(const struct kit_seen *seen, uint32_t id); // how often that part was read
const struct kit_event *kit_at(const struct kit_seen *seen, uint64_t seq); // the event about that frame
// Nothing but untouched parts and skipped chain starts.
void kit_assert_sound(const struct kit_seen *seen);

// The segment that begins with `first_seq` as a path; frames inside it as octets of a loaded file.
const char *kit_segment(const struct spool_kit *k, uint64_t first_seq, char path[static 256]);
void kit_load_frame(const struct spool_kit *k, uint64_t seq, uint8_t frame[static SPOOL_FRAME_SIZE]);
void kit_save_frame(const struct spool_kit *k, uint64_t seq, const uint8_t frame[static SPOOL_FRAME_SIZE]);
