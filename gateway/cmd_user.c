// SPDX-License-Identifier: GPL-2.0-or-later
// `tama user`: who may read which queue, who guards identities. Everything is signed by the officer who does it.
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/words.h"
#include "gateway/armor.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cmd_custodian.h"

struct user_call {
	struct cli *cli;
	struct view *view;
	const char *as, *password_file, *role, *new_password_file, *duress_file, *custodian, *since;
	bool for_good;
};

static enum kek_cost cost(const struct user_call *u)
{
	return u->cli->config.demo ? KEK_COST_TEST : KEK_COST_NORMAL;
}

static int done(const struct user_call *u, const struct answer *a, const char *what, const char *name)
{
	if (u->cli->json)
		printf("{\"done\": \"%s\"}\n", what);
	else
		printf("%s%s%s\n", name, *a->text ? ": " : " ", *a->text ? a->text : what);
	return EXIT_DONE;
}

// The second record: of the password for duress, or one that nobody can open.
static int make_duress(struct user_call *u, const char *name, struct officer_record *out)
{
	cleanup_secret struct secret *password = NULL;
	if (!u->duress_file)
		return officer_create_decoy(name, cost(u), out) == OK ? EXIT_DONE : EXIT_CANNOT;
	int status = cli_secret(u->duress_file, "password for duress", true, &password);
	if (status != EXIT_DONE)
		return status;
	const char *text = cli_secret_text(password);
	return officer_create(name, text, strlen(text), cost(u), out) == OK ? EXIT_DONE : EXIT_CANNOT;
}

static int send_records(struct user_call *u, enum request_verb verb, const char *role, const struct officer_record *r,
	const struct officer_record *duress, const char *what)
{
	uint8_t payload[16 + 2 * sizeof *r];
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	bytes_writer_init(&w, payload, sizeof payload);
	if (role)
		bytes_put_text(&w, role, 16);
	bytes_put(&w, r, sizeof *r);
	bytes_put(&w, duress, sizeof *duress);
	if (!a || !bytes_ok(&w))
		return cli_usage(u->cli, "a role is officer, supervisor, administrator or auditor");
	int status = cli_ask(u->cli, u->view, verb, payload, w.at, a);
	return status == EXIT_DONE ? done(u, a, what, r->public.name) : status;
}

static int add(struct user_call *u, const char *name)
{
	struct officer_record r, duress;
	cleanup_secret struct secret *password = NULL;
	if (!officer_name_valid(name))
		return cli_usage(u->cli, "a name has 1 to 31 letters, digits, dots and dashes");
	int status = cli_secret(u->new_password_file, "password of the new officer", true, &password);
	if (status != EXIT_DONE)
		return status;
	const char *text = cli_secret_text(password);
	if (officer_create(name, text, strlen(text), cost(u), &r) != OK)
		return EXIT_CANNOT;
	status = make_duress(u, name, &duress);
	if (status != EXIT_DONE)
		return status;
	return send_records(u, REQUEST_USER_ADD, u->role, &r, &duress, "added; `tama user grant` gives queues");
}

static int passwd(struct user_call *u)
{
	struct officer_record r, duress;
	cleanup_secret struct secret *password = NULL;
	int status = cli_secret(u->new_password_file, "new password", true, &password);
	if (status != EXIT_DONE)
		return status;
	const char *text = cli_secret_text(password);
	if (officer_rewrap(view_keys(u->view), text, strlen(text), cost(u), &r) != OK)
		return EXIT_CANNOT;
	status = make_duress(u, u->as, &duress);
	if (status != EXIT_DONE)
		return status;
	return send_records(u, REQUEST_USER_PASSWD, NULL, &r, &duress, "has a new password");
}

// ---- grant: the queue from now on, and with --since what was there ----------------------------------------------------

struct sealing {
	struct user_call *call;
	struct officer_public to;
	const char *queue;
	struct bytes_writer w;
	uint8_t payload[8192];
	unsigned count, total;
	int status;
};

static void start_batch(struct sealing *s)
{
	bytes_writer_init(&s->w, s->payload, sizeof s->payload);
	bytes_put_text(&s->w, s->to.name, OFFICER_NAME_SIZE);
	bytes_put_u16(&s->w, 0);
	s->count = 0;
}

