// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Versions of the rules and of the code sheet with their signatures; text and comment are wrapped by triage.

#include "gateway/ruleset.h"
#include "gateway/store.h"

struct store_ruleset {
	enum ruleset_what what;
	struct ruleset_info info; // its comment is empty here
	uint8_t proposed_signature[SIGNATURE_SIZE], approved_signature[SIGNATURE_SIZE], rolled_signature[SIGNATURE_SIZE];
	const void *comment, *body; // wrapped, borrowed for the call; NULL where they are not asked for
	size_t comment_size, body_size;
};

MUST_CHECK enum error store_ruleset_add(struct store *s, const struct store_ruleset *r); // a proposal
typedef bool store_ruleset_row(void *ctx, const struct store_ruleset *r);
MUST_CHECK enum error store_ruleset_get(struct store *s, enum ruleset_what what, uint64_t version, store_ruleset_row *row,
	void *ctx); // with its body; ERROR_NOT_FOUND
// Newest first, those before that version (0: all), without bodies.
MUST_CHECK enum error store_ruleset_list(struct store *s, enum ruleset_what what, uint64_t before, store_ruleset_row *row,
	void *ctx);
// The newest version; the active one. 0: none.
MUST_CHECK enum error store_ruleset_last(struct store *s, enum ruleset_what what, uint64_t *version);
MUST_CHECK enum error store_ruleset_active(struct store *s, enum ruleset_what what, uint64_t *version);
// Approved by a second officer: that version is active, and the one before replaced.
MUST_CHECK enum error store_ruleset_approve(struct store *s, enum ruleset_what what, uint64_t version, const char *officer,
	int64_t at, const uint8_t signature[static SIGNATURE_SIZE]);
MUST_CHECK enum error store_ruleset_rollback(struct store *s, enum ruleset_what what, uint64_t version, const char *officer,
	int64_t at, const uint8_t signature[static SIGNATURE_SIZE]);
MUST_CHECK enum error store_ruleset_reject(struct store *s, enum ruleset_what what, uint64_t version); // forgets its text
// An officer's record, revoked or not: for signatures of then.
MUST_CHECK enum error store_officer_ever(struct store *s, const char *name, struct officer_record *out);

// What triage wrapped about an alert for decisions that come later, such as a referral.
MUST_CHECK enum error store_guard_add(struct store *s, uint64_t alert_id, const void *sealed, size_t size);
MUST_CHECK enum error store_guard_get(struct store *s, uint64_t alert_id, void *out, size_t room, size_t *size);
