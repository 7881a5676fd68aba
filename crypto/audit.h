// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The audit chain: what people and the station did, each record signed with a key of its own that names the next one
// and is then destroyed. Who takes the station later holds a key for records to come, none for those that are there:
// they cannot be edited, removed, reordered, or cut off and continued. Who puts an old database back is found by the
// key file, which is ahead of it, and by any head on paper. (systemd-journald's sealing failed on cut-and-continue.)
//
//   record  version u8 | seq u64 | at u64 | kind text[24] | actor text[32] | size u16, detail | previous hash u8[32]
//           | next public key u8[32] | Ed25519 signature over domain, station and all before it
//   hash    BLAKE2b-256 over domain, station and the whole record

#include <stddef.h>
#include <stdint.h>

#include "crypto/secret.h"

#define AUDIT_KIND_SIZE 24
#define AUDIT_ACTOR_SIZE 32
#define AUDIT_DETAIL_MAX 512
#define AUDIT_HASH_SIZE 32
#define AUDIT_PUBLIC_SIZE 32
#define AUDIT_SEED_SIZE 32
#define AUDIT_RECORD_MAX (1 + 8 + 8 + AUDIT_KIND_SIZE + AUDIT_ACTOR_SIZE + 2 + AUDIT_DETAIL_MAX + 32 + 32 + 64)
#define AUDIT_HEAD_SIZE 48 // "123-ABCDE-FGHJK-MNPQR-STVWX": the record's number and 100 bits of its hash

struct audit_record {
	uint64_t seq;                   // 1 for the first
	int64_t at;                     // Unix seconds UTC
	char kind[AUDIT_KIND_SIZE];     // "step", "reveal-open", …
	char actor[AUDIT_ACTOR_SIZE];   // an officer's name, or "station"
	uint16_t size;
	char detail[AUDIT_DETAIL_MAX];  // ids and words, never a number or a text of a villager
	uint8_t previous[AUDIT_HASH_SIZE];
	uint8_t next[AUDIT_PUBLIC_SIZE];
	uint8_t signature[64];
};

// Where the chain stands: what the next record must fit. `expected` is the public key that must have signed it.
struct audit_state {
	uint64_t seq;                   // of the last record; 0: none yet
	int64_t at;
	uint8_t hash[AUDIT_HASH_SIZE];  // zeros at the beginning
	uint8_t expected[AUDIT_PUBLIC_SIZE];
};

void audit_public(const uint8_t seed[static AUDIT_SEED_SIZE], uint8_t out[static AUDIT_PUBLIC_SIZE]);
// One step of the ratchet, in place: the seed before is gone.
void audit_seed_next(uint8_t seed[static AUDIT_SEED_SIZE]);

// Writes the record behind `state` with kind, actor, detail, at and `next` (the public key of whatever seed follows)
// given, signs it with `seed` and steps `state` on. Returns the size.
size_t audit_append(struct audit_state *state, const uint8_t station_id[static 16],
	const uint8_t seed[static AUDIT_SEED_SIZE], struct audit_record *r, uint8_t out[static AUDIT_RECORD_MAX]);

// Checks one record against `state` and steps it on. ERROR_MALFORMED, ERROR_VERSION; ERROR_NOT_FOUND: records are
// missing or stand elsewhere (out->seq says which came); ERROR_FORGED: edited, or signed with another key than the
// record before named.
MUST_CHECK enum error audit_check(struct audit_state *state, const uint8_t station_id[static 16], const void *data,
	size_t size, struct audit_record *out);
// The state behind a record that is trusted already: the station's own last one.
void audit_state_of(struct audit_state *state, const uint8_t station_id[static 16], const struct audit_record *r,
	const void *data, size_t size);
MUST_CHECK enum error audit_read(const void *data, size_t size, struct audit_record *out); // the shape alone

void audit_head(const struct audit_state *state, char out[static AUDIT_HEAD_SIZE]);
// A head from paper: its number, and whether `state` (at that number) has it. ERROR_MALFORMED: not a head.
MUST_CHECK enum error audit_head_seq(const char *head, uint64_t *seq);
_Bool audit_head_is(const struct audit_state *state, const char *head);
