// SPDX-License-Identifier: GPL-2.0-or-later
// The queue: pages of what must be done next. Only what a page shows is opened; what can be filtered without opening is
// filtered by the database, the rest within a bounded number of alerts a request.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/reading_json.h"
#include "gateway/store_page.h"

#define LOOKED_AT_MAX 1000 // alerts opened in one request that looks for something
#define PAGE 50

struct wanted {
	const char *area, *event, *flag, *text;
	bool unread, incidents;
};

struct page {
	struct exchange *x;
	const struct wanted *wanted;
	json_t *alerts;
	uint64_t incidents[STORE_PAGE_MAX];
	size_t incident_count, looked_at, sealed;
	uint64_t opened; // the last that was opened: out
	json_t *one;
	enum error error;
};

// ---- filters --------------------------------------------------------------------------------------------------------

static bool says(const json_t *alert, const char *field, const char *value)
{
	const char *v = json_string_value(json_object_get(alert, field));
	return v && !strcmp(v, value);
}

static bool contains(const json_t *alert, const char *text)
{
	static const char *const fields[] = {"text", "event_name", "place_name", "handle", "event", "place"};
	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		const char *v = json_string_value(json_object_get(alert, fields[i]));
		if (v && strcasestr(v, text))
			return true;
	}
	return false;
}

static bool in_area(struct console *c, const json_t *alert, const char *area)
{
	const char *pcode = json_string_value(json_object_get(alert, "pcode"));
	int place = pcode ? sheet_place_of_pcode(c->sheet, pcode) : -1;
	return place >= 0 && sheet_place_within(c->sheet, place, area);
}

static bool is_wanted(struct page *p, const json_t *a)
{
	const struct wanted *w = p->wanted;
	return (!w->event || says(a, "event", w->event)) && (!w->flag || alert_has_flag(a, w->flag)) &&
	       (!w->area || in_area(p->x->console, a, w->area)) && (!w->text || contains(a, w->text)) &&
	       (!w->unread || json_is_true(json_object_get(a, "unread")));
}

// ---- one page -------------------------------------------------------------------------------------------------------

// An incident is one line: its first alert in this order.
static bool is_shown_already(struct page *p, uint64_t incident)
{
	if (!p->wanted->incidents || !incident)
		return false;
	for (size_t i = 0; i < p->incident_count; i++)
		if (p->incidents[i] == incident)
			return true;
	if (p->incident_count < STORE_PAGE_MAX)
		p->incidents[p->incident_count++] = incident;
	return false;
}

static bool count_one(void *ctx, uint64_t id)
{
	(void)id;
	++*(size_t *)ctx;
	return true;
}

static bool open_one(void *ctx, const struct store_alert *a)
{
	struct page *p = ctx;
	struct exchange *x = p->x;
	size_t of_incident = 1;
	p->error = alert_json(x->console, x->session, a, &p->one);
	if (p->error != OK)
		return true;
	if (!is_wanted(p, p->one) || is_shown_already(p, a->incident)) {
		json_decref(p->one);
		p->one = NULL;
		return true;
	}
	if (p->wanted->incidents && a->incident) {
		of_incident = 0;
		p->error = store_incident_alerts(x->console->store, a->incident, count_one, &of_incident);
	}
	json_object_set_new(p->one, "others", json_integer((json_int_t)(of_incident ? of_incident - 1 : 0)));
	return true;
}

// What a list does not show is not sent over a slow link.
static void thin(json_t *a)
{
	static const char *const unused[] = {"readings", "mends", "spans", "unknown", "shares", "notify", "escalate_after_s", "sheet",
		"reply", "rules"};
	for (size_t i = 0; i < ARRAY_LENGTH(unused); i++)
		json_object_del(a, unused[i]);
}

static enum error fill(struct page *p, struct store_page *q, size_t limit, struct store_key *last, bool *more)
{
	struct store_key keys[STORE_PAGE_MAX];
	size_t n;
	enum error e;
	*more = true;
	for (;;) {
		e = store_alert_page(p->x->console->store, q, keys, &n);
		for (size_t i = 0; i < n && e == OK; i++) {
			if (json_array_size(p->alerts) == limit || p->looked_at == LOOKED_AT_MAX)
				return OK;
			p->one = NULL;
			e = store_alert_get(p->x->console->store, keys[i].id, open_one, p);
			p->looked_at++;
			*last = keys[i];
			p->sealed += e == OK && p->error == ERROR_REFUSED;
			if (p->one) {
				thin(p->one);
				json_array_append_new(p->alerts, p->one);
			}
			e = e == ERROR_NOT_FOUND ? OK : e;
		}
		if (e != OK)
			return e;
		if (n < q->limit) {
			*more = false;
			return OK;
		}
		q->after_severity = keys[n - 1].severity;
		q->after_id = keys[n - 1].id;
	}
}

// ---- counts -----------------------------------------------------------------------------------------------------------

struct counts {
	int64_t open, new, severe;
	json_t *by_queue;
};

static bool add_tally(void *ctx, const struct store_tally *t)
{
	struct counts *n = ctx;
	if (!strcmp(t->state, "closed"))
		return true;
	n->open += t->count;
	n->new += !strcmp(t->state, "new") ? t->count : 0;
	n->severe += t->severity >= 4 ? t->count : 0;
	json_int_t so_far = json_integer_value(json_object_get(n->by_queue, t->queue));
	json_object_set_new(n->by_queue, t->queue, json_integer(so_far + t->count));
	return true;
}

