// SPDX-License-Identifier: GPL-2.0-or-later
// One person with three telephones in one place is not three witnesses. Nobody can prove it from texts; nearly the same
// words within minutes are worth a note, and the count stays what it is. Codes alone are no words: everybody's card has
// the same.
#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/triage.h"

#define WITHIN_S 900
#define WORDS_MIN 4     // fewer are what anybody would write
#define LETTERS_MIN 3
#define SAME_OF_FOUR 3  // words in common of all words of both, in quarters

static uint32_t hash_of(const char *word)
{
	uint32_t h = 2166136261u; // FNV-1a: in guarded memory, of today's texts
	for (; *word; word++)
		h = (h ^ (uint8_t)*word) * 16777619u;
	return h;
}

static bool is_word(const struct token *t)
{
	return strlen(t->text) >= LETTERS_MIN && !strpbrk(t->text, "0123456789");
}

static bool has_word(const struct voice *v, uint32_t word)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->words[i] == word)
			return true;
	return false;
}

void triage_voice_of(const char *text, size_t size, struct voice *out)
{
	struct token tokens[TOKENS_MAX];
	size_t n = text_tokens(text, size, tokens, TOKENS_MAX);
	out->count = 0;
	for (size_t i = 0; i < n && out->count < VOICE_WORDS; i++) {
		uint32_t word = hash_of(tokens[i].text);
		if (is_word(&tokens[i]) && !has_word(out, word))
			out->words[out->count++] = word;
	}
	sodium_memzero(tokens, n * sizeof tokens[0]);
}

static bool sounds_like(const struct voice *a, const struct voice *b)
{
	size_t common = 0;
	for (size_t i = 0; i < a->count; i++)
		common += has_word(b, a->words[i]);
	return common * 4 >= SAME_OF_FOUR * (size_t)(a->count + b->count - common);
}

const struct voice *triage_voice_same(const struct triage *t, const struct voice *v)
{
	const struct triage_voices *all = &t->keys->voices;
	if (v->count < WORDS_MIN || v->vouched)
		return NULL;
	for (size_t i = 0; i < VOICES_MAX; i++) {
		const struct voice *other = &all->list[i];
		bool there = other->place >= 0 ? other->place == v->place : other->incident && other->incident == v->incident;
		if (other->count < WORDS_MIN || other->vouched || !there || llabs(other->at - v->at) > WITHIN_S)
			continue;
		if (memcmp(other->who, v->who, sizeof v->who) != 0 && sounds_like(other, v))
			return other;
	}
	return NULL;
}

void triage_voice_keep(struct triage *t, const struct voice *v)
{
	struct triage_voices *all = &t->keys->voices;
	if (v->count >= WORDS_MIN)
		all->list[all->turn++ % VOICES_MAX] = *v;
}
