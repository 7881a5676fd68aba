// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/store.h"
#include "gateway/store_schema.h"

#define APPLICATION_ID 0x54616d61 // "Tama"
#define STATEMENTS_MAX 64

struct cached {
	const char *sql;
	sqlite3_stmt *statement;
};

struct store {
	sqlite3 *db;
	struct cached cache[STATEMENTS_MAX];
};

const char *store_why(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

static enum error from_sqlite(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERROR_LOCKED;
	case SQLITE_FULL:
		return ERROR_FULL;
	case SQLITE_CONSTRAINT:
		return ERROR_EXISTS;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return ERROR_MALFORMED;
	default:
		return ERROR_IO;
	}
}

// The statement of a fixed text, prepared once; texts are compared by address.
static sqlite3_stmt *prepare(struct store *s, const char *sql)
{
	for (size_t i = 0; i < STATEMENTS_MAX; i++) {
		struct cached *c = &s->cache[i];
		if (c->sql == sql)
			return c->statement;
		if (c->sql)
			continue;
		if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->statement, NULL) != SQLITE_OK)
			return NULL;
		c->sql = sql;
		return c->statement;
	}
	BUG_IF(true);
	return NULL;
}

// Binds by a format: i int64, s text, b blob (pointer, size). Everything is borrowed until the statement is reset.
static sqlite3_stmt *bound(struct store *s, const char *sql, const char *format, va_list ap)
{
	sqlite3_stmt *st = prepare(s, sql);
	for (int i = 1; st && *format; format++, i++) {
		if (*format == 'i') {
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
		} else if (*format == 's') {
			sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		} else {
			const void *data = va_arg(ap, const void *);
			size_t size = va_arg(ap, size_t);
			sqlite3_bind_blob64(st, i, data ? data : "", size, SQLITE_STATIC);
		}
	}
	return st;
}

static void finish(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

// Runs a statement that gives no rows.
static enum error run(struct store *s, const char *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	sqlite3_stmt *st = bound(s, sql, format, ap);
	va_end(ap);
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	int rc = sqlite3_step(st);
	finish(st);
	return from_sqlite(rc);
}

// Starts a query; the caller steps and finishes. NULL when it cannot be prepared.
static sqlite3_stmt *query(struct store *s, const char *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	sqlite3_stmt *st = bound(s, sql, format, ap);
	va_end(ap);
	return st;
}

// The one integer of a query that gives one row or none.
static enum error one_number(struct store *s, sqlite3_stmt *st, int64_t *out)
{
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	int rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : from_sqlite(rc);
}

// The one blob of a query that gives one row or none.
static enum error one_blob(struct store *s, sqlite3_stmt *st, void *out, size_t room, size_t *size)
{
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	int rc = sqlite3_step(st);
	enum error e = rc == SQLITE_DONE ? ERROR_NOT_FOUND : from_sqlite(rc);
	if (e == OK) {
		*size = (size_t)sqlite3_column_bytes(st, 0);
		e = *size <= room ? OK : ERROR_TOO_LARGE;
		if (e == OK && *size)
			memcpy(out, sqlite3_column_blob(st, 0), *size);
	}
	finish(st);
	return e;
}

static void column_text(sqlite3_stmt *st, int i, char *out, size_t room)
{
	const unsigned char *v = sqlite3_column_text(st, i);
	snprintf(out, room, "%s", v ? (const char *)v : "");
}

// ---- the file -------------------------------------------------------------------------------------------------

static enum error pragmas(sqlite3 *db)
{
	sqlite3_busy_timeout(db, 5000);
	return from_sqlite(sqlite3_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
		"PRAGMA wal_autocheckpoint=256; PRAGMA cache_size=-8000;",
		NULL, NULL, NULL));
}

