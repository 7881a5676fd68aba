// SPDX-License-Identifier: GPL-2.0-or-later
// `tama reporter`: codes that a community gives on paper to those who report, and what their reports turned out to be.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/reporter.h"

extern char **environ;

struct reporter_call {
	struct cli *cli;
	struct view *view;
	const char *as, *password_file, *place, *note, *count, *cards, *language, *number, *output;
	bool cover;
};

// "R482-9153K": parted as people read it; the dash is read as nothing.
static void parted(const char *code, char out[static REPORTER_SIZE + 1])
{
	snprintf(out, REPORTER_SIZE + 1, "%.4s-%.5s", code, code + 4);
}

// ---- cards ------------------------------------------------------------------------------------------------------------

// On stdin: what is in argv can be read by everybody on the machine.
static int start_cards(const char *path, const char *const *args, int code_from, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, code_from, STDIN_FILENO);
	int failed = posix_spawn(pid, path, &actions, NULL, (char *const *)args, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static int print_card(const struct reporter_call *r, const char *code, const char *file)
{
	const char *args[20] = {"tama-cards", "--sheet", r->cli->config.sheet, "--reporter", "-", "--place", r->place, "--output",
		file};
	char path[PATH_MAX], text[REPORTER_SIZE + 2];
	size_t n = 9;
	int ends[2], status = -1;
	pid_t pid = 0;
	if (r->language) {
		args[n++] = "--language";
		args[n++] = r->language;
	}
	if (r->number) {
		args[n++] = "--number";
		args[n++] = r->number;
	}
	if (r->cover)
		args[n++] = "--cover";
	parted(code, text);
	text[REPORTER_SIZE] = '\n';
	if (cli_program("tama-cards", path, sizeof path) != OK || pipe2(ends, O_CLOEXEC) != 0) {
		fprintf(stderr, "tama: tama-cards cannot be started: is Tama installed whole?\n");
		return EXIT_CANNOT;
	}
	int failed = start_cards(path, args, ends[0], &pid);
	bool given = write(ends[1], text, REPORTER_SIZE + 1) == REPORTER_SIZE + 1;
	sodium_memzero(text, sizeof text);
	close(ends[0]);
	close(ends[1]);
	if (failed || !given || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		fprintf(stderr, "tama: %s: %s\n", path, failed ? strerror(failed) : "it ended before its time");
		return EXIT_CANNOT;
	}
	return WEXITSTATUS(status);
}

// A card for a code that is known already, or was told by voice: no station is asked.
static int print(struct reporter_call *r, const char *given)
{
	char line[32] = "", code[REPORTER_SIZE] = "";
	size_t n = 0;
	if (!r->place || !r->output)
		return cli_usage(r->cli, "print needs --place CODE and --output FILE");
	if (!strcmp(given, "-") && fgets(line, sizeof line, stdin))
		given = line;
	for (const char *p = given; *p; p++)
		if (isalnum((unsigned char)*p) && n < REPORTER_SIZE - 1)
			code[n++] = (char)toupper((unsigned char)*p);
		else if (isalnum((unsigned char)*p))
			n = REPORTER_SIZE; // too long
	if (n != REPORTER_SIZE - 1 || !reporter_code_valid(code))
		return cli_usage(r->cli, "a reporter code is R, seven digits and their check letter, such as R482-9153K: this is none");
	int status = cli_config(r->cli);
	if (status == EXIT_DONE)
		status = print_card(r, code, r->output);
	sodium_memzero(code, sizeof code);
	sodium_memzero(line, sizeof line);
	return status;
}

// ---- issue ------------------------------------------------------------------------------------------------------------

static int give_out(const struct reporter_call *r, unsigned id, const char *code, json_t *list)
{
	char text[REPORTER_SIZE + 1], file[PATH_MAX];
	parted(code, text);
	if (!r->cards) {
		json_array_append_new(list, json_pack("{s:i, s:s}", "id", (int)id, "code", text));
		if (!r->cli->json)
			printf("reporter %-5u %s\n", id, text);
		return EXIT_DONE;
	}
	if ((size_t)snprintf(file, sizeof file, "%s/reporter-%u.pdf", r->cards, id) >= sizeof file)
		return cli_usage(r->cli, "--cards: the name of the folder is too long");
	int status = print_card(r, code, file);
	json_array_append_new(list, json_pack("{s:i, s:s}", "id", (int)id, "card", file));
	if (status == EXIT_DONE && !r->cli->json)
		printf("reporter %-5u %s\n", id, file);
	return status;
}

static int give_out_all(const struct reporter_call *r, const uint8_t *plain, size_t size)
{
	struct bytes_reader in;
	char code[REPORTER_SIZE];
	int status = EXIT_DONE;
	json_t *list = json_array();
	bytes_reader_init(&in, plain, size);
	while (in.at < size && !in.failed) {
		unsigned id = bytes_get_u32(&in);
		bytes_get_text(&in, code, sizeof code);
		if (!in.failed && give_out(r, id, code, list) != EXIT_DONE)
			status = EXIT_CANNOT;
	}
	if (r->cli->json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (status != EXIT_DONE)
		fprintf(stderr, "tama: the codes are given out, but not every card is printed: revoke those, issue again\n");
	json_decref(list);
	sodium_memzero(code, sizeof code);
	return status;
}

static int open_answer(const struct reporter_call *r, const struct answer *a, const char *domain, uint8_t *plain)
{
	enum error e = a->size < SEAL_OVERHEAD ? ERROR_MALFORMED :
						 seal_open(domain, view_keys(r->view)->seal, r->cli->config.station_id, 16, a->payload,
							 a->size, plain);
	if (e != OK)
		fprintf(stderr, "tama: the station's answer cannot be opened: %s\n", error_text(e));
	return e == OK ? EXIT_DONE : EXIT_CANNOT;
}

static int issue(struct reporter_call *r)
{
	uint8_t payload[1 + REPORTER_PLACE_SIZE + REPORTER_NOTE_SIZE], plain[REPORTER_ISSUE_MAX * (4 + REPORTER_SIZE)];
	char end;
	unsigned count = 1;
	struct stat folder;
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (r->count && (sscanf(r->count, "%3u%c", &count, &end) != 1 || count < 1 || count > REPORTER_ISSUE_MAX))
		return cli_usage(r->cli, "--count is 1 to 50");
	if (r->cards && !r->place)
		return cli_usage(r->cli, "--cards needs --place: a card is one place's");
	if (r->cards && (stat(r->cards, &folder) != 0 || !S_ISDIR(folder.st_mode)))
		return cli_usage(r->cli, "--cards wants a folder that is there");
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)count);
	bytes_put_text(&w, r->place ? r->place : "", REPORTER_PLACE_SIZE);
	bytes_put_text(&w, r->note ? r->note : "", REPORTER_NOTE_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(r->cli, "a note has at most 95 octets, a place 11");
	int status = cli_ask(r->cli, r->view, REQUEST_REPORTER_ISSUE, payload, w.at, a);
	if (status == EXIT_DONE && a->size > sizeof plain + SEAL_OVERHEAD)
		status = EXIT_CANNOT;
	if (status == EXIT_DONE)
		status = open_answer(r, a, REPORTER_CODES_DOMAIN, plain);
	if (status == EXIT_DONE)
		status = give_out_all(r, plain, a->size - SEAL_OVERHEAD);
	sodium_memzero(plain, sizeof plain);
	return status;
}

// ---- revoke and grade -------------------------------------------------------------------------------------------------

// An id, or the code itself as it was found.
static bool put_which(struct bytes_writer *w, const char *which)
{
	char code[REPORTER_SIZE] = "", end;
	unsigned id = 0;
	size_t n = 0;
	if (sscanf(which, "%9u%c", &id, &end) != 1 || !id) {
		id = 0;
		for (const char *p = which; *p; p++)
			if (isalnum((unsigned char)*p) && n < REPORTER_SIZE - 1)
				code[n++] = (char)toupper((unsigned char)*p);
			else if (*p != '-' && *p != ' ')
				return false;
		if (!reporter_code_valid(code))
			return false;
	}
	bytes_put_u32(w, id);
	bytes_put_text(w, code, sizeof code);
	return true;
}

static int change(struct reporter_call *r, enum request_verb verb, const char *which, const char *letter, const char *why,
	const char *done)
{
	uint8_t payload[4 + REPORTER_SIZE + 1 + REPORTER_NOTE_SIZE];
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	bytes_writer_init(&w, payload, sizeof payload);
	if (!put_which(&w, which))
		return cli_usage(r->cli, "which reporter? the number of the card, or its code");
	if (letter)
		bytes_put_u8(&w, strcmp(letter, "auto") ? (uint8_t)*letter : 0);
	bytes_put_text(&w, why, REPORTER_NOTE_SIZE);
	if (!a || !bytes_ok(&w))
		return cli_usage(r->cli, "a reason has at most 95 octets");
	int status = cli_ask(r->cli, r->view, verb, payload, w.at, a);
	if (status == EXIT_DONE)
		printf(r->cli->json ? "{\"done\": \"%s%s\"}\n" : "%s%s\n", a->text, done);
	return status;
}

static int grade(struct reporter_call *r, const char *which, const char *letter, const char *why)
{
	if (strcmp(letter, "auto") != 0 && (strlen(letter) != 1 || *letter < 'A' || *letter > 'F'))
		return cli_usage(r->cli, "a grade is A to F, or auto: by what the reports turned out to be");
	if (strcmp(letter, "auto") != 0 && !*why)
		return cli_usage(r->cli, "say why: a grade by hand needs a reason");
	return change(r, REQUEST_REPORTER_GRADE, which, letter, why, "");
}

// ---- list ---------------------------------------------------------------------------------------------------------------

static json_t *json_of(const struct reporter *r)
{
	char at[32];
	const char letter[2] = {reporter_grade(r), 0}, hand[2] = {r->by_hand, 0};
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:s}", "id", (int)r->id, "grade", letter, "place", r->place,
		"note", r->note, "revoked", r->revoked, "issued_by", r->issued_by, "texts", (int)r->texts, "confirmed",
		(int)r->confirmed, "false", (int)r->wrong, "why", r->why);
	json_object_set_new(o, "issued_at", json_string(cli_utc(r->issued_at, at)));
	json_object_set_new(o, "revoked_at", r->revoked ? json_string(cli_utc(r->revoked_at, at)) : json_null());
	json_object_set_new(o, "grade_by_hand", r->by_hand ? json_string(hand) : json_null());
	return o;
}

