// SPDX-License-Identifier: GPL-2.0-or-later
// `tama key`: new keys on command, a clock that is right after all. `tama seize`: the emergency.
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"

#define CONFIG_MAX 65536

struct key_call {
	struct cli *cli;
	struct view *view;
	const char *as, *password_file, *button, *key;
};

// ---- the pin in tama.conf -----------------------------------------------------------------------------------------

static enum error write_whole(const char *path, const char *text, size_t size)
{
	char temporary[600];
	struct stat st;
	snprintf(temporary, sizeof temporary, "%.580s.new", path);
	if (stat(path, &st) != 0)
		return ERROR_IO;
	cleanup_fd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 0777);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size || fsync(fd) != 0 || rename(temporary, path) != 0)
		return ERROR_IO;
	return OK;
}

// Puts `pin` where station.key stands, and leaves every other octet of the file as it is.
static int change_pin(struct key_call *k, const char *pin)
{
	char *text = malloc(CONFIG_MAX), *changed = malloc(CONFIG_MAX + 128);
	struct config *c = &k->cli->config;
	int status = EXIT_CANNOT;
	cleanup_fd int fd = open(c->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = text && changed && fd >= 0 ? read(fd, text, CONFIG_MAX - 1) : -1;
	char *at = NULL;
	if (n > 0 && n < CONFIG_MAX - 1) {
		text[n] = 0;
		at = strstr(text, c->station_key);
	}
	if (at) {
		int size = snprintf(changed, CONFIG_MAX + 128, "%.*s%s%s", (int)(at - text), text, pin,
			at + strlen(c->station_key));
		status = write_whole(c->path, changed, (size_t)size) == OK ? EXIT_DONE : EXIT_CANNOT;
	}
	if (status == EXIT_DONE)
		snprintf(c->station_key, sizeof c->station_key, "%s", pin);
	else
		fprintf(stderr, "tama: %s: the pinned fingerprint cannot be changed there: %m\n", c->path);
	free(text);
	free(changed);
	return status;
}

static int reload(struct key_call *k)
{
	cleanup_free struct message *m = calloc(1, sizeof *m);
	cleanup_fd int sock = -1;
	int status = cli_connect(k->cli, "station", &sock);
	if (status != EXIT_DONE || !m)
		return EXIT_CANNOT;
	if (message_send(sock, MESSAGE_RELOAD, NULL, 0, -1) != OK)
		return EXIT_CANNOT;
	return cli_wait(sock, m, 10000) == ERROR_CLOSED ? EXIT_DONE : EXIT_CANNOT;
}

// ---- rotate -------------------------------------------------------------------------------------------------------

static int ask_rotate(struct key_call *k, enum rotate_what what, struct answer *a)
{
	uint8_t payload = (uint8_t)what;
	return cli_ask(k->cli, k->view, REQUEST_ROTATE, &payload, 1, a);
}

// Both fingerprints are pinned while intake changes from one to the other: at no moment is there a station that
// refuses its own key.
static int rotate_station(struct key_call *k, struct answer *a)
{
	char both[2 * FINGERPRINT_SIZE], fresh[FINGERPRINT_SIZE], old[FINGERPRINT_SIZE];
	snprintf(old, sizeof old, "%.*s", (int)strcspn(k->cli->config.station_key, " "), k->cli->config.station_key);
	int status = ask_rotate(k, ROTATE_STATION_PREPARE, a);
	if (status != EXIT_DONE)
		return status;
	snprintf(fresh, sizeof fresh, "%.*s", (int)a->size, (const char *)a->payload);
	snprintf(both, sizeof both, "%s %s", old, fresh);
	status = change_pin(k, both);
	if (status == EXIT_DONE)
		status = ask_rotate(k, ROTATE_STATION, a);
	if (status == EXIT_DONE)
		status = reload(k);
	if (status == EXIT_DONE)
		status = change_pin(k, fresh);
	if (status == EXIT_DONE && !k->cli->json)
		printf("the station's new key: %s\nThe old one is destroyed when the spool is read up to the change.\n", fresh);
	return status;
}

static int rotate(struct key_call *k, const char *what)
{
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status;
	if (!a)
		return EXIT_CANNOT;
	if (!strcmp(what, "station"))
		status = rotate_station(k, a);
	else if (!strcmp(what, "log"))
		status = ask_rotate(k, ROTATE_LOG, a);
	else if (!strcmp(what, "pseudonym"))
		status = ask_rotate(k, ROTATE_PSEUDONYM, a);
	else
		return cli_usage(k->cli, "rotate station, log or pseudonym");
	if (status == EXIT_DONE && k->cli->json)
		printf("{\"rotated\": \"%s\"}\n", what);
	else if (status == EXIT_DONE && strcmp(what, "station") != 0)
		printf("%s: a new key; the old one is destroyed\n", what);
	return status;
}

int cmd_key(struct cli *cli, int argc, char **argv)
{
	struct key_call k = {.cli = cli};
	const char *words[2];
	const struct option_spec specs[] = {
		{"as", &k.as, NULL, "NAME", "the supervisor who does it"},
		{"password-file", &k.password_file, NULL, "FILE", "the password (else asked)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 2);
	if (n < 0)
		return EXIT_USAGE;
	bool clock = n == 1 && !strcmp(words[0], "clock");
	if (!clock && (n != 2 || strcmp(words[0], "rotate") != 0))
		return cli_usage(cli, "rotate station|log|pseudonym, or clock");
	int status = cli_officer(cli, k.as, k.password_file, &k.view);
	if (status == EXIT_DONE && clock) {
		cleanup_free struct answer *a = calloc(1, sizeof *a);
		status = a ? cli_ask(cli, k.view, REQUEST_CLOCK_CONFIRM, NULL, 0, a) : EXIT_CANNOT;
		if (status == EXIT_DONE)
			puts(cli->json ? "{\"clock\": \"confirmed\"}" : "the station's clock is believed: retention goes on");
	} else if (status == EXIT_DONE) {
		status = rotate(&k, words[1]);
	}
	view_close(k.view);
	return status;
}

// ---- seize --------------------------------------------------------------------------------------------------------

static int print_codes(struct key_call *k)
{
	enum { CODES = 10, SIZE = 17 };
	char codes[CODES][SIZE];
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status = a ? cli_ask(k->cli, k->view, REQUEST_SEIZE_CODES, NULL, 0, a) : EXIT_CANNOT;
	if (status != EXIT_DONE)
		return status;
	if (a->size != sizeof codes + SEAL_OVERHEAD || seal_open(SEIZE_CODES_DOMAIN, view_keys(k->view)->seal,
							       k->cli->config.station_id, 16, a->payload, a->size, (uint8_t *)codes) != OK)
		return EXIT_CANNOT;
	if (k->cli->json)
		putchar('[');
	else
		puts("Each of these, sent as an SMS to the station, destroys its keys at once. Each works once. Write them on\n"
		     "paper and keep them apart from the phone; codes given before are void.\n");
	for (int i = 0; i < CODES; i++)
		printf(k->cli->json ? "%s\"%.4s-%.4s-%.4s-%.4s\"" : "%s  %.4s-%.4s-%.4s-%.4s\n",
			k->cli->json && i ? ", " : "", codes[i], codes[i] + 4, codes[i] + 8, codes[i] + 12);
	if (k->cli->json)
		puts("]");
	sodium_memzero(codes, sizeof codes);
	return EXIT_DONE;
}

static int seize_now(struct cli *cli)
{
	int status = cli_request(cli, MESSAGE_SEIZE, NULL, 0);
	if (status == EXIT_DONE)
		puts(cli->json ? "{\"seized\": true}" :
				 "seized: keys are destroyed, the station is locked; texts are still received and sealed");
	return status;
}

// A key held on an input device (linux/input.h): a red button on a USB plug, installed with its udev rule.
static int wait_for_button(struct key_call *k)
{
	struct input_event event;
	cleanup_fd int fd = open(k->button, O_RDONLY | O_CLOEXEC);
	char end;
	unsigned code = 0;
	if (fd < 0) {
		fprintf(stderr, "tama: %s: %m\n", k->button);
		return EXIT_USAGE;
	}
	if (k->key && sscanf(k->key, "%9u%c", &code, &end) != 1)
		return cli_usage(k->cli, "--key wants the number of a key, as `evtest` shows it");
	while (read(fd, &event, sizeof event) == sizeof event)
		if (event.type == EV_KEY && event.value == 1 && (!k->key || event.code == code))
			return seize_now(k->cli);
	fprintf(stderr, "tama: %s: the button is gone\n", k->button);
	return EXIT_CANNOT;
}

int cmd_seize(struct cli *cli, int argc, char **argv)
{
	struct key_call k = {.cli = cli};
	const char *words[1];
	const struct option_spec specs[] = {
		{"button", &k.button, NULL, "DEVICE", "waits for a key on this input device, then seizes"},
		{"key", &k.key, NULL, "CODE", "button: only this key"},
		{"as", &k.as, NULL, "NAME", "codes: the supervisor"},
		{"password-file", &k.password_file, NULL, "FILE", "codes: the password (else asked)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 1 && strcmp(words[0], "codes") != 0)
		return cli_usage(cli, "without words: now; codes: prints codes for an SMS");
	int status = n == 1 ? cli_officer(cli, k.as, k.password_file, &k.view) : cli_config(cli);
	if (status == EXIT_DONE)
		status = n == 1 ? print_codes(&k) : k.button ? wait_for_button(&k) : seize_now(cli);
	view_close(k.view);
	return status;
}
