// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours across the border of a cercle: asked of each alert, so that a country's places are not gone through.
#include <stdlib.h>

#include "gateway/base/error.h"
#include "rules/sheet_file.h"

#define KM_A_DEGREE 111.0 // of latitude, at least

static int compare_latitudes(const void *a, const void *b, void *ctx)
{
	const struct place *places = ctx;
	int i = *(const int *)a, k = *(const int *)b;
	double x = places[i].lat, y = places[k].lat;
	return x > y ? 1 : x < y ? -1 : i - k;
}

void sheet_sort_latitudes(struct sheet *s)
{
	s->by_latitude = calloc(s->place_count + 1, sizeof *s->by_latitude);
	BUG_IF(!s->by_latitude);
	s->latitude_count = 0;
	for (size_t i = 0; i < s->place_count; i++)
		if (sheet_has_coordinates(&s->places[i]))
			s->by_latitude[s->latitude_count++] = (int)i;
	qsort_r(s->by_latitude, s->latitude_count, sizeof *s->by_latitude, compare_latitudes, s->places);
}

static size_t first_from(const struct sheet *s, double latitude)
{
	size_t low = 0, high = s->latitude_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (s->places[s->by_latitude[middle]].lat < latitude)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t sheet_places_across(const struct sheet *s, int place, int *out, size_t room)
{
	const struct place *here = &s->places[place];
	const double band = SHEET_NEIGHBOUR_KM / KM_A_DEGREE;
	int cercle = sheet_place_at_level(s, place, "cercle");
	size_t n = 0;
	if (!sheet_has_coordinates(here) || cercle < 0)
		return 0;
	for (size_t i = first_from(s, here->lat - band); i < s->latitude_count && n < room; i++) {
		int other = s->by_latitude[i];
		const struct place *there = &s->places[other];
		if (there->lat > here->lat + band)
			break;
		int its = sheet_place_at_level(s, other, "cercle");
		if (its >= 0 && its != cercle && sheet_distance_km(here, there) <= SHEET_NEIGHBOUR_KM)
			out[n++] = other;
	}
	return n;
}
