// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One drill on the wire between triage and an officer's program: REQUEST_DRILL_LIST answers with these, sealed.

#include "crypto/officer.h"
#include "gateway/base/bytes.h"

#define DRILL_AREA_SIZE 16
#define DRILL_NOTE_SIZE 96
#define DRILL_LIST_DOMAIN "tama/drill-list/1"
#define DRILL_LIST_MAX 20
#define DRILL_SIZE (4 + 8 + 8 + OFFICER_NAME_SIZE + DRILL_AREA_SIZE + DRILL_NOTE_SIZE)
#define DRILL_MINUTES_MAX 2880

struct drill {
	uint32_t id;
	int64_t from_at, to_at;      // Unix seconds, the second exclusive
	char officer[OFFICER_NAME_SIZE];
	char area[DRILL_AREA_SIZE];  // a p-code; empty: everywhere
	char note[DRILL_NOTE_SIZE];
};

static inline void drill_put(struct bytes_writer *w, const struct drill *d)
{
	bytes_put_u32(w, d->id);
	bytes_put_u64(w, (uint64_t)d->from_at);
	bytes_put_u64(w, (uint64_t)d->to_at);
	bytes_put_text(w, d->officer, sizeof d->officer);
	bytes_put_text(w, d->area, sizeof d->area);
	bytes_put_text(w, d->note, sizeof d->note);
}

static inline void drill_get(struct bytes_reader *r, struct drill *d)
{
	d->id = bytes_get_u32(r);
	d->from_at = (int64_t)bytes_get_u64(r);
	d->to_at = (int64_t)bytes_get_u64(r);
	bytes_get_text(r, d->officer, sizeof d->officer);
	bytes_get_text(r, d->area, sizeof d->area);
	bytes_get_text(r, d->note, sizeof d->note);
}
