// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gateway/store_sqlite.h"

// ---- blind tags -----------------------------------------------------------------------------------------------

enum error store_seen_has(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], bool *found)
{
	static const char sql[] = "SELECT count(*) FROM seen WHERE tag = ?";
	int64_t n = 0;
	enum error e = sql_number(s, sql_query(s, sql, "b", tag, (size_t)STORE_TAG_SIZE), &n);
	*found = n > 0;
	return e;
}

enum error store_seen_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t day)
{
	static const char sql[] = "INSERT INTO seen (tag, day) VALUES (?, ?)";
	return sql_run(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, day);
}

enum error store_seen_purge(struct store *s, int64_t before_day)
{
	static const char sql[] = "DELETE FROM seen WHERE day < ?";
	return sql_run(s, sql, "i", before_day);
}

enum error store_part_add(struct store *s, const struct store_part *p)
{
	static const char sql[] = "INSERT INTO part (tag, idx, total, first_at, body) VALUES (?, ?, ?, ?, ?)";
	return sql_run(s, sql, "biiib", p->tag, (size_t)STORE_TAG_SIZE, (int64_t)p->index, (int64_t)p->total, p->first_at,
		p->body, p->body_size);
}

enum error store_parts(struct store *s, const uint8_t tag[static STORE_TAG_SIZE],
	bool (*row)(void *ctx, const struct store_part *p), void *ctx)
{
	static const char sql[] = "SELECT idx, total, first_at, body FROM part WHERE tag = ? ORDER BY idx";
	sqlite3_stmt *st = sql_query(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_part p = {.index = sqlite3_column_int(st, 0), .total = sqlite3_column_int(st, 1),
			.first_at = sqlite3_column_int64(st, 2), .body = sqlite3_column_blob(st, 3),
			.body_size = (size_t)sqlite3_column_bytes(st, 3)};
		memcpy(p.tag, tag, STORE_TAG_SIZE);
		if (!row(ctx, &p))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_parts_drop(struct store *s, const uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "DELETE FROM part WHERE tag = ?";
	return sql_run(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
}

enum error store_parts_overdue(struct store *s, int64_t before, uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "SELECT tag FROM part GROUP BY tag HAVING min(first_at) <= ?"
				  " ORDER BY min(first_at) LIMIT 1";
	size_t size = 0;
	return sql_blob(s, sql_query(s, sql, "i", before), tag, STORE_TAG_SIZE, &size);
}

enum error store_parts_waiting(struct store *s, uint64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM part";
	return sql_number(s, sql_query(s, sql, ""), (int64_t *)count);
}

enum error store_series_put(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], const void *body, size_t size)
{
	static const char sql[] = "INSERT OR REPLACE INTO series (tag, body) VALUES (?, ?)";
	return sql_run(s, sql, "bb", tag, (size_t)STORE_TAG_SIZE, body, size);
}

enum error store_series_list(struct store *s,
	bool (*row)(void *ctx, const uint8_t tag[static STORE_TAG_SIZE], const void *body, size_t size), void *ctx)
{
	static const char sql[] = "SELECT tag, body FROM series WHERE length(tag) = 16";
	sqlite3_stmt *st = sql_query(s, sql, "");
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!row(ctx, sqlite3_column_blob(st, 0), sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)))
			break;
	sql_finish(st);
	return sql_error(rc);
}

enum error store_series_drop(struct store *s)
{
	static const char sql[] = "DELETE FROM series";
	return sql_run(s, sql, "");
}

enum error store_incident_find(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t since, uint64_t *id)
{
	static const char sql[] = "SELECT id FROM incident WHERE tag = ? AND last_at >= ? ORDER BY id DESC LIMIT 1";
	return sql_number(s, sql_query(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, since), (int64_t *)id);
}

enum error store_incident_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t now, uint64_t *id)
{
	// Never a number that some alert has: in a copy (store_copy) the alerts are there, their incidents are not.
	static const char sql[] =
		"INSERT INTO incident (id, tag, last_at, reporters) VALUES"
		" (max((SELECT max(id) FROM incident), (SELECT coalesce(max(incident), 0) FROM alert)) + 1, ?, ?, 0)";
	enum error e = sql_run(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, now);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_incident_at_find(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t since, uint64_t *id)
{
	static const char sql[] = "SELECT incident FROM incident_at WHERE tag = ? AND last_at >= ?";
	return sql_number(s, sql_query(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, since), (int64_t *)id);
}

enum error store_incident_at_put(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], uint64_t id, int64_t now)
{
	static const char sql[] = "INSERT INTO incident_at (tag, incident, last_at) VALUES (?, ?, ?)"
				  " ON CONFLICT (tag) DO UPDATE SET incident = excluded.incident, last_at = excluded.last_at";
	return sql_run(s, sql, "bii", tag, (size_t)STORE_TAG_SIZE, (int64_t)id, now);
}

enum error store_incident_alerts(struct store *s, uint64_t incident, bool (*row)(void *ctx, uint64_t alert_id), void *ctx)
{
	static const char sql[] = "SELECT id FROM alert WHERE incident = ? ORDER BY id";
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)incident);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!row(ctx, (uint64_t)sqlite3_column_int64(st, 0)))
			break;
	sql_finish(st);
	return rc == SQLITE_ROW ? ERROR_MEMORY : sql_error(rc);
}

