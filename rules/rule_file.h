// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The loaded form of a rules file, shared by its loader (rule_load.c), its judge (rule.c) and its tests.

#include "rules/rule.h"

#define CODES_MAX 32
#define SECTIONS_MAX 16
#define QUEUES_MAX 16
#define TARGETS_MAX 32
#define RULES_MAX 16384

struct condition {
	int events[CODES_MAX];
	size_t event_count;
	int kind;            // -1: any
	int area;            // a place; -1: any
	int min_severity, count_min, reporters_min;
	unsigned flags;      // all of them
	int hour_from, hour_to; // -1: any; may pass midnight
	int sender_known;    // -1: any
	char grade_min;      // 'A' (best) to 'E'; 0: any
	unsigned trends;     // one of them; 0: any or none
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
	int reply; // of rules.replies; -1: none is said, REPLY_NONE: there is none
};
#define REPLIES_MAX 16
#define REPLY_NONE -2

struct section { // or a queue, or whom `notify` names
	char name[24];
	_Bool uniformed, restricted; // restricted: for named people, who may see what is restricted on the sheet
};

struct rule_test {
	char name[RULE_NAME_SIZE], text[161], queue[QUEUE_SIZE], event[CODE_SIZE], place[CODE_SIZE];
	int line, severity;
	unsigned trends;
};

// A rule can apply only where its area and one of its events are: sorted, so that an alert meets few of many rules.
struct rule_key {
	int area, event; // -1: any
	int rule;
};

struct rule_set {
	uint64_t words[RULES_MAX / 64]; // in their order; of a loaded file only as many as it has rules
};

struct rules {
	char file[256];
	struct rule *rules;
	struct rule_test *tests;
	struct rule_key *keys;
	size_t key_count;
	struct section sections[SECTIONS_MAX];
	struct rule_reply replies[REPLIES_MAX];
	const char *queues[QUEUES_MAX]; // names of `queue`
	struct section queue[QUEUES_MAX], targets[TARGETS_MAX];
	size_t rule_count, test_count, section_count, reply_count, queue_count, target_count;
	_Bool targets_declared;
	// Some queue, some target is declared restricted: then only those see what is. A file of before says nothing.
	_Bool queues_restricted, targets_restricted;
	char default_queue[QUEUE_SIZE], oversight[QUEUE_SIZE];
	int floor_severity;
	struct share_table *share_table;
};

// share_check.c: what cannot leave for a section, and what must not.
void rules_check_shares(const struct rules *r, const struct sheet *sheet, struct problems *problems);
void rules_index(struct rules *r);
// The first key of that area and event whose rule is not before `rule`.
size_t rules_key_from(const struct rules *r, int area, int event, int rule);
// All that could fire, and some that will not.
void rules_candidates(const struct rules *r, const struct sheet *sheet, const struct facts *f, struct rule_set *out);
// rule_guard.c: who may get what.
void rules_add_share(const struct rules *r, unsigned guard, const struct share *s, struct decision *out);
void rules_set_notify(const struct rules *r, unsigned guard, const char *target, struct decision *out);
void rules_guard_queues(const struct rules *r, struct decision *out);
void rules_check_guards(const struct rules *r, const struct sheet *sheet, struct problems *problems);
const struct section *rules_queue(const struct rules *r, const char *name);
const struct section *rules_target(const struct rules *r, const char *name);
const struct section *rules_section(const struct rules *r, const char *name);
// Rules over rules: one name twice, one that can never fire, one that an earlier or later one makes pointless.
// Not `whole`, when a rule was read with errors: then only the names are sure.
void rules_check(const struct rules *r, const struct sheet *sheet, bool whole, struct problems *problems);
