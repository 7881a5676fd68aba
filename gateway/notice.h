// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What triage tells the notify process, and all that leaves through it: that something waits, of which number, severity
// and queue. A text, a place, a count of people or a handle has no field here.

#include <stdint.h>

#include "gateway/base/bytes.h"

#define NOTICE_NAME_SIZE 24
#define NOTICE_TO_SIZE 256
#define NOTICE_SIZE (8 + 2 * NOTICE_NAME_SIZE + NOTICE_TO_SIZE + 1 + 8 + 1 + 4 + 4 + 8)

enum notice_what { NOTICE_ALERT = 1, NOTICE_ESCALATION, NOTICE_STATION, NOTICE_TEST, NOTICE_WHAT_END_ };

struct notice {
	uint64_t id;                   // the same whenever it is sent again
	char target[NOTICE_NAME_SIZE];
	char to[NOTICE_TO_SIZE];       // mail: addresses, separated by commas
	enum notice_what what;
	uint64_t alert_id;             // 0, severity 0 and no queue: beyond the target's level
	uint8_t severity;
	char queue[NOTICE_NAME_SIZE];
	uint32_t alerts, escalated;    // how many are told at once; how often it was escalated
	int64_t at;
};

void notice_put(struct bytes_writer *w, const struct notice *n);
MUST_CHECK enum error notice_get(struct bytes_reader *r, struct notice *out); // ERROR_MALFORMED
const char *notice_name(enum notice_what w); // "alert", "escalation", "station", "test"

// How a target does, told to the supervisor (MESSAGE_TARGET) for `tama status`.
#define TARGET_WHY_SIZE 64
#define TARGET_STATE_SIZE (NOTICE_NAME_SIZE + 4 * 8 + TARGET_WHY_SIZE)
struct target_state {
	char name[NOTICE_NAME_SIZE];
	int64_t last_ok;               // 0: never since the start
	uint64_t delivered, failures;  // failures in a row; 0: it does well
	uint64_t waiting;
	char why[TARGET_WHY_SIZE];     // the last failure, for people
};
void target_state_put(struct bytes_writer *w, const struct target_state *s);
MUST_CHECK enum error target_state_get(struct bytes_reader *r, struct target_state *out);
