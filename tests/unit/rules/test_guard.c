// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with rules is told where it stands; and nobody gets what he must not see, whatever the rules say.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/rules/fixture.h"

#define QUEUES "queues = (\"protection\", { name = \"named\"; restricted = true; }, { name = \"base\"; side = \"uniformed\"; },\n" \
	"  { name = \"over\"; restricted = true; }, \"drill\");\n"
#define HEAD QUEUES "default_queue = \"protection\"; floor = { min_severity = 5; queue = \"over\"; };\n" \
	"sections = ({ name = \"force\"; side = \"uniformed\"; }, { name = \"analysis\"; side = \"civilian\"; },\n" \
	"  { name = \"survivors\"; side = \"civilian\"; restricted = true; });\n" \
	"targets = ({ name = \"duty\"; side = \"civilian\"; }, { name = \"barracks\"; side = \"uniformed\"; },\n" \
	"  { name = \"matron\"; side = \"civilian\"; restricted = true; });\n" \
	"rules = (\n"
#define MOVED "{ name = \"few\"; when = { event = (\"B5\"); }; then = { queue = \"named\"; notify = \"matron\"; }; }"
#define RULES(more) HEAD MOVED ",\n" more "\n);\n"
#define FIRST_LINE 10 // of `more`

static enum error load(const char *text, const struct sheet *s, struct problems *p, struct rules **out)
{
	memset(p, 0, sizeof *p);
	*out = NULL;
	return rules_load_text("rules.conf", text, strlen(text), s, p, out);
}

static const struct problem *only(const struct problems *p, const char *piece)
{
	if (p->count != 1 || !strstr(p->list[0].text, piece)) {
		problems_print(p, stdout);
		fail_msg("expected one problem: …%s…", piece);
	}
	return &p->list[0];
}

static void mistakes_have_their_place(void **state)
{
	static const struct {
		const char *more;
		int column;
		const char *piece, *found, *expected, *suggestion;
	} cases[] = {
		{"{ name = \"x\"; when = { evnt = (\"A1\"); }; then = { raise = 1; }; }", 24, "unknown key", "evnt", "event, kind", "event"},
		{"{ name = \"é\"; when = { event = (\"A1\", \"A9\"); }; then = { raise = 1; }; }", 39, "not on the code sheet", "\"A9\"", "A1, ", "A1"},
		{"{ name = \"x\"; when = { }; then = { queue = \"protecton\"; }; }", 44, "not declared in queues", "\"protecton\"",
			"protection, named", "protection"},
		{"{ name = \"x\"; when = { flags = (\"dril\"); }; then = { raise = 1; }; }", 33, "unknown", "\"dril\"", "mended, ", "drill"},
		{"{ name = \"x\"; when = { event = (\"C3\"); }; then = { share = ({ section = \"analysi\"; level = \"area\"; }); }; }", 73,
			"not declared in sections", "\"analysi\"", "force, analysis", "analysis"},
		{"{ name = \"x\"; when = { event = (\"C3\"); }; then = { share = ({ section = \"analysis\"; level = \"aria\"; }); }; }", 93,
			"level", "\"aria\"", "full, place, area or count", "area"},
		{"{ name = \"x\"; when = { event = (\"C3\"); }; then = { notify = \"dutty\"; }; }", 61, "not declared in targets", "\"dutty\"",
			"duty, barracks", "duty"},
		{"{ name = \"x\"; when = { }; then = { severity = 9; }; }", 47, "severity", "9", "a whole number from 1 to 5", ""},
		{"{ name = \"x\"; when = { hours = \"25-3\"; }; then = { raise = 1; }; }", 32, "hours", "\"25-3\"", "such as", ""},
		{"{ name = \"x\"; when = { area = \"ML99\"; }; then = { raise = 1; }; }", 31, "p-code", "\"ML99\"", "a p-code", "ML"},
		{"{ name = \"x\"; when = { kind = \"alrt\"; }; then = { raise = 1; }; }", 31, "kind", "\"alrt\"", "alert, all_quiet", "alert"},
		{"{ name = \"x\"; when = 3; then = { raise = 1; }; }", 1, "expected when", "{", "when = {", ""},
	};
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	char text[4096];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, RULES("%s"), cases[i].more);
		assert_int_equal(load(text, s, &p, &r), ERROR_ARGUMENT);
		const struct problem *q = only(&p, cases[i].piece);
		if (q->line != FIRST_LINE || q->column != cases[i].column || strcmp(q->found, cases[i].found) ||
			strncmp(q->expected, cases[i].expected, strlen(cases[i].expected)) ||
			strncmp(q->suggestion, cases[i].suggestion, strlen(cases[i].suggestion))) {
			problems_print(&p, stdout);
			fail_msg("case %zu: %d:%d found %s, expected %s, suggestion %s", i, q->line, q->column, q->found, q->expected,
				q->suggestion);
		}
	}
	sheet_destroy(s);
}

