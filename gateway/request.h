// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What an officer asks of the station beyond a step on one alert: people, keys, reveals, replies. Signed with the
// officer's own key, fresh by time and nonce; triage keeps each signature for a day longer than it would take it, so
// that a recorded request is worth nothing. MESSAGE_REQUEST carries it, MESSAGE_ANSWER comes back.
//
//   request  officer text[32] | verb u8 | at u64 | nonce u8[16] | size u16, payload | Ed25519 signature over domain,
//            station and all before it
//   answer   u8 enum error | text[240] for people | size u16, payload

#include "crypto/officer.h"
#include "gateway/base/bytes.h"

#define REQUEST_PAYLOAD_MAX 15360
#define REQUEST_SIZE_MAX 16000
#define ANSWER_PAYLOAD_MAX 16000
#define ANSWER_TEXT_SIZE 240
#define SEIZE_CODES_DOMAIN "tama/seize-codes/1" // what REQUEST_SEIZE_CODES answers with, sealed to the officer
#define TOTP_SECRET_SIZE 20
#define TOTP_SEALED (TOTP_SECRET_SIZE + SEAL_OVERHEAD)
#define TOTP_DOMAIN "tama/totp/1" // bound to station and name
#define REQUEST_CLOCK_S 86400 // officers' laptops in the field

enum request_verb {
	REQUEST_SESSION = 1,    // empty: the officer reads the queue
	REQUEST_USER_ADD,       // text[16] role, officer_record, duress officer_record
	REQUEST_USER_GRANT,     // text[32] who, text[24] queue
	REQUEST_USER_SEAL,      // text[32] who, u16 n, each u64 content key, u8[80] sealed to who: older days
	REQUEST_USER_REVOKE,    // text[32] who, text[24] queue (empty: all, for good)
	REQUEST_USER_PASSWD,    // officer_record, duress officer_record: of the officer who asks, same public keys
	REQUEST_CUSTODIAN_ADD,  // officer_public
	REQUEST_CUSTODIAN_REVOKE, // u32 id
	REQUEST_ROTATE,         // u8 enum rotate_what
	REQUEST_REVEAL,         // struct reveal_ask; answered by struct reveal_asked
	REQUEST_REVEAL_OPEN,    // u64 reveal, u8 n, each u16 size, approval; answered by the number, sealed to the officer
	REQUEST_REPLY,          // u64 alert, u8 flags, text[640], u16 size, note sealed under the alert's key
	REQUEST_SEIZE_CODES,    // empty; answered by one-time codes for paper, sealed to the officer
	REQUEST_CLOCK_CONFIRM,  // empty: the station's clock is right, retention may go on
	REQUEST_REPORTER_ISSUE, // u8 how many, text[12] place, text[96] note; answered by u32 id, code …, sealed to the officer
	REQUEST_REPORTER_REVOKE, // u32 id, text[10] code (empty: by id), text[96] why
	REQUEST_REPORTER_GRADE, // u32 id, text[10] code, u8 letter (0: by its reports), text[96] why
	REQUEST_REPORTER_LIST,  // u32 after which id; answered by records (reporter.h), sealed to the officer
	REQUEST_RULESET_PART,   // rules and sheets, their versions and approvals: ruleset.h says what these hold
	REQUEST_RULESET_PROPOSE,
	REQUEST_RULESET_APPROVE,
	REQUEST_RULESET_REJECT,
	REQUEST_RULESET_ROLLBACK,
	REQUEST_RULESET_LOG,
	REQUEST_RULESET_TEXT,
	REQUEST_DRILL_START,    // u16 minutes, text[16] a place's code or p-code (empty: everywhere), text[96] note
	REQUEST_DRILL_STOP,     // empty
	REQUEST_DRILL_LIST,     // empty; answered by drills (drill.h), newest first, sealed to the officer
	REQUEST_SECTION_TOKEN,  // text[24] section; answered by u64 token, the token sealed to the officer
	REQUEST_SECTION_REVOKE, // text[24] section, u64 token (0: all)
	REQUEST_SECTION_REFER,  // u64 alert, text[24] section, text[16] level, u64 received, u32 flags, u8 n, each text[12]
	                        // event, text[12] place, u32 count
	REQUEST_SECTION_READ,   // u16 n, each u64 item; signed by the token, see section.h
	REQUEST_FIRST_RUN,      // text[32] code, officer_record, duress officer_record; signed with the key of that record
	REQUEST_TOTP,           // two sealed secrets (TOTP_SEALED each): to the officer's key and to that for duress; or empty
	REQUEST_NOTIFY_TEST,    // text[24] target
	REQUEST_VERB_END_,
};

enum rotate_what { ROTATE_STATION_PREPARE = 1, ROTATE_STATION, ROTATE_LOG, ROTATE_PSEUDONYM };

struct request {
	char officer[OFFICER_NAME_SIZE];
	enum request_verb verb;
	int64_t at;          // Unix seconds UTC
	uint8_t nonce[16];
	uint16_t size;
	uint8_t payload[REQUEST_PAYLOAD_MAX];
	uint8_t signature[SIGNATURE_SIZE];
};

// Writes with a fresh nonce and signs; returns the size.
size_t request_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], struct request *r,
	uint8_t out[static REQUEST_SIZE_MAX]);
// ERROR_MALFORMED. The signature is not checked yet: request_verify does, over the same octets.
MUST_CHECK enum error request_read(const void *data, size_t size, struct request *out);
MUST_CHECK enum error request_verify(const struct officer_public *officer, const uint8_t station_id[static 16],
	const void *data, size_t size);
const char *request_name(enum request_verb v); // "user-add" …, for the audit chain

struct answer {
	enum error result;
	char text[ANSWER_TEXT_SIZE];
	uint16_t size;
	uint8_t payload[ANSWER_PAYLOAD_MAX];
};

size_t answer_write(const struct answer *a, uint8_t out[static 16384]);
MUST_CHECK enum error answer_read(const void *data, size_t size, struct answer *out);
