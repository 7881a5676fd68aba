// SPDX-License-Identifier: GPL-2.0-or-later
// LD_PRELOAD: the Nth call of one kind in one program fails, is cut short, or is its last; once over all its lives.
//   TAMA_NTH_PROGRAM  tama-intake …        TAMA_NTH_CALL  read, write, fsync, rename, malloc, send
//   TAMA_NTH_HOW      fail, short, kill    TAMA_NTH_FILE  16 octets: u32 N, u32 calls so far, u32 whether it happened
#undef _FILE_OFFSET_BITS // both names of a call are defined here
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { READ, WRITE, FSYNC, RENAME, MALLOC, SEND, CALLS };
enum how { NOT_NOW, FAIL, SHORT, KILL };

static struct nth {
	uint32_t n, count, happened;
} *nth; // mapped: a sandbox allows no reading of it later
static enum call wanted = CALLS;
static enum how how;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(ssize_t, read, int, void *, size_t);
REAL(ssize_t, pread64, int, void *, size_t, off64_t);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, rename, const char *, const char *);
REAL(int, renameat, int, const char *, int, const char *);
REAL(ssize_t, sendmsg, int, const struct msghdr *, int);

static enum call call_named(const char *name)
{
	static const char *const names[CALLS] = {"read", "write", "fsync", "rename", "malloc", "send"};
	for (int i = 0; name && i < CALLS; i++)
		if (!strcmp(name, names[i]))
			return (enum call)i;
	return CALLS;
}

__attribute__((constructor)) static void begin(void)
{
	const char *program = getenv("TAMA_NTH_PROGRAM"), *path = getenv("TAMA_NTH_FILE"), *what = getenv("TAMA_NTH_HOW");
#define FIND(name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name)
	FIND(read), FIND(pread64), FIND(write), FIND(pwrite64), FIND(pwritev), FIND(fsync), FIND(fdatasync), FIND(rename),
		FIND(renameat), FIND(sendmsg);
	if (!program || !path || !what || strcmp(program_invocation_short_name, program) != 0)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = fd >= 0 ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return;
	how = !strcmp(what, "kill") ? KILL : !strcmp(what, "short") ? SHORT : FAIL;
	nth = map;
	wanted = call_named(getenv("TAMA_NTH_CALL"));
}

static enum how now(enum call c)
{
	if (c != wanted || !nth || nth->happened)
		return NOT_NOW;
	if (++nth->count < nth->n)
		return NOT_NOW;
	nth->happened = 1;
	if (how == KILL)
		__builtin_trap(); // no call that a sandbox could refuse
	return how;
}

static ssize_t fails(int error)
{
	errno = error;
	return -1;
}

#define HALF(size) ((size) > 1 ? (size) / 2 : (size))

ssize_t read(int fd, void *to, size_t size)
{
	enum how h = now(READ);
	return h == FAIL ? fails(EIO) : real_read(fd, to, h == SHORT ? HALF(size) : size);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t at)
{
	enum how h = now(READ);
	return h == FAIL ? fails(EIO) : real_pread64(fd, to, h == SHORT ? HALF(size) : size, at);
}

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
	return pread64(fd, to, size, at);
}

ssize_t write(int fd, const void *from, size_t size)
{
	enum how h = now(WRITE);
	return h == FAIL ? fails(ENOSPC) : real_write(fd, from, h == SHORT ? HALF(size) : size);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
	enum how h = now(WRITE);
	return h == FAIL ? fails(ENOSPC) : real_pwrite64(fd, from, h == SHORT ? HALF(size) : size, at);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
	return pwrite64(fd, from, size, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int count, off_t at)
{
	return now(WRITE) == FAIL ? fails(ENOSPC) : real_pwritev(fd, v, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *v, int count, off64_t at)
{
	return pwritev(fd, v, count, at);
}

// What _FORTIFY_SOURCE makes of them.
ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
	(void)room;
	return read(fd, to, size);
}

ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room)
{
	(void)room;
	return pread64(fd, to, size, at);
}

int fsync(int fd)
{
	return now(FSYNC) ? (int)fails(EIO) : real_fsync(fd);
}

int fdatasync(int fd)
{
	return now(FSYNC) ? (int)fails(EIO) : real_fdatasync(fd);
}

int rename(const char *from, const char *to)
{
	return now(RENAME) ? (int)fails(EIO) : real_rename(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return now(RENAME) ? (int)fails(EIO) : real_renameat(from_dir, from, to_dir, to);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	return now(SEND) ? fails(EPIPE) : real_sendmsg(fd, m, flags);
}

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return now(MALLOC) ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return now(MALLOC) ? no_memory() : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return now(MALLOC) ? no_memory() : __libc_realloc(p, size);
}
