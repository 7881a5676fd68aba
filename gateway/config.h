// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// tama.conf (libconfig): one table {path, type, default, range, doc} drives parsing, checking and help.
// Const after load. Every process reads it before its sandbox closes.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gateway/base/error.h"

#define CONFIG_MODEMS_MAX 16
#define CONFIG_TEXT 256
#define CONFIG_TARGETS_MAX 8
#define CONFIG_SHIFTS_MAX 8

struct config_modem {
	char name[32];
	char device[CONFIG_TEXT];     // /dev/serial/by-id/… or a pty
	char connection[32];          // libGammu's word: at115200, at19200, …
	char pin[16];                 // of the SIM; empty: none
	int64_t poll_s;               // the slow net below +CMTI
	int64_t sends_a_day;          // parts that may go out in a UTC day; 0: none
	bool overwrite;               // freed slots of the SIM, when idle
};

// Who is told on a shift: "+223…1,+223…2 +223…3": two at once and, when nobody acknowledges, the third.
struct config_shift {
	unsigned days;                // bit 0: Monday
	int64_t from, until;          // minutes of the day (UTC); until may be the next day's
	char to[CONFIG_TEXT];
};

enum target_kind { TARGET_SMS, TARGET_WEBHOOK, TARGET_MAIL };
enum target_level { LEVEL_NOTHING, LEVEL_ROUTING };

struct config_target {
	char name[24];
	enum target_kind kind;
	enum target_level level;
	char url[CONFIG_TEXT], secret_file[CONFIG_TEXT * 2], ca_file[CONFIG_TEXT * 2];
	char user[64], password_file[CONFIG_TEXT * 2], from[128], subject[80], text[161];
	int64_t every_s, next_s;
	size_t shift_count;
	struct config_shift shifts[CONFIG_SHIFTS_MAX];
};

struct config {
	char path[CONFIG_TEXT * 2];   // of the file itself, absolute
	char dir[CONFIG_TEXT * 2];    // its folder: the station
	char station_name[64];
	uint8_t station_id[16];
	char station_key[96];         // fingerprint of the station's public key, pinned here; two while it is rotated
	char log_key[64];             // fingerprint of the audit chain's first key
	bool demo;                    // made with known passphrases
	char sheet[CONFIG_TEXT * 2];  // absolute
	char sheets[CONFIG_TEXT * 2]; // absolute; the folder of those that are still valid
	char rules[CONFIG_TEXT * 2];  // absolute
	bool approval_required;       // of rules and sheet, by a second officer
	char country_code[8];         // E.164 country code, digits only
	char trunk_prefix[8];         // national prefix to drop, "" for Mali
	char international_prefix[8]; // "00"
	int64_t national_digits;      // digits of a national number
	int64_t epoch_days;
	bool persist_pseudonyms;
	int64_t dedupe_hours;
	int64_t reassembly_wait_s;
	int64_t retention_days, confirmed_days, unverifiable_days, false_days, duplicate_days, drill_days;
	char retention_queues[CONFIG_TEXT]; // "NAME=DAYS …"
	int64_t reminder_days, grace_days;
	char audit_phones[CONFIG_TEXT]; // E.164, separated by spaces
	int64_t reply_window_h, replies_a_handle, reply_parts_a_day;
	int64_t reveal_cooling_off_s, reveals_a_day, reveal_valid_h;
	int64_t incident_window_s;
	int64_t ack_s[5];             // of severity 1 … 5; 0: no deadline
	int64_t escalate_again_s, escalate_times;
	int64_t segment_frames;
	int64_t log_level;            // 0 error … 3 debug
	bool sandbox;
	bool console_enabled;
	char console_listen[48], console_names[CONFIG_TEXT]; // an address; names of it, separated by spaces
	int64_t console_port;         // 0: any that is free
	char console_certificate[CONFIG_TEXT * 2], console_key[CONFIG_TEXT * 2]; // absolute; empty: made in DIR/console
	int64_t console_idle_s, console_session_h, console_connections, console_per_address;
	bool console_first_run_remote;
	char notify_station[24], notify_escalation[24];
	int64_t notify_give_up_h;
	char canary_number[20], canary_at[8]; // empty number: off
	int64_t canary_within_s;
	char metrics_listen[24];      // 127.0.0.1:PORT; empty: off
	size_t target_count;
	struct config_target targets[CONFIG_TARGETS_MAX];
	size_t modem_count;
	struct config_modem modems[CONFIG_MODEMS_MAX];
};

// Reads and checks `path`. On ERROR_ARGUMENT one line "file:line: …" stands in `why`; nothing else is printed.
MUST_CHECK enum error config_load(const char *path, struct config *out, char why[static 512]);
// Days that an alert of this queue, closed with this outcome ("": not closed), is kept; and the most of any.
int64_t config_retention(const struct config *c, const char *queue, const char *outcome);
int64_t config_retention_max(const struct config *c);
int64_t config_retention_min(const struct config *c);
// config_target.c. -1: there is none of that name.
int config_target_find(const struct config *c, const char *name);
// The recipients of this step at that time, separated by commas: beyond the last step it is the last. False: none.
bool config_target_step(const struct config_target *t, int64_t now, unsigned step, char out[static CONFIG_TEXT]);
const char *config_target_kind(enum target_kind k); // "sms" …
void config_help(FILE *f); // the table as text, for `tama help config` and the manual
// DIR/name into out; aborts when it does not fit, which config_load has made sure of.
const char *config_file(const struct config *c, const char *name, char out[static 600]);
