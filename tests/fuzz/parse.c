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
	uint32_t at = 0;
	for (size_t i = 0; i < set.span_count; at = set.spans[i++].to)
		BUG_IF(set.spans[i].to <= at);
	BUG_IF(at != size);
	for (size_t i = 0; i < set.reporter_count; i++)
		BUG_IF(set.reporters[i].from >= set.reporters[i].to || set.reporters[i].to > size || !reporter_code_valid(set.reporters[i].code));
	if (sheet_parse_exercise(sheet, (const char *)data, size, &set))
		BUG_IF(!(set.flags & FLAG_DRILL) || set.reporter_count > REPORTERS_MAX);
	return 0;
}
