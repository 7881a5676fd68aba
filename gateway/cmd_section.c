// SPDX-License-Identifier: GPL-2.0-or-later
// `tama section`: tokens with which sections of the mission read their feeds, and what each has read.
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/feedkey.h"
#include "gateway/section_view.h"

struct section_call {
	struct cli *cli;
	struct view *view;
};

static int print_token(const struct section_call *s, const char *section, const struct answer *a)
{
	uint8_t sealed[SECTION_TOKEN_SIZE + SEAL_OVERHEAD], token[SECTION_TOKEN_SIZE];
	char text[SECTION_TOKEN_TEXT_SIZE];
	struct bytes_reader r;
	bytes_reader_init(&r, a->payload, a->size);
	uint64_t id = bytes_get_u64(&r);
	bytes_get(&r, sealed, sizeof sealed);
	if (!bytes_end(&r) || seal_open(SECTION_TOKEN_DOMAIN, view_keys(s->view)->seal, s->cli->config.station_id, 16, sealed,
				      sizeof sealed, token) != OK) {
		fprintf(stderr, "tama: the station's answer does not open\n");
		return EXIT_CANNOT;
	}
	section_token_text(token, text);
	if (s->cli->json) {
		printf("{\"section\": \"%s\", \"id\": %llu, \"token\": \"%s\"}\n", section, (unsigned long long)id, text);
	} else {
		printf("%s\n", text);
		fprintf(stderr, "Token %llu of %s, shown this once. Who has it reads the section's feed from now on.\n",
			(unsigned long long)id, section);
	}
	sodium_memzero(token, sizeof token);
	sodium_memzero(text, sizeof text);
	return EXIT_DONE;
}

static int add(struct section_call *s, const char *section)
{
	uint8_t payload[SECTION_NAME_SIZE];
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(s->cli, "a section's name has at most 23 octets");
	int status = cli_ask(s->cli, s->view, REQUEST_SECTION_TOKEN, payload, w.at, a);
	return status == EXIT_DONE ? print_token(s, section, a) : status;
}

static int take_back(struct section_call *s, const char *section, const char *token)
{
	uint8_t payload[SECTION_NAME_SIZE + 8];
	struct bytes_writer w;
	unsigned long long id = 0;
	char end;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (token && (sscanf(token, "%19llu%c", &id, &end) != 1 || id == 0))
		return cli_usage(s->cli, "a token is named by its number; `tama section list` shows it");
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	bytes_put_u64(&w, id);
	if (!a || !bytes_ok(&w))
		return cli_usage(s->cli, "a section's name has at most 23 octets");
	int status = cli_ask(s->cli, s->view, REQUEST_SECTION_REVOKE, payload, w.at, a);
	if (status == EXIT_DONE)
		printf(s->cli->json ? "{\"done\": \"revoked\"}\n" : "revoked: it reads nothing from now on\n");
	return status;
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "never";
}

static void print_list(const json_t *sections)
{
	const json_t *one, *token, *item;
	size_t i, k;
	json_array_foreach(sections, i, one) {
		printf("%s: %lld records, %lld read, %lld not; last read %s\n", text(one, "name"), (long long)number(one, "items"),
			(long long)number(one, "read"), (long long)number(one, "unread"), text(one, "last_read_at"));
		json_array_foreach(json_object_get(one, "tokens"), k, token)
			printf("  token %-4lld made %s, last used %s%s\n", (long long)number(token, "id"), text(token, "made_at"),
				text(token, "last_used_at"), json_is_true(json_object_get(token, "revoked")) ? ", revoked" : "");
		json_array_foreach(json_object_get(one, "items_detail"), k, item)
			if (!json_is_string(json_object_get(item, "read_at")))
				printf("  not read: record %lld of %.10s\n", (long long)number(item, "item"), text(item, "day"));
	}
}

static int list(struct section_call *s)
{
	json_t *sections = NULL;
	enum error e = section_list_json(view_store(s->view), &sections);
	if (e != OK) {
		fprintf(stderr, "tama: %s/queue.db: %s\n", s->cli->config.dir, error_text(e));
		return EXIT_CANNOT;
	}
	if (s->cli->json) {
		json_dumpf(sections, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_list(sections);
	}
	json_decref(sections);
	return EXIT_DONE;
}

static int show_key(struct cli *cli)
{
	char key[FEEDKEY_TEXT_SIZE];
	int status = cli_config(cli);
	if (status != EXIT_DONE)
		return status;
	enum error e = feedkey_text(&cli->config, key);
	if (e != OK) {
		fprintf(stderr, "tama: %s/keys/feed.pub: %s; the first `tama unlock` makes it\n", cli->config.dir, error_text(e));
		return EXIT_CANNOT;
	}
	printf(cli->json ? "{\"key\": \"%s\"}\n" : "%s\n", key);
	return EXIT_DONE;
}

static int dispatch(struct section_call *s, int n, const char **words)
{
	const char *verb = words[0];
	if (!strcmp(verb, "list") && n == 1)
		return list(s);
	if ((!strcmp(verb, "add") || !strcmp(verb, "token")) && n == 2)
		return add(s, words[1]);
	if (!strcmp(verb, "revoke") && (n == 2 || n == 3))
		return take_back(s, words[1], n == 3 ? words[2] : NULL);
	return cli_usage(s->cli, "list, add SECTION, token SECTION, revoke SECTION [TOKEN], key");
}

int cmd_section(struct cli *cli, int argc, char **argv)
{
	struct section_call s = {.cli = cli};
	const char *as = NULL, *password_file = NULL, *words[4];
	const struct option_spec specs[] = {
		{"as", &as, NULL, "NAME", "the officer who does it"},
		{"password-file", &password_file, NULL, "FILE", "the officer's password (else asked)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 4);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0)
		return cli_usage(cli, "list, add, token, revoke or key?");
	if (n == 1 && !strcmp(words[0], "key"))
		return show_key(cli);
	int status = cli_officer(cli, as, password_file, &s.view);
	if (status == EXIT_DONE)
		status = dispatch(&s, n, words);
	view_close(s.view);
	return status;
}
