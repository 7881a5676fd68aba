// SPDX-License-Identifier: GPL-2.0-or-later
// `tama init`: a new station, made whole beside its place and then moved there, or not at all.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/words.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli.h"
#include "gateway/cmd_custodian.h"
#include "gateway/console/tls.h"
#include "gateway/first_run.h"
#include "gateway/keyfile.h"
#include "gateway/logkey.h"
#include "gateway/store.h"
#include "rules/rule.h"

#define DEMO_PASSPHRASE "demo demo demo"
#define DEMO_PASSWORD "demo"
#define DEMO_OFFICER "awa"
#define CODE_TEXT_SIZE 24

struct wishes {
	const char *dir, *passphrase_file, *officer, *password_file, *custodians, *custodian_keys, *modem;
	bool demo;
	unsigned threshold, count;
	struct officer_public enrolled[CUSTODY_MAX]; // from files that custodians made themselves
	bool own_keys;
	bool fill; // the folder is there and empty, and its parent does not let it go
};

struct making {
	const struct wishes *wishes;
	char dir[PATH_MAX]; // the unfinished one
	struct config config; // name, id and key: what the key files are bound to
	struct secret *passphrase, *password;
	struct seal_public station;
	char custodian_codes[CUSTODY_MAX][CODE_TEXT_SIZE], first_code[CODE_TEXT_SIZE];
	char certificate[TLS_FINGERPRINT_SIZE];
	enum kek_cost cost;
};

// ---- what is asked for --------------------------------------------------------------------------------------------

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (*s == '"' || *s == '\\' || (unsigned char)*s < 0x20)
			return false;
	return true;
}

// FILE,FILE,…: one public file for each of the n custodians.
static int read_custodian_keys(struct cli *cli, struct wishes *w)
{
	unsigned n = 0;
	cleanup_free char *list = strdup(w->custodian_keys);
	char *rest = list, *path;
	while (rest && (path = strsep(&rest, ",")) && n < CUSTODY_MAX) {
		int status = custodian_public_read(path, &w->enrolled[n++]);
		if (status != EXIT_DONE)
			return status;
	}
	if (rest || n != w->count)
		return cli_usage(cli, "--custodian-keys wants as many public files as --custodians t/n has custodians");
	w->own_keys = true;
	return EXIT_DONE;
}

