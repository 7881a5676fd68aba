// SPDX-License-Identifier: GPL-2.0-or-later
// `tama restore`: a new station from a backup, with a custodian's key. It gets keys of its own; the audit chain goes on
// behind a record that the custodian signs, so that a restore is never silent and never by one who has only the disk.
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/bundle.h"
#include "gateway/cli.h"
#include "gateway/keyfile.h"
#include "gateway/logkey.h"
#include "gateway/restore_note.h"
#include "gateway/store_record.h"

struct restore_call {
	struct cli *cli;
	const char *file, *dir, *key, *code_file, *passphrase_file, *head;
	bool accept_rollback, quick;
	struct officer_keys custodian;
	uint32_t custodian_id;
	struct bundle_head bundle;
	uint64_t newest_seq; // that is known to have been there
	char work[600];      // the unfinished folder
};

static int explain(const struct restore_call *r, enum error e)
{
	if (e == ERROR_REFUSED)
		fprintf(stderr, "tama: %s: not sealed to this custodian\n", r->file);
	else if (e == ERROR_MALFORMED || e == ERROR_FORGED)
		fprintf(stderr, "tama: %s: it is no backup, or it was cut or changed; nothing was restored\n", r->file);
	else
		fprintf(stderr, "tama: %s: %s (%s); nothing was restored\n", r->file, error_text(e), strerror(errno));
	return e == ERROR_IO || e == ERROR_MEMORY ? EXIT_CANNOT : EXIT_USAGE;
}

static int read_custodian(struct restore_call *r)
{
	struct officer_record record;
	cleanup_secret struct secret *code = NULL;
	if (!r->key)
		return cli_usage(r->cli, "with which custodian's key? --key FILE");
	cleanup_fd int fd = open(r->key, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &record, sizeof record) != sizeof record) {
		fprintf(stderr, "tama: %s: expected a custodian's key file\n", r->key);
		return EXIT_USAGE;
	}
	int status = cli_secret(r->code_file, "passphrase of the custodian's key", false, &code);
	if (status == EXIT_DONE &&
		officer_unlock(&record, cli_secret_text(code), strlen(cli_secret_text(code)), &r->custodian) != OK) {
		fprintf(stderr, "tama: %s: a wrong passphrase\n", r->key);
		status = EXIT_USAGE;
	}
	return status;
}

// A backup is older than what happened since: that is said, and wanted, or nothing is done.
static int check_rollback(struct restore_call *r)
{
	uint64_t seq = 0;
	char path[600];
	struct config c = {0};
	uint8_t public[AUDIT_PUBLIC_SIZE];
	snprintf(c.dir, sizeof c.dir, "%.500s", r->dir);
	if (access(config_file(&c, "keys/log", path), F_OK) == 0 && logkey_public(&c, &seq, public) == OK && seq)
		r->newest_seq = seq - 1;
	if (r->head && audit_head_seq(r->head, &seq) != OK)
		return cli_usage(r->cli, "--head wants a head such as 123-ABCDE-FGHJK-MNPQR-STVWX");
	if (r->head && seq > r->newest_seq)
		r->newest_seq = seq;
	if (r->newest_seq <= r->bundle.audit.seq || r->accept_rollback)
		return EXIT_DONE;
	fprintf(stderr, "tama: the audit chain was at record %llu, the backup ends at %llu: what happened in between would be "
			"lost. If that is what you want, say --accept-rollback; it is written into the chain.\n",
		(unsigned long long)r->newest_seq, (unsigned long long)r->bundle.audit.seq);
	return EXIT_FOUND;
}

static enum error make_folders(const struct restore_call *r)
{
	static const char *const folders[] = {"", "/keys", "/sheets", "/spool", "/run", "/custodians"};
	char path[640];
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		snprintf(path, sizeof path, "%s%s", r->work, folders[i]);
		if (mkdir(path, 0700) != 0)
			return ERROR_IO;
	}
	return OK;
}

// ---- new keys -----------------------------------------------------------------------------------------------------

static enum error new_pin(const char *path, const char *old, const char *fresh)
{
	static char text[65536];
	cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	char *at = n > 0 && n < (ssize_t)sizeof text - 1 ? (text[n] = 0, strstr(text, old)) : NULL;
	if (!at)
		return ERROR_MALFORMED;
	size_t tail = strlen(at + strlen(old)), head = (size_t)(at - text);
	char *rest = strdup(at + strlen(old));
	bool good = rest && ftruncate(fd, 0) == 0 && pwrite(fd, text, head, 0) == (ssize_t)head &&
		    pwrite(fd, fresh, strlen(fresh), (off_t)head) == (ssize_t)strlen(fresh) &&
		    pwrite(fd, rest, tail, (off_t)(head + strlen(fresh))) == (ssize_t)tail && fsync(fd) == 0;
	free(rest);
	return good ? OK : ERROR_IO;
}

static enum error continue_chain(const struct restore_call *r, const struct config *c, const struct secret *kek)
{
	uint8_t seed[AUDIT_SEED_SIZE], next[AUDIT_SEED_SIZE], public[AUDIT_PUBLIC_SIZE], record[AUDIT_RECORD_MAX];
	struct audit_record a = {.at = (int64_t)time(NULL), .kind = RESTORE_KIND};
	struct audit_state state = r->bundle.audit;
	struct store *store = NULL;
	char path[600];
	randombytes_buf(seed, sizeof seed);
	memcpy(next, seed, sizeof next);
	audit_seed_next(next);
	audit_public(seed, public);
	audit_public(next, a.next);
	snprintf(a.actor, sizeof a.actor, "custodian-%u", (unsigned)r->custodian_id);
	restore_note_write(&r->custodian, r->custodian_id, c->station_id, &state, public, r->newest_seq, &a);
	size_t size = audit_append(&state, c->station_id, seed, &a, record);
	enum error e = store_open(config_file(c, "queue.db", path), true, &store);
	if (e == OK)
		e = store_audit_add(store, state.seq, record, size);
	if (e == OK)
		e = logkey_write(c, kek, state.seq + 1, next);
	store_close(store);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(next, sizeof next);
	return e;
}

