// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What is known of a text while it is read: parse.c finds codes and words in it, reading.c makes readings of them.

#include "rules/parse.h"

#define CANDIDATES_MAX 32
#define NUMBERS_MAX 6
#define SAID_MAX 32
#define COUNT_DIGITS 5
#define UNREAD_MAX TOKENS_MAX
#define UNDECODED_SEVERITY 3

// One code or number, in the order in which they stand in the text.
struct said {
	enum { SAID_EVENT, SAID_PLACE, SAID_NUMBER } kind;
	int value;
};

// How often each was seen so far: what grows while a token is read is what the token was.
struct counts {
	unsigned mended, coded, numbered, unknown;
};

struct parse {
	const struct sheet *sheet;
	struct reading_set *out;
	int events[CANDIDATES_MAX], places[CANDIDATES_MAX];
	size_t event_count, place_count;
	char numbers[NUMBERS_MAX][TOKEN_SIZE]; // without leading zeros
	size_t number_count;
	const struct token *unread[UNREAD_MAX];
	size_t unread_count;
	size_t words;       // read as words of the sheet
	size_t languages;   // of which somebody's tongue is known
	int worst;          // severity of all events, those that did not fit included
	bool event_by_code; // and not only by words
	bool spaced_event;  // "a 3"
	bool maybe_hour;    // "12h"
	bool doubtful;
	bool drill, exercise, exercise_slip; // a drill runs; a word of a test stands in the text, with a slip in it
	bool denied;                         // a word that may turn the sense round does
	struct said said[SAID_MAX];
	size_t said_count;
	bool unclear;       // what was said is no plain row of codes and numbers
	struct counts seen;
	const struct token *tokens;
	uint8_t kinds[TOKENS_MAX]; // of each token
	bool joined[TOKENS_MAX];   // it was read together with the one before
};

// Something may be meant that no reading says: an officer looks, and the severity is at least that of the unknown.
void parse_doubt(struct parse *p);
void parse_mend(struct parse *p, const char *rule); // its name, static
void parse_make_spans(struct parse *p, size_t tokens, size_t size);
void parse_make_readings(struct parse *p);
unsigned long place_number(const char *code);

bool parse_is_exercise(struct parse *p, int event); // while a drill runs: only says that the rest is an exercise
void parse_take_word(struct parse *p, const struct word_match *m);
size_t parse_take_glued(struct parse *p, const struct token *t); // "attaque201M40hommes"; parse_glued.c
void parse_add_event(struct parse *p, int event);
void parse_add_place(struct parse *p, int place);
void parse_add_number(struct parse *p, const char *digits, size_t n);

// parse_codes.c
bool parse_looks_like_code(const char *t);
bool parse_join(const struct token *tokens, size_t n, char out[static TOKEN_SIZE]); // false: too long
bool parse_mend_letters(const char *t, char out[static TOKEN_SIZE]);                // whether it changed anything
void parse_mark_cleaned(struct parse *p, const struct token *tokens, size_t n);
// The whole of `t`, which is what `token` says or was mended to; false: it is no row of codes.
bool parse_take_codes(struct parse *p, const char *t, const struct token *token);
bool parse_are_codes(const struct sheet *s, const char *t); // would it be taken?
size_t parse_take_code_token(struct parse *p, const struct token *t); // how many tokens it took, as the next
size_t parse_take_spaced(struct parse *p, const struct token *tokens, size_t left); // "A 3", "1 2 K", "R482 9153K"
