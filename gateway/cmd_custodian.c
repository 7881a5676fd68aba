// SPDX-License-Identifier: GPL-2.0-or-later
// `tama custodian`: the tool of those who guard identities, on machines of their own. It needs no station and no
// network: it reads a request, says plainly what is asked, and makes an approval.
#include "gateway/cmd_custodian.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "crypto/reveal.h"
#include "crypto/words.h"
#include "gateway/armor.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli.h"

#define PUBLIC_KIND "CUSTODIAN"
#define REQUEST_KIND "REVEAL REQUEST"
#define APPROVAL_KIND "REVEAL APPROVAL"

struct custodian_call {
	struct cli *cli;
	const char *key, *code_file, *out;
	bool qr, quick;
};

static const char *utc(int64_t at, char out[static 32])
{
	time_t when = (time_t)at;
	struct tm tm;
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
	return out;
}

static int explain_file(const char *path, enum error e, const char *what)
{
	if (e == ERROR_IO || e == ERROR_EXISTS)
		fprintf(stderr, e == ERROR_EXISTS ? "tama: %s is there already; nothing was written\n" : "tama: %s: %m\n", path);
	else if (e == ERROR_FORGED)
		fprintf(stderr, "tama: %s: it was changed after the officer signed it; ask for a new one and say so\n", path);
	else
		fprintf(stderr, "tama: %s: expected %s; is the file whole?\n", path, what);
	return EXIT_USAGE;
}

int custodian_public_read(const char *path, struct officer_public *out)
{
	size_t size;
	enum error e = armor_read(path, PUBLIC_KIND, out, sizeof *out, &size);
	if (e == OK && (size != sizeof *out || !memchr(out->name, 0, sizeof out->name) || !officer_name_valid(out->name)))
		e = ERROR_MALFORMED;
	return e == OK ? EXIT_DONE : explain_file(path, e, "the public file that `tama custodian keygen` makes");
}

void custodian_print_words(FILE *f, const struct officer_public *p)
{
	char words[WORDS_SIZE];
	words_of(p, sizeof *p, words);
	fprintf(f, "%s: %s\nLet the custodian read these words to you, by voice.\n", p->name, words);
}

// ---- keygen -------------------------------------------------------------------------------------------------------

static int keygen(struct custodian_call *c, const char *name)
{
	struct officer_record r;
	char path[520], words[WORDS_SIZE];
	cleanup_secret struct secret *code = NULL;
	if (!officer_name_valid(name))
		return cli_usage(c->cli, "a name has 1 to 31 letters, digits, dots and dashes");
	snprintf(path, sizeof path, "%.500s", c->out ? c->out : name);
	if (!c->out)
		strcat(path, ".key");
	int status = cli_secret(c->code_file, "passphrase of the custodian's key", true, &code);
	if (status != EXIT_DONE)
		return status;
	const char *text = cli_secret_text(code);
	if (officer_create(name, text, strlen(text), c->quick ? KEK_COST_TEST : KEK_COST_NORMAL, &r) != OK)
		return EXIT_CANNOT;
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, &r, sizeof r) != sizeof r || fsync(fd) != 0) {
		fprintf(stderr, "tama: %s: %m\n", path);
		return EXIT_USAGE;
	}
	strcat(path, ".pub");
	enum error e = armor_write(path, PUBLIC_KIND, &r.public, sizeof r.public);
	if (e != OK)
		return explain_file(path, e, "");
	words_of(&r.public, sizeof r.public, words);
	if (c->cli->json)
		printf("{\"public\": \"%s\", \"words\": \"%s\"}\n", path, words);
	else
		printf("Keep %.*s and its passphrase; give %s to the station's supervisor.\nRead him these words by voice: %s\n",
			(int)(strlen(path) - 4), path, path, words);
	return EXIT_DONE;
}

// ---- show and approve ---------------------------------------------------------------------------------------------------

static int read_request(const char *path, struct reveal_request *r)
{
	uint8_t data[REVEAL_REQUEST_MAX];
	size_t size;
	enum error e = armor_read(path, REQUEST_KIND, data, sizeof data, &size);
	if (e == OK)
		e = reveal_request_read(data, size, r);
	return e == OK ? EXIT_DONE : explain_file(path, e, "a request that `tama reveal request` makes");
}