static enum error make_keys(const struct restore_call *r, const struct config *c, const struct secret *passphrase,
	char fresh[static FINGERPRINT_SIZE])
{
	struct kek_params params;
	struct seal_public public;
	cleanup_secret struct secret *kek = NULL, *station = NULL, *working = NULL;
	kek_params_init(&params, r->quick ? KEK_COST_TEST : KEK_COST_NORMAL);
	const char *text = cli_secret_text(passphrase);
	enum error e = kek_derive(&params, text, strlen(text), &kek);
	if (e == OK)
		e = keyfile_kek_write(c->dir, &params, kek);
	if (e == OK)
		e = seal_keypair(&public, &station);
	if (e == OK)
		e = keyfile_station_public_write(c->dir, &public);
	if (e == OK)
		e = keyfile_write(c, kek, "station", station);
	if (e == OK)
		e = secret_random(KEY_SIZE, &working);
	if (e == OK)
		e = keyfile_write(c, kek, "working", working);
	if (e == OK)
		e = continue_chain(r, c, kek);
	seal_fingerprint(&public, fresh);
	return e;
}

// ---- all together ---------------------------------------------------------------------------------------------------

static enum error extract(struct restore_call *r, struct bundle *b)
{
	bool more = true;
	enum error e = make_folders(r);
	while (e == OK && more)
		e = bundle_extract(b, r->work, &more);
	return e;
}

// What was there is moved aside, never deleted.
static enum error put_in_place(const struct restore_call *r, char aside[static 640])
{
	aside[0] = 0;
	if (access(r->dir, F_OK) == 0) {
		snprintf(aside, 640, "%.580s.before-%lld", r->dir, (long long)time(NULL));
		if (rename(r->dir, aside) != 0)
			return ERROR_IO;
	}
	return rename(r->work, r->dir) == 0 ? OK : ERROR_IO;
}

static int restore(struct restore_call *r, struct bundle *b, const struct secret *passphrase)
{
	struct config *c = &r->cli->config;
	char path[640], why[512], fresh[FINGERPRINT_SIZE], aside[640], head[AUDIT_HEAD_SIZE] = "-";
	enum error e = extract(r, b);
	if (e != OK)
		return explain(r, e);
	snprintf(path, sizeof path, "%s/tama.conf", r->work);
	if (config_load(path, c, why) != OK) {
		fprintf(stderr, "tama: %s\n", why);
		return EXIT_USAGE;
	}
	e = make_keys(r, c, passphrase, fresh);
	if (e == OK)
		e = new_pin(path, c->station_key, fresh);
	if (e == OK)
		e = put_in_place(r, aside);
	if (e != OK)
		return explain(r, e);
	if (r->bundle.audit.seq)
		audit_head(&r->bundle.audit, head);
	if (r->cli->json)
		printf("{\"dir\": \"%s\", \"head\": \"%s\", \"station_key\": \"%s\"}\n", r->dir, head, fresh);
	else
		printf("%s is a station again, of audit head %s.\nIts new public key: %s\n%s%s%sSenders of before cannot be revealed or "
		       "answered any more. Next: tama run -c %s/tama.conf\n",
			r->dir, head, fresh, *aside ? "What was there is in " : "", aside, *aside ? ".\n" : "", r->dir);
	return EXIT_DONE;
}

int cmd_restore(struct cli *cli, int argc, char **argv)
{
	struct restore_call r = {.cli = cli};
	const char *words[2];
	struct bundle *b = NULL;
	cleanup_secret struct secret *passphrase = NULL;
	const struct option_spec specs[] = {
		{"key", &r.key, NULL, "FILE", "the custodian's key"},
		{"code-file", &r.code_file, NULL, "FILE", "its passphrase or code (else asked)"},
		{"passphrase-file", &r.passphrase_file, NULL, "FILE", "the new station's passphrase (else asked)"},
		{"head", &r.head, NULL, "HEAD", "the newest audit head on paper"},
		{"accept-rollback", NULL, &r.accept_rollback, NULL, "what happened since the backup is lost, and that is written down"},
		{"quick", NULL, &r.quick, NULL, "a weak passphrase key, for tests and drills"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 2);
	if (n < 0)
		return EXIT_USAGE;
	if (n != 2)
		return cli_usage(cli, "which backup, into which folder?");
	r.file = words[0];
	r.dir = words[1];
	snprintf(r.work, sizeof r.work, "%.550s.new-%d", r.dir, (int)getpid());
	int status = read_custodian(&r);
	if (status == EXIT_DONE) {
		enum error e = bundle_open(r.file, &r.custodian, &r.bundle, &r.custodian_id, &b);
		status = e == OK ? check_rollback(&r) : explain(&r, e);
	}
	if (status == EXIT_DONE)
		status = cli_secret(r.passphrase_file, "new passphrase of the station", true, &passphrase);
	if (status == EXIT_DONE)
		status = restore(&r, b, passphrase);
	if (status != EXIT_DONE)
		cli_remove_tree(r.work);
	bundle_close(b);
	officer_keys_finish(&r.custodian);
	return status;
}
