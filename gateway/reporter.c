// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reporter.h"

#include <string.h>

#include "rules/grade.h"

void reporter_write(const struct reporter *r, uint8_t out[static REPORTER_RECORD_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, REPORTER_RECORD_SIZE);
	bytes_put_u32(&w, r->id);
	bytes_put_u8(&w, r->revoked);
	bytes_put_u8(&w, (uint8_t)r->by_hand);
	bytes_put_u16(&w, r->confirmed);
	bytes_put_u16(&w, r->wrong);
	bytes_put_u32(&w, r->texts);
	bytes_put_u64(&w, (uint64_t)r->issued_at);
	bytes_put_u64(&w, (uint64_t)r->revoked_at);
	bytes_put_text(&w, r->place, sizeof r->place);
	bytes_put_text(&w, r->note, sizeof r->note);
	bytes_put_text(&w, r->issued_by, sizeof r->issued_by);
	bytes_put_text(&w, r->why, sizeof r->why);
	bytes_put_zeros(&w, REPORTER_RECORD_SIZE - w.at);
	BUG_IF(!bytes_ok(&w));
}

enum error reporter_read(const uint8_t in[static REPORTER_RECORD_SIZE], struct reporter *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, in, REPORTER_RECORD_SIZE);
	out->id = bytes_get_u32(&r);
	out->revoked = bytes_get_u8(&r) == 1;
	out->by_hand = (char)bytes_get_u8(&r);
	out->confirmed = bytes_get_u16(&r);
	out->wrong = bytes_get_u16(&r);
	out->texts = bytes_get_u32(&r);
	out->issued_at = (int64_t)bytes_get_u64(&r);
	out->revoked_at = (int64_t)bytes_get_u64(&r);
	bytes_get_text(&r, out->place, sizeof out->place);
	bytes_get_text(&r, out->note, sizeof out->note);
	bytes_get_text(&r, out->issued_by, sizeof out->issued_by);
	bytes_get_text(&r, out->why, sizeof out->why);
	bool letter = !out->by_hand || (out->by_hand >= 'A' && out->by_hand <= 'F');
	return r.failed || !letter ? ERROR_MALFORMED : OK;
}

char reporter_grade(const struct reporter *r)
{
	return r->by_hand ? r->by_hand : grade_source(r->confirmed, r->wrong);
}
