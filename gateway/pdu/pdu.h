// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// SMS-DELIVER and SMS-SUBMIT, 3GPP TS 23.040 §9.2.2.1 and §9.2.2.2, with the SMSC address in front as TS 27.005 has
// it. The simulator writes and reads them; triage reads those that libGammu could not. Safe on any octets.

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/part.h"

#define PDU_MAX 200       // 12 of SMSC address, 164 of TPDU, and some
#define PDU_UD_MAX 140    // octets of TP-UD, §9.2.3.24

enum pdu_coding { PDU_GSM7, PDU_OCTETS, PDU_UCS2 };

struct pdu {
	char address[PART_SENDER_SIZE]; // "+" and digits, digits, or alphanumeric text (§9.1.2.5); SUBMIT: the recipient
	int64_t sent_at;                // Unix seconds UTC (§9.2.3.11); DELIVER only
	int offset_quarters;            // of the time stamp's zone, quarters of an hour
	enum pdu_coding coding;
	int class;                      // 0–3; -1 none
	uint16_t concat_ref;
	uint8_t concat_total, concat_index, concat_wide; // wide: a 16-bit reference, §9.2.3.24.8
	uint8_t locking, single;        // national language identifiers, §9.2.3.24.15 and .16
	uint16_t length;                // code units, or octets for PDU_OCTETS
	union {
		uint16_t units[PART_UNITS_MAX];
		uint8_t octets[PDU_UD_MAX];
	};
};

// ERROR_TOO_LARGE when the text does not fit one part, ERROR_ARGUMENT when it does not fit the alphabet.
MUST_CHECK enum error pdu_deliver_encode(const struct pdu *p, uint8_t out[static PDU_MAX], size_t *size);
MUST_CHECK enum error pdu_deliver_decode(const uint8_t *octets, size_t size, struct pdu *out);
// How many octets a DELIVER has up to the end of its TP-OA, which goes to `sender`: for a PDU that does not decode, so
// that what is shown of it holds no number. 0 when there is no address either.
size_t pdu_deliver_sender(const uint8_t *octets, size_t size, char sender[static PART_SENDER_SIZE]);
MUST_CHECK enum error pdu_submit_decode(const uint8_t *octets, size_t size, struct pdu *out);

// A text of any length as parts of `like` (address, time, class, languages, forced coding): GSM-7 where it fits and
// `coding` is PDU_GSM7, else UCS-2. Returns how many, 0 when there are more than `most`.
size_t pdu_split(const struct pdu *like, const uint16_t *units, size_t n, uint16_t reference, struct pdu *parts,
	size_t most);
// How many SMS a text takes: of 160 or 153 septets, else of 70 or 67 units of UCS-2 (3GPP TS 23.038, 23.040 §9.2.3.24).
size_t pdu_parts(const char *text);
