// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/pad.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "gateway/base/cleanup.h"
#include "gateway/base/io.h"

#define GROW 65536 // octets, so that a sync seldom has to write the file's size too

struct pads {
	int fd;
	off_t size;
	bool dirty;
};

enum error pads_open(const struct config *c, bool write, struct pads **out)
{
	char path[600];
	struct stat st;
	struct pads *p = calloc(1, sizeof *p);
	if (!p)
		return ERROR_MEMORY;
	config_file(c, "queue.pads", path);
	p->fd = open(path, write ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
	if (p->fd < 0 || fstat(p->fd, &st) != 0) {
		enum error e = errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
		pads_close(p);
		return e;
	}
	p->size = st.st_size;
	*out = p;
	return OK;
}

void pads_close(struct pads *p)
{
	if (p && p->fd >= 0)
		close(p->fd);
	free(p);
}

static enum error put(struct pads *p, uint64_t id, const uint8_t pad[static KEY_SIZE])
{
	off_t at = (off_t)(id * KEY_SIZE);
	if (at + KEY_SIZE > p->size) {
		off_t size = (at / GROW + 1) * GROW;
		if (fallocate(p->fd, 0, 0, size) != 0)
			return errno == ENOSPC ? ERROR_FULL : ERROR_IO;
		p->size = size;
	}
	p->dirty = true;
	return write_fully(p->fd, pad, KEY_SIZE, at);
}

enum error pads_make(struct pads *p, uint64_t alert_id, uint8_t out[static KEY_SIZE])
{
	randombytes_buf(out, KEY_SIZE);
	return put(p, alert_id, out);
}

enum error pads_get(const struct pads *p, uint64_t alert_id, uint8_t out[static KEY_SIZE])
{
	enum error e = read_fully(p->fd, out, KEY_SIZE, (off_t)(alert_id * KEY_SIZE));
	return e == OK && sodium_is_zero(out, KEY_SIZE) ? ERROR_NOT_FOUND : e;
}

enum error pads_destroy(struct pads *p, uint64_t alert_id)
{
	static const uint8_t zeros[KEY_SIZE];
	return put(p, alert_id, zeros);
}

enum error pads_sync(struct pads *p)
{
	if (p->dirty && fdatasync(p->fd) != 0)
		return ERROR_IO;
	p->dirty = false;
	return OK;
}
