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

static void draw_part(struct page *p, struct box at, const char *text)
{
	struct style style = {24, 12, .bold = true, .side = SIDE_CENTRE, .left_to_right = true};
	pen_text(&p->pen, (struct box){at.x + 1, at.y + 0.3, at.width - 2, 10}, style, text);
}

static void draw_label(struct page *p, struct box at, const char *text)
{
	struct style style = {9, 5, .side = p->order->cover ? SIDE_CENTRE : p->mirrored ? SIDE_END : SIDE_START};
	double sign = p->order->cover ? 1 : at.width / 2 - 4;
	pen_text(&p->pen, (struct box){at.x + sign, at.y + 10.8, at.width - sign - 1, 6}, style, text);
}

static void draw_sign(struct page *p, struct box at, size_t part, enum pictogram pictogram)
{
	double x = at.x + at.width / 2 - 11;
	if (part == 0)
		pictogram_draw(p->pen.cr, pictogram, x, at.y + 10.8, 6);
	else
		sign_draw(p->pen.cr, part == 1 ? SIGN_PLACE : SIGN_PEOPLE, x, at.y + 10.8, 6);
}

// Always from left to right, as it is typed.
void page_example(struct page *p, double y, const char *event, enum pictogram pictogram, const enum phrase labels[3])
{
	const char *const parts[] = {event, p->place->code, EXAMPLE_COUNT};
	const double left = p->order->cover ? 0 : 10;
	struct box at = {MARGIN + left, y, INNER - left, EXAMPLE_HEIGHT};
	if (p->order->cover)
		pen_fill(&p->pen, at, 2, 0.9);
	else
		pen_frame(&p->pen, at, 2, 0.6);
	if (!p->order->cover)
		sign_draw(p->pen.cr, SIGN_PHONE, MARGIN - 2, y + 2.5, 12.5);
	at.width /= 3;
	for (size_t i = 0; i < 3; i++) // first all of them: who copies them out of the file gets what is typed
		draw_part(p, (struct box){at.x + (double)i * at.width, at.y, at.width, at.height}, parts[i]);
	for (size_t i = 0; i < 3; i++, at.x += at.width) {
		draw_label(p, at, page_phrase(p, labels[i]));
		if (!p->order->cover)
			draw_sign(p, at, i, pictogram);
	}
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
