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

enum error store_content_seal_put(struct store *s, uint64_t key_id, const char *officer, const void *sealed,
	size_t size)
{
	static const char sql[] = "INSERT OR REPLACE INTO content_seal (key_id, officer, sealed) VALUES (?, ?, ?)";
	return sql_run(s, sql, "isb", (int64_t)key_id, officer, sealed, size);
}

enum error store_content_seal_get(struct store *s, uint64_t key_id, const char *officer, void *out, size_t room,
	size_t *size)
{
	static const char sql[] = "SELECT sealed FROM content_seal WHERE key_id = ? AND officer = ?";
	return sql_blob(s, sql_query(s, sql, "is", (int64_t)key_id, officer), out, room, size);
}

enum error store_content_seals_drop(struct store *s, const char *officer, const char *queue)
{
	static const char sql[] = "DELETE FROM content_seal WHERE officer = ?1 AND (?2 = '' OR key_id IN"
				  " (SELECT id FROM content_key WHERE queue = ?2))";
	return sql_run(s, sql, "ss", officer, queue ? queue : "");
}

enum error store_content_keys(struct store *s, const char *queue, int64_t since_day,
	bool (*row)(void *ctx, uint64_t id, int64_t day), void *ctx)
{
	static const char sql[] = "SELECT id, day FROM content_key WHERE queue = ? AND day >= ? ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "si", queue, since_day);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!row(ctx, (uint64_t)sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)))
			break;
	sql_finish(st);
	return sql_error(rc);
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

enum error store_officer_add(struct store *s, const struct officer_record *r, const struct officer_record *duress,
	const char *role)
{
	static const char sql[] = "INSERT INTO officer (name, role, record, duress) VALUES (?, ?, ?, ?)";
	return sql_run(s, sql, "ssbb", r->public.name, role, r, sizeof *r, duress, sizeof *duress);
}

static enum error one_record(struct store *s, const char *sql, const char *name, struct officer_record *out)
{
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "s", name), out, sizeof *out, &size);
	return e == OK && size != sizeof *out ? ERROR_MALFORMED : e;
}

enum error store_officer_get(struct store *s, const char *name, struct officer_record *out)
{
	static const char sql[] = "SELECT record FROM officer WHERE name = ? AND revoked = 0";
	return one_record(s, sql, name, out);
}

enum error store_officer_duress(struct store *s, const char *name, struct officer_record *out)
{
	static const char sql[] = "SELECT duress FROM officer WHERE name = ? AND revoked = 0";
	return one_record(s, sql, name, out);
}

enum error store_officer_role(struct store *s, const char *name, char out[static STORE_STATE_SIZE])
{
	static const char sql[] = "SELECT role FROM officer WHERE name = ? AND revoked = 0";
	sqlite3_stmt *st = sql_query(s, sql, "s", name);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		sql_text(st, 0, out, STORE_STATE_SIZE);
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_officer_replace(struct store *s, const struct officer_record *r, const struct officer_record *duress)
{
	static const char sql[] = "UPDATE officer SET record = ?, duress = ? WHERE name = ? AND revoked = 0";
	enum error e = sql_run(s, sql, "bbs", r, sizeof *r, duress, sizeof *duress, r->public.name);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_officer_ungrant(struct store *s, const char *name, const char *queue)
{
	static const char sql[] = "DELETE FROM officer_queue WHERE officer = ? AND (?2 = '' OR queue = ?2)";
	return sql_run(s, sql, "ss", name, queue ? queue : "");
}

enum error store_officer_revoke(struct store *s, const char *name)
{
	static const char sql[] = "UPDATE officer SET revoked = 1 WHERE name = ? AND revoked = 0";
	enum error e = sql_run(s, sql, "s", name);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_officers(struct store *s, bool (*row)(void *ctx, const struct officer_public *p, const char *role,
	const char *queues, bool revoked), void *ctx)
{
	static const char sql[] = "SELECT record, role, coalesce(group_concat(queue), ''), revoked FROM officer"
				  " LEFT JOIN officer_queue ON officer = name GROUP BY name ORDER BY name";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct officer_record r;
		char role[STORE_STATE_SIZE], queues[256];
		if (sqlite3_column_bytes(st, 0) != sizeof r)
			continue;
		memcpy(&r, sqlite3_column_blob(st, 0), sizeof r);
		sql_text(st, 1, role, sizeof role);
		sql_text(st, 2, queues, sizeof queues);
		if (!row(ctx, &r.public, role, queues, sqlite3_column_int(st, 3)))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
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

static enum error each_record(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct officer_record *r),
	void *ctx)
{
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

#define OF_QUEUE " FROM officer JOIN officer_queue ON officer = name WHERE queue = ? AND revoked = 0"

enum error store_officers_of(struct store *s, const char *queue,
	bool (*row)(void *ctx, const struct officer_record *r), void *ctx)
{
	static const char sql[] = "SELECT record" OF_QUEUE;
	return each_record(s, sql_query(s, sql, "s", queue), row, ctx);
}

enum error store_duress_of(struct store *s, const char *queue, bool (*row)(void *ctx, const struct officer_record *r),
	void *ctx)
{
	static const char sql[] = "SELECT duress" OF_QUEUE;
	return each_record(s, sql_query(s, sql, "s", queue), row, ctx);
}

enum error store_custodian_add(struct store *s, uint32_t id, const struct officer_public *p)
{
	static const char sql[] = "INSERT INTO custodian (id, public) VALUES (?, ?)";
	return sql_run(s, sql, "ib", (int64_t)id, p, sizeof *p);
}

enum error store_custodian_revoke(struct store *s, uint32_t id)
{
	static const char sql[] = "UPDATE custodian SET revoked = 1 WHERE id = ? AND revoked = 0";
	enum error e = sql_run(s, sql, "i", (int64_t)id);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_custodian_get(struct store *s, uint32_t id, struct officer_public *out)
{
	static const char sql[] = "SELECT public FROM custodian WHERE id = ?";
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "i", (int64_t)id), out, sizeof *out, &size);
	return e == OK && size != sizeof *out ? ERROR_MALFORMED : e;
}

enum error store_custodians(struct store *s, uint32_t *ids, struct officer_public *out, size_t room, size_t *count)
{
	static const char sql[] = "SELECT id, public FROM custodian WHERE revoked = 0 ORDER BY id";
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

enum error store_share_holders(struct store *s, uint64_t alert_id, uint32_t *ids, size_t room, size_t *count)
{
	static const char sql[] = "SELECT custodian FROM share WHERE alert_id = ? ORDER BY custodian";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)alert_id);
	int rc;
	*count = 0;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && *count < room)
		ids[(*count)++] = (uint32_t)sqlite3_column_int64(st, 0);
	sql_finish(st);
	return rc == SQLITE_ROW ? ERROR_TOO_LARGE : sql_error(rc);
}