enum error store_create(const char *path)
{
	sqlite3 *db = NULL;
	char head[120];
	if (access(path, F_OK) == 0)
		return ERROR_EXISTS;
	mode_t before = umask(0077);
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	umask(before);
	enum error e = from_sqlite(rc);
	snprintf(head, sizeof head, "PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN;", APPLICATION_ID,
		STORE_VERSION);
	if (e == OK)
		e = pragmas(db);
	if (e == OK)
		e = from_sqlite(sqlite3_exec(db, head, NULL, NULL, NULL));
	if (e == OK)
		e = from_sqlite(sqlite3_exec(db, store_schema, NULL, NULL, NULL));
	if (e == OK)
		e = from_sqlite(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	sqlite3_close(db);
	if (e != OK)
		unlink(path);
	return e;
}

static enum error check_version(struct store *s)
{
	static const char application[] = "PRAGMA application_id", user[] = "PRAGMA user_version";
	int64_t id = 0, version = 0;
	enum error e = one_number(s, query(s, application, ""), &id);
	if (e == OK)
		e = one_number(s, query(s, user, ""), &version);
	if (e == OK && (id != APPLICATION_ID || version != STORE_VERSION))
		e = ERROR_VERSION;
	return e;
}

enum error store_open(const char *path, bool write, struct store **out)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s)
		return ERROR_MEMORY;
	(void)write; // a reader too must write the WAL's index
	if (access(path, F_OK) != 0) {
		free(s);
		return ERROR_NOT_FOUND;
	}
	enum error e = from_sqlite(sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL));
	if (e == OK)
		e = check_version(s);
	if (e == OK)
		e = pragmas(s->db);
	if (e == OK && !write)
		e = from_sqlite(sqlite3_exec(s->db, "PRAGMA query_only=ON", NULL, NULL, NULL));
	if (e != OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		sqlite3_finalize(s->cache[i].statement);
	sqlite3_close(s->db);
	free(s);
}

enum error store_begin(struct store *s)
{
	static const char sql[] = "BEGIN IMMEDIATE";
	return run(s, sql, "");
}

enum error store_commit(struct store *s)
{
	static const char sql[] = "COMMIT";
	return run(s, sql, "");
}

void store_rollback(struct store *s)
{
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

enum error store_meta_put(struct store *s, const char *name, const void *data, size_t size)
{
	static const char sql[] = "INSERT INTO meta (name, value) VALUES (?, ?)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	return run(s, sql, "sb", name, data, size);
}

enum error store_meta_get(struct store *s, const char *name, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = ?";
	return one_blob(s, query(s, sql, "s", name), out, room, size);
}

// ---- alerts ---------------------------------------------------------------------------------------------------

enum error store_next_alert(struct store *s, uint64_t *id)
{
	static const char sql[] = "SELECT coalesce(max(id), 0) + 1 FROM alert";
	return one_number(s, query(s, sql, ""), (int64_t *)id);
}

enum error store_alert_add(struct store *s, const struct store_alert *a)
{
	static const char sql[] =
		"INSERT INTO alert (id, day, queue, oversight, state, assignee, severity, incident, key_id,"
		" oversight_key_id, body, oversight_wrap) VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)";
	return run(s, sql, "iisssiiiibb", (int64_t)a->id, a->day, a->queue, a->oversight, a->state,
		(int64_t)a->severity, (int64_t)a->incident, (int64_t)a->key_id, (int64_t)a->oversight_key_id, a->body,
		a->body_size, a->oversight_wrap, a->oversight_wrap_size);
}

#define ALERT_COLUMNS                                                                                                \
	"alert.id, day, queue, oversight, state, assignee, severity, incident, incident.reporters, key_id,"         \
	" oversight_key_id, body, oversight_wrap FROM alert LEFT JOIN incident ON incident.id = alert.incident"

static void read_alert(sqlite3_stmt *st, struct store_alert *a)
{
	*a = (struct store_alert){.id = (uint64_t)sqlite3_column_int64(st, 0), .day = sqlite3_column_int64(st, 1),
		.severity = sqlite3_column_int(st, 6), .incident = (uint64_t)sqlite3_column_int64(st, 7),
		.reporters = sqlite3_column_int(st, 8), .key_id = (uint64_t)sqlite3_column_int64(st, 9),
		.oversight_key_id = (uint64_t)sqlite3_column_int64(st, 10), .body = sqlite3_column_blob(st, 11),
		.body_size = (size_t)sqlite3_column_bytes(st, 11), .oversight_wrap = sqlite3_column_blob(st, 12),
		.oversight_wrap_size = (size_t)sqlite3_column_bytes(st, 12)};
	column_text(st, 2, a->queue, sizeof a->queue);
	column_text(st, 3, a->oversight, sizeof a->oversight);
	column_text(st, 4, a->state, sizeof a->state);
	column_text(st, 5, a->assignee, sizeof a->assignee);
}

static enum error each_alert(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct store_alert *a),
	void *ctx, size_t *count)
{
	struct store_alert a;
	int rc;
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_alert(st, &a);
		++*count;
		if (!row(ctx, &a))
			break;
	}
	finish(st);
	return from_sqlite(rc);
}

