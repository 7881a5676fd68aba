// SPDX-License-Identifier: GPL-2.0-or-later
// GET /metrics and /health on this machine alone. What they say comes from the supervisor, as for `tama status`.
#include <arpa/inet.h>
#include <jansson.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/notify.h"

#define TIMER_METRICS 1
#define ANSWER_MS 2000
#define CONNECTIONS 8u
#define IDLE_S 10u

struct notify_metrics {
	struct notify *notify;
	struct MHD_Daemon *daemon;
	int station;             // the supervisor's socket, open from the start
	struct message answer;
};

static json_t *ask(struct notify_metrics *m)
{
	struct pollfd p = {m->station, POLLIN, 0};
	if (message_send(m->station, MESSAGE_STATUS, NULL, 0, -1) != OK || poll(&p, 1, ANSWER_MS) != 1 ||
		message_receive(m->station, &m->answer) != OK || m->answer.type != MESSAGE_STATUS_JSON)
		return NULL;
	return json_loadb((const char *)m->answer.body, m->answer.size, 0, NULL);
}

static enum MHD_Result respond(struct MHD_Connection *to, unsigned status, const char *type, char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	enum MHD_Result result = MHD_queue_response(to, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result health(struct MHD_Connection *to, const json_t *status)
{
	json_t *problems = metrics_problems(status);
	bool well = json_array_size(problems) == 0;
	json_t *o = json_pack("{s:b, s:i}", "ok", well, "problems", (int)json_array_size(problems)); // names stay in the station
	cleanup_free char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	json_decref(problems);
	return text ? respond(to, well ? 200 : 503, "application/json", text) : MHD_NO;
}

static enum MHD_Result serve(void *ctx, struct MHD_Connection *to, const char *url, const char *method, const char *version,
	const char *data, size_t *size, void **state)
{
	struct notify_metrics *m = ctx;
	static char not_found[] = "GET /metrics or /health\n", silent[] = "the station does not answer\n";
	(void)version;
	(void)data;
	(void)size;
	(void)state;
	bool metrics = !strcmp(url, "/metrics");
	if (strcmp(method, "GET") != 0 || (!metrics && strcmp(url, "/health") != 0))
		return respond(to, 404, "text/plain", not_found);
	json_t *status = ask(m);
	if (!status)
		return respond(to, 503, "text/plain", silent);
	cleanup_free char *text = metrics ? metrics_text(status) : NULL;
	enum MHD_Result result = metrics ? respond(to, 200, "text/plain; version=0.0.4", text) : health(to, status);
	json_decref(status);
	return result;
}

static void turn(struct notify_metrics *m);

static void due(void *ctx)
{
	turn(ctx);
}

static void turn(struct notify_metrics *m)
{
	MHD_UNSIGNED_LONG_LONG wait;
	MHD_run(m->daemon);
	if (MHD_get_timeout(m->daemon, &wait) == MHD_YES)
		loop_timer(m->notify->process.loop, TIMER_METRICS, (int64_t)(wait < 60000 ? wait : 60000), due, m);
}

static void ready(void *ctx, int fd, short revents)
{
	(void)fd;
	(void)revents;
	turn(ctx);
}

// Only of this machine: what is to be seen elsewhere goes through something that an administrator answers for.
static bool read_address(const char *text, struct sockaddr_in *out)
{
	unsigned port;
	char end;
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (sscanf(text, "127.0.0.1:%5u%c", &port, &end) != 1 || port == 0 || port > 65535)
		return false;
	out->sin_port = htons((uint16_t)port);
	return true;
}

enum error notify_metrics_begin(struct notify *n)
{
	struct sockaddr_in address;
	char path[600];
	struct notify_metrics *m = calloc(1, sizeof *m);
	BUG_IF(!m);
	n->metrics = m;
	m->notify = n;
	m->station = -1;
	if (!read_address(n->process.config.metrics_listen, &address)) {
		fprintf(stderr, "%s: metrics.listen: expected 127.0.0.1:PORT\n", n->process.config.path);
		return ERROR_ARGUMENT;
	}
	enum error e = message_connect(config_file(&n->process.config, "run/station.sock", path), &m->station);
	if (e == OK)
		m->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, serve, m, MHD_OPTION_SOCK_ADDR, &address,
			MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_END);
	if (!m->daemon) {
		log_error("metrics.listen=%s: %m", n->process.config.metrics_listen);
		return ERROR_ARGUMENT;
	}
	int epoll = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return loop_watch(n->process.loop, epoll, POLLIN, ready, m);
}

void notify_metrics_end(struct notify *n)
{
	if (!n->metrics)
		return;
	if (n->metrics->daemon)
		MHD_stop_daemon(n->metrics->daemon);
	if (n->metrics->station >= 0)
		close(n->metrics->station);
	free(n->metrics);
}
