// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/base/error.h"

#define DISK_LOW (200ll * 1000 * 1000)
#define SIM_FULL_PERCENT 90
#define SIGNAL_LOW 10

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool is(const json_t *o, const char *key, const char *value)
{
	return !strcmp(text_of(o, key), value);
}

static long long seconds_of(const char *rfc3339)
{
	struct tm tm = {0};
	return strptime(rfc3339, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (long long)timegm(&tm) : 0;
}

// ---- Prometheus -------------------------------------------------------------------------------------------------------

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP tama_%s %s\n# TYPE tama_%s %s\n", name, help, name, type);
}

static void one(FILE *f, const char *name, const char *type, const char *help, long long value)
{
	head(f, name, type, help);
	fprintf(f, "tama_%s %lld\n", name, value);
}

struct column {
	const char *name, *type, *help, *key;
};

static long long value_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_string(v) ? seconds_of(json_string_value(v)) : json_is_true(v) ? 1 : json_integer_value(v);
}

static void table(FILE *f, const char *label, const json_t *rows, const struct column *columns, size_t count)
{
	size_t i;
	json_t *row;
	for (size_t c = 0; c < count && json_array_size(rows); c++) {
		head(f, columns[c].name, columns[c].type, columns[c].help);
		json_array_foreach(rows, i, row)
			fprintf(f, "tama_%s{%s=\"%zu\"} %lld\n", columns[c].name, label, i, value_of(row, columns[c].key));
	}
}

static void up(FILE *f, const char *name, const char *label, const json_t *rows, const char *state, const char *help)
{
	size_t i;
	json_t *row;
	if (json_array_size(rows))
		head(f, name, "gauge", help);
	json_array_foreach(rows, i, row)
		fprintf(f, "tama_%s{%s=\"%zu\"} %d\n", name, label, i, is(row, "state", state));
}

static void processes(FILE *f, const json_t *rows)
{
	size_t i;
	json_t *p;
	head(f, "process_ready", "gauge", "1: the process runs and has closed its sandbox");
	json_array_foreach(rows, i, p)
		fprintf(f, "tama_process_ready{role=\"%s\",process=\"%zu\"} %d\n", text_of(p, "role"), i, json_is_true(json_object_get(p, "ready")));
	head(f, "process_restarts_total", "counter", "restarts since the station started");
	json_array_foreach(rows, i, p)
		fprintf(f, "tama_process_restarts_total{role=\"%s\",process=\"%zu\"} %lld\n", text_of(p, "role"), i, number_of(p, "restarts"));
}