enum error store_alert_get(struct store *s, uint64_t id, bool (*row)(void *ctx, const struct store_alert *a), void *ctx)
{
	static const char sql[] = "SELECT " ALERT_COLUMNS " WHERE alert.id = ?";
	size_t count = 0;
	enum error e = each_alert(s, query(s, sql, "i", (int64_t)id), row, ctx, &count);
	return e == OK && count == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_alert_list(struct store *s, const struct store_filter *f,
	bool (*row)(void *ctx, const struct store_alert *a), void *ctx)
{
	static const char sql[] = "SELECT " ALERT_COLUMNS
				  " WHERE (?1 = '' OR queue = ?1 OR oversight = ?1) AND (?2 = '' OR state = ?2)"
				  " AND (?3 = 0 OR state <> 'closed') AND alert.id > ?4 AND day >= ?5"
				  " ORDER BY CASE ?6 WHEN 0 THEN -severity ELSE 0 END, alert.id";
	size_t count = 0;
	return each_alert(s,
		query(s, sql, "ssiiii", f->queue ? f->queue : "", f->state ? f->state : "", (int64_t)f->open_only,
			(int64_t)f->after_id, f->since_day, (int64_t)f->arrival_order),
		row, ctx, &count);
}

enum error store_alert_step(struct store *s, uint64_t id, const char *state, const char *assignee, const char *queue)
{
	static const char sql[] = "UPDATE alert SET state = coalesce(?2, state), assignee = coalesce(?3, assignee),"
				  " queue = coalesce(?4, queue) WHERE id = ?1";
	enum error e = run(s, sql, "isss", (int64_t)id, state, assignee, queue);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_alert_count(struct store *s, uint64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM alert";
	return one_number(s, query(s, sql, ""), (int64_t *)count);
}

enum error store_step_add(struct store *s, const struct store_step *step)
{
	static const char sql[] = "INSERT INTO step (alert_id, at, officer, action, detail, body, signature)"
				  " VALUES (?, ?, ?, ?, ?, ?, ?)";
	return run(s, sql, "iisssbb", (int64_t)step->alert_id, step->at, step->officer, step->action, step->detail,
		step->body, step->body_size, step->signature, (size_t)SIGNATURE_SIZE);
}

enum error store_step_list(struct store *s, uint64_t alert_id,
	bool (*row)(void *ctx, const struct store_step *step), void *ctx)
{
	static const char sql[] = "SELECT id, at, officer, action, body, detail, signature FROM step WHERE alert_id = ? ORDER BY id";
	sqlite3_stmt *st = query(s, sql, "i", (int64_t)alert_id);
	int rc;
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_step step = {.id = (uint64_t)sqlite3_column_int64(st, 0), .alert_id = alert_id,
			.at = sqlite3_column_int64(st, 1), .body = sqlite3_column_blob(st, 4),
			.body_size = (size_t)sqlite3_column_bytes(st, 4)};
		column_text(st, 2, step.officer, sizeof step.officer);
		column_text(st, 3, step.action, sizeof step.action);
		column_text(st, 5, step.detail, sizeof step.detail);
		if (sqlite3_column_bytes(st, 6) == SIGNATURE_SIZE)
			memcpy(step.signature, sqlite3_column_blob(st, 6), SIGNATURE_SIZE);
		if (!row(ctx, &step))
			break;
	}
	finish(st);
	return from_sqlite(rc);
}

// ---- content keys ---------------------------------------------------------------------------------------------

enum error store_content_key_add(struct store *s, const char *queue, int64_t day, uint64_t *id)
{
	static const char sql[] = "INSERT INTO content_key (queue, day) VALUES (?, ?)";
	enum error e = run(s, sql, "si", queue, day);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_content_key_find(struct store *s, uint64_t id, char queue[static STORE_QUEUE_SIZE], int64_t *day)
{
	static const char sql[] = "SELECT queue, day FROM content_key WHERE id = ?";
	sqlite3_stmt *st = query(s, sql, "i", (int64_t)id);
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		column_text(st, 0, queue, STORE_QUEUE_SIZE);
		*day = sqlite3_column_int64(st, 1);
	}
	finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : from_sqlite(rc);
}

enum error store_content_seal_add(struct store *s, uint64_t key_id, const char *officer, const void *sealed,
	size_t size)
{
	static const char sql[] = "INSERT INTO content_seal (key_id, officer, sealed) VALUES (?, ?, ?)";
	return run(s, sql, "isb", (int64_t)key_id, officer, sealed, size);
}

enum error store_content_seal_get(struct store *s, uint64_t key_id, const char *officer, void *out, size_t room,
	size_t *size)
{
	static const char sql[] = "SELECT sealed FROM content_seal WHERE key_id = ? AND officer = ?";
	return one_blob(s, query(s, sql, "is", (int64_t)key_id, officer), out, room, size);
}

enum error store_grant_add(struct store *s, uint64_t alert_id, const char *officer, const void *sealed, size_t size)
{
	static const char sql[] = "INSERT INTO alert_grant (alert_id, officer, sealed) VALUES (?, ?, ?)"
				  " ON CONFLICT (alert_id, officer) DO UPDATE SET sealed = excluded.sealed";
	return run(s, sql, "isb", (int64_t)alert_id, officer, sealed, size);
}

enum error store_grant_get(struct store *s, uint64_t alert_id, const char *officer, void *out, size_t room,
	size_t *size)
{
	static const char sql[] = "SELECT sealed FROM alert_grant WHERE alert_id = ? AND officer = ?";
	return one_blob(s, query(s, sql, "is", (int64_t)alert_id, officer), out, room, size);
}

// ---- people ---------------------------------------------------------------------------------------------------

enum error store_officer_add(struct store *s, const struct officer_record *r, const char *role)
{
	static const char sql[] = "INSERT INTO officer (name, role, record) VALUES (?, ?, ?)";
	return run(s, sql, "ssb", r->public.name, role, r, sizeof *r);
}

enum error store_officer_get(struct store *s, const char *name, struct officer_record *out)
{
	static const char sql[] = "SELECT record FROM officer WHERE name = ?";
	size_t size = 0;
	enum error e = one_blob(s, query(s, sql, "s", name), out, sizeof *out, &size);
	return e == OK && size != sizeof *out ? ERROR_MALFORMED : e;
}

enum error store_officer_grant(struct store *s, const char *name, const char *queue)
{
	static const char sql[] = "INSERT OR IGNORE INTO officer_queue (officer, queue) VALUES (?, ?)";
	return run(s, sql, "ss", name, queue);
}

enum error store_officer_may(struct store *s, const char *name, const char *queue, bool *may)
{
	static const char sql[] = "SELECT count(*) FROM officer_queue WHERE officer = ? AND queue = ?";
	int64_t n = 0;
	enum error e = one_number(s, query(s, sql, "ss", name, queue), &n);
	*may = n > 0;
	return e;
}

enum error store_officers_of(struct store *s, const char *queue,
	bool (*row)(void *ctx, const struct officer_record *r), void *ctx)
{
	static const char sql[] = "SELECT record FROM officer JOIN officer_queue ON officer = name WHERE queue = ?";
	sqlite3_stmt *st = query(s, sql, "s", queue);
	int rc;
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct officer_record r;
		if (sqlite3_column_bytes(st, 0) != sizeof r)
			continue;
		memcpy(&r, sqlite3_column_blob(st, 0), sizeof r);
		if (!row(ctx, &r))
			break;
	}
	finish(st);
	return from_sqlite(rc);
}

