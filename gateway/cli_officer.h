// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the commands of officers share: logging in with name and password, asking the station something signed.

#include "gateway/cli.h"
#include "gateway/queue_view.h"
#include "gateway/request.h"

// Loads the configuration, asks for what is missing, opens the view and tells the station, when it runs, that somebody
// is there. EXIT_DONE, or an exit status after one message.
int cli_officer(struct cli *cli, const char *as, const char *password_file, struct view **out);

// Asks and waits; prints the reason of a failure. `out` is wiped by the caller when it holds a secret.
int cli_ask(struct cli *cli, const struct view *v, enum request_verb verb, const void *payload, size_t size,
	struct answer *out);
int cli_exit_of(enum error result); // the exit status of the contract for a station's answer
