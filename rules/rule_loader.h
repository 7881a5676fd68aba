// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Inside the loader of rules: rule_load.c reads the rules, rule_who.c those who get something.

#include "rules/rule_file.h"
#include "rules/settings.h"

struct loader {
	struct settings in;
	struct rules *rules;
	const struct sheet *sheet;
	struct condition *when; // of the rule that is being read
	unsigned *trends;       // and those of it or of a test
};

void rules_load_queues(struct loader *l, const config_setting_t *root);
void rules_load_sections(struct loader *l, const config_setting_t *root);
void rules_load_targets(struct loader *l, const config_setting_t *root);
void rules_get_queue(struct loader *l, const config_setting_t *g, const char *key, bool needed, char out[static QUEUE_SIZE]);
void rules_get_target(struct loader *l, const config_setting_t *g, char *out, size_t room);
