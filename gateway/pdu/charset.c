// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/pdu/charset.h"

#include <string.h>

#include "gateway/base/cleanup.h"

#define ESCAPE 0x1b
#define REPLACEMENT 0xfffd

// TS 23.038 §6.2.1
static const uint16_t basic[128] = {'@', 0xa3, '$', 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, '\n', 0xd8, 0xf8, '\r',
	0xc5, 0xe5, 0x394, '_', 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, ' ', 0xc6, 0xe6, 0xdf,
	0xc9, ' ', '!', '"', '#', 0xa4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', '0', '1', '2', '3',
	'4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', 0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I',
	'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1, 0xdc,
	0xa7, 0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't',
	'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0};

struct shift {
	uint8_t septet;
	uint16_t unit;
};

// §6.2.1.1: the extension table; national single-shift tables (annex A.2) keep it and add theirs.
static const struct shift extension[] = {{0x0a, '\f'}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2f, '\\'},
	{0x3c, '['}, {0x3d, '~'}, {0x3e, ']'}, {0x40, '|'}, {0x65, 0x20ac}};
static const struct shift turkish[] = {{0x47, 0x11e}, {0x49, 0x130}, {0x53, 0x15e}, {0x63, 0xe7}, {0x67, 0x11f},
	{0x69, 0x131}, {0x73, 0x15f}};
static const struct shift spanish[] = {{0x09, 0xe7}, {0x41, 0xc1}, {0x49, 0xcd}, {0x4f, 0xd3}, {0x55, 0xda},
	{0x61, 0xe1}, {0x69, 0xed}, {0x6f, 0xf3}, {0x75, 0xfa}};
static const struct shift portuguese[] = {{0x05, 0xea}, {0x09, 0xe7}, {0x0b, 0xd4}, {0x0c, 0xf4}, {0x0e, 0xc1},
	{0x0f, 0xe1}, {0x12, 0x3a6}, {0x13, 0x393}, {0x15, 0x3a9}, {0x16, 0x3a0}, {0x17, 0x3a8}, {0x18, 0x3a3},
	{0x19, 0x398}, {0x1f, 0xca}, {0x41, 0xc0}, {0x49, 0xcd}, {0x4f, 0xd3}, {0x55, 0xda}, {0x5b, 0xc3},
	{0x5c, 0xd5}, {0x61, 0xc2}, {0x69, 0xed}, {0x6f, 0xf3}, {0x75, 0xfa}, {0x7b, 0xe3}, {0x7c, 0xf5}, {0x7f, 0xe2}};

// Annex A.3: locking-shift tables as what differs from the basic one.
static const struct shift turkish_locking[] = {{0x04, 0x20ac}, {0x07, 0x131}, {0x0b, 0x11e}, {0x0c, 0x11f},
	{0x1c, 0x15e}, {0x1d, 0x15f}, {0x40, 0x130}, {0x60, 0xe7}};
static const struct shift portuguese_locking[] = {{0x04, 0xea}, {0x06, 0xfa}, {0x07, 0xed}, {0x08, 0xf3}, {0x09, 0xe7},
	{0x0b, 0xd4}, {0x0c, 0xf4}, {0x0e, 0xc1}, {0x0f, 0xe1}, {0x12, 0xaa}, {0x13, 0xc7}, {0x14, 0xc0},
	{0x15, 0x221e}, {0x16, '^'}, {0x17, '\\'}, {0x18, 0x20ac}, {0x19, 0xd3}, {0x1a, '|'}, {0x1c, 0xc2},
	{0x1d, 0xe2}, {0x1e, 0xca}, {0x24, 0xba}, {0x40, 0xcd}, {0x5b, 0xc3}, {0x5c, 0xd5}, {0x5d, 0xda}, {0x5e, 0xdc},
	{0x60, '~'}, {0x7b, 0xe3}, {0x7c, 0xf5}, {0x7d, '`'}, {0x7e, 0xfc}, {0x7f, 0xe0}};

struct shifts {
	const struct shift *list;
	size_t count;
};
#define SHIFTS(a) {a, ARRAY_LENGTH(a)}
static const struct shifts singles[LANGUAGE_END_] = {
	{NULL, 0}, SHIFTS(turkish), SHIFTS(spanish), SHIFTS(portuguese)};
static const struct shifts lockings[LANGUAGE_END_] = {
	{NULL, 0}, SHIFTS(turkish_locking), {NULL, 0}, SHIFTS(portuguese_locking)};

static uint16_t look_up(const struct shifts *t, uint8_t septet)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i].septet == septet)
			return t->list[i].unit;
	return 0;
}

