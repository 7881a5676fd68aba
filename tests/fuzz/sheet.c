// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sheet.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct problems problems;
	struct sheet *s = NULL;
	const char *path = fuzz_file(data, size);
	memset(&problems, 0, sizeof problems);
	if (sheet_load(path, &problems, &s) == OK)
		sheet_check(s, path, &problems);
	sheet_destroy(s);
	return 0;
}
