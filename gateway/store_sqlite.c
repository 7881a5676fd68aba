// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/store_schema.h"
#include "gateway/store_sqlite.h"

#define APPLICATION_ID 0x54616d61 // "Tama"
const char *store_why(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

enum error sql_error(int rc)
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

enum error sql_failed(const struct store *s)
{
	return sql_error(sqlite3_errcode(s->db));
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

void sql_finish(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

// Runs a statement that gives no rows.
enum error sql_run(struct store *s, const char *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	sqlite3_stmt *st = bound(s, sql, format, ap);
	va_end(ap);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	sql_finish(st);
	return sql_error(rc);
}

// Starts a query; the caller steps and finishes. NULL when it cannot be prepared.
sqlite3_stmt *sql_query(struct store *s, const char *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	sqlite3_stmt *st = bound(s, sql, format, ap);
	va_end(ap);
	return st;
}

// The one integer of a query that gives one row or none.
enum error sql_number(struct store *s, sqlite3_stmt *st, int64_t *out)
{
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

// The one blob of a query that gives one row or none.
enum error sql_blob(struct store *s, sqlite3_stmt *st, void *out, size_t room, size_t *size)
{
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	enum error e = rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
	if (e == OK) {
		*size = (size_t)sqlite3_column_bytes(st, 0);
		e = *size <= room ? OK : ERROR_TOO_LARGE;
		if (e == OK && *size)
			memcpy(out, sqlite3_column_blob(st, 0), *size);
	}
	sql_finish(st);
	return e;
}

void sql_text(sqlite3_stmt *st, int i, char *out, size_t room)
{
	const unsigned char *v = sqlite3_column_text(st, i);
	snprintf(out, room, "%s", v ? (const char *)v : "");
}

// ---- the file -------------------------------------------------------------------------------------------------

static enum error pragmas(sqlite3 *db)
{
	sqlite3_busy_timeout(db, 5000);
	return sql_error(sqlite3_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
		"PRAGMA wal_autocheckpoint=256; PRAGMA cache_size=-8000;",
		NULL, NULL, NULL));
}

// In the transaction of the caller.
static enum error bring_forward(sqlite3 *db, int version)
{
	char pragma[40];
	enum error e = OK;
	for (; version < STORE_VERSION && e == OK; version++)
		e = sql_error(sqlite3_exec(db, store_versions[version - STORE_VERSION_FIRST], NULL, NULL, NULL));
	snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", STORE_VERSION);
	return e == OK ? sql_error(sqlite3_exec(db, pragma, NULL, NULL, NULL)) : e;
}

enum error store_create(const char *path)
{
	sqlite3 *db = NULL;
	char head[80];
	if (access(path, F_OK) == 0)
		return ERROR_EXISTS;
	mode_t before = umask(0077);
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	umask(before);
	enum error e = sql_error(rc);
	snprintf(head, sizeof head, "PRAGMA application_id=%d; BEGIN;", APPLICATION_ID);
	if (e == OK)
		e = pragmas(db);
	if (e == OK)
		e = sql_error(sqlite3_exec(db, head, NULL, NULL, NULL));
	if (e == OK)
		e = sql_error(sqlite3_exec(db, store_schema, NULL, NULL, NULL));
	if (e == OK)
		e = bring_forward(db, STORE_VERSION_FIRST);
	if (e == OK)
		e = sql_error(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	sqlite3_close(db);
	if (e != OK)
		unlink(path);
	return e;
}

static enum error check_version(struct store *s, int64_t *version)
{
	static const char application[] = "PRAGMA application_id", user[] = "PRAGMA user_version";
	int64_t id = 0;
	enum error e = sql_number(s, sql_query(s, application, ""), &id);
	if (e == OK)
		e = sql_number(s, sql_query(s, user, ""), version);
	if (e == OK && (id != APPLICATION_ID || *version < STORE_VERSION_FIRST || *version > STORE_VERSION))
		e = ERROR_VERSION;
	return e;
}

// An older database is brought forward whole or left as it is; a reader leaves that to who writes.
static enum error migrate(struct store *s, bool write, int64_t version)
{
	if (version == STORE_VERSION)
		return OK;
	if (!write)
		return ERROR_OUTDATED;
	enum error e = store_begin(s);
	if (e == OK)
		e = bring_forward(s->db, (int)version);
	if (e == OK)
		return store_commit(s);
	store_rollback(s);
	return e;
}

enum error store_open(const char *path, bool write, struct store **out)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s)
		return ERROR_MEMORY;
	int64_t version;
	if (access(path, F_OK) != 0) {
		free(s);
		return ERROR_NOT_FOUND;
	}
	enum error e = sql_error(sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL)); // a reader writes the WAL's index
	if (e == OK)
		e = check_version(s, &version);
	if (e == OK)
		e = pragmas(s->db);
	if (e == OK)
		e = migrate(s, write, version);
	if (e == OK && !write)
		e = sql_error(sqlite3_exec(s->db, "PRAGMA query_only=ON", NULL, NULL, NULL));
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
	return sql_run(s, sql, "");
}

enum error store_commit(struct store *s)
{
	static const char sql[] = "COMMIT";
	return sql_run(s, sql, "");
}

void store_rollback(struct store *s)
{
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

enum error store_meta_put(struct store *s, const char *name, const void *data, size_t size)
{
	static const char sql[] = "INSERT INTO meta (name, value) VALUES (?, ?)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	return sql_run(s, sql, "sb", name, data, size);
}

enum error store_meta_get(struct store *s, const char *name, void *out, size_t room, size_t *size)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = ?";
	return sql_blob(s, sql_query(s, sql, "s", name), out, room, size);
}

// ---- alerts ---------------------------------------------------------------------------------------------------

enum error store_next_alert(struct store *s, uint64_t *id)
{
	static const char sql[] = "SELECT coalesce(max(id), 0) + 1 FROM alert";
	return sql_number(s, sql_query(s, sql, ""), (int64_t *)id);
}

enum error store_alert_add(struct store *s, const struct store_alert *a)
{
	static const char sql[] =
		"INSERT INTO alert (id, day, queue, oversight, state, assignee, severity, incident, key_id,"
		" oversight_key_id, body, oversight_wrap, notify, deadline_at, ack_s, escalate_at)"
		" VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	return sql_run(s, sql, "iisssiiiibbsiii", (int64_t)a->id, a->day, a->queue, a->oversight, a->state,
		(int64_t)a->severity, (int64_t)a->incident, (int64_t)a->key_id, (int64_t)a->oversight_key_id, a->body,
		a->body_size, a->oversight_wrap, a->oversight_wrap_size, a->notify, a->deadline_at, a->ack_s, a->escalate_at);
}

