// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"

#define SECRET_MAX 1024
#define REQUEST_TIMEOUT_MS 60000 // Argon2id on a small machine under load

// ---- words and options --------------------------------------------------------------------------------------------

static void print_help(const struct cli *cli, const struct option_spec *specs, size_t count)
{
	printf("tama %s %s\n\n%s\n\n", cli->command->name, cli->command->usage, cli->command->doc);
	for (size_t i = 0; i < count; i++)
		printf("  --%s %-*s %s\n", specs[i].name, 19 - (int)strlen(specs[i].name),
			specs[i].argument ? specs[i].argument : "", specs[i].doc);
	printf("  -c FILE                the configuration (else /etc/tama/tama.conf, else ./tama.conf)\n"
	       "  --json                 one JSON value on stdout\n"
	       "  --help                 this\n");
}

int cli_usage(const struct cli *cli, const char *why)
{
	fprintf(stderr, "tama %s: %s\nusage: tama %s %s\n", cli->command->name, why, cli->command->name,
		cli->command->usage);
	return EXIT_USAGE;
}

static const struct option_spec *find(const struct option_spec *specs, size_t count, const char *name, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(specs[i].name) == length && !strncmp(specs[i].name, name, length))
			return &specs[i];
	return NULL;
}

// One "--name", "--name value" or "--name=value"; returns how many words it took, -1 after a message.
static int take_option(struct cli *cli, int left, char **argv, const struct option_spec *specs, size_t count)
{
	char why[200];
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_spec *s = find(specs, count, name, length);
	if (!s) {
		snprintf(why, sizeof why, "unknown option %.100s", argv[0]);
	} else if (s->flag && !equals) {
		*s->flag = true;
		return 1;
	} else if (s->value && (equals || left > 1)) {
		*s->value = equals ? equals + 1 : argv[1];
		return equals ? 1 : 2;
	} else {
		snprintf(why, sizeof why, s->flag ? "--%s takes no value" : "--%s needs a value", s->name);
	}
	cli_usage(cli, why);
	return -1;
}

int cli_options(struct cli *cli, int argc, char **argv, const struct option_spec *specs, size_t count,
	const char **words, int words_max)
{
	int n = 0;
	bool only_words = false;
	for (int i = 1; i < argc;) {
		const char *w = argv[i];
		if (!only_words && !strcmp(w, "--help")) {
			print_help(cli, specs, count);
			exit(EXIT_DONE);
		}
		if (!only_words && !strcmp(w, "--")) {
			only_words = true;
			i++;
		} else if (!only_words && !strcmp(w, "--json")) {
			cli->json = true;
			i++;
		} else if (!only_words && !strcmp(w, "-c")) {
			if (i + 1 == argc) {
				cli_usage(cli, "-c needs a file");
				return -1;
			}
			cli->config_path = argv[i + 1];
			i += 2;
		} else if (!only_words && w[0] == '-' && w[1]) {
			int took = w[1] == '-' ? take_option(cli, argc - i, argv + i, specs, count) : -2;
			if (took == -2)
				cli_usage(cli, "options are written with two dashes");
			if (took < 0)
				return -1;
			i += took;
		} else if (n == words_max) {
			cli_usage(cli, "too many words");
			return -1;
		} else {
			words[n++] = argv[i++];
		}
	}
	return n;
}

int cli_config(struct cli *cli)
{
	char why[512];
	const char *path = cli->config_path;
	if (!path)
		path = access("/etc/tama/tama.conf", F_OK) == 0 ? "/etc/tama/tama.conf" : "./tama.conf";
	if (config_load(path, &cli->config, why) == OK)
		return EXIT_DONE;
	fprintf(stderr, "tama: %s\n", why);
	return EXIT_USAGE;
}

// ---- secrets from people ------------------------------------------------------------------------------------------

static int read_line(int fd, char *out)
{
	size_t n = 0;
	while (n < SECRET_MAX - 1 && read(fd, out + n, 1) == 1 && out[n] != '\n')
		n++;
	if (n == SECRET_MAX - 1)
		return -1;
	if (n && out[n - 1] == '\r')
		n--;
	out[n] = 0;
	return (int)n;
}

static int ask(const char *prompt, char *out)
{
	cleanup_fd int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	struct termios before, silent;
	if (tty < 0 || tcgetattr(tty, &before) != 0)
		return -2;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &silent); // before the prompt: who answers it at once is not discarded
	dprintf(tty, "%s: ", prompt);
	int n = read_line(tty, out);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	return n;
}

static int secret_from_file(const char *file, char *out)
{
	cleanup_fd int fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : dup(0);
	if (fd < 0) {
		fprintf(stderr, "tama: %s: %m\n", file);
		return EXIT_USAGE;
	}
	int n = read_line(fd, out);
	if (n > 0)
		return EXIT_DONE;
	fprintf(stderr, "tama: %s:1: expected a passphrase of 1 to %d characters in the first line\n", file,
		SECRET_MAX - 2);
	return EXIT_USAGE;
}

