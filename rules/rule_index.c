// SPDX-License-Identifier: GPL-2.0-or-later
// Which of ten thousand rules an alert could meet, without asking each.
#include <stdlib.h>
#include <string.h>

#include "rules/rule_file.h"

static int compare_keys(const void *a, const void *b)
{
	const struct rule_key *x = a, *y = b;
	int d = (x->area > y->area) - (x->area < y->area);
	d = d ? d : (x->event > y->event) - (x->event < y->event);
	return d ? d : x->rule - y->rule;
}

void rules_index(struct rules *r)
{
	size_t most = 0;
	for (size_t i = 0; i < r->rule_count; i++)
		most += r->rules[i].when.event_count + 1;
	r->keys = calloc(most + 1, sizeof *r->keys);
	BUG_IF(!r->keys);
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct condition *c = &r->rules[i].when;
		if (c->event_count == 0)
			r->keys[r->key_count++] = (struct rule_key){c->area, -1, (int)i};
		for (size_t k = 0; k < c->event_count; k++)
			r->keys[r->key_count++] = (struct rule_key){c->area, c->events[k], (int)i};
	}
	qsort(r->keys, r->key_count, sizeof *r->keys, compare_keys);
}

size_t rules_key_from(const struct rules *r, int area, int event, int rule)
{
	const struct rule_key wanted = {area, event, rule};
	size_t low = 0, high = r->key_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (compare_keys(&r->keys[mid], &wanted) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void add_all(const struct rules *r, int area, int event, struct rule_set *out)
{
	size_t low = rules_key_from(r, area, event, -1);
	for (; low < r->key_count && r->keys[low].area == area && r->keys[low].event == event; low++)
		out->words[r->keys[low].rule / 64] |= UINT64_C(1) << r->keys[low].rule % 64;
}

static void add_events(const struct rules *r, int area, int event, struct rule_set *out)
{
	add_all(r, area, -1, out);
	if (event >= 0)
		add_all(r, area, event, out);
}

void rules_candidates(const struct rules *r, const struct sheet *sheet, const struct facts *f, struct rule_set *out)
{
	const struct place *places;
	memset(out->words, 0, (r->rule_count + 63) / 64 * sizeof *out->words);
	sheet_places(sheet, &places);
	add_all(r, -1, -1, out);
	for (size_t i = 0; i < f->parsed->count; i++) {
		const struct reading *reading = &f->parsed->readings[i];
		add_events(r, -1, reading->event, out);
		for (int place = reading->place, depth = 0; place >= 0 && depth < 8; place = places[place].parent, depth++)
			add_events(r, place, reading->event, out);
	}
}
