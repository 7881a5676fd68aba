// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The notify process: notify.c hears triage and keeps the jobs, one child a try; notify_send.c is that child, the only
// place of a station that calls out; notify_metrics.c lets machines of this station read how it does.

#include "gateway/notice.h"
#include "gateway/process.h"

#define NOTIFY_SECRET_SIZE 256
#define NOTIFY_JOBS_MAX 64
#define NOTIFY_DONE_MAX 256

// How a try ended: the exit status of the child.
enum notify_end { NOTIFY_OK, NOTIFY_NAME = 10, NOTIFY_CONNECT, NOTIFY_TIMEOUT, NOTIFY_TLS, NOTIFY_LOGIN, NOTIFY_REFUSED,
	NOTIFY_REDIRECT, NOTIFY_BROKEN };

struct notify_target {
	const struct config_target *config;
	char secret[NOTIFY_SECRET_SIZE]; // of the webhook, or the password of the mail
	struct target_state state;
	pid_t child;                     // 0: none; one try at a time
	int pipe;                        // its end is the child's
	uint64_t job;                    // that is tried
	int64_t next_at_ms;              // of the loop's clock: not tried before
};

struct notify {
	struct process process;
	int triage;
	struct notify_target targets[CONFIG_TARGETS_MAX];
	struct {
		struct notice notice;    // id 0: a free place
		int64_t since_ms;
	} jobs[NOTIFY_JOBS_MAX];
	struct {
		uint64_t id;
		uint8_t result;
	} done[NOTIFY_DONE_MAX];         // what triage is told again when it asks again
	size_t done_next;
	struct notify_metrics *metrics;  // NULL: off
};

// notify_send.c: in the child, never returns. Everything is read from `target` and `n`.
_Noreturn void notify_send(const struct notify_target *target, const struct notice *n, const uint8_t station_id[static 16]);
void notify_send_begin(void); // before the sandbox closes

// notify_metrics.c. ERROR_ARGUMENT: not an address of this machine, or taken.
MUST_CHECK enum error notify_metrics_begin(struct notify *n);
void notify_metrics_end(struct notify *n);
