// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/sheet_file.h"

#define PHRASE_TOKENS 3
#define CYCLE_MAX 100 // a longer one is told as areas of a wrong level

struct loader {
	struct settings in;
	struct sheet *sheet;
	enum word_kind kind; // of the words that are being read, and whose they are
	int index;
	uint8_t language; // and one
	bool parents_wrong;
};

// ---- words ----------------------------------------------------------------------------------------------------

static bool without_letters(const char *folded)
{
	return strspn(folded, "0123456789") == strlen(folded);
}

static void add_word(struct loader *l, const char *text, int line, bool name)
{
	struct sheet *s = l->sheet;
	struct word w = {.kind = l->kind, .index = l->index, .line = line, .name = name, .language = l->language, .spoken = l->language};
	text_fold(text, w.text);
	// A name without letters would be a number, one in another script is for people to read.
	if (name && (without_letters(w.text) || strchr(w.text, '?')))
		return;
	if (s->word_count == s->word_room) {
		s->word_room = s->word_room ? s->word_room * 2 : 256;
		s->words = realloc(s->words, s->word_room * sizeof *s->words);
		BUG_IF(!s->words);
	}
	s->words[s->word_count++] = w;
}

static void take_word(void *ctx, const config_setting_t *g, const char *v)
{
	struct loader *l = ctx;
	struct token tokens[PHRASE_TOKENS + 1];
	char folded[TOKEN_SIZE];
	size_t n = text_tokens(v, strlen(v), tokens, PHRASE_TOKENS + 1), octets = 0;
	for (size_t i = 0; i < n; i++)
		octets += strlen(tokens[i].text) + tokens[i].overlong;
	text_fold(v, folded);
	if (n > PHRASE_TOKENS || octets >= TOKEN_SIZE)
		COMPLAIN(&l->in, g, "words: \"%.60s\" is never found: expected at most %d words and %d letters", v,
			PHRASE_TOKENS, TOKEN_SIZE - 1);
	else if (without_letters(folded))
		COMPLAIN(&l->in, g, "words: \"%.60s\" has no letter: it would be read as a number", v);
	else if (strchr(folded, '?'))
		COMPLAIN(&l->in, g, "words: \"%.60s\" has a letter that is not read: expected Latin letters", v);
	else
		add_word(l, v, settings_line(g), false);
}

// `key` of `g`: words of any language, or { fr = ("…"); bm = ("…"); }.
static void take_words(struct loader *l, const config_setting_t *g, const char *key)
{
	const config_setting_t *by_language = config_setting_get_member(g, key);
	l->language = 0;
	if (!by_language || !config_setting_is_group(by_language)) {
		settings_each(&l->in, g, key, take_word, l);
		return;
	}
	for (int i = 0; i < config_setting_length(by_language); i++) {
		const config_setting_t *words = config_setting_get_elem(by_language, (unsigned)i);
		l->language = (uint8_t)(sheet_tag_of(&l->in, l->sheet, words) + 1);
		settings_each(&l->in, by_language, config_setting_name(words), take_word, l);
	}
	l->language = 0;
}

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int d = strcmp(x->text, y->text);
	d = d ? d : x->kind != y->kind ? (int)x->kind - (int)y->kind : x->index - y->index;
	return d ? d : x->line - y->line;
}

// A place and the area it is the seat of bear one name: the word then means the area, which holds both.
static int settle(const struct sheet *s, const struct word *a, const struct word *b)
{
	if (a->kind != WORD_PLACE || b->kind != WORD_PLACE)
		return -1;
	if (sheet_place_inside(s, a->index, b->index))
		return b->index;
	if (sheet_place_inside(s, b->index, a->index))
		return a->index;
	return -1;
}

static void join_same_word(struct loader *l, struct word *kept, const struct word *w)
{
	int joint = settle(l->sheet, kept, w);
	int first = kept->line < w->line ? kept->line : w->line, last = kept->line < w->line ? w->line : kept->line;
	kept->spoken = kept->spoken == w->spoken ? kept->spoken : 0;
	if (kept->kind == w->kind && kept->index == w->index)
		return;
	if (joint >= 0)
		kept->index = joint;
	else if (!l->parents_wrong || kept->kind != WORD_PLACE || w->kind != WORD_PLACE) // else it may be the seat
		problem_add(l->in.problems, l->in.file, last, false, "the word \"%s\" means something else in line %d",
			w->text, first);
}

