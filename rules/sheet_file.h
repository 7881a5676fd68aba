// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The loaded form of a code sheet, shared by its loader (sheet_load.c) and its look-ups (sheet.c).

#include "rules/settings.h"
#include "rules/sheet_card.h"

#define SLIP_LETTERS 6
#define SHEET_AREAS_MAX 32

struct word {
	char text[TOKEN_SIZE];
	enum word_kind kind;
	int index, line;
	bool name; // the name of an event or place, not a word that somebody listed
	uint8_t language; // and one: that of a tag; 0: of any
	uint8_t spoken;   // the same; 0 also where several languages have the word
};

// What is printed or only compared, by language: of an event, of a phrase, or of a market (index 0).
enum text_kind { TEXT_NAME, TEXT_COVER, TEXT_PHRASE, TEXT_MARKET };

struct tagged {
	char *text;
	int index, line;
	uint8_t kind, language;
};

struct sheet {
	char name[NAME_SIZE], scheme[32];
	struct event *events;
	struct place *places;
	struct word *words; // sorted by text
	size_t event_count, place_count, word_count, word_room;
	int *by_digits; // place indices sorted by digits
	int *by_latitude; // those with coordinates
	size_t latitude_count;
	int *by_pcode;  // and by p-code; NULL while places are read
	struct tagged *texts; // some hundreds, however many places
	size_t text_count, text_room, language_count;
	char languages[LANGUAGES_MAX][LANGUAGE_SIZE], version[VERSION_SIZE];
	bool languages_declared;
	int64_t valid_from, valid_until;
	int areas[SHEET_AREAS_MAX]; // places; none: everywhere
	size_t area_count;
	int *by_end;    // word indices sorted by their text read backwards
};

// Order of texts read backwards, of their last `n` letters at most.
int compare_ends(const char *a, const char *b, size_t n);
extern const char *const event_kind_names[KIND_END_];
bool sheet_has_coordinates(const struct place *p);
double sheet_distance_km(const struct place *a, const struct place *b);
void sheet_sort_latitudes(struct sheet *s); // sheet_near.c
unsigned long place_digits(const char *code); // 0: it does not start with any
extern const char *const pictogram_names[PICTOGRAM_END_];

void sheet_load_validity(const struct settings *f, struct sheet *s, const config_setting_t *root); // sheet_valid.c

// ---- languages, sheet_text.c ----------------------------------------------------------------------------------

void sheet_load_languages(const struct settings *f, struct sheet *s, const config_setting_t *root);
// The language of `tagged`, a member named by its tag; -1 with a problem when the sheet does not declare it.
int sheet_tag_of(const struct settings *f, const struct sheet *s, const config_setting_t *tagged);
// `key` of `group`: one text in the first language, or { fr = "…"; bm = "…"; }. `take` gets each as it is kept.
typedef void take_text(void *ctx, const struct tagged *t);
void sheet_load_texts(const struct settings *f, struct sheet *s, const config_setting_t *group, const char *key,
	enum text_kind kind, int index, take_text *take, void *ctx);
void sheet_load_market(const struct settings *f, struct sheet *s, const config_setting_t *root);
void sheet_load_phrases(const struct settings *f, struct sheet *s, const config_setting_t *root);
const struct tagged *sheet_text(const struct sheet *s, enum text_kind kind, int index, size_t language);
// Warnings about what is printed: languages with holes, cover words that attract attention.
void sheet_check_paper(const struct sheet *s, const char *file, struct problems *problems);
