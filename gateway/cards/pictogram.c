// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cards/pictogram.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "gateway/base/error.h"

#define GRID 100.0

// A drawing is a text over a square of 100 by 100, y downwards. F, W and S w begin a shape: filled black, filled white,
// a line of that width. Inside: M x y, L x y, C x1 y1 x2 y2 x y, Z as in SVG; O x y r is a circle.
#define STAND(x1, x2, x3, x4, x5) /* shoulders, and legs, of somebody standing */                                   \
	"S 12 M " x3 " 42 L " x3 " 60 S 8 M " x2 " 62 L " x2 " 92 M " x4 " 62 L " x4 " 92 M " x1 " 60 L " x1         \
	" 40 L " x5 " 40 L " x5 " 60 "
#define ENVELOPE "S 6 M 8 26 L 92 26 L 92 78 L 8 78 Z M 8 28 L 50 58 L 92 28 "
#define LYING                                                                                                        \
	"F O 16 70 10 S 13 M 34 72 L 58 72 S 9 M 60 70 L 94 70 M 60 76 L 94 78 S 7 M 36 66 L 52 52 "

static const char *const pictograms[PICTOGRAM_END_] = {
	[PICTOGRAM_NONE] = "",
	[PICTOGRAM_ATTACK] = "F O 20 18 10 S 14 M 20 40 L 20 58 S 9 M 16 62 L 10 94 M 24 62 L 32 94 "
		"S 7 M 18 38 L 36 48 L 44 42 F M 18 47 L 34 42 L 62 34 L 64 39 L 46 45 L 50 56 L 44 58 L 39 47 L 22 54 Z "
		"F M 98 36 L 86 40 L 92 52 L 81 45 L 75 56 L 73 44 L 62 46 L 71 37 L 64 28 L 75 30 L 77 18 L 83 29 L 93 22 "
		"L 89 33 Z M 58 72 L 78 58 L 98 72 L 94 72 L 94 94 L 62 94 L 62 72 Z W M 74 78 L 82 78 L 82 94 L 74 94 Z",
	[PICTOGRAM_ATTACK_EXPECTED] = "F O 16 22 9 S 12 M 16 42 L 16 58 S 8 M 13 62 L 9 94 M 20 62 L 25 94 "
		"F M 10 50 L 26 44 L 52 34 L 54 39 L 36 46 L 40 56 L 34 58 L 30 49 L 14 56 Z "
		"S 6 O 70 46 25 S 6 M 70 30 L 70 46 L 82 54 S 6 M 44 86 L 88 86 M 76 76 L 90 86 L 76 96",
	[PICTOGRAM_ARMED_MEN] = "F O 26 18 10 " STAND("12", "21", "26", "31", "40") "F O 74 18 10 "
		STAND("60", "69", "74", "79", "88")
		"W M 1 28 L 7 26 L 56 73 L 48 79 Z M 49 28 L 55 26 L 99 69 L 92 77 Z "
		"F M 3 30 L 7 28 L 36 56 L 48 70 L 42 77 L 32 62 L 24 66 L 21 62 L 27 55 Z "
		"M 51 30 L 55 28 L 84 56 L 96 70 L 90 77 L 80 62 L 72 66 L 69 62 L 75 55 Z",
	[PICTOGRAM_KILLED] = LYING "S 5 M 4 90 L 96 90 F O 62 22 21 M 50 34 L 74 34 L 73 54 L 51 54 Z "
		"W O 54 22 6 O 70 22 6 M 62 29 L 66 37 L 58 37 Z M 57 44 L 59 44 L 59 54 L 57 54 Z M 65 44 L 67 44 L 67 54 L 65 54 Z",
	[PICTOGRAM_ABDUCTION] = "F O 30 16 11 S 16 M 30 38 L 28 60 S 10 M 26 64 L 12 94 M 30 64 L 42 92 "
		"S 8 M 32 38 L 54 50 F O 78 34 8 S 12 M 80 52 L 84 68 S 8 M 82 72 L 70 92 M 86 72 L 90 94 S 7 M 78 50 L 54 50 "
		"S 6 M 14 30 L 2 42 L 14 54",
	[PICTOGRAM_ASSAULT] = "F O 36 18 12 M 36 32 C 48 32 50 40 52 50 L 62 76 L 10 76 L 20 50 C 22 40 24 32 36 32 Z "
		"S 9 M 28 76 L 28 94 M 44 76 L 44 94 F M 74 14 L 92 14 L 87 60 L 79 60 Z O 83 78 8",
	[PICTOGRAM_FIRE] = "F M 12 66 L 50 48 L 88 66 L 82 66 L 82 96 L 18 96 L 18 66 Z W M 42 74 L 58 74 L 58 96 L 42 96 Z "
		"F M 32 50 C 20 36 32 28 32 14 C 42 20 44 28 44 32 C 48 22 46 12 54 2 C 58 16 66 22 60 34 C 66 32 68 26 68 20 "
		"C 80 34 76 46 70 54 L 50 43 Z",
	[PICTOGRAM_CATTLE] = "F M 22 34 L 70 34 C 78 34 82 38 82 48 L 82 86 L 73 86 L 73 62 L 42 64 L 42 86 L 33 86 L 33 62 "
		"L 28 56 L 22 54 L 8 58 L 3 48 L 12 34 Z S 5 M 12 34 C 2 30 2 20 8 16 M 20 34 C 28 28 26 20 22 16 "
		"M 81 40 C 90 44 90 56 88 66 S 7 M 48 16 L 90 16 M 78 6 L 92 16 L 78 26",
	[PICTOGRAM_MINE] = "F M 50 4 L 57 24 L 76 8 L 72 30 L 96 30 L 76 44 L 92 56 L 8 56 L 24 44 L 4 30 L 28 30 L 24 8 "
		"L 43 24 Z S 6 M 2 68 L 98 68 F M 26 78 L 74 78 L 80 94 L 20 94 Z M 44 70 L 56 70 L 56 80 L 44 80 Z",
	[PICTOGRAM_ROADBLOCK] = "S 7 M 6 30 L 94 30 L 94 54 L 6 54 Z F M 20 30 L 36 30 L 22 54 L 6 54 Z "
		"M 52 30 L 68 30 L 54 54 L 38 54 Z M 84 30 L 94 30 L 94 42 L 86 54 L 70 54 Z S 9 M 22 54 L 22 94 M 78 54 L 78 94 "
		"S 7 M 10 94 L 34 94 M 66 94 L 90 94 F O 22 18 8 O 78 18 8",
	[PICTOGRAM_THREAT] = "F O 24 40 12 M 4 94 C 4 66 12 58 24 58 C 36 58 44 66 44 94 Z "
		"S 5 M 42 8 L 94 8 L 94 56 L 60 56 L 44 70 L 46 56 L 42 56 Z F M 52 40 L 84 14 C 88 24 86 34 74 40 L 66 44 L 62 39 "
		"Z M 58 42 L 64 48 L 54 53 L 50 50 Z",
	[PICTOGRAM_CLASH] = "F O 14 26 10 O 86 26 10 S 13 M 16 46 L 18 62 M 84 46 L 82 62 S 9 M 15 66 L 6 94 M 22 66 L 32 94 "
		"M 85 66 L 94 94 M 78 66 L 68 94 S 7 M 18 46 L 40 50 M 82 46 L 60 50 S 6 M 32 62 L 66 8 M 68 62 L 34 8",
	[PICTOGRAM_ARREST] = "F O 28 30 13 M 10 28 C 8 2 48 2 46 28 L 52 31 L 52 35 L 4 35 L 4 31 Z "
		"M 6 92 L 8 60 C 12 48 44 48 48 60 L 50 92 Z W M 16 60 L 24 60 L 24 68 L 16 68 Z F "
		"S 7 O 68 64 12 O 86 84 10 S 5 M 74 74 L 80 78 S 6 M 54 56 L 60 58",
	[PICTOGRAM_FLEEING] = "F O 40 14 10 S 14 M 36 34 L 30 54 S 9 M 32 58 L 46 72 L 40 94 M 28 56 L 18 74 L 2 78 "
		"S 7 M 36 34 L 54 46 M 34 34 L 18 44 L 12 34 F O 84 34 8 S 11 M 82 50 L 78 66 S 7 M 80 68 L 90 80 L 86 94 "
		"M 76 68 L 70 80 L 58 84 S 6 M 82 50 L 96 58 M 80 50 L 66 58 F O 62 48 10 S 4 M 12 16 L 22 16 M 6 24 L 18 24",
	[PICTOGRAM_RUMOUR] = "F M 6 8 L 66 8 L 66 50 L 34 50 L 18 66 L 20 50 L 6 50 Z W O 20 29 5 O 36 29 5 O 52 29 5 "
		"F S 5 M 74 36 L 94 36 L 94 74 L 86 74 L 88 92 L 70 74 L 42 74 L 42 60 "
		"S 5 M 62 58 C 62 46 78 46 78 56 C 78 62 70 60 70 66",
	[PICTOGRAM_DISARM] = "F M 4 22 L 24 16 L 92 16 L 92 22 L 54 23 L 54 30 C 54 38 58 42 62 44 L 54 47 C 48 42 46 36 46 28 "
		"L 38 28 L 34 38 L 28 36 L 28 26 L 8 36 Z S 7 M 50 52 L 50 66 M 40 58 L 50 68 L 60 58 M 10 66 L 10 94 L 90 94 L 90 66",
	[PICTOGRAM_SMUGGLING] = "F M 2 34 L 58 34 L 58 74 L 2 74 Z M 62 44 L 80 44 L 96 60 L 96 74 L 62 74 Z "
		"W M 68 50 L 78 50 L 87 60 L 68 60 Z F O 20 80 11 O 78 80 11 W O 20 80 4 O 78 80 4 "
		"F M 8 14 L 26 14 L 26 30 L 8 30 Z M 32 8 L 52 8 L 52 30 L 32 30 Z S 4 M 0 95 L 100 95",
	[PICTOGRAM_MAST] = "S 6 M 50 26 L 26 96 M 50 26 L 74 96 M 42 50 L 66 70 M 58 50 L 34 70 M 30 84 L 70 84 F O 50 20 7 "
		"S 5 M 34 8 C 26 16 26 26 34 34 M 66 8 C 74 16 74 26 66 34 S 9 M 8 30 L 92 90",
	[PICTOGRAM_QUIET] = "F O 72 24 13 S 5 M 72 2 L 72 6 M 94 24 L 98 24 M 50 24 L 46 24 M 87 9 L 90 6 M 57 9 L 54 6 "
		"M 87 39 L 90 42 F M 4 62 L 30 40 L 56 62 L 50 62 L 50 92 L 10 92 L 10 62 Z W M 24 70 L 36 70 L 36 92 L 24 92 Z "
		"F M 72 92 L 72 74 L 80 74 L 80 92 Z O 76 64 14 S 5 M 0 94 L 100 94",
	[PICTOGRAM_TEST] = "F M 50 8 C 74 8 76 34 78 56 L 90 74 L 10 74 L 22 56 C 24 34 26 8 50 8 Z O 50 84 10 "
		"S 5 M 12 14 C 4 24 2 34 4 44 M 88 14 C 96 24 98 34 96 44",
	[PICTOGRAM_CANCEL] = ENVELOPE "W O 70 68 27 S 11 M 54 52 L 88 86 M 88 52 L 54 86",
	[PICTOGRAM_CORRECT] = ENVELOPE "W M 34 96 L 40 68 L 82 22 L 104 40 L 62 90 Z "
		"F M 42 90 L 46 74 L 58 84 Z M 50 70 L 82 34 L 94 44 L 62 80 Z",
	[PICTOGRAM_CALL] = "F M 12 24 C 22 8 28 10 34 20 L 40 34 C 42 40 36 42 32 48 C 38 60 46 68 56 72 C 62 68 64 62 70 64 "
		"L 84 72 C 92 78 92 82 80 92 C 60 98 8 60 12 24 Z S 6 M 56 32 C 64 34 70 40 72 48 M 58 14 C 76 16 88 30 90 46",
	[PICTOGRAM_SILENT] = "F M 12 24 C 22 8 28 10 34 20 L 40 34 C 42 40 36 42 32 48 C 38 60 46 68 56 72 C 62 68 64 62 70 64 "
		"L 84 72 C 92 78 92 82 80 92 C 60 98 8 60 12 24 Z S 9 M 8 94 L 92 8",
	[PICTOGRAM_ANSWER] = ENVELOPE "W O 70 68 27 S 11 M 54 68 L 66 82 L 90 52",
	[PICTOGRAM_GUN] = "F M 2 48 L 24 40 L 96 40 L 96 47 L 56 48 L 56 56 C 56 66 60 70 66 74 L 56 78 C 48 70 46 62 46 54 "
		"L 38 54 L 34 66 L 26 64 L 28 52 L 8 64 Z M 84 34 L 88 34 L 88 40 L 84 40 Z",
	[PICTOGRAM_WOUNDED] = LYING "W F S 6 M 4 90 L 96 90 F M 60 12 L 72 12 L 72 24 L 84 24 L 84 36 L 72 36 L 72 48 L 60 48 "
		"L 60 36 L 48 36 L 48 24 L 60 24 Z",
	[PICTOGRAM_MOTORBIKES] = "S 7 O 20 74 15 O 80 74 15 S 8 M 20 74 L 36 54 L 64 54 L 80 74 M 64 54 L 74 34 L 84 34 "
		"F M 26 44 L 58 44 L 60 54 L 30 54 Z M 42 54 L 62 54 L 58 76 L 46 76 Z O 46 12 9 S 10 M 44 24 L 40 42 "
		"S 6 M 46 26 L 62 36 L 74 34",
	[PICTOGRAM_HELICOPTER] = "F M 20 46 C 20 32 44 30 56 34 L 60 46 L 96 44 L 96 52 L 62 62 C 52 72 20 70 20 46 Z "
		"W M 26 46 C 28 38 34 38 40 38 L 40 50 L 26 50 Z F S 6 M 2 18 L 84 18 S 5 M 46 18 L 46 34 M 90 34 L 98 60 "
		"M 14 84 L 70 84 M 30 68 L 28 84 M 54 66 L 56 84",
	[PICTOGRAM_WATER] = "F M 50 4 C 66 32 82 46 82 66 C 82 84 68 96 50 96 C 32 96 18 84 18 66 C 18 46 34 32 50 4 Z "
		"W M 32 64 C 32 76 40 84 50 86 C 42 82 38 74 38 64 Z",
};

