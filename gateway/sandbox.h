// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// seccomp lists through libseccomp: what a process may still ask of the kernel once it is set up. A call outside its
// list kills the process. Sanitized builds make the lists and do not load them (a sanitizer needs more calls).

#include "gateway/config.h"
#include "gateway/message.h"

// No new privileges, no core, not dumpable; called first. Never fails quietly: aborts.
void sandbox_begin(void);
// Of the files of the whole machine only those stay that `role` is there for (Landlock): called before the list is closed.
// ERROR_NOT_FOUND: this kernel has no Landlock, and nothing is closed. Files that are open stay open.
MUST_CHECK enum error sandbox_close_files(const struct config *c, enum role role);
// Closes the list of `role`. The supervisor's is inherited by all it starts and refuses what no process of the station
// ever asks for; each other one allows what that process needs and refuses all else.
MUST_CHECK enum error sandbox_close(enum role role);
