// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sheet.h"

#include <ctype.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"

#define SLIP_LETTERS 6

struct word {
	char text[TOKEN_SIZE];
	enum word_kind kind;
	int index;
};

struct sheet {
	char name[NAME_SIZE], scheme[32];
	struct event *events;
	struct place *places;
	struct word *words; // sorted by text
	size_t event_count, place_count, word_count, word_room;
	int *by_digits; // place indices sorted by digits
};

static const char *const kind_names[KIND_END_] = {"alert", "all_quiet", "test", "cancel", "correct", "call_me"};

const char *event_kind_name(enum event_kind k)
{
	return (unsigned)k < KIND_END_ ? kind_names[k] : "?";
}

char place_check_letter(const char *digits)
{
	static const char letters[] = "ABCDEFGHJKMNPQRSTUVWXYZ"; // 23: no I, L, O
	unsigned sum = 0, weight = 2;
	for (size_t i = strlen(digits); i-- > 0; weight++)
		sum += (unsigned)(digits[i] - '0') * weight;
	return letters[sum % 23];
}

// ---- look-up --------------------------------------------------------------------------------------------------

const char *sheet_name(const struct sheet *s)
{
	return s->name;
}

const char *sheet_scheme(const struct sheet *s)
{
	return s->scheme;
}

size_t sheet_events(const struct sheet *s, const struct event **list)
{
	*list = s->events;
	return s->event_count;
}

size_t sheet_places(const struct sheet *s, const struct place **list)
{
	*list = s->places;
	return s->place_count;
}

int sheet_event_of_code(const struct sheet *s, const char *code)
{
	for (size_t i = 0; i < s->event_count; i++)
		if (!strcasecmp(s->events[i].code, code))
			return (int)i;
	return -1;
}

static unsigned long digits_of(const char *code)
{
	return strtoul(code, NULL, 10);
}

int sheet_place_of_digits(const struct sheet *s, const char *digits)
{
	unsigned long want = digits_of(digits);
	size_t low = 0, high = s->place_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		unsigned long have = digits_of(s->places[s->by_digits[mid]].code);
		if (have == want)
			return s->by_digits[mid];
		if (have < want)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

int sheet_place_of_code(const struct sheet *s, const char *code)
{
	char digits[CODE_SIZE];
	size_t n = strlen(code);
	if (n < 2 || n >= CODE_SIZE || strspn(code, "0123456789") != n - 1)
		return -1;
	memcpy(digits, code, n - 1);
	digits[n - 1] = 0;
	return toupper((unsigned char)code[n - 1]) == place_check_letter(digits) ? sheet_place_of_digits(s, digits) : -1;
}

int sheet_place_of_pcode(const struct sheet *s, const char *pcode)
{
	for (size_t i = 0; i < s->place_count; i++)
		if (!strcmp(s->places[i].pcode, pcode))
			return (int)i;
	return -1;
}

bool sheet_place_within(const struct sheet *s, int place, const char *pcode)
{
	for (int depth = 0; place >= 0 && depth < 8; depth++, place = s->places[place].parent)
		if (!strcmp(s->places[place].pcode, pcode))
			return true;
	return false;
}

int sheet_place_at_level(const struct sheet *s, int place, const char *level)
{
	for (int depth = 0; place >= 0 && depth < 8; depth++, place = s->places[place].parent)
		if (!strcmp(s->places[place].level, level))
			return place;
	return -1;
}

static size_t lower_bound(const struct sheet *s, const char *text)
{
	size_t low = 0, high = s->word_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(s->words[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct word_match sheet_word(const struct sheet *s, const char *folded, bool allow_slip)
{
	struct word_match found = {WORD_NONE, -1, false};
	size_t at = lower_bound(s, folded);
	if (at < s->word_count && !strcmp(s->words[at].text, folded))
		return (struct word_match){s->words[at].kind, s->words[at].index, false};
	if (!allow_slip || strlen(folded) < SLIP_LETTERS || strpbrk(folded, "0123456789"))
		return found;
	for (size_t i = 0; i < s->word_count; i++) {
		const struct word *w = &s->words[i];
		if (strlen(w->text) < SLIP_LETTERS || edit_distance(folded, w->text, 1) > 1)
			continue;
		if (found.kind != WORD_NONE && (found.kind != w->kind || found.index != w->index))
			return (struct word_match){WORD_NONE, -1, false}; // two words are as near: never guessed
		found = (struct word_match){w->kind, w->index, true};
	}
	return found;
}

// ---- loading --------------------------------------------------------------------------------------------------

struct loader {
	struct sheet *sheet;
	const char *file;
	struct problems *problems;
};

#define COMPLAIN(l, s, ...) problem_add((l)->problems, (l)->file, (int)config_setting_source_line(s), false, __VA_ARGS__)
#define WARN(l, s, ...) problem_add((l)->problems, (l)->file, (int)config_setting_source_line(s), true, __VA_ARGS__)

static void find_unknown(struct loader *l, const config_setting_t *group, const char *const *known, size_t count)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(s), *near;
		bool found = false;
		for (size_t k = 0; k < count; k++)
			found |= !strcmp(name, known[k]);
		if (found)
			continue;
		near = nearest_word(name, known, count);
		COMPLAIN(l, s, "unknown key \"%.40s\"%s%s%s", name, near ? "; did you mean \"" : "", near ? near : "",
			near ? "\"?" : "");
	}
}

static bool get_text(struct loader *l, const config_setting_t *group, const char *key, bool needed, char *out,
	size_t room)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	const char *v = s ? config_setting_get_string(s) : NULL;
	out[0] = 0;
	if (!s && !needed)
		return false;
	if (!s)
		COMPLAIN(l, group, "%s is missing: expected a text", key);
	else if (!v)
		COMPLAIN(l, s, "%s: expected a text in quotes", key);
	else if (strlen(v) >= room || !*v)
		COMPLAIN(l, s, "%s: expected 1 to %zu octets", key, room - 1);
	else
		memcpy(out, v, strlen(v) + 1);
	return v != NULL;
}

static int get_number(struct loader *l, const config_setting_t *group, const char *key, int otherwise, int min, int max)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (!s)
		return otherwise;
	if (config_setting_type(s) != CONFIG_TYPE_INT)
		COMPLAIN(l, s, "%s: expected a whole number", key);
	int v = config_setting_get_int(s);
	if (v < min || v > max)
		COMPLAIN(l, s, "%s: expected %d to %d, found %d", key, min, max, v);
	return v;
}

