// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Text that never leaves its box: wrapped, then shrunk, then refused. All measures are millimetres. The first refusal
// stays with the pen and nothing more is drawn, so that a page is asked once, at its end. Used by the cards.

#include <pango/pangocairo.h>
#include <stdbool.h>

#include "gateway/base/error.h"

#define WHY_SIZE 256

struct box {
	double x, y, width, height;
};

struct pen {
	cairo_t *cr;
	PangoLayout *layout;
	enum error failed; // OK; ERROR_TOO_LARGE: a text does not fit; ERROR_NOT_FOUND: no font has its letters
	char why[WHY_SIZE];
};

enum side { SIDE_START, SIDE_CENTRE, SIDE_END }; // start: left, or right in a language that is written so

struct style {
	double most, least; // height of the font in points
	bool bold;
	enum side side;
	bool white;
	bool left_to_right; // codes and numbers, whatever the language
};

// `tag`: the language, BCP 47. The context is the caller's; pen_finish gives back the rest.
void pen_init(struct pen *p, cairo_t *cr, const char *tag);
void pen_finish(struct pen *p);
void pen_fail(struct pen *p, enum error e, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool pen_mirrors(struct pen *p, const char *text); // is `text` written from right to left?
// In the middle of the height of the box. Empty or NULL text draws nothing.
void pen_text(struct pen *p, struct box box, struct style style, const char *text);
// The largest size, up to style.most, at which `text` fits the box; 0 when none does down to style.least.
double pen_size(struct pen *p, struct box box, struct style style, const char *text);
void pen_fill(struct pen *p, struct box box, double radius, double grey);
void pen_frame(struct pen *p, struct box box, double radius, double width);
void pen_rule(struct pen *p, double x, double y, double to_x, double width, double dash); // dash 0: a whole line