static void close_folder(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static bool is_empty_folder(const char *path)
{
	cleanup_with(close_folder) DIR *dir = opendir(path);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return dir != NULL;
}

// Whether a station may come here: nothing is there, or an empty folder, which goes or (as /var/lib/tama) is filled.
static bool check_place(struct wishes *w)
{
	struct stat st;
	if (lstat(w->dir, &st) != 0)
		return true;
	const struct passwd *owner = getpwuid(st.st_uid);
	if (!is_empty_folder(w->dir)) {
		fprintf(stderr, "tama: %s exists and is not an empty folder of yours; nothing was changed\n", w->dir);
		return false;
	}
	if (st.st_uid != geteuid()) { // root would make a station that user tama cannot read
		fprintf(stderr, "tama: %s belongs to %s; as root: runuser -u %s -- tama init %s …\n", w->dir,
			owner ? owner->pw_name : "another user", owner ? owner->pw_name : "USER", w->dir);
		return false;
	}
	w->fill = rmdir(w->dir) != 0;
	return true;
}

static int check_wishes(struct cli *cli, struct wishes *w)
{
	char end;
	if (sscanf(w->custodians, "%2u/%2u%c", &w->threshold, &w->count, &end) != 2 || w->threshold < 2 ||
		w->threshold > w->count || w->count > CUSTODY_MAX)
		return cli_usage(cli, "--custodians wants t/n, such as 2/3: t of n people open a number; 2 to 16");
	if (w->officer && !officer_name_valid(w->officer))
		return cli_usage(cli, "an officer's name has 1 to 31 octets, without quotes, commas, slashes or tildes");
	if (w->password_file && !w->officer)
		return cli_usage(cli, "--password-file goes with --officer NAME");
	if (strlen(w->dir) > 400)
		return cli_usage(cli, "the folder's path is too long");
	if (!is_plain(w->modem) || strlen(w->modem) >= CONFIG_TEXT)
		return cli_usage(cli, "--modem is the path of a device");
	if (!check_place(w))
		return EXIT_USAGE;
	return w->custodian_keys ? read_custodian_keys(cli, w) : EXIT_DONE;
}

static int ask_secrets(struct making *m)
{
	const struct wishes *w = m->wishes;
	if (w->demo)
		return secret_copy(DEMO_PASSPHRASE, sizeof DEMO_PASSPHRASE, &m->passphrase) == OK &&
					secret_copy(DEMO_PASSWORD, sizeof DEMO_PASSWORD, &m->password) == OK ?
			       EXIT_DONE :
			       EXIT_CANNOT;
	int status = cli_secret(w->passphrase_file, "new passphrase of the station", true, &m->passphrase);
	if (status == EXIT_DONE && w->officer)
		status = cli_secret(w->password_file, "new password of the officer", true, &m->password);
	return status;
}

// ---- the folder -----------------------------------------------------------------------------------------------------

static enum error copy_file(const char *from, const char *to)
{
	char buffer[8192];
	size_t n;
	cleanup_file FILE *in = fopen(from, "re"), *out = fopen(to, "wxe");
	if (!in || !out)
		return ERROR_IO;
	while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
		if (fwrite(buffer, 1, n, out) != n)
			return ERROR_IO;
	return ferror(in) || fflush(out) != 0 || fsync(fileno(out)) != 0 ? ERROR_IO : OK;
}

static enum error copy_data(const struct making *m, const char *name, const char *as)
{
	char from[PATH_MAX], to[PATH_MAX + 32];
	snprintf(to, sizeof to, "%s/%s", m->dir, as);
	enum error e = cli_data(name, from, sizeof from);
	return e == OK ? copy_file(from, to) : e;
}

static enum error make_folders(const struct making *m)
{
	static const char *const folders[] = {"", "/keys", "/spool", "/run", "/custodians"};
	char path[PATH_MAX + 16];
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		snprintf(path, sizeof path, "%s%s", m->dir, folders[i]);
		if (mkdir(path, 0700) != 0)
			return ERROR_IO;
	}
	return OK;
}

// The audit chain's first seed; the public half is pinned, so that nobody can begin the chain anew unseen.
static enum error make_log_key(struct making *m, const struct secret *kek)
{
	uint8_t seed[AUDIT_SEED_SIZE];
	struct seal_public first;
	randombytes_buf(seed, sizeof seed);
	audit_public(seed, first.key);
	seal_fingerprint(&first, m->config.log_key);
	enum error e = logkey_first_write(&m->config, first.key);
	if (e == OK)
		e = logkey_write(&m->config, kek, 1, seed);
	sodium_memzero(seed, sizeof seed);
	return e;
}

static enum error make_keys(struct making *m)
{
	struct kek_params params;
	cleanup_secret struct secret *kek = NULL, *station = NULL, *working = NULL;
	kek_params_init(&params, m->cost);
	enum error e = kek_derive(&params, cli_secret_text(m->passphrase), strlen(cli_secret_text(m->passphrase)), &kek);
	if (e == OK)
		e = keyfile_kek_write(m->dir, &params, kek);
	if (e == OK)
		e = seal_keypair(&m->station, &station);
	if (e == OK)
		e = keyfile_station_public_write(m->dir, &m->station);
	if (e == OK)
		e = keyfile_write(&m->config, kek, "station", station);
	if (e == OK)
		e = secret_random(KEY_SIZE, &working);
	if (e == OK)
		e = keyfile_write(&m->config, kek, "working", working);
	if (e == OK)
		e = make_log_key(m, kek);
	seal_fingerprint(&m->station, m->config.station_key);
	return e;
}

