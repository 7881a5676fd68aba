// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_notify.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/store_notify.h"
#include "gateway/triage_alert.h"

#define STATION_SEVERITY 3 // reminders and the like are for the queue alone
#define RETRY_MS 5000
#define KEPT_S (7 * 86400)
#define HEARD_MAX 64       // answers in one transaction

// ---- jobs -----------------------------------------------------------------------------------------------------------

// People are told once for many: a phone that rings without end is switched off.
static enum error add_job(struct triage *t, const struct config_target *target, struct store_notify *n)
{
	bool joined = false;
	int64_t last;
	snprintf(n->target, sizeof n->target, "%s", target->name);
	n->at = n->due_at = (int64_t)time(NULL);
	n->alerts = 1;
	t->notify.wait = true;
	if (target->kind == TARGET_WEBHOOK || n->what == NOTICE_TEST)
		return store_notify_add(t->store, n);
	enum error e = store_notify_join(t->store, n, &joined);
	if (e != OK || joined)
		return e;
	e = store_notify_last(t->store, n->target, n->step, &last);
	if (e == OK && last <= n->at && last + target->every_s > n->at) // a clock that was set back delays nothing
		n->due_at = last + target->every_s;
	return e == OK || e == ERROR_NOT_FOUND ? store_notify_add(t->store, n) : e;
}

static const struct config_target *find(struct triage *t, const char *name)
{
	int i = config_target_find(&t->process.config, name);
	if (i >= 0)
		return &t->process.config.targets[i];
	if (*name && strcmp(t->notify.unknown, name) != 0) {
		snprintf(t->notify.unknown, sizeof t->notify.unknown, "%s", name);
		log_warn("target=%s is named by the rules and not in tama.conf: nobody is notified", name);
	}
	return NULL;
}

enum error triage_notify_alert(struct triage *t, const struct store_alert *row, bool from_station)
{
	const struct config_target *target = find(t, row->notify), *station = NULL;
	struct store_notify n = {.alert_id = row->id, .severity = (unsigned)row->severity,
		.what = from_station ? NOTICE_STATION : NOTICE_ALERT}, second;
	enum error e = OK;
	memcpy(n.queue, row->queue, sizeof n.queue);
	second = n;
	if (from_station && row->severity >= STATION_SEVERITY)
		station = find(t, t->process.config.notify_station);
	if (target)
		e = add_job(t, target, &n);
	if (e == OK && station && station != target)
		e = add_job(t, station, &second);
	return e;
}

enum error triage_notify_escalation(struct triage *t, const struct store_late *a, int64_t *next_s)
{
	const struct config_target *target = find(t, *a->notify ? a->notify : t->process.config.notify_escalation);
	struct store_notify n = {.alert_id = a->id, .severity = (unsigned)a->severity, .what = NOTICE_ESCALATION,
		.step = (unsigned)a->escalated + 1, .escalated = (unsigned)a->escalated + 1};
	*next_s = target && target->next_s ? target->next_s : t->process.config.escalate_again_s;
	memcpy(n.queue, a->queue, sizeof n.queue);
	return target ? add_job(t, target, &n) : OK;
}

enum error triage_notify_test(struct triage *t, struct asking *a)
{
	char name[NOTICE_NAME_SIZE];
	struct store_notify n = {.what = NOTICE_TEST};
	bytes_get_text(&a->payload, name, sizeof name);
	if (!bytes_end(&a->payload))
		return ERROR_MALFORMED;
	int i = config_target_find(&t->process.config, name);
	if (i < 0)
		return asking_refuse(a, ERROR_ARGUMENT, "there is no target \"%s\" in tama.conf (targets = ( … ))", name);
	snprintf(a->detail, sizeof a->detail, "target=%s", name);
	a->committed = triage_notify_send;
	return add_job(t, &t->process.config.targets[i], &n);
}

// ---- handing over ---------------------------------------------------------------------------------------------------