enum error store_custodian_add(struct store *s, uint32_t id, const struct officer_public *p)
{
	static const char sql[] = "INSERT INTO custodian (id, public) VALUES (?, ?)";
	return run(s, sql, "ib", (int64_t)id, p, sizeof *p);
}

enum error store_custodians(struct store *s, uint32_t *ids, struct officer_public *out, size_t room, size_t *count)
{
	static const char sql[] = "SELECT id, public FROM custodian ORDER BY id";
	sqlite3_stmt *st = query(s, sql, "");
	int rc;
	*count = 0;
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && *count < room) {
		if (sqlite3_column_bytes(st, 1) != sizeof *out)
			continue;
		ids[*count] = (uint32_t)sqlite3_column_int64(st, 0);
		memcpy(&out[(*count)++], sqlite3_column_blob(st, 1), sizeof *out);
	}
	finish(st);
	return from_sqlite(rc);
}

enum error store_identity_add(struct store *s, uint64_t alert_id, int64_t expires_at, int64_t outer_day,
	const uint8_t record[static CUSTODY_IDENTITY_SIZE])
{
	static const char sql[] = "INSERT INTO identity (alert_id, expires_at, outer_day, record) VALUES (?, ?, ?, ?)";
	return run(s, sql, "iiib", (int64_t)alert_id, expires_at, outer_day, record, (size_t)CUSTODY_IDENTITY_SIZE);
}