static void print_one(const struct reporter *r)
{
	char at[32];
	printf("%5u  %c%c  %4u texts, %3u true, %3u false  %.10s  %-7s %s%s%s%s\n", (unsigned)r->id, reporter_grade(r),
		r->by_hand ? '*' : ' ', (unsigned)r->texts, (unsigned)r->confirmed, (unsigned)r->wrong, cli_utc(r->issued_at, at),
		r->place, r->note, r->revoked ? "  REVOKED" : "", r->revoked && *r->why ? ": " : "", r->revoked ? r->why : "");
}

static int take_page(const struct reporter_call *r, const struct answer *a, uint32_t *after, json_t *list)
{
	uint8_t *plain = sodium_malloc(sizeof a->payload);
	struct reporter one;
	int status = plain ? open_answer(r, a, REPORTER_LIST_DOMAIN, plain) : EXIT_CANNOT;
	size_t n = status == EXIT_DONE ? ((size_t)a->size - SEAL_OVERHEAD) / REPORTER_RECORD_SIZE : 0;
	for (size_t i = 0; i < n; i++) {
		if (reporter_read(plain + i * REPORTER_RECORD_SIZE, &one) != OK)
			continue;
		*after = one.id;
		json_array_append_new(list, json_of(&one));
		if (!r->cli->json)
			print_one(&one);
	}
	if (n < REPORTER_PAGE)
		*after = 0;
	sodium_memzero(&one, sizeof one);
	sodium_free(plain);
	return status;
}