static enum error write_config(const struct making *m)
{
	char path[PATH_MAX + 16], id[33];
	snprintf(path, sizeof path, "%s/tama.conf", m->dir);
	sodium_bin2hex(id, sizeof id, m->config.station_id, sizeof m->config.station_id);
	cleanup_file FILE *f = fopen(path, "wxe");
	if (!f)
		return ERROR_IO;
	fprintf(f, "// A station of Tama. `tama help config` lists every setting with its default.\n"
		   "station = {\n  name = \"%s\";\n  id = \"%s\"; // bound into every ciphertext: never change it\n"
		   "  key = \"%s\"; // of keys/station.pub\n  log = \"%s\"; // of keys/log.first\n%s};\n"
		   "sheet = \"sheet.conf\";\nrules = \"rules.conf\";\n"
		   "// The way back from a handle to a number is t custodians; the pseudonym key is never on the disk.\n"
		   "pseudonym = { epoch_days = 7; persist = false; };\n"
		   "modems = (\n  { name = \"gsm0\"; device = \"%s\"; connection = \"at115200\"; }\n);\n",
		m->config.station_name, id, m->config.station_key, m->config.log_key, m->wishes->demo ? "  demo = true;\n" : "",
		m->wishes->modem);
	return fflush(f) == 0 && fsync(fileno(f)) == 0 ? OK : ERROR_IO;
}

// ---- people ---------------------------------------------------------------------------------------------------------

static enum error grant_all(struct making *m, struct store *store, const char *officer)
{
	char path[PATH_MAX + 16];
	cleanup_free struct problems *problems = calloc(1, sizeof *problems);
	struct sheet *sheet = NULL;
	struct rules *rules = NULL;
	const char *const *queues;
	if (!problems)
		return ERROR_MEMORY;
	snprintf(path, sizeof path, "%s/sheet.conf", m->dir);
	enum error e = sheet_load(path, problems, &sheet);
	snprintf(path, sizeof path, "%s/rules.conf", m->dir);
	if (e == OK)
		e = rules_load(path, sheet, problems, &rules);
	problems_print(problems, stderr);
	size_t n = e == OK ? rules_queues(rules, &queues) : 0;
	for (size_t i = 0; i < n && e == OK; i++)
		e = store_officer_grant(store, officer, queues[i]);
	rules_destroy(rules);
	sheet_destroy(sheet);
	return e;
}

static enum error add_officer(struct making *m, struct store *store, const char *name)
{
	struct officer_record r, decoy;
	enum error e = officer_create(
		name, cli_secret_text(m->password), strlen(cli_secret_text(m->password)), m->cost, &r);
	if (e == OK)
		e = officer_create_decoy(name, m->cost, &decoy);
	if (e == OK)
		e = store_officer_add(store, &r, &decoy, "supervisor");
	return e == OK ? grant_all(m, store, name) : e;
}

// A code of 20 letters, 100 bits, to be written on paper.
static void random_code(char out[static CODE_TEXT_SIZE])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	int at = 0;
	for (int i = 0; i < 20; i++) {
		if (i && i % 5 == 0)
			out[at++] = '-';
		out[at++] = letters[randombytes_uniform(32)];
	}
	out[at] = 0;
}

// Without an officer the first one is made in the console, by whoever has this code.
static enum error keep_first_code(struct making *m, struct store *store)
{
	uint8_t kept[FIRST_RUN_SIZE];
	int64_t now = (int64_t)time(NULL);
	random_code(m->first_code);
	first_run_hash(m->first_code, kept);
	memcpy(kept + 32, &now, sizeof now);
	return store_meta_put(store, FIRST_RUN_NAME, kept, sizeof kept);
}

static enum error add_custodian(struct making *m, struct store *store, unsigned i)
{
	if (m->wishes->own_keys)
		return store_custodian_add(store, i + 1, &m->wishes->enrolled[i]);
	char name[32], path[PATH_MAX + 64];
	struct officer_record r;
	char *code = m->custodian_codes[i];
	snprintf(name, sizeof name, "custodian-%u", i + 1);
	if (m->wishes->demo)
		snprintf(code, CODE_TEXT_SIZE, "%s", DEMO_PASSWORD);
	else
		random_code(code);
	enum error e = officer_create(name, code, strlen(code), m->cost, &r);
	if (e == OK)
		e = store_custodian_add(store, i + 1, &r.public);
	if (e != OK)
		return e;
	snprintf(path, sizeof path, "%s/custodians/%s.key", m->dir, name);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, &r, sizeof r) == sizeof r && fsync(fd) == 0 ? OK : ERROR_IO;
}

