// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/sandbox.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "gateway/base/cleanup.h"

// What the loop, the log, the allocator and a clean exit need in every process.
static const int common[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(fcntl), SCMP_SYS(ioctl), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
};

// libGammu on a tty that is open already: termios, select, timing; no open, no socket, no exec. It forks children of
// itself, which inherit this list (modem_child.c).
static const int modem[] = {SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(lseek), SCMP_SYS(clone), SCMP_SYS(wait4),
	SCMP_SYS(prctl), SCMP_SYS(set_robust_list)};

// One folder: the spool. openat stays, because segments come and go; AppArmor holds the path.
static const int intake[] = {SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fallocate), SCMP_SYS(ftruncate), SCMP_SYS(lseek),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(getdents64)};

// SQLite, the spool (reading), the key folder, its clients.
static const int triage[] = {SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(fallocate), SCMP_SYS(ftruncate), SCMP_SYS(lseek), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(getdents64), SCMP_SYS(accept4),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getcwd),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(fchmod),
	SCMP_SYS(fchown), SCMP_SYS(umask), SCMP_SYS(getsockopt), SCMP_SYS(sysinfo), SCMP_SYS(utimensat),
	SCMP_SYS(mkdir), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(fadvise64), SCMP_SYS(setrlimit), SCMP_SYS(prlimit64)};

struct allowed {
	const int *calls;
	size_t count;
};

static const struct allowed by_role[ROLE_END_] = {
	[ROLE_MODEM] = {modem, ARRAY_LENGTH(modem)},
	[ROLE_INTAKE] = {intake, ARRAY_LENGTH(intake)},
	[ROLE_TRIAGE] = {triage, ARRAY_LENGTH(triage)},
};

void sandbox_begin(void)
{
	struct rlimit none = {0, 0};
	BUG_IF(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0);
	BUG_IF(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0);
	BUG_IF(setrlimit(RLIMIT_CORE, &none) != 0);
}

#ifdef TAMA_SANITIZED
enum error sandbox_close(enum role role)
{
	(void)role;
	(void)by_role;
	(void)common;
	return OK;
}
#else
static int allow(scmp_filter_ctx filter, const struct allowed *a)
{
	int bad = 0;
	for (size_t i = 0; i < a->count; i++)
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, a->calls[i], 0);
	return bad;
}

enum error sandbox_close(enum role role)
{
	const struct allowed base = {common, ARRAY_LENGTH(common)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return ERROR_MEMORY;
	int bad = allow(filter, &base) | allow(filter, &by_role[role]);
	if (!bad)
		bad = seccomp_load(filter);
	seccomp_release(filter);
	return bad ? ERROR_REFUSED : OK;
}
#endif
