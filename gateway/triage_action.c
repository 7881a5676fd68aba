// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/action.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage_request.h"
#include "gateway/triage_section.h"

#define CLOCK_TOLERANCE_S 86400 // officers' laptops in the field

struct stand {
	char queue[STORE_QUEUE_SIZE], oversight[STORE_QUEUE_SIZE], state[STORE_STATE_SIZE];
	char assignee[OFFICER_NAME_SIZE];
	uint64_t incident;
};

static bool read_stand(void *ctx, const struct store_alert *a)
{
	struct stand *s = ctx;
	memcpy(s->queue, a->queue, sizeof s->queue);
	memcpy(s->oversight, a->oversight, sizeof s->oversight);
	memcpy(s->state, a->state, sizeof s->state);
	memcpy(s->assignee, a->assignee, sizeof s->assignee);
	s->incident = a->incident;
	return true;
}

// Under duress a step is what it seems to be, on the harmless alerts that are shown then; there are no others.
static enum error check_duress(struct triage *t, const struct action *a, const void *data, size_t size, bool *duress,
	char why[static 240])
{
	struct officer_record r;
	uint8_t sealed[ALERT_KEY_SEALED];
	char name[DURESS_NAME_SIZE];
	size_t n;
	enum error e = store_officer_duress(t->store, a->officer, &r);
	if (e == OK)
		e = action_verify(&r.public, t->process.config.station_id, data, size);
	if (e != OK) {
		snprintf(why, 240, "the step is not signed by an officer of this station");
		return ERROR_REFUSED;
	}
	*duress = true;
	e = triage_duress_notice(t, a->officer);
	if (e == OK)
		e = store_grant_get(t->store, a->alert_id, duress_name(a->officer, name), sealed, sizeof sealed, &n);
	if (e == ERROR_NOT_FOUND)
		snprintf(why, 240, "there is no alert %llu", (unsigned long long)a->alert_id);
	return e;
}

static enum error check_right(struct triage *t, const char *officer, const struct stand *stand, char why[static 240])
{
	bool in_queue = false, in_oversight = false;
	enum error e = store_officer_may(t->store, officer, stand->queue, &in_queue);
	if (e == OK && *stand->oversight)
		e = store_officer_may(t->store, officer, stand->oversight, &in_oversight);
	if (e == OK && !in_queue && !in_oversight) {
		snprintf(why, 240, "%s has no right in queue %s", officer, stand->queue);
		e = ERROR_REFUSED;
	}
	return e;
}

static enum error check_officer(struct triage *t, const struct action *a, const void *data, size_t size,
	const struct stand *stand, bool *duress, char why[static 240])
{
	struct officer_record r;
	enum error e = store_officer_get(t->store, a->officer, &r);
	if (e == OK)
		e = action_verify(&r.public, t->process.config.station_id, data, size);
	if (e != OK)
		e = check_duress(t, a, data, size, duress, why);
	return e == OK ? check_right(t, a->officer, stand, why) : e;
}

static enum error check_detail(struct triage *t, const struct action *a, char why[static 240])
{
	struct officer_record r;
	int64_t off = a->at - (int64_t)time(NULL);
	if (off > CLOCK_TOLERANCE_S || off < -CLOCK_TOLERANCE_S) {
		snprintf(why, 240, "the clocks of the station and of the officer differ by more than a day");
		return ERROR_REFUSED;
	}
	if (a->kind == ACTION_CLOSE && !action_outcome_known(a->detail)) {
		snprintf(why, 240, "an alert is closed as confirmed, unverifiable, false, duplicate or drill");
		return ERROR_ARGUMENT;
	}
	if ((a->kind == ACTION_CLOSE || a->kind == ACTION_NOTE || a->kind == ACTION_RESPOND) && a->note_size == 0) {
		snprintf(why, 240, "say what was done or why: this step needs a text");
		return ERROR_ARGUMENT;
	}
	if (a->kind == ACTION_REFER && !triage_has_queue(t, a->detail) && !triage_has_section(t, a->detail)) {
		snprintf(why, 240, "there is no queue and no section \"%s\" in the rules", a->detail);
		return ERROR_ARGUMENT;
	}
	if (a->kind == ACTION_ASSIGN && store_officer_get(t->store, a->detail, &r) != OK) {
		snprintf(why, 240, "there is no officer \"%s\"", a->detail);
		return ERROR_ARGUMENT;
	}
	return OK;
}

// Who merges must have a right in both. Under duress there is nothing but the harmless.
static enum error check_other(struct triage *t, const struct action *a, bool duress, uint64_t *other, char why[static 240])
{
	struct stand stand = {0};
	char end;
	unsigned long long id;
	if (sscanf(a->detail, "%19llu%c", &id, &end) != 1 || id == a->alert_id) {
		snprintf(why, 240, "an alert is merged with another one, named by its number");
		return ERROR_ARGUMENT;
	}
	*other = id;
	enum error e = duress ? ERROR_NOT_FOUND : store_alert_get(t->store, id, read_stand, &stand);
	if (e == ERROR_NOT_FOUND)
		snprintf(why, 240, "there is no alert %llu", id);
	return e == OK ? check_right(t, a->officer, &stand, why) : e;
}

