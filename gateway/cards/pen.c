// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cards/pen.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define MM_PER_POINT (25.4 / 72)
#define STEP_POINTS 0.25
#define FAMILY "Noto Sans, Noto Sans Arabic, DejaVu Sans"

void pen_init(struct pen *p, cairo_t *cr, const char *tag)
{
	*p = (struct pen){.cr = cr, .layout = pango_cairo_create_layout(cr)};
	PangoContext *context = pango_layout_get_context(p->layout);
	cairo_font_options_t *options = cairo_font_options_create();
	// Screen, printer and preview break the lines at the same places.
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_language(context, pango_language_from_string(tag));
	pango_layout_context_changed(p->layout);
	cairo_font_options_destroy(options);
}

void pen_finish(struct pen *p)
{
	g_clear_object(&p->layout);
}

void pen_fail(struct pen *p, enum error e, const char *format, ...)
{
	va_list args;
	if (p->failed != OK)
		return;
	va_start(args, format);
	vsnprintf(p->why, sizeof p->why, format, args);
	va_end(args);
	p->failed = e;
}

bool pen_mirrors(struct pen *p, const char *text)
{
	pango_layout_set_auto_dir(p->layout, TRUE);
	pango_layout_set_text(p->layout, text, -1);
	return pango_layout_get_direction(p->layout, 0) == PANGO_DIRECTION_RTL;
}

static void set_size(struct pen *p, struct style style, double points)
{
	PangoFontDescription *font = pango_font_description_from_string(FAMILY);
	pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, points * MM_PER_POINT * PANGO_SCALE);
	pango_layout_set_font_description(p->layout, font);
	pango_font_description_free(font);
}

static void set_text(struct pen *p, struct box box, struct style style, const char *text)
{
	static const PangoAlignment sides[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT};
	pango_layout_set_auto_dir(p->layout, !style.left_to_right);
	pango_layout_set_width(p->layout, (int)floor(box.width * PANGO_SCALE));
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD);
	pango_layout_set_alignment(p->layout, sides[style.side]);
	pango_layout_set_text(p->layout, text, -1);
}

// Of what is really inked as well: an accent or a swash may stand outside of its line.
static bool fits(struct pen *p, struct box box, PangoRectangle *logical)
{
	PangoRectangle ink;
	pango_layout_get_extents(p->layout, &ink, logical);
	return logical->width <= box.width * PANGO_SCALE && logical->height <= box.height * PANGO_SCALE &&
		ink.width <= box.width * PANGO_SCALE && ink.height <= box.height * PANGO_SCALE;
}

double pen_size(struct pen *p, struct box box, struct style style, const char *text)
{
	PangoRectangle logical;
	set_text(p, box, style, text);
	for (double points = style.most; points >= style.least - STEP_POINTS / 2; points -= STEP_POINTS) {
		set_size(p, style, points);
		if (fits(p, box, &logical))
			return points;
	}
	return 0;
}

void pen_text(struct pen *p, struct box box, struct style style, const char *text)
{
	PangoRectangle logical;
	if (!text || !*text || p->failed != OK)
		return;
	double points = pen_size(p, box, style, text);
	if (points == 0) {
		pen_fail(p, ERROR_TOO_LARGE, "\"%.150s\" does not fit on the card, however small it is written: shorten it", text);
		return;
	}
	if (pango_layout_get_unknown_glyphs_count(p->layout) > 0) {
		pen_fail(p, ERROR_NOT_FOUND, "no font here has all the letters of \"%.120s\": install fonts-noto-core", text);
		return;
	}
	fits(p, box, &logical);
	cairo_set_source_rgb(p->cr, style.white, style.white, style.white);
	cairo_move_to(p->cr, box.x, box.y + (box.height - (double)logical.height / PANGO_SCALE) / 2);
	pango_cairo_show_layout(p->cr, p->layout);
}

static void outline(cairo_t *cr, struct box b, double r)
{
	cairo_new_path(cr);
	cairo_arc(cr, b.x + b.width - r, b.y + r, r, -M_PI / 2, 0);
	cairo_arc(cr, b.x + b.width - r, b.y + b.height - r, r, 0, M_PI / 2);
	cairo_arc(cr, b.x + r, b.y + b.height - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, b.x + r, b.y + r, r, M_PI, 3 * M_PI / 2);
	cairo_close_path(cr);
}

void pen_fill(struct pen *p, struct box box, double radius, double grey)
{
	outline(p->cr, box, radius);
	cairo_set_source_rgb(p->cr, grey, grey, grey);
	cairo_fill(p->cr);
}

void pen_frame(struct pen *p, struct box box, double radius, double width)
{
	outline(p->cr, box, radius);
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	cairo_set_line_width(p->cr, width);
	cairo_stroke(p->cr);
}

void pen_rule(struct pen *p, double x, double y, double to_x, double width, double dash)
{
	cairo_save(p->cr);
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	cairo_set_line_width(p->cr, width);
	cairo_set_dash(p->cr, &dash, dash > 0, 0);
	cairo_move_to(p->cr, x, y);
	cairo_line_to(p->cr, to_x, y);
	cairo_stroke(p->cr);
	cairo_restore(p->cr);
}
