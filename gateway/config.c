// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config.h"

#include <libconfig.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/config_load.h"

#define FIELD(s, f) offsetof(struct s, f), sizeof(((struct s *)0)->f)

static const struct setting settings[] = {
	{"station.name", TEXT, FIELD(config, station_name), NULL, 0, 1, 60, "what people call this station"},
	{"station.id", HEX16, FIELD(config, station_id), NULL, 0, 0, 0, "32 hex digits made by `tama init`; bound into every ciphertext"},
	{"station.key", TEXT, FIELD(config, station_key), NULL, 0, 1, 90, "fingerprint of the station's public key; made by `tama init`"},
	{"station.log", TEXT, FIELD(config, log_key), NULL, 0, 1, 60, "fingerprint of the audit chain's first key; made by `tama init`"},
	{"station.demo", FLAG, FIELD(config, demo), NULL, 0, 0, 1, "made by `tama init --demo`: its passphrase is known to everybody"},
	{"sheet", PATH, FIELD(config, sheet), "sheet.conf", 0, 0, 0, "the code sheet"},
	{"sheets", PATH, FIELD(config, sheets), "sheets", 0, 0, 0, "the folder of older code sheets (NAME.conf) that are still read; it need not be there"},
	{"rules", PATH, FIELD(config, rules), "rules.conf", 0, 0, 0, "the rules"},
	{"approval.required", FLAG, FIELD(config, approval_required), NULL, 0, 0, 1, "true: only rules and sheets that two people approved run (tama rules propose)"},
	{"numbers.country_code", DIGITS, FIELD(config, country_code), "223", 0, 1, 3, "E.164 country code of national numbers"},
	{"numbers.trunk_prefix", DIGITS, FIELD(config, trunk_prefix), "", 0, 0, 4, "prefix of national numbers to drop; none in Mali"},
	{"numbers.international_prefix", DIGITS, FIELD(config, international_prefix), "00", 0, 1, 4, "stands for +"},
	{"numbers.national_digits", NUMBER, FIELD(config, national_digits), NULL, 8, 4, 14, "digits of a national number"},
	{"pseudonym.epoch_days", NUMBER, FIELD(config, epoch_days), NULL, 7, 1, 366, "handles of two epochs cannot be linked"},
	{"pseudonym.persist", FLAG, FIELD(config, persist_pseudonyms), NULL, 0, 0, 1, "true: the pseudonym key survives a power cut, wrapped; false: it never touches the disk"},
	{"dedupe.hours", NUMBER, FIELD(config, dedupe_hours), NULL, 48, 1, 720, "how long an SMS read twice is recognised"},
	{"reassembly.wait_s", NUMBER, FIELD(config, reassembly_wait_s), NULL, 600, 1, 604800, "then a message with missing parts is delivered incomplete"},
	{"retention.days", NUMBER, FIELD(config, retention_days), NULL, 90, 1, 3660, "of an alert whose queue and outcome have no days of their own; then its keys are destroyed"},
	{"retention.queues", TEXT, FIELD(config, retention_queues), "", 0, 0, 255, "days of single queues, such as \"protection=120 oversight=365\""},
	{"retention.confirmed_days", NUMBER, FIELD(config, confirmed_days), NULL, 0, 0, 3660, "of alerts closed as confirmed; 0: as the queue"},
	{"retention.unverifiable_days", NUMBER, FIELD(config, unverifiable_days), NULL, 0, 0, 3660, "of alerts closed as unverifiable; 0: as the queue"},
	{"retention.false_days", NUMBER, FIELD(config, false_days), NULL, 30, 0, 3660, "of alerts closed as false; 0: as the queue"},
	{"retention.duplicate_days", NUMBER, FIELD(config, duplicate_days), NULL, 30, 0, 3660, "of alerts closed as duplicate; 0: as the queue"},
	{"retention.drill_days", NUMBER, FIELD(config, drill_days), NULL, 7, 0, 3660, "of alerts closed as drill; 0: as the queue"},
	{"retention.reminder_days", NUMBER, FIELD(config, reminder_days), NULL, 7, 0, 90, "officers are reminded so long before; 0: never"},
	{"retention.grace_days", NUMBER, FIELD(config, grace_days), NULL, 30, 0, 3660, "an alert that nobody closed is kept so much longer"},
	{"reply.window_h", NUMBER, FIELD(config, reply_window_h), NULL, 48, 0, 720, "how long a handle can be answered; 0: no replies, no number is kept for them"},
	{"reply.per_handle_a_day", NUMBER, FIELD(config, replies_a_handle), NULL, 5, 1, 1000, "a phone that keeps buzzing betrays its owner"},
	{"reply.parts_a_day", NUMBER, FIELD(config, reply_parts_a_day), NULL, 200, 1, 100000, "airtime of the whole station"},
	{"audit.phones", TEXT, FIELD(config, audit_phones), "", 0, 0, 255, "telephones of custodians (+223… +223…) that get the chain's head by SMS once a day"},
	{"reveal.cooling_off_s", NUMBER, FIELD(config, reveal_cooling_off_s), NULL, 43200, 0, 2592000, "from the request until custodians' shares open; an emergency does not wait and is shown to everybody"},
	{"reveal.a_day", NUMBER, FIELD(config, reveals_a_day), NULL, 3, 1, 1000, "requests without emergency in 24 hours"},
	{"reveal.valid_h", NUMBER, FIELD(config, reveal_valid_h), NULL, 168, 1, 2160, "then a request is void"},
	{"incident.window_s", NUMBER, FIELD(config, incident_window_s), NULL, 21600, 60, 2592000, "alerts of one kind and area within it are one incident"},
	{"deadline.severity_5_s", NUMBER, FIELD(config, ack_s[4]), NULL, 300, 0, 604800, "an alert of severity 5 is acknowledged so soon, or it is escalated; a rule's escalate_after_s counts where it is sooner; 0: no deadline"},
	{"deadline.severity_4_s", NUMBER, FIELD(config, ack_s[3]), NULL, 900, 0, 604800, "of severity 4"},
	{"deadline.severity_3_s", NUMBER, FIELD(config, ack_s[2]), NULL, 3600, 0, 604800, "of severity 3"},
	{"deadline.severity_2_s", NUMBER, FIELD(config, ack_s[1]), NULL, 14400, 0, 604800, "of severity 2"},
	{"deadline.severity_1_s", NUMBER, FIELD(config, ack_s[0]), NULL, 0, 0, 604800, "of severity 1"},
	{"deadline.again_s", NUMBER, FIELD(config, escalate_again_s), NULL, 900, 1, 604800, "from one escalation to the next while nobody acknowledges"},
	{"deadline.times", NUMBER, FIELD(config, escalate_times), NULL, 4, 0, 100, "so often an alert is escalated; 0: never"},
	{"notify.station", TEXT, FIELD(config, notify_station), "", 0, 0, 23, "the target that hears of alerts of the station itself, from severity 3 on; empty: none"},
	{"notify.escalation", TEXT, FIELD(config, notify_escalation), "", 0, 0, 23, "the target that hears of an escalated alert whose rules name none; empty: none"},
	{"canary.number", TEXT, FIELD(config, canary_number), "", 0, 0, 16, "a number of the station's own SIM (+223…): once a day it sends itself a text, which must come back; empty: off"},
	{"canary.at", TEXT, FIELD(config, canary_at), "06:00", 0, 5, 5, "when (UTC)"},
	{"canary.within_s", NUMBER, FIELD(config, canary_within_s), NULL, 900, 10, 86400, "then it is lost: an alert of the station"},
	{"metrics.listen", TEXT, FIELD(config, metrics_listen), "", 0, 0, 23, "127.0.0.1:PORT, where machines of this station read GET /metrics and /health; empty: off"},
	{"notify.give_up_h", NUMBER, FIELD(config, notify_give_up_h), NULL, 24, 1, 720, "so long a target that does not answer is tried"},
	{"spool.segment_frames", NUMBER, FIELD(config, segment_frames), NULL, 2048, 16, 1048576, "512-byte frames in a preallocated segment"},
	{"log.level", NUMBER, FIELD(config, log_level), NULL, 2, 0, 3, "0 errors, 1 warnings, 2 information, 3 debug"},
	{"sandbox", FLAG, FIELD(config, sandbox), NULL, 1, 0, 1, "false only to find a fault"},
	{"console.enabled", FLAG, FIELD(config, console_enabled), NULL, 1, 0, 1, "the web console for officers"},
	{"console.listen", TEXT, FIELD(config, console_listen), "127.0.0.1", 0, 3, 45, "address it listens at; 127.0.0.1: this machine alone"},
	{"console.port", NUMBER, FIELD(config, console_port), NULL, 8443, 0, 65535, "its TCP port; 0: any that is free, `tama status` shows it"},
	{"console.names", TEXT, FIELD(config, console_names), "", 0, 0, 255, "host names by which browsers reach it, separated by spaces; addresses in figures and localhost need none"},
	{"console.first_run_remote", FLAG, FIELD(config, console_first_run_remote), NULL, 0, 0, 1, "true: the first officer may be made from another machine too"},
	{"console.certificate", PATH, FIELD(config, console_certificate), "", 0, 0, 0, "PEM file; empty: console/cert.pem, made at the first start"},
	{"console.key", PATH, FIELD(config, console_key), "", 0, 0, 0, "PEM file of its key; empty: console/key.pem"},
	{"console.idle_s", NUMBER, FIELD(config, console_idle_s), NULL, 900, 1, 86400, "an officer who does nothing for so long is logged out"},
	{"console.session_h", NUMBER, FIELD(config, console_session_h), NULL, 12, 1, 168, "and after so long in any case"},
	{"console.connections", NUMBER, FIELD(config, console_connections), NULL, 1024, 16, 3500, "at once, of all browsers"},
	{"console.per_address", NUMBER, FIELD(config, console_per_address), NULL, 512, 4, 3500, "at once, from one address"},
};

