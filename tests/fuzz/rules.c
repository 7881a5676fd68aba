// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/rule.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct problems problems;
	static struct sheet *sheet;
	struct rules *r = NULL;
	if (!sheet)
		BUG_IF(sheet_load(ETC "/sheet-mali.conf", &problems, &sheet) != OK);
	const char *path = fuzz_file(data, size);
	memset(&problems, 0, sizeof problems);
	if (rules_load(path, sheet, &problems, &r) == OK)
		BUG_IF(!r);
	rules_destroy(r);
	return 0;
}
