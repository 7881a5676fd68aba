// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// `tama rules` and `tama sheet`: propose, approve, reject, rollback, log, show.

#include "gateway/cli.h"
#include "gateway/ruleset.h"

struct ruleset_call {
	enum ruleset_what what;
	const char *as, *password_file, *comment;
};
#define RULESET_OPTIONS(c) \
	{"as", &(c).as, NULL, "NAME", "the officer's name"}, \
	{"password-file", &(c).password_file, NULL, "F", "the officer's password"}, \
	{"comment", &(c).comment, NULL, "TEXT", "propose: why, for who approves"}

bool ruleset_is_verb(const char *word);
// `words` as they stand, the verb first. An exit status.
int ruleset_run(struct cli *cli, const struct ruleset_call *call, const char *const *words, int count);