static int secret_from_terminal(const char *prompt, bool confirm, char *out, char *again)
{
	int n = ask(prompt, out);
	if (n == -2)
		fprintf(stderr, "tama: no terminal to ask for it: give a file with the passphrase or password (--help)\n");
	else if (n <= 0)
		fprintf(stderr, "tama: an empty or over-long %s is not accepted\n", prompt);
	if (n <= 0)
		return EXIT_USAGE;
	if (confirm && (ask("again", again) != n || strcmp(out, again) != 0)) {
		fprintf(stderr, "tama: the two differ; nothing was changed\n");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int cli_secret(const char *file, const char *prompt, bool confirm, struct secret **out)
{
	cleanup_secret struct secret *again = NULL;
	if (secret_create(SECRET_MAX, out) != OK || secret_create(SECRET_MAX, &again) != OK) {
		fprintf(stderr, "tama: no locked memory\n");
		return EXIT_CANNOT;
	}
	char *text = (char *)secret_bytes(*out);
	int status = file ? secret_from_file(file, text) :
			    secret_from_terminal(prompt, confirm, text, (char *)secret_bytes(again));
	if (status != EXIT_DONE)
		secret_clear(out);
	return status;
}

// ---- the station --------------------------------------------------------------------------------------------------

int cli_connect(struct cli *cli, const char *name, int *sock)
{
	char file[64], path[600];
	snprintf(file, sizeof file, "run/%s.sock", name);
	enum error e = message_connect(config_file(&cli->config, file, path), sock);
	if (e == OK)
		return EXIT_DONE;
	if (e == ERROR_NOT_FOUND)
		fprintf(stderr, "tama: the station does not run; `tama run -c %s` starts it\n", cli->config.path);
	else
		fprintf(stderr, "tama: %s: %m\n", path);
	return EXIT_CANNOT;
}

enum error cli_wait(int sock, struct message *m, int timeout_ms)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int n = poll(&p, 1, timeout_ms);
	return n > 0 ? message_receive(sock, m) : n == 0 ? ERROR_TIMEOUT : ERROR_IO;
}

int cli_exit_of(enum error result)
{
	switch (result) {
	case OK:
		return EXIT_DONE;
	case ERROR_FORGED:
	case ERROR_ARGUMENT:
	case ERROR_MALFORMED:
	case ERROR_NOT_FOUND:
		return EXIT_USAGE;
	case ERROR_REFUSED:
	case ERROR_EXISTS:
	case ERROR_TIMEOUT:
		return EXIT_FOUND;
	default:
		return EXIT_CANNOT;
	}
}

int cli_request(struct cli *cli, enum message_type type, const void *body, size_t size)
{
	cleanup_fd int sock = -1;
	cleanup_free struct message *m = calloc(1, sizeof *m);
	char text[240] = "";
	uint8_t result = ERROR_CLOSED;
	int status = cli_connect(cli, "triage", &sock);
	if (status != EXIT_DONE || !m)
		return EXIT_CANNOT;
	enum error e = message_send(sock, type, body, size, -1);
	if (e == OK)
		e = cli_wait(sock, m, REQUEST_TIMEOUT_MS);
	if (e == OK && m->type == MESSAGE_RESULT) {
		struct bytes_reader r;
		bytes_reader_init(&r, m->body, m->size);
		result = bytes_get_u8(&r);
		bytes_get_text(&r, text, sizeof text);
	} else {
		snprintf(text, sizeof text, "the station does not answer (%s); `tama status` shows why", error_text(e));
	}
	if (result == OK)
		return EXIT_DONE;
	fprintf(stderr, "tama: %s\n", text);
	return cli_exit_of(result);
}

// ---- small things -------------------------------------------------------------------------------------------------

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void cli_remove_tree(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool cli_colour(void)
{
	const char *no = getenv("NO_COLOR");
	return isatty(1) && !(no && *no);
}

void cli_red(const char *text)
{
	fprintf(stderr, isatty(2) ? "\033[1;31m%s\033[0m\n" : "%s\n", text);
}

enum error cli_program(const char *name, char *out, size_t room)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n > 0) {
		self[n] = 0;
		*strrchr(self, '/') = 0;
		snprintf(out, room, "%s/%s", self, name);
		if (access(out, X_OK) == 0)
			return OK;
	}
	snprintf(out, room, "%s/%s", TAMA_LIBEXECDIR, name);
	return access(out, X_OK) == 0 ? OK : ERROR_NOT_FOUND;
}

enum error cli_data(const char *name, char *out, size_t room)
{
	snprintf(out, room, "%s/%s", TAMA_DATADIR, name);
	if (access(out, R_OK) == 0)
		return OK;
	snprintf(out, room, "%s/%s", TAMA_SOURCE_ETC, name);
	return access(out, R_OK) == 0 ? OK : ERROR_NOT_FOUND;
}

const char *cli_utc(int64_t at, char out[static 32])
{
	time_t when = (time_t)at;
	struct tm tm;
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
	return out;
}