static int compare_word_ends(const void *a, const void *b, void *ctx)
{
	const struct word *words = ctx;
	int d = compare_ends(words[*(const int *)a].text, words[*(const int *)b].text, TOKEN_SIZE);
	return d ? d : *(const int *)a - *(const int *)b;
}

static void sort_words(struct loader *l)
{
	struct sheet *s = l->sheet;
	size_t kept = 0;
	if (s->word_count)
		qsort(s->words, s->word_count, sizeof *s->words, compare_words);
	for (size_t i = 0; i < s->word_count; i++) {
		struct word *w = &s->words[i];
		bool code = sheet_event_of_code(s, w->text) >= 0 || sheet_place_of_code(s, w->text) >= 0;
		if (code && !w->name)
			problem_add(l->in.problems, l->in.file, w->line, false, "the word \"%s\" is also a code", w->text);
		else if (kept && !strcmp(s->words[kept - 1].text, w->text))
			join_same_word(l, &s->words[kept - 1], w);
		else if (!code)
			s->words[kept++] = *w;
	}
	s->word_count = kept;
	s->by_end = calloc(kept + 1, sizeof *s->by_end);
	BUG_IF(!s->by_end);
	for (size_t i = 0; i < kept; i++)
		s->by_end[i] = (int)i;
	qsort_r(s->by_end, kept, sizeof *s->by_end, compare_word_ends, s->words);
}

// ---- events ---------------------------------------------------------------------------------------------------

static void load_event(struct loader *l, const config_setting_t *g, struct event *e)
{
	static const char *const known[] = {"code", "name", "kind", "severity", "restricted", "perpetrator", "words",
		"names", "cover", "pictogram"};
	char kind[24], side[24], hint[64];
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	e->line = settings_line(g);
	settings_text(&l->in, g, "code", true, e->code, sizeof e->code);
	settings_text(&l->in, g, "name", true, e->name, sizeof e->name);
	if (*e->code && (strlen(e->code) != 2 || !isupper((unsigned char)e->code[0]) || strchr("IOL", e->code[0]) ||
				!isdigit((unsigned char)e->code[1])))
		COMPLAIN(&l->in, settings_at(g, "code"),
			"code \"%s\": expected a capital letter (not I, L, O) and a digit, such as A3", e->code);
	e->severity = settings_number(&l->in, g, "severity", 3, 1, 5);
	e->restricted = settings_flag(&l->in, g, "restricted", 0) == 1;
	if (settings_text(&l->in, g, "kind", false, kind, sizeof kind)) {
		while (e->kind < KIND_END_ && strcmp(kind, event_kind_names[e->kind]))
			e->kind++;
		settings_hint(hint, kind, event_kind_names, KIND_END_);
		if (e->kind == KIND_END_)
			COMPLAIN(&l->in, settings_at(g, "kind"), "kind \"%s\" is unknown%s", kind, hint);
	}
	if (settings_text(&l->in, g, "perpetrator", false, side, sizeof side)) {
		e->uniformed = !strcmp(side, "uniformed");
		if (!e->uniformed && strcmp(side, "any"))
			COMPLAIN(&l->in, settings_at(g, "perpetrator"),
				"perpetrator \"%s\": expected \"any\" or \"uniformed\"", side);
	}
}

static void load_pictogram(struct loader *l, const config_setting_t *g, struct event *e)
{
	char name[24], hint[64];
	if (!settings_text(&l->in, g, "pictogram", false, name, sizeof name))
		return;
	while (e->pictogram < PICTOGRAM_END_ && strcmp(name, pictogram_names[e->pictogram]) != 0)
		e->pictogram++;
	settings_hint(hint, name, pictogram_names, PICTOGRAM_END_);
	if (e->pictogram == PICTOGRAM_END_)
		COMPLAIN(&l->in, settings_at(g, "pictogram"), "pictogram \"%s\" is unknown%s", name, hint);
}

