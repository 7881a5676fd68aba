// SPDX-License-Identifier: GPL-2.0-or-later
// libGammu keeps what it has read in buffers that nobody can reach. So it reads in a child: when the SIM is empty the
// child ends, and the kernel clears its memory. The parent opened the modem and stays as it was then.
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/modem.h"

enum { TIMER_POLL, TIMER_WAKE };

static bool is_child;
static int watched[3] = {-1, -1, -1}; // by the parent: tty, intake, triage

bool modem_is_child(void)
{
	return is_child;
}

enum error modem_share(struct modem **out)
{
	void *p = mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return ERROR_MEMORY;
	*out = p;
	return OK;
}

static void something(void *ctx, int fd, short revents)
{
	(void)fd;
	(void)revents;
	modem_wake(ctx);
}

static void wake(void *ctx)
{
	modem_wake(ctx);
}

static void poll_due(void *ctx)
{
	struct modem *m = ctx;
	m->poll = true;
	modem_wake(m);
}

// A peer that the child found gone is gone here too.
static void watch_one(struct modem *m, int *seen, int fd)
{
	if (*seen == fd)
		return;
	if (*seen >= 0 && fd < 0) {
		loop_forget(m->process.loop, *seen);
		close(*seen);
	}
	*seen = fd;
	BUG_IF(fd >= 0 && loop_watch(m->process.loop, fd, POLLIN, something, m) != OK);
}

void modem_watch(struct modem *m)
{
	watch_one(m, &watched[0], m->tty);
	watch_one(m, &watched[1], m->intake);
	watch_one(m, &watched[2], m->out.triage);
	loop_timer(m->process.loop, TIMER_POLL, m->settings->poll_s * 1000, poll_due, m);
}

static _Noreturn void be_child(struct modem *m)
{
	is_child = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	BUG_IF(loop_create(&m->process.loop) != OK);
	modem_child_run(m);
	modem_end(m, 0);
}

_Noreturn void modem_end(struct modem *m, int status)
{
	if (!is_child) {
		loop_destroy(m->process.loop);
		exit(status == MODEM_RECYCLE ? 0 : status);
	}
	explicit_bzero(m->at.line, sizeof m->at.line); // what is shared stays behind
	m->at.size = 0;
	explicit_bzero(m->caller, sizeof m->caller);
	outbox_clear(&m->out.box);
	m->batch_count = m->open = 0; // not acknowledged: on the SIM, and in the outbox of triage
	_exit(status);
}

void modem_wake(struct modem *m)
{
	struct loop *own = m->process.loop;
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		be_child(m);
	if (child < 0) {
		log_warn("modem=%s no child: %m", m->settings->name);
		loop_timer(own, TIMER_WAKE, 1000, wake, m);
		return;
	}
	waitpid(child, &status, 0);
	m->process.loop = own;
	if (WIFSIGNALED(status)) { // as if libGammu had killed us: the supervisor knows what that means
		log_warn("modem=%s child ended signal=%d", m->settings->name, WTERMSIG(status));
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
		exit(1);
	}
	if (WEXITSTATUS(status) == MODEM_INTERRUPTED)
		loop_timer(own, TIMER_WAKE, 0, wake, m); // behind what the supervisor says
	else if (WEXITSTATUS(status) != 0)
		modem_end(m, WEXITSTATUS(status));
	modem_watch(m);
}
