// SPDX-License-Identifier: GPL-2.0-or-later
// `tama drill`: exercises, and what they showed. The report is made of the alerts that the officer may read.
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/cli_rules.h"
#include "gateway/drill.h"

#define MINUTES_DEFAULT 240

struct drill_call {
	struct cli *cli;
	struct view *view;
	const char *as, *password_file, *minutes, *area, *note;
};

// ---- start, stop, status ----------------------------------------------------------------------------------------------

static int tell(const struct drill_call *c, const struct answer *a)
{
	printf(c->cli->json ? "{\"done\": \"%s\"}\n" : "%s\n", a->text);
	return EXIT_DONE;
}

static int start(struct drill_call *c)
{
	uint8_t payload[2 + DRILL_AREA_SIZE + DRILL_NOTE_SIZE];
	char end;
	unsigned minutes = MINUTES_DEFAULT;
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (c->minutes && (sscanf(c->minutes, "%4u%c", &minutes, &end) != 1 || minutes < 1 || minutes > DRILL_MINUTES_MAX))
		return cli_usage(c->cli, "--minutes is 1 to 2880");
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u16(&w, (uint16_t)minutes);
	bytes_put_text(&w, c->area ? c->area : "", DRILL_AREA_SIZE);
	bytes_put_text(&w, c->note ? c->note : "", DRILL_NOTE_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(c->cli, "a note has at most 95 octets, an area 15");
	int status = cli_ask(c->cli, c->view, REQUEST_DRILL_START, payload, w.at, a);
	return status == EXIT_DONE ? tell(c, a) : status;
}

static int stop(struct drill_call *c)
{
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status = a ? cli_ask(c->cli, c->view, REQUEST_DRILL_STOP, NULL, 0, a) : EXIT_CANNOT;
	return status == EXIT_DONE ? tell(c, a) : status;
}

// Newest first; *count of them.
static int get_drills(struct drill_call *c, struct drill out[static DRILL_LIST_MAX], size_t *count)
{
	uint8_t plain[DRILL_LIST_MAX * DRILL_SIZE];
	struct bytes_reader r;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status = a ? cli_ask(c->cli, c->view, REQUEST_DRILL_LIST, NULL, 0, a) : EXIT_CANNOT;
	if (status != EXIT_DONE)
		return status;
	size_t size = a->size >= SEAL_OVERHEAD ? (size_t)a->size - SEAL_OVERHEAD : 0;
	if (a->size < SEAL_OVERHEAD || size > sizeof plain || seal_open(DRILL_LIST_DOMAIN, view_keys(c->view)->seal,
									  c->cli->config.station_id, 16, a->payload, a->size, plain) != OK) {
		fprintf(stderr, "tama: the station's answer cannot be opened\n");
		return EXIT_CANNOT;
	}
	bytes_reader_init(&r, plain, size);
	for (*count = 0; *count < size / DRILL_SIZE; ++*count)
		drill_get(&r, &out[*count]);
	return EXIT_DONE;
}

static json_t *drill_json(const struct drill *d)
{
	char from[32], to[32];
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:b}", "id", (int)d->id, "from", cli_utc(d->from_at, from), "to",
		cli_utc(d->to_at, to), "officer", d->officer, "area", d->area, "note", d->note, "running",
		(int64_t)time(NULL) < d->to_at);
}

static int status_of(struct drill_call *c)
{
	struct drill drills[DRILL_LIST_MAX];
	char to[32];
	size_t n = 0;
	int status = get_drills(c, drills, &n);
	if (status != EXIT_DONE)
		return status;
	bool running = n && (int64_t)time(NULL) < drills[0].to_at;
	if (c->cli->json) {
		json_t *o = json_pack("{s:b, s:o}", "running", running, "drill", n ? drill_json(&drills[0]) : json_null());
		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else if (running) {
		printf("drill %u runs until %s, ordered by %s%s%s\n", (unsigned)drills[0].id, cli_utc(drills[0].to_at, to),
			drills[0].officer, *drills[0].area ? ", in " : "", drills[0].area);
	} else {
		puts("no drill runs");
	}
	return EXIT_DONE;
}

// ---- report -----------------------------------------------------------------------------------------------------------

struct report {
	const struct drill *drill;
	struct view *view;
	const struct sheet *sheet;
	json_t *alerts, *handles;
	unsigned *heard; // by place of the sheet
	size_t real, acknowledged;
	long long delays[10000]; // of those acknowledged
	enum error error;
};

static int64_t time_of(const json_t *text)
{
	struct tm tm = {0};
	const char *s = json_string_value(text);
	return s && strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (int64_t)timegm(&tm) : 0;
}

static bool has_flag(const json_t *alert, const char *flag)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(alert, "flags"), i, one)
		if (!strcmp(json_string_value(one), flag))
			return true;
	return false;
}

