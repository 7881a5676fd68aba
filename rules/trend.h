// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Early warning: whether one event in one place is reported more often than usual there, more and more often, or no more
// at all. A series counts days; time is a parameter. Nothing is said before TREND_LEARN_DAYS days are known.
//
// The days of the past are taken as negative binomial, which is Poisson where nothing is bursty (Farrington et al. 1996;
// Noufaily et al. 2013); what rises slowly is found by a likelihood-ratio CUSUM (Lucas 1985; Höhle & Paul 2008).

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREND_LAG_DAYS 14   // the last days teach nothing yet, so that a slow rise does not become the usual
#define TREND_LEARN_DAYS 56
#define TREND_SPREAD_DAYS 7
#define TREND_SENTENCE_SIZE 200

enum trend_sign {
	TREND_USUAL,
	TREND_MORE,      // today alone is far above the usual
	TREND_RISING,    // no day is, together they are
	TREND_SPREADING, // unusual here, and a neighbour had it before
	TREND_SILENT,    // a talkative place says nothing
	TREND_SIGNS
};

struct trend {
	bool started;
	int64_t day;                     // days since 1970: the one that `today` counts
	uint32_t today;
	uint32_t lagging[TREND_LAG_DAYS]; // at day % TREND_LAG_DAYS: counted, not learned
	uint32_t days;                   // all that were counted before today
	double mean, variance;           // of a day; half of the weight lies in the last eight weeks
	double rise;                     // the CUSUM, in nats, up to yesterday
	uint32_t silent_days;            // in a row, before today
	int64_t warned_day;              // the last on which it was more or rising; 0: none
};

struct trend_finding {
	enum trend_sign sign; // what is to be said
	unsigned signs;        // all that hold, 1 << each: what spreads is more or rising too
	uint32_t count;  // of today; of TREND_SILENT: the days without a word
	double expected; // a day
	double chance;   // of a day like this (TREND_MORE, TREND_SILENT), 0 to 1
	bool odd;        // worth a look at its neighbours
};

// `count` more reports on `day` (0: the day is only reached). Days in between had none. An earlier day is ignored: a clock
// that was put back teaches nothing.
void trend_add(struct trend *t, int64_t day, uint32_t count);
// What `day`, today or a later one, looks like. `neighbours` may be empty, its members NULL.
struct trend_finding trend_look(const struct trend *t, int64_t day, const struct trend *const *neighbours, size_t count);
// The chance of `count` and more on one day.
double trend_chance(double mean, double variance, uint32_t count);
// One sentence for an officer: "9 reports today, 1.2 a day are usual here (a day like this comes once in 3,000)."
void trend_sentence(const struct trend_finding *f, char out[static TREND_SENTENCE_SIZE]);
const char *trend_sign_name(enum trend_sign s); // for rules: "more", "rising", "spreading", "silent"
