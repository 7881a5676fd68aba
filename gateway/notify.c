// SPDX-License-Identifier: GPL-2.0-or-later
// Notify: the only process that calls out. It knows no informant and no text: what triage tells it has no field for
// them. Each try is a child that ends; an endpoint that accepts and never answers holds nobody but its own child.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/notify.h"

#define BACKOFF_MAX_MS 900000

enum { TIMER_NEXT };

static void work(void *ctx);

static void work_soon(struct notify *n, int64_t in_ms)
{
	loop_timer(n->process.loop, TIMER_NEXT, in_ms, work, n);
}

static void tell_state(struct notify_target *t)
{
	uint8_t body[TARGET_STATE_SIZE];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	target_state_put(&w, &t->state);
	if (!bytes_ok(&w) || message_send(PROCESS_CONTROL_FD, MESSAGE_TARGET, body, sizeof body, -1) != OK)
		log_debug("target's state not told");
}

// ---- triage -----------------------------------------------------------------------------------------------------------

static void hang_up(struct notify *n)
{
	if (n->triage < 0)
		return;
	loop_forget(n->process.loop, n->triage);
	close(n->triage);
	n->triage = -1;
}

static void answer(struct notify *n, uint64_t id, enum error result)
{
	uint8_t body[9];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u64(&w, id);
	bytes_put_u8(&w, (uint8_t)result);
	if (n->triage >= 0 && message_send(n->triage, MESSAGE_NOTIFIED, body, sizeof body, -1) != OK)
		hang_up(n);
}

// Triage that died before it wrote down the answer asks again: what is done is not done twice.
static bool is_done(const struct notify *n, uint64_t id, enum error *result)
{
	for (size_t i = 0; i < NOTIFY_DONE_MAX; i++)
		if (n->done[i].id == id) {
			*result = (enum error)n->done[i].result;
			return true;
		}
	return false;
}

static struct notify_target *target_of(struct notify *n, const char *name)
{
	int i = config_target_find(&n->process.config, name);
	return i >= 0 && n->targets[i].config->kind != TARGET_SMS ? &n->targets[i] : NULL;
}

static bool take(struct notify *n, const struct notice *given)
{
	enum error result;
	size_t place = NOTIFY_JOBS_MAX;
	if (is_done(n, given->id, &result)) {
		answer(n, given->id, result);
		return true;
	}
	for (size_t i = 0; i < NOTIFY_JOBS_MAX; i++) {
		if (n->jobs[i].notice.id == given->id)
			return true; // it is on its way
		if (!n->jobs[i].notice.id)
			place = i;
	}
	if (place == NOTIFY_JOBS_MAX || !given->id || !target_of(n, given->target))
		return false;
	n->jobs[place].notice = *given;
	n->jobs[place].since_ms = loop_now_ms();
	work_soon(n, 0);
	return true;
}

static void hear_triage(void *ctx, int fd, short revents)
{
	struct notify *n = ctx;
	struct message m;
	struct bytes_reader r;
	struct notice given;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	bytes_reader_init(&r, m.body, e == OK ? m.size : 0);
	if (e == OK && m.type == MESSAGE_NOTIFY && notice_get(&r, &given) == OK && take(n, &given))
		return;
	if (m.fd >= 0)
		close(m.fd);
	hang_up(n);
}

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct notify *n = ctx;
	(void)index;
	BUG_IF(role != ROLE_TRIAGE);
	hang_up(n);
	n->triage = fd;
	BUG_IF(loop_watch(n->process.loop, fd, POLLIN, hear_triage, n) != OK);
}

// ---- tries ------------------------------------------------------------------------------------------------------------

static void forget_job(struct notify *n, uint64_t id, enum error result)
{
	for (size_t i = 0; i < NOTIFY_JOBS_MAX; i++)
		if (n->jobs[i].notice.id == id)
			n->jobs[i].notice = (struct notice){0};
	n->done[n->done_next].id = id;
	n->done[n->done_next].result = (uint8_t)result;
	n->done_next = (n->done_next + 1) % NOTIFY_DONE_MAX;
	answer(n, id, result);
}

static const char *why(int end)
{
	switch (end) {
	case NOTIFY_NAME: return "its name is not found; does this station reach the internet?";
	case NOTIFY_CONNECT: return "it cannot be reached";
	case NOTIFY_TIMEOUT: return "it does not answer in time";
	case NOTIFY_TLS: return "its certificate is not to be trusted, or it has none";
	case NOTIFY_LOGIN: return "it refuses user or password";
	case NOTIFY_REFUSED: return "it refuses (an HTTP status other than 2xx, or an SMTP one)";
	case NOTIFY_REDIRECT: return "it answers with a redirect, which is never followed";
	default: return "the try broke off";
	}
}

// Twice as long each time, up to a quarter of an hour, and never to the second with others.
static int64_t back_off(uint64_t failures)
{
	int64_t wait = 1000ll << (failures < 11 ? failures - 1 : 10);
	wait = wait > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait;
	return wait - wait / 4 + (int64_t)randombytes_uniform((uint32_t)(wait / 2));
}

