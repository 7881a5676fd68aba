// SPDX-License-Identifier: GPL-2.0-or-later
// Headers of segments and frames, and whole segments as a reader meets them on the disk.
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "gateway/spool_format.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct secret *secret;
	static char folder[] = "/dev/shm/tama-fuzz-XXXXXX", path[64];
	struct spool_position at = {.next_seq = 1};
	struct spool_reader *reader;
	struct spool_event ev;
	struct frame_header f;
	struct segment_header s;
	if (!secret) {
		BUG_IF(sodium_init() < 0 || secret_random(KEY_SIZE, &secret) != OK || !mkdtemp(folder));
		snprintf(path, sizeof path, "%s/0000000000000001.seg", folder);
	}
	if (size >= FRAME_HEADER_SIZE && frame_header_get(data, &f) == OK)
		BUG_IF(f.state != FRAME_LIVE && f.state != FRAME_BURNED);
	if (size >= SPOOL_FRAME_SIZE && segment_header_get(data, &s) == OK)
		BUG_IF(s.next_seq < s.first_seq);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	BUG_IF(fd < 0 || write(fd, data, size) != (ssize_t)size);
	close(fd);
	BUG_IF(spool_reader_open(folder, secret, &at, &reader) != OK);
	for (int i = 0; i < 8 && spool_next(reader, 4, &ev) == OK && ev.kind != SPOOL_END; i++)
		BUG_IF(ev.kind == SPOOL_PART); // nobody sealed anything
	spool_reader_close(reader);
	return 0;
}
