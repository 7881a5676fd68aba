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
	int line; // 0: the file as a whole
	bool warning;
	char text[256];
};

struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count, errors; // count stops at PROBLEMS_MAX, errors goes on
	bool unreadable;      // the file is not there or no libconfig at all
};

void problem_add(struct problems *p, const char *file, int line, bool warning, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void problems_print(const struct problems *p, FILE *f); // "file:line: error: text"

// The edit distance of two short texts (insert, delete, replace, swap of neighbours), at most `most` + 1.
int edit_distance(const char *a, const char *b, int most);
// The nearest of `words` to `word`, or NULL when none is within two slips.
const char *nearest_word(const char *word, const char *const *words, size_t count);
