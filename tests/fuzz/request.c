// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/action.h"
#include "gateway/request.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request r;
	static struct answer a;
	static struct action step;
	if (request_read(data, size, &r) == OK)
		BUG_IF(!memchr(r.officer, 0, sizeof r.officer) || r.size > REQUEST_PAYLOAD_MAX);
	if (answer_read(data, size, &a) == OK)
		BUG_IF(a.result >= ERROR_COUNT_ || a.size > ANSWER_PAYLOAD_MAX);
	if (action_read(data, size, &step) == OK)
		BUG_IF(step.note_size > ACTION_NOTE_MAX || step.grant_count > ACTION_GRANTS_MAX);
	return 0;
}
