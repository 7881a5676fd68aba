// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The code sheet: which codes and words mean which event and which place. A libconfig file of an administrator,
// loaded whole or refused with file and line.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "rules/problem.h"
#include "rules/text.h"

#define CODE_SIZE 12
#define NAME_SIZE 80
#define SHEET_NEIGHBOUR_KM 30

enum event_kind { KIND_ALERT, KIND_ALL_QUIET, KIND_TEST, KIND_CANCEL, KIND_CORRECT, KIND_CALL_ME, KIND_STOP, KIND_CONSENT,
	KIND_END_ };

struct event {
	char code[CODE_SIZE]; // as printed: "A3"
	char name[NAME_SIZE];
	enum event_kind kind;
	int severity;         // 1 (least) to 5
	bool restricted;      // sexual violence: named officers only
	bool uniformed;       // the perpetrator may be uniformed: never to a recipient on that side
	uint8_t pictogram;    // enum pictogram of sheet_card.h
	int line;
};

struct place {
	char code[CODE_SIZE]; // as printed, with its check letter: "12H"
	char pcode[16];
	char name[NAME_SIZE];
	char level[16];       // region, cercle, commune, village
	int parent;           // index, -1: none
	uint8_t language;     // of its people, 1 + that of the sheet; 0: of the area's
	int k;                // people who could have sent a text from here
	double lat, lon;      // 0, 0: unknown
	int line;
};

struct sheet; // opaque

// ERROR_ARGUMENT: `problems` says why; nothing is loaded. Warnings may be there after OK.
MUST_CHECK enum error sheet_load(const char *path, struct problems *problems, struct sheet **out);
// The same of a text that stands, or would stand, in the file `name`.
MUST_CHECK enum error sheet_load_text(const char *name, const char *text, size_t size, struct problems *problems,
	struct sheet **out);
void sheet_destroy(struct sheet *s);
// What loads but will be mistyped or misread, as warnings: codes on the same keys of a phone, words one slip apart,
// p-codes that do not nest, places without k.
void sheet_check(const struct sheet *s, const char *file, struct problems *problems);

const char *sheet_name(const struct sheet *s);
const char *sheet_scheme(const struct sheet *s); // of its p-codes: "ML-COD-2016"
// Days since 1970, the last one included; 0: without end. An old one is read beside the current one (sheet_set.h).
int64_t sheet_valid_from(const struct sheet *s);
int64_t sheet_valid_until(const struct sheet *s);
bool sheet_valid_on(const struct sheet *s, int64_t day);
bool sheet_valid_at(const struct sheet *s, int place); // within its areas; -1, what is not said, is
#define SHEET_DAY_SIZE 11
void sheet_day_text(int64_t day, char out[static SHEET_DAY_SIZE]); // "2016-06-30"
size_t sheet_events(const struct sheet *s, const struct event **list);
size_t sheet_places(const struct sheet *s, const struct place **list);
int sheet_event_of_code(const struct sheet *s, const char *code); // folded or printed; -1
int sheet_place_of_code(const struct sheet *s, const char *code); // with its check letter
int sheet_place_of_digits(const struct sheet *s, const char *digits); // without: unverified
int sheet_place_of_pcode(const struct sheet *s, const char *pcode);
// Is `place` inside the area with this p-code (or is it that place itself)?
bool sheet_place_within(const struct sheet *s, int place, const char *pcode);
bool sheet_place_inside(const struct sheet *s, int place, int area); // the same, of an index
// Under one parent, one in the other, or within SHEET_NEIGHBOUR_KM where both have coordinates. Not of itself.
bool sheet_places_neighbour(const struct sheet *s, int a, int b);
// The language of its people, as the sheet says of it or of the nearest area that holds it; -1.
int sheet_place_language(const struct sheet *s, int place);
// Places of another cercle within SHEET_NEIGHBOUR_KM, at most `room` of them, where coordinates are known.
size_t sheet_places_across(const struct sheet *s, int place, int *out, size_t room);
// The nearest ancestor (or itself) of a level; -1.
int sheet_place_at_level(const struct sheet *s, int place, const char *level);

// Duress: whoever writes it is being watched. A filler says nothing ("chez", "svp"); a doubt may turn the sense round ("pas", "jamais"); a number is one in letters.
enum word_kind { WORD_NONE, WORD_EVENT, WORD_PLACE, WORD_FILLER, WORD_DOUBT, WORD_NUMBER, WORD_DURESS };
struct word_match {
	enum word_kind kind;
	int index; // of the event or place; the value of a number
	uint8_t language; // 1 + that of the sheet; 0: of any
	bool slip; // found one slip away; with WORD_NONE: one slip away from two words, so neither
};
// A folded word or phrase, exactly or, for 6 letters and more, one slip away from exactly one word.
struct word_match sheet_word(const struct sheet *s, const char *folded, bool allow_slip);

// The check letter of a place's digits; leading zeros do not matter. Weights 2, 3, 4 … from the right modulo 23 find
// every wrong digit and every swap of neighbours.
char place_check_letter(const char *digits);
const char *event_kind_name(enum event_kind k);
