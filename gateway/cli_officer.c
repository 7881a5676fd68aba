// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli_officer.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"

#define ANSWER_TIMEOUT_MS 60000

static enum error ask(struct cli *cli, const struct view *v, int sock, enum request_verb verb, const void *payload,
	size_t size, struct answer *out)
{
	cleanup_free struct message *m = calloc(1, sizeof *m);
	cleanup_free struct request *r = calloc(1, sizeof *r);
	uint8_t wire[REQUEST_SIZE_MAX];
	if (!m || !r)
		return ERROR_MEMORY;
	BUG_IF(size > REQUEST_PAYLOAD_MAX);
	r->verb = verb;
	r->at = (int64_t)time(NULL);
	r->size = (uint16_t)size;
	if (size)
		memcpy(r->payload, payload, size);
	size_t n = request_sign(view_keys(v), cli->config.station_id, r, wire);
	enum error e = message_send(sock, MESSAGE_REQUEST, wire, n, -1);
	if (e == OK)
		e = cli_wait(sock, m, ANSWER_TIMEOUT_MS);
	if (e == OK)
		e = m->type == MESSAGE_ANSWER ? answer_read(m->body, m->size, out) : ERROR_MALFORMED;
	sodium_memzero(wire, sizeof wire);
	sodium_memzero(m, sizeof *m);
	sodium_memzero(r, sizeof *r);
	return e;
}

int cli_exit_of(enum error result)
{
	return result == OK                                                                                     ? EXIT_DONE :
	       result == ERROR_FORGED || result == ERROR_ARGUMENT || result == ERROR_NOT_FOUND                ? EXIT_USAGE :
	       result == ERROR_REFUSED || result == ERROR_EXISTS || result == ERROR_TIMEOUT                   ? EXIT_FOUND :
														EXIT_CANNOT;
}

int cli_ask(struct cli *cli, const struct view *v, enum request_verb verb, const void *payload, size_t size,
	struct answer *out)
{
	cleanup_fd int sock = -1;
	int status = cli_connect(cli, "triage", &sock);
	if (status != EXIT_DONE)
		return status;
	enum error e = ask(cli, v, sock, verb, payload, size, out);
	if (e != OK)
		fprintf(stderr, "tama: the station does not answer (%s); `tama status` shows why\n", error_text(e));
	else if (out->result != OK)
		fprintf(stderr, "tama: %s\n", out->text);
	return e == OK ? cli_exit_of(out->result) : EXIT_CANNOT;
}

// Reading is written down too, and a password for duress raises its silent alert here. The queue can be read while
// the station does not run, so that no answer is no error.
static void tell_session(struct cli *cli, const struct view *v)
{
	char path[600];
	struct answer *answer = calloc(1, sizeof *answer);
	cleanup_fd int sock = -1;
	if (answer && message_connect(config_file(&cli->config, "run/triage.sock", path), &sock) == OK &&
		ask(cli, v, sock, REQUEST_SESSION, NULL, 0, answer) != OK)
		fprintf(stderr, "tama: the station does not answer; `tama status` shows why\n");
	free(answer);
}

int cli_officer(struct cli *cli, const char *as, const char *password_file, struct view **out)
{
	cleanup_secret struct secret *password = NULL;
	int status = cli_config(cli);
	if (status != EXIT_DONE)
		return status;
	if (!as)
		return cli_usage(cli, "as which officer? --as NAME");
	status = cli_secret(password_file, "password", false, &password);
	if (status != EXIT_DONE)
		return status;
	enum error e = view_open(&cli->config, as, cli_secret_text(password), out);
	if (e == ERROR_FORGED)
		fprintf(stderr, "tama: no such officer, or a wrong password\n");
	else if (e != OK)
		fprintf(stderr, "tama: %s/queue.db: %s\n", cli->config.dir, error_text(e));
	if (e == OK)
		tell_session(cli, *out);
	return e == OK ? EXIT_DONE : e == ERROR_FORGED ? EXIT_USAGE : EXIT_CANNOT;
}
