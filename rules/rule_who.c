// SPDX-License-Identifier: GPL-2.0-or-later
// Queues, sections and whom `notify` names: each with a side, and whether it may see what is restricted.
#include <string.h>

#include "gateway/base/cleanup.h"
#include "rules/rule_loader.h"

static const struct section *find(const struct section *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

const struct section *rules_section(const struct rules *r, const char *name)
{
	return find(r->sections, r->section_count, name);
}

const struct section *rules_queue(const struct rules *r, const char *name)
{
	return find(r->queue, r->queue_count, name);
}

const struct section *rules_target(const struct rules *r, const char *name)
{
	return find(r->targets, r->target_count, name);
}

// { name = "…"; side = "civilian" | "uniformed"; restricted = true; }
static void load_one(struct loader *l, const config_setting_t *g, const char *what, bool uniformed, struct section *list,
	size_t *count)
{
	static const char *const known[] = {"name", "side", "restricted"}, *const sides[] = {"civilian", "uniformed"};
	struct section *s = &list[*count];
	char side[16], hint[64];
	*s = (struct section){.uniformed = uniformed};
	settings_find_unknown(&l->in, g, known, ARRAY_LENGTH(known));
	settings_text(&l->in, g, "name", true, s->name, sizeof s->name);
	if (*s->name && find(list, *count, s->name))
		COMPLAIN(&l->in, settings_at(g, "name"), "%s \"%s\" is declared already", what, s->name);
	if (settings_text(&l->in, g, "side", false, side, sizeof side)) {
		settings_hint(hint, side, sides, ARRAY_LENGTH(sides));
		if (strcmp(side, "civilian") != 0 && strcmp(side, "uniformed") != 0)
			COMPLAIN(&l->in, settings_at(g, "side"), "side \"%s\": expected \"civilian\" or \"uniformed\"%s", side, hint);
		s->uniformed = strcmp(side, "civilian") != 0;
	}
	s->restricted = settings_flag(&l->in, g, "restricted", 0);
	++*count;
}

// ---- queues: names, or groups -----------------------------------------------------------------------------------------

static void take_queue(struct loader *l, const config_setting_t *s)
{
	struct rules *r = l->rules;
	const char *v = config_setting_get_string(s);
	if (r->queue_count == QUEUES_MAX || (v && (strlen(v) >= QUEUE_SIZE || !*v))) {
		COMPLAIN(&l->in, s, "queues: at most %d names of 1 to %d letters", QUEUES_MAX, QUEUE_SIZE - 1);
	} else if (v && rules_queue(r, v)) {
		COMPLAIN(&l->in, s, "queue \"%s\" is declared already", v);
	} else if (v) {
		struct section *q = &r->queue[r->queue_count++];
		*q = (struct section){.uniformed = false};
		memcpy(q->name, v, strlen(v) + 1);
	} else if (config_setting_is_group(s)) {
		load_one(l, s, "queue", false, r->queue, &r->queue_count);
		r->queues_restricted |= r->queue[r->queue_count - 1].restricted;
	} else {
		COMPLAIN(&l->in, s, "queues: expected texts in quotes or groups { name = \"…\"; side = \"…\"; }");
	}
}

void rules_load_queues(struct loader *l, const config_setting_t *root)
{
	struct rules *r = l->rules;
	const config_setting_t *list = config_setting_get_member(root, "queues");
	if (!list) {
		COMPLAIN(&l->in, root, "queues is missing: expected queues = (\"protection\", …);");
		return;
	}
	if (config_setting_get_string(list))
		take_queue(l, list);
	else if ((!config_setting_is_list(list) && !config_setting_is_array(list)) || config_setting_length(list) == 0)
		COMPLAIN(&l->in, list, "queues: expected texts (\"…\", \"…\")");
	for (int i = 0; !config_setting_get_string(list) && i < config_setting_length(list); i++)
		take_queue(l, config_setting_get_elem(list, (unsigned)i));
	for (size_t i = 0; i < r->queue_count; i++)
		r->queues[i] = r->queue[i].name;
}

void rules_get_queue(struct loader *l, const config_setting_t *g, const char *key, bool needed, char out[static QUEUE_SIZE])
{
	char hint[64], words[120];
	if (!settings_text(&l->in, g, key, needed, out, QUEUE_SIZE) || !l->rules->queue_count)
		return; // that there are no queues has been said
	settings_hint(hint, out, l->rules->queues, l->rules->queue_count);
	settings_words(words, l->rules->queues, l->rules->queue_count);
	if (!rules_queue(l->rules, out))
		COMPLAIN(&l->in, settings_at(g, key), "queue \"%s\" is not declared in queues%s%s expected %s", out, hint,
			*hint ? "" : ";", words);
}

// ---- sections and targets -----------------------------------------------------------------------------------------------

void rules_load_sections(struct loader *l, const config_setting_t *root)
{
	const config_setting_t *list = settings_list(&l->in, root, "sections", false);
	int n = list ? config_setting_length(list) : 0;
	if (n > SECTIONS_MAX)
		COMPLAIN(&l->in, list, "sections: at most %d", SECTIONS_MAX);
	for (int i = 0; i < n && i < SECTIONS_MAX; i++) // what is not said to be civilian is not trusted
		load_one(l, config_setting_get_elem(list, (unsigned)i), "section", true, l->rules->sections, &l->rules->section_count);
}

void rules_load_targets(struct loader *l, const config_setting_t *root)
{
	struct rules *r = l->rules;
	const config_setting_t *list = settings_list(&l->in, root, "targets", false);
	int n = list ? config_setting_length(list) : 0;
	if (n > TARGETS_MAX)
		COMPLAIN(&l->in, list, "targets: at most %d", TARGETS_MAX);
	for (int i = 0; i < n && i < TARGETS_MAX; i++) {
		load_one(l, config_setting_get_elem(list, (unsigned)i), "target", true, r->targets, &r->target_count);
		r->targets_restricted |= r->targets[r->target_count - 1].restricted;
	}
	r->targets_declared = list != NULL;
}

void rules_get_target(struct loader *l, const config_setting_t *g, char *out, size_t room)
{
	const char *names[TARGETS_MAX];
	char hint[64], words[120];
	for (size_t i = 0; i < l->rules->target_count; i++)
		names[i] = l->rules->targets[i].name;
	if (!settings_text(&l->in, g, "notify", false, out, room) || !l->rules->targets_declared || rules_target(l->rules, out))
		return;
	settings_hint(hint, out, names, l->rules->target_count);
	settings_words(words, names, l->rules->target_count);
	COMPLAIN(&l->in, settings_at(g, "notify"), "notify \"%s\" is not declared in targets%s%s expected %s", out, hint,
		*hint ? "" : ";", words);
}