static enum error make_queue(struct making *m)
{
	char path[PATH_MAX + 16];
	struct store *store = NULL;
	uint8_t threshold = (uint8_t)m->wishes->threshold;
	snprintf(path, sizeof path, "%s/queue.db", m->dir);
	enum error e = store_create(path);
	if (e == OK)
		e = store_open(path, true, &store);
	if (e == OK)
		e = store_begin(store);
	if (e == OK && m->wishes->officer)
		e = add_officer(m, store, m->wishes->officer);
	if (e == OK && !m->wishes->officer)
		e = keep_first_code(m, store);
	for (unsigned i = 0; i < m->wishes->count && e == OK; i++)
		e = add_custodian(m, store, i);
	if (e == OK)
		e = store_meta_put(store, "custody_threshold", &threshold, 1);
	if (e == OK)
		e = store_commit(store);
	store_close(store);
	return e;
}

// ---- all together -----------------------------------------------------------------------------------------------------

static enum error move_entry(const char *from, const char *to, const char *name)
{
	char old[PATH_MAX + 256], new[PATH_MAX + 256];
	snprintf(old, sizeof old, "%s/%s", from, name);
	snprintf(new, sizeof new, "%s/%s", to, name);
	return rename(old, new) == 0 ? OK : ERROR_IO;
}

// Without tama.conf there is no station (and systemd does not start one): it comes last.
static enum error fill_folder(const char *from, const char *to)
{
	static const char last[] = "tama.conf";
	cleanup_with(close_folder) DIR *dir = opendir(from);
	const struct dirent *entry;
	enum error e = dir ? OK : ERROR_IO;
	while (e == OK && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, last) != 0)
			e = move_entry(from, to, entry->d_name);
	if (e == OK)
		e = move_entry(from, to, last);
	return e == OK && rmdir(from) != 0 ? ERROR_IO : e;
}

static enum error put_in_place(const struct making *m)
{
	if (m->wishes->fill)
		return fill_folder(m->dir, m->wishes->dir);
	return rename(m->dir, m->wishes->dir) == 0 ? OK : ERROR_IO;
}

// In the unfinished folder; its name is not in it.
static enum error make_certificate(struct making *m)
{
	struct config c = {.console_listen = "127.0.0.1"};
	snprintf(c.dir, sizeof c.dir, "%.500s", m->dir);
	enum error e = tls_make(&c);
	return e == OK ? tls_fingerprint(&c, m->certificate) : e;
}

static enum error make(struct making *m)
{
	const char *base = strrchr(m->wishes->dir, '/');
	base = base && base[1] ? base + 1 : m->wishes->dir;
	snprintf(m->config.station_name, sizeof m->config.station_name, "%.59s", is_plain(base) ? base : "station");
	snprintf(m->config.dir, sizeof m->config.dir, "%.500s", m->dir);
	randombytes_buf(m->config.station_id, sizeof m->config.station_id);
	enum error e = make_folders(m);
	if (e == OK)
		e = copy_data(m, "sheet-mali.conf", "sheet.conf");
	if (e == OK)
		e = copy_data(m, "rules-default.conf", "rules.conf");
	if (e == OK)
		e = make_keys(m);
	if (e == OK)
		e = write_config(m);
	if (e == OK)
		e = make_queue(m);
	if (e == OK)
		e = make_certificate(m);
	if (e == OK)
		e = put_in_place(m);
	if (e == OK)
		return OK;
	fprintf(stderr, "tama: %s: %s (%s); nothing was changed\n", m->wishes->dir, error_text(e), strerror(errno));
	cli_remove_tree(m->dir);
	return e;
}

