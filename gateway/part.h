// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One message part as it leaves a modem: what `modem` sends to `intake`, what the spool keeps sealed, what `triage`
// joins. Written and read with a fixed layout of PART_SIZE octets; part_get() validates as if an enemy had written it.

#include <stdint.h>

#include "gateway/base/bytes.h"

#define PART_UNITS_MAX 160     // GSM-7 characters of one TP-UD, 3GPP TS 23.040 §9.2.3.24
#define PART_OCTETS_MAX 320    // the same field seen as octets: 8-bit user data (140) or a raw PDU
#define PART_SENDER_SIZE 48    // E.164 with its +, or 11 alphanumeric characters in UTF-8, with the NUL
#define PART_SIZE 400

enum part_kind {
	PART_TEXT = 1, // UTF-16 code units in `units` (a surrogate pair may be split over two parts)
	PART_BINARY,   // 8-bit user data in `octets`
	PART_RAW,      // a PDU in `octets`, as +CMGR showed it, that libGammu could not or must not read
	PART_CALL,     // a missed call ("beep"): a sender and no content
	PART_KIND_END_,
};

struct part {
	enum part_kind kind;
	uint32_t id;            // of the channel modem → intake; rises by one
	uint16_t slot;          // storage index in the SIM or phone, 3GPP TS 27.005 <index>
	char sender[PART_SENDER_SIZE];
	int64_t sent_at;        // SCTS (TS 23.040 §9.2.3.11) as Unix seconds UTC; 0 unknown
	int64_t received_at;    // Unix seconds UTC, the station's clock
	int8_t class;           // 0–3, TS 23.038 §4; -1 none
	uint16_t concat_ref;    // TS 23.040 §9.2.3.24.1 and .8
	uint8_t concat_total;   // 0 or 1: not concatenated
	uint8_t concat_index;   // from 1
	uint16_t length;        // code units or octets in use
	uint16_t full_length;   // what there was, when `length` had to be cut (PART_RAW only)
	union {
		uint16_t units[PART_UNITS_MAX];
		uint8_t octets[PART_OCTETS_MAX];
	};
};

void part_put(struct bytes_writer *w, const struct part *p); // PART_SIZE octets; a part that is not valid is a failure
// ERROR_MALFORMED names nothing and shows nothing: the content is an informant's.
MUST_CHECK enum error part_get(struct bytes_reader *r, struct part *out);
