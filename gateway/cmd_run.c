// SPDX-License-Identifier: GPL-2.0-or-later
// `tama run`: looks at everything that could be wrong while a person still reads the terminal, then becomes the
// supervisor.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli.h"
#include "gateway/keyfile.h"
#include "gateway/reply_check.h"
#include "gateway/store_ruleset.h"
#include "rules/rule.h"
#include "rules/sheet_set.h"

static bool has_approved(const struct config *c)
{
	char path[600];
	struct store *store = NULL;
	uint64_t rules = 0, sheet = 0;
	config_file(c, "queue.db", path);
	enum error e = store_open(path, false, &store);
	if (e == OK)
		e = store_ruleset_active(store, RULESET_RULES, &rules);
	if (e == OK)
		e = store_ruleset_active(store, RULESET_SHEET, &sheet);
	store_close(store);
	return e == OK && (rules || sheet);
}

static int check_rules(const struct config *c)
{
	cleanup_free struct problems *problems = calloc(1, sizeof *problems);
	struct sheet *sheet = NULL;
	struct rules *rules = NULL;
	struct sheet_set older = {.count = 0};
	if (!problems)
		return EXIT_CANNOT;
	enum error e = sheet_load(c->sheet, problems, &sheet);
	if (e == OK)
		e = rules_load(c->rules, sheet, problems, &rules);
	if (e == OK)
		e = reply_check(rules, problems);
	if (e == OK)
		e = sheet_set_load(c->sheets, sheet, problems, &older);
	sheet_set_finish(&older);
	problems_print(problems, stderr);
	rules_destroy(rules);
	sheet_destroy(sheet);
	if (e != OK && c->approval_required && has_approved(c)) {
		fprintf(stderr, "tama: the versions that two people approved run in their place\n");
		e = OK;
	}
	return e == OK ? EXIT_DONE : EXIT_USAGE;
}

static int check_queue(const struct config *c)
{
	char path[600];
	struct store *store = NULL;
	config_file(c, "queue.db", path);
	if (access(c->dir, W_OK) != 0) {
		fprintf(stderr, "tama: %s cannot be written: %m; nothing could be kept there\n", c->dir);
		return EXIT_CANNOT;
	}
	enum error e = store_open(path, false, &store);
	store_close(store);
	if (e == OK)
		return EXIT_DONE;
	if (e == ERROR_OUTDATED) { // triage brings it forward, whole or not at all
		fprintf(stderr, "tama: %s was written by an older version of Tama; it is brought forward now\n", path);
		return EXIT_DONE;
	}
	if (e == ERROR_VERSION)
		fprintf(stderr, "tama: %s was written by another version of Tama: run that version, or restore the "
				"queue of this one; nothing was changed\n", path);
	else if (e == ERROR_NOT_FOUND)
		fprintf(stderr, "tama: %s is not there: restore it, or make a new station with `tama init`\n", path);
	else
		fprintf(stderr, "tama: %s: %s; restore it from a backup\n", path, error_text(e));
	return EXIT_CANNOT;
}

static int check_modems(const struct config *c)
{
	int status = EXIT_DONE;
	for (size_t i = 0; i < c->modem_count; i++) {
		if (access(c->modems[i].device, R_OK | W_OK) == 0)
			continue;
		fprintf(stderr, "tama: modem \"%s\": %s: %m; plug it in or name another device in %s, or start with "
				"--wait\n", c->modems[i].name, c->modems[i].device, c->path);
		status = EXIT_CANNOT;
	}
	return status;
}

int cmd_run(struct cli *cli, int argc, char **argv)
{
	bool wait = false;
	const struct option_spec specs[] = {{"wait", NULL, &wait, NULL, "start although a modem is not there yet"}};
	char path[PATH_MAX], why[512];
	struct seal_public station;
	if (cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), NULL, 0) < 0)
		return EXIT_USAGE;
	int status = cli_config(cli);
	if (status == EXIT_DONE && keyfile_station_public(&cli->config, &station, why) != OK) {
		fprintf(stderr, "tama: %s\n", why);
		status = EXIT_USAGE;
	}
	if (status == EXIT_DONE)
		status = check_rules(&cli->config);
	if (status == EXIT_DONE)
		status = check_queue(&cli->config);
	if (status == EXIT_DONE && !wait)
		status = check_modems(&cli->config);
	if (status != EXIT_DONE)
		return status;
	if (cli->config.demo)
		cli_red("DEMO station: its passphrase and passwords are known to everybody; never use it for people");
	if (cli_program("tama-supervisor", path, sizeof path) == OK)
		execl(path, "tama-supervisor", "-c", cli->config.path, (char *)NULL);
	fprintf(stderr, "tama: %s: %m; is Tama installed whole?\n", path);
	return EXIT_CANNOT;
}
