// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One process of the station as its supervisor sees it: started as its own executable with a control channel on
// descriptor 3, restarted with back-off when it dies. Called by supervisor.c alone.

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/message.h"
#include "gateway/state.h"

struct child {
	enum role role;
	unsigned index;
	const char *name;     // for people: "intake", or the modem's name
	pid_t pid;            // 0: not running
	int control;          // -1: not running
	bool ready;
	bool careful;         // a modem that died twice in a row lists without libGammu
	unsigned restarts;    // since the station started
	unsigned quick_deaths;
	int64_t started_ms, restart_at_ms; // loop_now_ms(); restart_at_ms 0: none is due
	struct state state;
	uint64_t base[STATE_COUNTERS]; // what its earlier lives counted
};

void child_init(struct child *c, enum role role, unsigned index, const char *name);
// Starts it: ERROR_NOT_FOUND when its executable is missing.
MUST_CHECK enum error child_start(struct child *c, const char *config_path);
// It ended with this wait(2) status: keeps its counters, decides when to start it again.
void child_ended(struct child *c, int status);
void child_hear_state(struct child *c, const struct message *m); // a malformed one is counted as a failure of the child
uint64_t child_counter(const struct child *c, int which);        // over all its lives
