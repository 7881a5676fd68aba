// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_record.h"

#include <string.h>

#include "gateway/store_sqlite.h"

// ---- the audit chain ----------------------------------------------------------------------------------------------

enum error store_audit_add(struct store *s, uint64_t seq, const void *record, size_t size)
{
	static const char sql[] = "INSERT INTO audit (seq, record) VALUES (?, ?)";
	return sql_run(s, sql, "ib", (int64_t)seq, record, size);
}

enum error store_audit_last(struct store *s, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT record FROM audit ORDER BY seq DESC LIMIT 1";
	return sql_blob(s, sql_query(s, sql, ""), out, room, size);
}

enum error store_audit_list(struct store *s, uint64_t after_seq,
	bool (*row)(void *ctx, uint64_t seq, const void *record, size_t size), void *ctx)
{
	static const char sql[] = "SELECT seq, record FROM audit WHERE seq > ? ORDER BY seq";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)after_seq);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!row(ctx, (uint64_t)sqlite3_column_int64(st, 0), sqlite3_column_blob(st, 1),
			    (size_t)sqlite3_column_bytes(st, 1)))
			break;
	sql_finish(st);
	return sql_error(rc);
}

// ---- senders and replies ------------------------------------------------------------------------------------------

static size_t take_blob(sqlite3_stmt *st, int column, uint8_t *out, size_t room)
{
	size_t size = (size_t)sqlite3_column_bytes(st, column);
	if (size > room)
		return 0;
	if (size)
		memcpy(out, sqlite3_column_blob(st, column), size);
	return size;
}

enum error store_origin_add(struct store *s, const struct store_origin *o)
{
	static const char sql[] = "INSERT INTO origin (alert_id, day, who, number) VALUES (?, ?, ?, ?)";
	return sql_run(s, sql, "iibb", (int64_t)o->alert_id, o->day, o->who, o->who_size, o->number, o->number_size);
}

