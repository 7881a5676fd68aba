// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli_ruleset.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"
#include "gateway/reading_json.h"

struct session {
	struct cli *cli;
	const struct ruleset_call *call;
	struct view *view;
	struct ruleset_client client;
	int status; // of the last question
};

static enum error ask(void *ctx, enum request_verb verb, const void *payload, size_t size, struct answer *out)
{
	struct session *s = ctx;
	s->status = cli_ask(s->cli, s->view, verb, payload, size, out);
	if (s->status == EXIT_DONE || out->result != OK)
		return OK; // what triage says is in the answer
	return ERROR_IO;
}

// cli_ask has said why; the mistakes of a text come behind.
static int failed(const struct session *s, enum error e)
{
	const struct answer *a = s->client.answer;
	if (a->result == ERROR_ARGUMENT && a->size)
		fprintf(stderr, "%.*s", (int)a->size, (const char *)a->payload);
	if (s->status != EXIT_DONE)
		return s->status;
	fprintf(stderr, "tama: %s\n", *a->text ? a->text : error_text(e));
	return cli_exit_of(e);
}

static int done(const struct session *s, uint64_t version)
{
	if (s->cli->json)
		printf("{\"version\": %llu, \"message\": \"%s\"}\n", (unsigned long long)version, s->client.answer->text);
	else
		puts(s->client.answer->text);
	return EXIT_DONE;
}

static bool get_version(const char *word, uint64_t *out)
{
	char end;
	unsigned long long n;
	if (sscanf(word, "%15llu%c", &n, &end) != 1 || n == 0)
		return false;
	*out = n;
	return true;
}

// ---- propose ----------------------------------------------------------------------------------------------------------

static char *read_text(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	char *text = f ? calloc(1, RULESET_TEXT_MAX + 2) : NULL;
	*size = text ? fread(text, 1, RULESET_TEXT_MAX + 1, f) : 0;
	if (f)
		fclose(f);
	return text;
}

// Here too, so that the mistakes come with the file's name before anything is sent.
static int check_first(struct session *s, const char *file)
{
	struct loaded l;
	bool rules = s->call->what == RULESET_RULES;
	int status = loaded_open(s->cli, &l, rules ? NULL : file, rules ? file : NULL, true, EXIT_FOUND);
	if (status == EXIT_FOUND && s->cli->json)
		problems_print(l.problems, stderr);
	loaded_close(&l);
	return status == EXIT_FOUND ? EXIT_USAGE : status;
}

static int propose(struct session *s, const char *file)
{
	uint64_t version = 0;
	size_t size;
	const struct config *c = &s->cli->config;
	const char *path = file ? file : s->call->what == RULESET_RULES ? c->rules : c->sheet;
	int status = check_first(s, path);
	if (status != EXIT_DONE)
		return status;
	cleanup_free char *text = read_text(path, &size);
	if (!text) {
		fprintf(stderr, "tama: %s: %m\n", path);
		return EXIT_USAGE;
	}
	enum error e = ruleset_propose(&s->client, s->call->what, text, size, s->call->comment ? s->call->comment : "", &version);
	return e == OK ? done(s, version) : failed(s, e);
}

// ---- approve, roll back, reject ----------------------------------------------------------------------------------------

typedef enum error step(const struct ruleset_client *c, enum ruleset_what what, uint64_t version, const uint8_t *hash);

// What is signed is the hash of the text that came, not one that somebody says.
static int sign(struct session *s, uint64_t version, step *act)
{
	uint8_t hash[RULESET_HASH_SIZE];
	cleanup_free char *text = NULL;
	size_t size = 0;
	enum error e = ruleset_fetch(&s->client, s->call->what, version, &text, &size);
	if (e != OK)
		return failed(s, e);
	ruleset_hash(text, size, hash);
	e = act(&s->client, s->call->what, version, hash);
	return e == OK ? done(s, version) : failed(s, e);
}

static int reject(struct session *s, uint64_t version)
{
	enum error e = ruleset_reject(&s->client, s->call->what, version);
	return e == OK ? done(s, version) : failed(s, e);
}

static int show(struct session *s, uint64_t version)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	enum error e = ruleset_fetch(&s->client, s->call->what, version, &text, &size);
	if (e != OK)
		return failed(s, e);
	return fwrite(text, 1, size, stdout) == size ? EXIT_DONE : EXIT_CANNOT;
}

// ---- log ----------------------------------------------------------------------------------------------------------------

static json_t *who_json(const char *name)
{
	return *name ? json_string(name) : json_null();
}