static bool get_flag(struct loader *l, const config_setting_t *group, const char *key)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (s && config_setting_type(s) != CONFIG_TYPE_BOOL)
		COMPLAIN(l, s, "%s: expected true or false", key);
	return s && config_setting_get_bool(s);
}

static void add_word(struct loader *l, const char *text, enum word_kind kind, int index)
{
	struct sheet *s = l->sheet;
	if (s->word_count == s->word_room) {
		s->word_room = s->word_room ? s->word_room * 2 : 256;
		s->words = realloc(s->words, s->word_room * sizeof *s->words);
		BUG_IF(!s->words);
	}
	struct word *w = &s->words[s->word_count++];
	*w = (struct word){.kind = kind, .index = index};
	text_fold(text, w->text);
	if (!*w->text || strspn(w->text, "0123456789") == strlen(w->text))
		s->word_count--; // a word without letters would be a number
}

static void get_words(struct loader *l, const config_setting_t *group, enum word_kind kind, int index)
{
	const config_setting_t *list = config_setting_get_member(group, "words");
	if (!list)
		return;
	if (!config_setting_is_list(list) && !config_setting_is_array(list)) {
		COMPLAIN(l, list, "words: expected a list of texts");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *v = config_setting_get_string_elem(list, i);
		if (v)
			add_word(l, v, kind, index);
		else
			COMPLAIN(l, list, "words: expected texts in quotes");
	}
}

static void load_event(struct loader *l, const config_setting_t *g, struct event *e)
{
	static const char *const known[] = {"code", "name", "kind", "severity", "restricted", "perpetrator", "words"};
	static const char *const sides[] = {"any", "uniformed"};
	char kind[24], side[24];
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	e->line = (int)config_setting_source_line(g);
	get_text(l, g, "code", true, e->code, sizeof e->code);
	get_text(l, g, "name", true, e->name, sizeof e->name);
	if (*e->code && (strlen(e->code) != 2 || !isupper((unsigned char)e->code[0]) || strchr("IOL", e->code[0]) ||
				!isdigit((unsigned char)e->code[1])))
		COMPLAIN(l, g, "code \"%s\": expected a capital letter (not I, L, O) and a digit, such as A3", e->code);
	e->severity = get_number(l, g, "severity", 3, 1, 5);
	e->restricted = get_flag(l, g, "restricted");
	if (get_text(l, g, "kind", false, kind, sizeof kind)) {
		while (e->kind < KIND_END_ && strcmp(kind, kind_names[e->kind]))
			e->kind++;
		if (e->kind == KIND_END_) {
			const char *near = nearest_word(kind, kind_names, KIND_END_);
			COMPLAIN(l, g, "kind \"%s\" is unknown; did you mean \"%s\"?", kind, near ? near : "alert");
			e->kind = KIND_ALERT;
		}
	}
	if (get_text(l, g, "perpetrator", false, side, sizeof side)) {
		e->uniformed = !strcmp(side, sides[1]);
		if (strcmp(side, sides[0]) && strcmp(side, sides[1]))
			COMPLAIN(l, g, "perpetrator \"%s\": expected \"any\" or \"uniformed\"", side);
	}
}

