// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/notice.h"

void notice_put(struct bytes_writer *w, const struct notice *n)
{
	bytes_put_u64(w, n->id);
	bytes_put_text(w, n->target, NOTICE_NAME_SIZE);
	bytes_put_text(w, n->to, NOTICE_TO_SIZE);
	bytes_put_u8(w, (uint8_t)n->what);
	bytes_put_u64(w, n->alert_id);
	bytes_put_u8(w, n->severity);
	bytes_put_text(w, n->queue, NOTICE_NAME_SIZE);
	bytes_put_u32(w, n->alerts);
	bytes_put_u32(w, n->escalated);
	bytes_put_u64(w, (uint64_t)n->at);
}

enum error notice_get(struct bytes_reader *r, struct notice *out)
{
	out->id = bytes_get_u64(r);
	bytes_get_text(r, out->target, NOTICE_NAME_SIZE);
	bytes_get_text(r, out->to, NOTICE_TO_SIZE);
	out->what = (enum notice_what)bytes_get_u8(r);
	out->alert_id = bytes_get_u64(r);
	out->severity = bytes_get_u8(r);
	bytes_get_text(r, out->queue, NOTICE_NAME_SIZE);
	out->alerts = bytes_get_u32(r);
	out->escalated = bytes_get_u32(r);
	out->at = (int64_t)bytes_get_u64(r);
	return bytes_end(r) && out->what >= NOTICE_ALERT && out->what < NOTICE_WHAT_END_ && out->severity <= 5 && out->at >= 0 ?
		       OK :
		       ERROR_MALFORMED;
}

const char *notice_name(enum notice_what w)
{
	static const char *const names[NOTICE_WHAT_END_] = {"?", "alert", "escalation", "station", "test"};
	return (unsigned)w < NOTICE_WHAT_END_ ? names[w] : "?";
}

void target_state_put(struct bytes_writer *w, const struct target_state *s)
{
	bytes_put_text(w, s->name, NOTICE_NAME_SIZE);
	bytes_put_u64(w, (uint64_t)s->last_ok);
	bytes_put_u64(w, s->delivered);
	bytes_put_u64(w, s->failures);
	bytes_put_u64(w, s->waiting);
	bytes_put_text(w, s->why, TARGET_WHY_SIZE);
}

enum error target_state_get(struct bytes_reader *r, struct target_state *out)
{
	bytes_get_text(r, out->name, NOTICE_NAME_SIZE);
	out->last_ok = (int64_t)bytes_get_u64(r);
	out->delivered = bytes_get_u64(r);
	out->failures = bytes_get_u64(r);
	out->waiting = bytes_get_u64(r);
	bytes_get_text(r, out->why, TARGET_WHY_SIZE);
	return bytes_end(r) ? OK : ERROR_MALFORMED;
}