// Who copies from a card copies what is printed there: it is read as a word of its event.
static void take_printed(void *ctx, const struct tagged *t)
{
	struct loader *l = ctx;
	struct token tokens[PHRASE_TOKENS + 1];
	if (!sheet_is_typed(t->text))
		return;
	if (text_tokens(t->text, strlen(t->text), tokens, PHRASE_TOKENS + 1) > PHRASE_TOKENS) {
		if (t->kind == TEXT_COVER)
			problem_add(l->in.problems, l->in.file, t->line, false,
				"cover: \"%.60s\" is never found: expected at most %d words", t->text, PHRASE_TOKENS);
		return;
	}
	l->language = (uint8_t)(t->language + 1);
	add_word(l, t->text, t->line, t->kind == TEXT_NAME);
	l->language = 0;
}

static void load_events(struct loader *l, const config_setting_t *root)
{
	const config_setting_t *list = settings_list(&l->in, root, "events", true);
	int n = list ? config_setting_length(list) : 0;
	l->kind = WORD_EVENT;
	l->sheet->events = calloc((size_t)n + 1, sizeof *l->sheet->events);
	BUG_IF(!l->sheet->events);
	if (list && n == 0)
		COMPLAIN(&l->in, list, "events: expected at least one");
	for (int i = 0; i < n; i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		struct event *e = &l->sheet->events[i];
		load_event(l, g, e);
		int other = *e->code ? sheet_event_of_code(l->sheet, e->code) : -1;
		if (other >= 0)
			COMPLAIN(&l->in, settings_at(g, "code"), "code \"%s\" is the event of line %d already", e->code,
				l->sheet->events[other].line);
		l->sheet->event_count++;
		l->index = i;
		add_word(l, e->name, e->line, true);
		take_words(l, g, "words");
		load_pictogram(l, g, e);
		sheet_load_texts(&l->in, l->sheet, g, "names", TEXT_NAME, i, take_printed, l);
		sheet_load_texts(&l->in, l->sheet, g, "cover", TEXT_COVER, i, take_printed, l);
	}
}

// ---- places ---------------------------------------------------------------------------------------------------

static const char *const levels[] = {"region", "cercle", "commune", "village"};

static int level_rank(const char *level)
{
	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++)
		if (!strcmp(level, levels[i]))
			return (int)i;
	return -1;
}

static void check_place_code(struct loader *l, const config_setting_t *g, const char *code)
{
	char digits[CODE_SIZE] = {0};
	size_t n = strlen(code);
	memcpy(digits, code, n - 1);
	if (n < 2 || n > 7 || strspn(code, "0123456789") != n - 1 || code[0] == '0')
		COMPLAIN(&l->in, settings_at(g, "code"), "code \"%s\": expected digits and a check letter, such as 12%c",
			code, place_check_letter("12"));
	else if (code[n - 1] != place_check_letter(digits))
		COMPLAIN(&l->in, settings_at(g, "code"), "code \"%s\": the check letter is wrong; expected \"%s%c\"", code,
			digits, place_check_letter(digits));
}

static void get_language(struct loader *l, const config_setting_t *g, struct place *p)
{
	char tag[LANGUAGE_SIZE];
	if (!settings_text(&l->in, g, "language", false, tag, sizeof tag))
		return;
	int language = sheet_language_of_tag(l->sheet, tag);
	if (language < 0)
		COMPLAIN(&l->in, settings_at(g, "language"), "language \"%s\": expected one of languages = (…)", tag);
	p->language = (uint8_t)(language + 1);
}

static void load_place(struct loader *l, const config_setting_t *g, struct place *p, char parent[static 16])
{
	static const char *const known[] = {"code", "pcode", "name", "level", "parent", "k", "lat", "lon", "words", "language"};
	char hint[64];
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	p->line = settings_line(g);
	p->parent = -1;
	if (settings_text(&l->in, g, "code", true, p->code, sizeof p->code))
		check_place_code(l, g, p->code);
	settings_text(&l->in, g, "pcode", true, p->pcode, sizeof p->pcode);
	settings_text(&l->in, g, "name", true, p->name, sizeof p->name);
	settings_text(&l->in, g, "level", true, p->level, sizeof p->level);
	settings_text(&l->in, g, "parent", false, parent, 16);
	int rank = level_rank(p->level);
	settings_hint(hint, p->level, levels, ARRAY_LENGTH(levels));
	if (*p->level && rank < 0)
		COMPLAIN(&l->in, settings_at(g, "level"),
			"level \"%s\": expected region, cercle, commune or village%s", p->level, hint);
	if (rank > 0 && !config_setting_get_member(g, "parent"))
		COMPLAIN(&l->in, g, "place \"%s\" has no area: expected parent = the p-code of its %s", p->name,
			levels[rank - 1]);
	get_language(l, g, p);
	p->k = settings_number(&l->in, g, "k", 0, 0, 100000000);
	p->lat = settings_degrees(&l->in, g, "lat", 90);
	p->lon = settings_degrees(&l->in, g, "lon", 180);
}

