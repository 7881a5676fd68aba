// SPDX-License-Identifier: GPL-2.0-or-later
// What the console asks of rules while they are written: of texts that are no file, and each answer is JSON.
#include <string.h>

#include "gateway/rules_desk.h"
#include "tests/unit/rules/fixture.h"

#define HEAD "queues = (\"protection\", \"oversight\");\ndefault_queue = \"protection\";\nfloor = { min_severity = 5; queue = \"oversight\"; };\n"
#define RULE "rules = (\n  { name = \"a\"; when = { event = (\"A5\"); count_min = 20; }; then = { raise = 1; }; }\n);\n"

static struct desk_text text_of(const char *text)
{
	return (struct desk_text){"rules.conf", text, strlen(text)};
}

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void a_text_is_checked_with_its_tests(void **state)
{
	struct sheet *s = fixture_sheet();
	(void)state;
	struct desk_text good = text_of(HEAD RULE "tests = ({ name = \"t\"; text = \"A5 12H 30\"; severity = 4; });");
	json_t *o = desk_check_rules(s, &good), *tests = json_object_get(o, "tests");
	assert_int_equal(json_integer_value(json_object_get(o, "errors")), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "rules")), 1);
	assert_int_equal(json_integer_value(json_object_get(tests, "run")), 1);
	assert_int_equal(json_array_size(json_object_get(tests, "failed")), 0);
	json_decref(o);
	struct desk_text failing = text_of(HEAD RULE "tests = ({ name = \"t\"; text = \"A5 12H 3\"; severity = 4; });");
	o = desk_check_rules(s, &failing);
	json_t *failed = json_object_get(json_object_get(o, "tests"), "failed");
	assert_int_equal(json_array_size(failed), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(failed, 0), "line")), 7);
	assert_non_null(strstr(string_of(json_array_get(failed, 0), "message"), "expected severity 4, found 3"));
	json_decref(o);
	struct desk_text wrong = text_of(HEAD "rules = ({ name = \"a\"; when = { event = (\"A5\"); };\n  then = { quue = \"oversight\"; }; });");
	o = desk_check_rules(s, &wrong);
	json_t *problem = json_array_get(json_object_get(o, "problems"), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "errors")), 1);
	assert_int_equal(json_integer_value(json_object_get(problem, "line")), 5);
	assert_int_equal(json_integer_value(json_object_get(problem, "column")), 12);
	assert_string_equal(string_of(problem, "severity"), "error");
	assert_string_equal(string_of(problem, "found"), "quue");
	assert_string_equal(string_of(problem, "suggestion"), "queue");
	assert_non_null(strstr(string_of(problem, "expected"), "severity, raise, queue"));
	json_decref(o);
	sheet_destroy(s);
}

static void a_sheet_is_checked_with_the_rules_that_speak_of_it(void **state)
{
	static const char sheet[] = "name = \"s\"; scheme = \"X\";\nevents = ({ code = \"A5\"; name = \"men\"; severity = 3; });\n"
				    "places = ({ code = \"12H\"; pcode = \"X1\"; name = \"here\"; level = \"region\"; k = 900; });\n";
	struct desk_text s = text_of(sheet), fits = text_of(HEAD RULE);
	struct desk_text other = text_of(HEAD "rules = ({ name = \"a\"; when = { event = (\"Z7\"); }; then = { raise = 1; }; });");
	(void)state;
	json_t *o = desk_check_sheet(&s, &fits);
	assert_int_equal(json_integer_value(json_object_get(o, "errors")), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "events")), 1);
	json_decref(o);
	o = desk_check_sheet(&s, &other);
	assert_int_equal(json_integer_value(json_object_get(o, "errors")), 1);
	json_decref(o);
}

static void a_file_becomes_a_form(void **state)
{
	static struct problems p;
	struct desk_text t = text_of(HEAD RULE);
	(void)state;
	json_t *o = desk_form(&t, &p), *rule = json_array_get(json_object_get(o, "rules"), 0);
	assert_string_equal(string_of(o, "default_queue"), "protection");
	assert_string_equal(string_of(rule, "name"), "a");
	assert_int_equal(json_integer_value(json_object_get(rule, "line")), 5);
	json_t *when = json_object_get(rule, "when");
	assert_string_equal(json_string_value(json_array_get(json_object_get(when, "event"), 0)), "A5");
	assert_int_equal(json_integer_value(json_object_get(when, "count_min")), 20);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(rule, "then"), "raise")), 1);
	json_decref(o);
	struct desk_text broken = text_of("rules = (");
	assert_null(desk_form(&broken, &p));
	assert_int_equal(p.errors, 1);
}

static void a_message_is_tried(void **state)
{
	static struct problems p;
	struct sheet *s = fixture_sheet();
	struct rules *r = NULL;
	(void)state;
	assert_int_equal(rules_load_text("rules.conf", HEAD RULE, strlen(HEAD RULE), s, &p, &r), OK);
	struct desk_message m = {.text = "A5 12H 30", .size = 9, .hour = 12, .reporters = 1};
	json_t *o = desk_try(r, s, &m);
	assert_int_equal(json_integer_value(json_object_get(o, "severity")), 4);
	assert_string_equal(string_of(o, "queue"), "protection");
	assert_string_equal(json_string_value(json_array_get(json_object_get(o, "trace"), 0)), "+ a");
	json_decref(o);
	rules_destroy(r);
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_checked_with_its_tests),
		cmocka_unit_test(a_sheet_is_checked_with_the_rules_that_speak_of_it),
		cmocka_unit_test(a_file_becomes_a_form),
		cmocka_unit_test(a_message_is_tried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
