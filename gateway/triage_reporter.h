// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Who vouches for a text: the reporter code in it, if the station gave it out. The code is known to triage by a blind
// tag alone, what belongs to it is sealed, and neither leads to a number.

#include "gateway/triage.h"

#define TRIAGE_REPORTERS_KEY "reporters"

enum source_state { SOURCE_NONE, SOURCE_KNOWN, SOURCE_REVOKED, SOURCE_UNKNOWN, SOURCE_SEVERAL, SOURCE_DOUBTED };
struct triage_source {
	enum source_state state;
	uint32_t id; // of a known or revoked code
	char grade;  // A to F
};

// Within a transaction. `who` is the sender's tag: who tries codes that were never given out is believed none.
MUST_CHECK enum error triage_source_find(struct triage *t, const struct reading_set *parsed,
	const uint8_t who[static TAG_SIZE], struct triage_source *out);
const char *triage_source_name(enum source_state s); // "known" …; for officers' programs
const char *triage_source_note(enum source_state s); // a sentence for officers, NULL: nothing to say
// What stands for a known code among the reporters of an incident.
void triage_source_tag(const struct triage *t, uint32_t id, uint8_t tag[static TAG_SIZE]);
// The alert was closed with this outcome: counts for its reporter, once an incident. Within a transaction, unlocked.
MUST_CHECK enum error triage_source_judge(struct triage *t, uint64_t alert_id, const char *outcome);
void triage_source_forget(struct triage *t); // the key in memory