static void station(FILE *f, const json_t *s)
{
	static const struct column columns[] = {
		{"received_total", "counter", "parts of texts that intake was given", "received"},
		{"spooled_total", "counter", "parts sealed and on the disk", "spooled"},
		{"rejected_total", "counter", "malformed messages of modem processes", "rejected"},
		{"triaged_total", "counter", "parts decoded", "triaged"},
		{"alerts_total", "counter", "alerts made", "alerts"},
		{"duplicates_total", "counter", "the same SMS read twice", "duplicates"},
		{"broken_frames_total", "counter", "sealed frames that cannot be read", "broken_frames"},
		{"escalated_total", "counter", "alerts that nobody acknowledged in time", "escalated"},
		{"spool_depth", "gauge", "frames that wait to be decoded", "spool_depth"},
		{"waiting_parts", "gauge", "parts whose message is not whole", "waiting_parts"},
		{"locked", "gauge", "1: texts are sealed and not decoded", "locked"},
		{"disk_full", "gauge", "1: texts stay on the SIM", "disk_full"},
		{"disk_free_bytes", "gauge", "room in the station's folder", "disk_free_bytes"},
		{"last_message_timestamp_seconds", "gauge", "of the last text decoded; 0: none since the start", "last_message"},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
		one(f, columns[i].name, columns[i].type, columns[i].help, value_of(s, columns[i].key));
}

char *metrics_text(const json_t *s)
{
	static const struct column modem[] = {
		{"modem_signal_percent", "gauge", "of the network", "signal_percent"},
		{"modem_sim_slots_used", "gauge", "texts on the SIM", "slots_used"},
		{"modem_sim_slots", "gauge", "places of the SIM", "slots_total"},
		{"modem_received_total", "counter", "texts read", "received"},
		{"modem_restarts_total", "counter", "restarts of its process", "restarts"},
	}, target[] = {
		{"target_failures", "gauge", "tries in a row that failed", "failures"},
		{"target_waiting", "gauge", "notifications that wait", "waiting"},
		{"target_delivered_total", "counter", "notifications that the endpoint took", "delivered"},
		{"target_last_success_timestamp_seconds", "gauge", "0: never since the start", "last_success"},
	};
	char *out = NULL;
	size_t size;
	const json_t *modems = json_object_get(s, "modems"), *targets = json_object_get(s, "targets"), *canary = json_object_get(s, "canary");
	FILE *f = open_memstream(&out, &size);
	BUG_IF(!f);
	station(f, s);
	processes(f, json_object_get(s, "processes"));
	up(f, "modem_up", "modem", modems, "running", "1: it reads texts");
	table(f, "modem", modems, modem, ARRAY_LENGTH(modem));
	table(f, "target", targets, target, ARRAY_LENGTH(target));
	if (json_is_object(canary)) {
		one(f, "canary_ok", "gauge", "1: the last canary text came back", is(canary, "state", "ok"));
		one(f, "canary_last_success_timestamp_seconds", "gauge", "0: never since the start", value_of(canary, "last_success"));
	}
	BUG_IF(fclose(f) != 0);
	return out;
}

// ---- what is wrong ----------------------------------------------------------------------------------------------------

__attribute__((format(printf, 3, 4))) static void add(json_t *list, const char *next, const char *format, ...)
{
	char what[300];
	va_list ap;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	json_array_append_new(list, json_pack("{s:s, s:s}", "what", what, "next", next));
}

static void modem_problems(json_t *list, const json_t *modems)
{
	size_t i, working = 0;
	json_t *m;
	json_array_foreach(modems, i, m)
		working += (size_t)is(m, "state", "running");
	if (working == 0)
		add(list, "texts wait with the network: see to the modems below", "no modem works: nothing is received");
	json_array_foreach(modems, i, m) {
		long long total = number_of(m, "slots_total");
		if (!is(m, "state", "running"))
			add(list, *text_of(m, "text") ? text_of(m, "text") : "is it plugged in, with its SIM and PIN? (man tama.conf, WHEN A MODEM FAILS)",
				"modem %s: %s", text_of(m, "name"), text_of(m, "state"));
		else if (total && number_of(m, "slots_used") * 100 >= total * SIM_FULL_PERCENT)
			add(list, "it is emptied by itself when intake can write; is the disk full?", "modem %s: its SIM is nearly full (%lld of %lld)",
				text_of(m, "name"), number_of(m, "slots_used"), total);
		else if (number_of(m, "signal_percent") > 0 && number_of(m, "signal_percent") < SIGNAL_LOW)
			add(list, "move the aerial", "modem %s: weak signal (%lld %%)", text_of(m, "name"), number_of(m, "signal_percent"));
	}
}

static void process_problems(json_t *list, const json_t *processes)
{
	size_t i;
	json_t *p;
	json_array_foreach(processes, i, p) {
		if (is(p, "role", "modem"))
			continue;
		if (!json_is_true(json_object_get(p, "ready")))
			add(list, "it is started again by itself; the log says why it ended", "process %s does not run", text_of(p, "name"));
		else if (*text_of(p, "text"))
			add(list, "see the log", "%s: %s", text_of(p, "name"), text_of(p, "text"));
	}
}

static void target_problems(json_t *list, const json_t *targets)
{
	size_t i;
	json_t *t;
	json_array_foreach(targets, i, t)
		if (is(t, "state", "failing"))
			add(list, "it is tried again by itself; `tama notify test` tries it now", "target %s is not reached: %s (%lld tries, %lld wait)",
				text_of(t, "name"), text_of(t, "text"), number_of(t, "failures"), number_of(t, "waiting"));
}

json_t *metrics_problems(const json_t *s)
{
	json_t *list = json_array();
	const json_t *canary = json_object_get(s, "canary"), *free_bytes = json_object_get(s, "disk_free_bytes");
	if (json_is_true(json_object_get(s, "disk_full")))
		add(list, "make room on the station's disk", "disk full: texts stay on the SIM and with the network");
	modem_problems(list, json_object_get(s, "modems"));
	process_problems(list, json_object_get(s, "processes"));
	if (json_is_true(json_object_get(s, "locked")))
		add(list, "tama unlock", "the station is LOCKED: %lld texts are sealed and wait, nobody sees them", number_of(s, "spool_depth"));
	if (number_of(s, "broken_frames"))
		add(list, "ask your sources to send again; check the disk", "%lld sealed messages could not be read: the disk is failing or somebody changed it",
			number_of(s, "broken_frames"));
	if (json_is_object(canary) && is(canary, "state", "lost"))
		add(list, "send a text to the station from a phone; see to SIM, credit and network", "the canary text did not come back: texts may not arrive");
	target_problems(list, json_object_get(s, "targets"));
	if (json_is_integer(free_bytes) && json_integer_value(free_bytes) < DISK_LOW)
		add(list, "make room on the station's disk", "only %lld MB are free on the disk", json_integer_value(free_bytes) / 1000000);
	return list;
}