static int send_batch(struct sealing *s)
{
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (!a || !s->count)
		return a ? EXIT_DONE : EXIT_CANNOT;
	s->payload[OFFICER_NAME_SIZE] = (uint8_t)s->count;
	int status = cli_ask(s->call->cli, s->call->view, REQUEST_USER_SEAL, s->payload, s->w.at, a);
	s->total += s->count;
	start_batch(s);
	return status;
}

static bool seal_day(void *ctx, uint64_t id, int64_t day)
{
	struct sealing *s = ctx;
	uint8_t key[KEY_SIZE], sealed[ALERT_KEY_SEALED];
	(void)day;
	if (view_content_key(s->call->view, id, key) != OK)
		return true; // before this supervisor's own time
	enum error e = content_key_seal(&s->to.seal, s->call->cli->config.station_id, id, s->queue, key, sealed);
	sodium_memzero(key, sizeof key);
	if (e == OK) {
		bytes_put_u64(&s->w, id);
		bytes_put(&s->w, sealed, sizeof sealed);
		s->count++;
	}
	if (s->count == 80)
		s->status = send_batch(s);
	return s->status == EXIT_DONE;
}

static int give(struct user_call *u, const char *name, const char *queue)
{
	uint8_t payload[OFFICER_NAME_SIZE + STORE_QUEUE_SIZE];
	struct bytes_writer w;
	struct officer_record r;
	struct sealing s = {.call = u, .queue = queue};
	struct tm tm = {0};
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	const char *end = u->since ? strptime(u->since, "%Y-%m-%d", &tm) : NULL;
	if (u->since && (!end || *end))
		return cli_usage(u->cli, "--since wants a day such as 2016-05-01");
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, name, OFFICER_NAME_SIZE);
	bytes_put_text(&w, queue, STORE_QUEUE_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(u->cli, "that name is too long");
	int status = cli_ask(u->cli, u->view, REQUEST_USER_GRANT, payload, w.at, a);
	if (status != EXIT_DONE || !u->since)
		return status == EXIT_DONE ? done(u, a, "reads the queue from now on", name) : status;
	if (store_officer_get(view_store(u->view), name, &r) != OK)
		return EXIT_CANNOT;
	s.to = r.public;
	start_batch(&s);
	if (store_content_keys(view_store(u->view), queue, timegm(&tm) / 86400, seal_day, &s) != OK)
		return EXIT_CANNOT;
	status = s.status == EXIT_DONE ? send_batch(&s) : s.status;
	return status == EXIT_DONE ? done(u, a, "reads the queue, and what came since that day", name) : status;
}

static int take_away(struct user_call *u, const char *name, const char *queue)
{
	uint8_t payload[OFFICER_NAME_SIZE + STORE_QUEUE_SIZE];
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, name, OFFICER_NAME_SIZE);
	bytes_put_text(&w, queue ? queue : "", STORE_QUEUE_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(u->cli, "that name is too long");
	if (!queue && !u->for_good)
		return cli_usage(u->cli, "from which queue? or --for-good: the name is never used again");
	int status = cli_ask(u->cli, u->view, REQUEST_USER_REVOKE, payload, w.at, a);
	return status == EXIT_DONE ? done(u, a, "cannot read what comes from now on", name) : status;
}

// ---- custodians -------------------------------------------------------------------------------------------------------

static int custodian_add(struct user_call *u)
{
	struct officer_public p;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status = custodian_public_read(u->custodian, &p);
	if (status != EXIT_DONE || !a)
		return status;
	custodian_print_words(stderr, &p);
	status = cli_ask(u->cli, u->view, REQUEST_CUSTODIAN_ADD, &p, sizeof p, a);
	return status == EXIT_DONE ? done(u, a, "enrolled", p.name) : status;
}

static int custodian_revoke(struct user_call *u)
{
	uint8_t payload[4];
	struct bytes_writer w;
	unsigned id;
	char end;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (sscanf(u->custodian, "%9u%c", &id, &end) != 1)
		return cli_usage(u->cli, "--custodian wants the custodian's number; `tama user list` shows it");
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u32(&w, id);
	int status = a ? cli_ask(u->cli, u->view, REQUEST_CUSTODIAN_REVOKE, payload, w.at, a) : EXIT_CANNOT;
	return status == EXIT_DONE ? done(u, a, "gets no share of what comes from now on", "custodian") : status;
}

