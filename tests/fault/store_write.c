// SPDX-License-Identifier: GPL-2.0-or-later
// LD_PRELOAD: the Nth change of its database's files by tama-triage is its last (TAMA_WRITE_KILL=N), or finds a full disk,
// as all behind it do (TAMA_WRITE_FULL=N).
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_database(int fd)
{
	char link[40], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	return strstr(path, "/queue.db") && !strstr(path, "-shm");
}

static int fails(int fd)
{
	static long count;
	const char *kills = getenv("TAMA_WRITE_KILL"), *full = getenv("TAMA_WRITE_FULL");
	if ((!kills && !full) || strcmp(program_invocation_short_name, "tama-triage") != 0 || !is_database(fd))
		return 0;
	count++;
	if (kills && count == atol(kills))
		raise(SIGKILL);
	return full && count >= atol(full);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) =
		(ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
	if (!fails(fd))
		return real(fd, data, size, at);
	errno = ENOSPC;
	return -1;
}

int ftruncate64(int fd, off64_t size)
{
	int (*real)(int, off64_t) = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
	if (!fails(fd))
		return real(fd, size);
	errno = ENOSPC;
	return -1;
}
