// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cmd_export.h"
#include "gateway/section_view.h"

// Nothing is shown whose reading is not written down.
static int write_down(struct cli *cli, struct section_view *v)
{
	cleanup_free struct message *m = calloc(1, sizeof *m);
	cleanup_free struct answer *answer = calloc(1, sizeof *answer);
	cleanup_free uint8_t *wire = malloc(REQUEST_SIZE_MAX);
	cleanup_fd int sock = -1;
	size_t size;
	if (!m || !answer || !wire)
		return EXIT_CANNOT;
	while ((size = section_view_read_request(v, wire))) {
		int status = sock < 0 ? cli_connect(cli, "triage", &sock) : EXIT_DONE;
		if (status != EXIT_DONE) {
			fprintf(stderr, "tama: what a section reads is written down by the station, which must run\n");
			return status;
		}
		enum error e = message_send(sock, MESSAGE_REQUEST, wire, size, -1);
		if (e == OK)
			e = cli_wait(sock, m, 60000);
		if (e == OK)
			e = m->type == MESSAGE_ANSWER ? answer_read(m->body, m->size, answer) : ERROR_MALFORMED;
		if (e == OK && answer->result == OK)
			continue;
		fprintf(stderr, "tama: %s\n", e == OK ? answer->text : "the station does not answer; `tama status` shows why");
		return e == OK ? cli_exit_of(answer->result) : EXIT_CANNOT;
	}
	return EXIT_DONE;
}

static bool wanted(const struct export_call *x, const json_t *entry)
{
	const char *id = feed_text(entry, "id");
	char since[32];
	if (x->since_at && strcmp(feed_text(entry, "until"), cli_utc(x->since_at, since)) <= 0)
		return false;
	if (x->open && !strcmp(feed_text(entry, "state"), "closed"))
		return false;
	for (int i = 0; i < x->id_count; i++)
		if (!strcmp(x->ids[i], id))
			return true;
	return x->id_count == 0;
}

static int read_all(struct export_call *x, struct section_view *v, json_t *entries)
{
	json_t *all = NULL, *one;
	size_t i;
	enum error e = section_view_entries(v, &all);
	if (e != OK) {
		fprintf(stderr, "tama: the records cannot be opened: %s\n", error_text(e));
		return EXIT_CANNOT;
	}
	json_array_foreach(all, i, one) {
		if (wanted(x, one))
			json_array_append(entries, one);
		snprintf(x->scheme, sizeof x->scheme, "%s", feed_text(one, "scheme"));
	}
	json_decref(all);
	return write_down(x->cli, v);
}

int export_section(struct export_call *x, json_t *entries, char section[static SECTION_NAME_SIZE])
{
	cleanup_secret struct secret *token = NULL;
	struct section_view *v = NULL;
	struct store *store = NULL;
	char path[600];
	int status = cli_config(x->cli);
	if (status == EXIT_DONE)
		status = cli_secret(x->token_file, "token", false, &token);
	if (status != EXIT_DONE)
		return status;
	enum error e = store_open(config_file(&x->cli->config, "queue.db", path), false, &store);
	if (e == OK)
		e = section_view_open(&x->cli->config, store, cli_secret_text(token), x->section, &v);
	if (e == ERROR_FORGED)
		fprintf(stderr, "tama: %s: no token of this station%s%s, or it was revoked\n", x->token_file,
			x->section ? " for " : "", x->section ? x->section : "");
	else if (e != OK)
		fprintf(stderr, "tama: %s: %s\n", path, error_text(e));
	status = e == OK ? read_all(x, v, entries) : e == ERROR_FORGED ? EXIT_USAGE : EXIT_CANNOT;
	if (e == OK)
		snprintf(section, SECTION_NAME_SIZE, "%s", section_view_name(v));
	section_view_close(v);
	store_close(store);
	return status;
}
