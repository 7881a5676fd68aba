// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cards/serve.h"

#define READS ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define ALL ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static bool allow(int ruleset, const char *path)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr beneath = {.allowed_access = READS, .parent_fd = fd};
	return fd < 0 || syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

// A kernel without Landlock leaves files to AppArmor, as everywhere in the station.
static bool close_files(const char *sheet)
{
	static const char *const fonts[] = {"/etc/fonts", "/usr/share", "/usr/local/share", "/var/cache/fontconfig"};
	struct landlock_ruleset_attr all = {.handled_access_fs = ALL};
	char folder[PATH_MAX];
	cleanup_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (ruleset < 0)
		return true;
	snprintf(folder, sizeof folder, "%s", sheet);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	bool good = allow(ruleset, slash ? folder : ".");
	for (size_t i = 0; i < ARRAY_LENGTH(fonts); i++)
		good = good && allow(ruleset, fonts[i]);
	return good && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

// A list of refusals: what a drawing library asks of the kernel changes from one version to the next.
static bool close_calls(void)
{
	static const int refused[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
		SCMP_SYS(listen), SCMP_SYS(accept4), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(kill),
		SCMP_SYS(pidfd_send_signal), SCMP_SYS(io_uring_setup), SCMP_SYS(unshare), SCMP_SYS(setns)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int bad = !filter;
	for (size_t i = 0; i < ARRAY_LENGTH(refused) && !bad; i++)
		bad = seccomp_rule_add(filter, SCMP_ACT_ERRNO(1), refused[i], 0);
#ifndef TAMA_SANITIZED
	if (!bad)
		bad = seccomp_load(filter);
#endif
	seccomp_release(filter);
	return !bad;
}

enum error confine(const char *sheet)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !close_files(sheet) || !close_calls())
		return ERROR_REFUSED;
	return OK;
}
