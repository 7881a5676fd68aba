// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the parts of tama.conf share while it is read (config.c, config_target.c). Nobody else includes this.

#include <libconfig.h>

#include "gateway/config.h"

enum setting_type { TEXT, DIGITS, PATH, HEX16, NUMBER, FLAG };

struct setting {
	const char *path;
	enum setting_type type;
	size_t offset, size;
	const char *text_default; // NULL: must be given
	int64_t number_default, min, max;
	const char *doc;
};

struct loader {
	const char *file;
	char *why;
	bool failed;
};

// Only the first complaint is kept.
__attribute__((format(printf, 3, 4))) void config_complain(struct loader *l, int line, const char *format, ...);
// The value, or the default where `v` is NULL, into its place behind `base`.
void config_store(struct loader *l, const struct setting *s, const config_setting_t *v, int group_line, void *base);
void config_make_absolute(struct loader *l, const struct config *c, char path[static CONFIG_TEXT * 2]);
void config_help_table(FILE *f, const char *prefix, const struct setting *table, size_t n);
// config_target.c
void config_load_targets(struct loader *l, const config_t *file, struct config *c);
void config_help_targets(FILE *f);
