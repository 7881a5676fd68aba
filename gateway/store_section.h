// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The store's part for sections: tokens, keys, sealed records, what was read. In clear is which section had how many
// records on which day; not of which alert, nor what.

#include "gateway/section.h"
#include "gateway/store.h"

struct store_section_token {
	uint64_t id;
	char section[SECTION_NAME_SIZE];
	struct section_public public;
	int64_t made_at, used_at; // used_at 0: never
	bool revoked;
};
MUST_CHECK enum error store_section_token_add(struct store *s, struct store_section_token *t); // gives t->id
MUST_CHECK enum error store_section_token_find(struct store *s, const uint8_t tag[static SECTION_TAG_SIZE],
	struct store_section_token *out); // ERROR_NOT_FOUND
MUST_CHECK enum error store_section_token_get(struct store *s, uint64_t id, struct store_section_token *out);
MUST_CHECK enum error store_section_token_revoke(struct store *s, uint64_t id);
MUST_CHECK enum error store_section_token_used(struct store *s, uint64_t id, int64_t at);
MUST_CHECK enum error store_section_tokens(struct store *s, // by section and age, revoked ones too
	bool (*row)(void *ctx, const struct store_section_token *t), void *ctx);

// Keys of a section, the newest is sealed to; NULL: from now on to nobody. ERROR_NOT_FOUND: nobody could read it.
MUST_CHECK enum error store_section_key_add(struct store *s, const char *section, const struct seal_public *public,
	uint64_t *id);
MUST_CHECK enum error store_section_key_newest(struct store *s, const char *section, uint64_t *id,
	struct seal_public *public);
MUST_CHECK enum error store_section_key_public(struct store *s, uint64_t id, struct seal_public *public);
MUST_CHECK enum error store_section_key_seal_add(struct store *s, uint64_t key_id, uint64_t token_id,
	const uint8_t sealed[static SECTION_KEY_SEALED]);
MUST_CHECK enum error store_section_key_seal_get(struct store *s, uint64_t key_id, uint64_t token_id,
	uint8_t sealed[static SECTION_KEY_SEALED]); // ERROR_NOT_FOUND
MUST_CHECK enum error store_section_key_seals_drop(struct store *s, uint64_t token_id);

#define STORE_SECTION_MADE_MAX 64
struct store_section_item {
	uint64_t id;
	char section[SECTION_NAME_SIZE];
	uint64_t key_id;
	int64_t day;
	uint8_t link[SECTION_TAG_SIZE]; // of its alert, which only triage can say
	int sequence;                   // 0: the first record, then its updates
	uint8_t made[STORE_SECTION_MADE_MAX]; // when, wrapped by triage
	size_t made_size;
	const void *body;               // borrowed for the call
	size_t body_size;
	int64_t read_at;                // of the list: 0, not yet
};
MUST_CHECK enum error store_section_item_next(struct store *s, uint64_t *id);
MUST_CHECK enum error store_section_item_add(struct store *s, const struct store_section_item *i); // i->id from next
MUST_CHECK enum error store_section_items(struct store *s, const char *section,
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx); // oldest first; NULL: of all
MUST_CHECK enum error store_section_items_of(struct store *s, const uint8_t link[static SECTION_TAG_SIZE],
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx); // the first records only
MUST_CHECK enum error store_section_item_get(struct store *s, uint64_t id,
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx); // ERROR_NOT_FOUND
MUST_CHECK enum error store_section_sequence(struct store *s, const char *section,
	const uint8_t link[static SECTION_TAG_SIZE], int *next);
MUST_CHECK enum error store_section_items_drop(struct store *s, const uint8_t link[static SECTION_TAG_SIZE]);
MUST_CHECK enum error store_section_items_purge(struct store *s, int64_t before_day);

// The first time that an item was read. ERROR_EXISTS: it was.
MUST_CHECK enum error store_section_read_add(struct store *s, uint64_t item, uint64_t token_id, int64_t at, int64_t delay_s);
struct store_section_figures {
	char section[SECTION_NAME_SIZE];
	uint64_t items, read;
	int64_t last_read_at;
};
MUST_CHECK enum error store_section_figures(struct store *s, int64_t from_day, int64_t until_day,
	bool (*row)(void *ctx, const struct store_section_figures *f), void *ctx);
MUST_CHECK enum error store_section_delays(struct store *s, int64_t from_day, int64_t until_day, // of those that are known
	bool (*row)(void *ctx, const char *section, int64_t delay_s), void *ctx);

// Alerts that moved while the station was locked: their sections are told at the next unlocking.
MUST_CHECK enum error store_section_due_add(struct store *s, uint64_t alert_id);
MUST_CHECK enum error store_section_due_take(struct store *s, uint64_t *alert_id); // ERROR_NOT_FOUND: none is left
