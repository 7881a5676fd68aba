// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/cleanup.h"
#include "gateway/base/error.h"
#include "rules/text.h"

#define NUMBER_DIGITS 9
#define FILE_MAX ((off_t)16 << 20)

// The whole file, NUL-terminated, or NULL with a problem. Read here and not by libconfig: its lexer ends the process
// when a read fails, as it does in a directory.
static char *read_whole(const struct settings *f, size_t *size)
{
	struct stat st;
	cleanup_fd int fd = open(f->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why = NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a regular file";
	else if (st.st_size > FILE_MAX)
		why = "it is larger than 16 MiB";
	if (why) {
		problem_add(f->problems, f->file, 0, false, "cannot be read: %s", why);
		return NULL;
	}
	cleanup_free char *text = calloc(1, (size_t)st.st_size + 1);
	BUG_IF(!text);
	ssize_t n;
	for (*size = 0; *size < (size_t)st.st_size; *size += (size_t)n) {
		n = read(fd, text + *size, (size_t)st.st_size - *size);
		if (n < 0)
			problem_add(f->problems, f->file, 0, false, "cannot be read: %s", strerror(errno));
		if (n < 0)
			return NULL;
		if (n == 0)
			break;
	}
	return steal_pointer(&text);
}

static bool starts_include(const char *line)
{
	line += strspn(line, " \t");
	return !strncmp(line, "@include", 8);
}

// Octets of a comment or a quoted text at `t`, else 0.
static size_t skip_quoted(const char *t)
{
	const char *end = t + 2;
	if (*t == '#' || !strncmp(t, "//", 2))
		return strcspn(t, "\n");
	if (!strncmp(t, "/*", 2)) {
		end = strstr(end, "*/");
		return end ? (size_t)(end - t) + 2 : strlen(t);
	}
	if (*t != '"')
		return 0;
	for (end = t + 1; *end && *end != '"'; end++)
		end += *end == '\\' && end[1];
	return (size_t)(end - t) + (*end == '"');
}

static int line_of(const char *text, size_t at)
{
	int line = 1;
	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

// NUL would hide the rest of the file from libconfig, @include would bring in what nobody signed, and numbers past 32
// bits wrap round in silence.
static bool check_octets(const struct settings *f, const char *text, size_t size)
{
	const char *why = NULL;
	size_t i, n;
	for (i = 0; i < size && !why; i += why ? 0 : n) {
		n = text_octets(text + i, size - i);
		if (n == 0 || !text[i])
			why = "these octets are not text in UTF-8";
		else if ((i == 0 || text[i - 1] == '\n') && starts_include(text + i))
			why = "@include is not allowed: one file, signed as a whole";
	}
	for (i = why ? i : 0; i < size && !why; i += why ? 0 : n) {
		n = skip_quoted(text + i);
		size_t digits = n ? 0 : strspn(text + i, "0123456789");
		n = n ? n : digits ? digits : 1;
		if (digits > NUMBER_DIGITS && (i == 0 || text[i - 1] != '.'))
			why = "this number is too large";
	}
	if (why)
		problem_add(f->problems, f->file, line_of(text, i), false, "%s", why);
	return !why;
}

static const char *line_at(const char *text, int line)
{
	for (const char *next; line > 1 && (next = strchr(text, '\n')) != NULL; line--)
		text = next + 1;
	return text;
}

// libconfig says nothing but "syntax error", at the line where it noticed.
static void tell_syntax(const struct settings *f, const char *text, const config_t *file)
{
	int line = config_error_line(file);
	struct problem *q = problem_add(f->problems, f->file, line, false, "%s: expected name = value; with each text, "
		"bracket and list closed", config_error_text(file));
	text = line_at(text, line);
	size_t blank = strspn(text, " \t");
	problem_place(q, (int)blank + 1, text + blank, strcspn(text + blank, "\n"));
}

bool settings_read(struct settings *f, config_t *out)
{
	size_t size = f->size;
	f->first_problem = f->problems->count;
	cleanup_free char *text = f->text ? calloc(1, size + 1) : read_whole(f, &size);
	if (f->text && text)
		memcpy(text, f->text, size);
	bool readable = text && check_octets(f, text, size);
	if (readable && !config_read_string(out, text)) {
		tell_syntax(f, text, out);
		readable = false;
	} else if (readable && config_setting_length(config_root_setting(out)) == 0) {
		problem_add(f->problems, f->file, 1, false, "there is nothing in this file");
		readable = false;
	}
	if (readable)
		settings_find_places(text, out);
	f->problems->unreadable |= !readable;
	f->source = steal_pointer(&text);
	return readable;
}

// What was found out behind the reading, of a whole row: at the first quoted word of the text that stands in its line.
static void find_column(const char *source, struct problem *q)
{
	const char *line = line_at(source, q->line), *end = line + strcspn(line, "\n"), *word = strchr(q->text, '"');
	size_t n = word ? strcspn(word + 1, "\"") : 0;
	const char *at = n && (size_t)(end - line) >= n ? memmem(line, (size_t)(end - line), word + 1, n) : NULL;
	int column = 1;
	bool exact = at != NULL;
	at = exact ? at : line + strspn(line, " \t");
	for (const char *p = line; p < at; p++)
		column += ((unsigned char)*p & 0xc0) != 0x80;
	problem_place(q, column, exact ? at : "", exact ? n : 0);
}

void settings_finish(struct settings *f)
{
	for (size_t i = f->first_problem; f->source && i < f->problems->count; i++)
		if (f->problems->list[i].line > 0 && f->problems->list[i].column == 0)
			find_column(f->source, &f->problems->list[i]);
	free(f->source);
	f->source = NULL;
}

const config_setting_t *settings_at(const config_setting_t *group, const char *key)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	return s ? s : group;
}

void settings_hint(char out[static 64], const char *word, const char *const *words, size_t count)
{
	const char *near = nearest_word(word, words, count);
	out[0] = 0;
	if (near && strcmp(near, word) != 0)
		snprintf(out, 64, "; did you mean \"%.40s\"?", near);
}

void settings_words(char out[static 120], const char *const *words, size_t count)
{
	size_t at = 0;
	out[0] = 0;
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(words[i]);
		if (at + n + 12 > 120) {
			snprintf(out + at, 120 - at, " …");
			return;
		}
		at += (size_t)snprintf(out + at, 120 - at, "%s%s", !i ? "" : i + 1 == count ? " or " : ", ", words[i]);
	}
}