// 0: nobody did.
static int64_t acknowledged_at(struct report *r, const struct store_alert *a)
{
	json_t *history = NULL, *one;
	int64_t at = 0;
	size_t i;
	if (view_history(r->view, a, &history) != OK)
		return 0;
	json_array_foreach(history, i, one)
		if (!at && !strcmp(json_string_value(json_object_get(one, "action")), "ack"))
			at = time_of(json_object_get(one, "at"));
	json_decref(history);
	return at;
}

static void take_exercise(struct report *r, const struct store_alert *a, const json_t *alert, int64_t received)
{
	const char *code = json_string_value(json_object_get(alert, "place"));
	int64_t at = acknowledged_at(r, a);
	int place = code ? sheet_place_of_code(r->sheet, code) : -1;
	json_t *one = json_pack("{s:I, s:O, s:O, s:O, s:o}", "id", (json_int_t)a->id, "received_at",
		json_object_get(alert, "received_at"), "event", json_object_get(alert, "event"), "place", json_object_get(alert, "place"),
		"ack_s", at ? json_integer(at > received ? at - received : 0) : json_null());
	if (place >= 0)
		r->heard[place]++;
	if (at && r->acknowledged < ARRAY_LENGTH(r->delays))
		r->delays[r->acknowledged++] = at > received ? at - received : 0;
	json_object_set_new(r->handles, json_string_value(json_object_get(alert, "handle")), json_true());
	json_array_append_new(r->alerts, one);
}

static bool take_alert(void *ctx, const struct store_alert *a)
{
	struct report *r = ctx;
	json_t *alert = NULL;
	enum error e = a->expired ? ERROR_REFUSED : view_alert(r->view, a, &alert);
	if (e != OK) {
		r->error = e == ERROR_REFUSED ? r->error : e;
		return true;
	}
	const char *handle = json_string_value(json_object_get(alert, "handle"));
	int64_t received = time_of(json_object_get(alert, "received_at"));
	bool within = received >= r->drill->from_at && received < r->drill->to_at && handle && strcmp(handle, "STATION") != 0;
	if (within && has_flag(alert, "drill"))
		take_exercise(r, a, alert, received);
	else
		r->real += within;
	json_decref(alert);
	return true;
}

// A place without others in it: those of which somebody could have been expected to write.
static bool *leaves(const struct sheet *sheet)
{
	const struct place *places;
	size_t n = sheet_places(sheet, &places);
	bool *leaf = malloc(n + 1);
	BUG_IF(!leaf);
	memset(leaf, true, n + 1);
	for (size_t i = 0; i < n; i++)
		if (places[i].parent >= 0)
			leaf[places[i].parent] = false;
	return leaf;
}

static json_t *places_json(const struct report *r, bool silent)
{
	const struct place *places;
	size_t n = sheet_places(r->sheet, &places);
	cleanup_free bool *leaf = leaves(r->sheet);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		bool meant = leaf[i] && (!*r->drill->area || sheet_place_within(r->sheet, (int)i, r->drill->area));
		if (silent ? meant && !r->heard[i] : r->heard[i] > 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:i}", "place", places[i].code, "name", places[i].name,
							    "texts", (int)r->heard[i]));
	}
	return list;
}

static int compare_delays(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;
	return (x > y) - (x < y);
}

static json_t *report_json(struct report *r)
{
	size_t texts = json_array_size(r->alerts), n = r->acknowledged;
	qsort(r->delays, n, sizeof r->delays[0], compare_delays);
	json_t *o = drill_json(r->drill);
	json_object_set_new(o, "texts", json_integer((json_int_t)texts));
	json_object_set_new(o, "handles", json_integer((json_int_t)json_object_size(r->handles)));
	json_object_set_new(o, "acknowledged", json_integer((json_int_t)n));
	json_object_set_new(o, "unacknowledged", json_integer((json_int_t)(texts - n)));
	json_object_set_new(o, "ack_median_s", n ? json_integer(r->delays[n / 2]) : json_null());
	json_object_set_new(o, "ack_max_s", n ? json_integer(r->delays[n - 1]) : json_null());
	json_object_set_new(o, "real", json_integer((json_int_t)r->real));
	json_object_set_new(o, "alerts", json_incref(r->alerts));
	json_object_set_new(o, "places", places_json(r, false));
	json_object_set_new(o, "silent", places_json(r, true));
	return o;
}

static void print_places(const json_t *o, const char *key, const char *title)
{
	size_t i;
	json_t *one;
	printf("%s (%zu):", title, json_array_size(json_object_get(o, key)));
	json_array_foreach(json_object_get(o, key), i, one)
		printf("%s %s %s", i ? "," : "", json_string_value(json_object_get(one, "place")),
			json_string_value(json_object_get(one, "name")));
	putchar('\n');
}

