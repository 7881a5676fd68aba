// SPDX-License-Identifier: GPL-2.0-or-later
// `tama rules check|test|replay`.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_rules.h"
#include "gateway/reading_json.h"
#include "gateway/rules_replay.h"

struct question {
	const char *text, *file, *sheet, *hour, *reporters, *since, *as, *password_file;
	bool known;
};

static int check(struct cli *cli, const struct question *q)
{
	struct loaded l;
	int status = loaded_open(cli, &l, q->sheet, q->file, true, EXIT_FOUND);
	if (cli->json && l.problems)
		problems_json(l.problems);
	else if (status == EXIT_DONE)
		printf("%s: good; %zu rules, their tests pass, %zu warnings\n", l.rules_path, rules_count(l.rules),
			l.problems->count);
	loaded_close(&l);
	return status;
}

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	printf("  %s\n", text);
}

static void add_line(void *ctx, const char *text)
{
	json_array_append_new(ctx, json_string(text));
}

static void test_json(const struct loaded *l, const struct facts *f, const struct decision *d)
{
	json_t *trace = json_array(), *o = json_object();
	rules_trace(l->rules, l->sheet, f, add_line, trace);
	reading_json_put(o, l->sheet, f->parsed->count ? &f->parsed->readings[0] : NULL);
	json_object_set_new(o, "severity", json_integer(d->severity));
	json_object_set_new(o, "queue", json_string(d->queue));
	json_object_set_new(o, "oversight", *d->oversight ? json_string(d->oversight) : json_null());
	json_object_set_new(o, "flags", flags_json(f->flags));
	json_object_set_new(o, "readings", readings_json(l->sheet, f->parsed));
	json_object_set_new(o, "rules", decision_rules_json(d));
	json_object_set_new(o, "shares", decision_shares_json(d));
	json_object_set_new(o, "notify", *d->notify ? json_string(d->notify) : json_null());
	json_object_set_new(o, "escalate_after_s", json_integer(d->escalate_after_s));
	json_object_set_new(o, "reply", d->reply ? json_string(d->reply->text) : json_null());
	json_object_set_new(o, "trace", trace);
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void test_people(const struct loaded *l, const struct facts *f, const struct decision *d)
{
	puts("rules (+ applies, - does not):");
	rules_trace(l->rules, l->sheet, f, print_line, NULL);
	printf("severity %d, queue %s%s%s\n", d->severity, d->queue, *d->oversight ? ", before " : "", d->oversight);
	for (size_t i = 0; i < d->share_count; i++)
		printf("shared with %s: %s\n", d->shares[i].section, d->shares[i].level);
	if (*d->notify)
		printf("notifies %s\n", d->notify);
	if (d->reply)
		printf("answers by itself%s: %s\n", d->reply->flash ? ", flash" : "", d->reply->text);
	if (d->escalate_after_s)
		printf("escalates when nobody acknowledges within %d s\n", d->escalate_after_s);
}

static bool number(const char *text, int most, int *out)
{
	char end;
	return !text || (sscanf(text, "%9d%c", out, &end) == 1 && *out >= 0 && *out <= most);
}

static int test(struct cli *cli, const struct question *q)
{
	struct loaded l;
	struct reading_set set;
	struct decision d;
	int hour = 12, reporters = 1;
	if (!number(q->hour, 23, &hour) || !number(q->reporters, 1000000, &reporters))
		return cli_usage(cli, "--hour wants 0 to 23, --reporters a whole number");
	int status = loaded_open(cli, &l, q->sheet, q->file, true, EXIT_USAGE);
	if (status == EXIT_DONE) {
		sheet_parse(l.sheet, q->text, strlen(q->text), &set);
		struct facts f = {.parsed = &set, .flags = set.flags, .reporters = (unsigned)reporters,
			.sender_known = q->known, .hour = hour};
		rules_decide(l.rules, l.sheet, &f, &d);
		if (cli->json)
			test_json(&l, &f, &d);
		else
			test_people(&l, &f, &d);
	}
	loaded_close(&l);
	return status;
}

static int replay(struct cli *cli, const struct question *q)
{
	struct loaded now = {0}, then;
	struct view *view = NULL;
	int status = loaded_open(cli, &then, q->sheet, q->file, true, EXIT_USAGE);
	if (status == EXIT_DONE)
		status = loaded_open(cli, &now, NULL, NULL, true, EXIT_USAGE);
	if (status == EXIT_DONE)
		status = cli_officer(cli, q->as, q->password_file, &view);
	if (status == EXIT_DONE)
		status = rules_replay(cli, view, &(struct replay_question){q->since, &now, &then});
	view_close(view);
	loaded_close(&now);
	loaded_close(&then);
	return status;
}

int cmd_rules(struct cli *cli, int argc, char **argv)
{
	struct question q = {0};
	const struct option_spec specs[] = {
		{"sheet", &q.sheet, NULL, "FILE", "another code sheet than the station's"},
		{"hour", &q.hour, NULL, "H", "test as if at this hour UTC (12)"},
		{"reporters", &q.reporters, NULL, "N", "test as if N people had reported it (1)"},
		{"since", &q.since, NULL, "DAY", "replay what came since that day (all)"},
		{"as", &q.as, NULL, "NAME", "replay: the officer's name"},
		{"password-file", &q.password_file, NULL, "F", "replay: the officer's password"},
		{"known", NULL, &q.known, NULL, "test as if the sender had reported before"},
	};
	const char *words[3];
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 3);
	if (n < 0)
		return EXIT_USAGE;
	if (n >= 1 && n <= 2 && !strcmp(words[0], "check")) {
		q.file = n == 2 ? words[1] : NULL;
		return check(cli, &q);
	}
	if (n >= 2 && !strcmp(words[0], "test")) {
		q.text = words[1];
		q.file = n == 3 ? words[2] : NULL;
		return test(cli, &q);
	}
	if (n == 2 && !strcmp(words[0], "replay")) {
		q.file = words[1];
		return replay(cli, &q);
	}
	return cli_usage(cli, "check [FILE], test TEXT [FILE] or replay FILE");
}
