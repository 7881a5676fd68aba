// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A villager's text as tokens: folded (lower case, no accents, ASCII digits, nothing invisible), each with the octets
// of the original it came from.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKENS_MAX 256
#define TOKEN_SIZE 40
#define FOLDED_SIZE 256

struct token {
	char text[TOKEN_SIZE]; // folded letters and digits; a longer run is cut here, not in its span
	size_t from, to;       // octets of the original
	bool overlong;
	bool cleaned;          // invisible characters or digits of another script were mended
	bool accented;         // a letter bore an accent: right in a word, a slip in a code
};

// Splits `text` (UTF-8, perhaps broken) at whatever is neither letter nor digit. Returns how many tokens; what is
// behind the last place in `out` is left to the original text.
size_t text_tokens(const char *text, size_t size, struct token *out, size_t most);
// Folds one word or phrase of a code sheet the same way, spaces and signs dropped: "Ténenkou" is "tenenkou".
// A letter that no Latin alphabet here has becomes "?".
void text_fold(const char *word, char out[static TOKEN_SIZE]);
// How many octets of valid UTF-8 the first character takes; 0 when it is none.
size_t text_octets(const char *text, size_t size);
