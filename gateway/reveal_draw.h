// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What an officer sends to the custodians after the station took his request, and opens with what comes back. Used by
// `tama reveal` and by the console.

#include "gateway/queue_view.h"
#include "gateway/reveal_wire.h"

#define REVEAL_REQUEST_KIND "REVEAL REQUEST"
#define REVEAL_APPROVAL_KIND "REVEAL APPROVAL"

// The alert's handle, as custodians see it. ERROR_NOT_FOUND, ERROR_REFUSED.
MUST_CHECK enum error reveal_draw_handle(struct view *v, uint64_t alert_id, char out[static REVEAL_HANDLE_SIZE]);
// One signed request a custodian. `words` (WORDS_SIZE) are read to them on the telephone.
MUST_CHECK enum error reveal_draw_requests(const struct config *c, struct view *v, const struct reveal_ask *ask,
	const struct reveal_asked *asked, const char *handle, char *words,
	enum error (*one)(void *ctx, uint32_t custodian, const uint8_t *data, size_t size), void *ctx);
// The number in the answer to REQUEST_REVEAL_OPEN; the caller wipes it. ERROR_FORGED, ERROR_MALFORMED.
MUST_CHECK enum error reveal_draw_number(const struct config *c, struct view *v, uint64_t reveal_id, const void *payload,
	size_t size, char out[static CUSTODY_NUMBER_SIZE]);
