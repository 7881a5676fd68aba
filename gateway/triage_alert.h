// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One whole message becomes one alert: parsed, decided, sealed, written, within the caller's transaction.

#include "gateway/number.h"
#include "gateway/triage.h"
#include "gateway/triage_trend.h"

struct whole_message {
	char sender[NUMBER_SIZE]; // canonical
	int64_t sent_at, received_at;
	unsigned flags;           // FLAG_INCOMPLETE, FLAG_RAW, FLAG_BEEP, FLAG_UNDECODED
	bool tampered;            // the spool's chain did not hold
	bool from_station;        // a notice of Tama's own: no sender, no identity, no parsing
	int severity;             // of such a notice
	const struct trend_said *said; // of a notice about `place` (-1: of none); else NULL
	int place;
	unsigned modem;
	char *text;               // UTF-8, NUL behind it
	size_t size;
};

MUST_CHECK enum error triage_alert(struct triage *t, const struct whole_message *m);
// An alert of Tama's own, for what officers must know. No sender, no text of anybody.
__attribute__((format(printf, 3, 4))) MUST_CHECK enum error triage_notice(struct triage *t, int severity,
	const char *format, ...);
// One of early warning: the rules decide about it as about an alert of that place without an event.
MUST_CHECK enum error triage_notice_trend(struct triage *t, int place, const struct trend_said *said);
