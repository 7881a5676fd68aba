// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gateway/store_record.h"
#include "gateway/store_sqlite.h"

enum error store_drill_add(struct store *s, const struct store_drill *d)
{
	static const char sql[] = "INSERT INTO drill (id, from_at, to_at, officer, body) VALUES (?, ?, ?, ?, ?)";
	return sql_run(s, sql, "iiisb", (int64_t)d->id, d->from_at, d->to_at, d->officer, d->body, d->body_size);
}

enum error store_drill_end(struct store *s, uint32_t id, int64_t to_at)
{
	static const char sql[] = "UPDATE drill SET to_at = ? WHERE id = ?";
	return sql_run(s, sql, "ii", to_at, (int64_t)id);
}

enum error store_drills(struct store *s, bool (*row)(void *ctx, const struct store_drill *d), void *ctx)
{
	static const char sql[] = "SELECT id, from_at, to_at, officer, body FROM drill ORDER BY id DESC";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_drill d = {.id = (uint32_t)sqlite3_column_int64(st, 0), .from_at = sqlite3_column_int64(st, 1),
			.to_at = sqlite3_column_int64(st, 2), .body = sqlite3_column_blob(st, 4),
			.body_size = (size_t)sqlite3_column_bytes(st, 4)};
		sql_text(st, 3, d.officer, sizeof d.officer);
		if (!row(ctx, &d))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}
