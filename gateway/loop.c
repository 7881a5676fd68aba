// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct watch {
	loop_handler *handler;
	void *ctx;
};

struct timer {
	int64_t at_ms; // 0: not armed
	loop_callback *callback;
	void *ctx;
};

struct loop {
	struct pollfd fds[LOOP_WATCHES_MAX];
	struct watch watches[LOOP_WATCHES_MAX];
	struct timer timers[LOOP_TIMERS_MAX];
	int count;
	bool stopped;
};

enum error loop_create(struct loop **out)
{
	*out = calloc(1, sizeof **out);
	return *out ? OK : ERROR_MEMORY;
}

void loop_destroy(struct loop *l)
{
	free(l);
}

int64_t loop_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum error loop_watch(struct loop *l, int fd, short events, loop_handler *handler, void *ctx)
{
	BUG_IF(fd < 0);
	int at = 0;
	while (at < l->count && l->fds[at].fd >= 0)
		at++;
	if (at == LOOP_WATCHES_MAX)
		return ERROR_FULL;
	if (at == l->count)
		l->count++;
	l->fds[at] = (struct pollfd){.fd = fd, .events = events};
	l->watches[at] = (struct watch){handler, ctx};
	return OK;
}

static int find(const struct loop *l, int fd)
{
	for (int i = 0; i < l->count; i++)
		if (l->fds[i].fd == fd)
			return i;
	return -1;
}

void loop_events(struct loop *l, int fd, short events)
{
	int at = find(l, fd);
	BUG_IF(at < 0);
	l->fds[at].events = events;
}

void loop_forget(struct loop *l, int fd)
{
	int at = fd < 0 ? -1 : find(l, fd);
	if (at < 0)
		return;
	l->fds[at] = (struct pollfd){.fd = -1};
	while (l->count > 0 && l->fds[l->count - 1].fd < 0)
		l->count--;
}

void loop_timer(struct loop *l, int id, int64_t after_ms, loop_callback *callback, void *ctx)
{
	BUG_IF(id < 0 || id >= LOOP_TIMERS_MAX);
	l->timers[id] = (struct timer){loop_now_ms() + (after_ms < 0 ? 0 : after_ms) + 1, callback, ctx};
}

void loop_timer_stop(struct loop *l, int id)
{
	l->timers[id].at_ms = 0;
}

bool loop_timer_armed(const struct loop *l, int id)
{
	return l->timers[id].at_ms != 0;
}

static int next_timeout(const struct loop *l)
{
	int64_t best = -1, now = loop_now_ms();
	for (int i = 0; i < LOOP_TIMERS_MAX; i++) {
		if (!l->timers[i].at_ms)
			continue;
		int64_t left = l->timers[i].at_ms - now;
		left = left < 0 ? 0 : left > 3600000 ? 3600000 : left;
		best = best < 0 || left < best ? left : best;
	}
	return (int)best;
}

static void fire_timers(struct loop *l)
{
	int64_t now = loop_now_ms();
	for (int i = 0; i < LOOP_TIMERS_MAX && !l->stopped; i++) {
		struct timer t = l->timers[i];
		if (!t.at_ms || t.at_ms > now)
			continue;
		l->timers[i].at_ms = 0;
		t.callback(t.ctx);
	}
}

void loop_run(struct loop *l)
{
	while (!l->stopped) {
		int n = poll(l->fds, (nfds_t)l->count, next_timeout(l));
		if (n < 0 && errno != EINTR)
			BUG_IF(true);
		for (int i = 0; n > 0 && i < l->count && !l->stopped; i++) {
			short got = l->fds[i].revents;
			if (l->fds[i].fd < 0 || !got)
				continue;
			l->fds[i].revents = 0;
			l->watches[i].handler(l->watches[i].ctx, l->fds[i].fd, got);
		}
		fire_timers(l);
	}
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}
