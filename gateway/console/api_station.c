// SPDX-License-Identifier: GPL-2.0-or-later
// The station as a whole: its processes, the audit chain, the map and the figures.
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/reading_json.h"
#include "gateway/report.h"
#include "gateway/store_record.h"

#define AUDIT_PAGE 200
#define DAY_S 86400

void api_status(struct exchange *x)
{
	if (x->console->status)
		http_answer(x, 200, json_incref(x->console->status));
	else
		http_fail(x, 503, "away", "The supervisor has not answered yet.");
}

// ---- audit ----------------------------------------------------------------------------------------------------------

struct audit_reading {
	struct console *console;
	json_t *list;
};

static bool add_record(void *ctx, uint64_t seq, const void *record, size_t size)
{
	struct audit_reading *r = ctx;
	struct audit_record a;
	char detail[AUDIT_DETAIL_MAX + 1];
	if (audit_read(record, size, &a) != OK) {
		json_array_append_new(r->list, json_pack("{s:I, s:n, s:s, s:s, s:s}", "seq", (json_int_t)seq, "at", "kind",
						       "unreadable", "actor", "", "detail", "`tama audit verify` says more"));
		return true;
	}
	snprintf(detail, sizeof detail, "%.*s", (int)a.size, a.detail);
	json_array_append_new(r->list, json_pack("{s:I, s:o, s:s, s:s, s:s}", "seq", (json_int_t)seq, "at", time_json(a.at),
					       "kind", a.kind, "actor", a.actor, "detail", detail));
	return json_array_size(r->list) < AUDIT_PAGE;
}

void api_audit(struct exchange *x)
{
	struct audit_reading r = {x->console, json_array()};
	struct audit_state state;
	struct audit_record last;
	uint8_t record[AUDIT_RECORD_MAX];
	char head[AUDIT_HEAD_SIZE] = "";
	uint64_t after = 0;
	size_t size;
	if (!http_query_id(x, "after", &after)) {
		json_decref(r.list);
		http_fail(x, 400, "query", "\"after\" is the number of a record.");
		return;
	}
	enum error e = store_audit_last(x->console->store, record, sizeof record, &size);
	if (e == OK && audit_read(record, size, &last) == OK) {
		audit_state_of(&state, x->console->process.config.station_id, &last, record, size);
		audit_head(&state, head);
	}
	if (e == OK || e == ERROR_NOT_FOUND)
		e = store_audit_list(x->console->store, after, add_record, &r);
	if (e == OK) {
		http_answer(x, 200, json_pack("{s:o, s:s}", "records", r.list, "head", head));
		return;
	}
	json_decref(r.list);
	http_fail(x, 503, "store", "The audit chain cannot be read now.");
}

// ---- map and figures ----------------------------------------------------------------------------------------------------

void api_map(struct exchange *x)
{
	uint64_t days = 30;
	json_t *o = NULL;
	if (!http_query_id(x, "days", &days) || days < 1 || days > 366) {
		http_fail(x, 400, "query", "\"days\" is 1 to 366.");
		return;
	}
	console_refresh(x->console);
	if (report_map(x->session->view, x->console->sheet, (int)days, (int64_t)time(NULL), &o) == OK)
		http_answer(x, 200, o);
	else
		http_fail(x, 503, "store", "The map cannot be drawn now.");
}

static bool day_of(struct exchange *x, const char *name, int64_t *out)
{
	struct tm tm = {0};
	const char *v = http_query(x, name), *end = v ? strptime(v, "%Y-%m-%d", &tm) : NULL;
	if (!v || !*v)
		return true;
	*out = (int64_t)timegm(&tm);
	return end && (!*end || *end == 'T') && *out > 0;
}

void api_report(struct exchange *x)
{
	int64_t now = (int64_t)time(NULL), until = now / DAY_S * DAY_S;
	struct report_ask ask = {.from = 0, .until = 0, .now = now};
	json_t *o = NULL;
	if (!day_of(x, "from", &ask.from) || !day_of(x, "to", &ask.until)) {
		http_fail(x, 400, "query", "\"from\" and \"to\" are days such as 2016-05-01.");
		return;
	}
	ask.until = ask.until ? ask.until + DAY_S : until + DAY_S;
	ask.from = ask.from ? ask.from : ask.until - 7 * DAY_S;
	console_refresh(x->console);
	if (ask.from >= ask.until || ask.until - ask.from > 3660ll * DAY_S)
		http_fail(x, 400, "query", "\"from\" must be before \"to\".");
	else if (report_make(x->session->view, x->console->sheet, &ask, &o) == OK)
		http_answer(x, 200, o);
	else
		http_fail(x, 503, "store", "The figures cannot be counted now.");
}
