// SPDX-License-Identifier: GPL-2.0-or-later
// A page of versions, as triage answers it: what is read is written again octet for octet.
#include "gateway/ruleset.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset_page p;
	static uint8_t again[sizeof p];
	if (ruleset_page_read(data, size, &p) != OK)
		return 0;
	BUG_IF(p.count > RULESET_PAGE);
	BUG_IF(ruleset_page_write(&p, again, sizeof again) != size || memcmp(again, data, size) != 0);
	return 0;
}
