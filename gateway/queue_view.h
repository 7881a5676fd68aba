// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The queue as one officer may see it: rows of the store, opened with the officer's own key. Nothing here asks the
// station; it works while the station is locked or stopped.

#include <jansson.h>

#include "gateway/alert.h"
#include "gateway/config.h"
#include "gateway/pad.h"
#include "gateway/store.h"

struct view; // opaque

// ERROR_FORGED: no such officer or a wrong password (which of the two is not said).
MUST_CHECK enum error view_open(const struct config *c, const char *officer, const char *password, struct view **out);
// The same over a store and pads that outlive it and serve others too (`pads` may be NULL until there are some, see
// view_pads). Takes the keys, also when it fails: ERROR_MEMORY.
MUST_CHECK enum error view_take(const struct config *c, struct store *store, struct pads *pads, struct officer_keys *keys,
	bool duress, struct view **out);
void view_pads(struct view *v, struct pads *pads);
bool view_is_duress(const struct view *v); // for the program alone: nobody is ever told
void view_close(struct view *v);
const struct officer_keys *view_keys(const struct view *v);
bool view_is_partial(const struct view *v); // alerts that it cannot open may be mentioned
struct store *view_store(struct view *v);

// The key of one queue and day. ERROR_NOT_FOUND: not sealed to this officer.
MUST_CHECK enum error view_content_key(struct view *v, uint64_t id, uint8_t key[static KEY_SIZE]);
// The alert's key by whichever way this officer has: its queue, oversight, a referral. ERROR_REFUSED: none.
MUST_CHECK enum error view_alert_key(struct view *v, const struct store_alert *a, uint8_t key[static KEY_SIZE]);
// The key of its texts. ERROR_NOT_FOUND too: destroyed.
MUST_CHECK enum error view_text_key(struct view *v, const struct store_alert *a, uint8_t key[static KEY_SIZE]);
// The alert as the JSON object of the contract; the caller's. ERROR_REFUSED: not for this officer.
MUST_CHECK enum error view_alert(struct view *v, const struct store_alert *a, json_t **out);
bool view_is_overdue(const struct store_alert *a); // nobody acknowledged it in time
// Steps with their notes opened, as a JSON array.
MUST_CHECK enum error view_history(struct view *v, const struct store_alert *a, json_t **out);
