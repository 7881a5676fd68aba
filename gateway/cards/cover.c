// SPDX-License-Identifier: GPL-2.0-or-later
// The cover card: a market price list to whoever finds it. Nothing of the plain card may stand on it: no name or code
// of an event, no pictogram.
#include <stdio.h>
#include <string.h>

#include "gateway/cards/page.h"

#define TITLE_Y 5.0
#define TABLE_Y 24.0
#define HEADING 5.0
#define TABLE_END 105.0
#define ROW_MOST 8.0
#define ROW_LEAST 4.5
#define GUTTER 4.0
#define PRICE_WIDTH 17.0
#define PRICE_BESIDE_GLOSS 9.0
#define ITEMS_MAX 260

// What is typed, and under it what it is where that is another script.
struct item {
	const char *typed, *gloss;
};

static bool find_item(const struct page *p, size_t event, struct item *out)
{
	const char *own = sheet_event_cover(p->sheet, event, p->language);
	const char *first = sheet_event_cover(p->sheet, event, 0);
	bool typed = own && sheet_is_typed(own);
	*out = (struct item){typed ? own : first, typed ? NULL : own};
	if (out->gloss == out->typed)
		out->gloss = NULL;
	return out->typed != NULL;
}

static size_t take_items(const struct page *p, struct item items[static ITEMS_MAX])
{
	const struct event *events;
	size_t n = sheet_events(p->sheet, &events), count = 0;
	for (size_t i = 0; i < n && count < ITEMS_MAX; i++)
		count += find_item(p, i, &items[count]);
	return count;
}

static void draw_item(struct page *p, const struct item *item, double x, double y, double width, double row)
{
	struct style typed = {row * 1.7, 5, .side = p->mirrored ? SIDE_END : SIDE_START, .left_to_right = true};
	struct style gloss = {row * 1.5, 4.5, .side = SIDE_START};
	const double price_width = item->gloss ? PRICE_BESIDE_GLOSS : PRICE_WIDTH, words = width - price_width - 1;
	struct box price = page_box(p, x + width - price_width, y, price_width, row);
	double share = item->gloss ? words / 2 : words;
	pen_text(&p->pen, page_box(p, x, y, share, row), typed, item->typed);
	if (item->gloss)
		pen_text(&p->pen, page_box(p, x + share + 1.5, y, words - share - 1.5, row), gloss, item->gloss);
	pen_rule(&p->pen, price.x, y + row - 1, price.x + price.width, 0.25, 0.7);
}

static void draw_heading(struct page *p, double x, double width)
{
	struct style style = {8, 5, .bold = true, .side = SIDE_START};
	struct style price = {8, 5, .bold = true, .side = SIDE_END};
	pen_text(&p->pen, page_box(p, x, TABLE_Y, width / 2, HEADING), style, page_phrase(p, PHRASE_COVER_WHAT));
	pen_text(&p->pen, page_box(p, x + width / 2, TABLE_Y, width / 2, HEADING), price,
		page_phrase(p, PHRASE_COVER_PRICE));
	struct box line = page_box(p, x, TABLE_Y, width, HEADING);
	pen_rule(&p->pen, line.x, TABLE_Y + HEADING + 0.3, line.x + width, 0.4, 0);
}

static void draw_table(struct page *p, const struct item *items, size_t count)
{
	const double width = (INNER - GUTTER) / 2;
	size_t rows = (count + 1) / 2;
	double row = (TABLE_END - TABLE_Y - HEADING - 1) / (double)rows;
	row = row > ROW_MOST ? ROW_MOST : row;
	if (row < ROW_LEAST)
		pen_fail(&p->pen, ERROR_TOO_LARGE, "%zu cover words do not fit on one card", count);
	draw_heading(p, MARGIN, width);
	draw_heading(p, MARGIN + width + GUTTER, width);
	for (size_t i = 0; i < count; i++)
		draw_item(p, &items[i], MARGIN + (i < rows ? 0 : width + GUTTER),
			TABLE_Y + HEADING + 1 + (double)(i % rows) * row, width, row);
}

static void draw_title(struct page *p)
{
	struct style title = {22, 10, .bold = true, .side = SIDE_CENTRE};
	struct style place = {12, 6, .side = SIDE_CENTRE};
	char text[LABEL_SIZE];
	pen_text(&p->pen, page_box(p, MARGIN, TITLE_Y, INNER, 11), title, page_phrase(p, PHRASE_COVER_TITLE));
	snprintf(text, sizeof text, "%s · \u2066%s\u2069", p->place->name, p->place->code);
	pen_text(&p->pen, page_box(p, MARGIN, TITLE_Y + 11, INNER, 6), place, text);
}

void page_draw_cover(struct page *p)
{
	static const enum phrase labels[] = {PHRASE_COVER_WHAT, PHRASE_COVER_WHERE, PHRASE_COVER_COUNT};
	struct item items[ITEMS_MAX];
	size_t count = take_items(p, items);
	if (count == 0)
		pen_fail(&p->pen, ERROR_NOT_FOUND, "no event has a cover word: expected cover = { %s = \"…\"; }",
			sheet_language(p->sheet, 0));
	if (p->pen.failed != OK)
		return;
	draw_title(p);
	draw_table(p, items, count);
	page_number(p, TABLE_END + 2, 7, PHRASE_COVER_SEND, false);
	page_example(p, TABLE_END + 11, items[0].typed, PICTOGRAM_NONE, labels);
	page_foot(p, PHRASE_COVER_REPORTER, PHRASE_COVER_SHEET);
}
