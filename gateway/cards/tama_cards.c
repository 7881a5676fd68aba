// SPDX-License-Identifier: GPL-2.0-or-later
// tama-cards: prints the cards of a code sheet. A program of its own, so that nothing that holds a secret links a
// drawing library. `tama sheet print` starts it; it reads one sheet and writes one file, or stdout.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cards/card.h"
#include "gateway/cards/serve.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

#define REPORTER_MAX 16

struct request {
	const char *sheet, *place, *language, *number, *reporter, *date, *format, *output;
	bool all, cover, serve;
};

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "tama-cards: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return EXIT_USAGE;
}

// ---- the request ----------------------------------------------------------------------------------------------

static bool read_request(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {{"sheet", required_argument, NULL, 's'},
		{"place", required_argument, NULL, 'p'}, {"all", no_argument, NULL, 'a'},
		{"language", required_argument, NULL, 'l'}, {"cover", no_argument, NULL, 'c'},
		{"number", required_argument, NULL, 'n'}, {"reporter", required_argument, NULL, 'r'},
		{"date", required_argument, NULL, 'd'}, {"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'}, {"serve", no_argument, NULL, 'S'}, {NULL, 0, NULL, 0}};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		const char **const values[] = {['s'] = &r->sheet, ['p'] = &r->place, ['l'] = &r->language, ['n'] = &r->number,
			['r'] = &r->reporter, ['d'] = &r->date, ['f'] = &r->format, ['o'] = &r->output};
		if (option == '?')
			return false;
		if (option == 'S')
			r->serve = true;
		else if (option == 'a')
			r->all = true;
		else if (option == 'c')
			r->cover = true;
		else
			*values[option] = optarg;
	}
	return optind == argc && r->sheet && (r->serve || r->all != (r->place != NULL));
}

// ITU-T E.164 §6.2.1: a plus, a country code that is not 0, 15 digits at most.
static bool is_e164(const char *number)
{
	size_t n = number[0] == '+' ? strspn(number + 1, "0123456789") : 0;
	return n >= 7 && n <= 15 && number[1] != '0' && !number[n + 1];
}

static bool is_reporter(const char *code)
{
	size_t n = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	return n >= 1 && n <= REPORTER_MAX && !code[n];
}

static bool is_date(const char *date)
{
	static const char shape[] = "0000-00-00";
	for (size_t i = 0; i < sizeof shape; i++)
		if (shape[i] == '0' ? date[i] < '0' || date[i] > '9' : date[i] != shape[i])
			return false;
	return true;
}

static bool find_format(const char *name, enum card_format *out)
{
	static const char *const names[] = {[CARD_PDF] = "pdf", [CARD_SVG] = "svg", [CARD_PNG] = "png"};
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(name, names[i])) {
			*out = (enum card_format)i;
			return true;
		}
	return false;
}

static int check_request(const struct request *r, struct card_order *o)
{
	*o = (struct card_order){.cover = r->cover, .number = r->number, .reporter = r->reporter, .date = r->date};
	if (r->number && !is_e164(r->number))
		return refuse("--number \"%s\": expected the gateway's number in full, such as +22310000000", r->number);
	if (r->reporter && !is_reporter(r->reporter))
		return refuse("--reporter: expected 1 to 16 capital letters, digits and dashes");
	if (r->date && !is_date(r->date))
		return refuse("--date \"%s\": expected a day such as 2026-05-01", r->date);
	if (r->format && !find_format(r->format, &o->format))
		return refuse("--format \"%s\": expected pdf, svg or png", r->format);
	if (!r->output && isatty(STDOUT_FILENO))
		return refuse("a card is not for a terminal: name a file with --output");
	return EXIT_DONE;
}

// A reporter's code given as "-" comes on stdin: what is in argv can be read by everybody on the machine.
static int read_reporter(struct request *r, char code[static REPORTER_MAX + 2])
{
	if (!r->reporter || strcmp(r->reporter, "-") != 0)
		return EXIT_DONE;
	if (!fgets(code, REPORTER_MAX + 2, stdin))
		return refuse("--reporter -: nothing on stdin");
	code[strcspn(code, "\n")] = 0;
	r->reporter = code;
	return EXIT_DONE;
}

// ---- places and languages -------------------------------------------------------------------------------------