// ---- list -------------------------------------------------------------------------------------------------------------

static bool list_one(void *ctx, const struct officer_public *p, const char *role, const char *queues, bool revoked)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:b}", "name", p->name, "role", role, "queues", queues,
						   "revoked", revoked));
	return true;
}

static int list(struct user_call *u)
{
	struct officer_public custodians[CUSTODY_MAX];
	uint32_t ids[CUSTODY_MAX];
	size_t n = 0, i;
	json_t *officers = json_array(), *guards = json_array(), *one;
	struct store *store = view_store(u->view);
	enum error e = store_officers(store, list_one, officers);
	if (e == OK)
		e = store_custodians(store, ids, custodians, CUSTODY_MAX, &n);
	for (size_t k = 0; k < n; k++) {
		char words[WORDS_SIZE];
		words_of(&custodians[k], sizeof custodians[k], words);
		json_array_append_new(guards, json_pack("{s:i, s:s, s:s}", "id", (int)ids[k], "name", custodians[k].name,
						       "words", words));
	}
	json_t *all = json_pack("{s:o, s:o}", "officers", officers, "custodians", guards);
	if (u->cli->json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		json_array_foreach(officers, i, one)
			printf("%-20s %-14s %s%s\n", json_string_value(json_object_get(one, "name")),
				json_string_value(json_object_get(one, "role")),
				json_string_value(json_object_get(one, "queues")),
				json_is_true(json_object_get(one, "revoked")) ? " (revoked)" : "");
		json_array_foreach(guards, i, one)
			printf("custodian %-3lld %-20s %s\n", (long long)json_integer_value(json_object_get(one, "id")),
				json_string_value(json_object_get(one, "name")),
				json_string_value(json_object_get(one, "words")));
	}
	json_decref(all);
	return e == OK ? EXIT_DONE : EXIT_CANNOT;
}

// ---- the table --------------------------------------------------------------------------------------------------------

static int dispatch(struct user_call *u, int n, const char **words)
{
	const char *verb = words[0];
	if (!strcmp(verb, "list") && n == 1)
		return list(u);
	if (!strcmp(verb, "passwd") && n == 1)
		return passwd(u);
	if (!strcmp(verb, "add") && n == 2)
		return add(u, words[1]);
	if (!strcmp(verb, "grant") && n == 1 && u->custodian)
		return custodian_add(u);
	if (!strcmp(verb, "revoke") && n == 1 && u->custodian)
		return custodian_revoke(u);
	if (!strcmp(verb, "grant") && n == 3)
		return give(u, words[1], words[2]);
	if (!strcmp(verb, "revoke") && (n == 2 || n == 3))
		return take_away(u, words[1], n == 3 ? words[2] : NULL);
	return cli_usage(u->cli, "list, add NAME, grant NAME QUEUE, revoke NAME QUEUE, revoke NAME --for-good, passwd, "
				 "grant --custodian FILE, revoke --custodian N");
}

int cmd_user(struct cli *cli, int argc, char **argv)
{
	struct user_call u = {.cli = cli, .role = "officer"};
	const char *words[4];
	const struct option_spec specs[] = {
		{"as", &u.as, NULL, "NAME", "the officer who does it"},
		{"password-file", &u.password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"role", &u.role, NULL, "ROLE", "add: officer, supervisor, administrator or auditor"},
		{"new-password-file", &u.new_password_file, NULL, "FILE", "add, passwd: the new password (else asked)"},
		{"duress-password-file", &u.duress_file, NULL, "FILE",
			"add, passwd: a second password that shows a harmless queue and raises a silent alert"},
		{"since", &u.since, NULL, "DAY", "grant: what came since that day too, as far as you can read it"},
		{"for-good", NULL, &u.for_good, NULL, "revoke: the officer, not one queue"},
		{"custodian", &u.custodian, NULL, "FILE|N", "grant: a custodian's public file; revoke: a custodian's number"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 4);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0)
		return cli_usage(cli, "list, add, grant, revoke or passwd?");
	int status = cli_officer(cli, u.as, u.password_file, &u.view);
	if (status == EXIT_DONE)
		status = dispatch(&u, n, words);
	view_close(u.view);
	return status;
}