static int list(struct reporter_call *r)
{
	uint8_t payload[4];
	uint32_t after = 0;
	int status;
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (!a)
		return EXIT_CANNOT;
	json_t *all = json_array();
	do {
		bytes_writer_init(&w, payload, sizeof payload);
		bytes_put_u32(&w, after);
		status = cli_ask(r->cli, r->view, REQUEST_REPORTER_LIST, payload, w.at, a);
		if (status == EXIT_DONE)
			status = take_page(r, a, &after, all);
	} while (status == EXIT_DONE && after);
	if (status == EXIT_DONE && r->cli->json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(all);
	return status;
}

// ---- the table ----------------------------------------------------------------------------------------------------------

static int dispatch(struct reporter_call *r, int n, const char **words)
{
	if (!strcmp(words[0], "issue") && n == 1)
		return issue(r);
	if (!strcmp(words[0], "list") && n == 1)
		return list(r);
	if (!strcmp(words[0], "revoke") && n == 3)
		return change(r, REQUEST_REPORTER_REVOKE, words[1], NULL, words[2], " is revoked: what bears its code is marked from now on");
	if (!strcmp(words[0], "grade") && (n == 3 || n == 4))
		return grade(r, words[1], words[2], n == 4 ? words[3] : "");
	return cli_usage(r->cli, "issue, list, revoke ID|CODE WHY, grade ID|CODE A-F|auto [WHY], print CODE|-");
}

int cmd_reporter(struct cli *cli, int argc, char **argv)
{
	struct reporter_call r = {.cli = cli};
	const char *words[5];
	const struct option_spec specs[] = {
		{"as", &r.as, NULL, "NAME", "the supervisor or administrator who does it"},
		{"password-file", &r.password_file, NULL, "FILE", "his password (else asked)"},
		{"count", &r.count, NULL, "N", "issue: how many codes, 1 to 50"},
		{"place", &r.place, NULL, "CODE", "issue: where; issue --cards, print: the place of the card"},
		{"note", &r.note, NULL, "TEXT", "issue: to whom or through whom; sealed. No number, and no name that must not be found"},
		{"cards", &r.cards, NULL, "DIR", "issue: a card for each code into this folder, instead of showing the codes"},
		{"language", &r.language, NULL, "L", "cards: in this language of the sheet, or all"},
		{"number", &r.number, NULL, "N", "cards: the gateway's number (E.164)"},
		{"cover", NULL, &r.cover, NULL, "cards: as a market price list"},
		{"output", &r.output, NULL, "FILE", "print: the file"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 5);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0)
		return cli_usage(cli, "issue, list, revoke, grade or print?");
	if (n == 2 && !strcmp(words[0], "print"))
		return print(&r, words[1]);
	int status = cli_officer(cli, r.as, r.password_file, &r.view);
	if (status == EXIT_DONE)
		status = dispatch(&r, n, words);
	view_close(r.view);
	return status;
}
