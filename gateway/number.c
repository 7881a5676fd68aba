// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/number.h"

#include <ctype.h>
#include <string.h>

#define E164_MAX 15 // digits, ITU-T E.164 §6.2.1
#define SHORT_MAX 6
#define FILLERS " -()."

static bool starts(const char *s, const char *prefix)
{
	return *prefix && !strncmp(s, prefix, strlen(prefix));
}

enum number_kind number_canonical(const struct config *c, const char *sender, char out[static NUMBER_SIZE])
{
	char digits[NUMBER_SIZE];
	size_t n = 0;
	const char *begin = sender + strspn(sender, FILLERS); // " +223…" and "(+223) …" are numbers too
	bool plus = *begin == '+';
	for (const char *p = begin + plus; *p && n < sizeof digits - 1; p++) {
		if (isdigit((unsigned char)*p))
			digits[n++] = *p;
		else if (!strchr(FILLERS, *p)) {
			snprintf(out, NUMBER_SIZE, "~%.*s", NUMBER_SIZE - 2, sender);
			for (char *q = out; *q; q++)
				*q = (char)toupper((unsigned char)*q);
			return NUMBER_NAME;
		}
	}
	digits[n] = 0;
	if (n == 0) {
		snprintf(out, NUMBER_SIZE, "?");
		return NUMBER_NONE;
	}
	const char *rest = digits;
	if (!plus && starts(digits, c->international_prefix) && n > 8) {
		plus = true;
		rest += strlen(c->international_prefix);
	} else if (!plus && n > (size_t)c->national_digits && starts(digits, c->country_code) &&
		n == (size_t)c->national_digits + strlen(c->country_code)) {
		plus = true; // some networks leave the + out
	} else if (!plus && starts(digits, c->trunk_prefix) && n == (size_t)c->national_digits + strlen(c->trunk_prefix)) {
		rest += strlen(c->trunk_prefix);
	}
	if (plus && strlen(rest) <= E164_MAX) {
		snprintf(out, NUMBER_SIZE, "+%s", rest);
		return NUMBER_E164;
	}
	if (strlen(rest) == (size_t)c->national_digits) {
		snprintf(out, NUMBER_SIZE, "+%s%s", c->country_code, rest);
		return NUMBER_E164;
	}
	snprintf(out, NUMBER_SIZE, "=%s", digits);
	return strlen(digits) <= SHORT_MAX ? NUMBER_SHORT : NUMBER_NAME;
}
