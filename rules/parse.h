// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// From a villager's text to what it may mean. Forgiving where that is safe: what was mended is marked, what could be
// two things keeps both readings, what is unknown is kept and shown. Never guesses.

#include "rules/reporter.h"
#include "rules/sheet.h"

#define READINGS_MAX 8
#define MENDS_MAX 8
#define UNKNOWN_MAX 8
#define REPORTERS_MAX 4
#define SPANS_MAX (2 * TOKENS_MAX + 1)

enum {
	FLAG_MENDED = 1 << 0,
	FLAG_AMBIGUOUS = 1 << 1,
	FLAG_UNDECODED = 1 << 2,
	FLAG_INCOMPLETE = 1 << 3,
	FLAG_RAW = 1 << 4,
	FLAG_DURESS = 1 << 5,
	FLAG_DRILL = 1 << 6,
	FLAG_BEEP = 1 << 7,
	FLAG_FLOOD = 1 << 8,
	FLAGS_COUNT = 9
};

struct reading {
	int event, place; // of the sheet; -1: not said
	int count;        // -1: not said
	bool place_unverified; // digits without their check letter
};

// What a stretch of the text was taken for. All spans together are the whole text, octet by octet.
enum span_kind { SPAN_FREE, SPAN_CODE, SPAN_QUALIFIER, SPAN_MENDED, SPAN_UNKNOWN, SPAN_KINDS };
struct span {
	uint32_t to; // where it ends; it begins where the one before ended
	enum span_kind kind;
};

// A reporter's code in the text: its form is right, whether it was given to anybody only the station knows.
struct said_reporter {
	char code[REPORTER_SIZE]; // "R4829153K"
	uint32_t from, to;        // octets of the text; of all that it is glued to, where it cannot be parted
};

struct reading_set {
	struct reading readings[READINGS_MAX]; // the worst plausible first
	size_t count;
	unsigned flags;
	int severity;                          // of the worst plausible reading, 3 when undecoded or when a token that
	                                       // may be an event could not be read
	const char *mends[MENDS_MAX];          // names of the rules that mended, static
	size_t mend_count;
	char unknown[UNKNOWN_MAX][TOKEN_SIZE]; // tokens that look like codes and are none
	size_t unknown_count;
	struct said_reporter reporters[REPORTERS_MAX];
	size_t reporter_count;
	uint8_t language;                      // of all its words, 1 + that of the sheet; 0: of any, or of several
	bool cut;                              // there were more codes than fit: readings are missing
	size_t span_count;
	struct span spans[SPANS_MAX];
};

void sheet_parse(const struct sheet *s, const char *text, size_t size, struct reading_set *out);
// While a drill runs: does the text say plainly that it is an exercise ("exercice A1 12H 40": a word of a test, spelt
// right and not turned round as in "pas un exercice")? Then it is one with all that it says, and flagged as a drill. Else
// false, and `out` means nothing.
bool sheet_parse_exercise(const struct sheet *s, const char *text, size_t size, struct reading_set *out);
// Would whoever finds it on a phone learn something: an event, a place, a reporter's code? How to end the messages
// ("STOP") any merchant writes.
bool reading_set_tells(const struct sheet *s, const struct reading_set *set);
const char *span_kind_name(enum span_kind k);
const char *flag_name(unsigned bit); // 0 … FLAGS_COUNT-1
