// SPDX-License-Identifier: GPL-2.0-or-later
// `tama sheet check|decode|print`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_rules.h"
#include "gateway/reading_json.h"

static int check(struct cli *cli, const char *file)
{
	struct loaded l;
	const struct event *events;
	const struct place *places;
	int status = loaded_open(cli, &l, file, NULL, false, EXIT_FOUND);
	if (cli->json)
		problems_json(l.problems);
	else if (status == EXIT_DONE)
		printf("%s: good; sheet \"%s\", p-codes %s, %zu events, %zu places, %zu warnings\n", l.sheet_path,
			sheet_name(l.sheet), sheet_scheme(l.sheet), sheet_events(l.sheet, &events),
			sheet_places(l.sheet, &places), l.problems->count);
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
	print_spans(set, text);
}

static int decode(struct cli *cli, const char *text, const char *file)
{
	struct loaded l;
	struct reading_set set;
	int status = loaded_open(cli, &l, file, NULL, false, EXIT_USAGE);
	if (status == EXIT_DONE) {
		sheet_parse(l.sheet, text, strlen(text), &set);
		if (cli->json) {
			json_t *o = json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "readings", readings_json(l.sheet, &set),
				"severity", set.severity, "flags", flags_json(set.flags), "mends", mends_json(&set),
				"unknown", unknown_json(&set), "spans", spans_json(&set));
			json_dumpf(o, stdout, JSON_INDENT(2));
			putchar('\n');
			json_decref(o);
		} else {
			decode_for_people(l.sheet, &set, text);
		}
	}
	loaded_close(&l);
	return status;
}

static int print_card(struct cli *cli, const char *file)
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

int cmd_sheet(struct cli *cli, int argc, char **argv)
{
	const char *words[3];
	int n = cli_options(cli, argc, argv, NULL, 0, words, 3);
	if (n < 0)
		return EXIT_USAGE;
	if (n >= 1 && n <= 2 && !strcmp(words[0], "check"))
		return check(cli, n == 2 ? words[1] : NULL);
	if (n >= 2 && !strcmp(words[0], "decode"))
		return decode(cli, words[1], n == 3 ? words[2] : NULL);
	if (n >= 1 && n <= 2 && !strcmp(words[0], "print"))
		return print_card(cli, n == 2 ? words[1] : NULL);
	return cli_usage(cli, "check [FILE], decode TEXT [FILE] or print [FILE]");
}