static void load_place(struct loader *l, const config_setting_t *g, struct place *p, char parent[static 16])
{
	static const char *const known[] = {"code", "pcode", "name", "level", "parent", "k", "lat", "lon", "words"};
	static const char *const levels[] = {"region", "cercle", "commune", "village"};
	bool level_known = false;
	find_unknown(l, g, known, ARRAY_LENGTH(known));
	p->line = (int)config_setting_source_line(g);
	p->parent = -1;
	get_text(l, g, "code", true, p->code, sizeof p->code);
	get_text(l, g, "pcode", true, p->pcode, sizeof p->pcode);
	get_text(l, g, "name", true, p->name, sizeof p->name);
	get_text(l, g, "level", true, p->level, sizeof p->level);
	get_text(l, g, "parent", false, parent, 16);
	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++)
		level_known |= !strcmp(p->level, levels[i]);
	if (*p->level && !level_known)
		COMPLAIN(l, g, "level \"%s\": expected region, cercle, commune or village", p->level);
	if (!*parent && strcmp(p->level, "region"))
		COMPLAIN(l, g, "place \"%s\" has no area: expected parent = the p-code of its %s", p->name,
			!strcmp(p->level, "village") ? "commune" : !strcmp(p->level, "commune") ? "cercle" : "region");
	p->k = get_number(l, g, "k", 0, 0, 100000000);
	config_setting_lookup_float(g, "lat", &p->lat);
	config_setting_lookup_float(g, "lon", &p->lon);
	size_t n = strlen(p->code);
	if (n == 0)
		return;
	char digits[CODE_SIZE] = {0};
	memcpy(digits, p->code, n - 1);
	if (n < 2 || n > 7 || strspn(p->code, "0123456789") != n - 1 || p->code[0] == '0')
		COMPLAIN(l, g, "code \"%s\": expected digits and a check letter, such as 12%c", p->code,
			place_check_letter("12"));
	else if (p->code[n - 1] != place_check_letter(digits))
		COMPLAIN(l, g, "code \"%s\": the check letter is wrong; expected \"%s%c\"", p->code, digits,
			place_check_letter(digits));
}

static void load_events(struct loader *l, const config_t *file)
{
	const config_setting_t *list = config_lookup(file, "events");
	int n = list && config_setting_is_list(list) ? config_setting_length(list) : 0;
	if (n < 1) {
		problem_add(l->problems, l->file, 1, false, "events: expected a list ( { code = \"A1\"; … }, … )");
		return;
	}
	l->sheet->events = calloc((size_t)n, sizeof *l->sheet->events);
	BUG_IF(!l->sheet->events);
	for (int i = 0; i < n; i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		struct event *e = &l->sheet->events[i];
		load_event(l, g, e);
		int other = *e->code ? sheet_event_of_code(l->sheet, e->code) : -1;
		if (other >= 0)
			COMPLAIN(l, g, "code \"%s\" is the event of line %d already", e->code,
				l->sheet->events[other].line);
		l->sheet->event_count++;
		add_word(l, e->name, WORD_EVENT, i);
		get_words(l, g, WORD_EVENT, i);
	}
}

static const struct sheet *sorting;

static int compare_places(const void *a, const void *b)
{
	unsigned long x = digits_of(sorting->places[*(const int *)a].code);
	unsigned long y = digits_of(sorting->places[*(const int *)b].code);
	return (x > y) - (x < y);
}

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int d = strcmp(x->text, y->text);
	return d ? d : x->kind != y->kind ? (int)x->kind - (int)y->kind : x->index - y->index;
}

struct by_pcode {
	const char *pcode;
	int index;
};

static int compare_pcodes(const void *a, const void *b)
{
	return strcmp(((const struct by_pcode *)a)->pcode, ((const struct by_pcode *)b)->pcode);
}

static void join_parents(struct loader *l, const char (*parents)[16])
{
	struct sheet *s = l->sheet;
	cleanup_free struct by_pcode *index = calloc(s->place_count + 1, sizeof *index);
	BUG_IF(!index);
	for (size_t i = 0; i < s->place_count; i++)
		index[i] = (struct by_pcode){s->places[i].pcode, (int)i};
	qsort(index, s->place_count, sizeof *index, compare_pcodes);
	for (size_t i = 1; i < s->place_count; i++)
		if (!strcmp(index[i].pcode, index[i - 1].pcode))
			problem_add(l->problems, l->file, s->places[index[i].index].line, false,
				"p-code \"%s\" is the place of line %d already", index[i].pcode,
				s->places[index[i - 1].index].line);
	for (size_t i = 0; i < s->place_count; i++) {
		struct by_pcode want = {parents[i], 0};
		const struct by_pcode *found = *parents[i] ?
			bsearch(&want, index, s->place_count, sizeof *index, compare_pcodes) :
			NULL;
		if (found && found->index != (int)i)
			s->places[i].parent = found->index;
		else if (*parents[i])
			problem_add(l->problems, l->file, s->places[i].line, false,
				"parent \"%s\": no place has this p-code (scheme %s)", parents[i], s->scheme);
	}
}