static const struct setting modem_settings[] = {
	{"name", TEXT, FIELD(config_modem, name), NULL, 0, 1, 31, "a name for people"},
	{"device", TEXT, FIELD(config_modem, device), NULL, 0, 1, 255, "/dev/serial/by-id/…, never a bare ttyUSB number"},
	{"connection", TEXT, FIELD(config_modem, connection), "at115200", 0, 2, 31, "libGammu's connection, e.g. at115200"},
	{"pin", DIGITS, FIELD(config_modem, pin), "", 0, 0, 15, "PIN of the SIM"},
	{"poll_s", NUMBER, FIELD(config_modem, poll_s), NULL, 30, 1, 3600, "look even if the modem announced nothing"},
	{"sends_a_day", NUMBER, FIELD(config_modem, sends_a_day), NULL, 500, 0, 100000, "parts of replies that may go out in a day (UTC) with this SIM; beyond it another modem sends"},
	{"overwrite", FLAG, FIELD(config_modem, overwrite), NULL, 1, 0, 1, "true: what was deleted from the SIM is overwritten when nothing else is to do"},
};

void config_complain(struct loader *l, int line, const char *format, ...)
{
	if (l->failed)
		return;
	l->failed = true;
	int at = snprintf(l->why, 512, "%s:%d: ", l->file, line);
	va_list ap;
	va_start(ap, format);
	vsnprintf(l->why + at, 512 - (size_t)at, format, ap);
	va_end(ap);
}

