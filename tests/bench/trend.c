// SPDX-License-Identifier: GPL-2.0-or-later
// Early warning on a year of generated reports: how soon planted outbreaks are found and how many false alarms a week
// there are, beside rules of a fixed threshold. Whoever doubts the figures gives another seed.
//
// 49 areas and 10 events. Each series has its own rate (a few talk daily, most are all but silent), bursts (negative
// binomial), a market day and a season. The first 90 days are for learning, in all methods alike.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/trend.h"

#define AREAS 49
#define EVENTS 10
#define SERIES (AREAS * EVENTS)
#define DAYS 365
#define LEARN 90
#define OUTBREAKS 60
#define FIXED_MAX 12

static uint64_t state;

static double uniform(void) // splitmix64: the same everywhere
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0 + 1e-18;
}

static double gamma_of(double shape) // Marsaglia and Tsang 2000
{
	if (shape < 1)
		return gamma_of(shape + 1) * pow(uniform(), 1 / shape);
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
	for (;;) {
		double x = sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform()), v = 1 + c * x;
		v = v * v * v;
		if (v > 0 && log(uniform()) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

static unsigned poisson(double mean)
{
	double left = exp(-mean), p = 1;
	unsigned n = 0;
	while ((p *= uniform()) > left)
		n++;
	return n;
}

enum shape { BURST, DRIFT, SHAPES };

struct outbreak {
	enum shape shape;
	int series, from, days;
	double times;
	int found[FIXED_MAX + 1]; // the day, by method; -1
};

struct method {
	char name[40];
	unsigned false_alarms;
};

static unsigned counts[SERIES][DAYS];
static struct outbreak outbreaks[OUTBREAKS];
static const int thresholds[] = {2, 3, 4, 5, 6, 8, 10};
#define FIXED (sizeof thresholds / sizeof thresholds[0])

static const struct outbreak *outbreak_at(int series, int day, int slack)
{
	for (int i = 0; i < OUTBREAKS; i++)
		if (outbreaks[i].series == series && day >= outbreaks[i].from && day < outbreaks[i].from + outbreaks[i].days + slack)
			return &outbreaks[i];
	return NULL;
}

static void plant(void)
{
	for (int i = 0; i < OUTBREAKS; i++) {
		struct outbreak *o = &outbreaks[i];
		*o = (struct outbreak){.shape = i % 2 ? DRIFT : BURST, .series = i * (SERIES / OUTBREAKS)};
		o->days = o->shape == BURST ? 7 : 40;
		o->from = LEARN + (int)(uniform() * (DAYS - LEARN - o->days));
		o->times = o->shape == BURST ? 4 + 4 * uniform() : 2 + 2 * uniform();
		memset(o->found, 0xff, sizeof o->found);
	}
}

static void generate(void)
{
	for (int s = 0; s < SERIES; s++) {
		double rate = exp(log(0.02) + (log(2.0) - log(0.02)) * uniform() * uniform());
		double burst = 1 + 4 * uniform(); // the shape of the gamma: small is bursty
		int market = (int)(uniform() * 7);
		double phase = 2 * M_PI * uniform();
		if (outbreak_at(s, LEARN, DAYS))
			rate = rate < 0.2 ? 0.2 : rate; // an outbreak of nothing could not be seen by anybody
		for (int d = 0; d < DAYS; d++) {
			double mean = rate * (d % 7 == market ? 1.6 : 0.9) * (1 + 0.3 * sin(2 * M_PI * d / 365 + phase));
			const struct outbreak *o = outbreak_at(s, d, 0);
			if (o && o->shape == BURST)
				mean = mean < 0.5 ? 0.5 * o->times : mean * o->times;
			else if (o)
				mean *= 1 + (o->times - 1) * (d - o->from + 1) / (o->days / 2.0);
			counts[s][d] = poisson(mean * gamma_of(burst) / burst);
		}
	}
}

// An alarm inside an outbreak, or in the week behind it, is no false one. One again within a week is the same.
static void note(struct method *m, size_t method, int s, int d, bool alarm, int *before)
{
	struct outbreak *o = (struct outbreak *)outbreak_at(s, d, 7);
	if (alarm && o && o->found[method] < 0 && d < o->from + o->days)
		o->found[method] = d;
	else if (alarm && !o && d - *before > 7)
		m->false_alarms++;
	*before = alarm ? d : *before;
}

static void watch_series(struct method *methods, int s)
{
	struct trend t = {0};
	int before[FIXED_MAX + 1];
	for (size_t i = 0; i <= FIXED; i++)
		before[i] = -100;
	for (int d = 0; d < DAYS; d++) {
		trend_add(&t, 20000 + d, counts[s][d]);
		struct trend_finding f = trend_look(&t, 20000 + d, NULL, 0);
		if (d < LEARN)
			continue;
		note(&methods[0], 0, s, d, f.sign == TREND_MORE || f.sign == TREND_RISING, &before[0]);
		for (size_t i = 0; i < FIXED; i++)
			note(&methods[i + 1], i + 1, s, d, counts[s][d] >= (unsigned)thresholds[i], &before[i + 1]);
	}
}

static void print_method(const struct method *m, size_t method)
{
	printf("%-28s", m->name);
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		int found = 0, all = 0;
		double delay = 0;
		for (int i = 0; i < OUTBREAKS; i++) {
			const struct outbreak *o = &outbreaks[i];
			if (o->shape != shape)
				continue;
			all++;
			found += o->found[method] >= 0;
			delay += o->found[method] >= 0 ? o->found[method] - o->from : 0;
		}
		printf("  %2d of %2d, %5.1f days", found, all, found ? delay / found : NAN);
	}
	printf("  %8.2f\n", m->false_alarms / ((DAYS - LEARN) / 7.0));
}

int main(int argc, char **argv)
{
	struct method methods[FIXED + 1] = {{"Tama's baseline and CUSUM", 0}};
	state = argc > 1 ? strtoull(argv[1], NULL, 10) : 2016;
	for (size_t i = 0; i < FIXED; i++)
		snprintf(methods[i + 1].name, sizeof methods[0].name, "fixed: %d and more a day", thresholds[i]);
	plant();
	generate();
	clock_t start = clock();
	for (int s = 0; s < SERIES; s++)
		watch_series(methods, s);
	double took = (double)(clock() - start) / CLOCKS_PER_SEC;
	printf("%d series, %d days, %d outbreaks planted\n%-28s  %-20s  %-20s  %s\n", SERIES, DAYS, OUTBREAKS, "",
		"bursts found, delay", "drifts found, delay", "false alarms a week");
	for (size_t i = 0; i <= FIXED; i++)
		print_method(&methods[i], i);
	printf("%.2f us a series and day\n", took * 1e6 / ((double)SERIES * DAYS));
	return 0;
}
