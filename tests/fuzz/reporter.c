// SPDX-License-Identifier: GPL-2.0-or-later
// A reporter code in a text, and the record that is kept of one.
#include <ctype.h>

#include "gateway/reporter.h"
#include "tests/fuzz/fuzz.h"

// One wrong digit is never another code.
static void check_code(const char *text)
{
	char code[REPORTER_SIZE], wrong[REPORTER_SIZE];
	if (!reporter_code_valid(text))
		return;
	BUG_IF(strlen(text) != REPORTER_SIZE - 1);
	reporter_code((uint32_t)strtoul(text + 1, NULL, 10), code);
	for (size_t i = 0; i < REPORTER_SIZE; i++)
		BUG_IF(toupper((unsigned char)text[i]) != code[i]);
	for (size_t i = 1; i <= REPORTER_DIGITS; i++) {
		memcpy(wrong, code, sizeof wrong);
		wrong[i] = wrong[i] == '9' ? '0' : (char)(wrong[i] + 1);
		BUG_IF(reporter_code_valid(wrong));
	}
}

static void check_record(const uint8_t *data)
{
	struct reporter r, same;
	uint8_t written[REPORTER_RECORD_SIZE], again[REPORTER_RECORD_SIZE];
	if (reporter_read(data, &r) != OK)
		return;
	BUG_IF(reporter_grade(&r) < 'A' || reporter_grade(&r) > 'F');
	reporter_write(&r, written);
	BUG_IF(reporter_read(written, &same) != OK);
	reporter_write(&same, again);
	BUG_IF(memcmp(written, again, sizeof again) != 0 || same.by_hand != r.by_hand || same.revoked != r.revoked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	BUG_IF(!text);
	check_code(text);
	free(text);
	if (size == REPORTER_RECORD_SIZE)
		check_record(data);
	return 0;
}
