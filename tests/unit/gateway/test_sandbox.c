// SPDX-License-Identifier: GPL-2.0-or-later
// What a process may still ask of the kernel: every call there is, in a child of its own that has closed its list.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/base/cleanup.h"
#include "gateway/sandbox.h"

#define CALLS_END 470
#define GRACE_S 10 // a call that waits is a call that was not refused

typedef long call[5]; // its number and arguments

// The child ends with 0 when the kernel has answered; returns the wait status.
static int try_call(enum role role, const call c)
{
	int status = -1;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(GRACE_S);
		sandbox_begin();
		if (sandbox_close(role) != OK)
			_exit(2);
		syscall(c[0], c[1], c[2], c[3], c[4], 0L, 0L);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

// The errno that the call gives, 0: none.
static int try_result(enum role role, const call c)
{
	int status = -1;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sandbox_begin();
		if (sandbox_close(role) != OK)
			_exit(2);
		_exit(syscall(c[0], c[1], c[2], c[3], c[4], 0L, 0L) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_killed(enum role role, const call c)
{
	int status = try_call(role, c);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool is_in(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = list; (p = strstr(p, name)); p += n)
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

// Written out once more on purpose: whoever widens a list says so here too.
#define BARE \
	" read write close poll ppoll recvmsg sendmsg clock_gettime brk munmap madvise mlock munlock futex getpid gettid " \
	"rt_sigaction rt_sigprocmask rt_sigreturn restart_syscall exit exit_group mmap mprotect ioctl fcntl tgkill "
#define COMMON BARE "writev gettimeofday time mremap getrandom fstat newfstatat clock_nanosleep nanosleep "
#define FILES "openat pread64 pwrite64 fsync fdatasync fallocate ftruncate lseek unlink unlinkat rename renameat getdents64 "

static const char *const may[] = {
	[ROLE_KEEPER] = BARE,
	[ROLE_MODEM] = COMMON "select pselect6 lseek wait4 set_robust_list clone prctl ",
	[ROLE_INTAKE] = COMMON FILES "pwritev renameat2 ",
	[ROLE_TRIAGE] = COMMON FILES
		"accept4 stat lstat access faccessat faccessat2 getcwd readlink readlinkat geteuid getuid fchmod fchown umask "
		"getsockopt sysinfo utimensat mkdir mkdirat statfs fstatfs fadvise64 ",
	[ROLE_CONSOLE] = COMMON "openat pread64 pwrite64 lseek rename ftruncate fallocate accept4 epoll_ctl epoll_wait "
		"epoll_pwait recvfrom sendto shutdown setsockopt getsockopt getsockname getpeername stat lstat access faccessat "
		"faccessat2 getcwd readlink readlinkat geteuid getuid fstatfs sysinfo ",
	[ROLE_NOTIFY] = COMMON
		"openat pread64 lseek stat lstat access faccessat faccessat2 socket connect sendto recvfrom sendmmsg getsockopt setsockopt "
		"getsockname getpeername shutdown accept4 epoll_wait epoll_pwait epoll_ctl pipe2 socketpair eventfd2 wait4 set_robust_list "
		"alarm uname sysinfo getuid geteuid getgid getegid getppid clone prctl ",
};

static void every_call_outside_the_list_kills(enum role role)
{
	for (int n = 0; n < CALLS_END; n++) {
		cleanup_free char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, n);
		if (!name || is_in(may[role], name)) // the kernel's own trampolines (uprobes) have no name and pass any filter
			continue;
		if (!is_killed(role, (call){n}))
			fail_msg("%s may call %s (%d)", role_name(role), name, n);
	}
}

static void a_modem_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_MODEM);
}

static void an_intake_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_INTAKE);
}

static void a_triage_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_TRIAGE);
}

static void a_console_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_CONSOLE);
}

static void a_notify_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_NOTIFY);
}

