// SPDX-License-Identifier: GPL-2.0-or-later
// `tama backup`: the station as one file for the custodians, while it runs. No key of the station is in it: not the
// KEK, no pseudonym, reply, working or outer key; a restored station opens no identity of before.
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/bundle.h"
#include "gateway/cli.h"
#include "gateway/store_record.h"

static enum error read_head(const struct cli *cli, struct store *store, struct bundle_head *h,
	struct officer_public *custodians)
{
	uint8_t record[AUDIT_RECORD_MAX];
	struct audit_record r;
	size_t size, n;
	memcpy(h->station_id, cli->config.station_id, sizeof h->station_id);
	enum error e = store_custodians(store, h->ids, custodians, CUSTODY_MAX, &n);
	h->custodians = (unsigned)n;
	if (e == OK)
		e = store_audit_last(store, record, sizeof record, &size);
	if (e == ERROR_NOT_FOUND)
		return OK;
	if (e == OK)
		e = audit_read(record, size, &r);
	if (e == OK)
		audit_state_of(&h->audit, h->station_id, &r, record, size);
	return e;
}

// Older code sheets: without them what old cards say is not understood.
static enum error add_sheets(const struct config *c, struct bundle *b)
{
	glob_t found = {0};
	char pattern[CONFIG_TEXT * 2 + 8], name[BUNDLE_NAME_SIZE];
	enum error e = OK;
	snprintf(pattern, sizeof pattern, "%s/*.conf", c->sheets);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && e == OK; i++) {
			snprintf(name, sizeof name, "sheets/older-%zu.conf", i + 1); // whatever it was called
			e = bundle_add_file(b, name, found.gl_pathv[i]);
		}
	globfree(&found);
	return e;
}

// The configuration's files may lie elsewhere; in a backup they have the names that `tama init` gives.
static enum error add_all(const struct config *c, struct bundle *b, const char *copy)
{
	const struct {
		const char *name, *path;
	} files[] = {{"queue.db", copy}, {"tama.conf", c->path}, {"sheet.conf", c->sheet}, {"rules.conf", c->rules}};
	char path[600];
	enum error e = OK;
	for (size_t i = 0; i < ARRAY_LENGTH(files) && e == OK; i++)
		e = bundle_add_file(b, files[i].name, files[i].path);
	if (e == OK)
		e = bundle_add_file(b, "keys/log.first", config_file(c, "keys/log.first", path));
	if (e == OK)
		e = add_sheets(c, b);
	if (e == OK) { // behind the database, so that no alert in it lacks its pad
		e = bundle_add_file(b, "queue.pads", config_file(c, "queue.pads", path));
		e = e == ERROR_NOT_FOUND ? OK : e;
	}
	return e == OK ? bundle_finish(b) : e;
}

static enum error make(struct cli *cli, const char *file, struct bundle_head *head)
{
	struct officer_public custodians[CUSTODY_MAX];
	char path[600], copy[600];
	struct store *store = NULL;
	struct bundle *b = NULL;
	snprintf(copy, sizeof copy, "%.580s.queue", file);
	enum error e = store_open(config_file(&cli->config, "queue.db", path), false, &store);
	if (e == OK)
		e = store_copy(store, copy);
	store_close(store);
	store = NULL;
	if (e == OK)
		e = store_open(copy, false, &store); // head and custodians of the very copy
	if (e == OK)
		e = read_head(cli, store, head, custodians);
	store_close(store);
	if (e == OK && head->custodians == 0)
		e = ERROR_REFUSED;
	if (e == OK)
		e = bundle_create(file, head, custodians, &b);
	if (e == OK)
		e = add_all(&cli->config, b, copy);
	bundle_close(b);
	unlink(copy);
	return e;
}

int cmd_backup(struct cli *cli, int argc, char **argv)
{
	const char *words[1];
	struct bundle_head head = {0};
	char text[AUDIT_HEAD_SIZE] = "-";
	int n = cli_options(cli, argc, argv, NULL, 0, words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0)
		return cli_usage(cli, "into which file?");
	int status = cli_config(cli);
	if (status != EXIT_DONE)
		return status;
	enum error e = make(cli, words[0], &head);
	if (e != OK) {
		fprintf(stderr, "tama: %s: %s%s\n", words[0], error_text(e),
			e == ERROR_EXISTS  ? ": nothing was written" :
			e == ERROR_REFUSED ? ": there are no custodians, so nobody could open it" : "");
		return e == ERROR_EXISTS ? EXIT_USAGE : EXIT_CANNOT;
	}
	if (head.audit.seq)
		audit_head(&head.audit, text);
	if (cli->json)
		printf("{\"file\": \"%s\", \"head\": \"%s\", \"custodians\": %u}\n", words[0], text, head.custodians);
	else
		printf("%s: the queue, code sheet, rules and configuration, sealed to %u custodians; any one of them opens it with\n"
		       "`tama restore`. Audit head %s. Destroy old backups: what expires here lives on in them.\n",
			words[0], head.custodians, text);
	return EXIT_DONE;
}
