// SPDX-License-Identifier: GPL-2.0-or-later
// `tama rules check|test|replay`, and of its versions propose|approve|reject|rollback|show|log.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"
#include "gateway/cli_ruleset.h"
#include "gateway/rules_desk.h"
#include "rules/trend.h"

struct question {
	const char *text, *file, *sheet, *hour, *reporters, *since, *trend;
	struct ruleset_call call; // and for replay: who asks
	bool known;
	const char *grade;
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

static void print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	printf("  %s\n", text);
}

static void test_people(const struct loaded *l, const struct facts *f, const struct decision *d)
{
	size_t language;
	puts("rules (+ applies, - does not):");
	rules_trace(l->rules, l->sheet, f, print_line, NULL);
	printf("severity %d, queue %s%s%s\n", d->severity, d->queue, *d->oversight ? ", before " : "", d->oversight);
	for (size_t i = 0; i < d->share_count; i++)
		printf("shared with %s: %s\n", d->shares[i].section, d->shares[i].level);
	if (*d->notify)
		printf("notifies %s\n", d->notify);
	if (d->reply)
		printf("answers by itself%s: %s\n", d->reply->flash ? ", flash" : "", rules_reply_text(d->reply, l->sheet, f->parsed, &language));
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
	unsigned trends = 0;
	for (enum trend_sign s = TREND_MORE; s < TREND_SIGNS && q->trend; s++)
		trends |= !strcmp(q->trend, trend_sign_name(s)) ? 1u << s : 0;
	if (q->trend && !trends)
		return cli_usage(cli, "--trend wants more, rising, spreading or silent");
	if (!number(q->hour, 23, &hour) || !number(q->reporters, 1000000, &reporters))
		return cli_usage(cli, "--hour wants 0 to 23, --reporters a whole number");
	if (q->grade && (strlen(q->grade) != 1 || *q->grade < 'A' || *q->grade > 'F'))
		return cli_usage(cli, "--grade wants a letter, A to F");
	int status = loaded_open(cli, &l, q->sheet, q->file, true, EXIT_USAGE);
	if (status == EXIT_DONE) {
		struct desk_message m = {q->text, strlen(q->text), hour, (unsigned)reporters, q->known, trends,
			q->grade ? *q->grade : 'F'};
		sheet_parse(l.sheet, q->text, m.size, &set);
		struct facts f = {.parsed = &set, .flags = set.flags, .reporters = (unsigned)reporters,
			.sender_known = q->known, .source = q->grade ? *q->grade : 'F', .hour = hour, .trends = trends};
		rules_decide(l.rules, l.sheet, &f, &d);
		if (cli->json)
			print_json(desk_try(l.rules, l.sheet, &m));
		else
			test_people(&l, &f, &d);
	}
	loaded_close(&l);
	return status;
}

// ---- replay ---------------------------------------------------------------------------------------------------------

static void print_value(const json_t *v)
{
	if (json_is_integer(v))
		printf("%lld", (long long)json_integer_value(v));
	else
		printf("%s", *json_string_value(v) ? json_string_value(v) : "none");
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void replay_people(const json_t *found)
{
	size_t i;
	json_t *change, *pair, *changes = json_object_get(found, "changes");
	const char *what;
	json_array_foreach(changes, i, change)
		json_object_foreach(change, what, pair) {
			if (!json_is_array(pair))
				continue;
			printf("%8lld  %-16s ", number_of(change, "id"), what);
			print_value(json_array_get(pair, 0));
			printf(" -> ");
			print_value(json_array_get(pair, 1));
			putchar('\n');
		}
	printf("%lld alerts replayed, %zu would differ: %lld less severe, %lld more severe, %lld in another queue\n",
		number_of(found, "replayed"), json_array_size(changes), number_of(found, "milder"), number_of(found, "severer"),
		number_of(found, "moved"));
	if (number_of(found, "sealed"))
		printf("%lld alerts are not for you to read, or their retention has ended: not replayed\n",
			number_of(found, "sealed"));
}

static int replay_loaded(struct cli *cli, const struct question *q, const struct loaded *now, const struct loaded *then)
{
	struct view *view = NULL;
	json_t *found = NULL;
	int status = cli_officer(cli, q->call.as, q->call.password_file, &view);
	enum error e = OK;
	if (status == EXIT_DONE)
		e = desk_replay(view, q->since, &(struct desk_set){now->sheet, now->rules},
			&(struct desk_set){then->sheet, then->rules}, &found);
	if (e != OK) {
		fprintf(stderr, "tama: the queue cannot be read: %s\n", error_text(e));
		status = EXIT_CANNOT;
	} else if (status == EXIT_DONE && cli->json) {
		print_json(json_incref(found));
	} else if (status == EXIT_DONE) {
		replay_people(found);
	}
	json_decref(found);
	view_close(view);
	return status;
}

static int replay(struct cli *cli, const struct question *q)
{
	struct loaded now = {0}, then;
	struct tm tm = {0};
	const char *end = q->since ? strptime(q->since, "%Y-%m-%d", &tm) : "";
	if (!end || *end)
		return cli_usage(cli, "--since wants a day such as 2016-05-01");
	int status = loaded_open(cli, &then, q->sheet, q->file, true, EXIT_USAGE);
	if (status == EXIT_DONE)
		status = loaded_open(cli, &now, NULL, NULL, true, EXIT_USAGE);
	if (status == EXIT_DONE)
		status = replay_loaded(cli, q, &now, &then);
	loaded_close(&now);
	loaded_close(&then);
	return status;
}

int cmd_rules(struct cli *cli, int argc, char **argv)
{
	struct question q = {.call = {.what = RULESET_RULES}};
	const struct option_spec specs[] = {
		{"sheet", &q.sheet, NULL, "FILE", "another code sheet than the station's"},
		{"hour", &q.hour, NULL, "H", "test as if at this hour UTC (12)"},
		{"reporters", &q.reporters, NULL, "N", "test as if N people had reported it (1)"},
		{"trend", &q.trend, NULL, "SIGN", "test as if this sign of early warning held: more, rising, spreading, silent"},
		{"since", &q.since, NULL, "DAY", "replay what came since that day (all)"},
		RULESET_OPTIONS(q.call),
		{"grade", &q.grade, NULL, "A-F", "test as if it bore a reporter code of this grade"},
		{"known", NULL, &q.known, NULL, "test as if the sender had reported before"},
	};
	const char *words[3];
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 3);
	if (n < 0)
		return EXIT_USAGE;
	if (n >= 1 && ruleset_is_verb(words[0]))
		return ruleset_run(cli, &q.call, words, n);
	if (q.call.comment)
		return cli_usage(cli, "--comment is for propose");
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
	return cli_usage(cli, "check [FILE], test TEXT [FILE], replay FILE, propose [FILE], approve ID, reject ID, rollback VERSION, "
				"show VERSION or log");
}