static bool only_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == 0;
}

static void store_text(struct loader *l, const struct setting *s, const char *v, int line, void *base)
{
	char *to = (char *)base + s->offset;
	size_t len = strlen(v), bin;
	if (s->type == HEX16) {
		if (len != 32 || sodium_hex2bin((uint8_t *)to, 16, v, len, NULL, &bin, NULL) != 0 || bin != 16)
			config_complain(l, line, "%s: expected 32 hex digits", s->path);
		return;
	}
	if (s->type == DIGITS && !only_digits(v))
		config_complain(l, line, "%s: expected digits only", s->path); // what is there may be a PIN, or two lines
	else if (s->type != PATH && (len < (size_t)s->min || len > (size_t)s->max))
		config_complain(l, line, "%s: expected %lld to %lld characters, found %zu", s->path, (long long)s->min,
			(long long)s->max, len);
	else if (len >= s->size)
		config_complain(l, line, "%s: too long", s->path);
	else
		memcpy(to, v, len + 1);
}

void config_store(struct loader *l, const struct setting *s, const config_setting_t *v, int group_line, void *base)
{
	char *to = (char *)base + s->offset;
	int line = v ? (int)config_setting_source_line(v) : group_line;
	switch (s->type) {
	case NUMBER: {
		int64_t n = s->number_default;
		if (v && config_setting_type(v) != CONFIG_TYPE_INT && config_setting_type(v) != CONFIG_TYPE_INT64)
			config_complain(l, line, "%s: expected a whole number", s->path);
		else if (v)
			n = config_setting_get_int64(v);
		if (n < s->min || n > s->max)
			config_complain(l, line, "%s: expected %lld to %lld, found %lld", s->path, (long long)s->min,
				(long long)s->max, (long long)n);
		memcpy(to, &n, sizeof n);
		return;
	}
	case FLAG: {
		bool b = s->number_default != 0;
		if (v && config_setting_type(v) != CONFIG_TYPE_BOOL)
			config_complain(l, line, "%s: expected true or false", s->path);
		else if (v)
			b = config_setting_get_bool(v);
		memcpy(to, &b, sizeof b);
		return;
	}
	case TEXT:
	case DIGITS:
	case PATH:
	case HEX16:
	default:
		if (v && config_setting_type(v) != CONFIG_TYPE_STRING)
			config_complain(l, line, "%s: expected a text in quotes", s->path);
		else if (!v && !s->text_default)
			config_complain(l, line, "%s is missing: %s", s->path, s->doc);
		else
			store_text(l, s, v ? config_setting_get_string(v) : s->text_default, line, base);
		return;
	}
}