#define ALERT_COLUMNS                                                                                                \
	"alert.id, day, queue, oversight, state, assignee, severity, incident, incident.reporters, key_id,"         \
	" oversight_key_id, body, oversight_wrap, outcome, closed_day, expired, notify, deadline_at, ack_s, escalate_at,"  \
	" escalated, escalated_at, incident.verdict FROM alert LEFT JOIN incident ON incident.id = alert.incident"

static void read_alert(sqlite3_stmt *st, struct store_alert *a)
{
	*a = (struct store_alert){.id = (uint64_t)sqlite3_column_int64(st, 0), .day = sqlite3_column_int64(st, 1),
		.severity = sqlite3_column_int(st, 6), .incident = (uint64_t)sqlite3_column_int64(st, 7),
		.reporters = sqlite3_column_int(st, 8), .key_id = (uint64_t)sqlite3_column_int64(st, 9),
		.oversight_key_id = (uint64_t)sqlite3_column_int64(st, 10), .body = sqlite3_column_blob(st, 11),
		.body_size = (size_t)sqlite3_column_bytes(st, 11), .oversight_wrap = sqlite3_column_blob(st, 12),
		.oversight_wrap_size = (size_t)sqlite3_column_bytes(st, 12)};
	sql_text(st, 2, a->queue, sizeof a->queue);
	sql_text(st, 3, a->oversight, sizeof a->oversight);
	sql_text(st, 4, a->state, sizeof a->state);
	sql_text(st, 5, a->assignee, sizeof a->assignee);
	sql_text(st, 13, a->outcome, sizeof a->outcome);
	a->closed_day = sqlite3_column_int64(st, 14);
	a->expired = sqlite3_column_int(st, 15);
	sql_text(st, 16, a->notify, sizeof a->notify);
	a->deadline_at = sqlite3_column_int64(st, 17);
	a->ack_s = sqlite3_column_int64(st, 18);
	a->escalate_at = sqlite3_column_int64(st, 19);
	a->escalated = sqlite3_column_int(st, 20);
	a->escalated_at = sqlite3_column_int64(st, 21);
	a->verdict = sqlite3_column_int(st, 22);
}

