// SPDX-License-Identifier: GPL-2.0-or-later
// `tama reveal`: an officer asks the custodians for one number, and opens it with what they send back.
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "crypto/words.h"
#include "gateway/armor.h"
#include "gateway/base/cleanup.h"
#include "gateway/cmd_queue.h"
#include "gateway/reveal_draw.h"

struct reveal_call {
	struct queue_call queue;
	const char *as, *password_file, *reason, *out;
	bool emergency, qr;
};

static bool parse_number(const char *text, uint64_t *out)
{
	char end;
	unsigned long long v;
	if (sscanf(text, "%19llu%c", &v, &end) != 1 || v == 0 || strspn(text, "0123456789") != strlen(text))
		return false;
	*out = v;
	return true;
}

// ---- request --------------------------------------------------------------------------------------------------------

struct writing {
	const struct reveal_call *call;
	uint64_t reveal_id;
	json_t *files;
};

// One file a custodian: REVEAL-alert-N-custodian-K.request
static enum error write_one(void *ctx, uint32_t custodian, const uint8_t *data, size_t size)
{
	struct writing *w = ctx;
	const struct reveal_call *c = w->call;
	char path[600];
	cleanup_free char *text = NULL;
	snprintf(path, sizeof path, "%.500s/reveal-%llu-custodian-%u.request", c->out ? c->out : ".",
		(unsigned long long)w->reveal_id, (unsigned)custodian);
	enum error e = armor_write(path, REVEAL_REQUEST_KIND, data, size);
	if (e == ERROR_EXISTS || e == ERROR_IO) {
		fprintf(stderr, "tama: %s: cannot be written; give another folder with --out\n", path);
		return e;
	}
	json_array_append_new(w->files, json_string(path));
	if (e == OK && c->qr && (armor_text(REVEAL_REQUEST_KIND, data, size, &text) != OK || qr_print(stdout, text) != OK))
		fprintf(stderr, "tama: too large for a QR code\n");
	return e;
}

static void print_asked(const struct reveal_call *c, const char *words, const struct reveal_asked *asked, json_t *files)
{
	char opens[32], until[32];
	size_t i;
	json_t *file;
	if (c->queue.cli->json) {
		json_t *o = json_pack("{s:I, s:s, s:s, s:i, s:s, s:O}", "reveal", (json_int_t)asked->reveal_id, "opens_at",
			cli_utc(asked->opens_at, opens), "until", cli_utc(asked->until, until), "others", (int)asked->others, "words",
			words, "files", files);
		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
		return;
	}
	printf("Reveal %llu. Give each custodian his file:\n", (unsigned long long)asked->reveal_id);
	json_array_foreach(files, i, file)
		printf("  %s\n", json_string_value(file));
	if (asked->others)
		printf("It will also link %u other alerts of that handle to the number.\n", asked->others);
	printf("When a custodian calls, read these words:\n  %s\nOpens at %s, until %s:\n  tama reveal open %llu FILE.approval …\n",
		words, cli_utc(asked->opens_at, opens), cli_utc(asked->until, until), (unsigned long long)asked->reveal_id);
}

static int request(struct reveal_call *c, uint64_t alert_id)
{
	struct reveal_ask ask = {.alert_id = alert_id, .emergency = c->emergency};
	struct reveal_asked asked;
	char handle[REVEAL_HANDLE_SIZE], words[WORDS_SIZE];
	uint8_t payload[9 + REVEAL_REASON_SIZE];
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	if (!c->reason || strlen(c->reason) >= sizeof ask.reason)
		return cli_usage(c->queue.cli, "--reason TEXT: at most 399 octets, for the custodians to judge");
	memcpy(ask.reason, c->reason, strlen(c->reason));
	enum error e = reveal_draw_handle(c->queue.view, alert_id, handle);
	if (e != OK || !a)
		return queue_explain(e, alert_id);
	int status = cli_ask(c->queue.cli, c->queue.view, REQUEST_REVEAL, payload, reveal_ask_write(&ask, payload), a);
	if (status != EXIT_DONE)
		return status;
	if (reveal_asked_read(a->payload, a->size, &asked) != OK)
		return EXIT_CANNOT;
	json_t *files = json_array();
	struct writing w = {c, asked.reveal_id, files};
	e = reveal_draw_requests(&c->queue.cli->config, c->queue.view, &ask, &asked, handle, words, write_one, &w);
	if (e == OK) {
		print_asked(c, words, &asked, files);
		c->queue.quiet = true; // the reason, sealed, into the alert's history
		status = queue_act(&c->queue, ACTION_NOTE, alert_id, NULL, ask.reason);
	}
	json_decref(files);
	return e == OK ? status : EXIT_CANNOT;
}

