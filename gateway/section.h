// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A section of the mission and what it may read. Its bearer has a token and nothing else: the token gives a key that
// opens the section's own, and a key that signs that something was read. Triage seals records to the section and signs
// each with the station's feed key. Used by triage, by the console and by `tama`.
//
//   token → X25519, Ed25519 and a tag by which the store finds it    section key: one for each set of tokens, X25519, sealed
//   to each token that is not revoked    record: a JSON text, signed, padded to 256 octets and sealed to the section key

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/officer.h"

#define SECTION_NAME_SIZE 24
#define SECTION_LEVEL_SIZE 16
#define SECTION_TOKEN_SIZE 32
#define SECTION_TOKEN_TEXT_SIZE 64 // "tama-section-" and base64url
#define SECTION_TAG_SIZE 16
#define SECTION_KEY_SEALED (KEY_SIZE + SEAL_OVERHEAD)
#define SECTION_RECORD_MAX 4096
#define SECTION_TOKEN_DOMAIN "tama/section-token/1" // of a token sealed to the officer who made it
#define SECTION_READS_MAX 1000                       // of one REQUEST_SECTION_READ

struct section_public { // what the station keeps of a token
	uint8_t tag[SECTION_TAG_SIZE];
	struct seal_public seal;
	uint8_t sign[32];
};

void section_token_make(uint8_t token[static SECTION_TOKEN_SIZE]);
void section_token_text(const uint8_t token[static SECTION_TOKEN_SIZE], char out[static SECTION_TOKEN_TEXT_SIZE]);
MUST_CHECK enum error section_token_parse(const char *text, uint8_t token[static SECTION_TOKEN_SIZE]); // ERROR_MALFORMED
// The keys of a token; *keys is ended by officer_keys_finish, and has no name yet. `keys` may be NULL.
MUST_CHECK enum error section_token_keys(const uint8_t token[static SECTION_TOKEN_SIZE], struct section_public *public,
	struct officer_keys *keys);
// The name with which a token signs requests: no officer's name has a slash.
void section_token_name(uint64_t token_id, char out[static OFFICER_NAME_SIZE]);
bool section_token_id(const char *name, uint64_t *token_id);

MUST_CHECK enum error section_key_seal(const struct seal_public *token, const uint8_t station_id[static 16],
	uint64_t key_id, const char *section, const struct secret *key, uint8_t out[static SECTION_KEY_SEALED]);
MUST_CHECK enum error section_key_open(const struct secret *token, const uint8_t station_id[static 16], uint64_t key_id,
	const char *section, const void *sealed, size_t size, struct secret **key);

// *out is the caller's. ERROR_TOO_LARGE, ERROR_MEMORY, ERROR_MALFORMED (the key).
MUST_CHECK enum error section_record_seal(const struct seal_public *section, const uint8_t station_id[static 16],
	uint64_t item, const char *name, const char *text, const uint8_t signature[static SIGNATURE_SIZE], uint8_t **out,
	size_t *size);
// The text with a NUL behind it, the caller's. The signature is not checked: section_record_verify does.
MUST_CHECK enum error section_record_open(const struct secret *key, const struct seal_public *own,
	const uint8_t station_id[static 16], uint64_t item, const char *name, const void *sealed, size_t size, char **text,
	uint8_t signature[static SIGNATURE_SIZE]);

// Ed25519 over BLAKE2b-512 of "tama/feed-record/1", a NUL, the station's id (16 octets) and the text.
void section_record_sign(const struct secret *feed_key, const uint8_t station_id[static 16], const char *text,
	uint8_t signature[static SIGNATURE_SIZE]);
MUST_CHECK enum error section_record_verify(const uint8_t feed_public[static 32], const uint8_t station_id[static 16],
	const char *text, const uint8_t signature[static SIGNATURE_SIZE]);
