// SPDX-License-Identifier: GPL-2.0-or-later
// The supervisor: starts the station's processes, hands them their channels, restarts what dies, answers `tama
// status`. It holds no secret and reads no message between its children.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/child.h"
#include "gateway/config.h"
#include "gateway/log.h"
#include "gateway/loop.h"
#include "gateway/sandbox.h"
#include "gateway/status.h"

#define CHILDREN_MAX (CONFIG_MODEMS_MAX + 4)
#define STOP_WAIT_MS 5000
enum { TIMER_RESTART, TIMER_STOP };

struct supervisor {
	struct config config;
	struct loop *loop;
	struct child children[CHILDREN_MAX];
	size_t count;
	int triage_clients; // listening; kept here, so that a restarted triage goes on with the same socket
	bool stopping;
	struct target_state targets[CONFIG_TARGETS_MAX];
};

// ---- the graph: who talks to whom -----------------------------------------------------------------------------
//
//   modem 0 … n ──► intake ──► triage ──► keeper          (clients ──► triage: a listening socket)
//        ▲                       │
//        └────── answers ────────┤
//                                ├───► notify               (where a webhook, mail or metrics are asked for)
//                                └───► console              (officers' browsers ──► console: TLS)
//
static bool are_peers(enum role a, enum role b)
{
	static const enum role edges[][2] = {
		{ROLE_MODEM, ROLE_INTAKE}, {ROLE_INTAKE, ROLE_TRIAGE}, {ROLE_TRIAGE, ROLE_KEEPER},
		{ROLE_MODEM, ROLE_TRIAGE}, {ROLE_TRIAGE, ROLE_CONSOLE}, {ROLE_TRIAGE, ROLE_NOTIFY}};
	for (size_t i = 0; i < ARRAY_LENGTH(edges); i++)
		if ((edges[i][0] == a && edges[i][1] == b) || (edges[i][0] == b && edges[i][1] == a))
			return true;
	return false;
}

static void tell(struct child *c, enum message_type type, const void *body, size_t size, int fd)
{
	if (c->control < 0)
		return;
	enum error e = message_send(c->control, type, body, size, fd);
	if (e != OK && c->pid > 0) {
		log_warn("process=%s does not listen (%s); it is ended", c->name, error_text(e));
		kill(c->pid, SIGKILL);
	}
}

static void join(struct child *a, struct child *b)
{
	int pair[2];
	if (message_pair(pair) != OK) {
		log_error("no channel between %s and %s: %m", a->name, b->name);
		return;
	}
	cleanup_fd int for_a = pair[0], for_b = pair[1];
	tell(a, MESSAGE_PEER, (uint8_t[]){(uint8_t)b->role, (uint8_t)b->index}, 2, for_a);
	tell(b, MESSAGE_PEER, (uint8_t[]){(uint8_t)a->role, (uint8_t)a->index}, 2, for_b);
}

static void hear_child(void *ctx, int fd, short revents);

static void start(struct supervisor *s, struct child *c)
{
	enum error e = child_start(c, s->config.path);
	if (e == OK)
		e = loop_watch(s->loop, c->control, POLLIN, hear_child, s);
	if (e != OK) {
		log_error("process=%s cannot start: %s; is Tama installed whole?", c->name, error_text(e));
		c->restart_at_ms = loop_now_ms() + 5000;
		return;
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0 && are_peers(c->role, s->children[i].role))
			join(c, &s->children[i]);
	if (c->role == ROLE_TRIAGE)
		tell(c, MESSAGE_LISTEN, NULL, 0, s->triage_clients);
	log_info("process=%s pid=%d started", c->name, (int)c->pid);
}

static void start_due(void *ctx)
{
	struct supervisor *s = ctx;
	int64_t now = loop_now_ms(), next = -1;
	for (size_t i = 0; i < s->count && !s->stopping; i++) {
		struct child *c = &s->children[i];
		if (c->pid == 0 && c->restart_at_ms && c->restart_at_ms <= now)
			start(s, c);
		if (c->pid == 0 && c->restart_at_ms && (next < 0 || c->restart_at_ms - now < next))
			next = c->restart_at_ms - now;
	}
	if (next >= 0)
		loop_timer(s->loop, TIMER_RESTART, next, start_due, s);
}

