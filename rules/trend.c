// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/trend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/error.h"

#define HALF_LIFE_DAYS 56
#define LONG_DAYS 80       // that many days the learned ones are worth; one report more than came is expected in them,
			   // else what is rare and came never were a miracle
#define LARGE_MEAN 200     // above, the normal distribution is as good, and exp(-mean) does not vanish
#define ODD 1e-4           // a chance below is worth a warning: with 500 series a false one in eight weeks
#define NOT_ODD 0.05       // for what has another reason to be looked at
#define RISE_FACTOR 4.0    // the CUSUM waits for four times the usual …
#define RISE_LIMIT 6.0     // … and believes it at odds of exp(6); both chosen on tests/bench/trend.c, other seeds
#define BURSTY 0.5
#define FORGET_DAYS 400    // nothing for so long: a new beginning

struct law {
	double mean, variance;
};

static struct law law_of(const struct trend *t)
{
	double learned = t->days > TREND_LAG_DAYS ? t->days - TREND_LAG_DAYS : 0;
	double mean = t->mean + 1 / (learned < LONG_DAYS ? learned + 1 : LONG_DAYS);
	double least = mean * (1 + BURSTY * mean); // no place is as even as Poisson
	return (struct law){mean, t->variance < least ? least : t->variance};
}

double trend_chance(double mean, double variance, uint32_t count)
{
	if (count == 0)
		return 1;
	if (mean > LARGE_MEAN)
		return 0.5 * erfc((count - 0.5 - mean) / sqrt(2 * variance));
	// p(i + 1) / p(i) = (size + i) / (i + 1) * mean / (size + mean); size without end is Poisson.
	double size = variance > mean * 1.001 ? mean * mean / (variance - mean) : INFINITY;
	double p = isinf(size) ? exp(-mean) : pow(size / (size + mean), size), below = 0;
	for (uint32_t i = 0; i < count && p > 1e-300; i++) {
		below += p;
		p *= isinf(size) ? mean / (i + 1) : (size + i) / (i + 1) * mean / (size + mean);
	}
	return below < 1 ? 1 - below : 0;
}

// How much more one day speaks for RISE_FACTOR times the usual than for the usual, in nats.
static double evidence(struct law l, uint32_t count)
{
	double more = l.mean * RISE_FACTOR;
	if (l.variance <= l.mean * 1.001)
		return count * log(RISE_FACTOR) - (more - l.mean);
	double size = l.mean * l.mean / (l.variance - l.mean), ratio = (size + more) / (size + l.mean);
	return count * log(RISE_FACTOR / ratio) - size * log(ratio);
}

// One burst says little about what is usual: a day counts for four deviations at most.
static void learn(struct trend *t, uint32_t count)
{
	uint32_t known = t->days - TREND_LAG_DAYS; // days learned before this one
	double weight = 1 - exp2(-1.0 / HALF_LIFE_DAYS), x = count;
	struct law l = law_of(t);
	double most = l.mean + 4 * sqrt(l.variance) + 1;
	weight = 1.0 / (known + 1.0) > weight ? 1.0 / (known + 1.0) : weight;
	if (known >= TREND_LEARN_DAYS - TREND_LAG_DAYS && x > most)
		x = most;
	double off = x - t->mean;
	t->mean += weight * off;
	t->variance = (1 - weight) * (t->variance + weight * off * off);
}

static double rise_of(const struct trend *t)
{
	double rise = t->rise + evidence(law_of(t), t->today);
	return t->days < TREND_LEARN_DAYS || rise < 0 ? 0 : rise > 2 * RISE_LIMIT ? 2 * RISE_LIMIT : rise;
}

static void end_day(struct trend *t)
{
	uint32_t *place = &t->lagging[(uint64_t)t->day % TREND_LAG_DAYS];
	t->rise = rise_of(t);
	if (t->days >= TREND_LAG_DAYS)
		learn(t, *place);
	*place = t->today;
	t->silent_days = t->today ? 0 : t->silent_days + 1;
	t->days++;
	t->day++;
	t->today = 0;
}

