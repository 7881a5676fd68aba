// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The alphabets of 3GPP TS 23.038 §6.2 and Unicode. Text between processes is UTF-16 code units, since a surrogate
// pair may be split over two parts; people get UTF-8.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

// National language identifiers, TS 23.038 §6.2.1.2.4.
enum { LANGUAGE_NONE, LANGUAGE_TURKISH, LANGUAGE_SPANISH, LANGUAGE_PORTUGUESE, LANGUAGE_END_ };

// Septets (one an octet) to code units; an unknown escape is its second septet's plain character, as §6.2.1.1 asks.
// Returns how many units; never more than n.
size_t gsm7_to_utf16(const uint8_t *septets, size_t n, unsigned locking, unsigned single, uint16_t *out);
// Code units to septets; false when one has no place in the alphabet or `room` is too small.
bool gsm7_from_utf16(const uint16_t *units, size_t n, unsigned locking, unsigned single, uint8_t *septets, size_t room,
	size_t *count);
// Packing, TS 23.038 §6.1.2.1.1, after `fill` bits.
size_t gsm7_pack(const uint8_t *septets, size_t n, unsigned fill, uint8_t *out); // octets written
void gsm7_unpack(const uint8_t *octets, size_t n_septets, unsigned fill, uint8_t *septets);

// Lone surrogates and bad UTF-8 become U+FFFD. utf16_to_utf8 writes a NUL and returns the octets without it (cut at
// a whole character when `room` is too small); utf8_to_utf16 returns units, at most `room`.
size_t utf16_to_utf8(const uint16_t *units, size_t n, char *out, size_t room);
size_t utf8_to_utf16(const char *text, size_t n, uint16_t *out, size_t room);