static int compare_places(const void *a, const void *b, void *ctx)
{
	const struct place *places = ctx;
	int i = *(const int *)a, k = *(const int *)b;
	unsigned long x = place_digits(places[i].code), y = place_digits(places[k].code);
	return x != y ? (x > y) - (x < y) : i - k;
}

static int compare_pcodes(const void *a, const void *b, void *ctx)
{
	const struct place *places = ctx;
	int i = *(const int *)a, k = *(const int *)b, d = strcmp(places[i].pcode, places[k].pcode);
	return d ? d : i - k;
}

static void place_problem(struct loader *l, const struct place *p, const char *what, const char *value,
	const struct place *other)
{
	problem_add(l->in.problems, l->in.file, p->line, false, "%s \"%s\" is the place of line %d already", what, value,
		other->line);
}

// Every area is of a higher level than what is in it. That also rules out cycles, which are named as what they are.
static void check_parent(struct loader *l, int i)
{
	struct place *places = l->sheet->places, *p = &places[i];
	int top = p->parent;
	bool first = true; // of its cycle
	for (int n = 0; n < CYCLE_MAX && top >= 0 && top != i; n++, top = places[top].parent)
		first &= top > i;
	if (top == i && !first)
		return; // told at its first place
	if (top == i)
		problem_add(l->in.problems, l->in.file, p->line, false, "place \"%s\" is inside itself: a cycle of parents",
			p->name);
	else if (p->parent >= 0 && level_rank(places[p->parent].level) >= level_rank(p->level) && level_rank(p->level) >= 0)
		problem_add(l->in.problems, l->in.file, p->line, false, "%s \"%s\" cannot be inside %s \"%s\"", p->level,
			p->name, places[p->parent].level, places[p->parent].name);
	else
		return;
	l->parents_wrong = true;
}

static void join_parents(struct loader *l, const char (*parents)[16])
{
	struct sheet *s = l->sheet;
	int *sorted = s->by_pcode = calloc(s->place_count + 1, sizeof *sorted);
	BUG_IF(!sorted);
	for (size_t i = 0; i < s->place_count; i++)
		sorted[i] = (int)i;
	qsort_r(sorted, s->place_count, sizeof *sorted, compare_pcodes, s->places);
	for (size_t i = 1; i < s->place_count; i++) {
		const struct place *a = &s->places[sorted[i - 1]], *b = &s->places[sorted[i]];
		if (*a->pcode && !strcmp(a->pcode, b->pcode))
			place_problem(l, b, "p-code", b->pcode, a);
	}
	for (size_t i = 0; i < s->place_count; i++) {
		s->places[i].parent = *parents[i] ? sheet_place_of_pcode(s, parents[i]) : -1;
		if (!*parents[i] || s->places[i].parent >= 0)
			continue;
		l->parents_wrong = true;
		problem_add(l->in.problems, l->in.file, s->places[i].line, false,
			"parent \"%s\": no place has this p-code (scheme %s)", parents[i], s->scheme);
	}
	for (size_t i = 0; i < s->place_count; i++)
		check_parent(l, (int)i);
	for (size_t i = 0; l->parents_wrong && i < s->place_count; i++)
		s->places[i].parent = -1; // nothing is loaded, and no walk meets a cycle
}

static void sort_places(struct loader *l)
{
	struct sheet *s = l->sheet;
	for (size_t i = 0; i < s->place_count; i++)
		s->by_digits[i] = (int)i;
	qsort_r(s->by_digits, s->place_count, sizeof *s->by_digits, compare_places, s->places);
	for (size_t i = 1; i < s->place_count; i++) {
		const struct place *a = &s->places[s->by_digits[i - 1]], *b = &s->places[s->by_digits[i]];
		if (place_digits(a->code) && place_digits(a->code) == place_digits(b->code))
			place_problem(l, b, "code", b->code, a);
	}
}

