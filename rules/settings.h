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
};

#define COMPLAIN(f, s, ...) problem_add((f)->problems, (f)->file, settings_line(s), false, __VA_ARGS__)
int settings_line(const config_setting_t *s); // of what is missing in the file as a whole: 1

// Reads the whole file into an initialised `out`. False, with one problem, for what is not one regular UTF-8 text file
// without @include, does not parse or has nothing in it.
bool settings_read(const struct settings *f, config_t *out);

// The member, or the group itself when there is none: where a complaint about it belongs.
const config_setting_t *settings_at(const config_setting_t *group, const char *key);
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