static void show_json(const struct reveal_request *r, const char *words)
{
	char at[32], until[32];
	json_t *o = json_pack("{s:s, s:I, s:I, s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:s}", "station", r->station_name,
		"reveal", (json_int_t)r->reveal_id, "alert", (json_int_t)r->alert_id, "custodian", (int)r->custodian_id,
		"officer", r->officer, "handle", r->handle, "reason", r->reason, "others", (int)r->others, "asked_at",
		utc(r->at, at), "until", utc(r->until, until), "emergency", (int)r->emergency, "words", words);
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void show_people(const struct reveal_request *r, const char *words)
{
	char at[32], until[32];
	if (r->emergency)
		cli_red("EMERGENCY: asked without the cooling-off time.");
	printf("Officer %s of station %s asks you, custodian %u, to help to reveal ONE telephone number:\n"
	       "the sender of alert %llu, who appears as %s.\n\n  Why:    %s\n  Asked:  %s\n  Until:  %s\n\n",
		r->officer, r->station_name, (unsigned)r->custodian_id, (unsigned long long)r->alert_id, r->handle, r->reason,
		utc(r->at, at), utc(r->until, until));
	if (r->others)
		printf("It would also tell the officer who sent %u OTHER alerts of the same handle in that epoch.\n\n", r->others);
	printf("Call the officer on a number that you knew before. He or she must read you these words:\n\n  %s\n\n"
	       "If they differ, or you are under pressure, or the reason is not good enough: do nothing, and tell the other\n"
	       "custodians. A person may die if this number comes into the wrong hands.\n", words);
}

static int show(struct custodian_call *c, const char *path, struct reveal_request *r)
{
	char words[WORDS_SIZE];
	int status = read_request(path, r);
	if (status != EXIT_DONE)
		return status;
	reveal_words(r, words);
	if (c->cli->json)
		show_json(r, words);
	else
		show_people(r, words);
	return EXIT_DONE;
}

static int read_key(struct custodian_call *c, struct officer_keys *keys)
{
	struct officer_record record;
	cleanup_secret struct secret *code = NULL;
	if (!c->key)
		return cli_usage(c->cli, "which key? --key FILE");
	cleanup_fd int fd = open(c->key, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &record, sizeof record) != sizeof record) {
		fprintf(stderr, "tama: %s: expected a custodian's key file\n", c->key);
		return EXIT_USAGE;
	}
	int status = cli_secret(c->code_file, "passphrase of your key", false, &code);
	if (status != EXIT_DONE)
		return status;
	if (officer_unlock(&record, cli_secret_text(code), strlen(cli_secret_text(code)), keys) != OK) {
		fprintf(stderr, "tama: %s: a wrong passphrase\n", c->key);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int explain_approval(enum error e)
{
	if (e == ERROR_TIMEOUT)
		fprintf(stderr, "tama: the request has expired; nothing was approved\n");
	else if (e == ERROR_FORGED || e == ERROR_NOT_FOUND)
		fprintf(stderr, "tama: the share in this request is not yours, not of this alert, or was changed; nothing was "
				"approved\n");
	else
		fprintf(stderr, "tama: the share in this request is not valid (%s); nothing was approved\n", error_text(e));
	return EXIT_FOUND;
}

static int write_approval(struct custodian_call *c, const char *path, const uint8_t *data, size_t size)
{
	char out[520];
	cleanup_free char *text = NULL;
	snprintf(out, sizeof out, "%.480s.approval", path);
	const char *to = c->out ? c->out : out;
	enum error e = armor_write(to, APPROVAL_KIND, data, size);
	if (e != OK)
		return explain_file(to, e, "");
	if (c->qr && (armor_text(APPROVAL_KIND, data, size, &text) != OK || qr_print(stdout, text) != OK))
		fprintf(stderr, "tama: too large for a QR code\n");
	if (c->cli->json)
		printf("{\"approval\": \"%s\"}\n", to);
	else
		printf("approved: send %s back to the officer\n", to);
	return EXIT_DONE;
}

static int approve(struct custodian_call *c, const char *path)
{
	struct reveal_request *r = calloc(1, sizeof *r);
	struct officer_keys keys = {0};
	uint8_t data[REVEAL_APPROVAL_MAX];
	size_t size = 0;
	bool json = c->cli->json;
	c->cli->json = false; // what is approved is shown to people, always
	int status = r ? json ? read_request(path, r) : show(c, path, r) : EXIT_CANNOT;
	c->cli->json = json;
	if (status == EXIT_DONE)
		status = read_key(c, &keys);
	if (status == EXIT_DONE) {
		enum error e = reveal_approve(&keys, r, (int64_t)time(NULL), data, &size);
		status = e == OK ? write_approval(c, path, data, size) : explain_approval(e);
	}
	officer_keys_finish(&keys);
	free(r);
	return status;
}

int cmd_custodian(struct cli *cli, int argc, char **argv)
{
	struct custodian_call c = {.cli = cli};
	struct reveal_request *r = NULL;
	const char *words[2];
	const struct option_spec specs[] = {
		{"key", &c.key, NULL, "FILE", "approve: your key"},
		{"code-file", &c.code_file, NULL, "FILE", "the passphrase or code of your key (else asked)"},
		{"out", &c.out, NULL, "FILE", "where to write"},
		{"qr", NULL, &c.qr, NULL, "approve: print the approval as a QR code too"},
		{"quick", NULL, &c.quick, NULL, "keygen: a weak key for tests and drills"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 2);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 2 && !strcmp(words[0], "keygen"))
		return keygen(&c, words[1]);
	if (n == 2 && !strcmp(words[0], "approve"))
		return approve(&c, words[1]);
	if (n != 2 || strcmp(words[0], "show") != 0)
		return cli_usage(cli, "keygen NAME, show REQUEST or approve REQUEST --key FILE");
	r = calloc(1, sizeof *r);
	int status = r ? show(&c, words[1], r) : EXIT_CANNOT;
	free(r);
	return status;
}
