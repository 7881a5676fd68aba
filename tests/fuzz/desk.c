// SPDX-License-Identifier: GPL-2.0-or-later
// The editor of the console: a text of rules, then the same octets as a code sheet. What is said to be free of errors
// loads, passes its own tests and decides.
#include "gateway/reply_check.h"
#include "gateway/rules_desk.h"
#include "tests/fuzz/fuzz.h"

static struct problems problems;
static struct sheet *sheet;

static json_int_t errors_of(const json_t *o)
{
	const json_t *n = json_object_get(o, "errors");
	BUG_IF(!json_is_integer(n) || !json_is_array(json_object_get(o, "problems")));
	return json_integer_value(n);
}

static void check_rules(const struct desk_text *t)
{
	static const char message[] = "A1 12H 40";
	struct rules *r = NULL;
	struct desk_message m = {.text = message, .size = sizeof message - 1, .hour = 3, .reporters = 1, .grade = 'F'};
	json_t *o = desk_check_rules(sheet, t);
	BUG_IF(!o);
	memset(&problems, 0, sizeof problems);
	bool loads = rules_load_text("r", t->text, t->size, sheet, &problems, &r) == OK;
	BUG_IF(errors_of(o) == 0 && !(loads && reply_check(r, &problems) == OK && problems.errors == 0));
	if (loads) {
		json_t *tried = desk_try(r, sheet, &m);
		json_int_t severity = json_integer_value(json_object_get(tried, "severity"));
		BUG_IF(severity < 1 || severity > 5 || !*json_string_value(json_object_get(tried, "queue")));
		json_decref(tried);
		memset(&problems, 0, sizeof problems);
		json_t *form = desk_form(t, &problems);
		BUG_IF(!json_is_object(form));
		json_decref(form);
	}
	rules_destroy(r);
	json_decref(o);
}

static void check_sheet(const struct desk_text *t)
{
	struct sheet *s = NULL;
	json_t *o = desk_check_sheet(t, NULL);
	memset(&problems, 0, sizeof problems);
	bool loads = sheet_load_text("s", t->text, t->size, &problems, &s) == OK;
	BUG_IF((errors_of(o) == 0) != loads);
	sheet_destroy(s);
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!sheet)
		BUG_IF(sheet_load(ETC "/sheet-mali.conf", &problems, &sheet) != OK);
	struct desk_text t = {.name = "t", .text = (const char *)data, .size = size};
	check_rules(&t);
	check_sheet(&t);
	return 0;
}
