// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Early warning: how often each event is reported from each place, a series of days for each pair and one for the place
// as a whole. Kept in memory while unlocked, written with each transaction; at rest under a key of its own.

#include "gateway/triage.h"
#include "rules/trend.h"

struct trend_said {
	unsigned signs; // 1 << enum trend_sign
	enum trend_sign sign;
	char sentence[TREND_SENTENCE_SIZE];
};

struct trend_report {
	int event, place; // of the sheet; event -1: not said, or no alert
	bool teaches;
	int64_t at;
	const uint8_t *who; // triage_origin_tag: one witness counts once a day
};

// Counts the report, if it teaches, and says what it looks like now. Within a transaction.
MUST_CHECK enum error triage_trend_add(struct triage *t, const struct trend_report *r, struct trend_said *out);
MUST_CHECK enum error triage_trend_write(struct triage *t); // what changed, before a commit
void triage_trend_forget(struct triage *t);                 // wiped from memory; read again when it is needed
// Once a day: which places fell silent, which series ended with the retention, a new key for all of them.
void triage_trend_house(struct triage *t, int64_t now);
MUST_CHECK enum error triage_trend_seize(struct triage *t); // its key, also of a locked station