static void tell_target(struct triage *t, size_t i)
{
	uint8_t body[TARGET_STATE_SIZE];
	struct bytes_writer w;
	struct target_state *s = &t->notify.states[i];
	int64_t waiting = 0;
	memcpy(s->name, t->process.config.targets[i].name, sizeof s->name);
	if (store_notify_waiting(t->store, s->name, &waiting) != OK)
		log_warn("notify: %s", store_why(t->store));
	s->waiting = (uint64_t)waiting;
	bytes_writer_init(&w, body, sizeof body);
	target_state_put(&w, s);
	if (!bytes_ok(&w) || message_send(PROCESS_CONTROL_FD, MESSAGE_TARGET, body, sizeof body, -1) != OK)
		log_debug("target's state not told");
}

static bool is_handed(const struct triage *t, size_t target, uint64_t id)
{
	for (size_t i = 0; i < NOTIFY_WINDOW; i++)
		if (t->notify.handed[target][i] == id)
			return true;
	return false;
}

static bool hand_over(struct triage *t, size_t i, const struct store_notify *job)
{
	const struct config_target *target = &t->process.config.targets[i];
	uint8_t body[NOTICE_SIZE];
	struct bytes_writer w;
	struct notice n = {.id = job->id, .what = (enum notice_what)job->what, .alerts = job->alerts, .at = job->at};
	memcpy(n.target, target->name, sizeof n.target);
	if (target->kind == TARGET_MAIL && !config_target_step(target, (int64_t)time(NULL), job->step, n.to))
		return false;
	if (target->level == LEVEL_ROUTING) {
		n.alert_id = job->alert_id;
		n.severity = (uint8_t)job->severity;
		n.escalated = job->escalated;
		memcpy(n.queue, job->queue, sizeof n.queue);
	}
	bytes_writer_init(&w, body, sizeof body);
	notice_put(&w, &n);
	if (!bytes_ok(&w) || message_send(t->notify.fd, MESSAGE_NOTIFY, body, sizeof body, -1) != OK)
		return false;
	for (size_t k = 0; k < NOTIFY_WINDOW; k++)
		if (!t->notify.handed[i][k]) {
			t->notify.handed[i][k] = job->id;
			break;
		}
	return true;
}

// To every phone of the step at once, through the outbox: with the job in one transaction, so that it is once.
static enum error put_out(struct triage *t, size_t i, const struct store_notify *job)
{
	const struct config_target *target = &t->process.config.targets[i];
	char to[CONFIG_TEXT], *rest = to;
	enum error e = triage_begin(t);
	if (e == OK && config_target_step(target, (int64_t)time(NULL), job->step, to))
		for (const char *phone; e == OK && (phone = strsep(&rest, ","));)
			if (*phone)
				e = triage_outbox_to(t, phone, target->text, (int64_t)time(NULL));
	if (e == OK)
		e = store_notify_done(t->store, job->id, "sent");
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		triage_rollback(t);
		return e;
	}
	t->notify.states[i].last_ok = (int64_t)time(NULL);
	t->notify.states[i].delivered++;
	return OK;
}

static void due(void *ctx)
{
	triage_notify_send(ctx);
}

static void failed(struct triage *t, enum error e)
{
	log_error("notify: %s: %s; tried again", error_text(e), store_why(t->store));
	loop_timer(t->process.loop, TRIAGE_TIMER_NOTIFY, RETRY_MS, due, t);
}

static enum error send_target(struct triage *t, size_t i, int64_t now)
{
	const struct config_target *target = &t->process.config.targets[i];
	struct store_notify due[NOTIFY_WINDOW];
	size_t count = 0;
	bool sms = target->kind == TARGET_SMS;
	if (sms ? triage_is_locked(t) : t->notify.fd < 0)
		return OK;
	enum error e = store_notify_due(t->store, target->name, now, NOTIFY_WINDOW, due, &count);
	for (size_t k = 0; k < count && e == OK; k++) {
		if (sms)
			e = put_out(t, i, &due[k]);
		else if (!is_handed(t, i, due[k].id) && !hand_over(t, i, &due[k]))
			break;
	}
	if (sms && count && e == OK)
		triage_send_waiting(t);
	return e;
}

