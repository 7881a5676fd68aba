// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gateway/store_sqlite.h"

// ---- content keys ---------------------------------------------------------------------------------------------

enum error store_content_key_add(struct store *s, const char *queue, int64_t day, uint64_t *id)
{
	static const char sql[] = "INSERT INTO content_key (queue, day) VALUES (?, ?)";
	enum error e = sql_run(s, sql, "si", queue, day);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_content_key_find(struct store *s, uint64_t id, char queue[static STORE_QUEUE_SIZE], int64_t *day)
{
	static const char sql[] = "SELECT queue, day FROM content_key WHERE id = ?";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)id);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		sql_text(st, 0, queue, STORE_QUEUE_SIZE);
		*day = sqlite3_column_int64(st, 1);
	}
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_content_seal_add(struct store *s, uint64_t key_id, const char *officer, const void *sealed,
	size_t size)
{
	static const char sql[] = "INSERT INTO content_seal (key_id, officer, sealed) VALUES (?, ?, ?)";
	return sql_run(s, sql, "isb", (int64_t)key_id, officer, sealed, size);
}

enum error store_content_seal_get(struct store *s, uint64_t key_id, const char *officer, void *out, size_t room,
	size_t *size)
{
	static const char sql[] = "SELECT sealed FROM content_seal WHERE key_id = ? AND officer = ?";
	return sql_blob(s, sql_query(s, sql, "is", (int64_t)key_id, officer), out, room, size);
}

enum error store_grant_add(struct store *s, uint64_t alert_id, const char *officer, const void *sealed, size_t size)
{
	static const char sql[] = "INSERT INTO alert_grant (alert_id, officer, sealed) VALUES (?, ?, ?)"
				  " ON CONFLICT (alert_id, officer) DO UPDATE SET sealed = excluded.sealed";
	return sql_run(s, sql, "isb", (int64_t)alert_id, officer, sealed, size);
}

enum error store_grant_get(struct store *s, uint64_t alert_id, const char *officer, void *out, size_t room,
	size_t *size)
{
	static const char sql[] = "SELECT sealed FROM alert_grant WHERE alert_id = ? AND officer = ?";
	return sql_blob(s, sql_query(s, sql, "is", (int64_t)alert_id, officer), out, room, size);
}

// ---- people ---------------------------------------------------------------------------------------------------

enum error store_officer_add(struct store *s, const struct officer_record *r, const char *role)
{
	static const char sql[] = "INSERT INTO officer (name, role, record) VALUES (?, ?, ?)";
	return sql_run(s, sql, "ssb", r->public.name, role, r, sizeof *r);
}

enum error store_officer_get(struct store *s, const char *name, struct officer_record *out)
{
	static const char sql[] = "SELECT record FROM officer WHERE name = ?";
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "s", name), out, sizeof *out, &size);
	return e == OK && size != sizeof *out ? ERROR_MALFORMED : e;
}

enum error store_officer_grant(struct store *s, const char *name, const char *queue)
{
	static const char sql[] = "INSERT OR IGNORE INTO officer_queue (officer, queue) VALUES (?, ?)";
	return sql_run(s, sql, "ss", name, queue);
}

enum error store_officer_may(struct store *s, const char *name, const char *queue, bool *may)
{
	static const char sql[] = "SELECT count(*) FROM officer_queue WHERE officer = ? AND queue = ?";
	int64_t n = 0;
	enum error e = sql_number(s, sql_query(s, sql, "ss", name, queue), &n);
	*may = n > 0;
	return e;
}

enum error store_officers_of(struct store *s, const char *queue,
	bool (*row)(void *ctx, const struct officer_record *r), void *ctx)
{
	static const char sql[] = "SELECT record FROM officer JOIN officer_queue ON officer = name WHERE queue = ?";
	sqlite3_stmt *st = sql_query(s, sql, "s", queue);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct officer_record r;
		if (sqlite3_column_bytes(st, 0) != sizeof r)
			continue;
		memcpy(&r, sqlite3_column_blob(st, 0), sizeof r);
		if (!row(ctx, &r))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_custodian_add(struct store *s, uint32_t id, const struct officer_public *p)
{
	static const char sql[] = "INSERT INTO custodian (id, public) VALUES (?, ?)";
	return sql_run(s, sql, "ib", (int64_t)id, p, sizeof *p);
}

enum error store_custodians(struct store *s, uint32_t *ids, struct officer_public *out, size_t room, size_t *count)
{
	static const char sql[] = "SELECT id, public FROM custodian ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	*count = 0;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && *count < room) {
		if (sqlite3_column_bytes(st, 1) != sizeof *out)
			continue;
		ids[*count] = (uint32_t)sqlite3_column_int64(st, 0);
		memcpy(&out[(*count)++], sqlite3_column_blob(st, 1), sizeof *out);
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_identity_add(struct store *s, uint64_t alert_id, int64_t expires_at, int64_t outer_day,
	const uint8_t record[static CUSTODY_IDENTITY_SIZE])
{
	static const char sql[] = "INSERT INTO identity (alert_id, expires_at, outer_day, record) VALUES (?, ?, ?, ?)";
	return sql_run(s, sql, "iiib", (int64_t)alert_id, expires_at, outer_day, record, (size_t)CUSTODY_IDENTITY_SIZE);
}

enum error store_identity_get(struct store *s, uint64_t alert_id, int64_t *expires_at, int64_t *outer_day,
	uint8_t record[static CUSTODY_IDENTITY_SIZE])
{
	static const char sql[] = "SELECT record FROM identity WHERE alert_id = ?",
			  when[] = "SELECT expires_at FROM identity WHERE alert_id = ?",
			  outer[] = "SELECT outer_day FROM identity WHERE alert_id = ?";
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "i", (int64_t)alert_id), record, CUSTODY_IDENTITY_SIZE, &size);
	if (e == OK)
		e = sql_number(s, sql_query(s, when, "i", (int64_t)alert_id), expires_at);
	if (e == OK)
		e = sql_number(s, sql_query(s, outer, "i", (int64_t)alert_id), outer_day);
	return e == OK && size != CUSTODY_IDENTITY_SIZE ? ERROR_MALFORMED : e;
}

enum error store_share_add(struct store *s, uint64_t alert_id, uint32_t custodian, const void *sealed, size_t size)
{
	static const char sql[] = "INSERT INTO share (alert_id, custodian, sealed) VALUES (?, ?, ?)";
	return sql_run(s, sql, "iib", (int64_t)alert_id, (int64_t)custodian, sealed, size);
}

enum error store_share_get(struct store *s, uint64_t alert_id, uint32_t custodian, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT sealed FROM share WHERE alert_id = ? AND custodian = ?";
	return sql_blob(s, sql_query(s, sql, "ii", (int64_t)alert_id, (int64_t)custodian), out, room, size);
}