// ---- open -----------------------------------------------------------------------------------------------------------

static int put_approval(struct bytes_writer *w, const char *path)
{
	uint8_t data[REVEAL_APPROVAL_MAX + 64];
	size_t size;
	enum error e = armor_read(path, REVEAL_APPROVAL_KIND, data, sizeof data, &size);
	if (e != OK) {
		fprintf(stderr, "tama: %s: expected an approval that `tama custodian approve` makes%s\n", path,
			e == ERROR_IO ? "; it cannot be read" : "");
		return EXIT_USAGE;
	}
	bytes_put_u16(w, (uint16_t)size);
	bytes_put(w, data, size);
	return EXIT_DONE;
}

static int show_number(struct reveal_call *c, uint64_t reveal_id, const struct answer *a)
{
	char number[CUSTODY_NUMBER_SIZE];
	if (reveal_draw_number(&c->queue.cli->config, c->queue.view, reveal_id, a->payload, a->size, number) != OK) {
		fprintf(stderr, "tama: the station's answer does not open\n");
		return EXIT_CANNOT;
	}
	if (c->queue.cli->json)
		printf("{\"reveal\": %llu, \"number\": \"%s\"}\n", (unsigned long long)reveal_id, number);
	else
		printf("%s\nThis number is shown once. It is written nowhere; do not write it where it can be found.\n", number);
	sodium_memzero(number, sizeof number);
	return EXIT_DONE;
}

static int open_reveal(struct reveal_call *c, uint64_t reveal_id, int n, const char **files)
{
	uint8_t payload[REQUEST_PAYLOAD_MAX];
	struct bytes_writer w;
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	int status = a ? EXIT_DONE : EXIT_CANNOT;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u64(&w, reveal_id);
	bytes_put_u8(&w, (uint8_t)n);
	for (int i = 0; i < n && status == EXIT_DONE; i++)
		status = put_approval(&w, files[i]);
	if (status == EXIT_DONE && !bytes_ok(&w))
		return cli_usage(c->queue.cli, "too many approvals");
	if (status == EXIT_DONE)
		status = cli_ask(c->queue.cli, c->queue.view, REQUEST_REVEAL_OPEN, payload, w.at, a);
	if (status == EXIT_DONE)
		status = show_number(c, reveal_id, a);
	if (a)
		sodium_memzero(a, sizeof *a);
	return status;
}

int cmd_reveal(struct cli *cli, int argc, char **argv)
{
	struct reveal_call c = {.queue = {.cli = cli}};
	const char *words[CUSTODY_MAX + 2];
	const struct option_spec specs[] = {
		{"as", &c.as, NULL, "NAME", "the officer who asks"},
		{"password-file", &c.password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"reason", &c.reason, NULL, "TEXT", "request: why; the custodians judge it"},
		{"emergency", NULL, &c.emergency, NULL, "request: no cooling-off time; everybody is told"},
		{"out", &c.out, NULL, "DIR", "request: where the custodians' files go (here)"},
		{"qr", NULL, &c.qr, NULL, "request: print each file as a QR code too"},
	};
	uint64_t id;
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, ARRAY_LENGTH(words));
	if (n < 0)
		return EXIT_USAGE;
	bool asks = n == 2 && !strcmp(words[0], "request"), opens = n >= 2 && !strcmp(words[0], "open");
	if ((!asks && !opens) || !parse_number(words[1], &id))
		return cli_usage(cli, "request ALERT --reason TEXT, or open REVEAL APPROVAL …");
	int status = cli_officer(cli, c.as, c.password_file, &c.queue.view);
	if (status == EXIT_DONE)
		status = asks ? request(&c, id) : open_reveal(&c, id, n - 2, words + 2);
	view_close(c.queue.view);
	return status;
}
