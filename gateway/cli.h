// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What every sub-command of `tama` shares: options with their help, the configuration, secrets from people, the
// station's sockets. Exit statuses are the contract of DESIGN.md §6.

#include <stdbool.h>
#include <stddef.h>

#include "crypto/secret.h"
#include "gateway/config.h"
#include "gateway/message.h"

enum { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

struct option_spec {
	const char *name;     // without the dashes
	const char **value;   // takes a value, or NULL
	bool *flag;
	const char *argument; // its name in the help
	const char *doc;
};

struct cli;

struct command {
	const char *name;
	const char *usage;    // behind the name
	const char *doc;      // one sentence
	int (*run)(struct cli *cli, int argc, char **argv);
};

struct cli {
	const char *config_path; // -c, or NULL
	bool json;
	const struct command *command;
	struct config config;    // after cli_config
};

// Options of this command and those of all (-c, --json, --help), anywhere among the words; `words` gets the rest. Returns how
// many words, or -1 after one message: the command ends with EXIT_USAGE. --help prints and exits with 0.
int cli_options(struct cli *cli, int argc, char **argv, const struct option_spec *specs, size_t count,
	const char **words, int words_max);
int cli_usage(const struct cli *cli, const char *why); // prints both, returns EXIT_USAGE
// Finds and loads the configuration; EXIT_DONE, or EXIT_USAGE after one message.
int cli_config(struct cli *cli);

// A line of `file` (NULL: asked on the terminal without echo, twice with `confirm`). The caller destroys *out, which
// ends in a NUL. EXIT_DONE or EXIT_USAGE after one message.
int cli_secret(const char *file, const char *prompt, bool confirm, struct secret **out);
static inline const char *cli_secret_text(const struct secret *s)
{
	return (const char *)secret_view(s);
}

// DIR/run/NAME.sock; EXIT_CANNOT after one message when the station does not run.
int cli_connect(struct cli *cli, const char *name, int *sock);
int cli_exit_of(enum error result); // the exit status of the contract for a station's answer
// Sends one request and waits for its RESULT; prints the reason of a failure, gives the exit status.
int cli_request(struct cli *cli, enum message_type type, const void *body, size_t size);
enum error cli_wait(int sock, struct message *m, int timeout_ms); // ERROR_TIMEOUT after that

void cli_remove_tree(const char *path);      // an unfinished folder of ours
bool cli_colour(void);                       // stdout is a terminal that wants colour
void cli_red(const char *text);              // a warning in red, on stderr
// A program beside this one in a build tree, else where it was installed. ERROR_NOT_FOUND.
MUST_CHECK enum error cli_program(const char *name, char *out, size_t room);
// A data file (sheet-mali.conf …) of the source tree or of the installation.
MUST_CHECK enum error cli_data(const char *name, char *out, size_t room);

int cmd_init(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_unlock(struct cli *cli, int argc, char **argv);
int cmd_lock(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_queue(struct cli *cli, int argc, char **argv);
int cmd_sheet(struct cli *cli, int argc, char **argv);
int cmd_rules(struct cli *cli, int argc, char **argv);
int cmd_user(struct cli *cli, int argc, char **argv);
int cmd_custodian(struct cli *cli, int argc, char **argv);
int cmd_reveal(struct cli *cli, int argc, char **argv);
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_key(struct cli *cli, int argc, char **argv);
int cmd_seize(struct cli *cli, int argc, char **argv);
int cmd_backup(struct cli *cli, int argc, char **argv);
int cmd_restore(struct cli *cli, int argc, char **argv);
int cmd_exposure(struct cli *cli, int argc, char **argv);
int cmd_export(struct cli *cli, int argc, char **argv);
int cmd_section(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_drill(struct cli *cli, int argc, char **argv);
int cmd_reporter(struct cli *cli, int argc, char **argv);
int cmd_notify(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);
const char *cli_utc(int64_t at, char out[static 32]); // seconds since 1970 as RFC 3339