static bool is_known(const char *path, bool group)
{
	size_t len = strlen(path);
	if (!strcmp(path, "modems") || !strcmp(path, "targets"))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
		const char *p = settings[i].path;
		if (group ? !strncmp(p, path, len) && p[len] == '.' : !strcmp(p, path))
			return true;
	}
	return false;
}

static void find_unknown(struct loader *l, const config_setting_t *group, const char *prefix)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		char path[128];
		bool is_group = config_setting_is_group(s);
		snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", config_setting_name(s));
		if (!is_known(path, is_group))
			config_complain(l, (int)config_setting_source_line(s),
				"unknown setting \"%s\"; `tama help config` lists them all", path);
		else if (is_group)
			find_unknown(l, s, path);
	}
}

static void load_modem(struct loader *l, const config_setting_t *group, struct config_modem *m)
{
	int line = (int)config_setting_source_line(group);
	if (!config_setting_is_group(group)) {
		config_complain(l, line, "modems: expected a list of groups ( { name = …; device = …; }, … )");
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		bool known = false;
		for (size_t k = 0; k < ARRAY_LENGTH(modem_settings); k++)
			known |= !strcmp(modem_settings[k].path, config_setting_name(s));
		if (!known)
			config_complain(l, (int)config_setting_source_line(s), "unknown modem setting \"%s\"",
				config_setting_name(s));
	}
	for (size_t k = 0; k < ARRAY_LENGTH(modem_settings); k++)
		config_store(l, &modem_settings[k], config_setting_get_member(group, modem_settings[k].path), line, m);
}

static void load_modems(struct loader *l, const config_t *file, struct config *c)
{
	const config_setting_t *list = config_lookup(file, "modems");
	if (!list) {
		config_complain(l, 1, "no modems: add modems = ( { name = \"gsm0\"; device = \"/dev/serial/by-id/…\"; } );");
		return;
	}
	int line = (int)config_setting_source_line(list), n = config_setting_length(list);
	if (!config_setting_is_list(list) || n < 1 || n > CONFIG_MODEMS_MAX) {
		config_complain(l, line, "modems: expected a list in ( ) of 1 to %d modems", CONFIG_MODEMS_MAX);
		return;
	}
	for (int i = 0; i < n && !l->failed; i++)
		load_modem(l, config_setting_get_elem(list, (unsigned)i), &c->modems[i]);
	c->modem_count = (size_t)n;
	for (int i = 0; i < n; i++)
		for (int k = i + 1; k < n; k++)
			if (!strcmp(c->modems[i].name, c->modems[k].name) ||
				!strcmp(c->modems[i].device, c->modems[k].device))
				config_complain(l, line, "modems: two have the same name or device");
}

