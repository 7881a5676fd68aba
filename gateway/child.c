// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/loop.h"
#include "gateway/process.h"

#define QUICK_MS 5000      // a life shorter than this makes the next start wait longer
#define BACKOFF_MAX_MS 30000

void child_init(struct child *c, enum role role, unsigned index, const char *name)
{
	*c = (struct child){.role = role, .index = index, .name = name, .control = -1};
}

// Beside this program in a build tree, else where it was installed.
static enum error executable_path(enum role role, char out[static PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n > 0) {
		self[n] = 0;
		*strrchr(self, '/') = 0;
		snprintf(out, PATH_MAX, "%.3900s/tama-%s", self, role_name(role));
		if (access(out, X_OK) == 0)
			return OK;
	}
	snprintf(out, PATH_MAX, "%s/tama-%s", TAMA_LIBEXECDIR, role_name(role));
	return access(out, X_OK) == 0 ? OK : ERROR_NOT_FOUND;
}

_Noreturn static void become(const struct child *c, const char *path, const char *config_path, int control)
{
	char index[16];
	sigset_t none;
	snprintf(index, sizeof index, "%u", c->index);
	// A supervisor that is killed takes its children along: no orphan may hold a modem.
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (control == PROCESS_CONTROL_FD)
		fcntl(control, F_SETFD, 0);
	else if (dup2(control, PROCESS_CONTROL_FD) < 0)
		_exit(126);
	setenv("TZ", "UTC0", 1);
	setenv("LC_ALL", "C", 1); // no catalogue is opened behind the sandbox
	unsetenv("LANGUAGE");
	if (c->careful)
		setenv("TAMA_MODEM_CAREFUL", "1", 1);
	else
		unsetenv("TAMA_MODEM_CAREFUL");
	execl(path, path, "-c", config_path, "-n", index, (char *)NULL);
	_exit(127);
}

enum error child_start(struct child *c, const char *config_path)
{
	char path[PATH_MAX];
	int pair[2];
	enum error e = executable_path(c->role, path);
	if (e == OK)
		e = message_pair(pair);
	if (e != OK)
		return e;
	cleanup_fd int theirs = pair[1];
	c->pid = fork();
	if (c->pid == 0)
		become(c, path, config_path, theirs);
	if (c->pid < 0) {
		c->pid = 0;
		close(pair[0]);
		return ERROR_IO;
	}
	c->control = pair[0];
	fcntl(c->control, F_SETFL, O_NONBLOCK);
	c->ready = false;
	c->started_ms = loop_now_ms();
	c->restart_at_ms = 0;
	c->state = (struct state){.code = STATE_STARTING};
	return OK;
}

void child_ended(struct child *c, int status)
{
	int64_t now = loop_now_ms(), wait = 0;
	bool quick = now - c->started_ms < QUICK_MS;
	c->quick_deaths = quick ? c->quick_deaths + 1 : 0;
	if (quick && c->quick_deaths > 1)
		wait = 50ll << (c->quick_deaths < 11 ? c->quick_deaths : 10);
	c->restart_at_ms = now + (wait > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait);
	// A poison message kills libGammu; a missing device (exit 3) does not.
	bool crashed = WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM;
	c->careful = c->role == ROLE_MODEM && crashed && (c->careful || c->quick_deaths >= 2);
	for (int i = 0; i < STATE_COUNTERS; i++)
		c->base[i] += c->state.counters[i];
	memset(c->state.counters, 0, sizeof c->state.counters);
	if (c->state.code == STATE_RUNNING || c->state.code == STATE_STARTING)
		c->state.code = STATE_FAILED;
	c->restarts++;
	c->pid = 0;
	c->ready = false;
	if (c->control >= 0)
		close(c->control);
	c->control = -1;
	if (WIFSIGNALED(status))
		log_warn("process=%s ended signal=%d restart_in_ms=%lld", c->name, WTERMSIG(status), (long long)wait);
	else
		log_warn("process=%s ended status=%d restart_in_ms=%lld", c->name, WEXITSTATUS(status),
			(long long)wait);
}

void child_hear_state(struct child *c, const struct message *m)
{
	struct bytes_reader r;
	struct state s;
	bytes_reader_init(&r, m->body, m->size);
	if (state_get(&r, &s) != OK)
		s = (struct state){.code = STATE_FAILED, .text = "told a malformed state"};
	c->state = s;
}

uint64_t child_counter(const struct child *c, int which)
{
	return c->base[which] + c->state.counters[which];
}