static void places_are_found_among_comments_texts_and_lines(void **state)
{
	static const char text[] = "# queues = bad\n/* ( { */ queues /* here */ = // and there\n  (\"a;\\\"\" \"b\", \"c\");\n"
				   "default_queue : \"x\"; floor = { min_severity = 5; queue = \"c\"; };\n";
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	(void)state;
	assert_int_equal(load(text, s, &p, &r), ERROR_ARGUMENT);
	const struct problem *q = only(&p, "queue \"x\" is not declared");
	assert_int_equal(q->line, 4);
	assert_int_equal(q->column, 17);
	assert_int_equal(load("queues = (\"a\";\n", s, &p, &r), ERROR_ARGUMENT);
	q = only(&p, "syntax");
	assert_true(q->line > 0 && q->column > 0 && *q->expected);
	sheet_destroy(s);
}

static void a_sheet_has_them_too(void **state)
{
	static const struct {
		const char *from, *to, *piece;
		int line, column;
		const char *found, *suggestion;
	} cases[] = {
		{"severity = 3", "severty = 3", "unknown key", 2, 40, "severty", "severity"},
		{"severity = 3", "severity = 8", "severity", 2, 51, "8", ""},
		{"12H", "12K", "check letter", 3, 20, "\"12K\"", ""},
		{"\"fire\"", "\"fier\"", "pictogram", 2, 66, "\"fier\"", "fire"},
		{"\"men\"; s", "\"men\"; words = (\"41\"); s", "no letter", 2, 49, "\"41\"", ""},
		{"events = (", "events = ({ code = \"A5\"; name = \"m\"; severity = 2; }, ", "event of line", 2, 64, "\"A5\"", ""},
	};
	static const char good[] = "name = \"s\"; scheme = \"X\";\nevents = ({ code = \"A5\"; name = \"men\"; severity = 3; pictogram = \"fire\"; });\n"
				   "places = ({ code = \"12H\"; pcode = \"X1\"; name = \"here\"; level = \"region\"; k = 900; });\n";
	static struct problems p;
	struct sheet *s = NULL;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = fixture_replace(good, cases[i].from, cases[i].to);
		memset(&p, 0, sizeof p);
		assert_int_equal(sheet_load_text("sheet.conf", text, strlen(text), &p, &s), ERROR_ARGUMENT);
		const struct problem *q = only(&p, cases[i].piece);
		if (q->line != cases[i].line || q->column != cases[i].column || strcmp(q->found, cases[i].found) ||
			strcmp(q->suggestion, cases[i].suggestion)) {
			problems_print(&p, stdout);
			fail_msg("case %zu: %d:%d found %s, suggestion %s", i, q->line, q->column, q->found, q->suggestion);
		}
	}
}

