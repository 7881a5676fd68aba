// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_console.h"

#include "gateway/store_sqlite.h"

enum error store_totp_put(struct store *s, const char *officer, const void *own, const void *duress, size_t size)
{
	static const char sql[] = "INSERT INTO totp (officer, own, duress) VALUES (?, ?, ?) ON CONFLICT (officer)"
				  " DO UPDATE SET own = excluded.own, duress = excluded.duress";
	return sql_run(s, sql, "sbb", officer, own, size, duress, size);
}

enum error store_totp_get(struct store *s, const char *officer, bool duress, void *out, size_t room, size_t *size)
{
	static const char own[] = "SELECT own FROM totp WHERE officer = ?",
			  under[] = "SELECT duress FROM totp WHERE officer = ?";
	return sql_blob(s, sql_query(s, duress ? under : own, "s", officer), out, room, size);
}

enum error store_totp_drop(struct store *s, const char *officer)
{
	static const char sql[] = "DELETE FROM totp WHERE officer = ?";
	return sql_run(s, sql, "s", officer);
}

enum error store_reveal_list(struct store *s, bool (*row)(void *ctx, const struct store_reveal *r), void *ctx)
{
	static const char sql[] = "SELECT id, alert_id, officer, at, opens_at, expires_at, emergency, state FROM reveal"
				  " ORDER BY id DESC";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_reveal r = {.id = (uint64_t)sqlite3_column_int64(st, 0),
			.alert_id = (uint64_t)sqlite3_column_int64(st, 1), .at = sqlite3_column_int64(st, 3),
			.opens_at = sqlite3_column_int64(st, 4), .expires_at = sqlite3_column_int64(st, 5),
			.emergency = sqlite3_column_int(st, 6)};
		sql_text(st, 2, r.officer, sizeof r.officer);
		sql_text(st, 7, r.state, sizeof r.state);
		if (!row(ctx, &r))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}