static const char *const signs[SIGN_END_] = {
	[SIGN_PLACE] = "F M 50 98 C 40 76 16 60 16 36 C 16 16 32 2 50 2 C 68 2 84 16 84 36 C 84 60 60 76 50 98 Z W O 50 36 15",
	[SIGN_PEOPLE] = "F O 22 34 10 O 78 34 10 M 4 84 C 4 56 10 48 22 48 C 34 48 38 56 38 84 Z "
		"M 62 84 C 62 56 66 48 78 48 C 90 48 96 56 96 84 Z W O 50 24 17 M 26 98 C 26 50 36 40 50 40 C 64 40 74 50 74 98 Z "
		"F O 50 24 12 M 31 94 C 31 56 38 42 50 42 C 62 42 69 56 69 94 Z",
	[SIGN_PHONE] = "F M 28 2 L 72 2 C 78 2 80 4 80 10 L 80 90 C 80 96 78 98 72 98 L 28 98 C 22 98 20 96 20 90 L 20 10 "
		"C 20 4 22 2 28 2 Z W M 28 12 L 72 12 L 72 44 L 28 44 Z O 34 56 5 O 50 56 5 O 66 56 5 O 34 70 5 O 50 70 5 O 66 70 5 "
		"O 34 84 5 O 50 84 5 O 66 84 5",
};

