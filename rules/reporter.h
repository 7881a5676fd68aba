// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Reporter codes: R, seven digits and their check letter ("R4829153K", on paper "R482 9153K"), which a community gives
// to somebody who reports. The check letter is that of places: one wrong sign or two swapped neighbours are never
// another code. Seven digits, because a thousand codes given out are then hit once in ten thousand guesses, and because
// an eighth is one more to type in the dark.

#include <stdbool.h>
#include <stdint.h>

#define REPORTER_DIGITS 7
#define REPORTER_SIZE (1 + REPORTER_DIGITS + 1 + 1)
#define REPORTER_NUMBERS 10000000u

void reporter_code(uint32_t number, char out[static REPORTER_SIZE]); // number < REPORTER_NUMBERS
// Is this the form of a code, with the right check letter? Small or capital letters, nothing between and behind.
bool reporter_code_valid(const char *text);
