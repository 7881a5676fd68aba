// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/store_section.h"

#include <string.h>

#include "gateway/store_sqlite.h"

static void blob(sqlite3_stmt *st, int column, void *out, size_t size)
{
	size_t n = (size_t)sqlite3_column_bytes(st, column);
	memset(out, 0, size);
	if (n && n <= size)
		memcpy(out, sqlite3_column_blob(st, column), n);
}

// ---- tokens -----------------------------------------------------------------------------------------------------------

#define TOKEN_COLUMNS "SELECT id, section, tag, seal, sign, made_at, used_at, revoked FROM section_token "

static void read_token(sqlite3_stmt *st, struct store_section_token *t)
{
	t->id = (uint64_t)sqlite3_column_int64(st, 0);
	sql_text(st, 1, t->section, sizeof t->section);
	blob(st, 2, t->public.tag, sizeof t->public.tag);
	blob(st, 3, t->public.seal.key, sizeof t->public.seal.key);
	blob(st, 4, t->public.sign, sizeof t->public.sign);
	t->made_at = sqlite3_column_int64(st, 5);
	t->used_at = sqlite3_column_int64(st, 6);
	t->revoked = sqlite3_column_int64(st, 7) != 0;
}

static enum error one_token(struct store *s, sqlite3_stmt *st, struct store_section_token *out)
{
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		read_token(st, out);
	sql_finish(st);
	return rc == SQLITE_DONE ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_section_token_add(struct store *s, struct store_section_token *t)
{
	static const char sql[] = "INSERT INTO section_token (section, tag, seal, sign, made_at) VALUES (?, ?, ?, ?, ?)";
	enum error e = sql_run(s, sql, "sbbbi", t->section, t->public.tag, sizeof t->public.tag, t->public.seal.key,
		sizeof t->public.seal.key, t->public.sign, sizeof t->public.sign, t->made_at);
	t->id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_section_token_find(struct store *s, const uint8_t tag[static SECTION_TAG_SIZE],
	struct store_section_token *out)
{
	static const char sql[] = TOKEN_COLUMNS "WHERE tag = ?";
	return one_token(s, sql_query(s, sql, "b", tag, (size_t)SECTION_TAG_SIZE), out);
}

enum error store_section_token_get(struct store *s, uint64_t id, struct store_section_token *out)
{
	static const char sql[] = TOKEN_COLUMNS "WHERE id = ?";
	return one_token(s, sql_query(s, sql, "i", (int64_t)id), out);
}

enum error store_section_token_revoke(struct store *s, uint64_t id)
{
	static const char sql[] = "UPDATE section_token SET revoked = 1 WHERE id = ?";
	return sql_run(s, sql, "i", (int64_t)id);
}

enum error store_section_token_used(struct store *s, uint64_t id, int64_t at)
{
	static const char sql[] = "UPDATE section_token SET used_at = ? WHERE id = ?";
	return sql_run(s, sql, "ii", at, (int64_t)id);
}

enum error store_section_tokens(struct store *s, bool (*row)(void *ctx, const struct store_section_token *t), void *ctx)
{
	static const char sql[] = TOKEN_COLUMNS "ORDER BY section, id";
	sqlite3_stmt *st = sql_query(s, sql, "");
	struct store_section_token t;
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_token(st, &t);
		if (!row(ctx, &t))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

// ---- keys -------------------------------------------------------------------------------------------------------------

enum error store_section_key_add(struct store *s, const char *section, const struct seal_public *public, uint64_t *id)
{
	static const char sql[] = "INSERT INTO section_key (section, public) VALUES (?, ?)";
	enum error e = sql_run(s, sql, "sb", section, public ? public->key : NULL, public ? sizeof public->key : (size_t)0);
	*id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

enum error store_section_key_newest(struct store *s, const char *section, uint64_t *id, struct seal_public *public)
{
	static const char sql[] = "SELECT id, public FROM section_key WHERE section = ? ORDER BY id DESC LIMIT 1";
	sqlite3_stmt *st = sql_query(s, sql, "s", section);
	if (!st)
		return sql_failed(s);
	int rc = sqlite3_step(st);
	bool empty = rc == SQLITE_ROW && sqlite3_column_bytes(st, 1) == 0; // all tokens were revoked
	if (rc == SQLITE_ROW) {
		*id = (uint64_t)sqlite3_column_int64(st, 0);
		blob(st, 1, public->key, sizeof public->key);
	}
	sql_finish(st);
	return rc == SQLITE_DONE || empty ? ERROR_NOT_FOUND : sql_error(rc);
}

enum error store_section_key_public(struct store *s, uint64_t id, struct seal_public *public)
{
	static const char sql[] = "SELECT public FROM section_key WHERE id = ?";
	size_t size;
	return sql_blob(s, sql_query(s, sql, "i", (int64_t)id), public->key, sizeof public->key, &size);
}

enum error store_section_key_seal_add(struct store *s, uint64_t key_id, uint64_t token_id,
	const uint8_t sealed[static SECTION_KEY_SEALED])
{
	static const char sql[] = "INSERT INTO section_key_seal (key_id, token, sealed) VALUES (?, ?, ?)";
	return sql_run(s, sql, "iib", (int64_t)key_id, (int64_t)token_id, sealed, (size_t)SECTION_KEY_SEALED);
}

enum error store_section_key_seal_get(struct store *s, uint64_t key_id, uint64_t token_id,
	uint8_t sealed[static SECTION_KEY_SEALED])
{
	static const char sql[] = "SELECT sealed FROM section_key_seal WHERE key_id = ? AND token = ?";
	size_t size = 0;
	enum error e = sql_blob(s, sql_query(s, sql, "ii", (int64_t)key_id, (int64_t)token_id), sealed, SECTION_KEY_SEALED,
		&size);
	return e == OK && size != SECTION_KEY_SEALED ? ERROR_MALFORMED : e;
}

enum error store_section_key_seals_drop(struct store *s, uint64_t token_id)
{
	static const char sql[] = "DELETE FROM section_key_seal WHERE token = ?";
	return sql_run(s, sql, "i", (int64_t)token_id);
}

// ---- items ------------------------------------------------------------------------------------------------------------

#define ITEM_COLUMNS "SELECT i.id, i.section, i.key_id, i.day, i.link, i.sequence, i.made, i.body, r.at FROM section_item i" \
	" LEFT JOIN section_read r ON r.item = i.id "

enum error store_section_item_next(struct store *s, uint64_t *id)
{
	static const char sql[] = "SELECT coalesce(max(id), 0) + 1 FROM section_item";
	int64_t n = 0;
	enum error e = sql_number(s, sql_query(s, sql, ""), &n);
	*id = (uint64_t)n;
	return e;
}

enum error store_section_item_add(struct store *s, const struct store_section_item *i)
{
	static const char sql[] = "INSERT INTO section_item (id, section, key_id, day, link, sequence, made, body)"
				  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
	return sql_run(s, sql, "isiibibb", (int64_t)i->id, i->section, (int64_t)i->key_id, i->day, i->link, sizeof i->link,
		(int64_t)i->sequence, i->made, i->made_size, i->body, i->body_size);
}

static enum error each_item(struct store *s, sqlite3_stmt *st, bool (*row)(void *ctx, const struct store_section_item *i),
	void *ctx, size_t *count)
{
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_section_item i = {.id = (uint64_t)sqlite3_column_int64(st, 0),
			.key_id = (uint64_t)sqlite3_column_int64(st, 2), .day = sqlite3_column_int64(st, 3),
			.sequence = (int)sqlite3_column_int64(st, 5), .read_at = sqlite3_column_int64(st, 8)};
		sql_text(st, 1, i.section, sizeof i.section);
		blob(st, 4, i.link, sizeof i.link);
		i.made_size = (size_t)sqlite3_column_bytes(st, 6);
		blob(st, 6, i.made, sizeof i.made);
		i.body = sqlite3_column_blob(st, 7);
		i.body_size = (size_t)sqlite3_column_bytes(st, 7);
		++*count;
		if (!row(ctx, &i))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_section_items(struct store *s, const char *section,
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx)
{
	static const char sql[] = ITEM_COLUMNS "WHERE i.section = ? ORDER BY i.id", all[] = ITEM_COLUMNS "ORDER BY i.id";
	size_t n = 0;
	return each_item(s, section ? sql_query(s, sql, "s", section) : sql_query(s, all, ""), row, ctx, &n);
}

enum error store_section_items_of(struct store *s, const uint8_t link[static SECTION_TAG_SIZE],
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx)
{
	static const char sql[] = ITEM_COLUMNS "WHERE i.link = ? AND i.sequence = 0 ORDER BY i.id";
	size_t n = 0;
	return each_item(s, sql_query(s, sql, "b", link, (size_t)SECTION_TAG_SIZE), row, ctx, &n);
}

enum error store_section_item_get(struct store *s, uint64_t id,
	bool (*row)(void *ctx, const struct store_section_item *i), void *ctx)
{
	static const char sql[] = ITEM_COLUMNS "WHERE i.id = ?";
	size_t n = 0;
	enum error e = each_item(s, sql_query(s, sql, "i", (int64_t)id), row, ctx, &n);
	return e == OK && n == 0 ? ERROR_NOT_FOUND : e;
}

enum error store_section_sequence(struct store *s, const char *section, const uint8_t link[static SECTION_TAG_SIZE],
	int *next)
{
	static const char sql[] = "SELECT count(*) FROM section_item WHERE section = ? AND link = ?";
	int64_t n = 0;
	enum error e = sql_number(s, sql_query(s, sql, "sb", section, link, (size_t)SECTION_TAG_SIZE), &n);
	*next = (int)n;
	return e;
}

enum error store_section_items_drop(struct store *s, const uint8_t link[static SECTION_TAG_SIZE])
{
	static const char reads[] = "DELETE FROM section_read WHERE item IN (SELECT id FROM section_item WHERE link = ?)",
			  items[] = "DELETE FROM section_item WHERE link = ?";
	enum error e = sql_run(s, reads, "b", link, (size_t)SECTION_TAG_SIZE);
	return e == OK ? sql_run(s, items, "b", link, (size_t)SECTION_TAG_SIZE) : e;
}

enum error store_section_items_purge(struct store *s, int64_t before_day)
{
	static const char reads[] = "DELETE FROM section_read WHERE item IN (SELECT id FROM section_item WHERE day < ?)",
			  items[] = "DELETE FROM section_item WHERE day < ?";
	enum error e = sql_run(s, reads, "i", before_day);
	return e == OK ? sql_run(s, items, "i", before_day) : e;
}

// ---- what was read ----------------------------------------------------------------------------------------------------

enum error store_section_read_add(struct store *s, uint64_t item, uint64_t token_id, int64_t at, int64_t delay_s)
{
	static const char sql[] = "INSERT INTO section_read (item, token, at, delay_s) VALUES (?, ?, ?, ?)";
	return sql_run(s, sql, "iiii", (int64_t)item, (int64_t)token_id, at, delay_s);
}

enum error store_section_figures(struct store *s, int64_t from_day, int64_t until_day,
	bool (*row)(void *ctx, const struct store_section_figures *f), void *ctx)
{
	static const char sql[] = "SELECT i.section, count(*), count(r.item), coalesce(max(r.at), 0) FROM section_item i"
				  " LEFT JOIN section_read r ON r.item = i.id WHERE i.day >= ? AND i.day < ? GROUP BY i.section";
	sqlite3_stmt *st = sql_query(s, sql, "ii", from_day, until_day);
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_section_figures f = {.items = (uint64_t)sqlite3_column_int64(st, 1),
			.read = (uint64_t)sqlite3_column_int64(st, 2), .last_read_at = sqlite3_column_int64(st, 3)};
		sql_text(st, 0, f.section, sizeof f.section);
		if (!row(ctx, &f))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

enum error store_section_delays(struct store *s, int64_t from_day, int64_t until_day,
	bool (*row)(void *ctx, const char *section, int64_t delay_s), void *ctx)
{
	static const char sql[] = "SELECT i.section, r.delay_s FROM section_item i JOIN section_read r ON r.item = i.id"
				  " WHERE i.day >= ? AND i.day < ? AND r.delay_s >= 0";
	sqlite3_stmt *st = sql_query(s, sql, "ii", from_day, until_day);
	char section[SECTION_NAME_SIZE];
	int rc;
	if (!st)
		return sql_failed(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		sql_text(st, 0, section, sizeof section);
		if (!row(ctx, section, sqlite3_column_int64(st, 1)))
			break;
	}
	sql_finish(st);
	return sql_error(rc);
}

// ---- what waits for the unlocking -------------------------------------------------------------------------------------

enum error store_section_due_add(struct store *s, uint64_t alert_id)
{
	static const char sql[] = "INSERT OR IGNORE INTO section_due (alert_id) VALUES (?)";
	return sql_run(s, sql, "i", (int64_t)alert_id);
}

enum error store_section_due_take(struct store *s, uint64_t *alert_id)
{
	static const char find[] = "SELECT alert_id FROM section_due ORDER BY alert_id LIMIT 1",
			  drop[] = "DELETE FROM section_due WHERE alert_id = ?";
	int64_t id = 0;
	enum error e = sql_number(s, sql_query(s, find, ""), &id);
	*alert_id = (uint64_t)id;
	return e == OK ? sql_run(s, drop, "i", id) : e;
}
