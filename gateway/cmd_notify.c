// SPDX-License-Identifier: GPL-2.0-or-later
// `tama notify`: tries a target, the whole way from the queue to its endpoint.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/notice.h"

#define WAIT_S 60
#define ANSWER_TIMEOUT_MS 10000

struct try {
	bool known;
	long long delivered, failures;
	char text[100], kind[16];
};

static enum error ask(struct cli *cli, const char *name, struct try *out)
{
	cleanup_free struct message *m = calloc(1, sizeof *m);
	cleanup_fd int sock = -1;
	size_t i;
	json_t *one;
	*out = (struct try){0};
	if (!m || cli_connect(cli, "station", &sock) != EXIT_DONE || message_send(sock, MESSAGE_STATUS, NULL, 0, -1) != OK ||
		cli_wait(sock, m, ANSWER_TIMEOUT_MS) != OK || m->type != MESSAGE_STATUS_JSON)
		return ERROR_IO;
	json_t *status = json_loadb((char *)m->body, m->size, 0, NULL);
	json_array_foreach(json_object_get(status, "targets"), i, one) {
		const char *is = json_string_value(json_object_get(one, "name"));
		if (!is || strcmp(is, name) != 0)
			continue;
		out->known = true;
		out->delivered = json_integer_value(json_object_get(one, "delivered"));
		out->failures = json_integer_value(json_object_get(one, "failures"));
		snprintf(out->text, sizeof out->text, "%s", json_string_value(json_object_get(one, "text")));
		snprintf(out->kind, sizeof out->kind, "%s", json_string_value(json_object_get(one, "kind")));
	}
	json_decref(status);
	return OK;
}

static int tell(struct cli *cli, const char *name, const struct try *now, bool delivered)
{
	bool sms = !strcmp(now->kind, "sms");
	if (cli->json)
		printf("{\"target\": \"%s\", \"delivered\": %s}\n", name, delivered ? "true" : "false");
	else if (delivered)
		printf("%s: %s\n", name, sms ? "handed to the modems; look at the phones of who is on call" : "the endpoint took it");
	if (!delivered)
		fprintf(stderr, "tama: %s: %s; it is tried again by itself\n", name, *now->text ? now->text : "no answer yet");
	return delivered ? EXIT_DONE : EXIT_FOUND;
}

static int wait_for_it(struct cli *cli, const char *name, const struct try *before)
{
	struct try now = *before;
	time_t end = time(NULL) + WAIT_S;
	while (time(NULL) < end && now.delivered == before->delivered && now.failures <= before->failures) {
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		if (ask(cli, name, &now) != OK)
			return EXIT_CANNOT;
		if (now.failures < before->failures) // it does well again
			break;
	}
	return tell(cli, name, &now, now.delivered > before->delivered);
}

int cmd_notify(struct cli *cli, int argc, char **argv)
{
	const char *words[2], *as = NULL, *password_file = NULL;
	uint8_t payload[NOTICE_NAME_SIZE];
	struct bytes_writer w;
	struct view *view = NULL;
	struct try before;
	const struct option_spec specs[] = {
		{"as", &as, NULL, "NAME", "the supervisor who tries it"},
		{"password-file", &password_file, NULL, "FILE", "the password (else asked)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 2);
	if (n < 0)
		return EXIT_USAGE;
	if (n != 2 || strcmp(words[0], "test") != 0 || strlen(words[1]) >= NOTICE_NAME_SIZE)
		return cli_usage(cli, "test, and the name of a target of tama.conf");
	int status = cli_officer(cli, as, password_file, &view);
	if (status == EXIT_DONE && ask(cli, words[1], &before) != OK)
		status = EXIT_CANNOT;
	if (status == EXIT_DONE) {
		cleanup_free struct answer *a = calloc(1, sizeof *a);
		bytes_writer_init(&w, payload, sizeof payload);
		bytes_put_text(&w, words[1], NOTICE_NAME_SIZE);
		status = a ? cli_ask(cli, view, REQUEST_NOTIFY_TEST, payload, sizeof payload, a) : EXIT_CANNOT;
	}
	if (status == EXIT_DONE)
		status = wait_for_it(cli, words[1], &before);
	view_close(view);
	return status;
}
