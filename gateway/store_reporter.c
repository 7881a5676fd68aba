// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_reporter.h"

#include <string.h>

#include "gateway/store_sqlite.h"

enum error store_reporter_issue(struct store *s, const struct store_reporter *r)
{
	static const char sql[] = "INSERT INTO reporter_code (id, tag, body) VALUES (?, ?, ?)";
	return sql_run(s, sql, "ibb", (int64_t)r->id, r->tag, (size_t)STORE_TAG_SIZE, r->body, r->body_size);
}

enum error store_reporter_put(struct store *s, uint32_t id, const void *body, size_t size)
{
	static const char sql[] = "UPDATE reporter_code SET body = ? WHERE id = ?";
	return sql_run(s, sql, "bi", body, size, (int64_t)id);
}

enum error store_reporter_get(struct store *s, const uint8_t *tag, uint32_t *id, void *body, size_t room, size_t *size)
{
	static const char by_tag[] = "SELECT id, body FROM reporter_code WHERE tag = ?",
			  by_id[] = "SELECT id, body FROM reporter_code WHERE id = ?";
	sqlite3_stmt *st = tag ? sql_query(s, by_tag, "b", tag, (size_t)STORE_TAG_SIZE) : sql_query(s, by_id, "i", (int64_t)*id);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	*size = rc == SQLITE_ROW ? (size_t)sqlite3_column_bytes(st, 1) : 0;
	bool fits = *size <= room;
	if (rc == SQLITE_ROW && fits) {
		*id = (uint32_t)sqlite3_column_int64(st, 0);
		memcpy(body, sqlite3_column_blob(st, 1), *size);
	}
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : !fits ? ERROR_TOO_LARGE : sql_error(rc);
}

enum error store_reporter_list(struct store *s, uint32_t after_id,
	bool (*row)(void *ctx, const struct store_reporter *r), void *ctx)
{
	static const char sql[] = "SELECT id, body FROM reporter_code WHERE id > ? ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)after_id);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_reporter r = {.id = (uint32_t)sqlite3_column_int64(st, 0), .body = sqlite3_column_blob(st, 1),
			.body_size = (size_t)sqlite3_column_bytes(st, 1)};
		if (!row(ctx, &r))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_reporter_drop(struct store *s)
{
	static const char sql[] = "DELETE FROM reporter_code";
	return sql_run(s, sql, "");
}

enum error store_judged_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], bool *fresh)
{
	static const char sql[] = "INSERT OR IGNORE INTO judged (tag) VALUES (?)";
	enum error e = sql_run(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
	*fresh = sqlite3_changes(s->db) > 0;
	return e;
}
