// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/io.h"

#include <errno.h>
#include <unistd.h>

enum error read_fully(int fd, void *out, size_t size, off_t at)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = pread(fd, (char *)out + got, size - got, at + (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERROR_IO;
		if (n == 0)
			return ERROR_NOT_FOUND;
		got += (size_t)n;
	}
	return OK;
}

enum error write_fully(int fd, const void *in, size_t size, off_t at)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(fd, (const char *)in + done, size - done, at + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERROR_FULL : ERROR_IO;
		done += (size_t)n;
	}
	return OK;
}