static void who_must_not_see_it_is_found_before(void **state)
{
	static const struct {
		const char *text, *piece;
	} cases[] = {
		{RULES("{ name = \"x\"; when = { event = (\"E1\"); }; then = { share = ({ section = \"force\"; level = \"count\"; }); }; }"),
			"share E1"},
		{RULES("{ name = \"x\"; when = { }; then = { share = ({ section = \"force\"; level = \"count\"; }); }; }"), "share"},
		{RULES("{ name = \"x\"; when = { event = (\"E1\"); }; then = { queue = \"base\"; }; }"), "put E1"},
		{RULES("{ name = \"x\"; when = { event = (\"A1\", \"E1\"); }; then = { queue = \"base\"; }; }"), "put E1"},
		{RULES("{ name = \"x\"; when = { event = (\"E1\"); }; then = { notify = \"barracks\"; }; }"), "notify of E1"},
		{RULES("{ name = \"x\"; when = { event = (\"B5\"); hours = \"1-2\"; }; then = { queue = \"protection\"; }; }"), "put B5"},
		{RULES("{ name = \"x\"; when = { min_severity = 5; }; then = { queue = \"protection\"; }; }"), "put B5"},
		{RULES("{ name = \"x\"; when = { event = (\"B5\"); hours = \"1-2\"; }; then = { notify = \"duty\"; }; }"), "notify of B5"},
		{RULES("{ name = \"x\"; when = { event = (\"B5\"); hours = \"1-2\"; }; then = { share = ({ section = \"analysis\"; "
		       "level = \"count\"; }); }; }"), "share B5"},
		{HEAD "{ name = \"few\"; when = { event = (\"B5\"); hours = \"8-18\"; }; then = { queue = \"named\"; }; });", "would stay in"},
		{HEAD ");", "would stay in"},
		{QUEUES "default_queue = \"base\"; floor = { min_severity = 5; queue = \"over\"; }; rules = (" MOVED ");", "default_queue \"base\""},
		{QUEUES "default_queue = \"protection\"; floor = { min_severity = 5; queue = \"base\"; }; rules = (" MOVED ");",
			"\"base\" of the floor is on the uniformed side"},
		{QUEUES "default_queue = \"protection\"; floor = { min_severity = 5; queue = \"drill\"; }; rules = (" MOVED ");",
			"\"drill\" of the floor is not declared restricted"},
	};
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool found = load(cases[i].text, s, &p, &r) == ERROR_ARGUMENT;
		bool said = false;
		for (size_t k = 0; k < p.count; k++)
			said |= !p.list[k].warning && strstr(p.list[k].text, cases[i].piece) != NULL;
		if (!found || !said) {
			problems_print(&p, stdout);
			fail_msg("case %zu: …%s…", i, cases[i].piece);
		}
	}
	sheet_destroy(s);
}

static void what_each_may_see_is_no_mistake(void **state)
{
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	(void)state;
	enum error e = load(RULES("{ name = \"a\"; when = { event = (\"C3\"); }; then = { queue = \"base\"; notify = \"barracks\";"
				  " share = ({ section = \"force\"; level = \"count\"; }); }; },\n"
				  "{ name = \"b\"; when = { event = (\"B5\"); hours = \"1-2\"; }; then = { share = ({ section = \"survivors\";"
				  " level = \"count\"; }); }; },\n"
				  "{ name = \"c\"; when = { flags = (\"drill\"); }; then = { queue = \"drill\"; }; }"), s, &p, &r);
	for (size_t i = 0; i < p.count; i++) // that a place is too small is another matter
		assert_non_null(strstr(p.list[i].text, "k_min"));
	assert_int_equal(e, OK);
	rules_destroy(r);
	sheet_destroy(s);
}

static void decide(const struct rules *r, const struct sheet *s, const char *text, unsigned flags, struct decision *d)
{
	struct reading_set set;
	sheet_parse(s, text, strlen(text), &set);
	struct facts f = {.parsed = &set, .flags = set.flags | flags, .reporters = 1, .hour = 12};
	rules_decide(r, s, &f, d);
}

static bool shared(const struct decision *d, const char *section)
{
	for (size_t i = 0; i < d->share_count; i++)
		if (!strcmp(d->shares[i].section, section))
			return true;
	return false;
}

