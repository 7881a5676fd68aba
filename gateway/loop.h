// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The event loop of every process: descriptors and one-shot timers over poll(2). Nothing sleeps on a clock
// while a descriptor could wake it.

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/error.h"

#define LOOP_WATCHES_MAX 256
#define LOOP_TIMERS_MAX 16

typedef void loop_handler(void *ctx, int fd, short revents);
typedef void loop_callback(void *ctx);

struct loop; // opaque

MUST_CHECK enum error loop_create(struct loop **out);
void loop_destroy(struct loop *l);
// Calls `handler` whenever `fd` has one of `events` (or POLLERR, POLLHUP). ERROR_FULL when there are too many.
MUST_CHECK enum error loop_watch(struct loop *l, int fd, short events, loop_handler *handler, void *ctx);
void loop_events(struct loop *l, int fd, short events); // changes what a watched descriptor waits for
void loop_forget(struct loop *l, int fd);               // may be called from within a handler; does not close
// Arms timer `id` (0 … LOOP_TIMERS_MAX-1) once, `after_ms` from now, replacing what it was; loop_timer_stop disarms.
void loop_timer(struct loop *l, int id, int64_t after_ms, loop_callback *callback, void *ctx);
void loop_timer_stop(struct loop *l, int id);
bool loop_timer_armed(const struct loop *l, int id);
void loop_run(struct loop *l); // until loop_stop
void loop_stop(struct loop *l);
int64_t loop_now_ms(void); // CLOCK_MONOTONIC
