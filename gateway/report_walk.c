// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/report_walk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t time_of(const json_t *body, const char *key)
{
	struct tm tm = {0};
	const char *text = json_string_value(json_object_get(body, key));
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	return end && !*end ? (int64_t)timegm(&tm) : 0;
}

static bool has_flag(const json_t *body, const char *flag)
{
	const json_t *one;
	size_t i;
	json_array_foreach(json_object_get(body, "flags"), i, one)
		if (!strcmp(json_string_value(one), flag))
			return true;
	return false;
}

static bool add_step(void *ctx, const struct store_step *s)
{
	struct report_alert *a = ctx;
	bool responds = !strcmp(s->action, "respond") || !strcmp(s->action, "refer");
	bool takes = responds || !strcmp(s->action, "ack") || !strcmp(s->action, "verify") || !strcmp(s->action, "close");
	if (takes && !a->ack_at)
		a->ack_at = s->at;
	if (responds && !a->respond_at)
		a->respond_at = s->at;
	if (!strcmp(s->action, "close"))
		a->close_at = s->at;
	return true;
}

static void locate(const struct sheet *sheet, struct report_alert *a)
{
	const char *pcode = json_string_value(json_object_get(a->body, "pcode"));
	a->place = pcode ? sheet_place_of_pcode(sheet, pcode) : -1;
	a->area = sheet_place_at_level(sheet, a->place, "cercle");
	if (a->area < 0)
		a->area = sheet_place_at_level(sheet, a->place, "region");
}

static bool open_one(void *ctx, const struct store_alert *row)
{
	struct report_walk *w = ctx;
	struct report_alert a = {.row = row};
	json_t *body = NULL;
	enum error e = view_alert(w->view, row, &body);
	if (e != OK) {
		w->sealed++;
		return true;
	}
	a.body = body;
	a.at = time_of(body, "received_at");
	const char *handle = json_string_value(json_object_get(body, "handle"));
	a.counts = !has_flag(body, "drill") && !(handle && !strcmp(handle, "STATION"));
	locate(w->sheet, &a);
	if (a.at >= w->since && a.at < w->until) {
		if (w->steps && store_step_list(view_store(w->view), row->id, add_step, &a) != OK)
			w->sealed++;
		w->each(w->ctx, &a);
	}
	json_decref(body);
	return true;
}

enum error report_walk(struct report_walk *w)
{
	struct store_filter f = {.arrival_order = true, .since_day = w->since / 86400};
	return store_alert_list(view_store(w->view), &f, open_one, w);
}

// ---- delays -----------------------------------------------------------------------------------------------------------

void report_delay_add(struct report_delays *d, int64_t seconds)
{
	if (d->count == d->room) {
		d->room = d->room ? 2 * d->room : 64;
		d->list = reallocarray(d->list, d->room, sizeof *d->list);
		BUG_IF(!d->list);
	}
	d->list[d->count++] = seconds > 0 ? seconds : 0;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

json_t *report_delay_json(struct report_delays *d, int percent)
{
	if (!d->count)
		return json_null();
	qsort(d->list, d->count, sizeof *d->list, compare);
	size_t rank = (d->count * (size_t)percent + 99) / 100; // nearest rank
	return json_integer(d->list[rank ? rank - 1 : 0]);
}

void report_delays_finish(struct report_delays *d)
{
	free(d->list);
	*d = (struct report_delays){0};
}

// ---- the usual --------------------------------------------------------------------------------------------------------

struct trend *report_series(const struct sheet *sheet)
{
	const struct place *places;
	struct trend *series = calloc(sheet_places(sheet, &places) + 1, sizeof *series);
	BUG_IF(!series);
	return series;
}

void report_series_add(struct trend *series, const struct report_alert *a)
{
	if (a->counts && a->place >= 0)
		trend_add(&series[a->place], a->at / 86400, 1);
}
