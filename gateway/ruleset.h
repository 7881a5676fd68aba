// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A version of the rules or of the code sheet: proposed by one officer, approved by another, each with a signature over
// the station, what it is, its number and the hash of its text. The wire of REQUEST_RULESET_*, and what a client needs.
//
//   PART      what u8 | hash[32] of the whole | total u32 | offset u32 | octets: in order, 0 begins again
//   PROPOSE   what u8 | version u64 | hash[32] | comment text[200] | signature[64]: the parts of that hash are there
//   APPROVE, ROLLBACK  what u8 | version u64 | hash[32] | signature[64]
//   REJECT    what u8 | version u64
//   LOG       what u8 | before u64 (0: the newest), answered by struct ruleset_page, sealed to the officer
//   TEXT      what u8 | version u64 (0: what runs) | offset u32, answered by total u32 | octets, sealed to the officer

#include "gateway/request.h"

#define RULESET_HASH_SIZE 32
#define RULESET_COMMENT_SIZE 200
#define RULESET_TEXT_MAX (8u << 20)
#define RULESET_PART_MAX 15000
#define RULESET_PAGE 30
#define RULESET_ANSWER_DOMAIN "tama/ruleset-answer/1"

enum ruleset_what { RULESET_RULES = 1, RULESET_SHEET, RULESET_END_ };
enum ruleset_step { RULESET_PROPOSE = 1, RULESET_APPROVE, RULESET_ROLLBACK };

struct ruleset_info {
	uint64_t version;
	char state[16]; // proposed, active, replaced, rejected
	uint8_t hash[RULESET_HASH_SIZE];
	uint32_t size;
	int64_t proposed_at, approved_at, rolled_at; // 0: not
	char proposed_by[OFFICER_NAME_SIZE], approved_by[OFFICER_NAME_SIZE], rolled_by[OFFICER_NAME_SIZE];
	char comment[RULESET_COMMENT_SIZE];
};

struct ruleset_page {
	uint64_t next, active, running; // the next number; the active version, the one that runs; 0: none
	bool approved;                  // two people approved what runs
	uint16_t count;
	struct ruleset_info list[RULESET_PAGE]; // newest first
};

const char *ruleset_name(enum ruleset_what w); // "rules", "sheet"
void ruleset_hash(const void *text, size_t size, uint8_t out[static RULESET_HASH_SIZE]);
void ruleset_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], enum ruleset_what what,
	enum ruleset_step step, uint64_t version, const uint8_t hash[static RULESET_HASH_SIZE],
	uint8_t out[static SIGNATURE_SIZE]);
MUST_CHECK enum error ruleset_verify(const struct officer_public *p, const uint8_t station_id[static 16],
	enum ruleset_what what, enum ruleset_step step, uint64_t version, const uint8_t hash[static RULESET_HASH_SIZE],
	const uint8_t signature[static SIGNATURE_SIZE]);
size_t ruleset_page_write(const struct ruleset_page *p, uint8_t *out, size_t room);
MUST_CHECK enum error ruleset_page_read(const void *data, size_t size, struct ruleset_page *out);

// ---- ruleset_client.c: what the command line and the console do with it ----------------------------------------------

// How a client asks triage: signs the request as the officer, waits, fills the answer. The result of the transport; what
// triage answered stands in the answer.
struct ruleset_client {
	const struct officer_keys *keys;
	const uint8_t *station_id; // 16
	enum error (*ask)(void *ctx, enum request_verb verb, const void *payload, size_t size, struct answer *out);
	void *ctx;
	struct answer *answer; // of the last question: its text is for people, its payload may hold the problems of a text
};

MUST_CHECK enum error ruleset_list(const struct ruleset_client *c, enum ruleset_what what, uint64_t before,
	struct ruleset_page *out);
// Version 0: what runs now, approved or not.
MUST_CHECK enum error ruleset_fetch(const struct ruleset_client *c, enum ruleset_what what, uint64_t version, char **text,
	size_t *size); // the caller's, NUL behind it
MUST_CHECK enum error ruleset_propose(const struct ruleset_client *c, enum ruleset_what what, const char *text, size_t size,
	const char *comment, uint64_t *version);
// Of the text with this hash, which who signs has read.
MUST_CHECK enum error ruleset_approve(const struct ruleset_client *c, enum ruleset_what what, uint64_t version,
	const uint8_t hash[static RULESET_HASH_SIZE]);
MUST_CHECK enum error ruleset_rollback(const struct ruleset_client *c, enum ruleset_what what, uint64_t version,
	const uint8_t hash[static RULESET_HASH_SIZE]);
MUST_CHECK enum error ruleset_reject(const struct ruleset_client *c, enum ruleset_what what, uint64_t version);