static void print_json(const struct making *m)
{
	json_t *custodians = json_array();
	for (unsigned i = 0; i < m->wishes->count && !m->wishes->own_keys; i++) {
		char file[64];
		snprintf(file, sizeof file, "custodians/custodian-%u.key", i + 1);
		json_array_append_new(custodians, json_pack("{s:s, s:s}", "file", file, "code", m->custodian_codes[i]));
	}
	json_t *o = json_pack("{s:s, s:s, s:i, s:o, s:b}", "dir", m->wishes->dir, "station_key", m->config.station_key,
		"threshold", (int)m->wishes->threshold, "custodians", custodians, "demo", m->wishes->demo);
	json_object_set_new(o, "first_code", *m->first_code ? json_string(m->first_code) : json_null());
	json_object_set_new(o, "certificate_sha256", json_string(m->certificate));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_next(const struct making *m)
{
	const struct wishes *w = m->wishes;
	printf("A new station is in %s.\nIts public key: %s\n\nWhat to do next:\n", w->dir, m->config.station_key);
	char words[WORDS_SIZE];
	if (w->own_keys)
		puts(" 1. Call each custodian and compare the words:");
	else
		printf(" 1. Give each custodian a file and its code (the code is shown only now), then delete the files here:\n");
	for (unsigned i = 0; i < w->count; i++) {
		words_of(&w->enrolled[i], sizeof w->enrolled[i], words);
		if (w->own_keys)
			printf("      %s: %s\n", w->enrolled[i].name, words);
		else
			printf("      %s/custodians/custodian-%u.key   %s\n", w->dir, i + 1, m->custodian_codes[i]);
	}
	printf("    %u of these %u together, and nobody else, can reveal one informant's number.\n", w->threshold, w->count);
	printf(" 2. %s the modem's device in %s/tama.conf (now %s).\n",
		strstr(w->modem, "CHANGE-ME") ? "Name" : "Check", w->dir, w->modem);
	printf(" 3. Replace the example villages in %s/sheet.conf; `tama sheet check -c %s/tama.conf`.\n", w->dir, w->dir);
	printf(" 4. tama run -c %s/tama.conf\n 5. tama unlock -c %s/tama.conf\n", w->dir, w->dir);
	if (w->officer)
		printf(" 6. tama queue watch -c %s/tama.conf --as %s\n"
		       " 7. With a second supervisor (tama user add NAME --role supervisor): approval = { required = true; }; in\n"
		       "    tama.conf, and only rules and sheets that two people approved run (tama rules propose, approve).\n",
			w->dir, w->officer);
	else
		printf(" 6. Within a day, on this machine, open https://127.0.0.1:8443/ and make the first officer with the code\n"
		       "      %s   (shown only now)\n", m->first_code);
	if (*m->certificate)
		printf("The console's certificate has the SHA-256 fingerprint\n      %s\n", m->certificate);
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
	struct wishes w = {.custodians = "2/3", .modem = "/dev/serial/by-id/CHANGE-ME"};
	const struct option_spec specs[] = {
		{"passphrase-file", &w.passphrase_file, NULL, "FILE", "its first line opens the station (else asked)"},
		{"officer", &w.officer, NULL, "NAME", "the first officer, with every queue"},
		{"password-file", &w.password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"custodians", &w.custodians, NULL, "t/n", "t of n people together open a number (2/3)"},
		{"custodian-keys", &w.custodian_keys, NULL, "F,F,…", "public files that the custodians made (else keys are made here)"},
		{"modem", &w.modem, NULL, "DEVICE", "/dev/serial/by-id/… or a simulated modem"},
		{"demo", NULL, &w.demo, NULL, "known passphrase and passwords: for demonstrations only"},
	};
	const char *words[1];
	struct making m = {.wishes = &w};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 0)
		return cli_usage(cli, "in which folder?");
	char dir[PATH_MAX - 32];
	snprintf(dir, sizeof dir, "%s", words[0]);
	for (size_t k = strlen(dir); k > 1 && dir[k - 1] == '/'; k--)
		dir[k - 1] = 0;
	w.dir = dir;
	if (w.demo && !w.officer)
		w.officer = DEMO_OFFICER;
	int status = check_wishes(cli, &w);
	if (status == EXIT_DONE)
		status = ask_secrets(&m);
	if (status == EXIT_DONE) {
		m.cost = w.demo ? KEK_COST_TEST : KEK_COST_NORMAL;
		snprintf(m.dir, sizeof m.dir, "%s%s.new-%d", dir, w.fill ? "/" : "", (int)getpid());
		status = make(&m) == OK ? EXIT_DONE : EXIT_CANNOT;
	}
	if (status == EXIT_DONE && cli->json)
		print_json(&m);
	else if (status == EXIT_DONE)
		print_next(&m);
	if (status == EXIT_DONE && w.demo)
		cli_red("DEMO: passphrase \"" DEMO_PASSPHRASE "\", every password \"" DEMO_PASSWORD
			"\". Everybody knows them. Never use this station for people.");
	secret_destroy(m.passphrase);
	secret_destroy(m.password);
	return status;
}
