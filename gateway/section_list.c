// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/reading_json.h"
#include "gateway/report_walk.h"
#include "gateway/section_view.h"

#define ITEMS_SHOWN 500 // of a section, the newest

static json_t *find(json_t *list, const char *key, const char *section)
{
	json_t *one;
	size_t i;
	json_array_foreach(list, i, one)
		if (!strcmp(json_string_value(json_object_get(one, key)), section))
			return one;
	return NULL;
}

static json_t *section_of(json_t *list, const char *section)
{
	json_t *one = find(list, "name", section);
	if (one)
		return one;
	one = json_pack("{s:s, s:i, s:i, s:i, s:n, s:[], s:[]}", "name", section, "items", 0, "read", 0, "unread", 0,
		"last_read_at", "tokens", "items_detail");
	json_array_append_new(list, one);
	return one;
}

static bool add_token(void *ctx, const struct store_section_token *t)
{
	json_t *tokens = json_object_get(section_of(ctx, t->section), "tokens");
	json_array_append_new(tokens, json_pack("{s:I, s:o, s:o, s:b}", "id", (json_int_t)t->id, "made_at", time_json(t->made_at),
					      "last_used_at", time_json(t->used_at), "revoked", t->revoked));
	return true;
}

static void count(json_t *o, const char *key)
{
	json_object_set_new(o, key, json_integer(json_integer_value(json_object_get(o, key)) + 1));
}

static bool add_item(void *ctx, const struct store_section_item *i)
{
	json_t *section = section_of(ctx, i->section), *detail = json_object_get(section, "items_detail");
	const char *last = json_string_value(json_object_get(section, "last_read_at"));
	json_t *read_at = time_json(i->read_at);
	count(section, "items");
	count(section, i->read_at ? "read" : "unread");
	if (i->read_at && (!last || strcmp(last, json_string_value(read_at)) < 0))
		json_object_set(section, "last_read_at", read_at);
	json_array_append_new(detail, json_pack("{s:I, s:o, s:i, s:o}", "item", (json_int_t)i->id, "day", time_json(i->day * 86400),
					      "update", i->sequence, "read_at", read_at));
	if (json_array_size(detail) > ITEMS_SHOWN)
		json_array_remove(detail, 0);
	return true;
}

enum error section_list_json(struct store *s, json_t **out)
{
	json_t *list = json_array();
	enum error e = store_section_tokens(s, add_token, list);
	if (e == OK)
		e = store_section_items(s, NULL, add_item, list);
	if (e == OK)
		*out = list;
	else
		json_decref(list);
	return e;
}

// ---- figures ----------------------------------------------------------------------------------------------------------

#define SECTIONS_MAX 32

struct figures {
	json_t *list;
	char names[SECTIONS_MAX][SECTION_NAME_SIZE];
	struct report_delays delays[SECTIONS_MAX];
	size_t count;
};

static bool add_figures(void *ctx, const struct store_section_figures *f)
{
	struct figures *all = ctx;
	json_array_append_new(all->list, json_pack("{s:s, s:I, s:I, s:I, s:o}", "section", f->section, "items", (json_int_t)f->items,
						 "read", (json_int_t)f->read, "unread", (json_int_t)(f->items - f->read), "last_read_at",
						 time_json(f->last_read_at)));
	memcpy(all->names[all->count++], f->section, SECTION_NAME_SIZE);
	return all->count < SECTIONS_MAX;
}

static bool add_delay(void *ctx, const char *section, int64_t delay_s)
{
	struct figures *all = ctx;
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->names[i], section))
			report_delay_add(&all->delays[i], delay_s);
	return true;
}

enum error section_figures_json(struct store *s, int64_t from_day, int64_t until_day, json_t **out)
{
	cleanup_free struct figures *all = calloc(1, sizeof *all);
	BUG_IF(!all);
	all->list = json_array();
	enum error e = store_section_figures(s, from_day, until_day, add_figures, all);
	if (e == OK)
		e = store_section_delays(s, from_day, until_day, add_delay, all);
	for (size_t i = 0; i < all->count; i++) {
		json_t *one = json_array_get(all->list, i);
		json_object_set_new(one, "median_read_s", report_delay_json(&all->delays[i], 50));
		json_object_set_new(one, "p90_read_s", report_delay_json(&all->delays[i], 90));
		report_delays_finish(&all->delays[i]);
	}
	if (e == OK)
		*out = all->list;
	else
		json_decref(all->list);
	return e;
}
