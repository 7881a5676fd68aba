// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Which rules and which code sheet run, and who approved them: triage_rules.c loads and swaps them, triage_ruleset.c takes
// proposals and approvals. Swapped whole or not at all, between two messages.

#include "gateway/store_ruleset.h"
#include "gateway/triage.h"

struct running {
	char *text; // ours; NULL: not loaded
	size_t size;
	uint8_t hash[RULESET_HASH_SIZE];
	uint64_t version; // 0: of none
	bool approved;    // by two people
	bool fallback;    // not what stands in the file
};

struct ruling { // what was loaded from such texts
	struct sheet *sheet;
	struct sheet_set sheets;
	struct rules *rules;
};

#define UPLOADS_MAX 2
struct upload {
	char officer[OFFICER_NAME_SIZE];
	enum ruleset_what what;
	uint8_t hash[RULESET_HASH_SIZE];
	size_t total, got;
	char *text;
	int64_t at;
};

struct triage_rules {
	struct running now[RULESET_END_];
	struct running next[RULESET_END_]; // swapped in with `ruling` behind a commit; text NULL: as it is now
	struct ruling ruling;
	enum ruleset_what activating;
	bool mistakes; // the files have some, or nobody approved them: what ran before goes on
	bool waiting;  // it can be opened only with the keys
	struct upload uploads[UPLOADS_MAX];
};

const char *triage_rules_path(const struct triage *t, enum ruleset_what what);
// The text of a version. ERROR_NOT_FOUND; ERROR_FORGED: its keys are gone, as behind a restored backup.
MUST_CHECK enum error triage_rules_stored(struct triage *t, enum ruleset_what what, uint64_t version, struct running *out);
// Wraps; free `out`.
MUST_CHECK enum error triage_rules_wrap(const struct triage *t, enum ruleset_what what, uint64_t version, const char *domain,
	const void *plain, size_t size, uint8_t **out);
#define RULESET_BODY_DOMAIN "tama/ruleset-body/1"
#define RULESET_NOTE_DOMAIN "tama/ruleset-comment/1"
// Both signatures, by two people of this station.
bool triage_rules_signed(struct triage *t, const struct store_ruleset *r);
// Would this text work as the station's? Loads it with what else runs, runs its tests. ERROR_ARGUMENT with problems.
MUST_CHECK enum error triage_rules_try(struct triage *t, enum ruleset_what what, const char *text, size_t size,
	struct problems *problems, struct ruling *out);
void ruling_finish(struct ruling *r);
// Within a transaction: tries it, writes it beside the file, and remembers it for triage_rules_swap. Takes `r`'s text.
MUST_CHECK enum error triage_rules_prepare(struct triage *t, enum ruleset_what what, struct running *r,
	struct problems *problems);
void triage_rules_swap(struct triage *t); // behind the commit
void running_finish(struct running *r);
