// SPDX-License-Identifier: GPL-2.0-or-later
// `tama status`: what the supervisor says, for people or as JSON.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli.h"
#include "gateway/console/tls.h"
#include "gateway/metrics.h"

#define ANSWER_TIMEOUT_MS 10000

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && *s ? s : "-";
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

// What is wrong comes first, and what to do about it.
static void print_problems(const json_t *s)
{
	size_t i;
	json_t *one, *problems = metrics_problems(s);
	const char *on = cli_colour() ? "\033[1;31m" : "", *off = cli_colour() ? "\033[0m" : "";
	json_array_foreach(problems, i, one)
		printf("%s!! %s%s\n   -> %s\n", on, text_of(one, "what"), off, text_of(one, "next"));
	if (json_array_size(problems) == 0)
		puts("all is well: texts are received, sealed and decoded");
	json_decref(problems);
}

static void print_target(const json_t *t)
{
	printf("target %-11s %-8s %s, told %lld, waiting %lld, last success %s\n", text_of(t, "name"), text_of(t, "kind"),
		text_of(t, "state"), number_of(t, "delivered"), number_of(t, "waiting"), text_of(t, "last_success"));
}

static void print_modem(const json_t *m)
{
	printf("modem %-12s %-10s signal %lld %%, SIM %lld of %lld, received %lld, restarts %lld, last message %s\n",
		text_of(m, "name"), text_of(m, "state"), number_of(m, "signal_percent"), number_of(m, "slots_used"),
		number_of(m, "slots_total"), number_of(m, "received"), number_of(m, "restarts"),
		text_of(m, "last_message"));
	if (strcmp(text_of(m, "text"), "-"))
		printf("      %s\n", text_of(m, "text"));
}

static void print_people(const json_t *s)
{
	size_t i;
	json_t *one;
	bool locked = json_is_true(json_object_get(s, "locked")), colour = cli_colour();
	printf("station %s: %s%s%s\n", text_of(s, "station"), colour ? locked ? "\033[1;31m" : "\033[1;32m" : "",
		locked ? "LOCKED (texts are received and sealed; `tama unlock` opens)" : "unlocked",
		colour ? "\033[0m" : "");
	print_problems(s);
	if (json_is_true(json_object_get(s, "demo")))
		cli_red("DEMO: the passphrase and the passwords of this station are known to everybody");
	printf("messages  received %lld, sealed %lld, decoded %lld, rejected %lld, read twice %lld, waiting in the spool "
	       "%lld, parts waiting %lld\n",
		number_of(s, "received"), number_of(s, "spooled"), number_of(s, "triaged"), number_of(s, "rejected"),
		number_of(s, "duplicates"), number_of(s, "spool_depth"), number_of(s, "waiting_parts"));
	if (strcmp(text_of(s, "rules_state"), "-"))
		printf("rules     %s\n", text_of(s, "rules_state"));
	printf("disk      %lld MB free\nlast      %s\n", number_of(s, "disk_free_bytes") / 1000000,
		text_of(s, "last_message"));
	json_array_foreach(json_object_get(s, "modems"), i, one)
		print_modem(one);
	json_array_foreach(json_object_get(s, "targets"), i, one)
		print_target(one);
	if (json_object_get(s, "canary"))
		printf("canary    %s, last came back %s\n", text_of(json_object_get(s, "canary"), "state"),
			text_of(json_object_get(s, "canary"), "last_success"));
	json_array_foreach(json_object_get(s, "processes"), i, one)
		printf("process %-10s %-8s pid %lld, restarts %lld%s%s\n", text_of(one, "name"), text_of(one, "state"),
			number_of(one, "pid"), number_of(one, "restarts"),
			strcmp(text_of(one, "text"), "-") ? ": " : "",
			strcmp(text_of(one, "text"), "-") ? text_of(one, "text") : "");
	if (json_object_get(s, "console_certificate_sha256"))
		printf("console certificate SHA-256 %s\n", text_of(s, "console_certificate_sha256"));
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
	cleanup_fd int sock = -1;
	cleanup_free struct message *m = calloc(1, sizeof *m);
	bool metrics = false;
	const struct option_spec specs[] = {{"metrics", NULL, &metrics, NULL, "as Prometheus reads it"}};
	if (cli_options(cli, argc, argv, specs, 1, NULL, 0) < 0)
		return EXIT_USAGE;
	int status = m ? cli_config(cli) : EXIT_CANNOT;
	if (status == EXIT_DONE)
		status = cli_connect(cli, "station", &sock);
	if (status != EXIT_DONE)
		return status;
	enum error e = message_send(sock, MESSAGE_STATUS, NULL, 0, -1);
	if (e == OK)
		e = cli_wait(sock, m, ANSWER_TIMEOUT_MS);
	json_t *s = e == OK && m->type == MESSAGE_STATUS_JSON ? json_loadb((char *)m->body, m->size, 0, NULL) : NULL;
	if (!s) {
		fprintf(stderr, "tama: the station does not answer (%s)\n", error_text(e));
		return EXIT_CANNOT;
	}
	char fingerprint[TLS_FINGERPRINT_SIZE];
	if (cli->config.console_enabled && tls_fingerprint(&cli->config, fingerprint) == OK)
		json_object_set_new(s, "console_certificate_sha256", json_string(fingerprint));
	if (metrics) {
		cleanup_free char *text = metrics_text(s);
		fputs(text, stdout);
	} else if (cli->json) {
		json_dumpf(s, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_people(s);
	}
	json_decref(s);
	return EXIT_DONE;
}
