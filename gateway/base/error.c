// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/error.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const texts[ERROR_COUNT_] = {
	[OK] = "done",
	[ERROR_ARGUMENT] = "wrong usage or bad input",
	[ERROR_MALFORMED] = "malformed",
	[ERROR_FORGED] = "authentication failed",
	[ERROR_NOT_FOUND] = "not found",
	[ERROR_EXISTS] = "exists already",
	[ERROR_TOO_LARGE] = "too large",
	[ERROR_MEMORY] = "out of memory",
	[ERROR_IO] = "input/output error",
	[ERROR_FULL] = "full",
	[ERROR_LOCKED] = "locked",
	[ERROR_VERSION] = "written by another version",
	[ERROR_TIMEOUT] = "timed out",
	[ERROR_REFUSED] = "refused",
	[ERROR_CLOSED] = "the other side is gone",
	[ERROR_OUTDATED] = "written by an older version of Tama; start the station once (`tama run`), which brings it forward",
};

const char *error_text(enum error e)
{
	return (unsigned)e < ERROR_COUNT_ ? texts[e] : "unknown error";
}

void bug_abort(const char *file, int line, const char *what)
{
	fprintf(stderr, "tama: bug: %s:%d: %s\n", file, line, what);
	abort();
}
