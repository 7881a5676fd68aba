// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/state.h"

void state_put(struct bytes_writer *w, const struct state *s)
{
	bytes_put_u8(w, (uint8_t)s->code);
	bytes_put_text(w, s->text, STATE_TEXT_SIZE);
	for (int i = 0; i < STATE_COUNTERS; i++)
		bytes_put_u64(w, s->counters[i]);
}

enum error state_get(struct bytes_reader *r, struct state *out)
{
	out->code = (enum state_code)bytes_get_u8(r);
	bytes_get_text(r, out->text, STATE_TEXT_SIZE);
	for (int i = 0; i < STATE_COUNTERS; i++)
		out->counters[i] = bytes_get_u64(r);
	return bytes_end(r) && out->code < STATE_CODE_END_ ? OK : ERROR_MALFORMED;
}

const char *state_name(enum state_code c)
{
	static const char *const names[STATE_CODE_END_] = {"starting", "running", "locked", "no-device", "no-sim",
		"no-network", "disk-full", "failed", "stopped"};
	return (unsigned)c < STATE_CODE_END_ ? names[c] : "?";
}
