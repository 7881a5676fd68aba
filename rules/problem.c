// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/problem.h"

#include <stdarg.h>
#include <string.h>

#define WORD_MAX 40

static void cut(const char *text, const char *before, const char *ends, char *out, size_t room)
{
	const char *from = strstr(text, before);
	size_t n = from ? strcspn(from + strlen(before), ends) : 0;
	n = n < room - 1 ? n : room - 1;
	if (n)
		memcpy(out, from + strlen(before), n);
	out[n] = 0;
}

struct problem *problem_add(struct problems *p, const char *file, int line, bool warning, const char *format, ...)
{
	p->errors += !warning;
	if (p->count == PROBLEMS_MAX)
		return NULL;
	struct problem *q = &p->list[p->count++];
	va_list ap;
	*q = (struct problem){.line = line, .warning = warning};
	snprintf(q->file, sizeof q->file, "%s", file);
	va_start(ap, format);
	vsnprintf(q->text, sizeof q->text, format, ap);
	va_end(ap);
	cut(q->text, "expected ", ";", q->expected, sizeof q->expected);
	cut(q->text, "did you mean \"", "\"", q->suggestion, sizeof q->suggestion);
	return q;
}

void problem_place(struct problem *q, int column, const char *found, size_t found_size)
{
	if (!q)
		return;
	q->column = column;
	size_t n = found_size < sizeof q->found - 1 ? found_size : sizeof q->found - 1;
	while (n && n < found_size && ((unsigned char)found[n] & 0xc0) == 0x80) // never within a letter
		n--;
	memcpy(q->found, found, n);
	q->found[n] = 0;
}

void problems_print(const struct problems *p, FILE *f)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct problem *q = &p->list[i];
		fprintf(f, "%s:", q->file);
		if (q->line > 0)
			fprintf(f, "%d:", q->line);
		if (q->line > 0 && q->column > 0)
			fprintf(f, "%d:", q->column);
		fprintf(f, " %s: %s", q->warning ? "warning" : "error", q->text);
		if (*q->found && !strstr(q->text, q->found))
			fprintf(f, " (found %s)", q->found);
		putc('\n', f);
	}
}

int edit_distance(const char *a, const char *b, int most)
{
	int n = (int)strlen(a), m = (int)strlen(b), row[3][WORD_MAX + 1];
	if (n > WORD_MAX || m > WORD_MAX || n - m > most || m - n > most)
		return most + 1;
	for (int j = 0; j <= m; j++)
		row[0][j] = j;
	for (int i = 1; i <= n; i++) {
		int *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];
		now[0] = i;
		for (int j = 1; j <= m; j++) {
			int cost = up[j - 1] + (a[i - 1] != b[j - 1]);
			cost = up[j] + 1 < cost ? up[j] + 1 : cost;
			cost = now[j - 1] + 1 < cost ? now[j - 1] + 1 : cost;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && upper[j - 2] + 1 < cost)
				cost = upper[j - 2] + 1;
			now[j] = cost;
		}
	}
	int d = row[n % 3][m];
	return d > most ? most + 1 : d;
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
	const char *best = NULL;
	int distance = 3;
	for (size_t i = 0; i < count; i++) {
		int d = edit_distance(word, words[i], 2);
		if (d < distance) {
			distance = d;
			best = words[i];
		}
	}
	return best;
}