void config_make_absolute(struct loader *l, const struct config *c, char path[static CONFIG_TEXT * 2])
{
	char joined[CONFIG_TEXT * 4];
	if (path[0] == '/')
		return;
	snprintf(joined, sizeof joined, "%s/%s", c->dir, path);
	if (strlen(joined) >= CONFIG_TEXT * 2)
		config_complain(l, 1, "path too long: %s", path);
	else
		memcpy(path, joined, strlen(joined) + 1);
}

static enum error find_folder(const char *path, struct config *c, char *why)
{
	char full[PATH_MAX];
	if (!realpath(path, full) || strlen(full) >= sizeof c->path - 64) {
		snprintf(why, 512, "%s: cannot be read: %m; `tama init DIR` makes a station, -c FILE names one", path);
		return ERROR_ARGUMENT;
	}
	memcpy(c->path, full, strlen(full) + 1);
	memcpy(c->dir, full, strlen(full) + 1);
	*strrchr(c->dir, '/') = 0;
	return OK;
}

enum error config_load(const char *path, struct config *out, char why[static 512])
{
	*out = (struct config){0};
	enum error e = find_folder(path, out, why);
	if (e != OK)
		return e;
	config_t file;
	struct loader l = {.file = out->path, .why = why};
	config_init(&file);
	if (!config_read_file(&file, out->path))
		config_complain(&l, config_error_line(&file), "%s", config_error_text(&file));
	if (!l.failed)
		find_unknown(&l, config_root_setting(&file), "");
	for (size_t i = 0; i < ARRAY_LENGTH(settings) && !l.failed; i++)
		config_store(&l, &settings[i], config_lookup(&file, settings[i].path), 1, out);
	if (!l.failed)
		load_modems(&l, &file, out);
	if (!l.failed)
		config_load_targets(&l, &file, out);
	config_destroy(&file);
	if (!l.failed)
		config_make_absolute(&l, out, out->sheet);
	if (!l.failed)
		config_make_absolute(&l, out, out->sheets);
	if (!l.failed)
		config_make_absolute(&l, out, out->rules);
	if (!l.failed && *out->console_certificate)
		config_make_absolute(&l, out, out->console_certificate);
	if (!l.failed && *out->console_key)
		config_make_absolute(&l, out, out->console_key);
	return l.failed ? ERROR_ARGUMENT : OK;
}

void config_help_table(FILE *f, const char *prefix, const struct setting *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct setting *s = &table[i];
		fprintf(f, "  %s%s", prefix, s->path);
		if (s->type == NUMBER)
			fprintf(f, " = %lld (%lld to %lld)", (long long)s->number_default, (long long)s->min,
				(long long)s->max);
		else if (s->type == FLAG)
			fprintf(f, " = %s", s->number_default ? "true" : "false");
		else if (s->text_default)
			fprintf(f, " = \"%s\"", s->text_default);
		fprintf(f, "\n        %s\n", s->doc);
	}
}

void config_help(FILE *f)
{
	fputs("tama.conf, in libconfig syntax; the value shown is the default, without one it must be given:\n", f);
	config_help_table(f, "", settings, ARRAY_LENGTH(settings));
	fputs("  modems = ( { … }, … ), each with:\n", f);
	config_help_table(f, "    ", modem_settings, ARRAY_LENGTH(modem_settings));
	config_help_targets(f);
}

const char *config_file(const struct config *c, const char *name, char out[static 600])
{
	int n = snprintf(out, 600, "%s/%s", c->dir, name);
	BUG_IF(n < 0 || n >= 600);
	return out;
}
