// SPDX-License-Identifier: GPL-2.0-or-later
// `tama sheet check|decode|print`, and of its versions propose|approve|reject|rollback|show|log.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_rules.h"
#include "gateway/cli_ruleset.h"
#include "gateway/reading_json.h"
#include "rules/sheet_card.h"

static void print_until(const struct sheet *s, const char *file)
{
	char from[SHEET_DAY_SIZE], until[SHEET_DAY_SIZE];
	sheet_day_text(sheet_valid_from(s), from);
	sheet_day_text(sheet_valid_until(s), until);
	printf("%s: \"%s\" %s is valid%s%s%s%s\n", file, sheet_name(s), sheet_version(s), sheet_valid_from(s) ? " from " : "",
		sheet_valid_from(s) ? from : "", sheet_valid_until(s) ? " until " : " without end",
		sheet_valid_until(s) ? until : "");
}

// Which ends when: whoever prints cards wants to know.
static void print_valid(const struct loaded *l)
{
	if (!l->sheets.count && !sheet_valid_until(l->sheet) && !sheet_valid_from(l->sheet))
		return;
	print_until(l->sheet, l->sheet_path);
	for (size_t i = 0; i < l->sheets.count; i++)
		print_until(l->sheets.others[i], l->sheets.files[i]);
}

static int check(struct cli *cli, const char *file)
{
	struct loaded l;
	const struct event *events;
	const struct place *places;
	int status = loaded_open(cli, &l, file, NULL, false, EXIT_FOUND);
	if (cli->json)
		problems_json(l.problems);
	else if (status == EXIT_DONE) {
		printf("%s: good; sheet \"%s\", p-codes %s, %zu events, %zu places, %zu warnings\n", l.sheet_path,
			sheet_name(l.sheet), sheet_scheme(l.sheet), sheet_events(l.sheet, &events),
			sheet_places(l.sheet, &places), l.problems->count);
		print_valid(&l);
	}
	loaded_close(&l);
	return status;
}

static void print_reading(const struct sheet *s, const struct reading *r)
{
	const struct event *events;
	const struct place *places;
	sheet_events(s, &events);
	sheet_places(s, &places);
	printf("  event %s", r->event < 0 ? "not said" : events[r->event].code);
	if (r->event >= 0)
		printf(" (%s, severity %d)", events[r->event].name, events[r->event].severity);
	printf("; place %s", r->place < 0 ? "not said" : places[r->place].code);
	if (r->place >= 0)
		printf(" (%s, %s)%s", places[r->place].name, places[r->place].pcode,
			r->place_unverified ? " WITHOUT its check letter" : "");
	if (r->count >= 0)
		printf("; count %d", r->count);
	putchar('\n');
}

static void print_spans(const struct reading_set *set, const char *text)
{
	size_t at = 0;
	for (size_t i = 0; i < set->span_count; at = set->spans[i++].to) {
		size_t n = set->spans[i].to - at;
		if (set->spans[i].kind != SPAN_FREE || strspn(text + at, " \n") < n)
			printf("  %-10s %.*s\n", span_kind_name(set->spans[i].kind), (int)n, text + at);
	}
}

static void decode_for_people(const struct sheet *s, const struct reading_set *set, const char *text)
{
	if (set->count == 0)
		puts("no reading: an officer sees the text as it is");
	else
		printf("%zu reading%s, severity %d:\n", set->count, set->count == 1 ? "" : "s", set->severity);
	for (size_t i = 0; i < set->count; i++)
		print_reading(s, &set->readings[i]);
	for (unsigned i = 0; i < FLAGS_COUNT; i++)
		if (set->flags & (1u << i))
			printf("  flag: %s\n", flag_name(i));
	for (size_t i = 0; i < set->mend_count; i++)
		printf("  mended: %s\n", set->mends[i]);
	for (size_t i = 0; i < set->unknown_count; i++)
		printf("  unknown: %s\n", set->unknown[i]);
	for (size_t i = 0; i < set->reporter_count; i++)
		printf("  reporter:  %s; whether it was given to anybody only the station knows\n", set->reporters[i].code);
	print_spans(set, text);
}

// Which sheet says it, in its own words, when there are several.
static void print_sheets(const struct loaded *l, const struct sheets_used *used, const char *text)
{
	struct reading_set set;
	if (l->sheets.count)
		printf("  sheet: %s %s\n", sheet_name(l->sheet), sheet_version(l->sheet));
	for (size_t i = 0; i < used->count; i++) {
		printf("  old sheet: %s %s\n", sheet_name(used->sheets[i]), sheet_version(used->sheets[i]));
		sheet_parse(used->sheets[i], text, strlen(text), &set);
		for (size_t k = 0; k < set.count; k++)
			print_reading(used->sheets[i], &set.readings[k]);
	}
}

static int decode(struct cli *cli, const char *text, const char *file)
{
	struct loaded l;
	struct reading_set set;
	struct sheets_used used;
	int status = loaded_open(cli, &l, file, NULL, false, EXIT_USAGE);
	if (status == EXIT_DONE) {
		sheet_set_parse(&l.sheets, l.sheet, text, strlen(text), (int64_t)time(NULL) / 86400, &set, &used);
		if (cli->json) {
			json_t *codes = json_array();
			for (size_t i = 0; i < set.reporter_count; i++)
				json_array_append_new(codes, json_string(set.reporters[i].code));
			json_t *o = json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "readings", readings_json(l.sheet, &set),
				"severity", set.severity, "flags", flags_json(set.flags), "mends", mends_json(&set),
				"unknown", unknown_json(&set), "spans", spans_json(&set), "reporters", codes, "sheet", sheet_name(l.sheet), "other_sheets",
				other_sheets_json(&used, text, strlen(text)));
			json_dumpf(o, stdout, JSON_INDENT(2));
			putchar('\n');
			json_decref(o);
		} else {
			decode_for_people(l.sheet, &set, text);
			print_sheets(&l, &used, text);
		}
	}
	loaded_close(&l);
	return status;
}

