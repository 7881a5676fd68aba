// SPDX-License-Identifier: GPL-2.0-or-later
// Words and codes without anything between: "attaque201M40hommes", "A1Koro40". All of a token is read so, or nothing of
// it: what is left over would be dropped.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "rules/parse_state.h"

#define WORD_LETTERS 3 // shorter ones are letters of codes
#define SEGMENTS_MAX 8

struct segment {
	size_t at, size;
	struct word_match word; // WORD_NONE: codes
};

struct glued {
	struct segment list[SEGMENTS_MAX];
	size_t count;
	bool free; // words behind the last, that say nothing
};

static size_t letters_at(const char *t)
{
	size_t n = 0;
	while (isalpha((unsigned char)t[n]))
		n++;
	return n;
}

static struct word_match word_of(const struct sheet *s, const char *t, size_t n)
{
	char word[TOKEN_SIZE] = "";
	memcpy(word, t, n);
	return sheet_word(s, word, false);
}

// The digits before a run of letters and its first one are a place: what the letter belongs to is not guessed.
static bool begins_in_place(const struct sheet *s, const char *t, size_t at)
{
	char code[CODE_SIZE] = "";
	size_t from = at;
	while (from > 0 && isdigit((unsigned char)t[from - 1]))
		from--;
	if (from == at || at + 1 - from >= CODE_SIZE)
		return false;
	memcpy(code, t + from, at + 1 - from);
	return sheet_place_of_code(s, code) >= 0;
}

// The letters before and behind it may be those of codes: "201Mattaque", "attaqueA1".
static bool find_word(const struct sheet *s, const char *t, size_t run, struct segment *out)
{
	for (size_t cut = 0; cut < 4; cut++) {
		size_t from = cut & 1, n = run - from - (cut >> 1);
		if (run < from + (cut >> 1) + WORD_LETTERS)
			continue;
		*out = (struct segment){from, n, word_of(s, t + from, n)};
		if (out->word.kind != WORD_NONE)
			return true;
	}
	return false;
}

static bool add_codes(struct glued *g, size_t from, size_t to)
{
	if (from == to)
		return true;
	if (g->count == SEGMENTS_MAX)
		return false;
	g->list[g->count++] = (struct segment){from, to - from, {WORD_NONE, -1, 0, false}};
	return true;
}

// "40hommes": a word that no sheet has, behind all that was to be said.
static bool is_tail(const char *t, size_t at, size_t run)
{
	return at > 0 && run > WORD_LETTERS && !t[at + run] && isdigit((unsigned char)t[at - 1]);
}

static bool part(const struct sheet *s, const char *t, struct glued *out)
{
	size_t done = 0, at = 0;
	while (t[at]) {
		size_t run = letters_at(t + at);
		struct segment found;
		bool word = run >= WORD_LETTERS && find_word(s, t + at, run, &found);
		out->free = !word && is_tail(t, at, run);
		if ((out->free || (word && found.at == 0)) && begins_in_place(s, t, at))
			return false;
		if (out->free)
			return add_codes(out, done, at);
		if (!word) {
			at += run ? run : 1;
			continue;
		}
		found.at += at;
		if (!add_codes(out, done, found.at) || out->count == SEGMENTS_MAX)
			return false;
		out->list[out->count++] = found;
		done = at = found.at + found.size;
	}
	return done && add_codes(out, done, at) && out->count > 1;
}

static void segment_token(const struct token *t, const struct segment *s, struct token *out)
{
	bool plain = t->to - t->from == strlen(t->text);
	*out = *t;
	memcpy(out->text, t->text + s->at, s->size);
	out->text[s->size] = 0;
	out->from = plain ? t->from + s->at : t->from;
	out->to = plain ? out->from + s->size : t->to;
}

size_t parse_take_glued(struct parse *p, const struct token *t)
{
	struct glued g = {.free = false};
	struct token one;
	if (t->overlong || !part(p->sheet, t->text, &g))
		return 0;
	for (size_t i = 0; i < g.count; i++) {
		segment_token(t, &g.list[i], &one);
		if (g.list[i].word.kind == WORD_NONE && !parse_are_codes(p->sheet, one.text))
			return 0;
	}
	for (size_t i = 0; i < g.count; i++) {
		segment_token(t, &g.list[i], &one);
		if (g.list[i].word.kind == WORD_NONE)
			parse_take_codes(p, one.text, &one);
		else
			parse_take_word(p, &g.list[i].word);
		if (g.list[i].word.kind == WORD_NUMBER) {
			char digits[12];
			int n = snprintf(digits, sizeof digits, "%d", g.list[i].word.index);
			parse_add_number(p, digits, (size_t)n);
		}
	}
	if (g.free && p->unread_count < UNREAD_MAX)
		p->unread[p->unread_count++] = t;
	parse_mend(p, "glued-word");
	parse_mark_cleaned(p, t, 1);
	return 1;
}
