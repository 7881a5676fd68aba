// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One random key an alert in DIR/queue.pads, at 32 * id: a part of what seals its text, its notes and its sender.
// Overwriting those 32 octets destroys all three, in every copy that the database, its journal or a disk may still
// hold, whoever has which other key. A zero pad is a destroyed one.

#include "crypto/secret.h"
#include "gateway/config.h"

struct pads; // opaque

MUST_CHECK enum error pads_open(const struct config *c, bool write, struct pads **out); // makes it when it may write
void pads_close(struct pads *p);
// A new one; durable after pads_sync, which must come before the alert is committed.
MUST_CHECK enum error pads_make(struct pads *p, uint64_t alert_id, uint8_t out[static KEY_SIZE]);
MUST_CHECK enum error pads_get(const struct pads *p, uint64_t alert_id, uint8_t out[static KEY_SIZE]); // ERROR_NOT_FOUND
MUST_CHECK enum error pads_destroy(struct pads *p, uint64_t alert_id); // on the disk after pads_sync
MUST_CHECK enum error pads_sync(struct pads *p);                       // nothing to do when nothing was written
