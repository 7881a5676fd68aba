// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/sandbox.h"

static void usage(const char *program)
{
	fprintf(stderr, "%s is started by `tama run`, not by hand\n", program);
	exit(2);
}

void process_init(struct process *p, int argc, char **argv, enum role role, const struct process_handlers *handlers,
	void *ctx)
{
	const char *path = NULL;
	char why[512];
	int opt;
	*p = (struct process){.role = role, .handlers = handlers, .ctx = ctx};
	while ((opt = getopt(argc, argv, "c:n:")) != -1) {
		if (opt == 'c')
			path = optarg;
		else if (opt == 'n')
			p->index = (unsigned)strtoul(optarg, NULL, 10);
		else
			usage(argv[0]);
	}
	if (!path || fcntl(PROCESS_CONTROL_FD, F_GETFD) < 0)
		usage(argv[0]);
	sandbox_begin();
	tzset(); // reads its file now, not behind the sandbox
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); // Ctrl-C reaches the whole group; the supervisor says when to stop
	BUG_IF(sodium_init() < 0);
	if (config_load(path, &p->config, why) != OK) {
		fprintf(stderr, "%s\n", why);
		exit(2);
	}
	log_init(role_name(role), (enum log_level)p->config.log_level);
	BUG_IF(loop_create(&p->loop) != OK);
}

static void stop(struct process *p)
{
	if (p->handlers->stop)
		p->handlers->stop(p->ctx);
	loop_stop(p->loop);
}

static void hear_peer(struct process *p, struct message *m)
{
	enum role role = (enum role)m->body[0];
	BUG_IF(role >= ROLE_END_);
	fcntl(m->fd, F_SETFL, fcntl(m->fd, F_GETFL) | O_NONBLOCK);
	p->handlers->peer(p->ctx, role, m->body[1], m->fd);
}

// From the supervisor a malformed message is fatal: it means that the two are not the same build.
static void hear_supervisor(void *ctx, int fd, short revents)
{
	struct process *p = ctx;
	struct message m;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_CLOSED) {
		stop(p);
		return;
	}
	BUG_IF(e != OK);
	switch (m.type) {
	case MESSAGE_PEER:
		hear_peer(p, &m);
		return;
	case MESSAGE_LISTEN:
		BUG_IF(!p->handlers->listen);
		fcntl(m.fd, F_SETFL, fcntl(m.fd, F_GETFL) | O_NONBLOCK);
		p->handlers->listen(p->ctx, m.fd);
		return;
	case MESSAGE_RELOAD:
		if (p->handlers->reload)
			p->handlers->reload(p->ctx);
		return;
	case MESSAGE_STATUS_JSON:
		if (p->handlers->status)
			p->handlers->status(p->ctx, (const char *)m.body, m.size);
		return;
	case MESSAGE_STOP:
		stop(p);
		return;
	default:
		BUG_IF(true);
	}
}

static enum error close_sandbox(const struct process *p)
{
	if (!p->config.sandbox)
		return OK;
	enum error e = sandbox_close_files(&p->config, p->role);
	if (e == ERROR_NOT_FOUND)
		log_info("sandbox=this kernel has no Landlock: files are kept apart by AppArmor alone");
	else if (e != OK)
		log_error("sandbox=files: %s", error_text(e));
	if (e == OK || e == ERROR_NOT_FOUND)
		e = sandbox_close(p->role);
	if (e != OK)
		log_error("sandbox=%s; the kernel must support seccomp filters", error_text(e));
	return e;
}

int process_run(struct process *p)
{
	enum error e = close_sandbox(p);
	if (e != OK)
		return 1;
	e = loop_watch(p->loop, PROCESS_CONTROL_FD, POLLIN, hear_supervisor, p);
	BUG_IF(e != OK);
	e = message_send(PROCESS_CONTROL_FD, MESSAGE_READY, NULL, 0, -1);
	if (e == OK)
		loop_run(p->loop);
	loop_destroy(p->loop);
	return e == OK ? 0 : 1;
}

void process_ask_status(struct process *p)
{
	(void)p;
	enum error e = message_send(PROCESS_CONTROL_FD, MESSAGE_STATUS, NULL, 0, -1);
	if (e != OK && e != ERROR_CLOSED)
		log_debug("status not asked: %s", error_text(e));
}

void process_state(struct process *p, const struct state *s)
{
	uint8_t body[STATE_SIZE];
	struct bytes_writer w;
	(void)p;
	bytes_writer_init(&w, body, sizeof body);
	state_put(&w, s);
	BUG_IF(!bytes_ok(&w));
	enum error e = message_send(PROCESS_CONTROL_FD, MESSAGE_STATE, body, sizeof body, -1);
	if (e != OK && e != ERROR_CLOSED)
		log_debug("state not told: %s", error_text(e));
}
