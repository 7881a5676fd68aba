// SPDX-License-Identifier: GPL-2.0-or-later
// Exercises: while one runs, what says that it is an exercise is one, and nothing else is. It ends by itself: a drill
// that somebody forgot must not take real texts for exercises.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/drill.h"
#include "gateway/triage_request.h"

#define DOMAIN "tama/drill/1"
#define WHERE_SIZE (DRILL_AREA_SIZE + DRILL_NOTE_SIZE)

static bool read_newest(void *ctx, const struct store_drill *d)
{
	struct triage_drill *newest = ctx;
	*newest = (struct triage_drill){true, d->id, d->from_at, d->to_at};
	return false;
}

static enum error load(struct triage *t)
{
	if (t->drill.known)
		return OK;
	t->drill = (struct triage_drill){.known = true};
	enum error e = store_drills(t->store, read_newest, &t->drill);
	t->drill.known = e == OK;
	return e;
}

bool triage_drill_runs(struct triage *t, int64_t at)
{
	return load(t) == OK && at >= t->drill.from_at && at < t->drill.to_at;
}

static enum error find_area(const struct triage *t, const char *area, char pcode[static DRILL_AREA_SIZE])
{
	const struct place *places;
	int place = sheet_place_of_code(t->sheet, area);
	sheet_places(t->sheet, &places);
	if (place < 0)
		place = sheet_place_of_pcode(t->sheet, area);
	if (place < 0)
		return ERROR_NOT_FOUND;
	memcpy(pcode, places[place].pcode, DRILL_AREA_SIZE);
	return OK;
}

enum error triage_drill_start(struct triage *t, struct asking *a)
{
	char where[WHERE_SIZE] = "", area[DRILL_AREA_SIZE];
	uint8_t sealed[WHERE_SIZE + WRAP_OVERHEAD], ad[24];
	int64_t now = (int64_t)time(NULL);
	unsigned minutes = bytes_get_u16(&a->payload);
	bytes_get_text(&a->payload, area, sizeof area);
	bytes_get_text(&a->payload, where + DRILL_AREA_SIZE, DRILL_NOTE_SIZE);
	if (!bytes_end(&a->payload) || minutes < 1 || minutes > DRILL_MINUTES_MAX)
		return asking_refuse(a, ERROR_MALFORMED, "a drill lasts 1 to %d minutes", DRILL_MINUTES_MAX);
	enum error e = load(t);
	if (e == OK && triage_drill_runs(t, now))
		return asking_refuse(a, ERROR_EXISTS, "drill %u runs already; `tama drill stop` ends it", (unsigned)t->drill.id);
	if (e == OK && *area && find_area(t, area, where) != OK)
		return asking_refuse(a, ERROR_ARGUMENT, "the sheet has no place or area \"%s\"", area);
	struct store_drill d = {.id = t->drill.id + 1, .from_at = now, .to_at = now + 60 * (int64_t)minutes, .body = sealed,
		.body_size = sizeof sealed};
	memcpy(d.officer, a->request->officer, sizeof d.officer);
	wrap_seal(t->keys->working, DOMAIN, ad, triage_bind(t, d.id, ad), where, sizeof where, sealed);
	if (e == OK)
		e = store_drill_add(t->store, &d);
	t->drill.known = false;
	snprintf(a->detail, sizeof a->detail, "drill=%u minutes=%u", (unsigned)d.id, minutes);
	snprintf(a->answer->text, sizeof a->answer->text, "drill %u runs for %u minutes", (unsigned)d.id, minutes);
	return e;
}

enum error triage_drill_stop(struct triage *t, struct asking *a)
{
	int64_t now = (int64_t)time(NULL);
	if (!bytes_end(&a->payload))
		return ERROR_MALFORMED;
	if (!triage_drill_runs(t, now))
		return asking_refuse(a, ERROR_NOT_FOUND, "no drill runs");
	snprintf(a->detail, sizeof a->detail, "drill=%u", (unsigned)t->drill.id);
	snprintf(a->answer->text, sizeof a->answer->text, "drill %u has ended; `tama drill report` shows what came",
		(unsigned)t->drill.id);
	t->drill.known = false;
	return store_drill_end(t->store, t->drill.id, now);
}

struct listing {
	const struct triage *t;
	struct bytes_writer w;
	unsigned left;
};

static bool list_one(void *ctx, const struct store_drill *row)
{
	struct listing *l = ctx;
	struct drill d = {.id = row->id, .from_at = row->from_at, .to_at = row->to_at};
	char where[WHERE_SIZE] = "";
	uint8_t ad[24];
	memcpy(d.officer, row->officer, sizeof d.officer);
	// After a seizure nobody knows where it was.
	if (row->body_size == WHERE_SIZE + WRAP_OVERHEAD && wrap_open(l->t->keys->working, DOMAIN, ad,
							       triage_bind(l->t, row->id, ad), row->body, row->body_size, (uint8_t *)where) == OK) {
		memcpy(d.area, where, sizeof d.area);
		memcpy(d.note, where + DRILL_AREA_SIZE, sizeof d.note);
	}
	drill_put(&l->w, &d);
	return --l->left > 0;
}

enum error triage_drill_list(struct triage *t, struct asking *a)
{
	uint8_t plain[DRILL_LIST_MAX * DRILL_SIZE];
	struct listing l = {.t = t, .left = DRILL_LIST_MAX};
	if (!bytes_end(&a->payload))
		return ERROR_MALFORMED;
	bytes_writer_init(&l.w, plain, sizeof plain);
	enum error e = store_drills(t->store, list_one, &l);
	if (e == OK)
		e = seal_to(DRILL_LIST_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, plain, l.w.at,
			a->answer->payload);
	if (e == OK)
		a->answer->size = (uint16_t)(l.w.at + SEAL_OVERHEAD);
	return e;
}
