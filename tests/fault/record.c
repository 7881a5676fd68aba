// SPDX-License-Identifier: GPL-2.0-or-later
// LD_PRELOAD: writes down what the programs named in TAMA_RECORD_PROGRAMS do to files, in its order, so that a power cut
// between any two steps can be played (power_cut.py). TAMA_RECORD names the file. One event:
//   u32 size of all | u8 what | u64 inode | u64 offset or length | u16 size of path | path | data
#undef _FILE_OFFSET_BITS // both names of a call are defined here
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum what { OPENED = 1, WRITTEN, CUT, SYNCED, RENAMED, UNLINKED, SENT };
#define FDS 256
#define DIRECTORY 1
#define PLAIN 2

static int out = -1;
static char kinds[FDS];
static char folders[FDS][256]; // of a descriptor of a folder

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(int, open64, const char *, int, ...);
REAL(int, openat64, int, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
REAL(int, ftruncate64, int, off64_t);
REAL(int, fallocate64, int, int, off64_t, off64_t);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, rename, const char *, const char *);
REAL(int, renameat, int, const char *, int, const char *);
REAL(int, unlink, const char *);
REAL(int, unlinkat, int, const char *, int);
REAL(ssize_t, sendmsg, int, const struct msghdr *, int);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TAMA_RECORD"), *programs = getenv("TAMA_RECORD_PROGRAMS");
#define FIND(name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name)
	FIND(open64), FIND(openat64), FIND(close), FIND(write), FIND(pwrite64), FIND(ftruncate64), FIND(fallocate64), FIND(fsync),
		FIND(fdatasync), FIND(rename), FIND(renameat), FIND(unlink), FIND(unlinkat), FIND(sendmsg);
	if (path && programs && strstr(programs, program_invocation_short_name))
		out = real_open64(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void note(enum what what, uint64_t inode, uint64_t at, const char *path, const void *data, size_t size)
{
	uint8_t head[4 + 1 + 8 + 8 + 2];
	size_t length = path ? strlen(path) : 0;
	uint32_t all = (uint32_t)(sizeof head + length + size);
	uint16_t short_length = (uint16_t)length;
	uint8_t kind = (uint8_t)what;
	if (out < 0)
		return;
	memcpy(head, &all, 4);
	memcpy(head + 4, &kind, 1);
	memcpy(head + 5, &inode, 8);
	memcpy(head + 13, &at, 8);
	memcpy(head + 21, &short_length, 2);
	struct iovec v[3] = {{head, sizeof head}, {(void *)(uintptr_t)path, length}, {(void *)(uintptr_t)data, size}};
	int before = errno;
	if (writev(out, v, 3) != (ssize_t)all) // one call: events of two programs do not mix
		abort();
	errno = before;
}

static uint64_t inode_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static const char *whole(int folder, const char *path, char room[static PATH_MAX])
{
	if (path[0] == '/' || folder == AT_FDCWD || folder >= FDS || kinds[folder] != DIRECTORY)
		return path;
	snprintf(room, PATH_MAX, "%s/%s", folders[folder], path);
	return room;
}

static int opened(int fd, int folder, const char *path, int flags)
{
	char room[PATH_MAX];
	struct stat st;
	if (fd < 0 || fd >= FDS || out < 0 || fstat(fd, &st) != 0)
		return fd;
	path = whole(folder, path, room);
	kinds[fd] = 0;
	if (S_ISDIR(st.st_mode) && strlen(path) < sizeof folders[0]) {
		kinds[fd] = DIRECTORY;
		strcpy(folders[fd], path);
	} else if (S_ISREG(st.st_mode)) {
		kinds[fd] = PLAIN;
		note(OPENED, st.st_ino, (uint64_t)(flags & (O_CREAT | O_TRUNC) ? 1 : 0), path, NULL, 0);
		if (flags & O_TRUNC)
			note(CUT, st.st_ino, 0, NULL, NULL, 0);
	}
	return fd;
}

#define MODE(flags, mode)                                                                                            \
	mode_t mode = 0;                                                                                             \
	if (flags & O_CREAT) {                                                                                       \
		va_list ap;                                                                                          \
		va_start(ap, flags);                                                                                 \
		mode = va_arg(ap, mode_t);                                                                           \
		va_end(ap);                                                                                          \
	}

int open64(const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(real_open64(path, flags, mode), AT_FDCWD, path, flags);
}

int open(const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(real_open64(path, flags, mode), AT_FDCWD, path, flags);
}

int openat64(int folder, const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(real_openat64(folder, path, flags, mode), folder, path, flags);
}

int openat(int folder, const char *path, int flags, ...)
{
	MODE(flags, mode)
	return opened(real_openat64(folder, path, flags, mode), folder, path, flags);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		kinds[fd] = 0;
	return real_close(fd);
}

static int is_plain(int fd)
{
	return fd >= 0 && fd < FDS && kinds[fd] == PLAIN;
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
	ssize_t n = real_pwrite64(fd, from, size, at);
	if (n > 0 && is_plain(fd))
		note(WRITTEN, inode_of(fd), (uint64_t)at, NULL, from, (size_t)n);
	return n;
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
	return pwrite64(fd, from, size, at);
}

ssize_t write(int fd, const void *from, size_t size)
{
	off_t at = is_plain(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t n = real_write(fd, from, size);
	if (n > 0 && is_plain(fd))
		note(WRITTEN, inode_of(fd), (uint64_t)at, NULL, from, (size_t)n);
	return n;
}

int ftruncate64(int fd, off64_t size)
{
	int bad = real_ftruncate64(fd, size);
	if (!bad && is_plain(fd))
		note(CUT, inode_of(fd), (uint64_t)size, NULL, NULL, 0);
	return bad;
}

int ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int fallocate64(int fd, int mode, off64_t at, off64_t size)
{
	struct stat st;
	int bad = real_fallocate64(fd, mode, at, size);
	if (!bad && is_plain(fd) && fstat(fd, &st) == 0)
		note(CUT, st.st_ino, (uint64_t)st.st_size, NULL, NULL, 0);
	return bad;
}

int fallocate(int fd, int mode, off_t at, off_t size)
{
	return fallocate64(fd, mode, at, size);
}

int fsync(int fd)
{
	int bad = real_fsync(fd);
	if (!bad && fd >= 0 && fd < FDS && kinds[fd])
		note(SYNCED, inode_of(fd), kinds[fd] == DIRECTORY, kinds[fd] == DIRECTORY ? folders[fd] : NULL, NULL, 0);
	return bad;
}

int fdatasync(int fd)
{
	int bad = real_fdatasync(fd);
	if (!bad && is_plain(fd))
		note(SYNCED, inode_of(fd), 0, NULL, NULL, 0);
	return bad;
}

int rename(const char *from, const char *to)
{
	int bad = real_rename(from, to);
	if (!bad)
		note(RENAMED, 0, 0, from, to, strlen(to));
	return bad;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	char one[PATH_MAX], two[PATH_MAX];
	int bad = real_renameat(from_folder, from, to_folder, to);
	const char *target = whole(to_folder, to, two);
	if (!bad)
		note(RENAMED, 0, 0, whole(from_folder, from, one), target, strlen(target));
	return bad;
}

int unlink(const char *path)
{
	int bad = real_unlink(path);
	if (!bad)
		note(UNLINKED, 0, 0, path, NULL, 0);
	return bad;
}

int unlinkat(int folder, const char *path, int flags)
{
	char room[PATH_MAX];
	int bad = real_unlinkat(folder, path, flags);
	if (!bad)
		note(UNLINKED, 0, 0, whole(folder, path, room), NULL, 0);
	return bad;
}

// What is said to a peer counts from here on: noted before it goes out.
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (m->msg_iovlen == 2 && m->msg_iov[0].iov_len == 8 && m->msg_iov[1].iov_len <= 8) {
		uint8_t both[16];
		memcpy(both, m->msg_iov[0].iov_base, 8);
		memcpy(both + 8, m->msg_iov[1].iov_base, m->msg_iov[1].iov_len);
		note(SENT, 0, 0, NULL, both, 8 + m->msg_iov[1].iov_len);
	}
	return real_sendmsg(fd, m, flags);
}
