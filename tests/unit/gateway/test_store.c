// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/store.h"
#include "scratch.h"

struct fixture {
	char folder[SCRATCH_PATH], path[200];
	struct store *s;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	scratch_make(f->folder);
	snprintf(f->path, sizeof f->path, "%s/tama.db", f->folder);
	assert_int_equal(store_create(f->path), OK);
	assert_int_equal(store_open(f->path, true, &f->s), OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	store_close(f->s);
	scratch_remove(f->folder);
	free(f);
	return 0;
}

static void reopen(struct fixture *f)
{
	store_close(f->s);
	assert_int_equal(store_open(f->path, true, &f->s), OK);
}

static uint64_t add_alert(struct store *s, int severity, const char *queue, const char *state, int64_t day)
{
	struct store_alert a = {.day = day, .severity = severity, .key_id = 3, .oversight_key_id = 4, .body = "sealed",
		.body_size = 6, .oversight_wrap = "also", .oversight_wrap_size = 4};
	snprintf(a.queue, sizeof a.queue, "%s", queue);
	snprintf(a.oversight, sizeof a.oversight, "oversight");
	snprintf(a.state, sizeof a.state, "%s", state);
	assert_int_equal(store_next_alert(s, &a.id), OK);
	assert_int_equal(store_alert_add(s, &a), OK);
	return a.id;
}

struct ids {
	size_t count, stop_after;
	uint64_t ids[64];
};

static bool take_id(void *ctx, const struct store_alert *a)
{
	struct ids *ids = ctx;
	ids->ids[ids->count++] = a->id;
	return ids->count != ids->stop_after;
}

static void assert_list(struct store *s, const struct store_filter *f, size_t count, const uint64_t *ids)
{
	struct ids seen = {0};
	assert_int_equal(store_alert_list(s, f, take_id, &seen), OK);
	assert_int_equal(seen.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(seen.ids[i], ids[i]);
}

// ---- the file -------------------------------------------------------------------------------------------------

static void a_new_file_is_the_owners_and_is_not_made_twice(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	struct store *other = NULL;
	char none[300];
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_create(f->path), ERROR_EXISTS);
	snprintf(none, sizeof none, "%s/none.db", f->folder);
	assert_int_equal(store_open(none, true, &other), ERROR_NOT_FOUND);
	assert_int_equal(access(none, F_OK), -1);
	snprintf(none, sizeof none, "%s/no/such/folder.db", f->folder);
	assert_int_not_equal(store_create(none), OK);
	assert_null(other);
}

static void a_reader_does_not_write(void **state)
{
	struct fixture *f = *state;
	struct store *reader;
	uint64_t count;
	add_alert(f->s, 3, "q", "new", 1);
	assert_int_equal(store_open(f->path, false, &reader), OK);
	assert_int_equal(store_alert_count(reader, &count), OK);
	assert_int_equal(count, 1);
	assert_int_not_equal(store_meta_put(reader, "x", "y", 1), OK);
	store_close(reader);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void assert_refused_untouched(struct fixture *f, enum error want)
{
	size_t before_size, after_size;
	struct store *other = NULL;
	uint8_t *before = scratch_load(f->path, &before_size);
	for (int write = 0; write < 2; write++) {
		assert_int_equal(store_open(f->path, write, &other), want);
		assert_null(other);
	}
	uint8_t *after = scratch_load(f->path, &after_size);
	assert_int_equal(after_size, before_size);
	assert_memory_equal(after, before, before_size);
	free(before);
	free(after);
}

static void another_version_is_refused_and_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	add_alert(f->s, 3, "q", "new", 1);
	store_close(f->s);
	f->s = NULL;
	sql(f->path, "PRAGMA user_version=99");
	assert_refused_untouched(f, ERROR_VERSION);
	sql(f->path, "PRAGMA user_version=0");
	assert_refused_untouched(f, ERROR_VERSION);
	sql(f->path, "PRAGMA user_version=3; PRAGMA application_id=7");
	assert_refused_untouched(f, ERROR_VERSION);
	sql(f->path, "PRAGMA application_id=0x54616d61; PRAGMA journal_mode=DELETE; PRAGMA user_version=99");
	assert_refused_untouched(f, ERROR_VERSION);
	sql(f->path, "PRAGMA user_version=3");
	assert_int_equal(store_open(f->path, true, &f->s), OK); // and back
}

static void what_is_no_database_is_refused_and_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	char text[5000];
	store_close(f->s);
	f->s = NULL;
	memset(text, 'x', sizeof text);
	scratch_save(f->path, text, sizeof text);
	assert_refused_untouched(f, ERROR_MALFORMED);
	scratch_save(f->path, "", 0);
	assert_refused_untouched(f, ERROR_VERSION);
}

