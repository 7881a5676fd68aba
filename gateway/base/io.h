// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Reads and writes of a file that are whole or an error; a signal or a short one in between is no end.

#include <stddef.h>
#include <sys/types.h>

#include "gateway/base/error.h"

// ERROR_NOT_FOUND: the file ends before; ERROR_IO leaves errno.
MUST_CHECK enum error read_fully(int fd, void *out, size_t size, off_t at);
// ERROR_FULL: no room; ERROR_IO leaves errno.
MUST_CHECK enum error write_fully(int fd, const void *in, size_t size, off_t at);