static void ended(struct notify *n, struct notify_target *t, int status)
{
	int end = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGALRM ? NOTIFY_TIMEOUT : NOTIFY_BROKEN;
	t->child = 0;
	if (end == NOTIFY_OK) {
		t->state.last_ok = (int64_t)time(NULL);
		t->state.delivered++;
		t->state.failures = 0;
		t->state.why[0] = 0;
		t->next_at_ms = 0;
		forget_job(n, t->job, OK);
	} else {
		t->state.failures++;
		snprintf(t->state.why, sizeof t->state.why, "%s", why(end));
		t->next_at_ms = loop_now_ms() + back_off(t->state.failures);
		log_warn("target=%s job=%llu failures=%llu: %s", t->config->name, (unsigned long long)t->job,
			(unsigned long long)t->state.failures, why(end));
	}
	tell_state(t);
	work_soon(n, 0);
}

static void hear_child(void *ctx, int fd, short revents)
{
	struct notify *n = ctx;
	int status = 0;
	(void)revents;
	for (size_t i = 0; i < n->process.config.target_count; i++) {
		struct notify_target *t = &n->targets[i];
		if (!t->child || t->pipe != fd)
			continue;
		loop_forget(n->process.loop, fd);
		close(fd);
		waitpid(t->child, &status, 0);
		ended(n, t, status);
	}
}

// The child has one endpoint's secret, and no channel into the station.
static _Noreturn void be_child(struct notify *n, const struct notify_target *t, const struct notice *job, int own)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (int fd = PROCESS_CONTROL_FD; fd < 256; fd++)
		if (fd != own)
			close(fd);
	for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
		if (&n->targets[i] != t)
			sodium_memzero(n->targets[i].secret, sizeof n->targets[i].secret);
	notify_send(t, job, n->process.config.station_id);
}

static void try_job(struct notify *n, struct notify_target *t, const struct notice *job)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) != 0) {
		t->next_at_ms = loop_now_ms() + 1000;
		return;
	}
	t->child = fork();
	if (t->child == 0)
		be_child(n, t, job, pair[1]);
	close(pair[1]);
	if (t->child < 0 || loop_watch(n->process.loop, pair[0], POLLIN, hear_child, n) != OK) {
		close(pair[0]);
		t->child = 0;
		t->next_at_ms = loop_now_ms() + 1000;
		return;
	}
	t->pipe = pair[0];
	t->job = job->id;
}

// The oldest job of a target, which is the one with the lowest number.
static const struct notice *next_job(struct notify *n, const struct notify_target *t)
{
	const struct notice *next = NULL;
	int64_t too_old = loop_now_ms() - n->process.config.notify_give_up_h * 3600000;
	for (size_t i = 0; i < NOTIFY_JOBS_MAX; i++) {
		const struct notice *job = &n->jobs[i].notice;
		if (!job->id || strcmp(job->target, t->config->name) != 0)
			continue;
		if (n->jobs[i].since_ms < too_old || (int64_t)time(NULL) - job->at > n->process.config.notify_give_up_h * 3600) {
			log_error("target=%s job=%llu is given up", job->target, (unsigned long long)job->id);
			forget_job(n, job->id, ERROR_TIMEOUT);
		} else if (!next || job->id < next->id) {
			next = job;
		}
	}
	return next;
}

// A target that is tried now is looked at again when its child ends.
static void look_at(struct notify *n, struct notify_target *t, int64_t now, int64_t *wake)
{
	const struct notice *job = t->child ? NULL : next_job(n, t);
	if (job && now >= t->next_at_ms)
		try_job(n, t, job);
	if (job && !t->child && (*wake < 0 || t->next_at_ms < *wake))
		*wake = t->next_at_ms;
}

static void work(void *ctx)
{
	struct notify *n = ctx;
	int64_t now = loop_now_ms(), wake = -1;
	for (size_t i = 0; i < n->process.config.target_count; i++)
		if (n->targets[i].config->kind != TARGET_SMS)
			look_at(n, &n->targets[i], now, &wake);
	if (wake >= 0)
		work_soon(n, wake > now ? wake - now : 0);
}

// ---- set-up -----------------------------------------------------------------------------------------------------------

static int read_secret(const char *path, char out[static NOTIFY_SECRET_SIZE])
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, NOTIFY_SECRET_SIZE - 1) : -1;
	if (n >= 0)
		out[n] = 0;
	out[strcspn(out, "\r\n")] = 0;
	if (n > 0 && *out)
		return 0;
	fprintf(stderr, "%s: expected a secret on the first line (targets in tama.conf): %m\n", path);
	return 2;
}

static int set_up_targets(struct notify *n)
{
	for (size_t i = 0; i < n->process.config.target_count; i++) {
		struct notify_target *t = &n->targets[i];
		const struct config_target *c = t->config = &n->process.config.targets[i];
		const char *file = c->kind == TARGET_WEBHOOK ? c->secret_file : c->kind == TARGET_MAIL ? c->password_file : "";
		memcpy(t->state.name, c->name, sizeof t->state.name);
		if (*file && read_secret(file, t->secret) != 0)
			return 2;
		if (*c->ca_file && access(c->ca_file, R_OK) != 0) {
			fprintf(stderr, "%s: %m (target %s in tama.conf)\n", c->ca_file, c->name);
			return 2;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {.peer = take_peer};
	static struct notify n = {.triage = -1};
	process_init(&n.process, argc, argv, ROLE_NOTIFY, &handlers, &n);
	if (set_up_targets(&n) != 0)
		return 2;
	notify_send_begin();
	if (*n.process.config.metrics_listen && notify_metrics_begin(&n) != OK)
		return 2;
	struct state running = {.code = STATE_RUNNING};
	process_state(&n.process, &running);
	int status = process_run(&n.process);
	notify_metrics_end(&n);
	sodium_memzero(n.targets, sizeof n.targets);
	return status;
}
