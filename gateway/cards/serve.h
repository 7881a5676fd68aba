// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// `tama-cards --serve --sheet FILE`: draws one card after the other for the console, which starts it before its own
// sandbox closes. Orders on stdin, answers on stdout; a child draws each, within SERVE_TIME_S, so that what a sheet
// breaks is one card. It ends with stdin.

#include <stdint.h>

#include "gateway/base/error.h"

#define SERVE_MAX (4u << 20) // octets of one card
#define SERVE_TIME_S 10

struct serve_order {
	char place[16], language[16]; // a code with its check letter; "": the sheet's first
	uint8_t cover;
};

enum { SERVE_DONE, SERVE_REFUSED };
struct serve_answer {
	uint32_t status, size; // octets that follow: the PDF, or a sentence
};

int serve(const char *sheet); // exit code
// No socket, no program, no file but fonts and the sheet's folder, and those for reading. ERROR_REFUSED.
MUST_CHECK enum error confine(const char *sheet);