static enum error each_alert(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct store_alert *a),
	void *ctx, size_t *count)
{
	struct store_alert a;
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_alert(st, &a);
		++*count;
		if (!row(ctx, &a))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_alert_get(struct store *s, uint64_t id, bool (*row)(void *ctx, const struct store_alert *a), void *ctx)
{
	static const char sql[] = "SELECT " ALERT_COLUMNS " WHERE alert.id = ?";
	size_t count = 0;
	enum error e = each_alert(s, sql_query(s, sql, "i", (int64_t)id), row, ctx, &count);
	return e == OK && count == 0 ? ERROR_NOT_FOUND : e;
}

struct salvaging {
	const struct store_filter *filter;
	bool (*row)(void *ctx, const struct store_alert *a);
	void *ctx;
	bool stopped;
};

static bool salvage_one(void *ctx, const struct store_alert *a)
{
	struct salvaging *g = ctx;
	const struct store_filter *f = g->filter;
	if ((!f->queue || !strcmp(f->queue, a->queue) || !strcmp(f->queue, a->oversight)) &&
		(!f->state || !strcmp(f->state, a->state)) && (!f->open_only || strcmp(a->state, "closed") != 0) &&
		a->id > f->after_id && a->day >= f->since_day)
		g->stopped = !g->row(g->ctx, a);
	return true;
}

// A page of the table is broken: the index names the alerts, each is fetched by itself, and what cannot be is left out.
static enum error salvage(struct store *s, const struct store_filter *f, bool (*row)(void *ctx, const struct store_alert *a),
	void *ctx)
{
	static const char sql[] = "SELECT id FROM alert INDEXED BY alert_order"
				  " ORDER BY CASE ?1 WHEN 0 THEN -severity ELSE 0 END, id";
	struct salvaging g = {f, row, ctx, false};
	sqlite3_stmt *st = sql_query(s, sql, "i", (int64_t)f->arrival_order);
	int rc = SQLITE_ROW;
	enum error e = OK;
	while (st && !g.stopped && e != ERROR_IO && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = store_alert_get(s, (uint64_t)sqlite3_column_int64(st, 0), salvage_one, &g);
	if (st)
		sql_finish(st);
	return ERROR_MALFORMED;
}

enum error store_alert_list(struct store *s, const struct store_filter *f,
	bool (*row)(void *ctx, const struct store_alert *a), void *ctx)
{
	static const char sql[] = "SELECT " ALERT_COLUMNS
				  " WHERE (?1 = '' OR queue = ?1 OR oversight = ?1) AND (?2 = '' OR state = ?2)"
				  " AND (?3 = 0 OR state <> 'closed') AND alert.id > ?4 AND day >= ?5"
				  " ORDER BY CASE ?6 WHEN 0 THEN -severity ELSE 0 END, alert.id";
	size_t count = 0;
	enum error e = each_alert(s,
		sql_query(s, sql, "ssiiii", f->queue ? f->queue : "", f->state ? f->state : "", (int64_t)f->open_only,
			(int64_t)f->after_id, f->since_day, (int64_t)f->arrival_order),
		row, ctx, &count);
	return e == ERROR_MALFORMED && count == 0 ? salvage(s, f, row, ctx) : e;
}

enum error store_alert_step(struct store *s, uint64_t id, const char *state, const char *assignee, const char *queue)
{
	static const char sql[] = "UPDATE alert SET state = coalesce(?2, state), assignee = coalesce(?3, assignee),"
				  " queue = coalesce(?4, queue) WHERE id = ?1";
	enum error e = sql_run(s, sql, "isss", (int64_t)id, state, assignee, queue);
	return e == OK && sqlite3_changes(s->db) == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_alert_close(struct store *s, uint64_t id, const char *outcome, int64_t day)
{
	static const char sql[] = "UPDATE alert SET outcome = ?, closed_day = ? WHERE id = ?";
	return sql_run(s, sql, "sii", outcome, day, (int64_t)id);
}

enum error store_alert_count(struct store *s, uint64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM alert";
	return sql_number(s, sql_query(s, sql, ""), (int64_t *)count);
}

enum error store_step_add(struct store *s, const struct store_step *step)
{
	static const char sql[] = "INSERT INTO step (alert_id, at, officer, action, detail, body, signature)"
				  " VALUES (?, ?, ?, ?, ?, ?, ?)";
	return sql_run(s, sql, "iisssbb", (int64_t)step->alert_id, step->at, step->officer, step->action, step->detail,
		step->body, step->body_size, step->signature, (size_t)SIGNATURE_SIZE);
}

static enum error each_step(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct store_step *step),
	void *ctx)
{
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_step step = {.id = (uint64_t)sqlite3_column_int64(st, 0), .at = sqlite3_column_int64(st, 1),
			.body = sqlite3_column_blob(st, 4), .body_size = (size_t)sqlite3_column_bytes(st, 4),
			.alert_id = (uint64_t)sqlite3_column_int64(st, 7)};
		sql_text(st, 2, step.officer, sizeof step.officer);
		sql_text(st, 3, step.action, sizeof step.action);
		sql_text(st, 5, step.detail, sizeof step.detail);
		if (sqlite3_column_bytes(st, 6) == SIGNATURE_SIZE)
			memcpy(step.signature, sqlite3_column_blob(st, 6), SIGNATURE_SIZE);
		if (!row(ctx, &step))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

#define STEP_COLUMNS "id, at, officer, action, body, detail, signature, alert_id FROM step"

enum error store_step_list(struct store *s, uint64_t alert_id,
	bool (*row)(void *ctx, const struct store_step *step), void *ctx)
{
	static const char sql[] = "SELECT " STEP_COLUMNS " WHERE alert_id = ? ORDER BY id";
	return each_step(s, sql_query(s, sql, "i", (int64_t)alert_id), row, ctx);
}

enum error store_step_list_after(struct store *s, uint64_t after_id,
	bool (*row)(void *ctx, const struct store_step *step), void *ctx)
{
	static const char sql[] = "SELECT " STEP_COLUMNS " WHERE id > ? ORDER BY id";
	return each_step(s, sql_query(s, sql, "i", (int64_t)after_id), row, ctx);
}
