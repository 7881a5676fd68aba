// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// seccomp allow-lists through libseccomp, one a role: what a process may still ask of the kernel once it is set up.
// A call outside the list kills the process.

#include "gateway/message.h"

// No new privileges, no core, not dumpable; called first. Never fails quietly: aborts.
void sandbox_begin(void);
// Closes the allow-list of `role`. In sanitized builds it only sets no-new-privileges (a sanitizer needs more calls).
MUST_CHECK enum error sandbox_close(enum role role);