void triage_notify_send(struct triage *t)
{
	int64_t now = (int64_t)time(NULL), at;
	enum error e = OK;
	t->notify.wait = false;
	for (size_t i = 0; i < t->process.config.target_count && e == OK; i++) {
		e = send_target(t, i, now);
		tell_target(t, i);
	}
	if (e != OK) {
		failed(t, e);
		return;
	}
	if (now / 86400 != t->notify.purged_day && store_notify_purge(t->store, now - KEPT_S) == OK)
		t->notify.purged_day = now / 86400;
	if (store_notify_next(t->store, now, &at) == OK)
		loop_timer(t->process.loop, TRIAGE_TIMER_NOTIFY, (at - now < 3600 ? at - now : 3600) * 1000,
			due, t);
}

// ---- what comes of it -------------------------------------------------------------------------------------------------

static int take_back(struct triage *t, uint64_t id)
{
	for (size_t i = 0; id && i < t->process.config.target_count; i++)
		for (size_t k = 0; k < NOTIFY_WINDOW; k++)
			if (t->notify.handed[i][k] == id) {
				t->notify.handed[i][k] = 0;
				return (int)i;
			}
	return -1;
}

static enum error close_job(struct triage *t, uint64_t id, int target, enum error result)
{
	const char *name = t->process.config.targets[target].name;
	int64_t today = (int64_t)time(NULL) / 86400;
	enum error e = store_notify_done(t->store, id, result == OK ? "sent" : "failed");
	if (result == OK)
		return e;
	if (e == OK)
		e = triage_audit(t, "notify-failed", "station", "target=%s job=%llu", name, (unsigned long long)id);
	if (e == OK && t->notify.said_day[target] != today && !triage_is_locked(t)) {
		t->notify.said_day[target] = today;
		e = triage_notice(t, 3, "Tama: target %s could not be notified for %lld hours. `tama status` says why; "
					"`tama notify test %s` tries it.", name, (long long)t->process.config.notify_give_up_h, name);
	}
	return e;
}

static void hang_up(struct triage *t)
{
	loop_forget(t->process.loop, t->notify.fd);
	close(t->notify.fd);
	t->notify.fd = -1;
	memset(t->notify.handed, 0, sizeof t->notify.handed);
}

static bool hear_one(struct triage *t, const struct message *m, enum error *e)
{
	struct bytes_reader r;
	bytes_reader_init(&r, m->body, m->size);
	uint64_t id = bytes_get_u64(&r);
	uint8_t result = bytes_get_u8(&r);
	int target = take_back(t, id);
	if (m->type != MESSAGE_NOTIFIED || result >= ERROR_COUNT_ || target < 0)
		return false;
	if (*e == OK)
		*e = close_job(t, id, target, (enum error)result);
	return true;
}

static void hear_notify(void *ctx, int fd, short revents)
{
	struct triage *t = ctx;
	struct message m;
	enum error heard = message_receive(fd, &m);
	bool good = true;
	(void)revents;
	if (heard == ERROR_TIMEOUT)
		return;
	enum error e = triage_begin(t);
	for (int i = 0; heard == OK && good && i < HEARD_MAX; i++) {
		good = hear_one(t, &m, &e);
		if (m.fd >= 0)
			close(m.fd);
		if (good && i + 1 < HEARD_MAX)
			heard = message_receive(fd, &m);
	}
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		triage_rollback(t); // what was done is handed over again, and answered again at once
		failed(t, e);
	}
	if (!good || (heard != OK && heard != ERROR_TIMEOUT))
		hang_up(t);
	else if (e == OK)
		triage_notify_send(t);
}

void triage_notify_peer(struct triage *t, int fd)
{
	if (t->notify.fd >= 0)
		hang_up(t);
	t->notify.fd = fd;
	BUG_IF(loop_watch(t->process.loop, fd, POLLIN, hear_notify, t) != OK);
	triage_notify_send(t);
}
