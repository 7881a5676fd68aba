// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/zip.h"

#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gateway/base/cleanup.h"

#define LEVEL 6
#define WINDOW_GZIP (15 + 16)
#define MEMORY 8
#define LOT 512 // octets: more than a right guess in a text saves

bool zip_wanted(struct exchange *x, size_t size)
{
	const char *accepts = x->route && size >= ZIP_FROM && route_zips(x->route) ?
				      http_request_header(x, "Accept-Encoding") : NULL;
	return accepts && strstr(accepts, "gzip") && !strstr(accepts, "gzip;");
}

void zip_free(void *p)
{
	if (p)
		sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

static void *take(void *ctx, unsigned count, unsigned size)
{
	(void)ctx;
	return calloc(count, size);
}

static void give(void *ctx, void *p)
{
	(void)ctx;
	zip_free(p);
}

void *zip_text(const char *text, size_t size, size_t *out_size)
{
	uint8_t lot[LOT] = {0};
	gz_header head = {.os = 255, .extra = lot, .extra_len = 1 + randombytes_uniform(LOT)};
	z_stream z = {.zalloc = take, .zfree = give, .avail_in = (unsigned)size};
	z.next_in = (z_const Bytef *)(uintptr_t)text;
	uint8_t *out = size < UINT32_MAX ? malloc(size) : NULL;
	if (!out || deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(out);
		return NULL;
	}
	z.next_out = out;
	z.avail_out = (unsigned)size;
	bool whole = deflateSetHeader(&z, &head) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END;
	*out_size = size - z.avail_out;
	deflateEnd(&z);
	if (!whole) {
		zip_free(out);
		return NULL;
	}
	return out;
}
