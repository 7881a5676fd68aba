// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/config.h"
#include "scratch.h"

#define STATION                                                                                                      \
	"station: { name = \"Test\"; id = \"000102030405060708090a0b0c0d0e0f\"; key = \"ABCD-EFGH\"; log = \"IJKL-MNOP\"; };\n"
#define MODEMS "modems = ( { name = \"gsm0\"; device = \"/dev/gsm0\"; } );\n"

// libconfig 1.5 loses its lexer's string buffer when a file ends inside quotes; LeakSanitizer asks this.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\n";
}

static char folder[SCRATCH_PATH], path[300], real[PATH_MAX];
static struct config c;
static char why[512];

static int setup(void **state)
{
	(void)state;
	scratch_make(folder);
	snprintf(path, sizeof path, "%s/tama.conf", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_remove(folder);
	return 0;
}

static enum error load(const char *text)
{
	scratch_save(path, text, strlen(text));
	assert_non_null(realpath(path, real));
	return config_load(path, &c, why);
}

static void assert_complains(const char *text, int line, const char *message)
{
	char want[PATH_MAX + 512];
	assert_int_equal(load(text), ERROR_ARGUMENT);
	snprintf(want, sizeof want, "%s:%d: %s", real, line, message);
	assert_string_equal(why, want);
}

static void the_least_file_has_the_documented_defaults(void **state)
{
	(void)state;
	assert_int_equal(load(STATION MODEMS), OK);
	char want[PATH_MAX + 32];
	assert_string_equal(c.path, real);
	*strrchr(real, '/') = 0;
	assert_string_equal(c.dir, real);
	snprintf(want, sizeof want, "%s/sheet.conf", real);
	assert_string_equal(c.sheet, want);
	snprintf(want, sizeof want, "%s/rules.conf", real);
	assert_string_equal(c.rules, want);
	assert_string_equal(c.station_name, "Test");
	assert_string_equal(c.station_key, "ABCD-EFGH");
	assert_string_equal(c.log_key, "IJKL-MNOP");
	assert_int_equal(c.reply_window_h, 48);
	assert_int_equal(c.replies_a_handle, 5);
	assert_int_equal(c.reply_parts_a_day, 200);
	assert_int_equal(c.reveal_cooling_off_s, 43200);
	assert_int_equal(c.reveals_a_day, 3);
	assert_int_equal(c.reveal_valid_h, 168);
	for (int i = 0; i < 16; i++)
		assert_int_equal(c.station_id[i], i);
	assert_string_equal(c.country_code, "223");
	assert_string_equal(c.trunk_prefix, "");
	assert_string_equal(c.international_prefix, "00");
	assert_int_equal(c.national_digits, 8);
	assert_int_equal(c.epoch_days, 7);
	assert_false(c.persist_pseudonyms);
	assert_int_equal(c.dedupe_hours, 48);
	assert_int_equal(c.reassembly_wait_s, 600);
	assert_int_equal(c.retention_days, 90);
	assert_int_equal(c.incident_window_s, 21600);
	assert_int_equal(c.segment_frames, 2048);
	assert_int_equal(c.log_level, 2);
	assert_true(c.sandbox);
	assert_int_equal(c.modem_count, 1);
	assert_string_equal(c.modems[0].name, "gsm0");
	assert_string_equal(c.modems[0].device, "/dev/gsm0");
	assert_string_equal(c.modems[0].connection, "at115200");
	assert_string_equal(c.modems[0].pin, "");
	assert_int_equal(c.modems[0].poll_s, 30);
}

static void everything_that_is_given_is_taken(void **state)
{
	(void)state;
	assert_int_equal(load(STATION
		"sheet = \"/etc/tama/sheet.conf\"; rules = \"sub/rules.conf\";\n"
		"numbers: { country_code = \"225\"; trunk_prefix = \"0\"; international_prefix = \"011\"; national_digits = 10; };\n"
		"pseudonym: { epoch_days = 1; persist = true; };\n"
		"dedupe: { hours = 720; }; reassembly: { wait_s = 1; }; retention: { days = 3660; };\n"
		"incident: { window_s = 60; }; spool: { segment_frames = 16; }; log: { level = 0; }; sandbox = false;\n"
		"modems = ( { name = \"a\"; device = \"/dev/a\"; connection = \"at19200\"; pin = \"0000\"; poll_s = 3600; },\n"
		" { name = \"b\"; device = \"/dev/b\"; } );\n"), OK);
	assert_string_equal(c.sheet, "/etc/tama/sheet.conf");
	*strrchr(real, '/') = 0;
	char want[PATH_MAX + 32];
	snprintf(want, sizeof want, "%s/sub/rules.conf", real);
	assert_string_equal(c.rules, want);
	assert_string_equal(c.country_code, "225");
	assert_string_equal(c.trunk_prefix, "0");
	assert_string_equal(c.international_prefix, "011");
	assert_int_equal(c.national_digits, 10);
	assert_int_equal(c.epoch_days, 1);
	assert_true(c.persist_pseudonyms);
	assert_int_equal(c.dedupe_hours, 720);
	assert_int_equal(c.reassembly_wait_s, 1);
	assert_int_equal(c.retention_days, 3660);
	assert_int_equal(c.incident_window_s, 60);
	assert_int_equal(c.segment_frames, 16);
	assert_int_equal(c.log_level, 0);
	assert_false(c.sandbox);
	assert_int_equal(c.modem_count, 2);
	assert_string_equal(c.modems[0].connection, "at19200");
	assert_string_equal(c.modems[0].pin, "0000");
	assert_int_equal(c.modems[0].poll_s, 3600);
	assert_int_equal(c.modems[1].poll_s, 30);
}

static void retention_is_by_queue_and_outcome(void **state)
{
	(void)state;
	assert_int_equal(load(STATION MODEMS "retention: { days = 90; queues = \"protection=120 oversight=365\"; "
				      "confirmed_days = 200; false_days = 10; grace_days = 5; };\n"), OK);
	assert_int_equal(config_retention(&c, "security", "unverifiable"), 90);
	assert_int_equal(config_retention(&c, "protection", "unverifiable"), 120);
	assert_int_equal(config_retention(&c, "oversight", "unverifiable"), 365);
	assert_int_equal(config_retention(&c, "oversigh", "unverifiable"), 90);
	assert_int_equal(config_retention(&c, "protection", "confirmed"), 200);
	assert_int_equal(config_retention(&c, "protection", "false"), 10);
	assert_int_equal(config_retention(&c, "protection", "drill"), 7);
	assert_int_equal(config_retention(&c, "protection", ""), 125);
	assert_int_equal(config_retention_max(&c), 370);
	assert_int_equal(config_retention_min(&c), 7);
	assert_int_equal(load(STATION MODEMS), OK);
	assert_int_equal(config_retention(&c, "protection", "confirmed"), 90);
	assert_int_equal(config_retention_max(&c), 120);
}

static void each_broken_file_names_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
		const char *message;
	} cases[] = {
		{STATION "\n\nsanbox = true;\n" MODEMS, 4, "unknown setting \"sanbox\"; `tama help config` lists them all"},
		{STATION "log: {\n\n leve = 1; };\n" MODEMS, 4, "unknown setting \"log.leve\"; `tama help config` lists them all"},
		{STATION "station2: { name = \"x\"; };\n" MODEMS, 2,
			"unknown setting \"station2\"; `tama help config` lists them all"},
		{STATION "log = 3;\n" MODEMS, 2, "unknown setting \"log\"; `tama help config` lists them all"},
		{STATION "sheet: { file = \"x\"; };\n" MODEMS, 2, "unknown setting \"sheet\"; `tama help config` lists them all"},
		{STATION "log: { level = \"2\"; };\n" MODEMS, 2, "log.level: expected a whole number"},
		{STATION "log: { level = 2.5; };\n" MODEMS, 2, "log.level: expected a whole number"},
		{STATION "log: { level = 4; };\n" MODEMS, 2, "log.level: expected 0 to 3, found 4"},
		{STATION "log: { level = -1; };\n" MODEMS, 2, "log.level: expected 0 to 3, found -1"},
		{STATION "spool: {\n segment_frames = 15;\n};\n" MODEMS, 3,
			"spool.segment_frames: expected 16 to 1048576, found 15"},
		{STATION "retention: { days = 99999999999L; };\n" MODEMS, 2,
			"retention.days: expected 1 to 3660, found 99999999999"},
		{STATION "sandbox = 1;\n" MODEMS, 2, "sandbox: expected true or false"},
		{STATION "sandbox = \"no\";\n" MODEMS, 2, "sandbox: expected true or false"},
		{STATION "rules = 7;\n" MODEMS, 2, "rules: expected a text in quotes"},
		{STATION "numbers: { country_code = 223; };\n" MODEMS, 2,
			"numbers.country_code: expected a text in quotes"},
		{STATION "numbers: { country_code = \"+223\"; };\n" MODEMS, 2,
			"numbers.country_code: expected digits only"},
		{STATION "numbers: { country_code = \"2\\n3\"; };\n" MODEMS, 2,
			"numbers.country_code: expected digits only"},
		{STATION "numbers: { country_code = \"\"; };\n" MODEMS, 2,
			"numbers.country_code: expected 1 to 3 characters, found 0"},
		{STATION "numbers: { country_code = \"2230\"; };\n" MODEMS, 2,
			"numbers.country_code: expected 1 to 3 characters, found 4"},
		{"station: { name = \"T\"; key = \"K\"; };\n" MODEMS, 1,
			"station.id is missing: 32 hex digits made by `tama init`; bound into every ciphertext"},
		{MODEMS, 1, "station.name is missing: what people call this station"},
		{"\nstation: { name = \"T\";\n id = \"00\"; key = \"K\"; };\n" MODEMS, 3, "station.id: expected 32 hex digits"},
		{"station: { name = \"T\"; id = \"0001020304050607 8090a0b0c0d0e0f\"; key = \"K\"; };\n" MODEMS, 1,
			"station.id: expected 32 hex digits"},
		{"station: { name = \"\"; id = \"000102030405060708090a0b0c0d0e0f\"; key = \"K\"; };\n" MODEMS, 1,
			"station.name: expected 1 to 60 characters, found 0"},
		{STATION, 1, "no modems: add modems = ( { name = \"gsm0\"; device = \"/dev/serial/by-id/…\"; } );"},
		{STATION "modems = ( );\n", 2, "modems: expected a list in ( ) of 1 to 16 modems"},
		{STATION "\nmodems = 3;\n", 3, "modems: expected a list in ( ) of 1 to 16 modems"},
		{STATION "modems = [ 1, 2 ];\n", 2, "modems: expected a list in ( ) of 1 to 16 modems"},
		{STATION "modems = ( \"gsm0\" );\n", 2, "modems: expected a list of groups ( { name = …; device = …; }, … )"},
		{STATION "modems = ( { name = \"a\"; device = \"/dev/a\"; },\n\n { name = \"b\"; device = \"/dev/a\"; } );\n", 2,
			"modems: two have the same name or device"},
		{STATION "modems = ( { name = \"a\"; device = \"/dev/a\"; }, { name = \"a\"; device = \"/dev/b\"; } );\n", 2,
			"modems: two have the same name or device"},
		{STATION "modems = (\n { name = \"a\"; } );\n", 3,
			"device is missing: /dev/serial/by-id/…, never a bare ttyUSB number"},
		{STATION "modems = (\n { name = \"a\"; device = \"/dev/a\";\n baud = 9600; } );\n", 4,
			"unknown modem setting \"baud\""},
		{STATION "modems = ( { name = \"a\"; device = \"/dev/a\"; poll_s = 0; } );\n", 2,
			"poll_s: expected 1 to 3600, found 0"},
		{STATION "modems = ( { name = \"a\"; device = \"/dev/a\"; pin = \"12x4\"; } );\n", 2,
			"pin: expected digits only"},
		{STATION "log: { level = 1; level = 2; };\n" MODEMS, 2, "duplicate setting name"},
		{STATION "log: { level = ; };\n" MODEMS, 2, "syntax error"},
		{STATION MODEMS "log: {\n level = 2;\n", 5, "syntax error"},
		{"", 1, "station.name is missing: what people call this station"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_complains(cases[i].text, cases[i].line, cases[i].message);
}

static void a_secret_is_not_repeated_in_the_complaint(void **state)
{
	(void)state;
	assert_int_equal(load(STATION "modems = ( { name = \"a\"; device = \"/dev/a\"; pin = \"98x76\"; } );\n"),
		ERROR_ARGUMENT);
	assert_null(strstr(why, "98x76"));
}

static void texts_too_long_are_named_not_cut(void **state)
{
	(void)state;
	char text[2000], name[1200];
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = 0;
	snprintf(text, sizeof text, STATION "sheet = \"%s\";\n" MODEMS, name);
	assert_complains(text, 2, "sheet: too long");
	snprintf(text, sizeof text, STATION "modems = ( { name = \"a\"; device = \"/%s\"; } );\n", name);
	assert_complains(text, 2, "device: expected 1 to 255 characters, found 1200");
	snprintf(text, sizeof text, STATION "%s = 1;\n" MODEMS, name);
	assert_int_equal(load(text), ERROR_ARGUMENT);
	assert_non_null(strstr(why, ":2: unknown setting \"nnnn"));
	// It fits by itself, and no more when the folder stands before it.
	name[505] = 0;
	snprintf(text, sizeof text, STATION "sheet = \"%s\";\n" MODEMS, name);
	assert_int_equal(load(text), ERROR_ARGUMENT);
	assert_non_null(strstr(why, ":1: path too long: nnnn"));
}

static void too_many_modems_are_refused(void **state)
{
	(void)state;
	for (int n = CONFIG_MODEMS_MAX; n <= CONFIG_MODEMS_MAX + 1; n++) {
		char text[4000];
		size_t at = (size_t)snprintf(text, sizeof text, STATION "modems = (");
		for (int i = 0; i < n; i++)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s { name = \"m%d\"; device = \"/dev/m%d\"; }",
				i ? "," : "", i, i);
		snprintf(text + at, sizeof text - at, " );\n");
		assert_int_equal(load(text), n > CONFIG_MODEMS_MAX ? ERROR_ARGUMENT : OK);
	}
	assert_non_null(strstr(why, ":2: modems: expected a list in ( ) of 1 to 16 modems"));
}

static void a_missing_file_says_how_to_make_one(void **state)
{
	(void)state;
	char want[600];
	assert_int_equal(config_load(path, &c, why), ERROR_ARGUMENT);
	snprintf(want, sizeof want,
		"%s: cannot be read: No such file or directory; `tama init DIR` makes a station, -c FILE names one", path);
	assert_string_equal(why, want);
	assert_int_equal(mkdir(path, 0700), 0); // a folder in its place
	assert_int_equal(config_load(path, &c, why), ERROR_ARGUMENT);
	assert_non_null(strstr(why, "file I/O error"));
}

// Where the file lies decides where the station is, not where the program was started.
static void the_folder_is_that_of_the_file(void **state)
{
	(void)state;
	char link_path[300], before[PATH_MAX], out[600], want[PATH_MAX + 32];
	assert_int_equal(load(STATION MODEMS), OK);
	*strrchr(real, '/') = 0;
	snprintf(link_path, sizeof link_path, "%s/link.conf", folder);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(config_load(link_path, &c, why), OK);
	assert_string_equal(c.dir, real);
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(config_load("tama.conf", &c, why), OK);
	assert_int_equal(chdir(before), 0);
	assert_string_equal(c.dir, real);
	snprintf(want, sizeof want, "%s/spool", real);
	assert_string_equal(config_file(&c, "spool", out), want);
}

static void the_help_shows_every_default(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	assert_non_null(f);
	config_help(f);
	fclose(f);
	static const char *const lines[] = {"  station.name\n", "  sheet = \"sheet.conf\"\n",
		"  pseudonym.epoch_days = 7 (1 to 366)\n", "  pseudonym.persist = false\n", "  sandbox = true\n",
		"      connection = \"at115200\"\n", "      poll_s = 30 (1 to 3600)\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_non_null(strstr(text, lines[i]));
	free(text);
}

static void random_files_never_harm(void **state)
{
	(void)state;
	static const char base[] = STATION "log: { level = 2; };\n" MODEMS;
	srandom(17);
	for (int i = 0; i < 3000; i++) {
		char text[sizeof base];
		memcpy(text, base, sizeof base);
		for (int n = 0; n < 3; n++)
			text[random() % (long)(sizeof base - 1)] = "{}()[]=;:\",\\#/*xyz019 \n\xff"[random() % 24];
		enum error e = load(text);
		assert_true(e == OK || e == ERROR_ARGUMENT);
		if (e != OK)
			assert_null(strchr(why, '\n'));
	}
}

#define CONFIG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(the_least_file_has_the_documented_defaults),
		CONFIG_TEST(everything_that_is_given_is_taken),
		CONFIG_TEST(retention_is_by_queue_and_outcome),
		CONFIG_TEST(each_broken_file_names_its_line),
		CONFIG_TEST(a_secret_is_not_repeated_in_the_complaint),
		CONFIG_TEST(texts_too_long_are_named_not_cut),
		CONFIG_TEST(too_many_modems_are_refused),
		CONFIG_TEST(a_missing_file_says_how_to_make_one),
		CONFIG_TEST(the_folder_is_that_of_the_file),
		CONFIG_TEST(the_help_shows_every_default),
		CONFIG_TEST(random_files_never_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
