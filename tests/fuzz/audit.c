// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/audit.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t station[16];
	struct audit_state state = {.seq = 1};
	struct audit_record r;
	uint64_t seq;
	char head[64] = "";
	if (audit_read(data, size, &r) == OK)
		BUG_IF(r.size > AUDIT_DETAIL_MAX);
	BUG_IF(audit_check(&state, station, data, size, &r) == OK); // nobody's key
	memcpy(head, data, size < sizeof head - 1 ? size : sizeof head - 1);
	if (audit_head_seq(head, &seq) == OK)
		BUG_IF(seq == 0);
	return 0;
}
