// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The loaded form of a rules file, shared by its loader (rule_load.c), its judge (rule.c) and its tests.

#include "rules/rule.h"

#define CODES_MAX 32
#define SECTIONS_MAX 16
#define QUEUES_MAX 16

struct condition {
	int events[CODES_MAX];
	size_t event_count;
	int kind;            // -1: any
	char area[16];       // p-code; empty: any
	int min_severity, count_min, reporters_min;
	unsigned flags;      // all of them
	int hour_from, hour_to; // -1: any; may pass midnight
	int sender_known;    // -1: any
};

struct rule {
	char name[RULE_NAME_SIZE];
	int line;
	struct condition when;
	int severity, raise;
	char queue[QUEUE_SIZE];
	struct share shares[SHARES_MAX];
	size_t share_count;
	char notify[24];
	int escalate_after_s;
};

struct section {
	char name[24];
	_Bool uniformed;
};

struct rule_test {
	char name[RULE_NAME_SIZE], text[161], queue[QUEUE_SIZE], event[CODE_SIZE], place[CODE_SIZE];
	int line, severity;
};

struct rules {
	char file[256];
	struct rule *rules;
	struct rule_test *tests;
	struct section sections[SECTIONS_MAX];
	const char *queues[QUEUES_MAX];
	char queue_names[QUEUES_MAX][QUEUE_SIZE];
	size_t rule_count, test_count, section_count, queue_count;
	char default_queue[QUEUE_SIZE], oversight[QUEUE_SIZE];
	int floor_severity;
};

const struct section *rules_section(const struct rules *r, const char *name);
// Rules over rules: one name twice, one that can never fire, one that an earlier or later one makes pointless.
// Not `whole`, when a rule was read with errors: then only the names are sure.
void rules_check(const struct rules *r, const struct sheet *sheet, bool whole, struct problems *problems);
