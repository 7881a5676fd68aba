// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/parse_state.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHRASE_TOKENS 3

const char *flag_name(unsigned bit)
{
	static const char *const names[FLAGS_COUNT] = {
		"mended", "ambiguous", "undecoded", "incomplete", "raw", "duress", "drill", "beep", "flood"};
	return bit < FLAGS_COUNT ? names[bit] : "?";
}

void parse_mend(struct parse *p, const char *rule)
{
	p->seen.mended++;
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
		p->out->cut = true;
}

static void add_said(struct parse *p, struct said s)
{
	p->seen.coded += s.kind != SAID_NUMBER;
	p->seen.numbered += s.kind == SAID_NUMBER;
	if (p->said_count < SAID_MAX)
		p->said[p->said_count++] = s;
	else
		p->unclear = true;
}

bool parse_is_exercise(struct parse *p, int event)
{
	const struct event *events;
	sheet_events(p->sheet, &events);
	if (!p->drill || events[event].kind != KIND_TEST)
		return false;
	p->exercise = true;
	p->seen.coded++;
	return true;
}

void parse_add_event(struct parse *p, int event)
{
	const struct event *events;
	add_said(p, (struct said){SAID_EVENT, event});
	sheet_events(p->sheet, &events);
	p->worst = events[event].severity > p->worst ? events[event].severity : p->worst;
	add_candidate(p, p->events, &p->event_count, event);
}

void parse_add_place(struct parse *p, int place)
{
	add_said(p, (struct said){SAID_PLACE, place});
	add_candidate(p, p->places, &p->place_count, place);
}

void parse_add_number(struct parse *p, const char *digits, size_t n)
{
	size_t zeros = strspn(digits, "0");
	zeros = zeros < n ? zeros : n - 1;
	if (p->number_count == NUMBERS_MAX || n - zeros >= TOKEN_SIZE) {
		p->out->cut = true;
		return;
	}
	char *number = p->numbers[p->number_count++];
	memcpy(number, digits + zeros, n - zeros);
	number[n - zeros] = 0;
	p->unclear |= n - zeros > COUNT_DIGITS;
	add_said(p, (struct said){SAID_NUMBER, n - zeros > COUNT_DIGITS ? -1 : atoi(number)});
}

// ---- numbers in letters --------------------------------------------------------------------------------------

// "quarante deux", "deux cents", "quatre vingt dix": what the next word makes of the number so far; 0: another number.
static int compose(int so_far, int next)
{
	if (next >= 100)
		return so_far < 100 && next % 100 == 0 ? so_far * next : 0;
	if (so_far == 4 && next == 20)
		return 80;
	if (so_far >= 100)
		return so_far % 100 == 0 ? so_far + next : 0;
	if (so_far < 20 || so_far % 10)
		return 0;
	return next < 10 || ((so_far == 60 || so_far == 80) && next < 20) ? so_far + next : 0;
}

// Further words of the number that began with `value`; returns how many tokens. "et" may stand between.
static size_t take_number_words(struct parse *p, const struct token *tokens, size_t left, int value)
{
	size_t taken = 0;
	for (;;) {
		size_t at = taken + (taken < left && !strcmp(tokens[taken].text, "et"));
		struct word_match m = at < left ? sheet_word(p->sheet, tokens[at].text, false) : (struct word_match){0};
		int more = m.kind == WORD_NUMBER ? compose(value, m.index) : 0;
		if (!more || more > 100000)
			break;
		value = more;
		taken = at + 1;
	}
	char digits[12];
	int n = snprintf(digits, sizeof digits, "%d", value);
	parse_add_number(p, digits, (size_t)n);
	return taken;
}

// ---- words and phrases ----------------------------------------------------------------------------------------

// That of all words; a word of duress is of whoever taught it.
static void note_language(struct parse *p, const struct word_match *m)
{
	if (!m->language || m->kind == WORD_DURESS)
		return;
	if (p->languages++ == 0)
		p->out->language = m->language;
	else if (p->out->language != m->language)
		p->out->language = 0;
}

void parse_take_word(struct parse *p, const struct word_match *m)
{
	note_language(p, m);
	p->denied |= m->kind == WORD_DOUBT;
	if (m->kind == WORD_EVENT && parse_is_exercise(p, m->index)) {
		p->exercise_slip |= m->slip;
		return;
	}
	p->unclear |= m->kind != WORD_NUMBER && m->kind != WORD_FILLER && m->kind != WORD_DURESS;
	if (m->slip)
		parse_mend(p, "one-slip");
	if (m->kind == WORD_EVENT)
		parse_add_event(p, m->index);
	else if (m->kind == WORD_PLACE)
		parse_add_place(p, m->index);
	else if (m->kind == WORD_DOUBT)
		parse_doubt(p);
	else if (m->kind == WORD_DURESS)
		p->out->flags |= FLAG_DURESS;
	p->words++;
}

static void keep_unknown(struct parse *p, const char *text)
{
	parse_doubt(p);
	p->seen.unknown++;
	if (p->out->unknown_count < UNKNOWN_MAX)
		memcpy(p->out->unknown[p->out->unknown_count++], text, strlen(text) + 1);
	else
		p->out->cut = true;
}

