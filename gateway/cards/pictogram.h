// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Drawings for people who read little, one an event: black on white, so that a photocopy of a photocopy still shows
// them. Drawn for Tama. Used by card.c.

#include <cairo.h>

#include "rules/sheet_card.h"

// Draws into the square of `size` at (x, y), in the units of `cr`; PICTOGRAM_NONE draws nothing.
void pictogram_draw(cairo_t *cr, enum pictogram which, double x, double y, double size);
// A pin, a group of people, a telephone: what the parts of a text mean.
enum sign { SIGN_PLACE, SIGN_PEOPLE, SIGN_PHONE, SIGN_END_ };
void sign_draw(cairo_t *cr, enum sign which, double x, double y, double size);
