// SPDX-License-Identifier: GPL-2.0-or-later
// LD_PRELOAD: the next fdatasync or fsync of tama-intake fails with EIO when the file that TAMA_FAIL_SYNC names is there;
// the file is taken away, so that it happens once.
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(void)
{
	static const char *path;
	if (strcmp(program_invocation_short_name, "tama-intake") != 0)
		return 0;
	path = path ? path : getenv("TAMA_FAIL_SYNC");
	return path && unlink(path) == 0;
}

static int really(const char *name, int fd)
{
	int (*call)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	return call(fd);
}

int fdatasync(int fd)
{
	if (!fails())
		return really("fdatasync", fd);
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	if (!fails())
		return really("fsync", fd);
	errno = EIO;
	return -1;
}
