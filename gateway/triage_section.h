// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What leaves for sections: triage makes a record of an alert as coarse as the level and the small villages ask for
// (rules/share.h), signs it with the feed key and seals it to the section. All within the caller's transaction.

#include "gateway/store_section.h"
#include "gateway/triage.h"

struct section_about {
	uint64_t alert_id, incident;
	int reporters, severity;
	unsigned flags;
	int64_t at;
	const struct reading *readings;
	size_t count;
};

// *item 0: nothing left, since nobody has a token of that section or too few people could have sent it.
MUST_CHECK enum error triage_section_share(struct triage *t, const struct section_about *a, const char *section,
	enum share_level level, uint64_t *item);
// Its state has changed: each section that was given it is told. Locked: at the next unlocking.
MUST_CHECK enum error triage_section_moved(struct triage *t, uint64_t alert_id);
MUST_CHECK enum error triage_section_expire(struct triage *t, uint64_t alert_id); // its retention ended
void triage_section_unlocked(struct triage *t); // outside a transaction: opens the feed key, tells what moved meanwhile
// When that record was made. ERROR_LOCKED.
MUST_CHECK enum error triage_section_made(const struct triage *t, const struct store_section_item *i, int64_t *at);
// Whether the section has had it already.
MUST_CHECK enum error triage_section_has(struct triage *t, uint64_t alert_id, const char *section, bool *has);