static json_t *info_json(const struct ruleset_info *i)
{
	char hash[RULESET_HASH_SIZE * 2 + 1];
	sodium_bin2hex(hash, sizeof hash, i->hash, sizeof i->hash);
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:I}", "version", (json_int_t)i->version, "state",
		i->state, "proposed_by", who_json(i->proposed_by), "proposed_at", time_json(i->proposed_at), "approved_by",
		who_json(i->approved_by), "approved_at", time_json(i->approved_at), "rolled_back_by", who_json(i->rolled_by),
		"rolled_back_at", time_json(i->rolled_at), "comment", i->comment, "hash", hash, "size", (json_int_t)i->size);
}

static void print_info(const struct ruleset_info *i)
{
	char at[32];
	printf("%6llu  %-9s proposed by %s %s", (unsigned long long)i->version, i->state, i->proposed_by,
		cli_utc(i->proposed_at, at));
	if (i->approved_at)
		printf(", approved by %s %s", i->approved_by, cli_utc(i->approved_at, at));
	if (i->rolled_at)
		printf(", gone back to by %s alone %s", i->rolled_by, cli_utc(i->rolled_at, at));
	printf("%s%s\n", *i->comment ? ": " : "", i->comment);
}

static void print_running(const struct ruleset_page *p, const char *name)
{
	if (p->approved)
		printf("version %llu of the %s runs\n", (unsigned long long)p->running, name);
	else
		printf("the %s that run are not approved by two; `tama %s propose` proposes them\n", name, name);
}

static int list_all(struct session *s)
{
	cleanup_free struct ruleset_page *p = calloc(1, sizeof *p);
	json_t *list = json_array();
	enum error e = p ? ruleset_list(&s->client, s->call->what, 0, p) : ERROR_MEMORY;
	uint64_t running = e == OK && p->approved ? p->running : 0;
	if (e == OK && !s->cli->json)
		print_running(p, ruleset_name(s->call->what));
	while (e == OK && p->count) {
		for (size_t i = 0; i < p->count; i++) {
			json_array_append_new(list, info_json(&p->list[i]));
			if (!s->cli->json)
				print_info(&p->list[i]);
		}
		e = ruleset_list(&s->client, s->call->what, p->list[p->count - 1].version, p);
	}
	if (e == OK && s->cli->json) {
		json_t *o = json_pack("{s:o, s:b, s:O}", "running", running ? json_integer((json_int_t)running) : json_null(),
			"approved", running != 0, "versions", list);
		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	}
	json_decref(list);
	return e == OK ? EXIT_DONE : failed(s, e);
}

// ---- which -----------------------------------------------------------------------------------------------------------------

static const struct {
	const char *name;
	bool needs, takes; // a version, or of propose a file
} verbs[] = {{"propose", false, true}, {"approve", true, true}, {"reject", true, true}, {"rollback", true, true},
	{"log", false, false}, {"show", true, true}};

static size_t find_verb(const char *word)
{
	size_t i = 0;
	while (i < ARRAY_LENGTH(verbs) && strcmp(verbs[i].name, word) != 0)
		i++;
	return i;
}

bool ruleset_is_verb(const char *word)
{
	return find_verb(word) < ARRAY_LENGTH(verbs);
}

static int run(struct session *s, const char *verb, const char *word, uint64_t version)
{
	if (!strcmp(verb, "propose"))
		return propose(s, word);
	if (!strcmp(verb, "log"))
		return list_all(s);
	if (!strcmp(verb, "show"))
		return show(s, version);
	if (!strcmp(verb, "reject"))
		return reject(s, version);
	return sign(s, version, !strcmp(verb, "approve") ? ruleset_approve : ruleset_rollback);
}

int ruleset_run(struct cli *cli, const struct ruleset_call *call, const char *const *words, int count)
{
	size_t v = find_verb(words[0]);
	uint64_t version = 0;
	struct session s = {.cli = cli, .call = call};
	cleanup_free struct answer *answer = calloc(1, sizeof *answer);
	if (count > 1 + verbs[v].takes || count < 1 + verbs[v].needs || (verbs[v].needs && !get_version(words[1], &version)))
		return cli_usage(cli, "propose [FILE], approve ID, reject ID, rollback VERSION, show VERSION or log");
	if (call->comment && strcmp(words[0], "propose") != 0)
		return cli_usage(cli, "--comment is for propose");
	int status = answer ? cli_officer(cli, call->as, call->password_file, &s.view) : EXIT_CANNOT;
	if (status != EXIT_DONE)
		return status;
	s.client = (struct ruleset_client){view_keys(s.view), cli->config.station_id, ask, &s, answer};
	status = run(&s, words[0], count > 1 ? words[1] : NULL, version);
	sodium_memzero(answer, sizeof *answer);
	view_close(s.view);
	return status;
}
