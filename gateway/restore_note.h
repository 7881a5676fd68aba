// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The record with which an audit chain goes on behind a restore: its key is named by no record before, but signed by a
// custodian whom the station had enrolled. Written by `tama restore`, checked by `tama audit verify`.

#include "crypto/audit.h"
#include "crypto/officer.h"

#define RESTORE_KIND "RESTORED"

// Fills detail and size of the record. `public` is the key that signs it; `newest` the highest record that is known to
// have been there, 0: none.
void restore_note_write(const struct officer_keys *custodian, uint32_t custodian_id, const uint8_t station_id[static 16],
	const struct audit_state *before, const uint8_t public[static AUDIT_PUBLIC_SIZE], uint64_t newest,
	struct audit_record *record);
// The custodian's number and the key. ERROR_MALFORMED: not such a record.
MUST_CHECK enum error restore_note_read(const struct audit_record *record, uint32_t *custodian_id,
	uint8_t public[static AUDIT_PUBLIC_SIZE], uint8_t signature[static SIGNATURE_SIZE]);
MUST_CHECK enum error restore_note_verify(const struct officer_public *custodian, const uint8_t station_id[static 16],
	const struct audit_state *before, const uint8_t public[static AUDIT_PUBLIC_SIZE],
	const uint8_t signature[static SIGNATURE_SIZE]);