static void small_values_are_kept_by_name(void **state)
{
	struct fixture *f = *state;
	uint8_t out[16];
	size_t size = 99;
	assert_int_equal(store_meta_get(f->s, "spool", out, sizeof out, &size), ERROR_NOT_FOUND);
	assert_int_equal(store_meta_put(f->s, "spool", "position", 8), OK);
	assert_int_equal(store_meta_put(f->s, "empty", "", 0), OK);
	assert_int_equal(store_meta_put(f->s, "spool", "later", 5), OK);
	reopen(f);
	assert_int_equal(store_meta_get(f->s, "spool", out, sizeof out, &size), OK);
	assert_int_equal(size, 5);
	assert_memory_equal(out, "later", 5);
	assert_int_equal(store_meta_get(f->s, "spool", out, 4, &size), ERROR_TOO_LARGE);
	assert_int_equal(store_meta_get(f->s, "empty", out, sizeof out, &size), OK);
	assert_int_equal(size, 0);
}

// ---- alerts ---------------------------------------------------------------------------------------------------

static bool check_alert(void *ctx, const struct store_alert *a)
{
	++*(int *)ctx;
	assert_int_equal(a->day, 20000);
	assert_string_equal(a->queue, "protection");
	assert_string_equal(a->oversight, "oversight");
	assert_string_equal(a->state, "new");
	assert_string_equal(a->assignee, "");
	assert_int_equal(a->severity, 4);
	assert_int_equal(a->incident, 0);
	assert_int_equal(a->key_id, 3);
	assert_int_equal(a->oversight_key_id, 4);
	assert_int_equal(a->body_size, 6);
	assert_memory_equal(a->body, "sealed", 6);
	assert_int_equal(a->oversight_wrap_size, 4);
	assert_memory_equal(a->oversight_wrap, "also", 4);
	return true;
}

static void an_alert_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	int calls = 0;
	uint64_t id = add_alert(f->s, 4, "protection", "new", 20000), next;
	assert_int_equal(id, 1);
	reopen(f);
	assert_int_equal(store_alert_get(f->s, id, check_alert, &calls), OK);
	assert_int_equal(calls, 1);
	assert_int_equal(store_alert_get(f->s, id + 1, check_alert, &calls), ERROR_NOT_FOUND);
	assert_int_equal(calls, 1);
	assert_int_equal(store_next_alert(f->s, &next), OK);
	assert_int_equal(next, id + 1);
	struct store_alert twice = {.id = id, .body = "x", .body_size = 1};
	assert_int_equal(store_alert_add(f->s, &twice), ERROR_EXISTS);
}

static void the_most_urgent_is_first_then_the_oldest(void **state)
{
	struct fixture *f = *state;
	static const int severities[] = {1, 5, 3, 5, 2, 3};
	static const uint64_t order[] = {2, 4, 3, 6, 5, 1};
	for (size_t i = 0; i < 6; i++)
		add_alert(f->s, severities[i], "q", "new", 1);
	const struct store_filter all = {0};
	assert_list(f->s, &all, 6, order);
	for (size_t stop = 1; stop <= 6; stop++) {
		struct ids seen = {.stop_after = stop};
		assert_int_equal(store_alert_list(f->s, &all, take_id, &seen), OK);
		assert_int_equal(seen.count, stop);
		assert_memory_equal(seen.ids, order, stop * sizeof *order);
	}
	assert_list(f->s, &all, 6, order); // a list that was stopped begins anew
}

