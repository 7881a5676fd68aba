// SPDX-License-Identifier: GPL-2.0-or-later
// The card of a place: its code, how a text is written, and the events with their pictograms.
#include <stdio.h>
#include <string.h>

#include "gateway/cards/page.h"

#define HEAD_Y 4.5
#define HEAD_HEIGHT 15.5
#define EXAMPLE_Y 21.5
#define NUMBER_Y 39.5
#define EVENTS_Y 47.5
#define EVENTS_END 136.0
#define ROW_MOST 12.0
#define ROW_LEAST 5.0
#define SERVICE_SHARE 0.82 // height of a row that is no alert: needed less, read more slowly
#define ARABIC_LARGER 1.35 // its letters are smaller than Latin ones of the same size
#define GUTTER 2.0
#define SEAM 0.05 // grounds that only touch show a white line between them
#define EVENTS_MAX 260 // 26 letters, 10 digits

static void area_name(const struct page *p, char out[static LABEL_SIZE])
{
	const struct place *places;
	size_t at = 0;
	out[0] = 0;
	sheet_places(p->sheet, &places);
	for (int up = p->place->parent; up >= 0; up = places[up].parent)
		if (at < LABEL_SIZE)
			at += (size_t)snprintf(out + at, LABEL_SIZE - at, "%s%s", at ? " · " : "", places[up].name);
}

static void draw_head(struct page *p)
{
	struct style code = {40, 14, .bold = true, .side = SIDE_CENTRE, .white = true, .left_to_right = true};
	struct style name = {18, 5, .bold = true, .side = p->mirrored ? SIDE_END : SIDE_START};
	struct style area = {9, 5, .side = p->mirrored ? SIDE_END : SIDE_START};
	char text[LABEL_SIZE];
	struct box box = page_box(p, MARGIN, HEAD_Y, 42, HEAD_HEIGHT), pin = page_box(p, MARGIN + 44, HEAD_Y + 1.5, 11, 11);
	pen_fill(&p->pen, box, 2, 0);
	pen_text(&p->pen, (struct box){box.x + 1.5, box.y, box.width - 3, box.height}, code, p->place->code);
	sign_draw(p->pen.cr, SIGN_PLACE, pin.x, pin.y, pin.width);
	pen_text(&p->pen, page_box(p, MARGIN + 56, HEAD_Y, INNER - 56, 10), name, p->place->name);
	area_name(p, text);
	pen_text(&p->pen, page_box(p, MARGIN + 56, HEAD_Y + 10, INNER - 56, 5.5), area, text);
}

// ---- events ---------------------------------------------------------------------------------------------------

struct grid {
	size_t events[EVENTS_MAX], count;
	double y, row;
};

static void take_events(const struct page *p, bool alerts, struct grid *g)
{
	const struct event *events;
	size_t n = sheet_events(p->sheet, &events);
	g->count = 0;
	for (size_t i = 0; i < n && g->count < EVENTS_MAX; i++)
		if ((events[i].kind == KIND_ALERT) == alerts)
			g->events[g->count++] = i;
}

static size_t rows_of(const struct grid *g)
{
	return (g->count + 1) / 2;
}

static const char *name_of(const struct page *p, size_t event)
{
	const char *name = sheet_event_name(p->sheet, event, p->language);
	return name ? name : sheet_event_name(p->sheet, event, 0);
}

static void draw_event(struct page *p, size_t event, double x, double y, double width, double row)
{
	const struct event *events;
	sheet_events(p->sheet, &events);
	const struct event *e = &events[event];
	struct style code = {row * 1.9, 8, .bold = true, .side = SIDE_CENTRE, .left_to_right = true};
	struct style name = {row * (p->mirrored ? ARABIC_LARGER : 1.05), 4.5, .side = SIDE_START};
	const double drawn = row - 0.9, code_width = 10.5;
	struct box pictogram = page_box(p, x + 0.5, y + 0.45, drawn, drawn);
	pictogram_draw(p->pen.cr, (enum pictogram)e->pictogram, pictogram.x, pictogram.y, drawn);
	pen_text(&p->pen, page_box(p, x + drawn + 1, y, code_width, row), code, e->code);
	double left = x + drawn + 1 + code_width + 0.5;
	pen_text(&p->pen, page_box(p, left, y + 0.2, x + width - left - 0.5, row - 0.4), name, name_of(p, event));
}

// Down the first column, then the second. Codes of one letter share a ground, so that an eye finds them together.
static void draw_grid(struct page *p, const struct grid *g)
{
	const struct event *events;
	const double width = (INNER - GUTTER) / 2;
	size_t rows = rows_of(g), group = 0;
	sheet_events(p->sheet, &events);
	for (size_t i = 0; i < g->count; i++) {
		double x = MARGIN + (i < rows ? 0 : width + GUTTER), y = g->y + (double)(i % rows) * g->row;
		group += i > 0 && events[g->events[i]].code[0] != events[g->events[i - 1]].code[0];
		if (group % 2 == 0)
			pen_fill(&p->pen, page_box(p, x, y, width, g->row + SEAM), 0, 0.9);
		draw_event(p, g->events[i], x, y, width, g->row);
	}
}

static void draw_events(struct page *p)
{
	struct grid alerts, others;
	take_events(p, true, &alerts);
	take_events(p, false, &others);
	double rows = (double)rows_of(&alerts) + SERVICE_SHARE * (double)rows_of(&others);
	double row = (EVENTS_END - EVENTS_Y - 1) / (rows > 0 ? rows : 1);
	row = row > ROW_MOST ? ROW_MOST : row;
	if (row < ROW_LEAST)
		pen_fail(&p->pen, ERROR_TOO_LARGE, "%zu events do not fit on one card: some %d are the most",
			alerts.count + others.count, (int)((EVENTS_END - EVENTS_Y) / ROW_LEAST) * 2);
	if (p->pen.failed != OK)
		return;
	alerts.y = EVENTS_Y;
	alerts.row = row;
	others.y = EVENTS_Y + row * (double)rows_of(&alerts) + 1;
	others.row = row * SERVICE_SHARE;
	draw_grid(p, &alerts);
	if (alerts.count && others.count)
		pen_rule(&p->pen, MARGIN, others.y - 0.5, MARGIN + INNER, 0.4, 0);
	draw_grid(p, &others);
}

void page_draw_card(struct page *p)
{
	static const enum phrase labels[] = {PHRASE_WHAT, PHRASE_WHERE, PHRASE_COUNT};
	const struct event *events;
	size_t n = sheet_events(p->sheet, &events), first = 0;
	while (first + 1 < n && events[first].kind != KIND_ALERT)
		first++;
	draw_head(p);
	page_example(p, EXAMPLE_Y, events[first].code, (enum pictogram)events[first].pictogram, labels);
	page_number(p, NUMBER_Y, 7, PHRASE_SEND, true);
	draw_events(p);
	page_foot(p, PHRASE_REPORTER, PHRASE_SHEET);
}