static uint16_t plain_unit(unsigned locking, uint8_t septet)
{
	uint16_t u = locking < LANGUAGE_END_ ? look_up(&lockings[locking], septet) : 0;
	return u ? u : basic[septet & 0x7f];
}

static uint16_t shifted_unit(unsigned single, uint8_t septet)
{
	static const struct shifts common = SHIFTS(extension);
	uint16_t u = single < LANGUAGE_END_ ? look_up(&singles[single], septet) : 0;
	return u ? u : look_up(&common, septet);
}

size_t gsm7_to_utf16(const uint8_t *septets, size_t n, unsigned locking, unsigned single, uint16_t *out)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		uint16_t u = 0;
		if (septets[i] == ESCAPE && i + 1 < n)
			u = shifted_unit(single, septets[++i]);
		out[at++] = u ? u : plain_unit(locking, septets[i]);
	}
	return at;
}

static int septets_of(uint16_t unit, unsigned locking, unsigned single, uint8_t out[2])
{
	for (unsigned s = 0; s < 128; s++)
		if (s != ESCAPE && plain_unit(locking, (uint8_t)s) == unit) {
			out[0] = (uint8_t)s;
			return 1;
		}
	for (unsigned s = 0; s < 128; s++)
		if (shifted_unit(single, (uint8_t)s) == unit) {
			out[0] = ESCAPE;
			out[1] = (uint8_t)s;
			return 2;
		}
	return 0;
}

bool gsm7_from_utf16(const uint16_t *units, size_t n, unsigned locking, unsigned single, uint8_t *septets, size_t room,
	size_t *count)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t s[2];
		int k = septets_of(units[i], locking, single, s);
		if (k == 0 || at + (size_t)k > room)
			return false;
		memcpy(septets + at, s, (size_t)k);
		at += (size_t)k;
	}
	*count = at;
	return true;
}

size_t gsm7_pack(const uint8_t *septets, size_t n, unsigned fill, uint8_t *out)
{
	size_t octets = (n * 7 + fill + 7) / 8;
	memset(out, 0, octets);
	for (size_t i = 0; i < n; i++)
		for (unsigned b = 0; b < 7; b++) {
			size_t bit = fill + i * 7 + b;
			out[bit / 8] = (uint8_t)(out[bit / 8] | (septets[i] >> b & 1) << (bit % 8));
		}
	return octets;
}

void gsm7_unpack(const uint8_t *octets, size_t n_septets, unsigned fill, uint8_t *septets)
{
	for (size_t i = 0; i < n_septets; i++) {
		septets[i] = 0;
		for (unsigned b = 0; b < 7; b++) {
			size_t bit = fill + i * 7 + b;
			septets[i] = (uint8_t)(septets[i] | (octets[bit / 8] >> (bit % 8) & 1) << b);
		}
	}
}

static size_t put_utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

size_t utf16_to_utf8(const uint16_t *units, size_t n, char *out, size_t room)
{
	size_t at = 0;
	BUG_IF(room == 0);
	for (size_t i = 0; i < n; i++) {
		uint32_t c = units[i];
		char one[4];
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000)
			c = 0x10000 + ((c & 0x3ff) << 10) + (units[++i] & 0x3ffu);
		else if (c >= 0xd800 && c < 0xe000)
			c = REPLACEMENT;
		size_t k = put_utf8(c, one);
		if (at + k >= room)
			break;
		memcpy(out + at, one, k);
		at += k;
	}
	out[at] = 0;
	return at;
}

// One character from the front of `s`; *used says how many octets it took (1 when it is malformed).
static uint32_t get_utf8(const uint8_t *s, size_t n, size_t *used)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t k = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	*used = 1;
	if (k == 1)
		return s[0];
	if (k == 0 || k > n)
		return REPLACEMENT;
	uint32_t c = s[0] & (0xffu >> (k + 1));
	for (size_t i = 1; i < k; i++) {
		if (s[i] >> 6 != 2)
			return REPLACEMENT;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[k] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*used = k;
	return c;
}

size_t utf8_to_utf16(const char *text, size_t n, uint16_t *out, size_t room)
{
	size_t at = 0;
	for (size_t i = 0, used; i < n; i += used) {
		uint32_t c = get_utf8((const uint8_t *)text + i, n - i, &used);
		if (at + (c > 0xffff ? 2 : 1) > room)
			break;
		if (c > 0xffff) {
			out[at++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		out[at++] = (uint16_t)c;
	}
	return at;
}
