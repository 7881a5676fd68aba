// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"

#define CANDIDATES_MAX 4
#define NUMBERS_MAX 6
#define PHRASE_TOKENS 3
#define COUNT_DIGITS 5

struct parse {
	const struct sheet *sheet;
	struct reading_set *out;
	int events[CANDIDATES_MAX], places[CANDIDATES_MAX];
	size_t event_count, place_count;
	char numbers[NUMBERS_MAX][TOKEN_SIZE];
	size_t number_count;
	bool overflow;
};

const char *flag_name(unsigned bit)
{
	static const char *const names[FLAGS_COUNT] = {
		"mended", "ambiguous", "undecoded", "incomplete", "raw", "duress", "drill", "beep", "flood"};
	return bit < FLAGS_COUNT ? names[bit] : "?";
}

static void mend(struct parse *p, const char *rule)
{
	p->out->flags |= FLAG_MENDED;
	for (size_t i = 0; i < p->out->mend_count; i++)
		if (!strcmp(p->out->mends[i], rule))
			return;
	if (p->out->mend_count < MENDS_MAX)
		p->out->mends[p->out->mend_count++] = rule;
}

static void add_candidate(struct parse *p, int *list, size_t *count, int v)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i] == v)
			return;
	if (*count < CANDIDATES_MAX)
		list[(*count)++] = v;
	else
		p->overflow = true;
}

static void add_number(struct parse *p, const char *digits, size_t n)
{
	if (p->number_count == NUMBERS_MAX || n >= TOKEN_SIZE) {
		p->overflow = true;
		return;
	}
	memcpy(p->numbers[p->number_count], digits, n);
	p->numbers[p->number_count++][n] = 0;
}

// ---- codes: an event, a place, a number, or several glued together -----------------------------------------

// A run from `t`: letter+digit is an event, digits+check letter a place, digits alone a number. Consumes greedily with
// backtracking; true when the whole of `t` is codes. With `commit` false it only looks.
static bool take_codes(struct parse *p, const char *t, bool commit, int depth)
{
	size_t digits = strspn(t, "0123456789");
	char piece[TOKEN_SIZE];
	if (!*t)
		return true;
	if (depth == 6)
		return false;
	if (digits == 0) {
		if (!isalpha((unsigned char)t[0]) || !isdigit((unsigned char)t[1]))
			return false;
		memcpy(piece, t, 2);
		piece[2] = 0;
		int event = sheet_event_of_code(p->sheet, piece);
		if (event < 0 || !take_codes(p, t + 2, false, depth + 1))
			return false;
		if (commit) {
			add_candidate(p, p->events, &p->event_count, event);
			return take_codes(p, t + 2, true, depth + 1);
		}
		return true;
	}
	if (isalpha((unsigned char)t[digits]) && digits < CODE_SIZE - 1) {
		memcpy(piece, t, digits + 1);
		piece[digits + 1] = 0;
		int place = sheet_place_of_code(p->sheet, piece);
		if (place >= 0 && take_codes(p, t + digits + 1, false, depth + 1)) {
			if (commit) {
				add_candidate(p, p->places, &p->place_count, place);
				return take_codes(p, t + digits + 1, true, depth + 1);
			}
			return true;
		}
	}
	if (digits > 6 || !take_codes(p, t + digits, false, depth + 1))
		return false;
	if (commit) {
		add_number(p, t, digits);
		return take_codes(p, t + digits, true, depth + 1);
	}
	return true;
}

static bool looks_like_code(const char *t)
{
	bool letter = false, digit = false;
	for (; *t; t++) {
		letter |= isalpha((unsigned char)*t) != 0;
		digit |= isdigit((unsigned char)*t) != 0;
	}
	return digit || !letter;
}

// O for 0, I or L for 1: no code on a sheet has these letters, so in something that looks like a code they are digits.
static bool mend_letters(const char *t, char out[static TOKEN_SIZE])
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

static bool take_code_token(struct parse *p, const struct token *t)
{
	char mended[TOKEN_SIZE];
	if (t->overlong)
		return false;
	if (take_codes(p, t->text, false, 0)) {
		if (t->cleaned)
			mend(p, "digits-or-signs");
		if (t->text[0] == '0' || strstr(t->text, "00"))
			mend(p, "leading-zero");
		return take_codes(p, t->text, true, 0);
	}
	if (!mend_letters(t->text, mended) || !take_codes(p, mended, false, 0))
		return false;
	mend(p, "letter-for-digit");
	return take_codes(p, mended, true, 0);
}

// ---- words and phrases ----------------------------------------------------------------------------------------

static bool join(const struct token *tokens, size_t n, char out[static TOKEN_SIZE])
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

// The longest phrase of the sheet at `tokens`; returns how many tokens it took.
static size_t take_phrase(struct parse *p, const struct token *tokens, size_t left, bool slip)
{
	char phrase[TOKEN_SIZE];
	for (size_t n = left < PHRASE_TOKENS ? left : PHRASE_TOKENS; n > 0; n--) {
		if (!join(tokens, n, phrase))
			continue;
		struct word_match m = sheet_word(p->sheet, phrase, slip);
		if (m.kind == WORD_NONE)
			continue;
		if (m.slip)
			mend(p, "one-slip");
		if (m.kind == WORD_EVENT)
			add_candidate(p, p->events, &p->event_count, m.index);
		else if (m.kind == WORD_PLACE)
			add_candidate(p, p->places, &p->place_count, m.index);
		return n;
	}
	return 0;
}

