// SPDX-License-Identifier: GPL-2.0-or-later
// Pages into a file in memory: what fails half-way leaves nothing behind.
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cards/page.h"

#define POINTS_PER_MM (72 / 25.4)
#define PIXELS_PER_MM (300 / 25.4)

static cairo_status_t take_octets(void *ctx, const unsigned char *octets, unsigned size)
{
	struct card_file *f = ctx;
	if (f->size + size > f->room) {
		size_t room = (f->size + size) * 2;
		uint8_t *grown = realloc(f->octets, room);
		if (!grown)
			return CAIRO_STATUS_NO_MEMORY;
		f->octets = grown;
		f->room = room;
	}
	memcpy(f->octets + f->size, octets, size);
	f->size += size;
	return CAIRO_STATUS_SUCCESS;
}

void card_file_free(struct card_file *f)
{
	free(f->octets);
	*f = (struct card_file){0};
}

static cairo_surface_t *open_surface(const struct card_order *o, struct card_file *out)
{
	const double width = PAGE_WIDTH * POINTS_PER_MM, height = PAGE_HEIGHT * POINTS_PER_MM;
	cairo_surface_t *s;
	switch (o->format) {
	case CARD_PNG:
		return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(PAGE_WIDTH * PIXELS_PER_MM),
			(int)(PAGE_HEIGHT * PIXELS_PER_MM));
	case CARD_SVG:
		return cairo_svg_surface_create_for_stream(take_octets, out, width, height);
	case CARD_PDF:
	default:
		s = cairo_pdf_surface_create_for_stream(take_octets, out, width, height);
		// cairo writes the hour of printing unless told otherwise.
		cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, o->date);
		return s;
	}
}

static enum error draw_page(const struct card_order *o, cairo_t *cr, int place, size_t language, char why[static WHY_SIZE])
{
	const struct place *places;
	struct page p = {.order = o, .sheet = o->sheet, .language = language};
	const char *sample = sheet_event_name(o->sheet, 0, language);
	const double scale = o->format == CARD_PNG ? PIXELS_PER_MM : POINTS_PER_MM;
	sheet_places(o->sheet, &places);
	p.place = &places[place];
	cairo_save(cr);
	cairo_scale(cr, scale, scale);
	pen_init(&p.pen, cr, sheet_language(o->sheet, language));
	p.mirrored = sample && pen_mirrors(&p.pen, sample);
	pen_fill(&p.pen, (struct box){0, 0, PAGE_WIDTH, PAGE_HEIGHT}, 0, 1);
	if (o->cover)
		page_draw_cover(&p);
	else
		page_draw_card(&p);
	if (p.pen.failed != OK)
		snprintf(why, WHY_SIZE, "%s, \"%s\": %.200s", p.place->code, sheet_language(o->sheet, language), p.pen.why);
	pen_finish(&p.pen);
	cairo_restore(cr);
	return p.pen.failed;
}

static enum error draw_pages(const struct card_order *o, cairo_surface_t *s, char why[static WHY_SIZE])
{
	enum error e = OK;
	cairo_t *cr = cairo_create(s);
	// One language after the other: pango forgets the fonts of one for those of the next, which takes ten times as long.
	for (size_t l = 0; l < o->language_count && e == OK; l++)
		for (size_t i = 0; i < o->place_count && e == OK; i++) {
			e = draw_page(o, cr, o->places[i], o->first_language + l, why);
			cairo_show_page(cr);
		}
	if (e == OK && cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
		e = ERROR_MEMORY;
		snprintf(why, WHY_SIZE, "%s", cairo_status_to_string(cairo_status(cr)));
	}
	cairo_destroy(cr);
	return e;
}

enum error card_print(const struct card_order *o, struct card_file *out, char why[static WHY_SIZE])
{
	*out = (struct card_file){0};
	BUG_IF(o->first_language + o->language_count > sheet_languages(o->sheet));
	if (o->format != CARD_PDF && o->place_count * o->language_count != 1) {
		snprintf(why, WHY_SIZE, "SVG and PNG hold one card: name one place and one language");
		return ERROR_ARGUMENT;
	}
	cairo_surface_t *s = open_surface(o, out);
	enum error e = draw_pages(o, s, why);
	if (e == OK && o->format == CARD_PNG && cairo_surface_write_to_png_stream(s, take_octets, out) != CAIRO_STATUS_SUCCESS)
		e = ERROR_MEMORY;
	cairo_surface_finish(s);
	if (e == OK && cairo_surface_status(s) != CAIRO_STATUS_SUCCESS)
		e = ERROR_MEMORY;
	if (e == ERROR_MEMORY && !*why)
		snprintf(why, WHY_SIZE, "%s", cairo_status_to_string(cairo_surface_status(s)));
	cairo_surface_destroy(s);
	return e;
}
