// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/status.h"

#include <jansson.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

static json_t *rfc3339(uint64_t at)
{
	char text[32];
	time_t t = (time_t)at;
	struct tm tm;
	if (at == 0 || !gmtime_r(&t, &tm))
		return json_null();
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *count_json(const struct child *c, int which)
{
	return json_integer((json_int_t)child_counter(c, which));
}

static json_t *modem_json(const struct child *c)
{
	const uint64_t *n = c->state.counters;
	return json_pack("{s:s, s:s, s:s, s:i, s:o, s:I, s:I, s:I, s:o}", "name", c->name, "state",
		state_name(c->state.code), "text", c->state.text, "restarts", (int)c->restarts, "received",
		count_json(c, MODEM_RECEIVED), "slots_used", (json_int_t)n[MODEM_SLOTS_USED], "slots_total",
		(json_int_t)n[MODEM_SLOTS_TOTAL], "signal_percent", (json_int_t)n[MODEM_SIGNAL], "last_message",
		rfc3339(n[MODEM_LAST_AT]));
}

static void put_intake(json_t *root, const struct child *c)
{
	json_object_set_new(root, "received", count_json(c, INTAKE_RECEIVED));
	json_object_set_new(root, "spooled", count_json(c, INTAKE_SPOOLED));
	json_object_set_new(root, "rejected", count_json(c, INTAKE_REJECTED));
	json_object_set_new(root, "spool_sequence", json_integer((json_int_t)c->state.counters[INTAKE_SEQ]));
	json_object_set_new(root, "disk_full", json_boolean(c->state.code == STATE_DISK_FULL));
}

// What people should know of the rules that run.
static const char *rules_text(uint64_t bits)
{
	if (bits & TRIAGE_RULES_MISTAKES)
		return "the files of rules or sheet are refused (the log says why): what ran before goes on";
	if (bits & TRIAGE_RULES_FALLBACK)
		return "the files were not approved by two: the version that was runs in their place";
	if (bits & TRIAGE_RULES_UNAPPROVED)
		return bits & TRIAGE_SHEET_UNAPPROVED ? "rules and sheet not approved by two" : "rules not approved by two";
	return bits & TRIAGE_SHEET_UNAPPROVED ? "sheet not approved by two" : "";
}

static void put_rules(json_t *root, uint64_t bits)
{
	json_object_set_new(root, "rules_approved", json_boolean(!(bits & TRIAGE_RULES_UNAPPROVED)));
	json_object_set_new(root, "sheet_approved", json_boolean(!(bits & TRIAGE_SHEET_UNAPPROVED)));
	json_object_set_new(root, "rules_state", json_string(rules_text(bits)));
}

static void put_triage(json_t *root, const struct config *config, const struct child *c)
{
	json_object_set_new(root, "locked", json_boolean(c->pid == 0 || c->state.code != STATE_RUNNING || !c->ready));
	json_object_set_new(root, "triaged", count_json(c, TRIAGE_TRIAGED));
	json_object_set_new(root, "alerts", count_json(c, TRIAGE_ALERTS));
	json_object_set_new(root, "duplicates", count_json(c, TRIAGE_DUPLICATES));
	uint64_t canary = c->state.counters[TRIAGE_CANARY];
	if (*config->canary_number)
		json_object_set_new(root, "canary", json_pack("{s:s, s:o}", "state", canary & 1 ? "lost" : canary ? "ok" : "unused",
			"last_success", rfc3339(canary >> 1)));
	json_object_set_new(root, "broken_frames", count_json(c, TRIAGE_BROKEN_FRAMES));
	json_object_set_new(root, "escalated", count_json(c, TRIAGE_ESCALATED));
	json_object_set_new(root, "waiting_parts", json_integer((json_int_t)c->state.counters[TRIAGE_WAITING_PARTS]));
	json_object_set_new(root, "triage_sequence", json_integer((json_int_t)c->state.counters[TRIAGE_SEQ]));
	json_object_set_new(root, "last_message", rfc3339(c->state.counters[TRIAGE_LAST_AT]));
	put_rules(root, c->state.counters[TRIAGE_RULES]);
}

static json_t *targets_json(const struct config *config, const struct target_state *targets)
{
	json_t *list = json_array();
	for (size_t i = 0; i < config->target_count; i++) {
		const struct target_state *t = &targets[i];
		const char *state = t->failures ? "failing" : t->last_ok ? "ok" : "unused";
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:s}", "name", config->targets[i].name, "kind",
			config_target_kind(config->targets[i].kind), "state", state, "last_success", rfc3339((uint64_t)t->last_ok),
			"delivered", (json_int_t)t->delivered, "failures", (json_int_t)t->failures, "waiting", (json_int_t)t->waiting,
			"text", t->failures ? t->why : ""));
	}
	return list;
}

char *status_json(const struct config *config, const struct child *children, size_t count, const struct target_state *targets)
{
	json_t *root = json_object(), *modems = json_array(), *processes = json_array();
	struct statvfs disk;
	json_object_set_new(root, "station", json_string(config->station_name));
	json_object_set_new(root, "demo", json_boolean(config->demo));
	json_object_set_new(root, "locked", json_true());
	for (size_t i = 0; i < count; i++) {
		const struct child *c = &children[i];
		if (c->role == ROLE_MODEM)
			json_array_append_new(modems, modem_json(c));
		else if (c->role == ROLE_INTAKE)
			put_intake(root, c);
		else if (c->role == ROLE_TRIAGE)
			put_triage(root, config, c);
		json_array_append_new(processes,
			json_pack("{s:s, s:s, s:i, s:i, s:b, s:s, s:s}", "name", c->name, "role", role_name(c->role),
				"pid", (int)c->pid, "restarts", (int)c->restarts, "ready", c->ready, "state",
				state_name(c->state.code), "text", c->state.text));
	}
	uint64_t spooled = (uint64_t)json_integer_value(json_object_get(root, "spool_sequence"));
	uint64_t triaged = (uint64_t)json_integer_value(json_object_get(root, "triage_sequence"));
	json_object_set_new(root, "spool_depth", json_integer(spooled > triaged ? (json_int_t)(spooled - triaged) : 0));
	json_object_set_new(root, "disk_free_bytes",
		statvfs(config->dir, &disk) == 0 ? json_integer((json_int_t)(disk.f_bavail * disk.f_frsize)) : json_null());
	json_object_set_new(root, "modems", modems);
	json_object_set_new(root, "processes", processes);
	json_object_set_new(root, "targets", targets_json(config, targets));
	char *text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	BUG_IF(!text || strlen(text) > MESSAGE_BODY_MAX);
	return text;
}
