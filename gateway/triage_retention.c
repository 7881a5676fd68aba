// SPDX-License-Identifier: GPL-2.0-or-later
// The end of what is kept: pads destroyed, rows emptied, a trace that it was. Officers are reminded before.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/triage_alert.h"
#include "gateway/store_section.h"
#include "gateway/triage_section.h"

#define BATCH 200
#define REMIND_QUEUES 16

struct due {
	struct triage *t;
	int64_t today;
	uint64_t ids[BATCH];
	size_t count;
	struct {
		char queue[STORE_QUEUE_SIZE];
		unsigned alerts;
	} soon[REMIND_QUEUES]; // end within the reminder's days
	size_t queues;
};

static void count_soon(struct due *d, const char *queue)
{
	size_t i = 0;
	while (i < d->queues && strcmp(d->soon[i].queue, queue) != 0)
		i++;
	if (i == REMIND_QUEUES)
		return;
	if (i == d->queues)
		snprintf(d->soon[d->queues++].queue, STORE_QUEUE_SIZE, "%s", queue);
	d->soon[i].alerts++;
}

static bool look(void *ctx, const struct store_due *a)
{
	struct due *d = ctx;
	const struct config *c = &d->t->process.config;
	int64_t left = a->day + config_retention(c, a->queue, a->outcome) - d->today;
	if (left <= 0)
		d->ids[d->count++] = a->id;
	else if (left <= c->reminder_days)
		count_soon(d, a->queue);
	return d->count < BATCH;
}

static enum error destroy(struct due *d)
{
	struct triage *t = d->t;
	enum error e = triage_begin(t);
	for (size_t i = 0; i < d->count && e == OK; i++) {
		e = pads_destroy(t->pads, d->ids[i]);
		if (e == OK)
			e = store_alert_expire(t->store, d->ids[i]);
		if (e == OK)
			e = triage_section_expire(t, d->ids[i]);
	}
	if (e == OK)
		e = store_content_keys_purge(t->store, d->today - 2);
	if (e == OK) // whose alert this station can no longer tell: from before a restore
		e = store_section_items_purge(t->store, d->today - config_retention_max(&t->process.config));
	if (e == OK)
		e = triage_audit(t, "retention-ended", "station", "alerts=%zu first=%llu last=%llu", d->count,
			(unsigned long long)d->ids[0], (unsigned long long)d->ids[d->count - 1]);
	return e == OK ? triage_commit(t) : e;
}

static enum error remind(struct due *d)
{
	enum error e = triage_begin(d->t);
	for (size_t i = 0; i < d->queues && e == OK; i++)
		e = triage_notice(d->t, 2, "Tama: within %lld days the retention of %u alerts in queue %s ends. Then their texts and "
					   "senders are destroyed. Write down what must be kept, without names.",
			(long long)d->t->process.config.reminder_days, d->soon[i].alerts, d->soon[i].queue);
	return e == OK ? triage_commit(d->t) : e;
}

// Once a day; true when there is more to destroy.
bool triage_retention(struct triage *t, int64_t now)
{
	struct due d = {.t = t, .today = now / 86400};
	int64_t before = d.today - config_retention_min(&t->process.config) + t->process.config.reminder_days;
	if (t->retention_day == d.today)
		return false;
	enum error e = store_alert_due(t->store, before, look, &d);
	if (e == OK && d.count)
		e = destroy(&d);
	if (e == OK && d.count == BATCH)
		return true;
	if (e == OK && d.queues && t->process.config.reminder_days)
		e = remind(&d);
	if (e == OK)
		e = store_shrink(t->store);
	if (e != OK) {
		log_error("retention: %s: %s", error_text(e), store_why(t->store));
		triage_rollback(t);
	}
	t->retention_day = d.today;
	return false;
}