static json_t *counts_json(struct exchange *x, const struct page *p)
{
	struct counts n = {.by_queue = json_object()};
	size_t i;
	json_t *a;
	if (!view_is_duress(x->session->view)) {
		if (store_alert_tally(x->console->store, x->session->name, add_tally, &n) != OK)
			n.open = -1;
	} else { // a handful; nothing but what is shown
		json_array_foreach(p->alerts, i, a) {
			struct store_tally t = {.severity = (int)json_integer_value(json_object_get(a, "severity")), .count = 1};
			snprintf(t.queue, sizeof t.queue, "%s", json_string_value(json_object_get(a, "queue")));
			snprintf(t.state, sizeof t.state, "%s", json_string_value(json_object_get(a, "state")));
			add_tally(&n, &t);
		}
	}
	return json_pack("{s:I, s:I, s:I, s:i, s:o}", "open", (json_int_t)n.open, "new", (json_int_t)n.new, "severe",
		(json_int_t)n.severe, "overdue", 0, "by_queue", n.by_queue);
}

// ---- the request ------------------------------------------------------------------------------------------------------

static bool flag_of(struct exchange *x, const char *name)
{
	const char *v = http_query(x, name);
	return v && !strcmp(v, "1");
}

static const char *text_of(struct exchange *x, const char *name)
{
	const char *v = http_query(x, name);
	return v && *v ? v : NULL;
}

static bool read_query(struct exchange *x, struct store_page *q, struct wanted *w, size_t *limit, char own[DURESS_NAME_SIZE])
{
	uint64_t n = PAGE, severity = 0;
	const char *after = text_of(x, "after");
	bool duress = view_is_duress(x->session->view);
	char end;
	unsigned long long id = 0;
	int after_severity = 0;
	if (!http_query_id(x, "limit", &n) || n < 1 || n > 200 || !http_query_id(x, "severity", &severity) || severity > 5 ||
		(after && (sscanf(after, "%1d-%15llu%c", &after_severity, &id, &end) != 2 || after_severity < 1 ||
				  after_severity > 5))) {
		http_fail(x, 400, "query", "The limit is 1 to 200, a severity 1 to 5, \"after\" what \"next\" was.");
		return false;
	}
	*limit = n;
	*q = (struct store_page){.officer = duress ? duress_name(x->session->name, own) : x->session->name,
		.duress = duress, .queue = text_of(x, "queue"), .state = text_of(x, "state"), .severity = (int)severity,
		.all = flag_of(x, "all"), .after_severity = after_severity, .after_id = id, .limit = n < 100 ? n + 1 : STORE_PAGE_MAX};
	*w = (struct wanted){text_of(x, "area"), text_of(x, "event"), text_of(x, "flag"), text_of(x, "q"),
		flag_of(x, "unread"), flag_of(x, "incidents")};
	return true;
}

void api_queue(struct exchange *x)
{
	struct store_page q;
	struct wanted w;
	struct store_key last = {0};
	char own[DURESS_NAME_SIZE], next[32];
	size_t limit;
	bool more = false;
	if (!read_query(x, &q, &w, &limit, own))
		return;
	console_refresh(x->console);
	struct page p = {.x = x, .wanted = &w, .alerts = json_array()};
	enum error e = fill(&p, &q, limit, &last, &more);
	if (e != OK) {
		json_decref(p.alerts);
		http_fail(x, 503, "store", "The queue cannot be read now.");
		return;
	}
	snprintf(next, sizeof next, "%d-%llu", last.severity, (unsigned long long)last.id);
	json_t *o = json_object(), *counts = counts_json(x, &p);
	json_object_set_new(o, "alerts", p.alerts);
	json_object_set_new(o, "next", more ? json_string(next) : json_null());
	json_object_set_new(o, "version", json_integer((json_int_t)streams_version(x->console->streams)));
	json_object_set_new(o, "counts", counts);
	json_object_set_new(o, "sealed", json_integer(view_is_partial(x->session->view) ? (json_int_t)p.sealed : 0));
	json_object_set_new(o, "now", time_json((int64_t)time(NULL)));
	http_answer(x, 200, o);
}

// ---- an incident ------------------------------------------------------------------------------------------------------

struct unfolding {
	struct page page;
	size_t limit;
};

static bool unfold(void *ctx, uint64_t id)
{
	struct unfolding *u = ctx;
	u->page.one = NULL;
	enum error e = store_alert_get(u->page.x->console->store, id, open_one, &u->page);
	if (e == OK && u->page.one) {
		thin(u->page.one);
		json_array_append_new(u->page.alerts, u->page.one);
	}
	return json_array_size(u->page.alerts) < u->limit;
}

void api_incident(struct exchange *x)
{
	static const struct wanted all = {0};
	uint64_t id;
	struct unfolding u = {.page = {.x = x, .wanted = &all, .alerts = json_array()}, .limit = STORE_PAGE_MAX};
	console_refresh(x->console);
	enum error e = http_parse_id(x->tail, &id) && id ? store_incident_alerts(x->console->store, id, unfold, &u) :
							    ERROR_NOT_FOUND;
	if ((e == OK || e == ERROR_MEMORY) && json_array_size(u.page.alerts)) { // the second: as many as are shown
		http_answer(x, 200, json_pack("{s:o}", "alerts", u.page.alerts));
		return;
	}
	json_decref(u.page.alerts);
	http_fail(x, 404, "incident", "There is no such incident.");
}
