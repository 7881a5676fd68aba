// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"

// What the loop, the log, guarded memory and a clean or an unclean end need in every process.
static const int bare[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg), SCMP_SYS(clock_gettime), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

// What all but the keeper need.
static const int common[] = {
	SCMP_SYS(writev), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(mremap), SCMP_SYS(getrandom), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
};

// libGammu on a tty that is open already: termios, select, timing; no open, no socket, no exec. It forks children of
// itself, which inherit this list (modem_child.c).
static const int modem[] = {SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(lseek), SCMP_SYS(wait4),
	SCMP_SYS(set_robust_list), SCMP_SYS(tgkill)};

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
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(fadvise64)};

// The web server on sockets that are open already or accepted; SQLite, reading; small files in console/.
static const int console[] = {SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(rename),
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(accept4), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(shutdown), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getcwd), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(fstatfs), SCMP_SYS(sysinfo)};

// libcurl and GnuTLS in a child, which inherits this list; machines of this station that read metrics. No file is
// written, nothing is executed, no thread is started, and no socket but of the internet is made.
static const int notify[] = {SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
	SCMP_SYS(sendmmsg), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(shutdown), SCMP_SYS(accept4), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(pipe2),
	SCMP_SYS(socketpair), SCMP_SYS(eventfd2), SCMP_SYS(wait4), SCMP_SYS(set_robust_list), SCMP_SYS(alarm), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getppid),
	SCMP_SYS(tgkill)};

// Calls that depend on an argument: allowed when it is `value` under `mask`. Memory is never executable; a clone is a
// fork, never a thread or a namespace; a terminal is never typed into (TIOCSTI).
static const struct condition {
	int role; // or EVERY_ROLE
	int call;
	unsigned argument;
	scmp_datum_t mask, value;
} conditions[] = {
#define EVERY_ROLE -1
#define WORD 0xffffffffu
#define NEVER_CLONED (CLONE_VM | CLONE_THREAD | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
	{EVERY_ROLE, SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	{EVERY_ROLE, SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	{EVERY_ROLE, SCMP_SYS(ioctl), 1, WORD, TCGETS},
	{EVERY_ROLE, SCMP_SYS(fcntl), 1, WORD, F_GETFD},
	{EVERY_ROLE, SCMP_SYS(fcntl), 1, WORD, F_SETFD},
	{EVERY_ROLE, SCMP_SYS(fcntl), 1, WORD, F_GETFL},
	{EVERY_ROLE, SCMP_SYS(fcntl), 1, WORD, F_SETFL},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TCSETS},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TCSETSW},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TCSETSF},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TCSBRK},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TCFLSH},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TIOCMGET},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, TIOCMSET},
	{ROLE_MODEM, SCMP_SYS(ioctl), 1, WORD, FIONREAD},
	{ROLE_MODEM, SCMP_SYS(clone), 0, NEVER_CLONED, 0},
	{ROLE_MODEM, SCMP_SYS(prctl), 0, WORD, PR_SET_PDEATHSIG},
	{ROLE_NOTIFY, SCMP_SYS(ioctl), 1, WORD, FIONREAD},
	{ROLE_NOTIFY, SCMP_SYS(clone), 0, NEVER_CLONED, 0},
	{ROLE_NOTIFY, SCMP_SYS(prctl), 0, WORD, PR_SET_PDEATHSIG},
	{ROLE_NOTIFY, SCMP_SYS(socket), 0, WORD, AF_INET},
	{ROLE_NOTIFY, SCMP_SYS(socket), 0, WORD, AF_INET6},
	{ROLE_TRIAGE, SCMP_SYS(fcntl), 1, WORD, F_GETLK},
	{ROLE_TRIAGE, SCMP_SYS(fcntl), 1, WORD, F_SETLK},
	{ROLE_CONSOLE, SCMP_SYS(fcntl), 1, WORD, F_GETLK},
	{ROLE_CONSOLE, SCMP_SYS(fcntl), 1, WORD, F_SETLK},
};

// Nothing of the station asks for these, in any process: not the supervisor and, since a filter is inherited, none of
// its children before their own lists close. It is a list of refusals, because a child is to open devices and sockets.
static const int never[] = {
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
	SCMP_SYS(mount_setattr), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(open_by_handle_at), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(reboot), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(modify_ldt), SCMP_SYS(personality), SCMP_SYS(vhangup), SCMP_SYS(syslog),
	SCMP_SYS(fanotify_init), SCMP_SYS(lookup_dcookie), SCMP_SYS(vmsplice),
};

struct allowed {
	const int *calls;
	size_t count;
};

static const struct allowed by_role[ROLE_END_] = {
	[ROLE_MODEM] = {modem, ARRAY_LENGTH(modem)},
	[ROLE_INTAKE] = {intake, ARRAY_LENGTH(intake)},
	[ROLE_TRIAGE] = {triage, ARRAY_LENGTH(triage)},
	[ROLE_NOTIFY] = {notify, ARRAY_LENGTH(notify)},
	[ROLE_CONSOLE] = {console, ARRAY_LENGTH(console)},
};

void sandbox_begin(void)
{
	struct rlimit none = {0, 0};
	BUG_IF(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0);
	BUG_IF(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0);
	BUG_IF(setrlimit(RLIMIT_CORE, &none) != 0);
}

static int add_all(scmp_filter_ctx filter, uint32_t action, const struct allowed *a)
{
	int bad = 0;
	for (size_t i = 0; i < a->count; i++)
		bad |= seccomp_rule_add(filter, action, a->calls[i], 0);
	return bad;
}

static const scmp_datum_t not_there[] = {AF_UNIX, AF_NETLINK};

static int allow_conditions(scmp_filter_ctx filter, enum role role)
{
	int bad = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(conditions); i++) {
		const struct condition *c = &conditions[i];
		if (c->role == EVERY_ROLE || c->role == (int)role)
			bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, c->call, 1,
				SCMP_CMP64(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value));
	}
	// A child of these ends with abort(), and has another number than its parent.
	if (role != ROLE_MODEM && role != ROLE_NOTIFY)
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			SCMP_CMP64(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	// Asked by the C library for a name server's cache and for routes: refused, which it can live with.
	if (role == ROLE_NOTIFY)
		for (size_t i = 0; i < ARRAY_LENGTH(not_there); i++)
			bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, WORD, not_there[i]));
	return bad;
}

static enum error load(scmp_filter_ctx filter, int bad)
{
	bad |= seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
#ifndef TAMA_SANITIZED // a sanitizer needs more calls, ptrace among them
	if (!bad)
		bad = seccomp_load(filter);
#endif
	seccomp_release(filter);
	return bad ? ERROR_REFUSED : OK;
}

static enum error close_station(void)
{
	const struct allowed refused = {never, ARRAY_LENGTH(never)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	return filter ? load(filter, add_all(filter, SCMP_ACT_KILL_PROCESS, &refused)) : ERROR_MEMORY;
}

enum error sandbox_close(enum role role)
{
	if (role == ROLE_SUPERVISOR)
		return close_station();
	const struct allowed all[] = {{bare, ARRAY_LENGTH(bare)}, {common, ARRAY_LENGTH(common)}, by_role[role]};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return ERROR_MEMORY;
	int bad = allow_conditions(filter, role);
	for (size_t i = 0; i < (role == ROLE_KEEPER ? 1 : ARRAY_LENGTH(all)); i++)
		bad |= add_all(filter, SCMP_ACT_ALLOW, &all[i]);
	if (role == ROLE_CONSOLE) // its second thread too
		bad |= seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	return load(filter, bad);
}