struct brush {
	cairo_t *cr;
	char mode; // F, W, S; 0: no shape begun
	double width;
};

static void end_shape(struct brush *b)
{
	if (b->mode == 'W')
		cairo_set_source_rgb(b->cr, 1, 1, 1);
	else
		cairo_set_source_rgb(b->cr, 0, 0, 0);
	cairo_set_line_width(b->cr, b->width);
	if (b->mode == 'S')
		cairo_stroke(b->cr);
	else
		cairo_fill(b->cr);
}

static const char *take_numbers(const char *text, size_t count, double out[static 6])
{
	for (size_t i = 0; i < count; i++) {
		char *end;
		out[i] = (double)strtol(text, &end, 10);
		BUG_IF(end == text);
		text = end;
	}
	return text;
}

static const char *take_step(struct brush *b, const char *text)
{
	double n[6];
	char step = *text++;
	switch (step) {
	case 'F':
	case 'W':
	case 'S':
		end_shape(b);
		b->mode = step;
		text = step == 'S' ? take_numbers(text, 1, n) : text;
		b->width = step == 'S' ? n[0] : 1;
		break;
	case 'M':
		text = take_numbers(text, 2, n);
		cairo_move_to(b->cr, n[0], n[1]);
		break;
	case 'L':
		text = take_numbers(text, 2, n);
		cairo_line_to(b->cr, n[0], n[1]);
		break;
	case 'C':
		text = take_numbers(text, 6, n);
		cairo_curve_to(b->cr, n[0], n[1], n[2], n[3], n[4], n[5]);
		break;
	case 'O':
		text = take_numbers(text, 3, n);
		cairo_new_sub_path(b->cr);
		cairo_arc(b->cr, n[0], n[1], n[2], 0, 2 * M_PI);
		break;
	case 'Z':
		cairo_close_path(b->cr);
		break;
	default:
		BUG_IF(!isspace((unsigned char)step));
	}
	return text;
}

static void draw(cairo_t *cr, const char *drawing, double x, double y, double size)
{
	struct brush b = {cr, 0, 1};
	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, size / GRID, size / GRID);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_fill_rule(cr, CAIRO_FILL_RULE_WINDING);
	cairo_new_path(cr);
	while (*drawing)
		drawing = take_step(&b, drawing);
	end_shape(&b);
	cairo_restore(cr);
}

void pictogram_draw(cairo_t *cr, enum pictogram which, double x, double y, double size)
{
	BUG_IF(which >= PICTOGRAM_END_);
	draw(cr, pictograms[which], x, y, size);
}

void sign_draw(cairo_t *cr, enum sign which, double x, double y, double size)
{
	draw(cr, signs[which], x, y, size);
}
