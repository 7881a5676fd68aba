// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/spool_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"

#define FRAME_MAGIC 0x6654   // "Tf"
#define SEGMENT_MAGIC 0x7354 // "Ts"
#define VERSION 1
#define CHECK_SIZE 16

void frame_header_put(const struct frame_header *h, uint8_t out[static FRAME_HEADER_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, FRAME_HEADER_SIZE);
	bytes_put_u16(&w, FRAME_MAGIC);
	bytes_put_u8(&w, VERSION);
	bytes_put_u8(&w, (uint8_t)h->state);
	bytes_put_u32(&w, h->key_id);
	bytes_put_u64(&w, h->seq);
	BUG_IF(!bytes_ok(&w));
}

enum error frame_header_get(const uint8_t in[static FRAME_HEADER_SIZE], struct frame_header *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, in, FRAME_HEADER_SIZE);
	uint16_t magic = bytes_get_u16(&r);
	uint8_t version = bytes_get_u8(&r);
	out->state = (enum frame_state)bytes_get_u8(&r);
	out->key_id = bytes_get_u32(&r);
	out->seq = bytes_get_u64(&r);
	bool known = out->state == FRAME_LIVE || out->state == FRAME_BURNED;
	return bytes_end(&r) && magic == FRAME_MAGIC && version == VERSION && known ? OK : ERROR_MALFORMED;
}

void segment_header_put(const struct segment_header *h, uint8_t out[static SPOOL_FRAME_SIZE])
{
	struct bytes_writer w;
	memset(out, 0, SPOOL_FRAME_SIZE);
	bytes_writer_init(&w, out, SPOOL_FRAME_SIZE);
	bytes_put_u16(&w, SEGMENT_MAGIC);
	bytes_put_u16(&w, VERSION);
	bytes_put_u32(&w, h->frames);
	bytes_put_u64(&w, h->first_seq);
	bytes_put_u64(&w, h->next_seq);
	bytes_put(&w, h->key, KEY_SIZE);
	size_t n = w.at;
	crypto_generichash(out + n, CHECK_SIZE, out, n, NULL, 0); // against torn writes, not against enemies
	BUG_IF(!bytes_ok(&w));
}

enum error segment_header_get(const uint8_t in[static SPOOL_FRAME_SIZE], struct segment_header *out)
{
	struct bytes_reader r;
	uint8_t check[CHECK_SIZE];
	bytes_reader_init(&r, in, SPOOL_FRAME_SIZE);
	uint16_t magic = bytes_get_u16(&r), version = bytes_get_u16(&r);
	out->frames = bytes_get_u32(&r);
	out->first_seq = bytes_get_u64(&r);
	out->next_seq = bytes_get_u64(&r);
	bytes_get(&r, out->key, KEY_SIZE);
	crypto_generichash(check, CHECK_SIZE, in, r.at, NULL, 0);
	if (magic != SEGMENT_MAGIC || memcmp(check, in + r.at, CHECK_SIZE) != 0)
		return ERROR_MALFORMED;
	if (version != VERSION)
		return ERROR_VERSION;
	return out->next_seq >= out->first_seq && out->next_seq - out->first_seq <= out->frames ? OK : ERROR_MALFORMED;
}

uint32_t frame_key_id(const struct seal_public *station)
{
	uint8_t hash[16];
	uint32_t id;
	crypto_generichash(hash, sizeof hash, station->key, sizeof station->key, NULL, 0);
	memcpy(&id, hash, sizeof id);
	return id;
}

void segment_name(uint64_t first_seq, char out[static 32])
{
	snprintf(out, 32, "%016llx.seg", (unsigned long long)first_seq);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

enum error segments_list(int dir, uint64_t **list, size_t *count)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_with(close_folder) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	cleanup_free uint64_t *found = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;
	if (!d)
		return ERROR_IO;
	while ((entry = readdir(d))) {
		unsigned long long seq;
		char again[32];
		if (sscanf(entry->d_name, "%16llx.seg", &seq) != 1)
			continue;
		segment_name(seq, again);
		if (strcmp(again, entry->d_name) != 0)
			continue;
		if (n == room) {
			room = room ? room * 2 : 16;
			uint64_t *more = realloc(found, room * sizeof *found);
			if (!more)
				return ERROR_MEMORY;
			found = more;
		}
		found[n++] = seq;
	}
	if (n)
		qsort(found, n, sizeof *found, ascending);
	*list = steal_pointer(&found);
	*count = n;
	return OK;
}
