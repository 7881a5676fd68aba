// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/custody.h"
#include "crypto/kek.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t station[16] = {0};
	struct custody_share s;
	struct kek_params p;
	if (size >= KEK_PARAMS_SIZE && kek_params_get(data, &p) == OK)
		BUG_IF(p.passes > 16 || p.memory > 1u << 30);
	uint64_t alert = size > 17 ? data[17] : 0;
	if (custody_share_read(data, size, station, alert, &s) == OK)
		BUG_IF(s.about.threshold < 1 || s.about.threshold > s.about.count || s.share.index < 1);
	return 0;
}