static bool is_unusual(const struct trend *t)
{
	struct law l = law_of(t);
	bool more = trend_chance(l.mean, l.variance, t->today) < ODD;
	return t->days >= TREND_LEARN_DAYS && (more || (t->today && rise_of(t) > RISE_LIMIT));
}

void trend_add(struct trend *t, int64_t day, uint32_t count)
{
	if (t->started && day < t->day)
		return;
	if (!t->started || day - t->day > FORGET_DAYS)
		*t = (struct trend){.started = true, .day = day};
	while (t->day < day)
		end_day(t);
	t->today += count < UINT32_MAX - t->today ? count : UINT32_MAX - t->today;
	if (t->warned_day != day && is_unusual(t)) // what was told of a day stays told
		t->warned_day = day;
}

static bool neighbour_warned(const struct trend *const *neighbours, size_t count, int64_t day)
{
	for (size_t i = 0; i < count; i++)
		if (neighbours[i] && neighbours[i]->warned_day && neighbours[i]->warned_day <= day &&
			day - neighbours[i]->warned_day <= TREND_SPREAD_DAYS)
			return true;
	return false;
}

struct trend_finding trend_look(const struct trend *t, int64_t day, const struct trend *const *neighbours, size_t count)
{
	struct trend now = *t;
	trend_add(&now, day, 0);
	struct law l = law_of(&now);
	double chance = trend_chance(l.mean, l.variance, now.today);
	double none = 1 - trend_chance(l.mean, l.variance, 1), silence = now.today ? 1 : pow(none, now.silent_days);
	struct trend_finding f = {TREND_USUAL, 0, now.today, l.mean, chance, false};
	if (!now.started || now.days < TREND_LEARN_DAYS)
		return f;
	bool unusual = is_unusual(&now);
	if (chance < ODD)
		f.sign = TREND_MORE;
	else if (unusual)
		f.sign = TREND_RISING;
	else if (silence < ODD)
		f = (struct trend_finding){TREND_SILENT, 0, now.silent_days, l.mean, silence, false};
	f.signs = f.sign ? 1u << f.sign : 0;
	f.odd = (unusual || chance < NOT_ODD) && now.today;
	if (f.odd && neighbour_warned(neighbours, count, day)) {
		f.sign = TREND_SPREADING;
		f.signs |= 1u << TREND_SPREADING;
	}
	return f;
}

const char *trend_sign_name(enum trend_sign s)
{
	static const char *const names[TREND_SIGNS] = {"usual", "more", "rising", "spreading", "silent"};
	BUG_IF(s >= TREND_SIGNS);
	return names[s];
}

static void usual(double expected, char out[static 48])
{
	if (expected >= 0.95)
		snprintf(out, 48, "%.1f a day are usual here", expected);
	else
		snprintf(out, 48, "one in %.0f days is usual here", 1 / expected);
}

void trend_sentence(const struct trend_finding *f, char out[static TREND_SENTENCE_SIZE])
{
	char base[48], odds[64];
	usual(f->expected, base);
	double once = f->chance > 1e-6 ? 1 / f->chance : 1e6, digits = pow(10, floor(log10(once)) - 1);
	once = once > 100 ? round(once / digits) * digits : once; // nobody knows it better than two digits
	snprintf(odds, sizeof odds, f->chance > 1e-6 ? "once in %.0f" : "less than once in %.0f", once);
	switch (f->sign) {
	case TREND_MORE:
		snprintf(out, TREND_SENTENCE_SIZE, "%u reports today; %s (a day like this comes %s).", f->count, base, odds);
		break;
	case TREND_RISING:
		snprintf(out, TREND_SENTENCE_SIZE, "More and more for days; %u today, %s.", f->count, base);
		break;
	case TREND_SPREADING:
		snprintf(out, TREND_SENTENCE_SIZE, "It spreads: %u today, %s, and a neighbouring place had it in the last %d days.",
			f->count, base, TREND_SPREAD_DAYS);
		break;
	case TREND_SILENT:
		snprintf(out, TREND_SENTENCE_SIZE, "Nothing for %u days from a place that talks; %s.", f->count, base);
		break;
	case TREND_USUAL:
	case TREND_SIGNS:
	default:
		snprintf(out, TREND_SENTENCE_SIZE, "%u today; %s.", f->count, base);
	}
}
