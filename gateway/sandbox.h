// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// seccomp lists through libseccomp: what a process may still ask of the kernel once it is set up. A call outside its
// list kills the process. Sanitized builds make the lists and do not load them (a sanitizer needs more calls).

#include "gateway/message.h"

// No new privileges, no core, not dumpable; called first. Never fails quietly: aborts.
void sandbox_begin(void);
// Closes the list of `role`. The supervisor's is inherited by all it starts and refuses what no process of the station
// ever asks for; each other one allows what that process needs and refuses all else.
MUST_CHECK enum error sandbox_close(enum role role);
