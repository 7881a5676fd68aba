// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/armor.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[2048];
	size_t n;
	const char *path = fuzz_file(data, size);
	if (armor_read(path, "REVEAL REQUEST", out, sizeof out, &n) == OK)
		BUG_IF(n > sizeof out);
	return 0;
}
