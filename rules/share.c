// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/share.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32
#define KINDS 3 // of levels that begin at different places: full and place at the same
#define HOUR 3600

struct share_table {
	int64_t k_min, everybody;
	size_t count;
	int *parents, *depths;
	int64_t *people, *own;   // of each place; of these, the ones that are in no smaller place of the sheet
	int *told[KINDS];        // what leaves for who lies in each place; -1: no place
	int *written[KINDS];     // … for who wrote the code of just that place
	int64_t *behind[KINDS];  // the people of whom a told place would be said
	int64_t nowhere[KINDS];  // … and of whom no place would be
};

static const struct {
	const char *name, *start;
	int kind;
	int64_t least_s;
} levels[SHARE_LEVELS] = {
	{"full", NULL, 0, HOUR}, {"place", NULL, 0, HOUR}, {"area", "cercle", 1, 6 * HOUR}, {"count", "region", 2, 24 * HOUR}};

int share_level_of(const char *name)
{
	for (int i = 0; i < SHARE_LEVELS; i++)
		if (!strcmp(levels[i].name, name))
			return i;
	return -1;
}

const char *share_level_name(enum share_level level)
{
	return levels[level].name;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int depth_of(const struct place *places, int place)
{
	int depth = 0;
	for (int i = places[place].parent; i >= 0; i = places[i].parent)
		BUG_IF(++depth > DEPTH_MAX); // the sheet's loader refuses rings
	return depth;
}

// Calls for each place, those of the greatest depth first or last.
static void each_by_depth(struct share_table *t, bool deepest_first, void (*f)(struct share_table *t, int place, int kind),
	int kind)
{
	for (int i = 0; i <= DEPTH_MAX; i++)
		for (size_t p = 0; p < t->count; p++)
			if (t->depths[p] == (deepest_first ? DEPTH_MAX - i : i))
				f(t, (int)p, kind);
}

// `behind` serves as the sum of the children until this comes to them.
static void count_people(struct share_table *t, int place, int kind)
{
	(void)kind;
	int64_t inside = t->behind[0][place];
	int parent = t->parents[place];
	int64_t elsewhere = larger(0, t->people[place] - inside);
	t->people[place] = inside + elsewhere;
	t->own[place] = elsewhere;
	t->behind[0][place] = t->behind[1][place] = t->behind[2][place] = elsewhere;
	if (parent >= 0)
		t->behind[0][parent] += t->people[place];
	else
		t->everybody += t->people[place];
}

// What is not told here is told one area up. `told` is whether it may be told, until this comes to it.
static void pool(struct share_table *t, int place, int kind)
{
	int parent = t->parents[place];
	if (t->told[kind][place] >= 0 && t->behind[kind][place] >= t->k_min)
		return;
	bool own_code = t->told[kind][place] >= 0 && t->people[place] >= t->k_min; // those who write it are told, not pooled
	int64_t up = t->behind[kind][place] - (own_code ? t->own[place] : 0);
	t->told[kind][place] = -1;
	if (parent >= 0)
		t->behind[kind][parent] += up;
	else
		t->nowhere[kind] += up;
}

// Anybody in an area may have written the code of the area itself.
static void hand_down(struct share_table *t, int place, int kind)
{
	int parent = t->parents[place];
	if (t->told[kind][place] < 0 && parent >= 0)
		t->told[kind][place] = t->told[kind][parent];
	if (t->written[kind][place] < 0 || t->people[place] < t->k_min)
		t->written[kind][place] = t->told[kind][place];
}

static void *array(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);
	BUG_IF(!p);
	return p;
}