void settings_find_unknown(const struct settings *f, const config_setting_t *group, const char *const *known,
	size_t count)
{
	char hint[64], words[120];
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		bool found = false;
		for (size_t k = 0; k < count; k++)
			found |= !strcmp(config_setting_name(s), known[k]);
		if (found)
			continue;
		settings_hint(hint, config_setting_name(s), known, count);
		settings_words(words, known, count);
		COMPLAIN_NAME(f, s, "unknown key \"%.40s\"%s%s expected %s", config_setting_name(s), hint, *hint ? "" : ";",
			words);
	}
}

bool settings_text(const struct settings *f, const config_setting_t *group, const char *key, bool needed, char *out,
	size_t room)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	const char *v = s ? config_setting_get_string(s) : NULL;
	out[0] = 0;
	if (!s && needed)
		COMPLAIN(f, group, "%s is missing: expected a text", key);
	else if (s && !v)
		COMPLAIN(f, s, "%s: expected a text in quotes", key);
	else if (v && (strlen(v) >= room || !*v))
		COMPLAIN(f, s, "%s: expected 1 to %zu octets", key, room - 1);
	else if (v)
		memcpy(out, v, strlen(v) + 1);
	return *out;
}

int settings_number(const struct settings *f, const config_setting_t *group, const char *key, int otherwise, int min,
	int max)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (!s)
		return otherwise;
	int v = config_setting_get_int(s);
	if (config_setting_type(s) == CONFIG_TYPE_INT && v >= min && v <= max)
		return v;
	COMPLAIN(f, s, "%s: expected a whole number from %d to %d", key, min, max);
	return otherwise;
}

double settings_degrees(const struct settings *f, const config_setting_t *group, const char *key, double most)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (!s)
		return 0;
	double v = config_setting_type(s) == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_float(s);
	if (!config_setting_is_number(s) || !(v >= -most && v <= most))
		COMPLAIN(f, s, "%s: expected degrees from -%g to %g", key, most, most);
	return v;
}

int settings_flag(const struct settings *f, const config_setting_t *group, const char *key, int otherwise)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (!s)
		return otherwise;
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		COMPLAIN(f, s, "%s: expected true or false", key);
	return config_setting_get_bool(s);
}

const config_setting_t *settings_list(const struct settings *f, const config_setting_t *group, const char *key,
	bool needed)
{
	const config_setting_t *list = config_setting_get_member(group, key), *wrong = NULL;
	if (!list && !needed)
		return NULL;
	if (!list || !config_setting_is_list(list))
		wrong = list ? list : group;
	for (int i = 0; !wrong && i < config_setting_length(list); i++)
		if (!config_setting_is_group(config_setting_get_elem(list, (unsigned)i)))
			wrong = config_setting_get_elem(list, (unsigned)i);
	if (wrong)
		COMPLAIN(f, wrong, "%s: expected a list of groups ( { … }, { … } )", key);
	return wrong ? NULL : list;
}

void settings_each(const struct settings *f, const config_setting_t *group, const char *key, settings_take *take,
	void *ctx)
{
	const config_setting_t *s = config_setting_get_member(group, key);
	if (!s)
		return;
	if (config_setting_type(s) == CONFIG_TYPE_STRING) {
		take(ctx, s, config_setting_get_string(s));
		return;
	}
	if ((!config_setting_is_list(s) && !config_setting_is_array(s)) || config_setting_length(s) == 0) {
		COMPLAIN(f, s, "%s: expected texts (\"…\", \"…\")", key);
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);
		if (config_setting_get_string(e))
			take(ctx, e, config_setting_get_string(e));
		else
			COMPLAIN(f, e, "%s: expected texts in quotes", key);
	}
}
