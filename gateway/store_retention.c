// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/store_sqlite.h"

enum error store_alert_due(struct store *s, int64_t before_day, bool (*row)(void *ctx, const struct store_due *a),
	void *ctx)
{
	static const char sql[] = "SELECT id, day, queue, outcome FROM alert WHERE expired = 0 AND day < ? ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "i", before_day);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_due a = {.id = (uint64_t)sqlite3_column_int64(st, 0), .day = sqlite3_column_int64(st, 1)};
		sql_text(st, 2, a.queue, sizeof a.queue);
		sql_text(st, 3, a.outcome, sizeof a.outcome);
		if (!row(ctx, &a))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_alert_expire(struct store *s, uint64_t id)
{
	static const char row[] = "UPDATE alert SET body = x'', oversight_wrap = NULL, expired = 1, notify = '', deadline_at = 0,"
					" ack_s = 0, escalate_at = 0, escalated_at = 0 WHERE id = ?",
			  notes[] = "UPDATE step SET body = x'' WHERE alert_id = ?",
			  grants[] = "DELETE FROM alert_grant WHERE alert_id = ?",
			  identity[] = "DELETE FROM identity WHERE alert_id = ?",
			  shares[] = "DELETE FROM share WHERE alert_id = ?",
			  origin[] = "DELETE FROM origin WHERE alert_id = ?",
			  guard[] = "DELETE FROM guard WHERE alert_id = ?";
	static const char *const all[] = {row, notes, grants, identity, shares, origin, guard};
	enum error e = OK;
	for (size_t i = 0; i < ARRAY_LENGTH(all) && e == OK; i++)
		e = sql_run(s, all[i], "i", (int64_t)id);
	return e;
}

enum error store_content_keys_purge(struct store *s, int64_t before_day)
{
	static const char sql[] =
		"DELETE FROM content_seal WHERE key_id IN (SELECT id FROM content_key WHERE day < ? AND NOT EXISTS"
		" (SELECT 1 FROM alert WHERE expired = 0 AND (key_id = content_key.id OR oversight_key_id = content_key.id)))";
	return sql_run(s, sql, "i", before_day);
}

enum error store_shrink(struct store *s)
{
	return sql_error(sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)) == OK ||
			       sqlite3_errcode(s->db) == SQLITE_BUSY ? // an officer reads: next time
		       OK :
		       sql_failed(s);
}

enum error store_copy(struct store *s, const char *path)
{
	static const char leave_out[] =
		"PRAGMA journal_mode=DELETE; PRAGMA secure_delete=ON; DELETE FROM origin; DELETE FROM outbox; DELETE FROM notify_job; DELETE FROM part;"
		"DELETE FROM seen; DELETE FROM one_time; DELETE FROM incident WHERE id <> 0; DELETE FROM reporter; DELETE FROM series;"
		"DELETE FROM reporter_code; DELETE FROM judged; DELETE FROM incident_at;"
		"DELETE FROM guard; UPDATE ruleset SET body = x'', comment = x'';"
		"UPDATE section_item SET made = x'', link = x''; DELETE FROM section_due;"
		"UPDATE reveal SET session = x'', state = 'asked-before' WHERE state = 'asked';"
		"DELETE FROM meta WHERE name NOT IN ('custody_threshold', 'audit_step', 'stop_list', 'reporter_last'); VACUUM;";
	sqlite3 *to = NULL;
	if (access(path, F_OK) == 0)
		return ERROR_EXISTS;
	mode_t before = umask(0077);
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	umask(before);
	sqlite3_backup *b = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", s->db, "main") : NULL;
	if (b) {
		while ((rc = sqlite3_backup_step(b, 256)) == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
			if (rc != SQLITE_OK)
				sqlite3_sleep(20);
		rc = sqlite3_backup_finish(b);
	} else if (rc == SQLITE_OK) {
		rc = sqlite3_errcode(to);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(to, leave_out, NULL, NULL, NULL);
	sqlite3_close(to);
	if (rc != SQLITE_OK)
		unlink(path);
	return sql_error(rc);
}
