// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the kinds of cards share: the page, its margins, and the lines at its foot. Millimetres.

#include "gateway/cards/card.h"
#include "gateway/cards/pictogram.h"

#define PAGE_WIDTH 105.0 // ISO 216 A6
#define PAGE_HEIGHT 148.0
#define MARGIN 5.0 // what office printers leave white
#define INNER (PAGE_WIDTH - 2 * MARGIN)
#define FOOT_Y 137.0
#define FOOT_HEIGHT 6.5
#define LABEL_SIZE 160

struct page {
	struct pen pen;
	const struct card_order *order;
	const struct sheet *sheet;
	const struct place *place;
	size_t language;
	bool mirrored; // written from right to left
};

// A box of the page, on the other side where the language is written from right to left.
struct box page_box(const struct page *p, double x, double y, double width, double height);
// In the language of the page, else in the first; "" when the sheet has neither.
const char *page_phrase(const struct page *p, enum phrase phrase);
// "A1 12H 40", each part over what it is.
void page_example(struct page *p, double y, const char *event, enum pictogram pictogram, const enum phrase labels[3]);
// "Text it to +223…", or a line to write the number on; a telephone is drawn beside it where `sign`.
void page_number(struct page *p, double y, double height, enum phrase phrase, bool sign);
// The reporter's code and the version of the sheet.
void page_foot(struct page *p, enum phrase reporter, enum phrase version);

void page_draw_card(struct page *p);
void page_draw_cover(struct page *p);
