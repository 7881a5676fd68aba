// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// How one alert is sealed: a content key of its queue and day gives the alert's own key, which opens its body and its
// notes. Officers get the content key sealed to their own; oversight and those it is referred to get the alert's key.
// Used by triage, which seals, and by officers' programs, which open.

#include <stddef.h>
#include <stdint.h>

#include "crypto/officer.h"
#include "crypto/seal.h"
#include "crypto/wrap.h"

#define ALERT_KEY_WRAPPED (KEY_SIZE + WRAP_OVERHEAD)
#define ALERT_KEY_SEALED (KEY_SIZE + SEAL_OVERHEAD)

void alert_key(const uint8_t content_key[static KEY_SIZE], uint64_t alert_id, uint8_t out[static KEY_SIZE]);

// What its texts are sealed with, and the outer key of its sender's identity: mixed with the alert's pad (pad.h), so
// that destroying that destroys them.
void alert_mix(const uint8_t key[static KEY_SIZE], const uint8_t pad[static KEY_SIZE], uint8_t out[static KEY_SIZE]);

// A text of the alert (`field`: "body", "note"), padded to a multiple of 256 octets before it is sealed.
// *out is the caller's, of *out_size octets; ERROR_MEMORY.
MUST_CHECK enum error alert_text_seal(const uint8_t key[static KEY_SIZE], const uint8_t station_id[static 16],
	uint64_t alert_id, const char *field, const char *text, size_t size, uint8_t **out, size_t *out_size);
// The text with a NUL behind it, the caller's, to be wiped. ERROR_FORGED, ERROR_MALFORMED, ERROR_VERSION, ERROR_MEMORY.
MUST_CHECK enum error alert_text_open(const uint8_t key[static KEY_SIZE], const uint8_t station_id[static 16],
	uint64_t alert_id, const char *field, const void *sealed, size_t size, char **out);

// The alert's key under the content key of its oversight queue.
void alert_key_wrap(const uint8_t oversight_key[static KEY_SIZE], const uint8_t station_id[static 16],
	uint64_t alert_id, const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_WRAPPED]);
MUST_CHECK enum error alert_key_unwrap(const uint8_t oversight_key[static KEY_SIZE],
	const uint8_t station_id[static 16], uint64_t alert_id, const void *wrapped, size_t size,
	uint8_t key[static KEY_SIZE]);

// The name under which grants to an officer's key for duress stand: what he may see with that password.
#define DURESS_NAME_SIZE (OFFICER_NAME_SIZE + 1)
const char *duress_name(const char *officer, char out[static DURESS_NAME_SIZE]);

// A content key sealed to one officer, and an alert's key sealed to one to whom it is referred.
MUST_CHECK enum error content_key_seal(const struct seal_public *to, const uint8_t station_id[static 16],
	uint64_t key_id, const char *queue, const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_SEALED]);
MUST_CHECK enum error content_key_open(const struct secret *officer, const uint8_t station_id[static 16],
	uint64_t key_id, const char *queue, const void *sealed, size_t size, uint8_t key[static KEY_SIZE]);
MUST_CHECK enum error alert_grant_seal(const struct seal_public *to, const uint8_t station_id[static 16],
	uint64_t alert_id, const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_SEALED]);
MUST_CHECK enum error alert_grant_open(const struct secret *officer, const uint8_t station_id[static 16],
	uint64_t alert_id, const void *sealed, size_t size, uint8_t key[static KEY_SIZE]);
