// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A backup as one file: named files in an encrypted stream, whose key is sealed to each custodian. Cut, reordered or
// changed anywhere, it does not open.
//
//   "TAMABAK1" | station u8[16] | audit seq u64, hash u8[32] | n u8, each custodian u32 and the key sealed to him u8[80]
//   | stream header u8[24] | chunks: size u32, XChaCha20-Poly1305 (libsodium's secretstream), bound to all before it

#include "crypto/audit.h"
#include <stdbool.h>

#include "crypto/custody.h"
#include "crypto/officer.h"

#define BUNDLE_NAME_SIZE 64

struct bundle_head {
	uint8_t station_id[16];
	struct audit_state audit; // seq and hash: where the chain stood
	unsigned custodians;
	uint32_t ids[CUSTODY_MAX];
};

struct bundle; // opaque: one being written or read

// Writes PATH, which must not be there. ERROR_EXISTS, ERROR_IO.
MUST_CHECK enum error bundle_create(const char *path, const struct bundle_head *head, const struct officer_public *custodians,
	struct bundle **out);
MUST_CHECK enum error bundle_add_file(struct bundle *b, const char *name, const char *path); // ERROR_NOT_FOUND, ERROR_IO
MUST_CHECK enum error bundle_finish(struct bundle *b); // the end and a sync; what was not finished is removed by close

// ERROR_NOT_FOUND: no such file; ERROR_MALFORMED; ERROR_REFUSED: not sealed to this custodian.
MUST_CHECK enum error bundle_open(const char *path, const struct officer_keys *custodian, struct bundle_head *head,
	uint32_t *custodian_id, struct bundle **out);
// Writes the next file into the folder; *more false at the end. ERROR_FORGED: changed or cut. ERROR_MALFORMED: a name
// that leads elsewhere.
MUST_CHECK enum error bundle_extract(struct bundle *b, const char *folder, bool *more);
void bundle_close(struct bundle *b);
