// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Paper cards of a code sheet, A6 upright, one page a place and language: how to report, in pictograms and few words;
// or as a market price list in the sheet's cover words. Called by tama-cards.

#include <stdint.h>

#include "gateway/cards/pen.h"
#include "rules/sheet_card.h"

enum card_format { CARD_PDF, CARD_SVG, CARD_PNG };

struct card_order {
	const struct sheet *sheet;
	const int *places; // indices in the sheet
	size_t place_count;
	size_t first_language, language_count;
	bool cover;
	enum card_format format; // SVG and PNG hold one page
	const char *number;   // of the gateway, E.164; NULL: a line to write it on
	const char *reporter; // the code of a person, "K7M2"; NULL: none
	const char *date;     // "2026-05-01" in the PDF; NULL: none, so that the same order gives the same octets
};

struct card_file {
	uint8_t *octets;
	size_t size, room;
};

// The file in memory, whole or not at all; card_file_free also after an error. `why` says in one line what is wrong:
// ERROR_TOO_LARGE: a text does not fit; ERROR_NOT_FOUND: no font has its letters, or no event has a cover word;
// ERROR_ARGUMENT: several pages in SVG or PNG; ERROR_MEMORY.
MUST_CHECK enum error card_print(const struct card_order *order, struct card_file *out, char why[static WHY_SIZE]);
void card_file_free(struct card_file *f);
