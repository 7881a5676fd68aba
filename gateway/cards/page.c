// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cards/page.h"

#include <stdio.h>

#define EXAMPLE_COUNT "40"
#define EXAMPLE_HEIGHT 17.5

struct box page_box(const struct page *p, double x, double y, double width, double height)
{
	return (struct box){p->mirrored ? PAGE_WIDTH - x - width : x, y, width, height};
}

const char *page_phrase(const struct page *p, enum phrase phrase)
{
	const char *text = sheet_phrase(p->sheet, phrase, p->language);
	text = text ? text : sheet_phrase(p->sheet, phrase, 0);
	return text ? text : "";
}

static void draw_part(struct page *p, struct box at, const char *text, const char *label)
{
	struct style big = {24, 12, .bold = true, .side = SIDE_CENTRE, .left_to_right = true};
	struct style small = {9, 5, .side = SIDE_CENTRE};
	pen_text(&p->pen, (struct box){at.x + 1, at.y + 0.3, at.width - 2, 10}, big, text);
	pen_text(&p->pen, (struct box){at.x + 9, at.y + 11, at.width - 10, 5.5}, small, label);
}

// Always from left to right, as it is typed.
void page_example(struct page *p, double y, const char *event, enum pictogram pictogram, const enum phrase labels[3])
{
	const double x = MARGIN + 10, width = INNER - 10, part = width / 3;
	cairo_t *cr = p->pen.cr;
	if (p->order->cover)
		pen_fill(&p->pen, (struct box){MARGIN, y, INNER, EXAMPLE_HEIGHT}, 1, 0.92);
	else
		sign_draw(cr, SIGN_PHONE, MARGIN - 2, y + 2.5, 12.5);
	pen_frame(&p->pen, (struct box){x, y, width, EXAMPLE_HEIGHT}, 2, 0.6);
	draw_part(p, (struct box){x, y, part, EXAMPLE_HEIGHT}, event, page_phrase(p, labels[0]));
	draw_part(p, (struct box){x + part, y, part, EXAMPLE_HEIGHT}, p->place->code, page_phrase(p, labels[1]));
	draw_part(p, (struct box){x + 2 * part, y, part, EXAMPLE_HEIGHT}, EXAMPLE_COUNT, page_phrase(p, labels[2]));
	if (p->order->cover)
		return;
	pictogram_draw(cr, pictogram, x + 3, y + 10.6, 6);
	sign_draw(cr, SIGN_PLACE, x + part + 3, y + 10.6, 6);
	sign_draw(cr, SIGN_PEOPLE, x + 2 * part + 3, y + 10.6, 6);
}

void page_number(struct page *p, double y, double height, enum phrase phrase, bool sign)
{
	struct style label = {11, 6, .side = SIDE_START};
	struct style number = {17, 8, .bold = true, .side = p->mirrored ? SIDE_END : SIDE_START, .left_to_right = true};
	const double start = MARGIN + (sign ? 10 : 0), to = MARGIN + 40;
	struct box box = page_box(p, to + 1, y, PAGE_WIDTH - MARGIN - to - 1, height);
	pen_text(&p->pen, page_box(p, start, y, to - start, height), label, page_phrase(p, phrase));
	if (p->order->number)
		pen_text(&p->pen, box, number, p->order->number);
	else
		pen_rule(&p->pen, box.x, y + height - 1.2, box.x + box.width, 0.3, 0.8);
}

void page_foot(struct page *p, enum phrase reporter, enum phrase version)
{
	struct style bold = {14, 6, .bold = true, .side = SIDE_CENTRE};
	struct style small = {6.5, 4.5, .side = SIDE_END};
	char text[LABEL_SIZE];
	const char *tag = sheet_version(p->sheet);
	if (p->order->reporter) {
		struct box box = page_box(p, MARGIN, FOOT_Y, 62, FOOT_HEIGHT);
		pen_frame(&p->pen, box, 1.2, 0.5);
		// The code stands in an isolate (Unicode UAX 9, 2.4.2): Arabic before it does not turn it round.
		snprintf(text, sizeof text, "%s: \u2066%s\u2069", page_phrase(p, reporter), p->order->reporter);
		pen_text(&p->pen, (struct box){box.x + 1, box.y, box.width - 2, box.height}, bold, text);
	}
	if (!*tag)
		return;
	snprintf(text, sizeof text, "%s \u2066%s\u2069", page_phrase(p, version), tag);
	pen_text(&p->pen, page_box(p, MARGIN + 65, FOOT_Y + 2, INNER - 65, FOOT_HEIGHT - 2), small, text);
}
