// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What every child of the supervisor does alike: read `-c FILE [-n INDEX]`, shut off cores and tracing, hear the
// supervisor on descriptor 3 (PEER, LISTEN, STOP, RELOAD), close the sandbox, say READY, run the loop.

#include "gateway/config.h"
#include "gateway/loop.h"
#include "gateway/message.h"
#include "gateway/state.h"

#define PROCESS_CONTROL_FD 3

struct process_handlers {
	void (*peer)(void *ctx, enum role role, unsigned index, int fd); // fd is the handler's; non-blocking
	void (*listen)(void *ctx, int fd);                               // may be NULL
	void (*reload)(void *ctx);                                       // may be NULL
	void (*stop)(void *ctx);                                         // may be NULL; then the loop ends
	void (*status)(void *ctx, const char *json, size_t size);        // may be NULL: the answer to process_ask_status
};

struct process {
	enum role role;
	unsigned index;
	struct config config;
	struct loop *loop;
	const struct process_handlers *handlers;
	void *ctx;
};

// Exits with 2 and one line on stderr when the arguments or the configuration are wrong.
void process_init(struct process *p, int argc, char **argv, enum role role, const struct process_handlers *handlers,
	void *ctx);
// The supervisor on the control channel: exactly what it says, then READY, then the loop until STOP or its end.
// `sandbox` (sandbox.h) is closed just before READY. Returns the exit status.
int process_run(struct process *p);
void process_ask_status(struct process *p); // of the whole station, for who shows it; answered through `status`
void process_state(struct process *p, const struct state *s); // tells the supervisor; drops it when it cannot listen
