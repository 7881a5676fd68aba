// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What each process tells the supervisor about itself, for `tama status`: a word, a sentence and counters.
// Never an informant's number or text.

#include <stdint.h>

#include "gateway/base/bytes.h"

#define STATE_COUNTERS 10
#define STATE_TEXT_SIZE 96
#define STATE_SIZE (1 + STATE_TEXT_SIZE + 8 * STATE_COUNTERS)

enum state_code {
	STATE_STARTING,
	STATE_RUNNING,
	STATE_LOCKED,    // triage, keeper
	STATE_NO_DEVICE, // modem
	STATE_NO_SIM,
	STATE_NO_NETWORK,
	STATE_DISK_FULL, // intake
	STATE_FAILED,
	STATE_STOPPED,
	STATE_CODE_END_,
};

// Meaning of the counters, by role.
enum { MODEM_RECEIVED, MODEM_SLOTS_USED, MODEM_SLOTS_TOTAL, MODEM_SIGNAL, MODEM_COMMANDS, MODEM_RAW, MODEM_SENT,
	MODEM_LAST_AT };
enum { INTAKE_RECEIVED, INTAKE_SPOOLED, INTAKE_REJECTED, INTAKE_SEQ, INTAKE_SYNCS, INTAKE_REFUSED_FULL };
enum { TRIAGE_TRIAGED, TRIAGE_ALERTS, TRIAGE_DUPLICATES, TRIAGE_WAITING_PARTS, TRIAGE_SEQ, TRIAGE_BROKEN_FRAMES,
	TRIAGE_LAST_AT, TRIAGE_ESCALATED, TRIAGE_RULES, TRIAGE_CANARY }; // the last: when it came back, times two; odd: the newest did not
// Bits of TRIAGE_RULES.
enum { TRIAGE_RULES_UNAPPROVED = 1, TRIAGE_SHEET_UNAPPROVED = 2, TRIAGE_RULES_MISTAKES = 4, TRIAGE_RULES_FALLBACK = 8 };

struct state {
	enum state_code code;
	char text[STATE_TEXT_SIZE]; // for people: what is wrong and what to do
	uint64_t counters[STATE_COUNTERS];
};

void state_put(struct bytes_writer *w, const struct state *s);
MUST_CHECK enum error state_get(struct bytes_reader *r, struct state *out);
const char *state_name(enum state_code c); // "running", "no-device" …