static long long number_of(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_report(const json_t *o)
{
	printf("drill %lld, from %s to %s%s, ordered by %s\n", number_of(o, "id"), json_string_value(json_object_get(o, "from")),
		json_string_value(json_object_get(o, "to")), json_is_true(json_object_get(o, "running")) ? " (it runs)" : "",
		json_string_value(json_object_get(o, "officer")));
	printf("exercise texts: %lld of %lld handles; real ones meanwhile, not counted here: %lld\n", number_of(o, "texts"),
		number_of(o, "handles"), number_of(o, "real"));
	printf("acknowledged: %lld", number_of(o, "acknowledged"));
	if (number_of(o, "acknowledged"))
		printf(", half of them within %lld s, all within %lld s", number_of(o, "ack_median_s"), number_of(o, "ack_max_s"));
	printf("; not: %lld\n", number_of(o, "unacknowledged"));
	print_places(o, "places", "places that wrote");
	print_places(o, "silent", "places that were silent");
}

static int report_on(struct drill_call *c, const struct drill *d)
{
	struct loaded l;
	const struct place *places;
	struct report *r = calloc(1, sizeof *r);
	int status = loaded_open(c->cli, &l, NULL, NULL, false, EXIT_USAGE);
	if (status == EXIT_DONE && r) {
		struct store_filter f = {.since_day = d->from_at / 86400, .arrival_order = true};
		*r = (struct report){.drill = d, .view = c->view, .sheet = l.sheet, .alerts = json_array(), .handles = json_object(),
			.heard = calloc(sheet_places(l.sheet, &places) + 1, sizeof *r->heard)};
		BUG_IF(!r->heard);
		enum error e = store_alert_list(view_store(c->view), &f, take_alert, r);
		status = e == OK && r->error == OK ? EXIT_DONE : EXIT_CANNOT;
		json_t *o = report_json(r);
		if (c->cli->json) {
			json_dumpf(o, stdout, JSON_INDENT(2));
			putchar('\n');
		} else {
			print_report(o);
		}
		json_decref(o);
		json_decref(r->alerts);
		json_decref(r->handles);
		free(r->heard);
	}
	loaded_close(&l);
	free(r);
	if (status == EXIT_CANNOT)
		fprintf(stderr, "tama: not every alert could be read: the report is not whole\n");
	return status;
}

static int report(struct drill_call *c, const char *which)
{
	struct drill drills[DRILL_LIST_MAX];
	size_t n = 0;
	char end;
	unsigned id = 0;
	if (which && sscanf(which, "%9u%c", &id, &end) != 1)
		return cli_usage(c->cli, "which drill? its number");
	int status = get_drills(c, drills, &n);
	for (size_t i = 0; status == EXIT_DONE && i < n; i++)
		if (!which || drills[i].id == id)
			return report_on(c, &drills[i]);
	if (status == EXIT_DONE)
		fprintf(stderr, which ? "tama: drill %u is not among the last %d\n" : "tama: there was no drill yet\n", id, DRILL_LIST_MAX);
	return status == EXIT_DONE ? EXIT_USAGE : status;
}

// ---- the table ----------------------------------------------------------------------------------------------------------

int cmd_drill(struct cli *cli, int argc, char **argv)
{
	struct drill_call c = {.cli = cli};
	const char *words[3];
	const struct option_spec specs[] = {
		{"as", &c.as, NULL, "NAME", "the officer who asks; start and stop: a supervisor or administrator"},
		{"password-file", &c.password_file, NULL, "FILE", "his password (else asked)"},
		{"minutes", &c.minutes, NULL, "N", "start: it ends by itself after these, 1 to 2880; else 240"},
		{"area", &c.area, NULL, "CODE", "start: a place's code or p-code; the report says which places in it were silent"},
		{"note", &c.note, NULL, "TEXT", "start: what is exercised; sealed"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 3);
	if (n < 0)
		return EXIT_USAGE;
	const char *verb = n ? words[0] : "";
	bool is_report = !strcmp(verb, "report") && n <= 2;
	if (!is_report && (n != 1 || (strcmp(verb, "start") && strcmp(verb, "stop") && strcmp(verb, "status"))))
		return cli_usage(cli, "start, stop, status or report [ID]");
	int status = cli_officer(cli, c.as, c.password_file, &c.view);
	if (status == EXIT_DONE)
		status = is_report ? report(&c, n == 2 ? words[1] : NULL) : !strcmp(verb, "start") ? start(&c) :
			!strcmp(verb, "stop") ? stop(&c) : status_of(&c);
	view_close(c.view);
	return status;
}
