// SPDX-License-Identifier: GPL-2.0-or-later
// `tama unlock` and `tama lock`.
#include <sodium.h>
#include <stdio.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli.h"

#define PASSPHRASE_SIZE 1024

int cmd_unlock(struct cli *cli, int argc, char **argv)
{
	const char *file = NULL;
	const struct option_spec specs[] = {
		{"passphrase-file", &file, NULL, "FILE", "its first line is the passphrase; - reads stdin"}};
	uint8_t body[PASSPHRASE_SIZE];
	struct bytes_writer w;
	cleanup_secret struct secret *passphrase = NULL;
	cleanup_fd int probe = -1;
	if (cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), NULL, 0) < 0)
		return EXIT_USAGE;
	int status = cli_config(cli);
	if (status == EXIT_DONE)
		status = cli_connect(cli, "triage", &probe); // before anybody types a passphrase for nothing
	if (status == EXIT_DONE)
		status = cli_secret(file, "passphrase of the station", false, &passphrase);
	if (status != EXIT_DONE)
		return status;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_text(&w, cli_secret_text(passphrase), PASSPHRASE_SIZE);
	status = bytes_ok(&w) ? cli_request(cli, MESSAGE_UNLOCK, body, sizeof body) : EXIT_USAGE;
	sodium_memzero(body, sizeof body);
	if (status == EXIT_DONE)
		puts(cli->json ? "{\"locked\": false}" : "unlocked");
	return status;
}

int cmd_lock(struct cli *cli, int argc, char **argv)
{
	if (cli_options(cli, argc, argv, NULL, 0, NULL, 0) < 0)
		return EXIT_USAGE;
	int status = cli_config(cli);
	if (status == EXIT_DONE)
		status = cli_request(cli, MESSAGE_LOCK, NULL, 0);
	if (status == EXIT_DONE)
		puts(cli->json ? "{\"locked\": true}" : "locked: texts are still received and sealed");
	return status;
}