static void a_notify_reaches_the_internet_and_nothing_of_this_machine(void **state)
{
	(void)state;
	assert_int_equal(try_call(ROLE_NOTIFY, (call){SYS_socket, AF_INET, SOCK_STREAM}), 0);
	assert_int_equal(try_call(ROLE_NOTIFY, (call){SYS_socket, AF_INET6, SOCK_STREAM}), 0);
	assert_true(is_killed(ROLE_NOTIFY, (call){SYS_socket, AF_PACKET, SOCK_RAW}));
	assert_true(is_killed(ROLE_NOTIFY, (call){SYS_socket, AF_VSOCK, SOCK_STREAM}));
	assert_int_equal(try_result(ROLE_NOTIFY, (call){SYS_socket, AF_UNIX, SOCK_STREAM}), EAFNOSUPPORT);
	assert_int_equal(try_result(ROLE_NOTIFY, (call){SYS_socket, AF_NETLINK, SOCK_RAW}), EAFNOSUPPORT);
	assert_int_equal(try_call(ROLE_NOTIFY, (call){SYS_clone, SIGCHLD}), 0);
	assert_true(is_killed(ROLE_NOTIFY, (call){SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND}));
	assert_true(is_killed(ROLE_NOTIFY, (call){SYS_kill, getppid(), 0}));
}

static void a_keeper_dies_of_any_other_call(void **state)
{
	(void)state;
	every_call_outside_the_list_kills(ROLE_KEEPER);
}

static void what_the_whole_station_never_asks_kills_it(void **state)
{
	static const long calls[] = {SYS_ptrace, SYS_process_vm_readv, SYS_mount, SYS_unshare, SYS_setns, SYS_bpf,
		SYS_perf_event_open, SYS_io_uring_setup, SYS_keyctl, SYS_init_module, SYS_kexec_load, SYS_reboot,
		SYS_clock_settime, SYS_userfaultfd, SYS_open_by_handle_at, SYS_pidfd_getfd, SYS_chroot};
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
		if (!is_killed(ROLE_SUPERVISOR, (call){calls[i]}))
			fail_msg("the supervisor may make call %ld", calls[i]);
	assert_int_equal(try_call(ROLE_SUPERVISOR, (call){SYS_socket, AF_UNIX, SOCK_SEQPACKET}), 0);
}

static void arguments_decide_where_a_call_has_many_meanings(void **state)
{
	static const enum role roles[] = {ROLE_MODEM, ROLE_INTAKE, ROLE_TRIAGE, ROLE_KEEPER};
	const long anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
		enum role r = roles[i];
		assert_true(is_killed(r, (call){SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, anonymous}));
		assert_true(is_killed(r, (call){SYS_mprotect, 0, 4096, PROT_WRITE | PROT_EXEC}));
		assert_true(is_killed(r, (call){SYS_ioctl, 0, TIOCSTI}));
		assert_true(is_killed(r, (call){SYS_fcntl, 0, F_SETOWN}));
		assert_int_equal(try_call(r, (call){SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, anonymous}), 0);
		assert_int_equal(try_call(r, (call){SYS_ioctl, 2, TCGETS}), 0);
		assert_int_equal(try_call(r, (call){SYS_fcntl, 2, F_GETFL}), 0);
		assert_int_equal(is_killed(r, (call){SYS_tgkill, getppid(), getppid(), 0}), r != ROLE_MODEM);
		assert_int_equal(is_killed(r, (call){SYS_ioctl, 0, TCFLSH, TCIFLUSH}), r != ROLE_MODEM);
		assert_int_equal(is_killed(r, (call){SYS_fcntl, 0, F_SETLK}), r != ROLE_TRIAGE);
	}
}

static void a_modem_forks_and_nothing_more(void **state)
{
	(void)state;
	assert_int_equal(try_call(ROLE_MODEM, (call){SYS_clone, SIGCHLD}), 0);
	assert_true(is_killed(ROLE_MODEM, (call){SYS_clone, CLONE_NEWUSER | SIGCHLD}));
	assert_true(is_killed(ROLE_MODEM, (call){SYS_clone, CLONE_NEWNET | SIGCHLD}));
	assert_true(is_killed(ROLE_MODEM, (call){SYS_prctl, PR_SET_DUMPABLE, 1}));
	assert_int_equal(try_call(ROLE_MODEM, (call){SYS_prctl, PR_SET_PDEATHSIG, SIGKILL}), 0);
}

