// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Whether each answer of the rules is one SMS, in the alphabet that its letters need: what rules/ cannot know. Used by
// all that load rules.

#include "rules/rule.h"

// ERROR_ARGUMENT with a problem at the text.
MUST_CHECK enum error reply_check(const struct rules *r, struct problems *problems);
