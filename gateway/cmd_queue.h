// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the two files of `tama queue` share: cmd_queue.c reads, queue_act.c acts.

#include "gateway/action.h"
#include "gateway/cli_officer.h"
#include "gateway/queue_view.h"

struct queue_call {
	struct cli *cli;
	struct view *view;
	const char *queue, *state, *since, *count, *level;
	bool all, quiet, flash;
};

int queue_act(struct queue_call *q, enum action_kind kind, uint64_t id, const char *detail, const char *note);
int queue_refer(struct queue_call *q, uint64_t id, const char *to, const char *note); // a queue or a section
int queue_reply(struct queue_call *q, uint64_t id, const char *text);
int queue_explain(enum error e, uint64_t id); // prints why an alert cannot be had, gives the exit status
