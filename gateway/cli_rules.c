// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli_rules.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/reply_check.h"
#include "gateway/rules_desk.h"

static int find_paths(struct cli *cli, struct loaded *l, const char *sheet_file, const char *rules_file, bool want_rules)
{
	if (!sheet_file || (want_rules && !rules_file)) {
		int status = cli_config(cli);
		if (status != EXIT_DONE)
			return status;
	}
	snprintf(l->sheet_path, sizeof l->sheet_path, "%s", sheet_file ? sheet_file : cli->config.sheet);
	if (want_rules)
		snprintf(l->rules_path, sizeof l->rules_path, "%s", rules_file ? rules_file : cli->config.rules);
	return EXIT_DONE;
}

static void check_sheets(struct loaded *l)
{
	sheet_check(l->sheet, l->sheet_path, l->problems);
	for (size_t i = 0; i < l->sheets.count; i++)
		sheet_check(l->sheets.others[i], l->sheets.files[i], l->problems);
	sheet_set_check(&l->sheets, l->sheet, l->sheet_path, (int64_t)time(NULL) / 86400, l->problems);
}

int loaded_open(struct cli *cli, struct loaded *l, const char *sheet_file, const char *rules_file, bool want_rules,
	int on_mistake)
{
	*l = (struct loaded){.problems = calloc(1, sizeof(struct problems))};
	if (!l->problems)
		return EXIT_CANNOT;
	int status = find_paths(cli, l, sheet_file, rules_file, want_rules);
	if (status != EXIT_DONE)
		return status;
	enum error e = sheet_load(l->sheet_path, l->problems, &l->sheet);
	if (e == OK && !sheet_file)
		e = sheet_set_load(cli->config.sheets, l->sheet, l->problems, &l->sheets);
	if (e == OK && want_rules)
		e = rules_load(l->rules_path, l->sheet, l->problems, &l->rules);
	if (e == OK && want_rules)
		e = reply_check(l->rules, l->problems);
	if (e == OK && want_rules && on_mistake == EXIT_FOUND) {
		rules_run_tests(l->rules, l->sheet, l->problems);
		e = l->problems->errors ? ERROR_ARGUMENT : OK;
	}
	if (e == OK && !want_rules && on_mistake == EXIT_FOUND)
		check_sheets(l);
	if (!cli->json || on_mistake != EXIT_FOUND)
		problems_print(l->problems, stderr);
	if (e == OK)
		return EXIT_DONE;
	return l->problems->unreadable ? EXIT_USAGE : on_mistake;
}

void loaded_close(struct loaded *l)
{
	rules_destroy(l->rules);
	sheet_set_finish(&l->sheets);
	sheet_destroy(l->sheet);
	free(l->problems);
	*l = (struct loaded){0};
}

void problems_json(const struct problems *p)
{
	json_t *o = json_pack("{s:I, s:I, s:o}", "errors", (json_int_t)p->errors, "warnings",
		(json_int_t)(p->count > p->errors ? p->count - p->errors : 0), "problems", desk_problems(p));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}
