// SPDX-License-Identifier: GPL-2.0-or-later
// `tama queue`: reads what the officer may read, sends the officer's signed steps to triage.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cmd_queue.h"
#include "gateway/queue_print.h"

static int parse_id(struct cli *cli, const char *text, uint64_t *id)
{
	char end;
	unsigned long long v;
	if (sscanf(text, "%19llu%c", &v, &end) != 1 || v == 0 || strspn(text, "0123456789") != strlen(text))
		return cli_usage(cli, "an alert is named by its number");
	*id = v;
	return EXIT_DONE;
}

// ---- list ---------------------------------------------------------------------------------------------------------

struct listing {
	struct queue_call *call;
	json_t *alerts;
	size_t sealed; // for others
	enum error error;
	int64_t since;
};

static bool add_alert(void *ctx, const struct store_alert *a)
{
	struct listing *l = ctx;
	json_t *one = NULL;
	enum error e = view_alert(l->call->view, a, &one);
	if (e == ERROR_REFUSED) {
		l->sealed++;
		return true;
	}
	if (e != OK) {
		fprintf(stderr, "tama: alert %llu cannot be opened: %s\n", (unsigned long long)a->id, error_text(e));
		l->error = e;
		return true;
	}
	const char *at = json_string_value(json_object_get(one, "received_at"));
	char since[32];
	if (l->since && at && strcmp(at, cli_utc(l->since, since)) < 0)
		json_decref(one);
	else
		json_array_append_new(l->alerts, one);
	return true;
}

static bool has_note(const json_t *alert, const char *name)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(alert, "notes"), i, one)
		if (!strcmp(json_string_value(json_object_get(one, "name")), name))
			return true;
	return false;
}

// What is told of one alert is told of the line that stands for its incident.
static void take_notes(json_t *line, const json_t *other)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(other, "notes"), i, one)
		if (!has_note(line, json_string_value(json_object_get(one, "name"))))
			json_array_append(json_object_get(line, "notes"), one);
}

static size_t others_of_incident(const json_t *alerts, size_t from)
{
	json_int_t incident = json_integer_value(json_object_get(json_array_get(alerts, from), "incident"));
	size_t n = 0;
	for (size_t i = 0; incident && i < json_array_size(alerts); i++) {
		if (i == from || json_integer_value(json_object_get(json_array_get(alerts, i), "incident")) != incident)
			continue;
		if (i < from)
			return SIZE_MAX; // its line is printed already
		take_notes(json_array_get(alerts, from), json_array_get(alerts, i));
		n++;
	}
	return n;
}

static void print_alerts(const json_t *alerts)
{
	bool colour = cli_colour();
	queue_print_head();
	for (size_t i = 0; i < json_array_size(alerts); i++) {
		size_t more = others_of_incident(alerts, i);
		if (more != SIZE_MAX)
			queue_print_line(json_array_get(alerts, i), more, colour);
	}
	printf("%zu alerts\n", json_array_size(alerts));
}

// "2016-05-01" or "2016-05-01T12:30:00Z"
static bool parse_time(const char *text, int64_t *out)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	*out = end && !*end ? (int64_t)timegm(&tm) : -1;
	return *out > 0;
}

