// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Alerts on a terminal: severity first, one line an alert, or everything about one. Texts of strangers cannot move the
// cursor or colour the screen: control characters are shown as dots.

#include <jansson.h>
#include <stdbool.h>

void queue_print_head(void);
void queue_print_line(const json_t *alert, size_t more_of_incident, bool colour);
void queue_print_whole(const json_t *alert, const json_t *history, bool colour);
