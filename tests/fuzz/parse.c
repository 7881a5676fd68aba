// SPDX-License-Identifier: GPL-2.0-or-later
// A villager's text, and whatever else arrives as one.
#include "rules/parse.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct problems problems;
	static struct sheet *sheet;
	struct reading_set set;
	if (!sheet)
		BUG_IF(sheet_load(ETC "/sheet-mali.conf", &problems, &sheet) != OK);
	sheet_parse(sheet, (const char *)data, size, &set);
	BUG_IF(set.count > READINGS_MAX || set.mend_count > MENDS_MAX || set.unknown_count > UNKNOWN_MAX);
	BUG_IF(set.severity < 1 || set.severity > 5);
	return 0;
}