static void load_places(struct loader *l, const config_t *file)
{
	const config_setting_t *list = config_lookup(file, "places");
	struct sheet *s = l->sheet;
	int n = list && config_setting_is_list(list) ? config_setting_length(list) : 0;
	if (n < 1) {
		problem_add(l->problems, l->file, 1, false, "places: expected a list ( { code = …; pcode = …; }, … )");
		return;
	}
	s->places = calloc((size_t)n, sizeof *s->places);
	s->by_digits = calloc((size_t)n, sizeof *s->by_digits);
	cleanup_free char(*parents)[16] = calloc((size_t)n, sizeof *parents);
	BUG_IF(!s->places || !s->by_digits || !parents);
	for (int i = 0; i < n; i++) {
		const config_setting_t *g = config_setting_get_elem(list, (unsigned)i);
		load_place(l, g, &s->places[i], parents[i]);
		s->by_digits[i] = i;
		s->place_count++;
		add_word(l, s->places[i].name, WORD_PLACE, i);
		get_words(l, g, WORD_PLACE, i);
	}
	sorting = s;
	qsort(s->by_digits, s->place_count, sizeof *s->by_digits, compare_places);
	for (int i = 1; i < n; i++) {
		const struct place *a = &s->places[s->by_digits[i - 1]], *b = &s->places[s->by_digits[i]];
		if (digits_of(a->code) == digits_of(b->code))
			problem_add(l->problems, l->file, b->line, false, "code \"%s\" is the place of line %d already",
				b->code, a->line);
	}
	join_parents(l, (const char(*)[16])parents);
}

// A place and the area it is the seat of bear one name: the word then means the area, which holds both.
static int settle(const struct sheet *s, const struct word *a, const struct word *b)
{
	if (a->kind != WORD_PLACE || b->kind != WORD_PLACE)
		return -1;
	if (sheet_place_within(s, a->index, s->places[b->index].pcode))
		return b->index;
	if (sheet_place_within(s, b->index, s->places[a->index].pcode))
		return a->index;
	return -1;
}

static void sort_words(struct loader *l)
{
	struct sheet *s = l->sheet;
	size_t kept = 0;
	if (s->word_count)
		qsort(s->words, s->word_count, sizeof *s->words, compare_words);
	for (size_t i = 0; i < s->word_count; i++) {
		struct word *before = kept ? &s->words[kept - 1] : NULL, *w = &s->words[i];
		if (!before || strcmp(before->text, w->text)) {
			s->words[kept++] = *w;
			continue;
		}
		if (before->kind == w->kind && before->index == w->index)
			continue;
		int joint = settle(s, before, w);
		if (joint >= 0)
			before->index = joint;
		else
			problem_add(l->problems, l->file, 1, false, "the word \"%s\" means two things", w->text);
	}
	s->word_count = kept;
}

enum error sheet_load(const char *path, struct problems *problems, struct sheet **out)
{
	static const char *const known[] = {"name", "scheme", "events", "places", "fillers"};
	struct sheet *s = calloc(1, sizeof *s);
	struct loader l = {s, path, problems};
	size_t before = problems->errors;
	config_t file;
	BUG_IF(!s);
	config_init(&file);
	if (!config_read_file(&file, path)) {
		problem_add(problems, path, config_error_line(&file), false, "%s", config_error_text(&file));
		problems->unreadable = true;
	} else {
		const config_setting_t *root = config_root_setting(&file), *fillers = config_lookup(&file, "fillers");
		find_unknown(&l, root, known, ARRAY_LENGTH(known));
		get_text(&l, root, "name", true, s->name, sizeof s->name);
		get_text(&l, root, "scheme", true, s->scheme, sizeof s->scheme);
		load_events(&l, &file);
		load_places(&l, &file);
		for (int i = 0; fillers && i < config_setting_length(fillers); i++)
			if (config_setting_get_string_elem(fillers, i))
				add_word(&l, config_setting_get_string_elem(fillers, i), WORD_FILLER, 0);
		sort_words(&l);
	}
	config_destroy(&file);
	if (problems->errors > before) {
		sheet_destroy(s);
		return ERROR_ARGUMENT;
	}
	*out = s;
	return OK;
}

void sheet_destroy(struct sheet *s)
{
	if (!s)
		return;
	free(s->events);
	free(s->places);
	free(s->words);
	free(s->by_digits);
	free(s);
}
