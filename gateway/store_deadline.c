// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_sqlite.h"

enum error store_late_list(struct store *s, int64_t now, size_t most, struct store_late *out, size_t *count)
{
	static const char sql[] = "SELECT id, severity, escalated, queue, notify FROM alert"
				  " WHERE state = 'new' AND escalate_at > 0 AND escalate_at <= ? ORDER BY escalate_at LIMIT ?";
	sqlite3_stmt *st = sql_query(s, sql, "ii", now, (int64_t)most);
	int rc = SQLITE_DONE;
	*count = 0;
	if (!st)
		return sql_failed(s);
	while (*count < most && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_late *a = &out[(*count)++];
		*a = (struct store_late){.id = (uint64_t)sqlite3_column_int64(st, 0), .severity = sqlite3_column_int(st, 1),
			.escalated = sqlite3_column_int(st, 2)};
		sql_text(st, 3, a->queue, sizeof a->queue);
		sql_text(st, 4, a->notify, sizeof a->notify);
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_late_next(struct store *s, int64_t *at)
{
	static const char sql[] = "SELECT escalate_at FROM alert WHERE state = 'new' AND escalate_at > 0 ORDER BY escalate_at LIMIT 1";
	return sql_number(s, sql_query(s, sql, ""), at);
}

enum error store_late_count(struct store *s, int64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM alert WHERE state = 'new' AND escalated > 0";
	return sql_number(s, sql_query(s, sql, ""), count);
}

enum error store_escalate(struct store *s, uint64_t id, int64_t at, int64_t next_at)
{
	static const char sql[] = "UPDATE alert SET escalated = escalated + 1, escalated_at = ?, escalate_at = ? WHERE id = ?";
	return sql_run(s, sql, "iii", at, next_at, (int64_t)id);
}

enum error store_deadlines_shift(struct store *s, int64_t by_s)
{
	static const char sql[] = "UPDATE alert SET deadline_at = deadline_at + ?1, escalate_at = max(escalate_at + ?1, 1)"
				  " WHERE state = 'new' AND escalate_at > 0";
	return sql_run(s, sql, "i", by_s);
}

enum error store_deadlines_renew(struct store *s, int64_t now)
{
	static const char sql[] = "UPDATE alert SET deadline_at = CASE escalated WHEN 0 THEN ?1 + ack_s ELSE deadline_at END,"
				  " escalate_at = ?1 + ack_s WHERE state = 'new' AND escalate_at > 0";
	return sql_run(s, sql, "i", now);
}