static struct child *child_of(struct supervisor *s, int control)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].control == control)
			return &s->children[i];
	return NULL;
}

// Triage knows what waits; how an endpoint does, who asks it: triage for SMS, else notify.
static bool hear_target(struct supervisor *s, const struct child *c, const struct message *m)
{
	struct bytes_reader r;
	struct target_state told;
	bytes_reader_init(&r, m->body, m->size);
	int i = target_state_get(&r, &told) == OK ? config_target_find(&s->config, told.name) : -1;
	if (i < 0)
		return c->role == ROLE_TRIAGE || c->role == ROLE_NOTIFY; // its tama.conf is newer than ours
	uint64_t waiting = c->role == ROLE_TRIAGE ? told.waiting : s->targets[i].waiting;
	if ((c->role == ROLE_TRIAGE) == (s->config.targets[i].kind == TARGET_SMS))
		s->targets[i] = told;
	s->targets[i].waiting = waiting;
	return c->role == ROLE_TRIAGE || c->role == ROLE_NOTIFY;
}

// A child is less trusted than its supervisor: what is malformed costs the child its life, not ours.
static void hear_child(void *ctx, int fd, short revents)
{
	struct supervisor *s = ctx;
	struct child *c = child_of(s, fd);
	struct message m;
	(void)revents;
	BUG_IF(!c);
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_READY) {
		c->ready = true;
		if (c->state.code == STATE_STARTING) // what it has told about itself before stays
			c->state.code = STATE_RUNNING;
	} else if (e == OK && m.type == MESSAGE_STATE) {
		child_hear_state(c, &m);
	} else if (e == OK && m.type == MESSAGE_STATUS && c->role == ROLE_CONSOLE) {
		cleanup_free char *json = status_json(&s->config, s->children, s->count, s->targets);
		tell(c, MESSAGE_STATUS_JSON, json, strlen(json), -1);
	} else if (e == OK && m.type == MESSAGE_TARGET && hear_target(s, c, &m)) {
		return;
	} else {
		loop_forget(s->loop, fd); // its end is seen by SIGCHLD
		if (e != ERROR_CLOSED && c->pid > 0) {
			if (m.fd >= 0)
				close(m.fd);
			log_error("process=%s sent a malformed message; it is ended", c->name);
			kill(c->pid, SIGKILL);
		}
	}
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	bool any = false;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < s->count; i++) {
			struct child *c = &s->children[i];
			if (c->pid != pid)
				continue;
			loop_forget(s->loop, c->control);
			child_ended(c, status);
		}
	for (size_t i = 0; i < s->count; i++)
		any |= s->children[i].pid > 0;
	if (!s->stopping)
		start_due(s);
	else if (!any)
		loop_stop(s->loop);
}

static void kill_all(void *ctx)
{
	struct supervisor *s = ctx;
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0)
			kill(s->children[i].pid, SIGKILL);
}

static void stop_all(struct supervisor *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	bool any = false;
	for (size_t i = 0; i < s->count; i++) {
		tell(&s->children[i], MESSAGE_STOP, NULL, 0, -1);
		any |= s->children[i].pid > 0;
	}
	loop_timer(s->loop, TIMER_STOP, STOP_WAIT_MS, kill_all, s);
	if (!any)
		loop_stop(s->loop);
}

static void reload_all(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		tell(&s->children[i], MESSAGE_RELOAD, NULL, 0, -1);
}

