// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The ceremony that opens one number: a request to one custodian, and his approval. Both are small, so that they
// travel by USB stick, by mail or as a picture. Made and read by triage and by the custodian's own tool, which needs
// no station.
//
//   request   version u8 | station u8[16] | name of station text[64] | reveal u64 | alert u64 | custodian u32 |
//             at u64 | until u64 | emergency u8 | others u32 | officer text[32], his signing key u8[32] |
//             handle text[16] | reason text[400] | session key u8[32] | share u16, octets | officer's signature
//   approval  version u8 | station u8[16] | reveal u64 | custodian u32 | at u64 | u16, the share sealed to the
//             session's one-time key | custodian's signature

#include "crypto/custody.h"
#include "crypto/officer.h"

#define REVEAL_REASON_SIZE 400
#define REVEAL_HANDLE_SIZE 16
#define REVEAL_REQUEST_MAX (720 + CUSTODY_SHARE_MAX)
#define REVEAL_SHARE_MAX (CUSTODY_SHARE_PLAIN(CUSTODY_MAX) + SEAL_OVERHEAD)
#define REVEAL_APPROVAL_MAX (1 + 16 + 8 + 4 + 8 + 2 + REVEAL_SHARE_MAX + SIGNATURE_SIZE)

struct reveal_request {
	uint8_t station_id[16];
	char station_name[64];
	uint64_t reveal_id, alert_id;
	uint32_t custodian_id;
	int64_t at, until;             // Unix seconds: an approval counts until then
	_Bool emergency;
	uint32_t others;               // alerts of that handle in its epoch that would be unmasked along with it
	char officer[OFFICER_NAME_SIZE];
	uint8_t officer_sign[32];      // for its words to be read aloud; the station knows it already
	char handle[REVEAL_HANDLE_SIZE], reason[REVEAL_REASON_SIZE];
	struct seal_public session;
	uint16_t share_size;
	uint8_t share[CUSTODY_SHARE_MAX];
};

// Triage writes without a signature; the officer's program adds it, since the officer asks.
size_t reveal_request_write(const struct reveal_request *r, uint8_t out[static REVEAL_REQUEST_MAX]);
// Signs the `size` octets in place; returns the new size.
size_t reveal_request_sign(const struct officer_keys *officer, uint8_t *data, size_t size, size_t room);
// ERROR_MALFORMED, ERROR_VERSION; ERROR_FORGED: not signed by the key it names.
MUST_CHECK enum error reveal_request_read(const void *data, size_t size, struct reveal_request *out);

// The custodian opens his share and seals it to the session, signed. ERROR_FORGED: not his share, or it was touched;
// ERROR_NOT_FOUND: a share of another alert; ERROR_TIMEOUT: the request or the share has expired at `now`;
// ERROR_MALFORMED: not a share.
MUST_CHECK enum error reveal_approve(const struct officer_keys *custodian, const struct reveal_request *r, int64_t now,
	uint8_t out[static REVEAL_APPROVAL_MAX], size_t *size);

// Whose approval it is, before anything is opened. ERROR_MALFORMED, ERROR_VERSION; ERROR_NOT_FOUND: of another request.
MUST_CHECK enum error reveal_approval_custodian(const uint8_t station_id[static 16], uint64_t reveal_id,
	const void *data, size_t size, uint32_t *custodian_id);
// ERROR_FORGED: not signed by that custodian, or sealed to another session; ERROR_NOT_FOUND: another alert's share;
// ERROR_EXISTS: a share that was not this custodian's.
MUST_CHECK enum error reveal_approval_open(const struct officer_public *custodian, const struct secret *session,
	const uint8_t station_id[static 16], uint64_t alert_id, const void *data, size_t size, struct custody_share *out);

// The words of a session: read by the officer, compared by the custodian.
void reveal_words(const struct reveal_request *r, char *out); // WORDS_SIZE