static int print_list(struct cli *cli, const char *file)
{
	struct loaded l;
	const struct event *events;
	const struct place *places;
	int status = loaded_open(cli, &l, file, NULL, false, EXIT_USAGE);
	if (status == EXIT_DONE) {
		size_t n = sheet_events(l.sheet, &events), k = sheet_places(l.sheet, &places);
		printf("%s\n\nEVENT  PLACE  HOW MANY      example: %s %s 40\n\n", sheet_name(l.sheet),
			n ? events[0].code : "", k ? places[0].code : "");
		for (size_t i = 0; i < n; i++)
			printf("  %-4s %s\n", events[i].code, events[i].name);
		putchar('\n');
		for (size_t i = 0; i < k; i++)
			printf("  %-6s %-24s %s\n", places[i].code, places[i].name, places[i].level);
	}
	loaded_close(&l);
	return status;
}

// ---- cards ----------------------------------------------------------------------------------------------------

enum { CARD_PLACE, CARD_LANGUAGE, CARD_NUMBER, CARD_REPORTER, CARD_DATE, CARD_FORMAT, CARD_OUTPUT, CARD_SHEET,
	CARD_OPTIONS };

struct card_options {
	bool all, cover;
	const char *value[CARD_OPTIONS];
};

// As tama-cards calls them; it looks at their values itself.
static const char *const card_options[CARD_OPTIONS] = {"--place", "--language", "--number", "--reporter", "--date",
	"--format", "--output", "--sheet"};

static bool any_option(const struct card_options *o)
{
	bool any = o->all || o->cover;
	for (size_t i = 0; i < CARD_OPTIONS; i++)
		any |= o->value[i] != NULL;
	return any;
}

// Does not come back when all is well: tama-cards is this process from then on.
static int run_cards(const char *sheet, struct card_options *o)
{
	const char *args[2 * CARD_OPTIONS + 4] = {"tama-cards"};
	char path[PATH_MAX];
	size_t n = 1;
	o->value[CARD_SHEET] = sheet;
	for (size_t i = 0; i < CARD_OPTIONS; i++)
		if (o->value[i]) {
			args[n++] = card_options[i];
			args[n++] = o->value[i];
		}
	if (o->all)
		args[n++] = "--all";
	if (o->cover)
		args[n++] = "--cover";
	if (cli_program("tama-cards", path, sizeof path) == OK)
		execv(path, (char *const *)args);
	fprintf(stderr, "tama: %s: %m; is Tama installed whole?\n", path);
	return EXIT_CANNOT;
}

static int print(struct cli *cli, const char *file, struct card_options *o)
{
	if (!any_option(o))
		return print_list(cli, file);
	if (o->all == (o->value[CARD_PLACE] != NULL))
		return cli_usage(cli, "print needs --place CODE or --all");
	if (!file) {
		int status = cli_config(cli);
		if (status != EXIT_DONE)
			return status;
		file = cli->config.sheet;
	}
	return run_cards(file, o);
}

int cmd_sheet(struct cli *cli, int argc, char **argv)
{
	const char *words[3];
	struct card_options o = {0};
	struct ruleset_call call = {.what = RULESET_SHEET};
	const struct option_spec specs[] = {{"place", &o.value[CARD_PLACE], NULL, "CODE", "print: the card of this place"},
		{"all", NULL, &o.all, NULL, "print: a card of each place"},
		{"language", &o.value[CARD_LANGUAGE], NULL, "L", "print: in this language of the sheet, or all; else in its first"},
		{"cover", NULL, &o.cover, NULL, "print: as a market price list in the sheet's cover words"},
		{"number", &o.value[CARD_NUMBER], NULL, "N", "print: the gateway's number (E.164); else a line to write it on"},
		{"reporter", &o.value[CARD_REPORTER], NULL, "CODE", "print: a person's reporter code under it; - reads it from stdin"},
		{"date", &o.value[CARD_DATE], NULL, "DAY", "print: in the PDF; else none, and the same order gives the same octets"},
		{"format", &o.value[CARD_FORMAT], NULL, "F", "print: pdf, or one card as svg or png"},
		{"output", &o.value[CARD_OUTPUT], NULL, "FILE", "print: the file; else stdout"}, RULESET_OPTIONS(call)};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 3);
	if (n < 0)
		return EXIT_USAGE;
	if (n >= 1 && n <= 2 && !strcmp(words[0], "print"))
		return print(cli, n == 2 ? words[1] : NULL, &o);
	if (any_option(&o))
		return cli_usage(cli, "these options are for print");
	if (n >= 1 && ruleset_is_verb(words[0]))
		return ruleset_run(cli, &call, words, n);
	if (n >= 1 && n <= 2 && !strcmp(words[0], "check"))
		return check(cli, n == 2 ? words[1] : NULL);
	if (n >= 2 && !strcmp(words[0], "decode"))
		return decode(cli, words[1], n == 3 ? words[2] : NULL);
	return cli_usage(cli, "check [FILE], decode TEXT [FILE], print [FILE], propose [FILE], approve ID, reject ID, "
				"rollback VERSION, show VERSION or log");
}
