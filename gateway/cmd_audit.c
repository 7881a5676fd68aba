// SPDX-License-Identifier: GPL-2.0-or-later
// `tama audit`: reads the chain of what people and the station did, and proves that it is whole. It needs no key and
// no running station: what it trusts is the fingerprint in tama.conf, and heads on paper.
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/armor.h"
#include "gateway/base/cleanup.h"
#include "gateway/cli.h"
#include "gateway/logkey.h"
#include "gateway/restore_note.h"
#include "gateway/store_record.h"

struct audit_call {
	struct cli *cli;
	struct store *store;
	const char *head, *since;
	bool qr;
	json_t *problems, *notes;
	struct audit_state state;
	uint64_t head_seq, key_seq; // key_seq: the record that keys/log will sign; 0: it cannot be read
	uint8_t key_public[AUDIT_PUBLIC_SIZE];
	bool head_seen;
};

__attribute__((format(printf, 2, 3))) static void problem(struct audit_call *c, const char *format, ...)
{
	char text[300];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	json_array_append_new(c->problems, json_string(text));
}

// ---- verify -------------------------------------------------------------------------------------------------------

static void explain(struct audit_call *c, enum error e, uint64_t seq, const struct audit_record *r)
{
	unsigned long long at = seq, want = c->state.seq + 1;
	if (e == ERROR_NOT_FOUND && r->seq > want)
		problem(c, "records %llu to %llu are missing", want, (unsigned long long)r->seq - 1);
	else if (e == ERROR_NOT_FOUND)
		problem(c, "at %llu stands record %llu: the order was changed", at, (unsigned long long)r->seq);
	else if (e == ERROR_FORGED)
		problem(c, "record %llu was changed, or is not signed with the key that the record before it names: edited, "
			   "signed again with a later key, or the chain was cut off there and continued", at);
	else
		problem(c, "record %llu is not an audit record (%s)", at, error_text(e));
}

// What keys/log holds must be what the record before it names.
static void check_key(struct audit_call *c)
{
	if (c->key_seq == c->state.seq + 1 && memcmp(c->key_public, c->state.expected, sizeof c->key_public) != 0)
		problem(c, "record %llu names another key than keys/log holds: the chain was cut off and continued",
			(unsigned long long)c->state.seq);
}

// A chain that goes on with another key behind a restore, when a custodian signed for it: said, but no fault.
static bool is_restore(struct audit_call *c, const void *record, size_t size)
{
	struct audit_record r;
	struct officer_public who;
	struct audit_state after = c->state;
	uint8_t signature[SIGNATURE_SIZE];
	const uint8_t *station = c->cli->config.station_id;
	uint32_t id;
	char at[32], note[160];
	if (audit_read(record, size, &r) != OK || restore_note_read(&r, &id, after.expected, signature) != OK ||
		store_custodian_get(c->store, id, &who) != OK ||
		restore_note_verify(&who, station, &c->state, after.expected, signature) != OK ||
		audit_check(&after, station, record, size, &r) != OK)
		return false;
	snprintf(note, sizeof note, "record %llu: restored from a backup on %s with the key of custodian %u (%s)",
		(unsigned long long)r.seq, cli_utc(r.at, at), (unsigned)id, who.name);
	json_array_append_new(c->notes, json_string(note));
	c->state = after;
	return true;
}

static bool check_one(void *ctx, uint64_t seq, const void *record, size_t size)
{
	struct audit_call *c = ctx;
	struct audit_record r;
	const uint8_t *station = c->cli->config.station_id;
	enum error e = audit_check(&c->state, station, record, size, &r);
	if (e == ERROR_FORGED && is_restore(c, record, size))
		e = audit_read(record, size, &r);
	if (e == OK && seq != r.seq)
		problem(c, "record %llu stands at %llu: the order was changed", (unsigned long long)r.seq,
			(unsigned long long)seq);
	if (e != OK) {
		explain(c, e, seq, &r);
		if (audit_read(record, size, &r) == OK) // goes on behind it, so that one fault does not hide the next
			audit_state_of(&c->state, station, &r, record, size);
		else
			c->state.seq = seq;
	}
	check_key(c);
	if (c->head && c->state.seq == c->head_seq) {
		c->head_seen = true;
		if (!audit_head_is(&c->state, c->head))
			problem(c, "record %llu is not the one of the head on paper", (unsigned long long)c->head_seq);
	}
	return true;
}

static void check_end(struct audit_call *c)
{
	if (c->key_seq > c->state.seq + 1)
		problem(c, "the chain ends at record %llu, the station's key is at %llu: records were cut off, or an older "
			   "database was put back", (unsigned long long)c->state.seq, (unsigned long long)c->key_seq);
	if (c->head && !c->head_seen)
		problem(c, "the head on paper is of record %llu, which is not there: the chain was rolled back",
			(unsigned long long)c->head_seq);
}