static int find_places(const struct request *r, struct card_order *o, int **list)
{
	const struct place *places;
	size_t n = sheet_places(o->sheet, &places);
	int only = r->place ? sheet_place_of_code(o->sheet, r->place) : 0;
	if (only < 0)
		return refuse("--place \"%s\": the sheet has no place of this code; give it with its check letter", r->place);
	*list = calloc(n + 1, sizeof **list);
	BUG_IF(!*list);
	for (size_t i = 0; i < n; i++)
		(*list)[i] = r->place ? only : (int)i;
	o->places = *list;
	o->place_count = r->place ? 1 : n;
	return EXIT_DONE;
}

static int find_languages(const struct request *r, struct card_order *o)
{
	char why[512] = "";
	size_t n = sheet_languages(o->sheet), at = 0;
	int only = r->language ? sheet_language_of_tag(o->sheet, r->language) : 0;
	o->language_count = 1;
	if (r->language && !strcmp(r->language, "all"))
		o->language_count = n;
	else if (only >= 0)
		o->first_language = (size_t)only;
	else {
		for (size_t i = 0; i < n && at < sizeof why; i++)
			at += (size_t)snprintf(why + at, sizeof why - at, " %s", sheet_language(o->sheet, i));
		return refuse("--language: the sheet has no such language; it has%s, or all", why);
	}
	return EXIT_DONE;
}

// ---- the file -------------------------------------------------------------------------------------------------

static bool write_all(int fd, const struct card_file *f)
{
	for (size_t at = 0; at < f->size;) {
		ssize_t n = write(fd, f->octets + at, f->size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

// Beside it first: a disk that fills leaves the card of yesterday, never half of today's. What is no regular file
// (a pipe, /dev/stdout) is written as it is.
static bool write_output(const char *path, const struct card_file *f)
{
	char beside[4096 + 8];
	struct stat st;
	bool plain = stat(path, &st) != 0 || S_ISREG(st.st_mode);
	if ((size_t)snprintf(beside, sizeof beside, plain ? "%s.XXXXXX" : "%s", path) >= sizeof beside) {
		errno = ENAMETOOLONG;
		return false;
	}
	cleanup_fd int fd = plain ? mkstemp(beside) : open(beside, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (write_all(fd, f) && (!plain || (fsync(fd) == 0 && rename(beside, path) == 0)))
		return true;
	int kept = errno;
	if (plain)
		unlink(beside);
	errno = kept;
	return false;
}

static int print(const struct request *r, const struct card_order *o)
{
	char why[WHY_SIZE] = "";
	struct card_file file;
	int status = EXIT_DONE;
	enum error e = card_print(o, &file, why);
	if (e != OK) {
		status = e == ERROR_MEMORY ? EXIT_CANNOT : EXIT_USAGE;
		fprintf(stderr, "tama-cards: %s: %s\n", r->sheet, why);
	} else if (r->output ? !write_output(r->output, &file) : !write_all(STDOUT_FILENO, &file)) {
		status = EXIT_CANNOT;
		fprintf(stderr, "tama-cards: %s: %m\n", r->output ? r->output : "stdout");
	}
	card_file_free(&file);
	return status;
}

static int load_and_print(const struct request *r, struct card_order *o)
{
	cleanup_free struct problems *problems = calloc(1, sizeof *problems);
	cleanup_free int *places = NULL;
	struct sheet *sheet = NULL;
	BUG_IF(!problems);
	if (sheet_load(r->sheet, problems, &sheet) != OK) {
		problems_print(problems, stderr);
		return EXIT_USAGE;
	}
	o->sheet = sheet;
	int status = find_places(r, o, &places);
	if (status == EXIT_DONE)
		status = find_languages(r, o);
	if (status == EXIT_DONE)
		status = print(r, o);
	sheet_destroy(sheet);
	return status;
}

int main(int argc, char **argv)
{
	const struct rlimit none = {0, 0};
	struct request request = {0};
	struct card_order order;
	char reporter[REPORTER_MAX + 2];
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // a reporter's code passes through here
	setrlimit(RLIMIT_CORE, &none);
	if (!read_request(argc, argv, &request)) {
		fprintf(stderr, "usage: tama-cards --sheet FILE --place CODE|--all [--language L|all] [--cover] [--number N]\n"
				"       [--reporter CODE|-] [--date DAY] [--format pdf|svg|png] [--output FILE]\n");
		return EXIT_USAGE;
	}
	if (request.serve)
		return serve(request.sheet);
	int status = read_reporter(&request, reporter);
	if (status == EXIT_DONE)
		status = check_request(&request, &order);
	return status == EXIT_DONE ? load_and_print(&request, &order) : status;
}