enum error store_identity_get(struct store *s, uint64_t alert_id, int64_t *expires_at, int64_t *outer_day,
	uint8_t record[static CUSTODY_IDENTITY_SIZE])
{
	static const char sql[] = "SELECT record FROM identity WHERE alert_id = ?",
			  when[] = "SELECT expires_at FROM identity WHERE alert_id = ?",
			  outer[] = "SELECT outer_day FROM identity WHERE alert_id = ?";
	size_t size = 0;
	enum error e = one_blob(s, query(s, sql, "i", (int64_t)alert_id), record, CUSTODY_IDENTITY_SIZE, &size);
	if (e == OK)
		e = one_number(s, query(s, when, "i", (int64_t)alert_id), expires_at);
	if (e == OK)
		e = one_number(s, query(s, outer, "i", (int64_t)alert_id), outer_day);
	return e == OK && size != CUSTODY_IDENTITY_SIZE ? ERROR_MALFORMED : e;
}

enum error store_share_add(struct store *s, uint64_t alert_id, uint32_t custodian, const void *sealed, size_t size)
{
	static const char sql[] = "INSERT INTO share (alert_id, custodian, sealed) VALUES (?, ?, ?)";
	return run(s, sql, "iib", (int64_t)alert_id, (int64_t)custodian, sealed, size);
}

enum error store_share_get(struct store *s, uint64_t alert_id, uint32_t custodian, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT sealed FROM share WHERE alert_id = ? AND custodian = ?";
	return one_blob(s, query(s, sql, "ii", (int64_t)alert_id, (int64_t)custodian), out, room, size);
}

// ---- blind tags -----------------------------------------------------------------------------------------------

enum error store_seen_has(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], bool *found)
{
	static const char sql[] = "SELECT count(*) FROM seen WHERE tag = ?";
	int64_t n = 0;
	enum error e = one_number(s, query(s, sql, "b", tag, (size_t)STORE_TAG_SIZE), &n);
	*found = n > 0;
	return e;
}