static void load_places(struct loader *l, const config_setting_t *root)
{
	const config_setting_t *list = settings_list(&l->in, root, "places", true);
	struct sheet *s = l->sheet;
	int n = list ? config_setting_length(list) : 0;
	l->kind = WORD_PLACE;
	s->places = calloc((size_t)n + 1, sizeof *s->places);
	s->by_digits = calloc((size_t)n + 1, sizeof *s->by_digits);
	cleanup_free char(*parents)[16] = calloc((size_t)n + 1, sizeof *parents);
	BUG_IF(!s->places || !s->by_digits || !parents);
	if (list && n == 0)
		COMPLAIN(&l->in, list, "places: expected at least one");
	for (int i = 0; i < n; i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		load_place(l, g, &s->places[i], parents[i]);
		s->place_count++;
		l->index = i;
		add_word(l, s->places[i].name, s->places[i].line, true);
		take_words(l, g, "words");
	}
	sort_places(l);
	join_parents(l, (const char(*)[16])parents);
}

// ---- the file -------------------------------------------------------------------------------------------------

static void load_words(struct loader *l, const config_setting_t *root, const char *key, enum word_kind kind)
{
	l->kind = kind;
	l->index = 0;
	take_words(l, root, key);
}

// numbers = ( { value = 40; words = ("quarante", "forty"); }, … )
static void load_numbers(struct loader *l, const config_setting_t *root)
{
	static const char *const known[] = {"value", "words"};
	const config_setting_t *list = settings_list(&l->in, root, "numbers", false);
	int n = list ? config_setting_length(list) : 0;
	l->kind = WORD_NUMBER;
	for (int i = 0; i < n; i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
		l->index = settings_number(&l->in, g, "value", 0, 1, 10000);
		if (!l->index)
			COMPLAIN(&l->in, g, "a number without its value: expected value = 1 to 10000");
		take_words(l, g, "words");
	}
}

static void load_all(struct loader *l, const config_t *file)
{
	static const char *const known[] = {"name", "scheme", "events", "places", "fillers", "doubts", "duress", "numbers", "version",
		"languages", "market", "card", "valid", "areas"};
	const config_setting_t *root = config_root_setting(file);
	settings_find_unknown(&l->in, root, known, ARRAY_LENGTH(known));
	settings_text(&l->in, root, "name", true, l->sheet->name, sizeof l->sheet->name);
	settings_text(&l->in, root, "scheme", true, l->sheet->scheme, sizeof l->sheet->scheme);
	sheet_load_languages(&l->in, l->sheet, root);
	load_events(l, root);
	load_places(l, root);
	sheet_load_validity(&l->in, l->sheet, root);
	load_words(l, root, "fillers", WORD_FILLER);
	load_words(l, root, "doubts", WORD_DOUBT);
	load_words(l, root, "duress", WORD_DURESS);
	load_numbers(l, root);
	sheet_load_market(&l->in, l->sheet, root);
	sheet_load_phrases(&l->in, l->sheet, root);
	sort_words(l);
	sheet_sort_latitudes(l->sheet);
}

static enum error load_sheet(const char *name, const char *text, size_t size, struct problems *problems, struct sheet **out)
{
	struct sheet *s = calloc(1, sizeof *s);
	struct loader l = {.in = {.file = name, .problems = problems, .text = text, .size = size}, .sheet = s};
	size_t before = problems->errors;
	config_t file;
	BUG_IF(!s);
	config_init(&file);
	if (settings_read(&l.in, &file))
		load_all(&l, &file);
	config_destroy(&file);
	settings_finish(&l.in);
	if (problems->errors > before) {
		sheet_destroy(s);
		return ERROR_ARGUMENT;
	}
	*out = s;
	return OK;
}

enum error sheet_load(const char *path, struct problems *problems, struct sheet **out)
{
	return load_sheet(path, NULL, 0, problems, out);
}

enum error sheet_load_text(const char *name, const char *text, size_t size, struct problems *problems,
	struct sheet **out)
{
	return load_sheet(name, text, size, problems, out);
}
