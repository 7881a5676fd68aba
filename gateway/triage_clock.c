// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the station's clock may be believed when something is to be destroyed for good. It is held against the
// kernel's own count of time, against what it was when the station last ran, and against the network's time stamps.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_request.h"

#define JUMP_S 300             // more than any NTP correction of a clock that runs
#define OFF_S (3 * 86400)      // a station that was off longer asks the network for the time
#define NETWORK_OFF_S 86400    // time stamps of the network may be late, and in another time zone
#define NETWORK_AGREES_S 43200
#define NETWORK_MESSAGES 5     // that all say the same
#define CLOCK_NAME "clock"

int64_t triage_boot_s(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

static void suspend(struct triage *t, const char *why, int64_t by_s)
{
	struct triage_clock *c = &t->clock;
	if (c->suspended)
		return;
	c->suspended = true;
	c->agree = c->disagree = 0;
	snprintf(c->why, sizeof c->why, "%s (%+" PRId64 " h)", why, by_s / 3600);
	log_error("nothing is destroyed: %s", c->why);
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, "clock-doubted", "station", "%s", c->why);
	if (e == OK)
		e = triage_notice(t, 4, "Tama: the station's clock cannot be believed: %s. Nothing is destroyed at the end of its "
					"retention until the network's time agrees, or a supervisor says `tama key clock`.", c->why);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("the doubt cannot be written down: %s", error_text(e));
		triage_rollback(t);
	}
	triage_tell_state(t);
}

static void believe(struct triage *t, const char *why)
{
	t->clock.suspended = false;
	t->clock.why[0] = 0;
	triage_audit_now(t, "clock-believed", "station", why);
	log_info("the clock is believed again: %s", why);
	triage_tell_state(t);
}

static void remember(struct triage *t, int64_t now)
{
	enum error e = triage_begin(t);
	if (e == OK)
		e = store_meta_put(t->store, CLOCK_NAME, &now, sizeof now);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK)
		triage_rollback(t);
}

static void look_back(struct triage *t, int64_t now)
{
	int64_t last;
	size_t size;
	if (store_meta_get(t->store, CLOCK_NAME, &last, sizeof last, &size) != OK || size != sizeof last)
		return; // a new station
	if (now < last - JUMP_S)
		suspend(t, "it is earlier than when the station last ran", now - last);
	else if (now > last + OFF_S)
		suspend(t, "the station was off for long, or its clock was set forward", now - last);
}

bool triage_clock_check(struct triage *t, int64_t now)
{
	struct triage_clock *c = &t->clock;
	int64_t boot = triage_boot_s(), off = c->started ? (now - c->wall) - (boot - c->boot) : 0;
	if (triage_is_locked(t))
		return false;
	if (!c->started)
		look_back(t, now);
	else if (llabs(off) > JUMP_S)
		suspend(t, "it jumped", off);
	c->started = true;
	c->wall = now;
	c->boot = boot;
	if (!c->suspended && llabs(now - c->remembered) >= 3600) {
		remember(t, now);
		c->remembered = now;
	}
	return !c->suspended;
}

// A message may be late, but not from tomorrow; and when all of them are off alike, it is our clock that is.
void triage_clock_network(struct triage *t, int64_t sent_at, int64_t received_at)
{
	struct triage_clock *c = &t->clock;
	int64_t off = llabs(received_at - sent_at);
	if (sent_at <= 0)
		return;
	c->agree = off <= NETWORK_AGREES_S ? c->agree + 1 : 0;
	c->disagree = off > NETWORK_OFF_S ? c->disagree + 1 : 0;
	c->off = received_at - sent_at;
}

void triage_clock_settle(struct triage *t)
{
	struct triage_clock *c = &t->clock;
	if (c->suspended && c->agree >= NETWORK_MESSAGES)
		believe(t, "the network's time agrees");
	else if (!c->suspended && c->disagree >= NETWORK_MESSAGES)
		suspend(t, "the network's time is another", c->off);
}

enum error triage_clock_confirm(struct triage *t, struct asking *a)
{
	if (!bytes_end(&a->payload))
		return ERROR_MALFORMED;
	snprintf(a->detail, sizeof a->detail, "was doubted: %s", t->clock.suspended ? t->clock.why : "no");
	t->clock.suspended = false;
	t->clock.why[0] = 0;
	t->clock.disagree = 0;
	a->committed = triage_tell_state;
	return OK;
}
