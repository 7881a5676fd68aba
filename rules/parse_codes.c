// SPDX-License-Identifier: GPL-2.0-or-later
// Codes in a text: events, places, numbers, reporters; glued together, parted by spaces, with letters for digits.
#include <ctype.h>
#include <string.h>

#include "rules/parse_state.h"

#define PHRASE_TOKENS 3
#define PIECES_MAX 6
#define SPLITS_MAX 4
#define NUMBER_DIGITS 6
#define HOURS_IN_DAY 24

bool parse_join(const struct token *tokens, size_t n, char out[static TOKEN_SIZE])
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = strlen(tokens[i].text);
		if (at + k >= TOKEN_SIZE || tokens[i].overlong)
			return false;
		memcpy(out + at, tokens[i].text, k + 1);
		at += k;
	}
	return true;
}

struct piece {
	enum { PIECE_EVENT, PIECE_PLACE, PIECE_NUMBER, PIECE_REPORTER } kind;
	int index;
	const char *at;
	size_t size;
};

struct split {
	struct piece pieces[PIECES_MAX];
	size_t count;
};

struct splits {
	struct split list[SPLITS_MAX], now;
	size_t count;
};

static void split_rest(const struct sheet *s, const char *t, struct splits *out);

static void split_with(const struct sheet *s, struct piece piece, struct splits *out)
{
	if (out->now.count == PIECES_MAX)
		return;
	out->now.pieces[out->now.count++] = piece;
	split_rest(s, piece.at + piece.size, out);
	out->now.count--;
}

// "r4829153k" at the beginning of `t`
static bool begins_with_reporter(const char *t)
{
	char code[REPORTER_SIZE] = "";
	if (*t != 'r' || strlen(t) < REPORTER_SIZE - 1)
		return false;
	memcpy(code, t, REPORTER_SIZE - 1);
	return reporter_code_valid(code);
}

// Every way to read the whole of `t` as codes: letter and digit are an event, digits and check letter a place, digits
// alone a number, R with seven digits and their check letter a reporter. The one with the most check letters comes first.
static void split_rest(const struct sheet *s, const char *t, struct splits *out)
{
	size_t digits = strspn(t, "0123456789");
	char code[CODE_SIZE] = {0};
	if (!*t && out->count < SPLITS_MAX)
		out->list[out->count++] = out->now;
	if (!*t)
		return;
	size_t n = digits ? digits + 1 : 2;
	if (n < CODE_SIZE && strlen(t) >= n) {
		memcpy(code, t, n);
		int index = digits ? sheet_place_of_code(s, code) : sheet_event_of_code(s, code);
		if (index >= 0)
			split_with(s, (struct piece){digits ? PIECE_PLACE : PIECE_EVENT, index, t, n}, out);
	}
	if (begins_with_reporter(t))
		split_with(s, (struct piece){PIECE_REPORTER, -1, t, REPORTER_SIZE - 1}, out);
	if (digits && digits - strspn(t, "0") <= NUMBER_DIGITS)
		split_with(s, (struct piece){PIECE_NUMBER, -1, t, digits}, out);
}

// `at`: where in the text of the first of `n` tokens it begins.
static void add_reporter(struct parse *p, const char *code, const struct token *tokens, size_t n, size_t at)
{
	struct reading_set *out = p->out;
	struct said_reporter *r = &out->reporters[out->reporter_count];
	bool plain = n == 1 && tokens->to - tokens->from == strlen(tokens->text);
	p->seen.coded++;
	if (out->reporter_count == REPORTERS_MAX) {
		out->cut = true;
		return;
	}
	out->reporter_count++;
	for (size_t i = 0; i < REPORTER_SIZE - 1; i++)
		r->code[i] = (char)toupper((unsigned char)code[i]);
	r->from = (uint32_t)(tokens->from + (plain ? at : 0));
	r->to = plain ? r->from + REPORTER_SIZE - 1 : (uint32_t)tokens[n - 1].to;
}

static void take_piece(struct parse *p, const struct piece *piece, const struct token *t, size_t at)
{
	if (piece->kind == PIECE_REPORTER) {
		add_reporter(p, piece->at, t, 1, at);
		return;
	}
	if (*piece->at == '0' && piece->size > 1)
		parse_mend(p, "leading-zero");
	if (piece->kind == PIECE_EVENT && parse_is_exercise(p, piece->index))
		return;
	if (piece->kind == PIECE_EVENT) {
		if (p->event_by_code)
			parse_doubt(p); // said twice, glued to something: "A1 A19V" may be a slip in 519V
		parse_add_event(p, piece->index);
		p->event_by_code = true;
	} else if (piece->kind == PIECE_PLACE) {
		parse_add_place(p, piece->index);
		p->maybe_hour |= piece->at[piece->size - 1] == 'h' && place_number(piece->at) <= HOURS_IN_DAY;
	} else {
		parse_add_number(p, piece->at, piece->size);
	}
}

// Another way to read the same signs: what it says more is kept as a reading, its numbers are not.
static void take_other_split(struct parse *p, const struct split *split)
{
	size_t before = p->event_count + p->place_count;
	p->unclear = true;
	for (size_t i = 0; i < split->count; i++)
		if (split->pieces[i].kind == PIECE_EVENT || split->pieces[i].kind == PIECE_PLACE)
			take_piece(p, &split->pieces[i], NULL, 0);
	if (p->event_count + p->place_count > before)
		parse_doubt(p);
}

