// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The pages, in the binary: made from gateway/web/ by embed.py at build time. No path of a request ever reaches a disk.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;

struct static_file {
	const char *path, *type, *etag; // etag: quoted
	const uint8_t *plain, *gzip;
	size_t plain_size, gzip_size;
};
extern const struct static_file static_files[];
extern const size_t static_count;

bool static_answer(struct exchange *x); // false: no such file