static enum error regroup(struct triage *t, const struct action *a, uint64_t other, char why[static 240])
{
	enum error e = OK;
	if (a->kind != ACTION_MERGE && a->kind != ACTION_SPLIT)
		return OK;
	if (triage_is_locked(t)) {
		snprintf(why, 240, "the station is locked, and cannot count who reported; tama unlock");
		return ERROR_LOCKED;
	}
	if (a->kind == ACTION_MERGE)
		e = triage_incident_merge(t, a->alert_id, other, a->at);
	else
		e = triage_incident_split(t, a->alert_id, a->at);
	if (e == ERROR_EXISTS)
		snprintf(why, 240, a->kind == ACTION_MERGE ? "they are one incident already" : "it is an incident of its own already");
	return e == ERROR_EXISTS ? ERROR_REFUSED : e;
}

static enum error close_alert(struct triage *t, const struct action *a)
{
	struct stand stand;
	enum error e = store_alert_close(t->store, a->alert_id, a->detail, a->at / 86400);
	if (e == OK)
		e = store_alert_get(t->store, a->alert_id, read_stand, &stand);
	return e == OK ? store_incident_judge(t->store, stand.incident) : e;
}

static enum error write_step(struct triage *t, const struct action *a, const char *state)
{
	struct store_step step = {.alert_id = a->alert_id, .at = a->at, .body = a->note, .body_size = a->note_size};
	const char *assignee = a->kind == ACTION_ACK ? a->officer : a->kind == ACTION_ASSIGN ? a->detail : NULL;
	memcpy(step.officer, a->officer, sizeof step.officer);
	memcpy(step.detail, a->detail, sizeof step.detail);
	snprintf(step.action, sizeof step.action, "%s", action_name(a->kind));
	memcpy(step.signature, a->signature, sizeof step.signature);
	enum error e = store_step_add(t->store, &step);
	if (e == OK)
		e = store_alert_step(t->store, a->alert_id, state, assignee,
			a->kind == ACTION_REFER && triage_has_queue(t, a->detail) ? a->detail : NULL);
	if (e == OK && a->kind == ACTION_CLOSE)
		e = close_alert(t, a);
	for (size_t i = 0; i < a->grant_count && e == OK; i++)
		e = store_grant_add(t->store, a->alert_id, a->grants[i].officer, a->grants[i].sealed, ALERT_KEY_SEALED);
	return e;
}

// A step that says that a section has it, when it has nothing, would be a lie that costs an answer.
static enum error check_given(struct triage *t, const struct action *a, char why[static 240])
{
	bool has = false;
	enum error e = triage_is_locked(t) ? ERROR_LOCKED : triage_section_has(t, a->alert_id, a->detail, &has);
	if (e == OK && !has)
		e = ERROR_REFUSED;
	if (e != OK)
		snprintf(why, 240, "section %s was not given alert %llu", a->detail, (unsigned long long)a->alert_id);
	return e;
}

static enum error act(struct triage *t, const struct action *a, const void *data, size_t size, bool *duress,
	char why[static 240])
{
	struct stand stand = {0};
	uint64_t other = 0;
	enum error e = store_alert_get(t->store, a->alert_id, read_stand, &stand);
	if (e == ERROR_NOT_FOUND)
		snprintf(why, 240, "there is no alert %llu", (unsigned long long)a->alert_id);
	if (e == OK)
		e = check_officer(t, a, data, size, &stand, duress, why);
	if (e == OK)
		e = check_detail(t, a, why);
	if (e == OK && a->kind == ACTION_MERGE)
		e = check_other(t, a, *duress, &other, why);
	if (e != OK)
		return e;
	if (a->kind == ACTION_REFER)
		e = triage_guard_check(t, a->alert_id, a->detail, why);
	if (e != OK)
		return e;
	if (a->kind == ACTION_REFER && !triage_has_queue(t, a->detail))
		e = check_given(t, a, why);
	if (e != OK)
		return e;
	const char *next = action_next_state(a->kind, stand.state);
	if (!next) {
		snprintf(why, 240, "alert %llu is %s already%s%s: %s is not possible now", (unsigned long long)a->alert_id,
			stand.state, *stand.assignee ? ", with " : "", stand.assignee, action_name(a->kind));
		return ERROR_REFUSED;
	}
	e = write_step(t, a, next);
	if (e == ERROR_EXISTS)
		snprintf(why, 240, "this step was taken already");
	if (e == OK)
		e = regroup(t, a, other, why);
	bool tells = a->kind == ACTION_RESPOND || a->kind == ACTION_REFER || a->kind == ACTION_CLOSE;
	return e == OK && tells ? triage_section_moved(t, a->alert_id) : e;
}

enum error triage_act(struct triage *t, const void *data, size_t size, char why[static 240])
{
	cleanup_free struct action *a = malloc(sizeof *a);
	bool duress = false;
	if (!a)
		return ERROR_MEMORY;
	why[0] = 0;
	enum error e = action_read(data, size, a);
	if (e != OK)
		return e;
	e = triage_begin(t);
	if (e == OK)
		e = act(t, a, data, size, &duress, why);
	if (e == OK)
		e = triage_audit_steps(t);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK && duress && triage_commit(t) == OK) // nothing but the silent alert
		return e;
	if (e != OK) {
		if (!*why)
			snprintf(why, 240, "the queue cannot be written: %s", error_text(e));
		triage_rollback(t);
		return e;
	}
	log_info("alert=%llu step=%s officer=%s", (unsigned long long)a->alert_id, action_name(a->kind), a->officer);
	triage_alerts_changed(t);
	return OK;
}