static void a_list_is_filtered(void **state)
{
	struct fixture *f = *state;
	add_alert(f->s, 3, "a", "new", 10);          // 1
	add_alert(f->s, 3, "b", "acknowledged", 11); // 2
	add_alert(f->s, 3, "a", "closed", 12);       // 3
	add_alert(f->s, 3, "b", "new", 13);          // 4
	assert_list(f->s, &(struct store_filter){.queue = "a"}, 2, (uint64_t[]){1, 3});
	assert_list(f->s, &(struct store_filter){.queue = "oversight"}, 4, (uint64_t[]){1, 2, 3, 4});
	assert_list(f->s, &(struct store_filter){.queue = "c"}, 0, NULL);
	assert_list(f->s, &(struct store_filter){.state = "new"}, 2, (uint64_t[]){1, 4});
	assert_list(f->s, &(struct store_filter){.open_only = true}, 3, (uint64_t[]){1, 2, 4});
	assert_list(f->s, &(struct store_filter){.after_id = 2}, 2, (uint64_t[]){3, 4});
	assert_list(f->s, &(struct store_filter){.since_day = 12}, 2, (uint64_t[]){3, 4});
	assert_list(f->s, &(struct store_filter){.queue = "a", .open_only = true}, 1, (uint64_t[]){1});
	uint64_t count;
	assert_int_equal(store_alert_count(f->s, &count), OK);
	assert_int_equal(count, 4);
}

static bool copy_alert(void *ctx, const struct store_alert *a)
{
	*(struct store_alert *)ctx = *a;
	return true;
}

static void a_step_changes_what_it_names(void **state)
{
	struct fixture *f = *state;
	struct store_alert a;
	uint64_t id = add_alert(f->s, 3, "q", "new", 1), other = add_alert(f->s, 3, "q", "new", 1);
	assert_int_equal(store_alert_step(f->s, id, "acknowledged", "awa", NULL), OK);
	assert_int_equal(store_alert_get(f->s, id, copy_alert, &a), OK);
	assert_string_equal(a.state, "acknowledged");
	assert_string_equal(a.assignee, "awa");
	assert_string_equal(a.queue, "q");
	assert_int_equal(store_alert_step(f->s, id, NULL, NULL, "force"), OK);
	assert_int_equal(store_alert_get(f->s, id, copy_alert, &a), OK);
	assert_string_equal(a.state, "acknowledged");
	assert_string_equal(a.assignee, "awa");
	assert_string_equal(a.queue, "force");
	assert_int_equal(store_alert_get(f->s, other, copy_alert, &a), OK);
	assert_string_equal(a.state, "new");
	assert_string_equal(a.queue, "q");
}

static bool check_step(void *ctx, const struct store_step *s)
{
	int n = ++*(int *)ctx;
	assert_int_equal(s->alert_id, 7);
	assert_int_equal(s->at, 1790000000 + n);
	assert_string_equal(s->officer, "awa");
	assert_string_equal(s->action, n == 1 ? "ack" : "note");
	assert_int_equal(s->body_size, n == 1 ? 0 : 4);
	assert_string_equal(s->detail, n == 1 ? "" : "more");
	assert_int_equal(s->signature[1], n == 1 ? 9 : 0);
	if (n == 2)
		assert_memory_equal(s->body, "note", 4);
	return n != 2;
}

static void steps_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	struct store_step s = {.alert_id = 7, .at = 1790000001, .officer = "awa", .action = "ack"};
	int calls = 0;
	memset(s.signature, 9, sizeof s.signature);
	assert_int_equal(store_step_add(f->s, &s), OK);
	struct store_step note = {.alert_id = 7, .at = 1790000002, .officer = "awa", .action = "note",
		.detail = "more", .body = "note", .body_size = 4};
	assert_int_equal(store_step_add(f->s, &note), OK);
	assert_int_equal(store_step_add(f->s, &s), ERROR_EXISTS); // the same signature: a replay
	s.alert_id = 8;
	s.signature[0]++;
	assert_int_equal(store_step_add(f->s, &s), OK);
	s.alert_id = 7;
	s.signature[0]++;
	assert_int_equal(store_step_add(f->s, &s), OK); // behind the stop
	assert_int_equal(store_step_list(f->s, 7, check_step, &calls), OK);
	assert_int_equal(calls, 2);
	calls = 0;
	assert_int_equal(store_step_list(f->s, 9, check_step, &calls), OK);
	assert_int_equal(calls, 0);
}

