// SPDX-License-Identifier: GPL-2.0-or-later
// `tama report`: response rates and delays by area and section, silence, and what is there to be lost.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"
#include "gateway/report.h"

#define DAYS_DEFAULT 7

static bool parse_day(const char *text, int64_t *out)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	*out = end && !*end ? (int64_t)timegm(&tm) : -1;
	return *out >= 0;
}

// "4 min", "3.5 h", "2 d", or "-".
static const char *delay_text(const json_t *seconds, char out[static 24])
{
	double s = (double)json_integer_value(seconds);
	if (!json_is_integer(seconds))
		return "-";
	if (s < 3600)
		snprintf(out, 24, "%.0f min", s / 60);
	else if (s < 2 * 86400)
		snprintf(out, 24, "%.1f h", s / 3600);
	else
		snprintf(out, 24, "%.0f d", s / 86400);
	return out;
}

static void print_column(const char *s, int columns)
{
	int n = 0;
	for (const char *p = s; *p; p++)
		n += (*p & 0xc0) != 0x80;
	printf("%s%*s", s, n < columns ? columns - n : 1, "");
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void print_figures(const char *name, const json_t *f)
{
	char a[24], b[24], c[24], d[24];
	print_column(name, 26);
	printf("%6lld %6lld %6lld %6lld %7lld  %8s %8s  %8s %8s\n", (long long)number(f, "alerts"),
		(long long)number(f, "acknowledged"), (long long)number(f, "responded"), (long long)number(f, "closed"),
		(long long)number(f, "overdue"), delay_text(json_object_get(f, "median_ack_s"), a),
		delay_text(json_object_get(f, "p90_ack_s"), b), delay_text(json_object_get(f, "median_respond_s"), c),
		delay_text(json_object_get(f, "p90_respond_s"), d));
}

static void print_rest(const json_t *r)
{
	const json_t *one, *x = json_object_get(r, "exposure");
	const char *outcome;
	size_t i;
	char a[24], b[24];
	printf("\noutcomes:");
	json_object_foreach(json_object_get(r, "outcomes"), outcome, one)
		printf("  %s %lld", outcome, (long long)json_integer_value(one));
	puts(json_object_size(json_object_get(r, "outcomes")) ? "" : "  none yet");
	json_array_foreach(json_object_get(r, "sections"), i, one)
		printf("section %s: %lld items, %lld read, %lld not; read within %s (median), %s (90 %%)\n",
			json_string_value(json_object_get(one, "section")), (long long)number(one, "items"),
			(long long)number(one, "read"), (long long)number(one, "unread"),
			delay_text(json_object_get(one, "median_read_s"), a), delay_text(json_object_get(one, "p90_read_s"), b));
	json_array_foreach(json_object_get(r, "silence"), i, one)
		printf("silence: %s (%s): %s\n", json_string_value(json_object_get(one, "name")),
			json_string_value(json_object_get(one, "pcode")), json_string_value(json_object_get(one, "sentence")));
	printf("kept: %lld alerts, %lld with their texts, of %lld handles; `tama exposure` says what a loss would show\n",
		(long long)number(x, "kept"), (long long)number(x, "texts"), (long long)number(x, "handles"));
}

static void print_report(const json_t *r)
{
	const json_t *one;
	size_t i;
	printf("%s to %s\n\n%-26s%6s %6s %6s %6s %7s  %8s %8s  %8s %8s\n", json_string_value(json_object_get(r, "from")),
		json_string_value(json_object_get(r, "until")), "area", "alerts", "ack.", "resp.", "closed", "overdue", "ack. 50%",
		"90%", "resp.50%", "90%");
	json_array_foreach(json_object_get(r, "areas"), i, one)
		print_figures(json_string_value(json_object_get(one, "name")), one);
	print_figures("all", json_object_get(r, "totals"));
	print_rest(r);
}

// `map`: what the console draws, of that many days.
static int report(struct cli *cli, struct view *v, const struct report_ask *ask, int map)
{
	struct loaded l;
	json_t *r = NULL;
	int status = loaded_open(cli, &l, NULL, NULL, false, EXIT_CANNOT);
	enum error e = status != EXIT_DONE ? ERROR_ARGUMENT :
		       map		    ? report_map(v, l.sheet, map, ask->now, &r) :
					      report_make(v, l.sheet, ask, &r);
	if (e == OK && (cli->json || map)) {
		json_dumpf(r, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (e == OK) {
		print_report(r);
	} else if (status == EXIT_DONE) {
		fprintf(stderr, "tama: the queue cannot be read: %s\n", error_text(e));
	}
	if (e == OK && number(r, "sealed") && view_is_partial(v))
		fprintf(stderr, "%lld alerts are sealed for other officers and not counted\n", (long long)number(r, "sealed"));
	json_decref(r);
	loaded_close(&l);
	return status != EXIT_DONE ? status : e == OK ? EXIT_DONE : EXIT_CANNOT;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
	const char *as = NULL, *password_file = NULL, *from = NULL, *to = NULL, *map = NULL, *words[1];
	struct report_ask ask = {.now = (int64_t)time(NULL)};
	struct view *view = NULL;
	const struct option_spec specs[] = {
		{"as", &as, NULL, "NAME", "the officer who asks"},
		{"password-file", &password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"from", &from, NULL, "DAY", "the first day (else a week ago)"},
		{"map", &map, NULL, "DAYS", "what the console's map and timeline show, as JSON"},
		{"to", &to, NULL, "DAY", "the day behind the last one (else up to now)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n)
		return cli_usage(cli, "takes no words: --from DAY --to DAY");
	ask.until = ask.now + 1;
	if (to && !parse_day(to, &ask.until))
		return cli_usage(cli, "--to wants a day such as 2016-05-08");
	ask.from = (ask.until / 86400 - DAYS_DEFAULT) * 86400;
	if (from && !parse_day(from, &ask.from))
		return cli_usage(cli, "--from wants a day such as 2016-05-01");
	if (ask.from >= ask.until)
		return cli_usage(cli, "--from must be before --to");
	if (map && (strspn(map, "0123456789") != strlen(map) || atoi(map) < 1 || atoi(map) > 400))
		return cli_usage(cli, "--map wants a number of days, 1 to 400");
	int status = cli_officer(cli, as, password_file, &view);
	if (status == EXIT_DONE)
		status = report(cli, view, &ask, map ? atoi(map) : 0);
	view_close(view);
	return status;
}
