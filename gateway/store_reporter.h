// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Reporter codes as the store has them: a blind tag and a sealed record each. Within triage's transactions.

#include "gateway/store.h"

#define STORE_REPORTER_MAX 512

struct store_reporter {
	uint32_t id;
	uint8_t tag[STORE_TAG_SIZE];
	const void *body; // borrowed for the call
	size_t body_size;
};

MUST_CHECK enum error store_reporter_issue(struct store *s, const struct store_reporter *r); // ERROR_EXISTS: the tag
MUST_CHECK enum error store_reporter_put(struct store *s, uint32_t id, const void *body, size_t size);
// By its tag, or by id where `tag` is NULL. ERROR_NOT_FOUND.
MUST_CHECK enum error store_reporter_get(struct store *s, const uint8_t *tag, uint32_t *id, void *body, size_t room,
	size_t *size);
MUST_CHECK enum error store_reporter_list(struct store *s, uint32_t after_id,
	bool (*row)(void *ctx, const struct store_reporter *r), void *ctx);
MUST_CHECK enum error store_reporter_drop(struct store *s); // all

MUST_CHECK enum error store_judged_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], bool *fresh);
