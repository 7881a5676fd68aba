// SPDX-License-Identifier: GPL-2.0-or-later
// What a sheet says in several languages: names, cover words, phrases of a card, words of a market.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/sheet_file.h"

#define PHRASE_ROOM 48

static const char *const phrase_keys[PHRASE_END_] = {[PHRASE_WHAT] = "what", [PHRASE_WHERE] = "where",
	[PHRASE_COUNT] = "count", [PHRASE_EXAMPLE] = "example", [PHRASE_SEND] = "send", [PHRASE_REPORTER] = "reporter",
	[PHRASE_SHEET] = "sheet", [PHRASE_COVER_TITLE] = "cover_title", [PHRASE_COVER_WHAT] = "cover_what",
	[PHRASE_COVER_WHERE] = "cover_where", [PHRASE_COVER_COUNT] = "cover_count",
	[PHRASE_COVER_PRICE] = "cover_price", [PHRASE_COVER_SEND] = "cover_send",
	[PHRASE_COVER_REPORTER] = "cover_reporter", [PHRASE_COVER_SHEET] = "cover_sheet"};

const char *const pictogram_names[PICTOGRAM_END_] = {"none", "attack", "attack-expected", "armed-men", "killed",
	"abduction", "assault", "fire", "cattle", "mine", "roadblock", "threat", "clash", "arrest", "fleeing", "rumour",
	"disarm", "smuggling", "mast", "quiet", "test", "cancel", "correct", "call", "silent", "answer", "gun", "wounded", "motorbikes",
	"helicopter", "water"};

// ---- languages ------------------------------------------------------------------------------------------------

// BCP 47 (RFC 5646 §2.1) in short: a language of two or three small letters, then subtags of one to eight.
static bool is_tag(const char *tag)
{
	size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyz");
	if (n < 2 || n > 3)
		return false;
	for (tag += n; *tag == '-'; tag += n + 1) {
		for (n = 0; isalnum((unsigned char)tag[n + 1]);)
			n++;
		if (n < 1 || n > 8)
			return false;
	}
	return !*tag;
}

struct languages {
	const struct settings *in;
	struct sheet *sheet;
};

static void take_language(void *ctx, const config_setting_t *g, const char *v)
{
	struct languages *l = ctx;
	struct sheet *s = l->sheet;
	if (strlen(v) >= LANGUAGE_SIZE || !is_tag(v))
		COMPLAIN(l->in, g, "languages: \"%.40s\" is no tag of a language: expected one of BCP 47, such as \"fr\"", v);
	else if (s->language_count == LANGUAGES_MAX)
		COMPLAIN(l->in, g, "languages: expected at most %d", LANGUAGES_MAX);
	else if (sheet_language_of_tag(s, v) >= 0)
		COMPLAIN(l->in, g, "languages: \"%s\" is there already", v);
	else
		strcpy(s->languages[s->language_count++], v);
}

void sheet_load_languages(const struct settings *f, struct sheet *s, const config_setting_t *root)
{
	struct languages l = {f, s};
	settings_text(f, root, "version", false, s->version, sizeof s->version);
	settings_each(f, root, "languages", take_language, &l);
	s->languages_declared = s->language_count > 0;
	if (!s->languages_declared)
		strcpy(s->languages[s->language_count++], "und");
}

int sheet_tag_of(const struct settings *f, const struct sheet *s, const config_setting_t *tagged)
{
	const char *words[LANGUAGES_MAX], *tag = config_setting_name(tagged);
	char hint[64];
	int found = sheet_language_of_tag(s, tag);
	if (found >= 0)
		return found;
	for (size_t i = 0; i < s->language_count; i++)
		words[i] = s->languages[i];
	settings_hint(hint, tag, words, s->languages_declared ? s->language_count : 0);
	COMPLAIN(f, tagged, "language \"%.16s\" is not declared in languages = (\"fr\", …)%s", tag, hint);
	return -1;
}

// ---- texts ----------------------------------------------------------------------------------------------------

static const struct tagged *keep(struct sheet *s, enum text_kind kind, int index, int language, const char *text,
	int line)
{
	if (s->text_count == s->text_room) {
		s->text_room = s->text_room ? s->text_room * 2 : 64;
		s->texts = realloc(s->texts, s->text_room * sizeof *s->texts);
		BUG_IF(!s->texts);
	}
	struct tagged *t = &s->texts[s->text_count++];
	*t = (struct tagged){strdup(text), index, line, (uint8_t)kind, (uint8_t)language};
	BUG_IF(!t->text);
	return t;
}

static void load_text(const struct settings *f, struct sheet *s, const config_setting_t *group,
	const config_setting_t *member, enum text_kind kind, int index, int language, take_text *take, void *ctx)
{
	const size_t room[] = {[TEXT_NAME] = NAME_SIZE, [TEXT_COVER] = TOKEN_SIZE, [TEXT_PHRASE] = PHRASE_ROOM};
	const char *key = config_setting_name(member);
	char text[NAME_SIZE];
	if (!settings_text(f, group, key, true, text, room[kind]))
		return;
	const struct tagged *kept = keep(s, kind, index, language, text, settings_line(member));
	if (take)
		take(ctx, kept);
}

