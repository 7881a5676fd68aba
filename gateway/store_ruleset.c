// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_ruleset.h"

#include <string.h>

#include "gateway/store_sqlite.h"

#define COLUMNS "what, version, state, hash, size, proposed_by, proposed_at, proposed_sig, approved_by, approved_at, approved_sig," \
	" rolled_by, rolled_at, rolled_sig, comment"

enum error store_ruleset_add(struct store *s, const struct store_ruleset *r)
{
	static const char sql[] = "INSERT INTO ruleset (what, version, state, hash, size, proposed_by, proposed_at, proposed_sig,"
				  " comment, body) VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?, ?, ?)";
	const struct ruleset_info *i = &r->info;
	return sql_run(s, sql, "iibisibbb", (int64_t)r->what, (int64_t)i->version, i->hash, sizeof i->hash, (int64_t)i->size,
		i->proposed_by, i->proposed_at, r->proposed_signature, sizeof r->proposed_signature, r->comment, r->comment_size,
		r->body, r->body_size);
}

static void take(sqlite3_stmt *st, int column, uint8_t *out, size_t size)
{
	if ((size_t)sqlite3_column_bytes(st, column) == size)
		memcpy(out, sqlite3_column_blob(st, column), size);
}

static void take_row(sqlite3_stmt *st, bool body, struct store_ruleset *r)
{
	struct ruleset_info *i = &r->info;
	*r = (struct store_ruleset){.what = (enum ruleset_what)sqlite3_column_int(st, 0)};
	i->version = (uint64_t)sqlite3_column_int64(st, 1);
	sql_text(st, 2, i->state, sizeof i->state);
	take(st, 3, i->hash, sizeof i->hash);
	i->size = (uint32_t)sqlite3_column_int64(st, 4);
	sql_text(st, 5, i->proposed_by, sizeof i->proposed_by);
	i->proposed_at = sqlite3_column_int64(st, 6);
	take(st, 7, r->proposed_signature, SIGNATURE_SIZE);
	sql_text(st, 8, i->approved_by, sizeof i->approved_by);
	i->approved_at = sqlite3_column_int64(st, 9);
	take(st, 10, r->approved_signature, SIGNATURE_SIZE);
	sql_text(st, 11, i->rolled_by, sizeof i->rolled_by);
	i->rolled_at = sqlite3_column_int64(st, 12);
	take(st, 13, r->rolled_signature, SIGNATURE_SIZE);
	r->comment = sqlite3_column_blob(st, 14);
	r->comment_size = (size_t)sqlite3_column_bytes(st, 14);
	if (body) {
		r->body = sqlite3_column_blob(st, 15);
		r->body_size = (size_t)sqlite3_column_bytes(st, 15);
	}
}

enum error store_ruleset_get(struct store *s, enum ruleset_what what, uint64_t version, store_ruleset_row *row, void *ctx)
{
	static const char sql[] = "SELECT " COLUMNS ", body FROM ruleset WHERE what = ? AND version = ?";
	struct store_ruleset r;
	sqlite3_stmt *st = sql_query(s, sql, "ii", (int64_t)what, (int64_t)version);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		take_row(st, true, &r);
		row(ctx, &r);
	}
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_ruleset_list(struct store *s, enum ruleset_what what, uint64_t before, store_ruleset_row *row, void *ctx)
{
	static const char sql[] = "SELECT " COLUMNS " FROM ruleset WHERE what = ? AND version < ? ORDER BY version DESC";
	struct store_ruleset r;
	int64_t limit = before && before < INT64_MAX ? (int64_t)before : INT64_MAX;
	sqlite3_stmt *st = sql_query(s, sql, "ii", (int64_t)what, limit);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		take_row(st, false, &r);
		if (!row(ctx, &r))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

static enum error one_version(struct store *s, const char *sql, enum ruleset_what what, uint64_t *version)
{
	int64_t n = 0;
	enum error e = sql_number(s, sql_query(s, sql, "i", (int64_t)what), &n);
	*version = e == OK ? (uint64_t)n : 0;
	return e == ERROR_NOT_FOUND ? OK : e;
}

enum error store_ruleset_last(struct store *s, enum ruleset_what what, uint64_t *version)
{
	static const char sql[] = "SELECT coalesce(max(version), 0) FROM ruleset WHERE what = ?";
	return one_version(s, sql, what, version);
}

enum error store_ruleset_active(struct store *s, enum ruleset_what what, uint64_t *version)
{
	static const char sql[] = "SELECT coalesce(max(version), 0) FROM ruleset WHERE what = ? AND state = 'active'";
	return one_version(s, sql, what, version);
}

static enum error replace_active(struct store *s, enum ruleset_what what)
{
	static const char sql[] = "UPDATE ruleset SET state = 'replaced' WHERE what = ? AND state = 'active'";
	return sql_run(s, sql, "i", (int64_t)what);
}

enum error store_ruleset_approve(struct store *s, enum ruleset_what what, uint64_t version, const char *officer, int64_t at,
	const uint8_t signature[static SIGNATURE_SIZE])
{
	static const char sql[] = "UPDATE ruleset SET state = 'active', approved_by = ?, approved_at = ?, approved_sig = ?"
				  " WHERE what = ? AND version = ?";
	enum error e = replace_active(s, what);
	return e == OK ? sql_run(s, sql, "sibii", officer, at, signature, (size_t)SIGNATURE_SIZE, (int64_t)what, (int64_t)version) :
			 e;
}

enum error store_ruleset_rollback(struct store *s, enum ruleset_what what, uint64_t version, const char *officer, int64_t at,
	const uint8_t signature[static SIGNATURE_SIZE])
{
	static const char sql[] = "UPDATE ruleset SET state = 'active', rolled_by = ?, rolled_at = ?, rolled_sig = ?"
				  " WHERE what = ? AND version = ?";
	enum error e = replace_active(s, what);
	return e == OK ? sql_run(s, sql, "sibii", officer, at, signature, (size_t)SIGNATURE_SIZE, (int64_t)what, (int64_t)version) :
			 e;
}

enum error store_ruleset_reject(struct store *s, enum ruleset_what what, uint64_t version)
{
	static const char sql[] = "UPDATE ruleset SET state = 'rejected', body = x'' WHERE what = ? AND version = ?";
	return sql_run(s, sql, "ii", (int64_t)what, (int64_t)version);
}

enum error store_officer_ever(struct store *s, const char *name, struct officer_record *out)
{
	static const char sql[] = "SELECT record FROM officer WHERE name = ?";
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "s", name), out, sizeof *out, &size);
	return e == OK && size != sizeof *out ? ERROR_MALFORMED : e;
}

enum error store_guard_add(struct store *s, uint64_t alert_id, const void *sealed, size_t size)
{
	static const char sql[] = "INSERT INTO guard (alert_id, sealed) VALUES (?, ?)";
	return sql_run(s, sql, "ib", (int64_t)alert_id, sealed, size);
}

enum error store_guard_get(struct store *s, uint64_t alert_id, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT sealed FROM guard WHERE alert_id = ?";
	return sql_blob(s, sql_query(s, sql, "i", (int64_t)alert_id), out, room, size);
}
