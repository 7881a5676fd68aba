// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// `tama rules replay`: what other rules would have made of the alerts that are in the queue.

#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"

struct replay_question {
	const char *since;     // "2016-05-01"; NULL: all
	const struct loaded *now, *then; // the station's own; those that are asked about
};

// Both sets decide on what the officer may read, with the same facts, so that each difference is one of the files. Shows
// no text. An exit status.
int rules_replay(struct cli *cli, struct view *v, const struct replay_question *q);
