// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/text.h"

#include <stdio.h>
#include <string.h>

static uint32_t decode(const uint8_t *s, size_t n, size_t *used)
{
	size_t k = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	*used = 1;
	if (k == 1)
		return s[0];
	if (k == 0 || k > n)
		return 0xfffd;
	uint32_t c = s[0] & (0xffu >> (k + 1));
	for (size_t i = 1; i < k; i++) {
		if (s[i] >> 6 != 2)
			return 0xfffd;
		c = c << 6 | (s[i] & 0x3fu);
	}
	// Longer than need be, a surrogate, or past the end of Unicode: no letter may hide there.
	if (c < (const uint32_t[]){0, 0, 0x80, 0x800, 0x10000}[k] || c >> 11 == 0x1b || c > 0x10ffff)
		return 0xfffd;
	*used = k;
	return c;
}

size_t text_octets(const char *text, size_t size)
{
	size_t used;
	if ((uint8_t)*text < 0x80)
		return 1;
	decode((const uint8_t *)text, size, &used);
	return used > 1 ? used : 0;
}

struct fold {
	uint32_t from, to;
	const char *as;
};

// Latin-1, Latin Extended-A, and the letters of the Mande, Fulfulde, Songhay and Tamasheq alphabets.
static const struct fold folds[] = {{0xc0, 0xc5, "a"}, {0xc6, 0xc6, "a"}, {0xc7, 0xc7, "c"}, {0xc8, 0xcb, "e"},
	{0xcc, 0xcf, "i"}, {0xd1, 0xd1, "n"}, {0xd2, 0xd6, "o"}, {0xd8, 0xd8, "o"}, {0xd9, 0xdc, "u"}, {0xdd, 0xdd, "y"},
	{0xdf, 0xdf, "s"}, {0xe0, 0xe6, "a"}, {0xe7, 0xe7, "c"}, {0xe8, 0xeb, "e"}, {0xec, 0xef, "i"}, {0xf1, 0xf1, "n"},
	{0xf2, 0xf6, "o"}, {0xf8, 0xf8, "o"}, {0xf9, 0xfc, "u"}, {0xfd, 0xfd, "y"}, {0xff, 0xff, "y"},
	{0x100, 0x105, "a"}, {0x106, 0x10d, "c"}, {0x10e, 0x111, "d"}, {0x112, 0x11b, "e"}, {0x11c, 0x123, "g"},
	{0x124, 0x127, "h"}, {0x128, 0x131, "i"}, {0x143, 0x14b, "n"}, {0x14c, 0x151, "o"}, {0x152, 0x153, "o"},
	{0x154, 0x159, "r"}, {0x15a, 0x161, "s"}, {0x162, 0x167, "t"}, {0x168, 0x173, "u"}, {0x176, 0x178, "y"},
	{0x179, 0x17e, "z"}, {0x181, 0x181, "b"}, {0x186, 0x186, "o"}, {0x18a, 0x18a, "d"}, {0x190, 0x190, "e"},
	{0x19d, 0x19d, "n"}, {0x1b3, 0x1b4, "y"}, {0x253, 0x253, "b"}, {0x254, 0x254, "o"}, {0x257, 0x257, "d"},
	{0x25b, 0x25b, "e"}, {0x263, 0x263, "g"}, {0x272, 0x272, "n"}, {0x18e, 0x18e, "e"}, {0x194, 0x194, "g"}, {0x1dd, 0x1dd, "e"},
	{0x1e0c, 0x1e0d, "d"}, {0x1e62, 0x1e63, "s"}, {0x1e6c, 0x1e6d, "t"}, {0x1e92, 0x1e93, "z"}, {0x1ebc, 0x1ebd, "e"}};

// Digits of the scripts a phone here may write: Arabic-Indic, Persian, N'Ko, Adlam.
static const uint32_t digit_zeros[] = {0x660, 0x6f0, 0x7c0, 0x1e950};

static bool is_invisible(uint32_t c)
{
	return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x2069) || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

// Letters without a fold and scripts other than Latin: they belong to a word, signs separate.
static bool is_foreign_letter(uint32_t c)
{
	return (c >= 0x100 && c < 0x2b0) || (c >= 0x370 && c < 0x2000) ||
		(c >= 0x2d30 && c <= 0x2d7f) || (c >= 0x1e900 && c <= 0x1e94b);
}

// The folded letter or digit, 0 for a separator, 1 for nothing (drop), 2 for a letter outside the alphabet.
static char fold(uint32_t c, bool *cleaned, bool *accented)
{
	if (c >= 0xff01 && c <= 0xff5e) { // full width
		*cleaned = true;
		c -= 0xfee0;
	}
	if (c < 0x80) {
		if (c >= 'A' && c <= 'Z')
			return (char)(c + 32);
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c : 0;
	}
	if (is_invisible(c)) {
		*cleaned = true;
		return 1;
	}
	if (c >= 0x300 && c <= 0x36f) { // combining
		*accented = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof digit_zeros / sizeof *digit_zeros; i++)
		if (c >= digit_zeros[i] && c <= digit_zeros[i] + 9) {
			*cleaned = true;
			return (char)('0' + (c - digit_zeros[i]));
		}
	for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
		if (c >= folds[i].from && c <= folds[i].to) {
			*accented = true;
			return *folds[i].as;
		}
	return is_foreign_letter(c) ? 2 : 0;
}

static void add(struct token *t, size_t *n, char c)
{
	if (*n < TOKEN_SIZE - 1)
		t->text[(*n)++] = c == 2 ? '?' : c;
	else
		t->overlong = true;
}

size_t text_tokens(const char *text, size_t size, struct token *out, size_t most)
{
	size_t count = 0, length = 0;
	bool inside = false;
	for (size_t i = 0, used; i < size; i += used) {
		bool was_cleaned = false, was_accented = false;
		char c = fold(decode((const uint8_t *)text + i, size - i, &used), &was_cleaned, &was_accented);
		if (c == 1 && inside) {
			out[count - 1].cleaned |= was_cleaned;
			out[count - 1].accented |= was_accented;
		}
		if (c == 1)
			continue;
		if (c == 0) {
			inside = false;
			continue;
		}
		if (!inside) {
			if (count == most)
				return count;
			out[count++] = (struct token){.from = i};
			inside = true;
			length = 0;
		}
		out[count - 1].cleaned |= was_cleaned;
		out[count - 1].accented |= was_accented;
		add(&out[count - 1], &length, c);
		out[count - 1].to = i + used;
	}
	return count;
}

void text_fold(const char *word, char out[static TOKEN_SIZE])
{
	struct token tokens[8];
	size_t n = text_tokens(word, strlen(word), tokens, 8), at = 0;
	memset(out, 0, TOKEN_SIZE);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, TOKEN_SIZE - at, "%s", tokens[i].text) < TOKEN_SIZE - at ?
			strlen(tokens[i].text) :
			0;
}