// ---- blind tags -----------------------------------------------------------------------------------------------

static const uint8_t *tag(uint8_t n)
{
	static uint8_t tags[4][STORE_TAG_SIZE];
	static int at;
	uint8_t *t = tags[at++ % 4];
	memset(t, 0, STORE_TAG_SIZE); // tags differ in their last octet alone, and hold NULs
	t[STORE_TAG_SIZE - 1] = n;
	return t;
}

static void an_sms_seen_is_known_until_it_is_purged(void **state)
{
	struct fixture *f = *state;
	bool found = true;
	assert_int_equal(store_seen_has(f->s, tag(1), &found), OK);
	assert_false(found);
	for (uint8_t n = 1; n <= 10; n++)
		assert_int_equal(store_seen_add(f->s, tag(n), 100 + n), OK);
	assert_int_equal(store_seen_add(f->s, tag(4), 200), ERROR_EXISTS);
	assert_int_equal(store_seen_purge(f->s, 105), OK);
	reopen(f);
	for (uint8_t n = 1; n <= 11; n++) {
		assert_int_equal(store_seen_has(f->s, tag(n), &found), OK);
		assert_int_equal(found, n >= 5 && n <= 10);
	}
}

struct parts {
	size_t count, stop_after;
	int indexes[8];
};

static bool take_part(void *ctx, const struct store_part *p)
{
	struct parts *parts = ctx;
	assert_memory_equal(p->tag, tag(1), STORE_TAG_SIZE);
	assert_int_equal(p->total, 3);
	assert_int_equal(p->body_size, 5);
	assert_memory_equal(p->body, "part", 4);
	assert_int_equal(((const char *)p->body)[4], '0' + p->index);
	parts->indexes[parts->count++] = p->index;
	return parts->count != parts->stop_after;
}

static void put_part(struct store *s, uint8_t t, int index, int64_t at, enum error want)
{
	char body[8];
	snprintf(body, sizeof body, "part%d", index);
	struct store_part p = {.index = index, .total = 3, .first_at = at, .body = body, .body_size = 5};
	memcpy(p.tag, tag(t), STORE_TAG_SIZE);
	assert_int_equal(store_part_add(s, &p), want);
}

