// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A person's keys: X25519 to be sealed to, Ed25519 to sign with, both wrapped under Argon2id of the password. The same
// record serves officers (in the database) and custodians (a file they carry away).

#include "crypto/kek.h"
#include "crypto/seal.h"

#define OFFICER_NAME_SIZE 32
#define OFFICER_WRAPPED_SIZE (KEK_PARAMS_SIZE + 1 + 24 + 32 + 64 + 16)
#define SIGNATURE_SIZE 64

struct officer_public {
	char name[OFFICER_NAME_SIZE];
	struct seal_public seal;
	uint8_t sign[32];
};

struct officer_record {
	struct officer_public public;
	uint8_t wrapped[OFFICER_WRAPPED_SIZE];
};

struct officer_keys {
	struct officer_public public;
	struct secret *seal; // X25519, 32 octets
	struct secret *sign; // Ed25519, 64 octets
};

// Letters, digits, dots, dashes: names stand on paper, in log lines and file names.
_Bool officer_name_valid(const char *name);
MUST_CHECK enum error officer_create(const char *name, const char *password, size_t length, enum kek_cost cost,
	struct officer_record *out);
// A record that opens with no password that anybody knows; nothing tells it from one that does.
MUST_CHECK enum error officer_create_decoy(const char *name, enum kek_cost cost, struct officer_record *out);
// The same keys under another password.
MUST_CHECK enum error officer_rewrap(const struct officer_keys *k, const char *password, size_t length,
	enum kek_cost cost, struct officer_record *out);
// ERROR_FORGED: wrong password, or a record that was touched (the public keys are bound).
MUST_CHECK enum error officer_unlock(const struct officer_record *r, const char *password, size_t length,
	struct officer_keys *out);
void officer_keys_finish(struct officer_keys *k);

void officer_sign(const struct officer_keys *k, const char *domain, const void *data, size_t size,
	uint8_t out[static SIGNATURE_SIZE]);
MUST_CHECK enum error officer_verify(const struct officer_public *p, const char *domain, const void *data, size_t size,
	const uint8_t signature[static SIGNATURE_SIZE]);
