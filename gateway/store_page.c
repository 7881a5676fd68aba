// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_page.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/store_sqlite.h"

#define QUEUES_MAX 64

static const char *const states[] = {"new", "acknowledged", "verifying", "responded", "referred", "closed"};

// What was found so far of one severity, by id; never more than is asked for.
struct pile {
	uint64_t ids[2 * STORE_PAGE_MAX];
	size_t count, limit;
};

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void settle(struct pile *p)
{
	size_t n = 0;
	qsort(p->ids, p->count, sizeof *p->ids, by_id);
	for (size_t i = 0; i < p->count && n < p->limit; i++)
		if (n == 0 || p->ids[n - 1] != p->ids[i])
			p->ids[n++] = p->ids[i];
	p->count = n;
}

static enum error take(struct store *s, sqlite3_stmt *st, struct pile *p)
{
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		p->ids[p->count++] = (uint64_t)sqlite3_column_int64(st, 0);
		if (p->count == ARRAY_LENGTH(p->ids))
			settle(p);
	}
	sql_finish(st);
	return sql_error(rc);
}

// The two ways in which an alert belongs to a queue; each is one walk along an index.
static enum error take_queue(struct store *s, const char *queue, const char *state, int severity, uint64_t after,
	struct pile *p)
{
	static const char own[] = "SELECT id FROM alert WHERE queue = ? AND state = ? AND severity = ? AND id > ?"
				  " ORDER BY id LIMIT ?",
			  over[] = "SELECT id FROM alert WHERE oversight = ? AND oversight <> '' AND state = ?"
				   " AND severity = ? AND id > ? ORDER BY id LIMIT ?";
	enum error e = take(s, sql_query(s, own, "ssiii", queue, state, (int64_t)severity, (int64_t)after,
				       (int64_t)p->limit), p);
	settle(p);
	if (e == OK)
		e = take(s, sql_query(s, over, "ssiii", queue, state, (int64_t)severity, (int64_t)after,
				   (int64_t)p->limit), p);
	settle(p);
	return e;
}

static enum error take_granted(struct store *s, const struct store_page *q, const char *state, int severity,
	uint64_t after, struct pile *p)
{
	static const char sql[] = "SELECT alert.id FROM alert_grant JOIN alert ON alert.id = alert_grant.alert_id"
				  " WHERE alert_grant.officer = ? AND state = ? AND severity = ? AND alert.id > ?"
				  " AND (?5 = '' OR queue = ?5) ORDER BY alert.id LIMIT ?6";
	enum error e = take(s, sql_query(s, sql, "ssiisi", q->officer, state, (int64_t)severity, (int64_t)after,
				       q->queue ? q->queue : "", (int64_t)p->limit), p);
	settle(p);
	return e;
}

static enum error own_queues(struct store *s, const struct store_page *q, char names[][STORE_QUEUE_SIZE], size_t *count)
{
	static const char sql[] = "SELECT queue FROM officer_queue WHERE officer = ?1 AND (?2 = '' OR queue = ?2)";
	sqlite3_stmt *st = sql_query(s, sql, "ss", q->officer, q->queue ? q->queue : "");
	int rc;
	if (!st)
		return sql_failed(s);
	*count = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && *count < QUEUES_MAX)
		sql_text(st, 0, names[(*count)++], STORE_QUEUE_SIZE);
	sql_finish(st);
	return sql_error(rc);
}

static bool is_wanted(const struct store_page *q, const char *state)
{
	if (q->state)
		return !strcmp(q->state, state);
	return q->all || strcmp(state, "closed") != 0;
}

enum error store_alert_page(struct store *s, const struct store_page *q, struct store_key *out, size_t *count)
{
	char queues[QUEUES_MAX][STORE_QUEUE_SIZE];
	size_t n = 0;
	enum error e = q->duress ? OK : own_queues(s, q, queues, &n);
	*count = 0;
	for (int severity = q->after_severity ? q->after_severity : 5; severity > 0 && e == OK; severity--) {
		struct pile p = {.limit = q->limit - *count};
		uint64_t after = severity == q->after_severity ? q->after_id : 0;
		if (p.limit == 0)
			break;
		if (q->severity && severity != q->severity)
			continue;
		for (size_t i = 0; i < ARRAY_LENGTH(states) && e == OK; i++) {
			if (!is_wanted(q, states[i]))
				continue;
			if (q->duress)
				e = take_granted(s, q, states[i], severity, after, &p);
			for (size_t k = 0; k < n && e == OK; k++)
				e = take_queue(s, queues[k], states[i], severity, after, &p);
		}
		for (size_t i = 0; i < p.count; i++)
			out[(*count)++] = (struct store_key){severity, p.ids[i]};
	}
	return e;
}

// ---- how many -------------------------------------------------------------------------------------------------------

enum error store_alert_tally(struct store *s, const char *officer,
	bool (*row)(void *ctx, const struct store_tally *t), void *ctx)
{
	static const char sql[] = "SELECT queue, oversight, state, severity, n FROM alert_tally WHERE n > 0 AND"
				  " (queue IN (SELECT queue FROM officer_queue WHERE officer = ?1)"
				  " OR oversight IN (SELECT queue FROM officer_queue WHERE officer = ?1))";
	sqlite3_stmt *st = sql_query(s, sql, "s", officer);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_tally t = {.severity = sqlite3_column_int(st, 3), .count = sqlite3_column_int64(st, 4)};
		sql_text(st, 0, t.queue, sizeof t.queue);
		sql_text(st, 1, t.oversight, sizeof t.oversight);
		sql_text(st, 2, t.state, sizeof t.state);
		if (!row(ctx, &t))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

// ---- what changed -----------------------------------------------------------------------------------------------------

enum error store_alerts_since(struct store *s, uint64_t after_id, uint64_t *out, size_t room, size_t *count)
{
	static const char sql[] = "SELECT id FROM alert WHERE id > ? ORDER BY id LIMIT ?";
	sqlite3_stmt *st = sql_query(s, sql, "ii", (int64_t)after_id, (int64_t)room);
	int rc;
	if (!st)
		return sql_failed(s);
	for (*count = 0; (rc = sqlite3_step(st)) == SQLITE_ROW;)
		out[(*count)++] = (uint64_t)sqlite3_column_int64(st, 0);
	sql_finish(st);
	return sql_error(rc);
}

enum error store_steps_since(struct store *s, uint64_t *after_step, uint64_t *out, size_t room, size_t *count)
{
	static const char sql[] = "SELECT id, alert_id FROM step WHERE id > ? ORDER BY id LIMIT ?";
	sqlite3_stmt *st = sql_query(s, sql, "ii", (int64_t)*after_step, (int64_t)room);
	int rc;
	if (!st)
		return sql_failed(s);
	for (*count = 0; (rc = sqlite3_step(st)) == SQLITE_ROW;) {
		*after_step = (uint64_t)sqlite3_column_int64(st, 0);
		out[(*count)++] = (uint64_t)sqlite3_column_int64(st, 1);
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_last_step(struct store *s, uint64_t *id)
{
	static const char sql[] = "SELECT coalesce(max(id), 0) FROM step";
	return sql_number(s, sql_query(s, sql, ""), (int64_t *)id);
}