enum error store_seen_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t day)
{
	static const char sql[] = "INSERT INTO seen (tag, day) VALUES (?, ?)";
	return run(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, day);
}

enum error store_seen_purge(struct store *s, int64_t before_day)
{
	static const char sql[] = "DELETE FROM seen WHERE day < ?";
	return run(s, sql, "i", before_day);
}

enum error store_part_add(struct store *s, const struct store_part *p)
{
	static const char sql[] = "INSERT INTO part (tag, idx, total, first_at, body) VALUES (?, ?, ?, ?, ?)";
	return run(s, sql, "biiib", p->tag, (size_t)STORE_TAG_SIZE, (int64_t)p->index, (int64_t)p->total, p->first_at,
		p->body, p->body_size);
}

enum error store_parts(struct store *s, const uint8_t tag[static STORE_TAG_SIZE],
	bool (*row)(void *ctx, const struct store_part *p), void *ctx)
{
	static const char sql[] = "SELECT idx, total, first_at, body FROM part WHERE tag = ? ORDER BY idx";
	sqlite3_stmt *st = query(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
	int rc;
	if (!st)
		return from_sqlite(sqlite3_errcode(s->db));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_part p = {.index = sqlite3_column_int(st, 0), .total = sqlite3_column_int(st, 1),
			.first_at = sqlite3_column_int64(st, 2), .body = sqlite3_column_blob(st, 3),
			.body_size = (size_t)sqlite3_column_bytes(st, 3)};
		memcpy(p.tag, tag, STORE_TAG_SIZE);
		if (!row(ctx, &p))
			break;
	}
	finish(st);
	return from_sqlite(rc);
}

enum error store_parts_drop(struct store *s, const uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "DELETE FROM part WHERE tag = ?";
	return run(s, sql, "b", tag, (size_t)STORE_TAG_SIZE);
}

enum error store_parts_overdue(struct store *s, int64_t before, uint8_t tag[static STORE_TAG_SIZE])
{
	static const char sql[] = "SELECT tag FROM part GROUP BY tag HAVING min(first_at) <= ?"
				  " ORDER BY min(first_at) LIMIT 1";
	size_t size = 0;
	return one_blob(s, query(s, sql, "i", before), tag, STORE_TAG_SIZE, &size);
}

enum error store_parts_waiting(struct store *s, uint64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM part";
	return one_number(s, query(s, sql, ""), (int64_t *)count);
}

enum error store_incident_find(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t since, uint64_t *id)
{
	static const char sql[] = "SELECT id FROM incident WHERE tag = ? AND last_at >= ? ORDER BY id DESC LIMIT 1";
	return one_number(s, query(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, since), (int64_t *)id);
}

enum error store_incident_add(struct store *s, const uint8_t tag[static STORE_TAG_SIZE], int64_t now, uint64_t *id)
{
	static const char sql[] = "INSERT INTO incident (tag, last_at, reporters) VALUES (?, ?, 0)";
	enum error e = run(s, sql, "bi", tag, (size_t)STORE_TAG_SIZE, now);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_reporter_add(struct store *s, uint64_t incident, const uint8_t tag[static STORE_TAG_SIZE],
	int64_t now, int *reporters, bool *known)
{
	static const char add[] = "INSERT OR IGNORE INTO reporter (incident, tag) VALUES (?, ?)",
			  update[] = "UPDATE incident SET last_at = max(last_at, ?), reporters = reporters + ?"
				     " WHERE id = ?",
			  count[] = "SELECT reporters FROM incident WHERE id = ?";
	int64_t n = 0;
	enum error e = run(s, add, "ib", (int64_t)incident, tag, (size_t)STORE_TAG_SIZE);
	*known = sqlite3_changes(s->db) == 0;
	if (e == OK)
		e = run(s, update, "iii", now, (int64_t)!*known, (int64_t)incident);
	if (e == OK)
		e = one_number(s, query(s, count, "i", (int64_t)incident), &n);
	*reporters = (int)n;
	return e;
}
