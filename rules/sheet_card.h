// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the paper cards need of a code sheet: its languages, the names of events in each, cover words, pictograms and
// the few phrases that are printed around them. Used by gateway/cards and by sheet_check.

#include "rules/sheet.h"

#define LANGUAGES_MAX 16
#define LANGUAGE_SIZE 16
#define VERSION_SIZE 24

// Phrases of `card` in the sheet, by their keys there. Those of a cover card are its own: nothing of the plain card
// may stand on it.
enum phrase {
	PHRASE_WHAT, PHRASE_WHERE, PHRASE_COUNT, PHRASE_EXAMPLE, PHRASE_SEND, PHRASE_REPORTER, PHRASE_SHEET,
	PHRASE_COVER_TITLE, PHRASE_COVER_WHAT, PHRASE_COVER_WHERE, PHRASE_COVER_COUNT, PHRASE_COVER_PRICE,
	PHRASE_COVER_SEND, PHRASE_COVER_REPORTER, PHRASE_COVER_SHEET, PHRASE_END_
};

// Drawings of gateway/cards/pictogram.c, by their names in the sheet.
enum pictogram {
	PICTOGRAM_NONE, PICTOGRAM_ATTACK, PICTOGRAM_ATTACK_EXPECTED, PICTOGRAM_ARMED_MEN, PICTOGRAM_KILLED,
	PICTOGRAM_ABDUCTION, PICTOGRAM_ASSAULT, PICTOGRAM_FIRE, PICTOGRAM_CATTLE, PICTOGRAM_MINE, PICTOGRAM_ROADBLOCK,
	PICTOGRAM_THREAT, PICTOGRAM_CLASH, PICTOGRAM_ARREST, PICTOGRAM_FLEEING, PICTOGRAM_RUMOUR, PICTOGRAM_DISARM,
	PICTOGRAM_SMUGGLING, PICTOGRAM_MAST, PICTOGRAM_QUIET, PICTOGRAM_TEST, PICTOGRAM_CANCEL, PICTOGRAM_CORRECT,
	PICTOGRAM_CALL, PICTOGRAM_SILENT, PICTOGRAM_ANSWER, PICTOGRAM_GUN, PICTOGRAM_WOUNDED, PICTOGRAM_MOTORBIKES, PICTOGRAM_HELICOPTER, PICTOGRAM_WATER,
	PICTOGRAM_END_
};

const char *sheet_version(const struct sheet *s); // "" when the sheet has none
// How many; at least one, the language of `name`: "und" (BCP 47: undetermined) when the sheet declares none.
size_t sheet_languages(const struct sheet *s);
const char *sheet_language(const struct sheet *s, size_t language);    // its tag, BCP 47
int sheet_language_of_tag(const struct sheet *s, const char *tag);     // -1

// Borrowed from the sheet; NULL where that language has a hole.
const char *sheet_event_name(const struct sheet *s, size_t event, size_t language);
const char *sheet_event_cover(const struct sheet *s, size_t event, size_t language);
const char *sheet_phrase(const struct sheet *s, enum phrase phrase, size_t language);
bool sheet_covered(const struct sheet *s); // has any event a cover word?
// Can a phone here type it and the parser read it? Else it is for people to read only (Arabic script).
bool sheet_is_typed(const char *text);