static void parts_wait_for_each_other(void **state)
{
	struct fixture *f = *state;
	uint8_t overdue[STORE_TAG_SIZE];
	uint64_t waiting;
	assert_int_equal(store_parts_overdue(f->s, INT64_MAX, overdue), ERROR_NOT_FOUND);
	put_part(f->s, 1, 3, 1000, OK);
	put_part(f->s, 1, 1, 1005, OK);
	put_part(f->s, 1, 1, 1006, ERROR_EXISTS);
	put_part(f->s, 2, 1, 900, OK);
	put_part(f->s, 1, 2, 1010, OK);
	assert_int_equal(store_parts_waiting(f->s, &waiting), OK);
	assert_int_equal(waiting, 4);
	reopen(f);
	struct parts seen = {0}, some = {.stop_after = 2};
	assert_int_equal(store_parts(f->s, tag(1), take_part, &seen), OK);
	assert_int_equal(seen.count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(seen.indexes[i], i + 1);
	assert_int_equal(store_parts(f->s, tag(1), take_part, &some), OK);
	assert_int_equal(some.count, 2);
	// The oldest first; a message is as old as its first part.
	assert_int_equal(store_parts_overdue(f->s, 899, overdue), ERROR_NOT_FOUND);
	assert_int_equal(store_parts_overdue(f->s, 2000, overdue), OK);
	assert_memory_equal(overdue, tag(2), STORE_TAG_SIZE);
	assert_int_equal(store_parts_drop(f->s, tag(2)), OK);
	assert_int_equal(store_parts_overdue(f->s, 999, overdue), ERROR_NOT_FOUND);
	assert_int_equal(store_parts_overdue(f->s, 1000, overdue), OK);
	assert_memory_equal(overdue, tag(1), STORE_TAG_SIZE);
	assert_int_equal(store_parts_drop(f->s, tag(1)), OK);
	assert_int_equal(store_parts_waiting(f->s, &waiting), OK);
	assert_int_equal(waiting, 0);
}

static void an_incident_is_found_within_its_window(void **state)
{
	struct fixture *f = *state;
	uint64_t id, found;
	int reporters;
	bool known;
	assert_int_equal(store_incident_find(f->s, tag(1), 0, &found), ERROR_NOT_FOUND);
	assert_int_equal(store_incident_add(f->s, tag(1), 1000, &id), OK);
	assert_true(id > 0); // 0 is "all"
	assert_int_equal(store_incident_find(f->s, tag(1), 1000, &found), OK);
	assert_int_equal(found, id);
	assert_int_equal(store_incident_find(f->s, tag(1), 1001, &found), ERROR_NOT_FOUND);
	assert_int_equal(store_incident_find(f->s, tag(2), 0, &found), ERROR_NOT_FOUND);
	// Each report keeps it open; one that comes late does not close it.
	assert_int_equal(store_reporter_add(f->s, id, tag(9), NULL, 1500, &reporters, &known), OK);
	assert_int_equal(store_reporter_add(f->s, id, tag(8), NULL, 1200, &reporters, &known), OK);
	assert_int_equal(store_incident_find(f->s, tag(1), 1500, &found), OK);
	assert_int_equal(found, id);
	uint64_t newer;
	assert_int_equal(store_incident_add(f->s, tag(1), 9000, &newer), OK);
	assert_int_equal(store_incident_find(f->s, tag(1), 0, &found), OK);
	assert_int_equal(found, newer);
}

// Three telephones and one code are one person, and what comes to light later joins what was counted apart before.
static void a_code_joins_its_handles_to_one_person(void **state)
{
	static const struct {
		uint8_t handle, code; // 0: none
		int persons;
		bool known;
	} rows[] = {
		{1, 0, 1, false}, {1, 0, 1, true},   // one telephone
		{2, 0, 2, false},                    // another
		{3, 100, 3, false},                  // a third, with a code
		{4, 100, 3, true},                   // the code from a fourth: the same person
		{4, 0, 3, true},                     // also without it
		{1, 100, 2, true},                   // the first has that code too: 1, 3 and 4 are one
		{2, 101, 2, true}, {5, 101, 2, true},
		{5, 100, 1, true},                   // two codes of one person: all are one
		{6, 0, 2, false},
	};
	struct fixture *f = *state;
	uint64_t id, other;
	int persons;
	bool known;
	assert_int_equal(store_incident_add(f->s, tag(1), 1000, &id), OK);
	assert_int_equal(store_incident_add(f->s, tag(2), 1000, &other), OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t code[STORE_TAG_SIZE], handle[STORE_TAG_SIZE];
		memcpy(code, tag(rows[i].code), sizeof code);
		memcpy(handle, tag(rows[i].handle), sizeof handle);
		assert_int_equal(store_reporter_add(f->s, id, handle, rows[i].code ? code : NULL, 1000, &persons, &known), OK);
		assert_int_equal(persons, rows[i].persons);
		assert_int_equal(known, rows[i].known);
	}
	assert_int_equal(store_reporter_add(f->s, other, tag(1), NULL, 1000, &persons, &known), OK);
	assert_int_equal(persons, 1); // of another incident nothing is said
}

static bool add_up(void *ctx, uint64_t alert_id)
{
	*(uint64_t *)ctx = *(uint64_t *)ctx * 10 + alert_id;
	return true;
}

static bool no_memory(void *ctx, uint64_t alert_id)
{
	(void)ctx;
	return alert_id == 0;
}

static void incidents_are_merged_and_split(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b, found, ids = 0, next;
	int reporters;
	bool known;
	assert_int_equal(store_incident_add(f->s, tag(1), 5000, &a), OK);
	assert_int_equal(store_incident_add(f->s, tag(2), 1000, &b), OK);
	for (uint64_t i = 1; i <= 4; i++) {
		struct store_alert alert = {.id = i, .incident = i < 3 ? a : b, .queue = "q", .state = "new", .body = "x",
			.body_size = 1};
		assert_int_equal(store_alert_add(f->s, &alert), OK);
	}
	assert_int_equal(store_reporter_add(f->s, a, tag(9), NULL, 5000, &reporters, &known), OK);
	assert_int_equal(store_incident_merge(f->s, a, b), OK);
	assert_int_equal(store_incident_alerts(f->s, b, add_up, &ids), OK);
	assert_int_equal(ids, 1234);
	assert_int_equal(store_incident_alerts(f->s, a, no_memory, NULL), OK);
	assert_int_equal(store_incident_alerts(f->s, b, no_memory, NULL), ERROR_MEMORY);
	assert_int_equal(store_incident_find(f->s, tag(2), 5000, &found), OK); // as open as the younger one was
	assert_int_equal(found, b);
	assert_int_equal(store_reporter_add(f->s, a, tag(9), NULL, 5000, &reporters, &known), OK);
	assert_false(known); // the caller counts again
	assert_int_equal(reporters, 1);
	assert_int_equal(store_alert_move(f->s, 2, b + 40), OK);
	ids = 0;
	assert_int_equal(store_incident_alerts(f->s, b, add_up, &ids), OK);
	assert_int_equal(ids, 134);
	assert_int_equal(store_incident_add(f->s, tag(3), 1, &next), OK);
	assert_int_equal(next, b + 41); // never one that an alert has
}

static void reporters_are_counted_once(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b;
	int reporters;
	bool known;
	assert_int_equal(store_incident_add(f->s, tag(1), 1000, &a), OK);
	assert_int_equal(store_incident_add(f->s, tag(2), 1000, &b), OK);
	for (uint8_t n = 1; n <= 20; n++) {
		assert_int_equal(store_reporter_add(f->s, a, tag(n), NULL, 1000 + n, &reporters, &known), OK);
		assert_int_equal(reporters, n);
		assert_false(known);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(store_reporter_add(f->s, a, tag(n), NULL, 1000 + n, &reporters, &known), OK);
			assert_int_equal(reporters, n);
			assert_true(known);
		}
	}
	assert_int_equal(store_reporter_add(f->s, b, tag(1), NULL, 1000, &reporters, &known), OK);
	assert_int_equal(reporters, 1);
	assert_false(known);
	assert_int_equal(store_reporter_add(f->s, 0, tag(1), NULL, 1000, &reporters, &known), OK); // of all
	assert_int_equal(reporters, 1);
	assert_false(known);
	// The alert shows the count of now, not of when it came.
	struct store_alert alert = {.id = 1, .incident = a, .queue = "q", .state = "new", .body = "x", .body_size = 1}, back;
	assert_int_equal(store_alert_add(f->s, &alert), OK);
	assert_int_equal(store_alert_get(f->s, 1, copy_alert, &back), OK);
	assert_int_equal(back.reporters, 20);
}