// One plausible reading is enough, and what nobody could read could say anything. `check` cannot know these texts.
static void a_decision_holds_to_it_whatever_a_text_may_mean(void **state)
{
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	struct decision d;
	(void)state;
	assert_int_equal(load(RULES("{ name = \"all\"; when = { event = (\"C3\", \"D1\"); }; then = { queue = \"base\"; notify = \"barracks\";"
				    " share = ({ section = \"force\"; level = \"count\"; }, { section = \"analysis\"; level = \"count\"; }); }; }"),
				    s, &p, &r), OK);
	decide(r, s, "C3 12H 9", 0, &d);
	assert_string_equal(d.queue, "base");
	assert_string_equal(d.notify, "barracks");
	assert_true(shared(&d, "force") && shared(&d, "analysis") && !d.diverted && !d.withheld);
	decide(r, s, "C3 E1 12H", 0, &d); // it may be E1
	assert_int_equal(d.guard, GUARD_UNIFORMED);
	assert_string_equal(d.queue, "protection");
	assert_string_equal(d.notify, "");
	assert_true(!shared(&d, "force") && shared(&d, "analysis") && d.diverted);
	assert_int_equal(d.withheld, 2);
	decide(r, s, "C3 B5 12H", 0, &d); // or B5: only named people, and no section but theirs
	assert_int_equal(d.guard & GUARD_RESTRICTED, GUARD_RESTRICTED);
	assert_string_equal(d.queue, "named");
	assert_true(!shared(&d, "force") && !shared(&d, "analysis"));
	decide(r, s, "C3 12H xq7", 0, &d); // a part that nobody could read
	assert_true(d.guard & GUARD_UNIFORMED && !shared(&d, "force"));
	decide(r, s, "bonjour", 0, &d);
	assert_true(d.guard & GUARD_UNIFORMED);
	assert_string_equal(d.queue, "protection");
	rules_destroy(r);
	sheet_destroy(s);
}

// A drill that says B5 as well: the later rule for drills does not take it where everybody looks.
static void a_later_rule_does_not_undo_it(void **state)
{
	struct sheet *s = fixture_sheet();
	struct rules *r = fixture_rules(s);
	struct decision d;
	(void)state;
	decide(r, s, "T1", 0, &d);
	assert_string_equal(d.queue, "drill");
	decide(r, s, "B5 200J", FLAG_DRILL, &d);
	assert_string_equal(d.queue, "restricted");
	assert_true(d.diverted);
	assert_null(rules_queue_refuses(r, "restricted", GUARD_RESTRICTED));
	assert_non_null(rules_queue_refuses(r, "protection", GUARD_RESTRICTED));
	assert_null(rules_queue_refuses(r, "protection", GUARD_UNIFORMED));
	assert_non_null(rules_section_refuses(r, "operations", GUARD_UNIFORMED));
	assert_non_null(rules_section_refuses(r, "analysis", GUARD_RESTRICTED));
	rules_destroy(r);
	sheet_destroy(s);
}

static void a_file_of_before_is_still_good(void **state)
{
	static const char text[] = "queues = (\"protection\", \"restricted\", \"oversight\"); default_queue = \"protection\";\n"
				   "floor = { min_severity = 5; queue = \"oversight\"; };\n"
				   "rules = ({ name = \"few\"; when = { event = (\"B5\"); }; then = { queue = \"restricted\"; notify = \"duty\"; }; });\n";
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	struct decision d;
	(void)state;
	assert_int_equal(load(text, s, &p, &r), OK);
	assert_true(only(&p, "no queue is declared for it")->warning);
	decide(r, s, "B5 200J", 0, &d);
	assert_string_equal(d.queue, "restricted");
	assert_string_equal(d.oversight, "oversight");
	assert_string_equal(d.notify, "duty");
	rules_destroy(r);
	sheet_destroy(s);
}

