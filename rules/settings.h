// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// An administrator's libconfig file, with a problem at its line for whatever is not as expected. Used by the loaders
// of sheets and rules only.

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/problem.h"

struct settings {
	const char *file;
	struct problems *problems;
	const char *text; // what stands in the file, or would; NULL: it is read
	size_t size;
	char *source;         // ours, until settings_finish
	size_t first_problem; // of this file
};

// A problem at a value, at the name of a setting, or at a value as a warning; with its column and what stands there.
#define COMPLAIN(f, s, ...) settings_complain(f, s, false, problem_add((f)->problems, (f)->file, settings_line(s), false, __VA_ARGS__))
#define COMPLAIN_NAME(f, s, ...) settings_complain(f, s, true, problem_add((f)->problems, (f)->file, settings_line(s), false, __VA_ARGS__))
#define WARN(f, s, ...) settings_complain(f, s, false, problem_add((f)->problems, (f)->file, settings_line(s), true, __VA_ARGS__))
void settings_complain(const struct settings *f, const config_setting_t *s, bool name, struct problem *q);
int settings_line(const config_setting_t *s); // of what is missing in the file as a whole: 1
int settings_column(const config_setting_t *s);

// Reads the whole file into an initialised `out`. False, with one problem, for what is not one regular UTF-8 text file
// without @include, does not parse or has nothing in it.
bool settings_read(struct settings *f, config_t *out);
void settings_finish(struct settings *f); // the columns of what was found out about whole rows
// settings_place.c: tells each setting of a text that parsed where it stands, since libconfig knows lines alone.
void settings_find_places(const char *text, config_t *file);

// The member, or the group itself when there is none: where a complaint about it belongs.
const config_setting_t *settings_at(const config_setting_t *group, const char *key);
// "such, such or such" of the words, as many as fit.
void settings_words(char out[static 120], const char *const *words, size_t count);
// `; did you mean "…"?` when one of the words is near, else empty.
void settings_hint(char out[static 64], const char *word, const char *const *words, size_t count);
void settings_find_unknown(const struct settings *f, const config_setting_t *group, const char *const *known,
	size_t count);

// Each getter adds at most one problem. The text is empty and false comes back when it is not there or not right.
bool settings_text(const struct settings *f, const config_setting_t *group, const char *key, bool needed, char *out,
	size_t room);
int settings_number(const struct settings *f, const config_setting_t *group, const char *key, int otherwise, int min,
	int max);
double settings_degrees(const struct settings *f, const config_setting_t *group, const char *key, double most);
int settings_flag(const struct settings *f, const config_setting_t *group, const char *key, int otherwise);
// A list of groups ( { … }, … ); NULL when it is not there or is something else.
const config_setting_t *settings_list(const struct settings *f, const config_setting_t *group, const char *key,
	bool needed);

typedef void settings_take(void *ctx, const config_setting_t *s, const char *v);
// Calls `take` for each text of a list or array; a single text counts as a list of one, an empty list is a problem.
void settings_each(const struct settings *f, const config_setting_t *group, const char *key, settings_take *take,
	void *ctx);
