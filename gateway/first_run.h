// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The one-time code with which the first officer is made in the console: `tama init` prints it and keeps its hash,
// triage takes it once and within a day.

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define FIRST_RUN_NAME "first_run" // in the store's small values
#define FIRST_RUN_SIZE 40          // hash of the code, then when it was made (i64)
#define FIRST_RUN_VALID_S 86400
#define FIRST_RUN_CODE_SIZE 32

// A hundred random bits need no slow hash. Lower case and spaces are forgiven.
static inline void first_run_hash(const char *code, uint8_t out[static 32])
{
	char plain[FIRST_RUN_CODE_SIZE] = "";
	size_t n = 0;
	for (const char *p = code; *p && n < sizeof plain - 1; p++)
		if (*p != '-' && *p != ' ')
			plain[n++] = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	crypto_generichash(out, 32, (const uint8_t *)plain, n, (const uint8_t *)"tama/first-run/1", 16);
}