static void no_core_and_no_new_privileges_from_the_first_moment(void **state)
{
	int status = -1;
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit core = {1, 1};
		sandbox_begin();
		bool ok = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
		_exit(ok && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

// ---- files ----------------------------------------------------------------------------------------------------------

// A station's folder, and a stranger's beside it.
static struct config folders;
static char outside[300];

static void file(const char *name, const char *where)
{
	char path[700];
	snprintf(path, sizeof path, "%s/%s", where, name);
	cleanup_fd int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
}

static void make_folders(const char *top)
{
	char path[700];
	snprintf(outside, sizeof outside, "%s/outside", top);
	snprintf(folders.dir, sizeof folders.dir, "%s/station", top);
	snprintf(folders.sheet, sizeof folders.sheet, "%s/elsewhere/sheet.conf", top);
	snprintf(folders.rules, sizeof folders.rules, "%s/station/rules.conf", top);
	const char *const made[] = {"", "outside", "station", "station/spool", "station/keys", "elsewhere"};
	for (size_t i = 0; i < ARRAY_LENGTH(made); i++) {
		snprintf(path, sizeof path, "%s/%s", top, made[i]);
		assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	}
	file("secret", outside);
	file("queue.db", folders.dir);
	file("spool/1", folders.dir);
	file("keys/station.pub", folders.dir);
	snprintf(path, sizeof path, "%s/elsewhere", top);
	file("sheet.conf", path);
}

// 0: opened; else the errno of a process of this role.
static int try_open(enum role role, const char *path, int flags)
{
	int status = -1;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sandbox_begin();
		if (sandbox_close_files(&folders, role) != OK)
			_exit(255);
		_exit(open(path, flags | O_CLOEXEC, 0600) >= 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int try_station(enum role role, const char *name, int flags)
{
	char path[600];
	return try_open(role, config_file(&folders, name, path), flags);
}

static void a_process_opens_what_it_is_there_for_and_nothing_else(void **state)
{
	char top[] = "/tmp/tama-sandbox-XXXXXX", secret[400];
	(void)state;
	assert_non_null(mkdtemp(top));
	make_folders(top);
	snprintf(secret, sizeof secret, "%s/secret", outside);
	assert_int_equal(try_open(ROLE_SUPERVISOR, secret, O_RDONLY), 0); // it is there
	const enum role roles[] = {ROLE_MODEM, ROLE_INTAKE, ROLE_TRIAGE, ROLE_KEEPER};
	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
		enum role r = roles[i];
		bool intake = r == ROLE_INTAKE, triage = r == ROLE_TRIAGE;
		assert_int_equal(try_open(r, secret, O_RDONLY), EACCES);
		assert_int_equal(try_open(r, "/etc/passwd", O_RDONLY), EACCES);
		assert_int_equal(try_open(r, "/dev/null", O_RDWR), EACCES);
		assert_int_equal(try_station(r, "spool/2", O_WRONLY | O_CREAT), intake || triage ? 0 : EACCES);
		assert_int_equal(try_station(r, "keys/station.pub", O_RDONLY), intake || triage ? 0 : EACCES);
		assert_int_equal(try_station(r, "keys/station.pub", O_WRONLY), triage ? 0 : EACCES);
		assert_int_equal(try_station(r, "queue.db", O_RDWR), triage ? 0 : EACCES);
		assert_int_equal(try_open(r, folders.sheet, O_RDONLY), triage ? 0 : EACCES);
		assert_int_equal(try_open(r, folders.sheet, O_WRONLY), EACCES);
	}
	const char *const rm[] = {"rm", "-rf", top, NULL};
	pid_t pid = fork();
	if (pid == 0)
		execvp(rm[0], (char *const *)rm);
	waitpid(pid, NULL, 0);
}

static int has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* its version */) > 0;
}

int main(void)
{
	if (!has_landlock())
		puts("# this kernel has no Landlock: files are not tried");
	const struct CMUnitTest files[] = {cmocka_unit_test(a_process_opens_what_it_is_there_for_and_nothing_else)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_core_and_no_new_privileges_from_the_first_moment),
		cmocka_unit_test(a_modem_dies_of_any_other_call),
		cmocka_unit_test(an_intake_dies_of_any_other_call),
		cmocka_unit_test(a_triage_dies_of_any_other_call),
		cmocka_unit_test(a_keeper_dies_of_any_other_call),
		cmocka_unit_test(a_notify_dies_of_any_other_call),
		cmocka_unit_test(a_notify_reaches_the_internet_and_nothing_of_this_machine),
		cmocka_unit_test(a_console_dies_of_any_other_call),
		cmocka_unit_test(what_the_whole_station_never_asks_kills_it),
		cmocka_unit_test(arguments_decide_where_a_call_has_many_meanings),
		cmocka_unit_test(a_modem_forks_and_nothing_more),
	};
	int failed = has_landlock() ? cmocka_run_group_tests(files, NULL, NULL) : 0;
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