bool parse_take_codes(struct parse *p, const char *t, const struct token *token)
{
	struct splits splits = {.count = 0};
	split_rest(p->sheet, t, &splits);
	for (size_t i = 0; i < splits.count && i < 1; i++)
		for (size_t k = 0; k < splits.list[i].count; k++)
			take_piece(p, &splits.list[i].pieces[k], token, (size_t)(splits.list[i].pieces[k].at - t));
	for (size_t i = 1; i < splits.count; i++)
		take_other_split(p, &splits.list[i]);
	return splits.count > 0;
}

bool parse_are_codes(const struct sheet *s, const char *t)
{
	struct splits splits = {.count = 0};
	split_rest(s, t, &splits);
	return splits.count > 0;
}

bool parse_looks_like_code(const char *t)
{
	return strpbrk(t, "0123456789") != NULL;
}

// O for 0, I or L for 1: no code on a sheet has these letters, so in something that looks like a code they are digits.
bool parse_mend_letters(const char *t, char out[static TOKEN_SIZE])
{
	bool changed = false;
	size_t i = 0;
	for (; t[i]; i++) {
		out[i] = t[i] == 'o' ? '0' : t[i] == 'i' || t[i] == 'l' ? '1' : t[i];
		changed |= out[i] != t[i];
	}
	out[i] = 0;
	return changed;
}

void parse_mark_cleaned(struct parse *p, const struct token *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (tokens[i].cleaned)
			parse_mend(p, "digits-or-signs");
		if (tokens[i].accented)
			parse_mend(p, "accent-in-code");
	}
}

size_t parse_take_code_token(struct parse *p, const struct token *t)
{
	char mended[TOKEN_SIZE];
	if (t->overlong)
		return 0;
	if (parse_take_codes(p, t->text, t)) {
		parse_mark_cleaned(p, t, 1);
		return 1;
	}
	if (!parse_mend_letters(t->text, mended) || !parse_take_codes(p, mended, t))
		return 0;
	parse_mend(p, "letter-for-digit");
	parse_mark_cleaned(p, t, 1);
	return 1;
}

// ---- codes with spaces inside ---------------------------------------------------------------------------------

static bool is_letter(const struct token *t)
{
	return isalpha((unsigned char)t->text[0]) && !t->text[1] && !t->accented;
}

static bool is_digit(const struct token *t)
{
	return isdigit((unsigned char)t->text[0]) && !t->text[1];
}

// "A 3". In a text with other words it may as well be one of them and a number ("il y a 3 …").
static size_t take_spaced_event(struct parse *p, const struct token *tokens, size_t left)
{
	char joined[TOKEN_SIZE];
	if (left < 2 || !is_letter(&tokens[0]) || !is_digit(&tokens[1]) || !parse_join(tokens, 2, joined))
		return 0;
	int event = sheet_event_of_code(p->sheet, joined);
	if (event < 0)
		return 0;
	parse_add_event(p, event);
	p->event_by_code = p->spaced_event = true;
	parse_mend(p, "space-in-code");
	parse_mark_cleaned(p, tokens, 2);
	return 2;
}

// "12 K", "1 2 K", "1 2K". The end alone may be a place too ("5 12K"), and its letter the start of an event
// ("12 H 1"): then both are readings.
static size_t take_spaced_place(struct parse *p, const struct token *tokens, size_t left)
{
	char joined[TOKEN_SIZE], end[TOKEN_SIZE];
	for (size_t n = left < PHRASE_TOKENS ? left : PHRASE_TOKENS; n > 1; n--) {
		if (!parse_join(tokens, n, joined) || !parse_join(tokens + 1, n - 1, end))
			continue;
		int place = sheet_place_of_code(p->sheet, joined), other = sheet_place_of_code(p->sheet, end);
		if (place < 0 || tokens[n - 1].accented)
			continue;
		parse_add_place(p, place);
		p->maybe_hour |= joined[strlen(joined) - 1] == 'h' && place_number(joined) <= HOURS_IN_DAY;
		if (other >= 0) {
			parse_add_place(p, other);
			parse_doubt(p);
		}
		parse_mend(p, "space-in-code");
		parse_mark_cleaned(p, tokens, n);
		if (n < left && take_spaced_event(p, tokens + n - 1, left - n + 1))
			parse_doubt(p);
		return n;
	}
	return 0;
}

// "R482 9153K", as it stands on the card, and parted in any other way
static size_t take_spaced_reporter(struct parse *p, const struct token *tokens, size_t left)
{
	char joined[TOKEN_SIZE], code[TOKEN_SIZE];
	if (tokens->text[0] != 'r' || (tokens->text[1] && !strpbrk(tokens->text, "0123456789")))
		return 0;
	for (size_t n = 2; n <= left && n < REPORTER_SIZE && parse_join(tokens, n, joined); n++) {
		if (strlen(joined) < REPORTER_SIZE - 1)
			continue;
		bool mended = parse_mend_letters(joined, code);
		if (!reporter_code_valid(code))
			return 0;
		add_reporter(p, code, tokens, n, 0);
		if (mended)
			parse_mend(p, "letter-for-digit");
		parse_mark_cleaned(p, tokens, n);
		return n;
	}
	return 0;
}

size_t parse_take_spaced(struct parse *p, const struct token *tokens, size_t left)
{
	size_t n = take_spaced_reporter(p, tokens, left);
	if (!n)
		n = take_spaced_event(p, tokens, left);
	if (!n && isdigit((unsigned char)*tokens->text))
		n = take_spaced_place(p, tokens, left);
	return n;
}
