// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_notify.h"

#include <stdio.h>

#include "gateway/store_sqlite.h"

enum error store_notify_add(struct store *s, const struct store_notify *n)
{
	static const char sql[] = "INSERT INTO notify_job (target, step, what, alert_id, queue, severity, alerts, escalated, at,"
				  " due_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')";
	return sql_run(s, sql, "siiisiiiii", n->target, (int64_t)n->step, (int64_t)n->what, (int64_t)n->alert_id, n->queue,
		(int64_t)n->severity, (int64_t)n->alerts, (int64_t)n->escalated, n->at, n->due_at);
}

enum error store_notify_join(struct store *s, const struct store_notify *n, bool *joined)
{
	static const char sql[] = "UPDATE notify_job SET alerts = alerts + ?, severity = max(severity, ?), escalated = max(escalated, ?)"
				  " WHERE target = ? AND step = ? AND state = 'waiting' AND due_at > ?";
	enum error e = sql_run(s, sql, "iiisii", (int64_t)n->alerts, (int64_t)n->severity, (int64_t)n->escalated, n->target,
		(int64_t)n->step, n->at);
	*joined = e == OK && sqlite3_changes(s->db) > 0;
	return e;
}

enum error store_notify_last(struct store *s, const char *target, unsigned step, int64_t *due_at)
{
	static const char sql[] = "SELECT due_at FROM notify_job WHERE target = ? AND step = ? ORDER BY due_at DESC LIMIT 1";
	return sql_number(s, sql_query(s, sql, "si", target, (int64_t)step), due_at);
}

enum error store_notify_due(struct store *s, const char *target, int64_t now, size_t most, struct store_notify *out,
	size_t *count)
{
	static const char sql[] = "SELECT id, alert_id, step, what, severity, alerts, escalated, at, due_at, queue FROM notify_job"
				  " WHERE state = 'waiting' AND target = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?";
	sqlite3_stmt *st = sql_query(s, sql, "sii", target, now, (int64_t)most);
	int rc = SQLITE_DONE;
	*count = 0;
	if (!st)
		return sql_failed(s);
	while (*count < most && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_notify *n = &out[(*count)++];
		*n = (struct store_notify){.id = (uint64_t)sqlite3_column_int64(st, 0),
			.alert_id = (uint64_t)sqlite3_column_int64(st, 1), .step = (unsigned)sqlite3_column_int(st, 2),
			.what = (unsigned)sqlite3_column_int(st, 3), .severity = (unsigned)sqlite3_column_int(st, 4),
			.alerts = (unsigned)sqlite3_column_int(st, 5), .escalated = (unsigned)sqlite3_column_int(st, 6),
			.at = sqlite3_column_int64(st, 7), .due_at = sqlite3_column_int64(st, 8)};
		sql_text(st, 9, n->queue, sizeof n->queue);
		snprintf(n->target, sizeof n->target, "%s", target);
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_notify_next(struct store *s, int64_t now, int64_t *at)
{
	static const char sql[] = "SELECT due_at FROM notify_job WHERE state = 'waiting' AND due_at > ? ORDER BY due_at LIMIT 1";
	return sql_number(s, sql_query(s, sql, "i", now), at);
}

enum error store_notify_done(struct store *s, uint64_t id, const char *state)
{
	static const char sql[] = "UPDATE notify_job SET state = ? WHERE id = ?";
	return sql_run(s, sql, "si", state, (int64_t)id);
}

enum error store_notify_waiting(struct store *s, const char *target, int64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM notify_job WHERE state = 'waiting' AND target = ?";
	return sql_number(s, sql_query(s, sql, "s", target), count);
}

// The newest stays: with it the next id is another one.
enum error store_notify_purge(struct store *s, int64_t before)
{
	static const char sql[] = "DELETE FROM notify_job WHERE at < ? AND id < (SELECT max(id) FROM notify_job)";
	return sql_run(s, sql, "i", before);
}
