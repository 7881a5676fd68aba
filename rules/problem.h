// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What loaders and checkers find in an administrator's file: file, line, what was found, what was expected, the
// nearest right word. Collected, so that one run shows all of them.

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROBLEMS_MAX 200

struct problem {
	char file[256];
	int line;   // 0: the file as a whole
	int column; // in letters, from 1; 0: the line as a whole
	bool warning;
	char text[320];
	// What the text says, apart, for forms and editors; each may be empty.
	char found[48], expected[160], suggestion[48];
};

struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count, errors; // count stops at PROBLEMS_MAX, errors goes on
	bool unreadable;      // the file is not there or no libconfig at all
};

// A text says "expected …" and "did you mean "…"?" in these words: the fields are cut out of it. The new problem, to
// which a place and what was found there may be added; NULL when the list is full.
struct problem *problem_add(struct problems *p, const char *file, int line, bool warning, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void problem_place(struct problem *q, int column, const char *found, size_t found_size); // of NULL: nothing
void problems_print(const struct problems *p, FILE *f); // "file:line:column: error: text (found …)"

// The edit distance of two short texts (insert, delete, replace, swap of neighbours), at most `most` + 1.
int edit_distance(const char *a, const char *b, int most);
// The nearest of `words` to `word`, or NULL when none is within two slips.
const char *nearest_word(const char *word, const char *const *words, size_t count);
