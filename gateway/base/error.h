// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The one list of ways in which anything in Tama can fail, used by all three libraries.
// Functions return `enum error` and give results through out-parameters; a caller's own bug aborts instead.

#define MUST_CHECK __attribute__((warn_unused_result))

enum error {
	OK = 0,
	ERROR_ARGUMENT,   // wrong usage or bad input file
	ERROR_MALFORMED,  // foreign bytes that do not have the promised shape
	ERROR_FORGED,     // an authentication tag, signature or commitment does not hold
	ERROR_NOT_FOUND,
	ERROR_EXISTS,
	ERROR_TOO_LARGE,
	ERROR_MEMORY,
	ERROR_IO,         // errno says more
	ERROR_FULL,       // disk, slot table or quota
	ERROR_LOCKED,     // the station is locked, or somebody else holds the lock
	ERROR_VERSION,    // written by another version
	ERROR_TIMEOUT,
	ERROR_REFUSED,    // a rule, right or limit forbids it
	ERROR_CLOSED,     // the other side is gone
	ERROR_OUTDATED,   // written by an older version, and this one knows how to bring it forward
	ERROR_COUNT_,
};

// A short English phrase, never NULL, borrowed from static memory.
const char *error_text(enum error e);

// A bug of ours: prints file:line and aborts, so that a supervisor restarts a clean process.
#define BUG_IF(cond)                                                                                                 \
	do {                                                                                                         \
		if (__builtin_expect(!!(cond), 0))                                                                   \
			bug_abort(__FILE__, __LINE__, #cond);                                                        \
	} while (0)
_Noreturn void bug_abort(const char *file, int line, const char *what);
