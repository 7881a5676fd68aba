// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Draws up what an officer does with an alert, sealed and signed with the officer's keys, ready to be sent to triage.
// Used by `tama queue` and by the console.

#include "gateway/action.h"
#include "gateway/message.h"
#include "gateway/queue_view.h"

#define QUEUE_REPLY_MAX (9 + SEND_TEXT_SIZE + 2 + ACTION_NOTE_MAX)

// A MESSAGE_ACTION. ERROR_NOT_FOUND: no such alert; ERROR_REFUSED: sealed for others; ERROR_ARGUMENT: `detail` has more
// than 31 octets; ERROR_TOO_LARGE: the note.
MUST_CHECK enum error queue_draw_action(const struct config *c, struct view *view, enum action_kind kind, uint64_t id,
	const char *detail, const char *note, uint8_t wire[static ACTION_SIZE_MAX], size_t *size);
// The payload of a REQUEST_REPLY. Errors as above; ERROR_TOO_LARGE beyond 639 octets. The caller wipes it.
MUST_CHECK enum error queue_draw_reply(const struct config *c, struct view *view, uint64_t id, bool flash, const char *text,
	uint8_t payload[static QUEUE_REPLY_MAX], size_t *size);