static enum error each_origin(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct store_origin *o),
	void *ctx)
{
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_origin o = {
			.alert_id = (uint64_t)sqlite3_column_int64(st, 0), .day = sqlite3_column_int64(st, 1)};
		o.who_size = take_blob(st, 2, o.who, sizeof o.who);
		o.number_size = take_blob(st, 3, o.number, sizeof o.number);
		if (!row(ctx, &o))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

static bool copy_origin(void *ctx, const struct store_origin *o)
{
	*(struct store_origin *)ctx = *o;
	return false;
}

enum error store_origin_get(struct store *s, uint64_t alert_id, struct store_origin *out)
{
	static const char sql[] = "SELECT alert_id, day, who, number FROM origin WHERE alert_id = ?";
	*out = (struct store_origin){0};
	enum error e = each_origin(s, sql_query(s, sql, "i", (int64_t)alert_id), copy_origin, out);
	return e == OK && !out->alert_id ? ERROR_NOT_FOUND : e;
}

enum error store_origin_list(struct store *s, int64_t since_day,
	bool (*row)(void *ctx, const struct store_origin *o), void *ctx)
{
	static const char sql[] = "SELECT alert_id, day, who, number FROM origin WHERE day >= ? ORDER BY alert_id DESC";
	return each_origin(s, sql_query(s, sql, "i", since_day), row, ctx);
}

enum error store_origin_close(struct store *s, int64_t before_day)
{
	static const char sql[] = "UPDATE origin SET number = NULL WHERE day < ? AND number IS NOT NULL";
	return sql_run(s, sql, "i", before_day);
}

enum error store_origin_drop(struct store *s)
{
	static const char sql[] = "DELETE FROM origin";
	return sql_run(s, sql, "");
}

enum error store_reply_add(struct store *s, const struct store_reply *r, uint64_t *id)
{
	static const char sql[] = "INSERT INTO outbox (alert_id, at, flags, state, who, parts, body)"
				  " VALUES (?, ?, ?, 'waiting', ?, ?, ?)";
	enum error e = sql_run(s, sql, "iiibib", (int64_t)r->alert_id, r->at, (int64_t)r->flags, r->who,
		(size_t)STORE_TAG_SIZE, (int64_t)r->parts, r->body, r->body_size);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_reply_waiting(struct store *s, bool (*row)(void *ctx, const struct store_reply *r), void *ctx)
{
	static const char sql[] = "SELECT id, alert_id, at, flags, parts, body FROM outbox WHERE state = 'waiting' ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_reply r = {.id = (uint64_t)sqlite3_column_int64(st, 0),
			.alert_id = (uint64_t)sqlite3_column_int64(st, 1), .at = sqlite3_column_int64(st, 2),
			.flags = (unsigned)sqlite3_column_int(st, 3), .parts = (unsigned)sqlite3_column_int(st, 4),
			.state = "waiting", .body = sqlite3_column_blob(st, 5), .body_size = (size_t)sqlite3_column_bytes(st, 5)};
		if (!row(ctx, &r))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_reply_done(struct store *s, uint64_t id, const char *state)
{
	static const char sql[] = "UPDATE outbox SET state = ?, body = x'' WHERE id = ?";
	return sql_run(s, sql, "si", state, (int64_t)id);
}

enum error store_reply_stop(struct store *s)
{
	static const char sql[] = "UPDATE outbox SET state = 'stopped', body = x'' WHERE state = 'waiting'";
	return sql_run(s, sql, "");
}

enum error store_reply_count(struct store *s, const uint8_t who[static STORE_TAG_SIZE], int64_t since, int64_t *to_who,
	int64_t *parts)
{
	static const char one[] = "SELECT count(*) FROM outbox WHERE who = ? AND at >= ?",
			  all[] = "SELECT coalesce(sum(parts), 0) FROM outbox WHERE at >= ? AND alert_id <> 0";
	enum error e = sql_number(s, sql_query(s, one, "bi", who, (size_t)STORE_TAG_SIZE, since), to_who);
	return e == OK ? sql_number(s, sql_query(s, all, "i", since), parts) : e;
}

// ---- reveals ------------------------------------------------------------------------------------------------------

enum error store_reveal_add(struct store *s, const struct store_reveal *r, uint64_t *id)
{
	static const char sql[] = "INSERT INTO reveal (alert_id, officer, at, opens_at, expires_at, emergency, state, session,"
				  " public) VALUES (?, ?, ?, ?, ?, ?, 'asked', ?, ?)";
	enum error e = sql_run(s, sql, "isiiiibb", (int64_t)r->alert_id, r->officer, r->at, r->opens_at, r->expires_at,
		(int64_t)r->emergency, r->session, r->session_size, r->public, (size_t)SEAL_PUBLIC_SIZE);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_reveal_get(struct store *s, uint64_t id, struct store_reveal *out)
{
	static const char sql[] = "SELECT alert_id, officer, at, opens_at, expires_at, emergency, state, session, public"
				  " FROM reveal WHERE id = ?";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)id);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	*out = (struct store_reveal){.id = id};
	if (rc == SQLITE_ROW) {
		out->alert_id = (uint64_t)sqlite3_column_int64(st, 0);
		sql_text(st, 1, out->officer, sizeof out->officer);
		out->at = sqlite3_column_int64(st, 2);
		out->opens_at = sqlite3_column_int64(st, 3);
		out->expires_at = sqlite3_column_int64(st, 4);
		out->emergency = sqlite3_column_int(st, 5);
		sql_text(st, 6, out->state, sizeof out->state);
		out->session_size = take_blob(st, 7, out->session, sizeof out->session);
		take_blob(st, 8, out->public, sizeof out->public);
	}
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_reveal_done(struct store *s, uint64_t id, const char *state)
{
	static const char sql[] = "UPDATE reveal SET state = ?, session = x'' WHERE id = ?";
	return sql_run(s, sql, "si", state, (int64_t)id);
}

enum error store_reveal_count(struct store *s, int64_t since, bool emergency, int64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM reveal WHERE at >= ? AND emergency = ?";
	return sql_number(s, sql_query(s, sql, "ii", since, (int64_t)emergency), count);
}

// ---- one-time codes -----------------------------------------------------------------------------------------------

enum error store_code_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "INSERT INTO one_time (tag) VALUES (?)";
	return sql_run(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
}

enum error store_code_take(struct store *s, const uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "DELETE FROM one_time WHERE tag = ?";
	enum error e = sql_run(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_codes_drop(struct store *s)
{
	static const char sql[] = "DELETE FROM one_time";
	return sql_run(s, sql, "");
}
