// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sheet_file.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>


const char *const event_kind_names[KIND_END_] = {"alert", "all_quiet", "test", "cancel", "correct", "call_me",
	"stop", "consent"};

const char *event_kind_name(enum event_kind k)
{
	return (unsigned)k < KIND_END_ ? event_kind_names[k] : "?";
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

unsigned long place_digits(const char *code)
{
	return strtoul(code, NULL, 10);
}

int sheet_place_of_digits(const struct sheet *s, const char *digits)
{
	unsigned long want = place_digits(digits);
	size_t low = 0, high = s->place_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		unsigned long have = place_digits(s->places[s->by_digits[mid]].code);
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
	size_t low = 0, high = s->by_pcode ? s->place_count : 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(s->places[s->by_pcode[mid]].pcode, pcode) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	bool found = s->by_pcode && low < s->place_count && !strcmp(s->places[s->by_pcode[low]].pcode, pcode);
	return found ? s->by_pcode[low] : -1;
}

bool sheet_place_inside(const struct sheet *s, int place, int area)
{
	for (int depth = 0; place >= 0 && depth < 8; depth++, place = s->places[place].parent)
		if (place == area)
			return true;
	return false;
}

bool sheet_place_within(const struct sheet *s, int place, const char *pcode)
{
	return sheet_place_inside(s, place, sheet_place_of_pcode(s, pcode));
}

// On a sphere; the error is far below that of a village's coordinates.
double sheet_distance_km(const struct place *a, const struct place *b)
{
	const double radian = M_PI / 180;
	double x = sin((b->lat - a->lat) * radian / 2), y = sin((b->lon - a->lon) * radian / 2);
	return 2 * 6371 * asin(sqrt(x * x + cos(a->lat * radian) * cos(b->lat * radian) * y * y));
}

bool sheet_has_coordinates(const struct place *p)
{
	return fpclassify(p->lat) != FP_ZERO || fpclassify(p->lon) != FP_ZERO;
}

bool sheet_places_neighbour(const struct sheet *s, int a, int b)
{
	const struct place *x = &s->places[a], *y = &s->places[b];
	if (a == b)
		return false;
	return x->parent == b || y->parent == a || (x->parent >= 0 && x->parent == y->parent) ||
	       (sheet_has_coordinates(x) && sheet_has_coordinates(y) && sheet_distance_km(x, y) <= SHEET_NEIGHBOUR_KM);
}

int sheet_place_language(const struct sheet *s, int place)
{
	for (int depth = 0; place >= 0 && depth < 8; depth++, place = s->places[place].parent)
		if (s->places[place].language)
			return s->places[place].language - 1;
	return -1;
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

int compare_ends(const char *a, const char *b, size_t n)
{
	size_t i = strlen(a), k = strlen(b);
	for (; n && i && k; n--)
		if (a[--i] != b[--k])
			return (unsigned char)a[i] < (unsigned char)b[k] ? -1 : 1;
	return n == 0 ? 0 : (i > 0) - (k > 0);
}

// The words of the sheet one slip away, in two: false when there are two different ones.
struct slips {
	const struct sheet *sheet;
	const char *folded;
	struct word_match found;
};

static bool try_slip(struct slips *s, const struct word *w)
{
	if (strlen(w->text) < SLIP_LETTERS || edit_distance(s->folded, w->text, 1) > 1)
		return true;
	if (s->found.kind != WORD_NONE && (s->found.kind != w->kind || s->found.index != w->index)) {
		s->found = (struct word_match){WORD_NONE, -1, 0, true}; // two words are as near: never guessed
		return false;
	}
	s->found = (struct word_match){w->kind, w->index, w->spoken, true};
	return true;
}

// One slip leaves the beginning or the end of a word as it is: only words that share one of them are compared.
static void find_slip(struct slips *s)
{
	const struct sheet *sheet = s->sheet;
	size_t n = strlen(s->folded), begin = n / 2, end = n - begin - 1, low = 0, high = sheet->word_count;
	char head[TOKEN_SIZE] = "";
	memcpy(head, s->folded, begin);
	for (size_t i = lower_bound(sheet, head); i < sheet->word_count; i++) {
		if (strncmp(sheet->words[i].text, head, begin) != 0)
			break;
		if (!try_slip(s, &sheet->words[i]))
			return;
	}
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (compare_ends(sheet->words[sheet->by_end[mid]].text, s->folded, end) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < sheet->word_count; low++) {
		const struct word *w = &sheet->words[sheet->by_end[low]];
		if (compare_ends(w->text, s->folded, end) != 0 || !try_slip(s, w))
			return;
	}
}

struct word_match sheet_word(const struct sheet *s, const char *folded, bool allow_slip)
{
	struct slips slips = {s, folded, {WORD_NONE, -1, 0, false}};
	size_t at = lower_bound(s, folded);
	if (at < s->word_count && !strcmp(s->words[at].text, folded))
		return (struct word_match){s->words[at].kind, s->words[at].index, s->words[at].spoken, false};
	if (allow_slip && strlen(folded) >= SLIP_LETTERS && !strpbrk(folded, "0123456789"))
		find_slip(&slips);
	return slips.found;
}

void sheet_destroy(struct sheet *s)
{
	if (!s)
		return;
	free(s->events);
	free(s->places);
	free(s->words);
	free(s->by_digits);
	free(s->by_latitude);
	free(s->by_pcode);
	free(s->by_end);
	for (size_t i = 0; i < s->text_count; i++)
		free(s->texts[i].text);
	free(s->texts);
	free(s);
}