static void hear_signal(void *ctx, int fd, short revents)
{
	struct supervisor *s = ctx;
	struct signalfd_siginfo info;
	(void)revents;
	if (read(fd, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(s);
	else if (info.ssi_signo == SIGHUP)
		reload_all(s);
	else
		stop_all(s);
}

static void hear_client(void *ctx, int fd, short revents)
{
	struct supervisor *s = ctx;
	struct message m;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_STATUS) {
		cleanup_free char *json = status_json(&s->config, s->children, s->count, s->targets);
		e = message_send(fd, MESSAGE_STATUS_JSON, json, strlen(json), -1);
		if (e == OK)
			return;
	} else if (e == OK && m.type == MESSAGE_RELOAD) { // as SIGHUP; its end tells the client that it was heard
		reload_all(s);
	}
	if (m.fd >= 0)
		close(m.fd);
	loop_forget(s->loop, fd);
	close(fd);
}

static void accept_client(void *ctx, int fd, short revents)
{
	struct supervisor *s = ctx;
	(void)revents;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client >= 0 && loop_watch(s->loop, client, POLLIN, hear_client, s) != OK)
		close(client);
}

static enum error set_up_signals(struct supervisor *s)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ERROR_IO : loop_watch(s->loop, fd, POLLIN, hear_signal, s);
}

// One station a folder: the lock lives as long as this process.
static enum error lock_folder(const struct config *c)
{
	char path[600];
	if (mkdir(config_file(c, "run", path), 0700) != 0 && access(path, W_OK | X_OK) != 0)
		return ERROR_IO;
	int fd = open(config_file(c, "run/lock", path), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERROR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return ERROR_LOCKED;
	}
	return OK;
}

static enum error set_up_sockets(struct supervisor *s)
{
	char path[600];
	int status = -1;
	enum error e = message_listen(config_file(&s->config, "run/station.sock", path), &status);
	if (e == OK)
		e = loop_watch(s->loop, status, POLLIN, accept_client, s);
	if (e == OK)
		e = message_listen(config_file(&s->config, "run/triage.sock", path), &s->triage_clients);
	return e;
}

static void add(struct supervisor *s, enum role role, unsigned index, const char *name)
{
	child_init(&s->children[s->count], role, index, name);
	s->children[s->count++].restart_at_ms = 1; // due
}

static bool needs_notify(const struct config *c)
{
	bool needs = *c->metrics_listen;
	for (size_t i = 0; i < c->target_count; i++)
		needs |= c->targets[i].kind != TARGET_SMS;
	return needs;
}

int main(int argc, char **argv)
{
	static struct supervisor s = {.triage_clients = -1};
	char why[512];
	if (argc != 3 || strcmp(argv[1], "-c")) {
		fprintf(stderr, "%s is started by `tama run`, not by hand\n", argv[0]);
		return 2;
	}
	sandbox_begin();
	if (config_load(argv[2], &s.config, why) != OK) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	log_init("supervisor", (enum log_level)s.config.log_level);
	enum error e = s.config.sandbox ? sandbox_close(ROLE_SUPERVISOR) : OK;
	if (e != OK) {
		log_error("sandbox=%s; the kernel must support seccomp filters", error_text(e));
		return 3;
	}
	e = lock_folder(&s.config);
	if (e == ERROR_LOCKED) {
		fprintf(stderr, "tama: a station runs already in %s; `tama status -c %s` shows it\n", s.config.dir,
			s.config.path);
		return 3;
	}
	BUG_IF(loop_create(&s.loop) != OK);
	if (e == OK)
		e = set_up_signals(&s);
	if (e == OK)
		e = set_up_sockets(&s);
	if (e != OK) {
		fprintf(stderr, "tama: %s/run: %s: %m\n", s.config.dir, error_text(e));
		return 3;
	}
	add(&s, ROLE_KEEPER, 0, "keeper");
	add(&s, ROLE_TRIAGE, 0, "triage");
	add(&s, ROLE_INTAKE, 0, "intake");
	if (s.config.console_enabled)
		add(&s, ROLE_CONSOLE, 0, "console");
	if (needs_notify(&s.config))
		add(&s, ROLE_NOTIFY, 0, "notify");
	for (unsigned i = 0; i < s.config.modem_count; i++)
		add(&s, ROLE_MODEM, i, s.config.modems[i].name);
	start_due(&s);
	loop_run(s.loop);
	loop_destroy(s.loop);
	log_info("stopped");
	return 0;
}