void share_table_create(const struct sheet *sheet, int64_t k_min, struct share_table **out)
{
	const struct place *places;
	struct share_table *t = array(1, sizeof *t);
	t->k_min = k_min;
	t->count = sheet_places(sheet, &places);
	t->parents = array(t->count, sizeof *t->parents);
	t->depths = array(t->count, sizeof *t->depths);
	t->people = array(t->count, sizeof *t->people);
	t->own = array(t->count, sizeof *t->own);
	for (int kind = 0; kind < KINDS; kind++) {
		t->told[kind] = array(t->count, sizeof *t->told[kind]);
		t->written[kind] = array(t->count, sizeof *t->written[kind]);
		t->behind[kind] = array(t->count, sizeof *t->behind[kind]);
	}
	for (size_t p = 0; p < t->count; p++) {
		t->parents[p] = places[p].parent;
		t->depths[p] = depth_of(places, (int)p);
		t->people[p] = larger(0, places[p].k);
		for (int l = SHARE_PLACE; l < SHARE_LEVELS; l++) {
			int start = levels[l].start ? sheet_place_at_level(sheet, (int)p, levels[l].start) : -1;
			t->told[levels[l].kind][p] = start < 0 || start == (int)p ? (int)p : -1;
			t->written[levels[l].kind][p] = t->told[levels[l].kind][p];
		}
	}
	each_by_depth(t, true, count_people, 0);
	for (int kind = 0; kind < KINDS; kind++) {
		each_by_depth(t, true, pool, kind);
		each_by_depth(t, false, hand_down, kind);
	}
	*out = t;
}

void share_table_destroy(struct share_table *t)
{
	if (!t)
		return;
	for (int kind = 0; kind < KINDS; kind++) {
		free(t->told[kind]);
		free(t->written[kind]);
		free(t->behind[kind]);
	}
	free(t->parents);
	free(t->depths);
	free(t->people);
	free(t->own);
	free(t);
}

int64_t share_k_min(const struct share_table *t)
{
	return t->k_min;
}

int64_t share_people(const struct share_table *t, int place)
{
	return t->people[place];
}

static int common_area(const struct share_table *t, int a, int b)
{
	while (a != b && a >= 0 && b >= 0) {
		if (t->depths[a] >= t->depths[b])
			a = t->parents[a];
		else
			b = t->parents[b];
	}
	return a == b ? a : -1;
}

// Few people write seldom: the fewer they are, the longer the time in which one of them could have written.
static int64_t round_s(const struct share_table *t, int64_t people, enum share_level level)
{
	int64_t s = people / 100 >= t->k_min ? HOUR : people / 10 >= t->k_min ? 6 * HOUR : 24 * HOUR;
	return larger(s, levels[level].least_s);
}

bool share_coarsen(const struct share_table *t, const int *places, size_t count, enum share_level level, int64_t at,
	struct coarse *out)
{
	int kind = levels[level].kind, place = -1;
	bool several = false;
	for (size_t i = 0; i < count; i++) {
		if (places[i] < 0)
			continue;
		place = several ? (place < 0 ? -1 : common_area(t, place, places[i])) : places[i];
		several = true;
	}
	bool said = place >= 0;
	place = said ? t->written[kind][place] : -1;
	out->place = place;
	if (place < 0)
		out->people = said ? t->nowhere[kind] : t->everybody;
	else
		out->people = t->told[kind][place] == place ? t->behind[kind][place] : t->people[place];
	int64_t step = round_s(t, out->people, level);
	out->from = at - ((at % step) + step) % step;
	out->until = out->from + step;
	return out->people >= t->k_min && out->people > 0;
}

size_t share_withheld(const struct share_table *t, const struct sheet *sheet, int area, enum share_level level, int *first)
{
	int kind = levels[level].kind;
	size_t found = 0;
	if (t->nowhere[kind] >= t->k_min)
		return 0;
	for (int p = 0; p < (int)t->count; p++)
		if (t->written[kind][p] < 0 && (area < 0 || sheet_place_inside(sheet, p, area)) && found++ == 0)
			*first = p;
	return found;
}

const char *share_bucket(int count)
{
	static const struct {
		int most;
		const char *text;
	} steps[] = {{0, NULL}, {1, "1"}, {4, "2–4"}, {9, "5–9"}, {19, "10–19"}, {49, "20–49"}, {99, "50–99"}};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (count <= steps[i].most)
			return steps[i].text;
	return "100+";
}
