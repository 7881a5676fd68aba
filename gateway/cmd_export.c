// SPDX-License-Identifier: GPL-2.0-or-later
// `tama export`: alerts in the formats of other systems, as one officer may see them.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"
#include "gateway/cmd_export.h"
#include "gateway/feed/feed_entry.h"
#include "gateway/feedkey.h"

// ---- an officer's own view --------------------------------------------------------------------------------------------

struct collecting {
	struct export_call *call;
	const struct sheet *sheet;
	struct view *view;
	json_t *entries;
	size_t sealed;
	char since[32];
};

static bool wanted(const struct export_call *x, uint64_t id)
{
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)id);
	for (int i = 0; i < x->id_count; i++)
		if (!strcmp(x->ids[i], text))
			return true;
	return x->id_count == 0;
}

// The station's own notices are for its officers; what has expired has nothing to say.
static bool collect(void *ctx, const struct store_alert *a)
{
	struct collecting *c = ctx;
	json_t *one = NULL;
	if (a->expired || !wanted(c->call, a->id))
		return true;
	enum error e = view_alert(c->view, a, &one);
	if (e != OK) {
		c->sealed++;
		return true;
	}
	const char *handle = json_string_value(json_object_get(one, "handle"));
	const char *at = json_string_value(json_object_get(one, "received_at"));
	if ((handle && !strcmp(handle, "STATION")) || (*c->since && at && strcmp(at, c->since) < 0)) {
		json_decref(one);
		return true;
	}
	feed_entry_of_alert(one, c->sheet, c->call->cli->config.demo);
	json_array_append_new(c->entries, one);
	return true;
}

static int own_view(struct export_call *x, const struct sheet *sheet, json_t *entries)
{
	struct collecting c = {.call = x, .sheet = sheet, .entries = entries};
	int status = cli_officer(x->cli, x->as, x->password_file, &c.view);
	if (status != EXIT_DONE)
		return status;
	if (x->since_at)
		cli_utc(x->since_at, c.since);
	struct store_filter f = {.arrival_order = true, .open_only = x->open, .since_day = x->since_at / 86400};
	enum error e = store_alert_list(view_store(c.view), &f, collect, &c);
	if (e != OK)
		fprintf(stderr, "tama: the queue cannot be read: %s\n", error_text(e));
	if (c.sealed && view_is_partial(c.view))
		fprintf(stderr, "%zu alerts are sealed for other officers\n", c.sealed);
	view_close(c.view);
	return e == OK ? EXIT_DONE : EXIT_CANNOT;
}

// ---- where it goes ----------------------------------------------------------------------------------------------------

static int write_file(const char *path, const char *text, size_t size)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t at = 0;
	while (fd >= 0 && at < size) {
		ssize_t n = write(fd, text + at, size - at);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	if (fd >= 0 && at == size)
		return EXIT_DONE;
	fprintf(stderr, "tama: %s: %s\n", path, strerror(errno));
	return EXIT_CANNOT;
}

// One file a message: what systems that read CAP expect.
static int write_each(const struct export_call *x, const struct feed *f)
{
	const json_t *one;
	size_t i, size;
	char identifier[80], path[1200];
	if (mkdir(x->output, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "tama: %s: %s\n", x->output, strerror(errno));
		return EXIT_CANNOT;
	}
	json_array_foreach(f->entries, i, one) {
		cleanup_free char *text = NULL;
		feed_cap_identifier(one, identifier);
		snprintf(path, sizeof path, "%.1000s/%s.xml", x->output, identifier);
		if (feed_cap_one(f, one, &text, &size) != OK || write_file(path, text, size) != EXIT_DONE)
			return EXIT_CANNOT;
	}
	fprintf(stderr, "%zu files in %s\n", json_array_size(f->entries), x->output);
	return EXIT_DONE;
}

static int write_out(const struct export_call *x, const struct feed *f)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	if (x->format == FEED_CAP && x->output)
		return write_each(x, f);
	enum error e = feed_write(f, (enum feed_format)x->format, &text, &size);
	if (e != OK) {
		fprintf(stderr, "tama: the export cannot be made: %s\n", error_text(e));
		return EXIT_CANNOT;
	}
	if (x->output)
		return write_file(x->output, text, size);
	bool newline = size && text[size - 1] == '\n';
	return fwrite(text, 1, size, stdout) == size && (newline || putchar('\n') != EOF) ? EXIT_DONE : EXIT_CANNOT;
}

static int own_export(struct export_call *x, json_t *entries)
{
	struct loaded l;
	int status = loaded_open(x->cli, &l, NULL, NULL, false, EXIT_CANNOT);
	if (status == EXIT_DONE)
		status = own_view(x, l.sheet, entries);
	if (status == EXIT_DONE)
		snprintf(x->scheme, sizeof x->scheme, "%s", sheet_scheme(l.sheet));
	loaded_close(&l);
	return status;
}

static int export(struct export_call *x)
{
	char sender[40], section[SECTION_NAME_SIZE] = "", key[FEEDKEY_TEXT_SIZE];
	json_t *entries = json_array();
	int status = x->token_file ? export_section(x, entries, section) : own_export(x, entries);
	if (status == EXIT_DONE && x->id_count && !json_array_size(entries)) {
		fprintf(stderr, "tama: there is no such alert, or it is sealed for others\n");
		status = EXIT_FOUND;
	}
	if (status == EXIT_DONE) {
		const struct config *c = &x->cli->config;
		struct feed f = {.station = c->station_name, .sender = feed_sender(c->station_id, sender), .scheme = x->scheme,
			.section = *section ? section : NULL, .key = *section && feedkey_text(c, key) == OK ? key : NULL,
			.now = (int64_t)time(NULL), .entries = entries};
		status = write_out(x, &f);
	}
	json_decref(entries);
	return status;
}

static bool parse_since(const char *text, int64_t *out)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	*out = end && !*end ? (int64_t)timegm(&tm) : -1;
	return *out > 0;
}

int cmd_export(struct cli *cli, int argc, char **argv)
{
	const char *words[EXPORT_IDS_MAX + 1], *since = NULL;
	struct export_call x = {.cli = cli};
	const struct option_spec specs[] = {
		{"as", &x.as, NULL, "NAME", "the officer whose view it is"},
		{"password-file", &x.password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"section", &x.section, NULL, "SECTION", "with --token-file: the section that it must be of"},
		{"token-file", &x.token_file, NULL, "FILE", "a section's token, instead of an officer: what the section was given"},
		{"key", &x.key, NULL, "KEY", "verify: the station's feed key (`tama section key`), else that of the configuration"},
		{"since", &since, NULL, "TIME", "what came since that day or time"},
		{"open", NULL, &x.open, NULL, "only what is not closed"},
		{"output", &x.output, NULL, "PATH", "a file; of cap a folder, with one file for each message"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, EXPORT_IDS_MAX + 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 2 && !strcmp(words[0], "verify"))
		return export_verify(&x, words[1]);
	x.format = n ? feed_format_of(words[0]) : -1;
	if (x.format < 0)
		return cli_usage(cli, "in which format? cap, geojson, hxl or json; or verify FILE");
	if (since && !parse_since(since, &x.since_at))
		return cli_usage(cli, "--since wants a time such as 2016-05-01T12:30:00Z or a day");
	if (x.token_file && x.as)
		return cli_usage(cli, "as an officer or with a section's token?");
	if (x.section && !x.token_file)
		return cli_usage(cli, "--section wants its --token-file");
	x.ids = words + 1;
	x.id_count = n - 1;
	return export(&x);
}
