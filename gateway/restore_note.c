// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/restore_note.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"

#define DOMAIN "tama/restored/1"
#define SIGNED_SIZE (16 + 8 + AUDIT_HASH_SIZE + AUDIT_PUBLIC_SIZE)

static void what_is_signed(const uint8_t station_id[static 16], const struct audit_state *before,
	const uint8_t public[static AUDIT_PUBLIC_SIZE], uint8_t out[static SIGNED_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, SIGNED_SIZE);
	bytes_put(&w, station_id, 16);
	bytes_put_u64(&w, before->seq);
	bytes_put(&w, before->hash, AUDIT_HASH_SIZE);
	bytes_put(&w, public, AUDIT_PUBLIC_SIZE);
	BUG_IF(!bytes_ok(&w));
}

void restore_note_write(const struct officer_keys *custodian, uint32_t custodian_id, const uint8_t station_id[static 16],
	const struct audit_state *before, const uint8_t public[static AUDIT_PUBLIC_SIZE], uint64_t newest,
	struct audit_record *record)
{
	uint8_t what[SIGNED_SIZE], signature[SIGNATURE_SIZE];
	char key[2 * AUDIT_PUBLIC_SIZE + 1], hex[2 * SIGNATURE_SIZE + 1];
	what_is_signed(station_id, before, public, what);
	officer_sign(custodian, DOMAIN, what, sizeof what, signature);
	sodium_bin2hex(key, sizeof key, public, AUDIT_PUBLIC_SIZE);
	sodium_bin2hex(hex, sizeof hex, signature, sizeof signature);
	int n = snprintf(record->detail, sizeof record->detail, "custodian=%u key=%s signature=%s lost=%llu",
		(unsigned)custodian_id, key, hex, newest > before->seq ? (unsigned long long)(newest - before->seq) : 0);
	record->size = (uint16_t)n;
}

enum error restore_note_read(const struct audit_record *record, uint32_t *custodian_id,
	uint8_t public[static AUDIT_PUBLIC_SIZE], uint8_t signature[static SIGNATURE_SIZE])
{
	char text[AUDIT_DETAIL_MAX + 1], key[2 * AUDIT_PUBLIC_SIZE + 1], hex[2 * SIGNATURE_SIZE + 1];
	unsigned id;
	size_t n;
	if (strcmp(record->kind, RESTORE_KIND) != 0)
		return ERROR_MALFORMED;
	memcpy(text, record->detail, record->size);
	text[record->size] = 0;
	if (sscanf(text, "custodian=%9u key=%64[0-9a-f] signature=%128[0-9a-f] ", &id, key, hex) != 3 ||
		sodium_hex2bin(public, AUDIT_PUBLIC_SIZE, key, strlen(key), NULL, &n, NULL) != 0 || n != AUDIT_PUBLIC_SIZE ||
		sodium_hex2bin(signature, SIGNATURE_SIZE, hex, strlen(hex), NULL, &n, NULL) != 0 || n != SIGNATURE_SIZE)
		return ERROR_MALFORMED;
	*custodian_id = id;
	return OK;
}

enum error restore_note_verify(const struct officer_public *custodian, const uint8_t station_id[static 16],
	const struct audit_state *before, const uint8_t public[static AUDIT_PUBLIC_SIZE],
	const uint8_t signature[static SIGNATURE_SIZE])
{
	uint8_t what[SIGNED_SIZE];
	what_is_signed(station_id, before, public, what);
	return officer_verify(custodian, DOMAIN, what, sizeof what, signature);
}
