// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// An officer's step on one alert, signed with the officer's own key: what a client sends to triage (MESSAGE_ACTION),
// what triage checks and keeps. The note is sealed under the alert's key before it leaves the officer's program.
//
//   officer text[32] | kind u8 | alert u64 | at u64 | detail text[32] | note u16, octets | grants u16, each
//   text[32] + 80 octets | Ed25519 signature over domain, station and all before it

#include "crypto/officer.h"
#include "gateway/alert.h"
#include "gateway/base/bytes.h"

#define ACTION_DETAIL_SIZE 32
#define ACTION_NOTE_MAX 4096
#define ACTION_GRANTS_MAX 64
#define ACTION_SIZE_MAX 16384

enum action_kind { ACTION_ACK = 1, ACTION_ASSIGN, ACTION_NOTE, ACTION_VERIFY, ACTION_RESPOND, ACTION_REFER,
	ACTION_CLOSE, ACTION_MERGE, ACTION_SPLIT, ACTION_KIND_END_ };

struct action_grant {
	char officer[OFFICER_NAME_SIZE];
	uint8_t sealed[ALERT_KEY_SEALED];
};

struct action {
	char officer[OFFICER_NAME_SIZE];
	enum action_kind kind;
	uint64_t alert_id;
	int64_t at;                       // Unix seconds UTC
	char detail[ACTION_DETAIL_SIZE];  // assign: to whom; refer: to which queue; close: the outcome; merge: the
	                                  // number of an alert of the other incident
	uint16_t note_size, grant_count;
	uint8_t note[ACTION_NOTE_MAX];    // alert_text_seal, field "note"
	struct action_grant grants[ACTION_GRANTS_MAX];
	uint8_t signature[SIGNATURE_SIZE];
};

// Writes and signs; returns the size. Aborts when `room` (ACTION_SIZE_MAX) is too small.
size_t action_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], const struct action *a,
	uint8_t out[static ACTION_SIZE_MAX]);
// ERROR_MALFORMED. The signature is not checked yet: action_verify does, over the same octets.
MUST_CHECK enum error action_read(const void *data, size_t size, struct action *out);
MUST_CHECK enum error action_verify(const struct officer_public *officer, const uint8_t station_id[static 16],
	const void *data, size_t size);

const char *action_name(enum action_kind k);        // "ack" …
// The state behind a step, NULL when that step is not allowed in `state`; ACTION_NOTE, _ASSIGN, _MERGE and _SPLIT keep it.
const char *action_next_state(enum action_kind k, const char *state);
_Bool action_outcome_known(const char *outcome);    // confirmed, unverifiable, false, duplicate, drill