static int list(struct queue_call *q)
{
	struct listing l = {.call = q};
	if (q->since && !parse_time(q->since, &l.since))
		return cli_usage(q->cli, "--since wants a time such as 2016-05-01T12:30:00Z or a day");
	l.alerts = json_array();
	struct store_filter f = {.queue = q->queue, .state = q->state, .open_only = !q->all && !q->state,
		.since_day = l.since / 86400};
	enum error e = store_alert_list(view_store(q->view), &f, add_alert, &l);
	if (e == ERROR_MALFORMED)
		fputs("tama: queue.db has broken pages; what can still be read is shown, the rest is not. The disk may be failing: copy "
		      "the station's folder now, then restore a backup\n", stderr);
	else if (e != OK)
		fprintf(stderr, "tama: the queue cannot be read: %s\n", error_text(e));
	if (q->cli->json) {
		json_dumpf(l.alerts, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_alerts(l.alerts);
	}
	if (l.sealed && view_is_partial(q->view))
		fprintf(stderr, "%zu alerts are sealed for other officers\n", l.sealed);
	json_decref(l.alerts);
	return e == OK && l.error == OK ? EXIT_DONE : EXIT_CANNOT;
}

// ---- show ---------------------------------------------------------------------------------------------------------

struct showing {
	struct queue_call *call;
	enum error error;
};

static bool show_alert(void *ctx, const struct store_alert *a)
{
	struct showing *s = ctx;
	json_t *one = NULL, *history = NULL;
	s->error = view_alert(s->call->view, a, &one);
	if (s->error == OK)
		s->error = view_history(s->call->view, a, &history);
	if (s->error == OK && s->call->cli->json) {
		json_object_set(one, "history", history);
		json_dumpf(one, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (s->error == OK) {
		queue_print_whole(one, history, cli_colour());
	}
	json_decref(one);
	json_decref(history);
	return true;
}

static int show(struct queue_call *q, uint64_t id)
{
	struct showing s = {.call = q};
	enum error e = store_alert_get(view_store(q->view), id, show_alert, &s);
	if (e == OK)
		e = s.error;
	return queue_explain(e, id);
}

int queue_explain(enum error e, uint64_t id)
{
	if (e == OK)
		return EXIT_DONE;
	if (e == ERROR_NOT_FOUND)
		fprintf(stderr, "tama: there is no alert %llu\n", (unsigned long long)id);
	else if (e == ERROR_REFUSED)
		fprintf(stderr, "tama: alert %llu is sealed for other officers\n", (unsigned long long)id);
	else
		fprintf(stderr, "tama: alert %llu: %s\n", (unsigned long long)id, error_text(e));
	return e == ERROR_NOT_FOUND ? EXIT_USAGE : e == ERROR_REFUSED ? EXIT_FOUND : EXIT_CANNOT;
}

// ---- watch --------------------------------------------------------------------------------------------------------

struct watching {
	struct queue_call *call;
	uint64_t last;
	long left; // -1: for ever
};

static bool watch_alert(void *ctx, const struct store_alert *a)
{
	struct watching *w = ctx;
	json_t *one = NULL;
	w->last = a->id > w->last ? a->id : w->last;
	if (view_alert(w->call->view, a, &one) != OK)
		return true;
	if (w->call->cli->json) {
		json_dumpf(one, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		queue_print_line(one, 0, cli_colour());
	}
	fflush(stdout);
	json_decref(one);
	w->left -= w->left > 0;
	return w->left != 0;
}

static enum error print_new(struct watching *w)
{
	struct store_filter f = {.after_id = w->last, .queue = w->call->queue, .arrival_order = true};
	return store_alert_list(view_store(w->call->view), &f, watch_alert, w);
}

// Stays on through restarts of triage: an officer's screen at night must not go blind.
static int watch(struct queue_call *q)
{
	struct watching w = {.call = q, .left = q->count ? strtol(q->count, NULL, 10) : -1};
	cleanup_free struct message *m = calloc(1, sizeof *m);
	uint64_t newest = 0;
	enum error e = m ? store_next_alert(view_store(q->view), &newest) : ERROR_MEMORY;
	w.last = q->all ? 0 : newest - 1;
	if (!q->cli->json)
		queue_print_head();
	while (e == OK && w.left != 0) {
		cleanup_fd int sock = -1;
		int status = cli_connect(q->cli, "triage", &sock);
		if (status != EXIT_DONE)
			return status;
		enum error line = message_send(sock, MESSAGE_WATCH, NULL, 0, -1);
		e = print_new(&w);
		while (line == OK && e == OK && w.left != 0) {
			line = cli_wait(sock, m, 60000);
			if (line == ERROR_TIMEOUT)
				line = OK;
			else if (line == OK)
				e = print_new(&w);
		}
		if (line != OK)
			nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	}
	return e == OK ? EXIT_DONE : EXIT_CANNOT;
}

// ---- the table ------------------------------------------------------------------------------------------------------

static int act_on_all(struct queue_call *q, enum action_kind kind, int n, const char **words)
{
	uint64_t id;
	int status = EXIT_DONE;
	for (int i = 0; i < n && status == EXIT_DONE; i++) {
		status = parse_id(q->cli, words[i], &id);
		if (status == EXIT_DONE)
			status = queue_act(q, kind, id, NULL, NULL);
	}
	return status;
}

static int dispatch(struct queue_call *q, int n, const char **words)
{
	static const struct {
		const char *name;
		enum action_kind kind;
		bool detail, note; // words behind the number
	} steps[] = {{"note", ACTION_NOTE, false, true}, {"respond", ACTION_RESPOND, false, true},
		{"assign", ACTION_ASSIGN, true, false}, {"refer", ACTION_REFER, true, true},
		{"close", ACTION_CLOSE, true, true},
		{"merge", ACTION_MERGE, true, true}, {"split", ACTION_SPLIT, false, true}};
	uint64_t id;
	if (n == 1 && !strcmp(words[0], "list"))
		return list(q);
	if (n == 1 && !strcmp(words[0], "watch"))
		return watch(q);
	if (n >= 2 && !strcmp(words[0], "ack"))
		return act_on_all(q, ACTION_ACK, n - 1, words + 1);
	if (n >= 2 && !strcmp(words[0], "verify"))
		return act_on_all(q, ACTION_VERIFY, n - 1, words + 1);
	if (n < 2)
		return cli_usage(q->cli, "which step, on which alert?");
	int status = parse_id(q->cli, words[1], &id);
	if (status != EXIT_DONE)
		return status;
	if (n == 2 && !strcmp(words[0], "show"))
		return show(q, id);
	if (n == 3 && !strcmp(words[0], "reply"))
		return queue_reply(q, id, words[2]);
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		if (strcmp(steps[i].name, words[0]) != 0)
			continue;
		int want = 2 + steps[i].detail;
		if (n < want || n > want + steps[i].note)
			break;
		if (steps[i].kind == ACTION_REFER)
			return queue_refer(q, id, words[2], n > want ? words[want] : NULL);
		return queue_act(q, steps[i].kind, id, steps[i].detail ? words[2] : NULL, n > want ? words[want] : NULL);
	}
	return cli_usage(q->cli, "list, show ID, ack ID …, verify ID …, assign ID NAME, note ID TEXT, respond ID TEXT, "
				 "reply ID TEXT, refer ID QUEUE|SECTION [TEXT], close ID OUTCOME TEXT, merge ID OTHER [TEXT], split ID [TEXT], watch");
}

static bool is_verb(const char *word)
{
	static const char *const verbs[] = {
		"list", "show", "ack", "assign", "note", "verify", "respond", "reply", "refer",
		"close", "merge", "split", "watch"};
	for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
		if (!strcmp(verbs[i], word))
			return true;
	return false;
}

int cmd_queue(struct cli *cli, int argc, char **argv)
{
	const char *as = NULL, *password_file = NULL, *words[64];
	struct queue_call q = {.cli = cli};
	const struct option_spec specs[] = {
		{"as", &as, NULL, "NAME", "the officer who asks"},
		{"password-file", &password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"all", NULL, &q.all, NULL, "closed alerts too; watch: those that are there too"},
		{"queue", &q.queue, NULL, "QUEUE", "of this queue only"},
		{"state", &q.state, NULL, "STATE", "new, acknowledged, verifying, responded, referred or closed"},
		{"since", &q.since, NULL, "TIME", "received since"},
		{"flash", NULL, &q.flash, NULL, "reply: shown at once, not stored by the phone"},
		{"level", &q.level, NULL, "LEVEL", "refer to a section: full, place, area (unless said) or count"},
		{"count", &q.count, NULL, "N", "watch: ends after N alerts"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 64);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0 || !is_verb(words[0]))
		return cli_usage(cli, n ? "there is no such step" : "which step?");
	int status = cli_officer(cli, as, password_file, &q.view);
	if (status == EXIT_DONE)
		status = dispatch(&q, n, words);
	view_close(q.view);
	return status;
}
