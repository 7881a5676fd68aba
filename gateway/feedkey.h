// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The station's feed key, which signs what leaves for sections: Ed25519, wrapped under the KEK in DIR/keys/feed.key; its
// public half is in DIR/keys/feed.pub, for anybody to check with.

#include "crypto/secret.h"
#include "gateway/config.h"

#define FEEDKEY_PUBLIC_SIZE 32
#define FEEDKEY_HEX_SIZE (2 * FEEDKEY_PUBLIC_SIZE + 1)

// Made where there is none. *made: it is new, and the audit chain should say so.
MUST_CHECK enum error feedkey_open(const struct config *c, const struct secret *kek, struct secret **out, bool *made);
// ERROR_NOT_FOUND: nothing was ever shared. ERROR_MALFORMED, ERROR_IO.
MUST_CHECK enum error feedkey_public(const struct config *c, uint8_t out[static FEEDKEY_PUBLIC_SIZE]);
// What a reader checks with: the station's id and the public key, "32 hex digits-64 hex digits".
#define FEEDKEY_TEXT_SIZE (32 + 1 + FEEDKEY_HEX_SIZE)
MUST_CHECK enum error feedkey_text(const struct config *c, char out[static FEEDKEY_TEXT_SIZE]); // as feedkey_public
MUST_CHECK enum error feedkey_parse(const char *text, uint8_t station_id[static 16],
	uint8_t public[static FEEDKEY_PUBLIC_SIZE]); // ERROR_MALFORMED
void feedkey_hex(const uint8_t public[static FEEDKEY_PUBLIC_SIZE], char out[static FEEDKEY_HEX_SIZE]);
