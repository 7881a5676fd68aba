// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The alerts as one section was given them: opened with a token, no officer and no station secret needed. Used by
// `tama export --section` and by the console's feeds; and for officers, what each section has read.

#include <jansson.h>

#include "gateway/config.h"
#include "gateway/request.h"
#include "gateway/store_section.h"

struct section_view; // opaque

// `store` is borrowed until the close. `section`: NULL, or the one that the token must be of. ERROR_FORGED: no such token,
// another section's, or a revoked one; which of these is not said.
MUST_CHECK enum error section_view_open(const struct config *c, struct store *store, const char *token,
	const char *section, struct section_view **out);
void section_view_close(struct section_view *v);
const char *section_view_name(const struct section_view *v);

// Entries for feed_write (feed/feed.h), oldest first, each with its updates in it; the caller's. What came before the
// token was made is not there. ERROR_IO …: the store.
MUST_CHECK enum error section_view_entries(struct section_view *v, json_t **out);
// Behind section_view_entries: a REQUEST_SECTION_READ for what nobody of the section had read, signed with the token; to
// be sent as MESSAGE_REQUEST, again and again until this returns 0. Show nothing before it was answered with OK: reading
// is written down.
size_t section_view_read_request(struct section_view *v, uint8_t out[static REQUEST_SIZE_MAX]);

// The payload of REQUEST_SECTION_REFER from an officer's alert (view_alert): what the station needs to make a record of it.
// ERROR_TOO_LARGE: a name does not fit. `out` has room for SECTION_REFER_MAX.
#define SECTION_REFER_MAX 512
MUST_CHECK enum error section_refer_payload(const json_t *alert, const char *section, const char *level,
	uint8_t out[static SECTION_REFER_MAX], size_t *size);

// What an update changes in an entry. (For who checks a document, too.)
void section_entry_update(json_t *entry, const json_t *update);

// Who has read what, for officers: [{name, items, read, unread, last_read_at, tokens: [{id, made_at, last_used_at,
// revoked}], items_detail: [{item, day, update, read_at}]}].
MUST_CHECK enum error section_list_json(struct store *s, json_t **out);
// [{section, items, read, unread, median_read_s, p90_read_s}] of those days, for the report.
MUST_CHECK enum error section_figures_json(struct store *s, int64_t from_day, int64_t until_day, json_t **out);