// "A 3", "12 K", "1 2 K": a code with spaces inside. Only where the pieces alone are nothing and the whole is a code.
static size_t take_spaced_code(struct parse *p, const struct token *tokens, size_t left)
{
	char joined[TOKEN_SIZE];
	for (size_t n = left < PHRASE_TOKENS ? left : PHRASE_TOKENS; n > 1; n--) {
		if (!join(tokens, n, joined) || strlen(joined) > 6 || !looks_like_code(joined))
			continue;
		if (sheet_event_of_code(p->sheet, joined) < 0 && sheet_place_of_code(p->sheet, joined) < 0)
			continue;
		mend(p, "space-in-code");
		return take_codes(p, joined, true, 0) ? n : 0;
	}
	return 0;
}

static void keep_unknown(struct parse *p, const struct token *t)
{
	if (!looks_like_code(t->text))
		return; // free text: it stands in the alert as it came
	p->out->flags |= FLAG_AMBIGUOUS;
	if (p->out->unknown_count < UNKNOWN_MAX)
		memcpy(p->out->unknown[p->out->unknown_count++], t->text, TOKEN_SIZE);
}

static size_t take_token(struct parse *p, const struct token *tokens, size_t left)
{
	bool single_letter = !tokens->text[1] && isalpha((unsigned char)*tokens->text);
	bool before_letter = left > 1 && !tokens[1].text[1] && isalpha((unsigned char)tokens[1].text[0]);
	size_t n = single_letter || before_letter ? take_spaced_code(p, tokens, left) : 0;
	if (!n)
		n = take_phrase(p, tokens, left, false);
	if (!n && looks_like_code(tokens->text))
		n = take_code_token(p, tokens);
	if (!n)
		n = take_phrase(p, tokens, left, true);
	if (!n)
		keep_unknown(p, tokens);
	return n ? n : 1;
}

// ---- readings -------------------------------------------------------------------------------------------------

static int severity_of(const struct sheet *s, const struct reading *r)
{
	const struct event *events;
	sheet_events(s, &events);
	return r->event >= 0 ? events[r->event].severity : 3;
}

static void add_reading(struct parse *p, struct reading r)
{
	struct reading_set *out = p->out;
	if (out->count == READINGS_MAX) {
		p->overflow = true;
		return;
	}
	size_t at = out->count++;
	while (at > 0 && severity_of(p->sheet, &out->readings[at - 1]) < severity_of(p->sheet, &r)) {
		out->readings[at] = out->readings[at - 1];
		at--;
	}
	out->readings[at] = r;
}

static int count_of(struct parse *p, size_t skip)
{
	int found = -1;
	for (size_t i = 0; i < p->number_count; i++) {
		if (i == skip)
			continue;
		if (found >= 0 || strlen(p->numbers[i]) > COUNT_DIGITS) {
			p->out->flags |= FLAG_AMBIGUOUS; // which of them is the count is not guessed
			return -1;
		}
		found = (int)strtol(p->numbers[i], NULL, 10);
	}
	return found;
}

// No place with its check letter: any number that is a place's digits may be meant as one.
static void read_unverified_places(struct parse *p, int event)
{
	bool any = false;
	for (size_t i = 0; i < p->number_count; i++) {
		int place = sheet_place_of_digits(p->sheet, p->numbers[i]);
		if (place < 0)
			continue;
		add_reading(p, (struct reading){event, place, count_of(p, i), true});
		any = true;
	}
	if (any || p->number_count)
		p->out->flags |= FLAG_AMBIGUOUS;
	if (!any)
		add_reading(p, (struct reading){event, -1, count_of(p, SIZE_MAX), false});
}

static bool needs_place(const struct parse *p, int event)
{
	const struct event *events;
	sheet_events(p->sheet, &events);
	return events[event].kind == KIND_ALERT;
}

static void make_readings(struct parse *p)
{
	struct reading_set *out = p->out;
	if (p->event_count == 0) {
		out->flags |= FLAG_UNDECODED;
		if (p->place_count == 1)
			add_reading(p, (struct reading){-1, p->places[0], count_of(p, SIZE_MAX), false});
		return;
	}
	if (p->event_count > 1 || p->place_count > 1)
		out->flags |= FLAG_AMBIGUOUS;
	for (size_t e = 0; e < p->event_count; e++) {
		for (size_t k = 0; k < p->place_count; k++)
			add_reading(p, (struct reading){p->events[e], p->places[k], count_of(p, SIZE_MAX), false});
		if (p->place_count == 0)
			read_unverified_places(p, p->events[e]);
		if (p->place_count == 0 && needs_place(p, p->events[e]))
			out->flags |= FLAG_AMBIGUOUS;
	}
}

static void set_kind_flags(struct parse *p)
{
	const struct event *events;
	bool all_tests = p->event_count > 0;
	sheet_events(p->sheet, &events);
	for (size_t i = 0; i < p->event_count; i++)
		all_tests &= events[p->events[i]].kind == KIND_TEST;
	if (all_tests)
		p->out->flags |= FLAG_DRILL;
}

void sheet_parse(const struct sheet *s, const char *text, size_t size, struct reading_set *out)
{
	struct token tokens[TOKENS_MAX];
	struct parse p = {.sheet = s, .out = out};
	*out = (struct reading_set){0};
	size_t n = text_tokens(text, size, tokens, TOKENS_MAX);
	for (size_t i = 0; i < n;)
		i += take_token(&p, tokens + i, n - i);
	make_readings(&p);
	set_kind_flags(&p);
	if (p.overflow)
		out->flags |= FLAG_AMBIGUOUS;
	out->severity = 3;
	for (size_t i = 0; i < out->count; i++) {
		int v = severity_of(s, &out->readings[i]);
		out->severity = i == 0 || v > out->severity ? v : out->severity;
	}
}
