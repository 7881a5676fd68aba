// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What only the console reads: second factors, sealed to their officers; reveals.

#include "gateway/store_record.h"

MUST_CHECK enum error store_totp_put(struct store *s, const char *officer, const void *own, const void *duress, size_t size);
MUST_CHECK enum error store_totp_get(struct store *s, const char *officer, bool duress, void *out, size_t room,
	size_t *size); // ERROR_NOT_FOUND: that officer has none
MUST_CHECK enum error store_totp_drop(struct store *s, const char *officer);
// Newest first; without their keys.
MUST_CHECK enum error store_reveal_list(struct store *s, bool (*row)(void *ctx, const struct store_reveal *r), void *ctx);