void sheet_load_texts(const struct settings *f, struct sheet *s, const config_setting_t *group, const char *key,
	enum text_kind kind, int index, take_text *take, void *ctx)
{
	const config_setting_t *m = config_setting_get_member(group, key);
	if (!m)
		return;
	if (kind == TEXT_NAME && !config_setting_is_group(m)) {
		COMPLAIN(f, m, "%s: expected a group { bm = \"…\"; ff = \"…\"; }", key);
		return;
	}
	if (!config_setting_is_group(m)) {
		load_text(f, s, group, m, kind, index, 0, take, ctx);
		return;
	}
	for (int i = 0; i < config_setting_length(m); i++) {
		const config_setting_t *e = config_setting_get_elem(m, (unsigned)i);
		int language = sheet_tag_of(f, s, e);
		if (kind == TEXT_NAME && language == 0)
			COMPLAIN(f, e, "the name in \"%s\", the first language, is name = \"…\"", s->languages[0]);
		else if (language >= 0)
			load_text(f, s, m, e, kind, index, language, take, ctx);
	}
}

struct market {
	struct sheet *sheet;
	int language;
};

static void take_market(void *ctx, const config_setting_t *g, const char *v)
{
	const struct market *m = ctx;
	keep(m->sheet, TEXT_MARKET, 0, m->language, v, settings_line(g));
}

void sheet_load_market(const struct settings *f, struct sheet *s, const config_setting_t *root)
{
	const config_setting_t *market = config_setting_get_member(root, "market");
	if (market && !config_setting_is_group(market))
		COMPLAIN(f, market, "market: expected a group { fr = (\"…\", \"…\"); }");
	for (int i = 0; market && config_setting_is_group(market) && i < config_setting_length(market); i++) {
		const config_setting_t *words = config_setting_get_elem(market, (unsigned)i);
		struct market m = {s, sheet_tag_of(f, s, words)};
		if (m.language >= 0)
			settings_each(f, market, config_setting_name(words), take_market, &m);
	}
}

void sheet_load_phrases(const struct settings *f, struct sheet *s, const config_setting_t *root)
{
	const config_setting_t *card = config_setting_get_member(root, "card");
	if (card && !config_setting_is_group(card))
		COMPLAIN(f, card, "card: expected a group { what = { fr = \"…\"; }; }");
	if (!card || !config_setting_is_group(card))
		return;
	settings_find_unknown(f, card, phrase_keys, PHRASE_END_);
	for (int i = 0; i < PHRASE_END_; i++)
		sheet_load_texts(f, s, card, phrase_keys[i], TEXT_PHRASE, i, NULL, NULL);
}

// ---- look-up --------------------------------------------------------------------------------------------------

const char *sheet_version(const struct sheet *s)
{
	return s->version;
}

size_t sheet_languages(const struct sheet *s)
{
	return s->language_count;
}

const char *sheet_language(const struct sheet *s, size_t language)
{
	BUG_IF(language >= s->language_count);
	return s->languages[language];
}

int sheet_language_of_tag(const struct sheet *s, const char *tag)
{
	for (size_t i = 0; i < s->language_count; i++)
		if (!strcmp(s->languages[i], tag))
			return (int)i;
	return -1;
}

const struct tagged *sheet_text(const struct sheet *s, enum text_kind kind, int index, size_t language)
{
	for (size_t i = 0; i < s->text_count; i++) {
		const struct tagged *t = &s->texts[i];
		if (t->kind == kind && t->index == index && t->language == language)
			return t;
	}
	return NULL;
}

static const char *text_or_null(const struct tagged *t)
{
	return t ? t->text : NULL;
}

const char *sheet_event_name(const struct sheet *s, size_t event, size_t language)
{
	BUG_IF(event >= s->event_count);
	return language == 0 ? s->events[event].name : text_or_null(sheet_text(s, TEXT_NAME, (int)event, language));
}

const char *sheet_event_cover(const struct sheet *s, size_t event, size_t language)
{
	return text_or_null(sheet_text(s, TEXT_COVER, (int)event, language));
}

const char *sheet_phrase(const struct sheet *s, enum phrase phrase, size_t language)
{
	return text_or_null(sheet_text(s, TEXT_PHRASE, (int)phrase, language));
}

bool sheet_covered(const struct sheet *s)
{
	for (size_t i = 0; i < s->text_count; i++)
		if (s->texts[i].kind == TEXT_COVER)
			return true;
	return false;
}

bool sheet_is_typed(const char *text)
{
	char folded[TOKEN_SIZE];
	text_fold(text, folded);
	return *folded && !strchr(folded, '?');
}
