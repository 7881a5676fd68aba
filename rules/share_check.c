// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "rules/rule_file.h"

// What is restricted is for named officers. A rule that names such an event means something that never happens.
static void check_restricted(const struct rules *r, const struct sheet *sheet, const struct rule *rule,
	struct problems *problems)
{
	const struct event *events;
	sheet_events(sheet, &events);
	const struct section *open = NULL; // one that is not for named people
	for (size_t k = 0; k < rule->share_count && !open; k++) {
		const struct section *s = rules_section(r, rule->shares[k].section);
		open = s && !s->restricted ? s : NULL;
	}
	for (size_t i = 0; open && i < rule->when.event_count; i++) {
		const struct event *e = &events[rule->when.events[i]];
		if (e->restricted && (rule->when.kind < 0 || (int)e->kind == rule->when.kind))
			problem_add(problems, r->file, rule->line, false,
				"rule \"%s\" would share %s (%s) with \"%s\": it is restricted, and goes to named officers only; "
				"give it a rule of its own without share", rule->name, e->code, e->name, open->name);
	}
}

static void check_people(const struct rules *r, const struct sheet *sheet, const struct rule *rule,
	const struct share *share, struct problems *problems)
{
	const struct place *places;
	int first = -1;
	size_t n = share_withheld(r->share_table, sheet, rule->when.area, (enum share_level)share_level_of(share->level), &first);
	char more[32] = "";
	if (!n)
		return;
	sheet_places(sheet, &places);
	if (n > 1)
		snprintf(more, sizeof more, " and %zu more", n - 1);
	problem_add(problems, r->file, rule->line, true, "rule \"%s\": nothing reaches \"%s\" from %s %.40s (line %d of the sheet)%s: "
		"fewer than k_min = %lld people could have sent it; give the place or its area its k", rule->name, share->section,
		places[first].code, places[first].name, places[first].line, more, (long long)share_k_min(r->share_table));
}

void rules_check_shares(const struct rules *r, const struct sheet *sheet, struct problems *problems)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct rule *rule = &r->rules[i];
		if (rule->share_count)
			check_restricted(r, sheet, rule, problems);
		for (size_t k = 0; k < rule->share_count; k++)
			check_people(r, sheet, rule, &rule->shares[k], problems);
	}
}