// ---- transactions ---------------------------------------------------------------------------------------------

// One of everything that triage writes for an alert.
static void write_all(struct store *s)
{
	uint64_t incident, key;
	int reporters;
	bool known;
	uint64_t id = add_alert(s, 5, "q", "new", 1);
	struct store_step step = {.alert_id = id, .officer = "awa", .action = "ack"};
	assert_int_equal(store_meta_put(s, "spool", "2", 1), OK);
	assert_int_equal(store_step_add(s, &step), OK);
	assert_int_equal(store_seen_add(s, tag(1), 1), OK);
	put_part(s, 1, 1, 1000, OK);
	assert_int_equal(store_incident_add(s, tag(1), 1, &incident), OK);
	assert_int_equal(store_reporter_add(s, incident, tag(1), NULL, 1, &reporters, &known), OK);
	assert_int_equal(store_content_key_add(s, "q", 1, &key), OK);
	assert_int_equal(store_content_seal_add(s, key, "awa", "sealed", 6), OK);
	uint8_t identity[CUSTODY_IDENTITY_SIZE] = {1};
	assert_int_equal(store_identity_add(s, id, 5, 6, identity), OK);
	assert_int_equal(store_share_add(s, id, 1, "share", 5), OK);
}

static void assert_written(struct store *s, bool written)
{
	const enum error want = written ? OK : ERROR_NOT_FOUND;
	uint64_t n;
	uint8_t out[128];
	size_t size;
	bool found;
	int64_t day, outer;
	char queue[STORE_QUEUE_SIZE];
	struct store_alert a;
	assert_int_equal(store_alert_count(s, &n), OK);
	assert_int_equal(n, written);
	assert_int_equal(store_alert_get(s, 1, copy_alert, &a), want);
	assert_int_equal(store_parts_waiting(s, &n), OK);
	assert_int_equal(n, written);
	assert_int_equal(store_seen_has(s, tag(1), &found), OK);
	assert_int_equal(found, written);
	assert_int_equal(store_incident_find(s, tag(1), 0, &n), want);
	assert_int_equal(store_content_key_find(s, 1, queue, &day), want);
	assert_int_equal(store_content_seal_get(s, 1, "awa", out, sizeof out, &size), want);
	assert_int_equal(store_identity_get(s, 1, &day, &outer, out), want);
	assert_int_equal(store_share_get(s, 1, 1, out, sizeof out, &size), want);
	assert_int_equal(store_meta_get(s, "spool", out, sizeof out, &size), OK);
	assert_int_equal(out[0], written ? '2' : '1');
}

