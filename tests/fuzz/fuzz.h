// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What every fuzz target has: foreign octets in memory of exactly their size, and for loaders a file that holds them.

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Where the file of one run is written again and again.
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	if (!*path)
		snprintf(path, sizeof path, "/dev/shm/tama-fuzz-%d", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	BUG_IF(fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0);
	return path;
}