// The longest phrase of the sheet at `tokens`; returns how many tokens it took.
static size_t take_phrase(struct parse *p, const struct token *tokens, size_t left, bool slip)
{
	char phrase[TOKEN_SIZE];
	for (size_t n = left < PHRASE_TOKENS ? left : PHRASE_TOKENS; n > 0; n--) {
		if (!parse_join(tokens, n, phrase))
			continue;
		struct word_match m = sheet_word(p->sheet, phrase, slip);
		if (m.kind == WORD_NONE && !m.slip)
			continue;
		for (size_t i = 0; i < n; i++)
			if (tokens[i].cleaned)
				parse_mend(p, "digits-or-signs");
		if (m.kind != WORD_NONE)
			parse_take_word(p, &m);
		else
			keep_unknown(p, phrase); // as near to two words
		if (m.kind == WORD_NUMBER)
			n += take_number_words(p, tokens + n, left - n, m.index);
		return n;
	}
	return 0;
}

static size_t read_token(struct parse *p, const struct token *tokens, size_t left)
{
	size_t n = parse_take_spaced(p, tokens, left);
	if (!n)
		n = take_phrase(p, tokens, left, false);
	if (!n && parse_looks_like_code(tokens->text))
		n = parse_take_code_token(p, tokens);
	if (!n && parse_looks_like_code(tokens->text))
		n = parse_take_glued(p, tokens);
	if (!n)
		n = take_phrase(p, tokens, left, true);
	if (!n && (parse_looks_like_code(tokens->text) || tokens->overlong))
		keep_unknown(p, tokens->text);
	else if (!n && p->unread_count < UNREAD_MAX)
		p->unread[p->unread_count++] = tokens; // free text: it stands in the alert as it came
	else if (!n)
		p->out->cut = true;
	return n ? n : 1;
}

static void set_kind(struct parse *p, const struct token *tokens, size_t n, const struct counts *before)
{
	size_t at = (size_t)(tokens - p->tokens);
	enum span_kind kind = p->seen.unknown > before->unknown ? SPAN_UNKNOWN :
		p->seen.mended > before->mended		   ? SPAN_MENDED :
		p->seen.coded > before->coded		   ? SPAN_CODE :
		p->seen.numbered > before->numbered		   ? SPAN_QUALIFIER :
							     SPAN_FREE;
	for (size_t i = 0; i < n; i++) {
		p->kinds[at + i] = (uint8_t)kind;
		p->joined[at + i] = i > 0;
	}
}

static size_t take_token(struct parse *p, const struct token *tokens, size_t left)
{
	const struct counts before = p->seen;
	size_t n = read_token(p, tokens, left);
	set_kind(p, tokens, n, &before);
	return n;
}

// ---- one or two letters between codes -------------------------------------------------------------------------

static bool has_free_words(const struct parse *p)
{
	bool any = false;
	for (size_t i = 0; i < p->unread_count; i++)
		any |= strlen(p->unread[i]->text) > 2;
	return any;
}

// In free text "ai", "il" or "l" are words. Where all the rest is codes they are codes with a slip, or unknown: a
// letter that is dropped there would make another report of what is left.
static void read_short(struct parse *p)
{
	char mended[TOKEN_SIZE];
	if (p->words || has_free_words(p) || (!p->event_count && !p->place_count && !p->number_count))
		return;
	for (size_t i = 0; i < p->unread_count; i++) {
		const struct token *t = p->unread[i];
		const struct counts before = p->seen;
		if (t->text[1] && parse_mend_letters(t->text, mended) && parse_take_codes(p, mended, t)) {
			parse_mend(p, "letter-for-digit");
			parse_mark_cleaned(p, t, 1);
			p->out->flags |= p->event_count > 1 || isdigit((unsigned char)*mended) ? FLAG_AMBIGUOUS : 0;
		} else {
			keep_unknown(p, t->text);
		}
		set_kind(p, t, 1, &before);
	}
	p->unread_count = 0;
}

// What the whole text says about its parts.
static void weigh(struct parse *p)
{
	const struct event *events;
	bool words = p->words || has_free_words(p), minor = false;
	sheet_events(p->sheet, &events);
	for (size_t i = 0; i < p->event_count; i++)
		minor |= events[p->events[i]].severity < UNDECODED_SEVERITY;
	if (minor && !p->event_by_code && has_free_words(p))
		parse_doubt(p); // "calme" or "test" in a text that says more than that
	if (p->spaced_event && words)
		parse_doubt(p);
	p->maybe_hour &= words && !p->event_by_code; // "attaque vers 12h": noon, or the place 12H
	if (p->maybe_hour)
		p->out->flags |= FLAG_AMBIGUOUS;
}

// True: the text says plainly that it is an exercise, and more than that.
static bool parse_text(const struct sheet *s, const char *text, size_t size, bool drill, struct reading_set *out)
{
	struct token tokens[TOKENS_MAX + 1];
	struct parse p;
	memset(&p, 0, offsetof(struct parse, kinds)); // the rest is written before it is read, here too
	memset(out, 0, offsetof(struct reading_set, spans));
	p.sheet = s;
	p.out = out;
	p.tokens = tokens;
	p.drill = drill;
	size_t n = text_tokens(text, size, tokens, TOKENS_MAX + 1);
	out->cut = n > TOKENS_MAX;
	n = n > TOKENS_MAX ? TOKENS_MAX : n;
	for (size_t i = 0; i < n;)
		i += take_token(&p, tokens + i, n - i);
	read_short(&p);
	weigh(&p);
	parse_make_readings(&p);
	parse_make_spans(&p, n, size);
	return p.exercise && !p.exercise_slip && !p.denied && !out->cut && (p.event_count || out->unknown_count);
}

void sheet_parse(const struct sheet *s, const char *text, size_t size, struct reading_set *out)
{
	parse_text(s, text, size, false, out);
}

bool sheet_parse_exercise(const struct sheet *s, const char *text, size_t size, struct reading_set *out)
{
	bool exercise = parse_text(s, text, size, true, out);
	if (exercise)
		out->flags |= FLAG_DRILL;
	return exercise;
}