enum error store_alert_move(struct store *s, uint64_t alert_id, uint64_t incident)
{
	static const char sql[] = "UPDATE alert SET incident = ? WHERE id = ?";
	return sql_run(s, sql, "ii", (int64_t)incident, (int64_t)alert_id);
}

enum error store_incident_merge(struct store *s, uint64_t from, uint64_t into)
{
	static const char move[] = "UPDATE alert SET incident = ? WHERE incident = ?",
			  last[] = "UPDATE incident SET last_at = max(last_at, (SELECT last_at FROM incident WHERE id = ?))"
				   " WHERE id = ?";
	enum error e = sql_run(s, move, "ii", (int64_t)into, (int64_t)from);
	if (e == OK)
		e = sql_run(s, last, "ii", (int64_t)from, (int64_t)into);
	return e == OK ? store_reporters_drop(s, from) : e;
}

enum error store_reporters_drop(struct store *s, uint64_t incident)
{
	static const char rows[] = "DELETE FROM reporter WHERE incident = ?",
			  count[] = "UPDATE incident SET reporters = 0 WHERE id = ?";
	enum error e = sql_run(s, rows, "i", (int64_t)incident);
	return e == OK ? sql_run(s, count, "i", (int64_t)incident) : e;
}

// ERROR_NOT_FOUND: nobody of this tag reported yet.
static enum error person_of(struct store *s, uint64_t incident, const uint8_t *tag, uint8_t person[static STORE_TAG_SIZE])
{
	static const char sql[] = "SELECT coalesce(person, tag) FROM reporter WHERE incident = ? AND tag = ?";
	size_t size;
	return sql_blob(s, sql_query(s, sql, "ib", (int64_t)incident, tag, (size_t)STORE_TAG_SIZE), person, STORE_TAG_SIZE, &size);
}

static enum error add_tag(struct store *s, uint64_t incident, const uint8_t *tag, const uint8_t *person)
{
	static const char sql[] = "INSERT OR IGNORE INTO reporter (incident, tag, person) VALUES (?, ?, ?)";
	return sql_run(s, sql, "ibb", (int64_t)incident, tag, (size_t)STORE_TAG_SIZE, person, (size_t)STORE_TAG_SIZE);
}

// A handle and a code of one text are one person, and with them all handles and codes that either was seen with before.
// *change: by how many persons there are more; one fewer when it shows that two were one.
static enum error add_both(struct store *s, uint64_t incident, const uint8_t *tag, const uint8_t *code, int *change)
{
	static const char join[] = "UPDATE reporter SET person = ? WHERE incident = ? AND coalesce(person, tag) = ?";
	uint8_t of_tag[STORE_TAG_SIZE], of_code[STORE_TAG_SIZE];
	enum error a = person_of(s, incident, tag, of_tag), b = person_of(s, incident, code, of_code);
	*change = 0;
	if (a != OK && a != ERROR_NOT_FOUND)
		return a;
	if (b != OK && b != ERROR_NOT_FOUND)
		return b;
	if (a == OK && b == OK) {
		*change = memcmp(of_tag, of_code, STORE_TAG_SIZE) ? -1 : 0;
		return *change ? sql_run(s, join, "bib", of_tag, (size_t)STORE_TAG_SIZE, (int64_t)incident, of_code, (size_t)STORE_TAG_SIZE) : OK;
	}
	*change = a != OK && b != OK;
	const uint8_t *person = a == OK ? of_tag : b == OK ? of_code : tag;
	enum error e = add_tag(s, incident, tag, person);
	return e == OK ? add_tag(s, incident, code, person) : e;
}

enum error store_reporter_add(struct store *s, uint64_t incident, const uint8_t tag[static STORE_TAG_SIZE],
	const uint8_t *code, int64_t now, int *reporters, bool *known)
{
	static const char update[] = "UPDATE incident SET last_at = max(last_at, ?), reporters = reporters + ?"
				     " WHERE id = ?",
			  count[] = "SELECT reporters FROM incident WHERE id = ?";
	int64_t n = 0;
	int change = 0;
	enum error e;
	if (code) {
		e = add_both(s, incident, tag, code, &change);
	} else {
		e = add_tag(s, incident, tag, tag);
		change = sqlite3_changes(s->db) > 0;
	}
	*known = change <= 0;
	if (e == OK)
		e = sql_run(s, update, "iii", now, (int64_t)change, (int64_t)incident);
	if (e == OK)
		e = sql_number(s, sql_query(s, count, "i", (int64_t)incident), &n);
	*reporters = (int)n;
	return e;
}

enum error store_incident_judge(struct store *s, uint64_t incident)
{
	static const char sql[] =
		"UPDATE incident SET verdict = CASE"
		" WHEN EXISTS (SELECT 1 FROM alert WHERE incident = ?1 AND outcome = 'confirmed') THEN 1"
		" WHEN EXISTS (SELECT 1 FROM alert WHERE incident = ?1 AND outcome = 'false') THEN 2 ELSE 0 END WHERE id = ?1";
	return incident ? sql_run(s, sql, "i", (int64_t)incident) : OK;
}
