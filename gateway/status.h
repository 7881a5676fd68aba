// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// `tama status --json`: what the supervisor knows, as the contract of DESIGN.md section 6 names it.

#include "gateway/child.h"
#include "gateway/config.h"
#include "gateway/notice.h"

// A JSON text that the caller frees; aborts when there is no memory. Holds no informant's number and no text.
char *status_json(const struct config *config, const struct child *children, size_t count, const struct target_state *targets);
