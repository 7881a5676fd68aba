// SPDX-License-Identifier: GPL-2.0-or-later
// Landlock: needs no privilege and no policy of the machine, so that it holds in a demo as under systemd. There is no
// wrapper in the C library of Debian 12.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/sandbox.h"

#define READS ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
// Of the first version of Landlock: what no rule allows is denied, devices, sockets and programs among it.
#define ALL ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define WRITES                                                                                                         \
	(READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |          \
		LANDLOCK_ACCESS_FS_MAKE_DIR)

// What stands here is all that a process may open once it is set up: a new process that opens files later has its lines
// here. A modem and a keeper: nothing.
static const struct place {
	enum role role;
	const char *path; // in the station's folder
	uint64_t access;
} places[] = {
	{ROLE_INTAKE, "spool", WRITES},
	{ROLE_INTAKE, "keys", READS}, // the public key, at a reload
	{ROLE_TRIAGE, "", WRITES},
	{ROLE_CONSOLE, "", READS}, // the pads, when the first alert makes them
	{ROLE_CONSOLE, "console", WRITES},
};

static enum error allow(int ruleset, const char *path, uint64_t access)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};
	if (fd < 0)
		return ERROR_IO;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 ? OK : ERROR_IO;
}

// An administrator may keep sheet and rules elsewhere; editors put a new file in the place of the old one.
static enum error allow_folder_of(int ruleset, const char *file)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", file);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	return allow(ruleset, slash ? folder : ".", READS);
}

// Names and certificates. What this machine does not have is not needed.
static enum error allow_network(int ruleset, const struct config *c)
{
	static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
		"/etc/ssl/certs/ca-certificates.crt"};
	enum error e = OK;
	for (size_t i = 0; i < ARRAY_LENGTH(files) && e == OK; i++)
		if (access(files[i], R_OK) == 0)
			e = allow(ruleset, files[i], LANDLOCK_ACCESS_FS_READ_FILE);
	for (size_t i = 0; i < c->target_count && e == OK; i++)
		if (*c->targets[i].ca_file)
			e = allow(ruleset, c->targets[i].ca_file, LANDLOCK_ACCESS_FS_READ_FILE);
	return e;
}

static enum error allow_places(int ruleset, const struct config *c, enum role role)
{
	char path[600];
	enum error e = OK;
	for (size_t i = 0; i < ARRAY_LENGTH(places) && e == OK; i++)
		if (places[i].role == role)
			e = allow(ruleset, config_file(c, places[i].path, path), places[i].access);
	if (e == OK && role == ROLE_NOTIFY)
		e = allow_network(ruleset, c);
	bool rules = role == ROLE_TRIAGE || role == ROLE_CONSOLE;
	if (e == OK && rules)
		e = allow_folder_of(ruleset, c->sheet);
	if (e == OK && rules)
		e = allow_folder_of(ruleset, c->rules);
#ifdef TAMA_SANITIZED // the leak checker counts threads there
	if (e == OK)
		e = allow(ruleset, "/proc", READS);
#endif
	return e;
}

enum error sandbox_close_files(const struct config *c, enum role role)
{
	struct landlock_ruleset_attr all = {.handled_access_fs = ALL};
	if (role == ROLE_SUPERVISOR)
		return OK; // it starts the others, and what it may not they could not
	cleanup_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (ruleset < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? ERROR_NOT_FOUND : ERROR_IO;
	enum error e = allow_places(ruleset, c, role);
	if (e == OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		e = ERROR_REFUSED;
	return e;
}