static void rules_that_never_fire_or_do_nothing(void **state)
{
	static const struct {
		const char *more, *piece;
		bool warning;
	} cases[] = {
		{"{ name = \"x\"; when = { flags = (\"undecoded\", \"ambiguous\"); }; then = { raise = 1; }; }", "never fire", false},
		{"{ name = \"x\"; when = { flags = (\"beep\"); event = (\"A1\"); }; then = { raise = 1; }; }", "never fire", false},
		{"{ name = \"x\"; when = { flags = (\"beep\"); count_min = 3; }; then = { raise = 1; }; }", "never fire", false},
		{"{ name = \"x\"; when = { flags = (\"undecoded\"); reporters_min = 2; }; then = { raise = 1; }; }", "never fire", false},
		{"{ name = \"x\"; when = { event = (\"A1\"); kind = \"test\"; }; then = { raise = 1; }; }", "never fire", false},
		{"{ name = \"x\"; when = { event = (\"E3\"); min_severity = 5; }; then = { raise = -1; }; }", "never fires on a clear text", true},
		{"{ name = \"x\"; when = { hours = \"0-24\"; }; then = { raise = 1; }; }", "all hours", true},
		{"{ name = \"x\"; when = { event = (\"A1\"); area = \"ML01\"; }; then = { escalate_after_s = 90; }; },\n"
		 "{ name = \"y\"; when = { event = (\"A1\", \"C3\"); }; then = { escalate_after_s = 80; }; }", "\"x\" is shadowed", true},
		{"{ name = \"x\"; when = { event = (\"A1\"); hours = \"1-2\"; }; then = { raise = 1; }; },\n"
		 "{ name = \"y\"; when = { event = (\"A1\"); hours = \"1-2\"; }; then = { escalate_after_s = 80; }; }", "condition of another", true},
		{"{ name = \"few\"; when = { event = (\"A1\"); }; then = { raise = 1; }; }", "has the name of", false},
	};
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	char text[4096];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, RULES("%s"), cases[i].more);
		assert_int_equal(load(text, s, &p, &r), cases[i].warning ? OK : ERROR_ARGUMENT);
		const struct problem *q = only(&p, cases[i].piece);
		assert_int_equal(q->warning, cases[i].warning);
		assert_true(q->column > 0);
		rules_destroy(r);
	}
	// once an earlier rule raises it so far, it can
	assert_int_equal(load(RULES("{ name = \"w\"; when = { event = (\"E3\"); count_min = 9; }; then = { severity = 5; }; },\n"
				    "{ name = \"x\"; when = { event = (\"E3\"); min_severity = 5; }; then = { raise = -1; }; }"), s, &p, &r), OK);
	assert_int_equal(p.count, 0);
	rules_destroy(r);
	sheet_destroy(s);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// The worst for who compares all with all: one event, no area.
static void ten_thousand_rules_are_checked_in_seconds(void **state)
{
	struct sheet *s = fixture_sheet();
	static struct problems p;
	struct rules *r;
	size_t size;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	(void)state;
	fputs(HEAD MOVED, f);
	for (int i = 0; i < 10000; i++)
		fprintf(f, ",\n{ name = \"r%d\"; when = { event = (\"A5\"); count_min = %d; min_severity = 2; }; then = { escalate_after_s = %d; "
			"queue = \"protection\"; }; }", i, 2 + i, 60 + i);
	fputs("\n);\n", f);
	fclose(f);
	double began = seconds();
	assert_int_equal(load(text, s, &p, &r), OK);
	double took = seconds() - began;
	printf("10,000 rules, %zu octets: read and checked in %.2f s\n", size, took);
	assert_int_equal(p.count, 0);
	assert_true(took < 20); // with sanitizers, on a loaded machine
	rules_destroy(r);
	free(text);
	sheet_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(places_are_found_among_comments_texts_and_lines),
		cmocka_unit_test(a_sheet_has_them_too),
		cmocka_unit_test(who_must_not_see_it_is_found_before),
		cmocka_unit_test(what_each_may_see_is_no_mistake),
		cmocka_unit_test(a_decision_holds_to_it_whatever_a_text_may_mean),
		cmocka_unit_test(a_later_rule_does_not_undo_it),
		cmocka_unit_test(a_file_of_before_is_still_good),
		cmocka_unit_test(rules_that_never_fire_or_do_nothing),
		cmocka_unit_test(ten_thousand_rules_are_checked_in_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
