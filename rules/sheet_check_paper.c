// SPDX-License-Identifier: GPL-2.0-or-later
// What loads but makes a poor card: languages with holes, and cover words that would attract attention.
#include <stdio.h>
#include <string.h>

#include "rules/sheet_file.h"

// Most market words are short: a longer one is typed with more slips and stands out among the others on a phone.
#define MARKET_LETTERS 10
#define CODES_ROOM 120
#define HINT_WORDS 128

struct check {
	const struct sheet *sheet;
	const char *file;
	struct problems *problems;
};

typedef const char *text_of_event(const struct sheet *s, size_t event, size_t language);

// The codes of the events without that text, "A3 B5 F1 …", and how many.
static size_t find_holes(const struct sheet *s, text_of_event *of, size_t language, char codes[static CODES_ROOM])
{
	size_t holes = 0, at = 0;
	codes[0] = 0;
	for (size_t i = 0; i < s->event_count; i++) {
		if (of(s, i, language))
			continue;
		holes++;
		if (at + 8 < CODES_ROOM)
			at += (size_t)snprintf(codes + at, CODES_ROOM - at, " %s", s->events[i].code);
	}
	return holes;
}

static void check_holes(struct check *c, size_t language, text_of_event *of, const char *what, const char *instead)
{
	char codes[CODES_ROOM];
	size_t holes = find_holes(c->sheet, of, language, codes);
	if (holes == c->sheet->event_count)
		problem_add(c->problems, c->file, 0, true, "language \"%s\": no event has a %s; %s",
			c->sheet->languages[language], what, instead);
	else if (holes)
		problem_add(c->problems, c->file, 0, true, "language \"%s\": %zu of %zu events have no %s (%.100s); %s",
			c->sheet->languages[language], holes, c->sheet->event_count, what, codes + 1, instead);
}

static bool has_word(const struct sheet *s, size_t language)
{
	for (size_t i = 0; i < s->word_count; i++)
		if (s->words[i].kind == WORD_EVENT && s->words[i].language == language + 1)
			return true;
	return false;
}

static void check_phrases(struct check *c, size_t language)
{
	size_t holes = 0;
	for (int p = 0; p < PHRASE_END_; p++)
		holes += sheet_phrase(c->sheet, (enum phrase)p, 0) && !sheet_phrase(c->sheet, (enum phrase)p, language);
	if (holes)
		problem_add(c->problems, c->file, 0, true,
			"language \"%s\": %zu phrases of card = { … } are missing; cards show those in \"%s\"",
			c->sheet->languages[language], holes, c->sheet->languages[0]);
}

static void check_languages(struct check *c)
{
	const struct sheet *s = c->sheet;
	for (size_t i = 1; i < s->language_count; i++) {
		check_holes(c, i, sheet_event_name, "name", "cards show the first language there");
		check_phrases(c, i);
		if (!has_word(s, i))
			problem_add(c->problems, c->file, 0, true,
				"language \"%s\": no event has a word that can be typed in it", s->languages[i]);
	}
	for (size_t i = 0; i < s->language_count && sheet_covered(s); i++)
		check_holes(c, i, sheet_event_cover, "cover word", "the cover card is not whole");
}

static void check_pictograms(struct check *c)
{
	const struct sheet *s = c->sheet;
	bool any = false;
	for (size_t i = 0; i < s->event_count; i++)
		any |= s->events[i].pictogram != PICTOGRAM_NONE;
	for (size_t i = 0; i < s->event_count && any; i++)
		if (s->events[i].pictogram == PICTOGRAM_NONE)
			problem_add(c->problems, c->file, s->events[i].line, true,
				"%s has no pictogram: who cannot read does not find it on the card", s->events[i].code);
}

// ---- cover words ----------------------------------------------------------------------------------------------

// The words of a market of one language, for looking up and for the nearest of them.
struct market {
	const char *words[HINT_WORDS];
	size_t count;
};

static bool same_word(const char *a, const char *b)
{
	char x[TOKEN_SIZE], y[TOKEN_SIZE];
	text_fold(a, x);
	text_fold(b, y);
	// Another script has no fold: its words are the same octet by octet.
	return strchr(x, '?') || strchr(y, '?') ? !strcmp(a, b) : !strcmp(x, y);
}

static bool find_in_market(const struct sheet *s, const struct tagged *cover, struct market *m)
{
	for (size_t i = 0; i < s->text_count; i++) {
		const struct tagged *t = &s->texts[i];
		if (t->kind != TEXT_MARKET || t->language != cover->language)
			continue;
		if (same_word(t->text, cover->text))
			return true;
		if (m->count < HINT_WORDS)
			m->words[m->count++] = t->text;
	}
	return false;
}

static void check_cover(struct check *c, const struct tagged *cover)
{
	const char *tag = c->sheet->languages[cover->language];
	char folded[TOKEN_SIZE], hint[64];
	struct market m = {.count = 0};
	text_fold(cover->text, folded);
	if (strlen(folded) > MARKET_LETTERS)
		problem_add(c->problems, c->file, cover->line, true,
			"the cover word \"%s\" has more than %d letters: it is mistyped and stands out", cover->text,
			MARKET_LETTERS);
	if (find_in_market(c->sheet, cover, &m))
		return;
	settings_hint(hint, cover->text, m.words, m.count);
	if (m.count)
		problem_add(c->problems, c->file, cover->line, true,
			"the cover word \"%s\" is not among the words of a market in \"%s\": it would attract attention%s",
			cover->text, tag, hint);
}

// Without a list of common words nobody can tell whether a cover word is one: told once a language, not once a word.
static void check_markets(struct check *c)
{
	const struct sheet *s = c->sheet;
	for (size_t l = 0; l < s->language_count; l++) {
		bool covers = false, market = false;
		for (size_t i = 0; i < s->text_count; i++) {
			covers |= s->texts[i].kind == TEXT_COVER && s->texts[i].language == l;
			market |= s->texts[i].kind == TEXT_MARKET && s->texts[i].language == l;
		}
		if (covers && !market)
			problem_add(c->problems, c->file, 0, true,
				"language \"%s\": no market = { %s = (…) }, so nobody can tell whether its cover words are common",
				s->languages[l], s->languages[l]);
	}
}

void sheet_check_paper(const struct sheet *s, const char *file, struct problems *problems)
{
	struct check c = {s, file, problems};
	if (!*s->version && s->languages_declared)
		problem_add(problems, file, 0, true, "no version = \"…\": an old card is not told from a new one");
	check_languages(&c);
	check_pictograms(&c);
	check_markets(&c);
	for (size_t i = 0; i < s->text_count; i++)
		if (s->texts[i].kind == TEXT_COVER)
			check_cover(&c, &s->texts[i]);
}
