// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/reporter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "rules/sheet.h"

void reporter_code(uint32_t number, char out[static REPORTER_SIZE])
{
	BUG_IF(number >= REPORTER_NUMBERS);
	snprintf(out, REPORTER_SIZE, "R%0*u", REPORTER_DIGITS, (unsigned)number);
	out[1 + REPORTER_DIGITS] = place_check_letter(out + 1);
	out[REPORTER_SIZE - 1] = 0;
}

bool reporter_code_valid(const char *text)
{
	char digits[REPORTER_DIGITS + 1] = "";
	if (toupper((unsigned char)*text) != 'R' || strspn(text + 1, "0123456789") != REPORTER_DIGITS ||
		strlen(text) != REPORTER_SIZE - 1)
		return false;
	memcpy(digits, text + 1, REPORTER_DIGITS);
	return toupper((unsigned char)text[REPORTER_SIZE - 2]) == place_check_letter(digits);
}
