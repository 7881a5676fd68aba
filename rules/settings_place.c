// SPDX-License-Identifier: GPL-2.0-or-later
// Where each setting stands. The text has passed libconfig, so that a walk along the tree meets its tokens in order;
// where it does not, the rest keeps libconfig's lines and has no columns.
#include <stdlib.h>
#include <string.h>

#include "gateway/base/error.h"
#include "rules/settings.h"

struct spot {
	int line, column; // column in letters
	size_t size;
	const char *at;   // within the text
};

// What hangs on a setting. The token is copied: the text goes away before the tree.
struct place {
	int name_line, name_column, line, column;
	char found[48];
};

struct walk {
	const char *at;
	int line, column;
};

static void skip_to(struct walk *w, const char *to)
{
	for (; w->at < to; w->at++) {
		w->column += ((unsigned char)*w->at & 0xc0) != 0x80;
		if (*w->at == '\n') {
			w->line++;
			w->column = 1;
		}
	}
}

static const char *quoted_end(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return p + (*p == '"');
}

static void skip_blank(struct walk *w)
{
	for (;;) {
		const char *p = w->at + strspn(w->at, " \t\r\n\f"), *end;
		if (*p == '#' || !strncmp(p, "//", 2)) {
			p += strcspn(p, "\n");
		} else if (!strncmp(p, "/*", 2)) {
			end = strstr(p + 2, "*/");
			p = end ? end + 2 : p + strlen(p);
		}
		if (p == w->at)
			return;
		skip_to(w, p);
	}
}

static struct spot spot_of(const struct walk *w, size_t size)
{
	return (struct spot){.line = w->line, .column = w->column, .size = size, .at = w->at};
}

static void keep(config_setting_t *s, const struct spot *name, const struct spot *value)
{
	struct place *p = calloc(1, sizeof *p);
	BUG_IF(!p);
	p->name_line = name->line;
	p->name_column = name->column;
	p->line = value->line;
	p->column = value->column;
	size_t n = value->size < sizeof p->found - 1 ? value->size : sizeof p->found - 1;
	while (n && n < value->size && ((unsigned char)value->at[n] & 0xc0) == 0x80)
		n--;
	memcpy(p->found, value->at, n);
	config_setting_set_hook(s, p);
}

// The octets of one scalar: a text (several that follow each other are one), a number, a word.
static size_t scalar_size(const char *p)
{
	const char *end = p;
	if (*p != '"')
		return strcspn(p, " \t\r\n\f,;)]}#");
	end = quoted_end(p);
	return (size_t)(end - p);
}

static void skip_scalar(struct walk *w)
{
	bool text = *w->at == '"';
	skip_to(w, w->at + scalar_size(w->at));
	skip_blank(w);
	while (text && *w->at == '"') {
		skip_to(w, quoted_end(w->at));
		skip_blank(w);
	}
}

static bool walk_members(struct walk *w, config_setting_t *s);

static bool walk_value(struct walk *w, config_setting_t *s, const struct spot *name)
{
	skip_blank(w);
	int type = config_setting_type(s);
	bool inner = type == CONFIG_TYPE_GROUP || type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
	struct spot here = spot_of(w, inner ? 1 : scalar_size(w->at));
	keep(s, name ? name : &here, &here);
	if (!inner) {
		skip_scalar(w);
		return true;
	}
	if (*w->at != (type == CONFIG_TYPE_GROUP ? '{' : type == CONFIG_TYPE_LIST ? '(' : '['))
		return false;
	skip_to(w, w->at + 1);
	if (!walk_members(w, s) || !*w->at)
		return false;
	skip_to(w, w->at + 1); // what closes it
	return true;
}

static bool walk_members(struct walk *w, config_setting_t *s)
{
	bool group = config_setting_type(s) == CONFIG_TYPE_GROUP;
	for (int i = 0; i < config_setting_length(s); i++) {
		config_setting_t *member = config_setting_get_elem(s, (unsigned)i);
		skip_blank(w);
		size_t n = group ? strlen(config_setting_name(member)) : 0;
		struct spot name = spot_of(w, n);
		if (group && strncmp(w->at, config_setting_name(member), n) != 0)
			return false;
		skip_to(w, w->at + n);
		skip_blank(w);
		if (group && *w->at != '=' && *w->at != ':')
			return false;
		skip_to(w, w->at + group);
		if (!walk_value(w, member, group ? &name : NULL))
			return false;
		skip_blank(w);
		if (*w->at == ';' || *w->at == ',')
			skip_to(w, w->at + 1);
	}
	skip_blank(w);
	return true;
}

void settings_find_places(const char *text, config_t *file)
{
	struct walk w = {.at = text, .line = 1, .column = 1};
	config_set_destructor(file, free);
	walk_members(&w, config_root_setting(file));
}

static const struct place *place_of(const config_setting_t *s)
{
	return config_setting_get_hook(s);
}

int settings_line(const config_setting_t *s)
{
	unsigned line = config_setting_source_line(s);
	if (place_of(s))
		return place_of(s)->line;
	return line ? (int)line : 1;
}

int settings_column(const config_setting_t *s)
{
	return place_of(s) ? place_of(s)->column : 0;
}

void settings_complain(const struct settings *f, const config_setting_t *s, bool name, struct problem *q)
{
	const struct place *p = place_of(s);
	(void)f;
	if (!q || !p)
		return;
	if (name)
		q->line = p->name_line;
	problem_place(q, name ? p->name_column : p->column, name ? config_setting_name(s) : p->found,
		name ? strlen(config_setting_name(s)) : strlen(p->found));
}
