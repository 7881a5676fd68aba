// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The sheet and the rules for the commands that only look at them: from the files named, else from the station's
// configuration. Problems go to stderr, or with --json to the caller.

#include "gateway/cli.h"
#include "rules/rule.h"
#include "rules/sheet_set.h"

struct loaded {
	struct problems *problems;
	struct sheet *sheet;
	struct sheet_set sheets; // those of the station, beside it; none when a sheet was named
	struct rules *rules;
	char sheet_path[CONFIG_TEXT * 2], rules_path[CONFIG_TEXT * 2];
};

// EXIT_DONE, or after its messages EXIT_USAGE (a file that is not there or not libconfig) or `on_mistake`.
int loaded_open(struct cli *cli, struct loaded *l, const char *sheet_file, const char *rules_file, bool want_rules,
	int on_mistake);
void loaded_close(struct loaded *l);
void problems_json(const struct problems *p); // {"errors": …, "warnings": …, "problems": [{file, line, …}]} on stdout
