// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Inside the store: statements prepared once, bound by a format, run or stepped. Only store_*.c include this.

#include <sqlite3.h>

#include "gateway/store.h"

#define STATEMENTS_MAX 256

struct cached {
	const char *sql;
	sqlite3_stmt *statement;
};

struct store {
	sqlite3 *db;
	struct cached cache[STATEMENTS_MAX];
};

enum error sql_error(int rc);
// Binds by a format: i int64, s text, b blob (pointer, size); borrowed until the statement is finished. `sql` is a
// static array, compared by address.
MUST_CHECK enum error sql_run(struct store *s, const char *sql, const char *format, ...);
sqlite3_stmt *sql_query(struct store *s, const char *sql, const char *format, ...); // NULL when it cannot be prepared
void sql_finish(sqlite3_stmt *st);
enum error sql_failed(const struct store *s); // why a query could not be prepared
// The one integer or blob of a query that gives one row; ERROR_NOT_FOUND when it gives none.
MUST_CHECK enum error sql_number(struct store *s, sqlite3_stmt *st, int64_t *out);
MUST_CHECK enum error sql_blob(struct store *s, sqlite3_stmt *st, void *out, size_t room, size_t *size);
void sql_text(sqlite3_stmt *st, int column, char *out, size_t room);