static int verify(struct audit_call *c)
{
	char head[AUDIT_HEAD_SIZE];
	size_t i;
	json_t *one;
	if (c->head && audit_head_seq(c->head, &c->head_seq) != OK)
		return cli_usage(c->cli, "--head wants a head such as 123-ABCDE-FGHJK-MNPQR-STVWX");
	if (logkey_first(&c->cli->config, c->state.expected) != OK)
		problem(c, "keys/log.first is not the key that tama.conf pins (station.log): the chain was begun anew");
	// The key first: a station that runs writes records behind it, never before it.
	enum error e = logkey_public(&c->cli->config, &c->key_seq, c->key_public);
	if (e != OK)
		problem(c, "keys/log cannot be read (%s): whether the end of the chain is there is not known", error_text(e));
	check_key(c);
	e = store_audit_list(c->store, 0, check_one, c);
	if (e != OK)
		problem(c, "the database cannot be read: %s", error_text(e));
	check_end(c);
	audit_head(&c->state, head);
	bool whole = json_array_size(c->problems) == 0;
	if (c->cli->json) {
		json_t *o = json_pack("{s:b, s:I, s:s, s:O, s:O}", "whole", (int)whole, "records", (json_int_t)c->state.seq, "head",
			c->state.seq ? head : "", "problems", c->problems, "notes", c->notes);
		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else {
		json_array_foreach(c->problems, i, one)
			printf("!! %s\n", json_string_value(one));
		json_array_foreach(c->notes, i, one)
			printf("note: %s\n", json_string_value(one));
		printf(whole ? "whole: %llu records, head %s\n" : "NOT whole: %llu records, head %s\n",
			(unsigned long long)c->state.seq, c->state.seq ? head : "-");
		if (whole && !c->head)
			puts("Compare with a head on paper (--head): only that shows that nobody put back a copy of the whole disk.");
	}
	return whole ? EXIT_DONE : EXIT_FOUND;
}

// ---- head and show --------------------------------------------------------------------------------------------------

static int head(struct audit_call *c)
{
	uint8_t record[AUDIT_RECORD_MAX];
	struct audit_record r;
	char text[AUDIT_HEAD_SIZE], at[32];
	size_t size;
	enum error e = store_audit_last(c->store, record, sizeof record, &size);
	if (e == OK)
		e = audit_read(record, size, &r);
	if (e != OK) {
		fprintf(stderr, "tama: the chain has no end that can be read (%s); `tama audit verify` says more\n", error_text(e));
		return e == ERROR_NOT_FOUND ? EXIT_CANNOT : EXIT_FOUND;
	}
	audit_state_of(&c->state, c->cli->config.station_id, &r, record, size);
	audit_head(&c->state, text);
	if (c->cli->json)
		printf("{\"head\": \"%s\", \"seq\": %llu, \"at\": \"%s\"}\n", text, (unsigned long long)r.seq, cli_utc(r.at, at));
	else
		printf("%s  station %s, %s\n", text, c->cli->config.station_name, cli_utc(r.at, at));
	return !c->qr || qr_print(stdout, text) == OK ? EXIT_DONE : EXIT_CANNOT;
}

static bool show_one(void *ctx, uint64_t seq, const void *record, size_t size)
{
	struct audit_call *c = ctx;
	struct audit_record r;
	char at[32];
	if (audit_read(record, size, &r) != OK) {
		fprintf(stderr, "record %llu cannot be read\n", (unsigned long long)seq);
		return true;
	}
	if (c->since && strcmp(cli_utc(r.at, at), c->since) < 0)
		return true;
	if (c->cli->json)
		json_array_append_new(c->problems, json_pack("{s:I, s:s, s:s, s:s, s:s%}", "seq", (json_int_t)r.seq, "at",
								cli_utc(r.at, at), "kind", r.kind, "actor", r.actor, "detail", r.detail,
								(size_t)r.size));
	else
		printf("%6llu  %s  %-18s %-12s %.*s\n", (unsigned long long)r.seq, cli_utc(r.at, at), r.kind, r.actor, (int)r.size,
			r.detail);
	return true;
}

static int show(struct audit_call *c)
{
	enum error e = store_audit_list(c->store, 0, show_one, c);
	if (c->cli->json) {
		json_dumpf(c->problems, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return e == OK ? EXIT_DONE : EXIT_CANNOT;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
	struct audit_call c = {.cli = cli};
	const char *words[1];
	char path[600];
	const struct option_spec specs[] = {
		{"head", &c.head, NULL, "HEAD", "verify: a head that was kept on paper"},
		{"since", &c.since, NULL, "TIME", "show: records since, such as 2016-05-01"},
		{"qr", NULL, &c.qr, NULL, "head: as a QR code too"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 1);
	if (n < 0)
		return EXIT_USAGE;
	bool known = n == 1 && (!strcmp(words[0], "verify") || !strcmp(words[0], "head") || !strcmp(words[0], "show"));
	if (!known)
		return cli_usage(cli, "verify, head or show?");
	int status = cli_config(cli);
	if (status != EXIT_DONE)
		return status;
	enum error e = store_open(config_file(&cli->config, "queue.db", path), false, &c.store);
	if (e != OK) {
		fprintf(stderr, "tama: %s: %s\n", path, error_text(e));
		return EXIT_CANNOT;
	}
	c.problems = json_array();
	c.notes = json_array();
	status = *words[0] == 'v' ? verify(&c) : *words[0] == 'h' ? head(&c) : show(&c);
	json_decref(c.problems);
	json_decref(c.notes);
	store_close(c.store);
	return status;
}
