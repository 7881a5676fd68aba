// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What is known of one reporter code, as triage seals it in its row and, for a page of a list, to the officer who asks.

#include "crypto/officer.h"
#include "gateway/base/bytes.h"
#include "rules/reporter.h"

#define REPORTER_PLACE_SIZE 12
#define REPORTER_NOTE_SIZE 96
#define REPORTER_RECORD_SIZE 320
#define REPORTER_ISSUE_MAX 50 // in one request
#define REPORTER_PAGE 40      // records in one answer
#define REPORTER_CODES_DOMAIN "tama/reporter-codes/1" // what REQUEST_REPORTER_ISSUE answers with, sealed to the officer
#define REPORTER_LIST_DOMAIN "tama/reporter-list/1"   // and REQUEST_REPORTER_LIST

struct reporter {
	uint32_t id;
	bool revoked;
	char by_hand;                  // a letter that a supervisor set, 0: none
	uint16_t confirmed, wrong;     // incidents that were closed so
	uint32_t texts;
	int64_t issued_at, revoked_at; // Unix seconds; 0: never
	char place[REPORTER_PLACE_SIZE], note[REPORTER_NOTE_SIZE];
	char issued_by[OFFICER_NAME_SIZE], why[REPORTER_NOTE_SIZE]; // of the revocation, or of the letter by hand
};

void reporter_write(const struct reporter *r, uint8_t out[static REPORTER_RECORD_SIZE]);
MUST_CHECK enum error reporter_read(const uint8_t in[static REPORTER_RECORD_SIZE], struct reporter *out); // ERROR_MALFORMED
char reporter_grade(const struct reporter *r); // A to F