static void a_rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(store_meta_put(f->s, "spool", "1", 1), OK);
	assert_int_equal(store_begin(f->s), OK);
	write_all(f->s);
	store_rollback(f->s);
	assert_written(f->s, false);
	store_rollback(f->s); // outside a transaction: nothing
	assert_int_equal(store_begin(f->s), OK);
	write_all(f->s);
	reopen(f); // the process died
	assert_written(f->s, false);
	assert_int_equal(store_begin(f->s), OK);
	write_all(f->s);
	assert_int_equal(store_commit(f->s), OK);
	assert_written(f->s, true);
	reopen(f);
	assert_written(f->s, true);
}

static void others_see_a_transaction_only_when_it_is_committed(void **state)
{
	struct fixture *f = *state;
	struct store *reader;
	assert_int_equal(store_meta_put(f->s, "spool", "1", 1), OK);
	assert_int_equal(store_open(f->path, false, &reader), OK);
	assert_int_equal(store_begin(f->s), OK);
	write_all(f->s);
	assert_written(reader, false);
	assert_int_equal(store_commit(f->s), OK);
	assert_written(reader, true);
	store_close(reader);
}

// After kill -9 or a power cut: the files as they lie, copied in the middle of a transaction and behind it.
static void a_copy_of_the_files_holds_what_was_committed(void **state)
{
	struct fixture *f = *state;
	for (int committed = 0; committed < 2; committed++) {
		char folder[SCRATCH_PATH], path[300];
		struct store *copy;
		if (!committed)
			assert_int_equal(store_meta_put(f->s, "spool", "1", 1), OK);
		assert_int_equal(store_begin(f->s), OK);
		write_all(f->s);
		if (committed)
			assert_int_equal(store_commit(f->s), OK);
		scratch_make(folder);
		scratch_copy(f->folder, folder);
		if (!committed)
			store_rollback(f->s);
		snprintf(path, sizeof path, "%s/tama.db", folder);
		assert_int_equal(store_open(path, true, &copy), OK);
		assert_written(copy, committed);
		store_close(copy);
		scratch_remove(folder);
	}
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_new_file_is_the_owners_and_is_not_made_twice),
		STORE_TEST(a_reader_does_not_write),
		STORE_TEST(another_version_is_refused_and_left_as_it_is),
		STORE_TEST(what_is_no_database_is_refused_and_left_as_it_is),
		STORE_TEST(small_values_are_kept_by_name),
		STORE_TEST(an_alert_comes_back_whole),
		STORE_TEST(the_most_urgent_is_first_then_the_oldest),
		STORE_TEST(a_list_is_filtered),
		STORE_TEST(a_step_changes_what_it_names),
		STORE_TEST(steps_are_listed_in_order),
		STORE_TEST(an_sms_seen_is_known_until_it_is_purged),
		STORE_TEST(parts_wait_for_each_other),
		STORE_TEST(an_incident_is_found_within_its_window),
		STORE_TEST(a_code_joins_its_handles_to_one_person),
		STORE_TEST(incidents_are_merged_and_split),
		STORE_TEST(reporters_are_counted_once),
		STORE_TEST(a_rollback_leaves_nothing),
		STORE_TEST(others_see_a_transaction_only_when_it_is_committed),
		STORE_TEST(a_copy_of_the_files_holds_what_was_committed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
