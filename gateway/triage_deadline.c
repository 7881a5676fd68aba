// SPDX-License-Identifier: GPL-2.0-or-later
// Deadlines: what nobody acknowledges in time is escalated, again and again. They count from the moment at which
// officers can see the alert, and by the kernel's own count of time: who sets the clock makes nothing late.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage_notify.h"

#define BATCH 64
#define SET_S 5            // less is NTP's daily work
#define AGAIN_MS 10000     // behind a failure
#define SLEEP_MAX_S 3600

void triage_deadline_set(const struct triage *t, struct store_alert *row, int escalate_after_s)
{
	const struct config *c = &t->process.config;
	BUG_IF(row->severity < 1 || row->severity > 5);
	row->ack_s = c->ack_s[row->severity - 1];
	if (escalate_after_s && (!row->ack_s || escalate_after_s < row->ack_s))
		row->ack_s = escalate_after_s;
	if (row->ack_s)
		row->deadline_at = (int64_t)time(NULL) + row->ack_s;
	row->escalate_at = c->escalate_times ? row->deadline_at : 0;
}

// All or nothing, with one record in the chain.
static void move_all(struct triage *t, enum error (*how)(struct store *s, int64_t by), int64_t by, const char *why)
{
	int64_t first;
	enum error e = store_late_next(t->store, &first);
	if (e == ERROR_NOT_FOUND)
		return;
	if (e == OK)
		e = triage_begin(t);
	if (e == OK)
		e = how(t->store, by);
	if (e == OK)
		e = triage_audit(t, "deadlines-moved", "station", "%s", why);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("deadlines cannot be moved: %s: %s", error_text(e), store_why(t->store));
		triage_rollback(t);
	}
}

void triage_deadline_look(struct triage *t)
{
	struct triage_deadline *d = &t->deadline;
	char why[64];
	int64_t now = (int64_t)time(NULL), boot = triage_boot_s(), off = d->started ? (now - d->wall) - (boot - d->boot) : 0;
	if (llabs(off) > SET_S) {
		snprintf(why, sizeof why, "the clock was set by %+" PRId64 " s", off);
		log_warn("deadlines: %s", why);
		move_all(t, store_deadlines_shift, off, why);
		t->canary.sent_at += off;
		triage_deadline_arm(t);
	}
	*d = (struct triage_deadline){.started = true, .wall = now, .boot = boot};
}

static enum error escalate(struct triage *t, const struct store_late *a, int64_t now)
{
	const struct config *c = &t->process.config;
	bool last = a->escalated + 1 >= c->escalate_times;
	int64_t next_s;
	enum error e = triage_notify_escalation(t, a, &next_s);
	if (e == OK)
		e = store_escalate(t->store, a->id, now, last ? 0 : now + next_s);
	if (e == OK)
		e = triage_audit(t, "escalated", "station", "alert=%llu severity=%d time=%d", (unsigned long long)a->id,
			a->severity, a->escalated + 1);
	return e;
}

// One transaction for what is late: the officers' screens hear of it once.
static enum error escalate_late(struct triage *t, int64_t now, size_t *count)
{
	struct store_late late[BATCH];
	enum error e = triage_begin(t);
	if (e == OK)
		e = store_late_list(t->store, now, BATCH, late, count);
	for (size_t i = 0; i < *count && e == OK; i++)
		e = escalate(t, &late[i], now);
	return e == OK ? triage_commit(t) : e;
}

static void due(void *ctx)
{
	struct triage *t = ctx;
	size_t count = 0;
	if (triage_is_locked(t))
		return;
	triage_deadline_look(t);
	enum error e = escalate_late(t, (int64_t)time(NULL), &count);
	if (e != OK) {
		log_error("escalation: %s: %s; tried again", error_text(e), store_why(t->store));
		triage_rollback(t);
		loop_timer(t->process.loop, TRIAGE_TIMER_DEADLINE, AGAIN_MS, due, t);
		return;
	}
	if (count) {
		log_warn("alerts=%zu escalated: nobody acknowledged them in time", count);
		t->state.counters[TRIAGE_ESCALATED] += count;
		triage_tell_state(t);
		triage_alerts_changed(t);
		triage_notify_send(t);
	}
	triage_deadline_arm(t);
}

void triage_deadline_arm(struct triage *t)
{
	int64_t at, left, now = (int64_t)time(NULL);
	if (triage_is_locked(t) || store_late_next(t->store, &at) != OK) {
		loop_timer_stop(t->process.loop, TRIAGE_TIMER_DEADLINE);
		return;
	}
	left = at > now ? at - now : 0;
	loop_timer(t->process.loop, TRIAGE_TIMER_DEADLINE, (left < SLEEP_MAX_S ? left : SLEEP_MAX_S) * 1000, due, t);
}

// What became late while the station was locked or off is escalated now; but not by a clock that nobody believes.
void triage_deadline_begin(struct triage *t)
{
	triage_clock_check(t, (int64_t)time(NULL));
	triage_deadline_look(t);
	if (t->clock.suspended)
		move_all(t, store_deadlines_renew, (int64_t)time(NULL), "at the start: the clock is not believed");
	triage_deadline_arm(t);
}
