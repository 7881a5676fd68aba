// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/console/http_check.h"
#include "gateway/console/static.h"
#include "gateway/console/tls.h"
#include "gateway/console/zip.h"
#include "gateway/log.h"

#define CONNECTION_MEMORY 24576 // of one connection: its request line and headers, and what goes out
#define IDLE_S 60
#define FIRST_REQUEST_MS 15000  // handshake and headers
#define BODY_MS 60000
#define LARGE_MS 180000         // 1 MB at 64 kbit/s
#define NEXT_REQUEST_MS 75000

// One connection, to be cut when it is too slow: octet by octet one could hold all of them.
struct line {
	int fd;
	int64_t deadline_ms; // 0: none
	struct line *next, *before;
};

struct http {
	struct console *console;
	struct MHD_Daemon *daemon;
	struct line *lines;
	struct exchange *exchanges;
	bool stopping;
};

// ---- connections --------------------------------------------------------------------------------------------------

static void hear_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct http *h = ctx;
	struct line *l = *socket_context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		l = calloc(1, sizeof *l);
		if (!l || !info)
			return;
		l->fd = info->connect_fd;
		// The head and the body of an answer are two records of TLS: the second does not wait for the first's arrival.
		if (setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0)
			log_debug("tcp_nodelay: %m");
		l->deadline_ms = loop_now_ms() + FIRST_REQUEST_MS;
		l->next = h->lines;
		if (h->lines)
			h->lines->before = l;
		h->lines = l;
		*socket_context = l;
	} else if (l) {
		if (l->next)
			l->next->before = l->before;
		*(l->before ? &l->before->next : &h->lines) = l->next;
		free(l);
		*socket_context = NULL;
	}
}

static void set_deadline(struct exchange *x, int64_t after_ms)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct line *l = info ? info->socket_context : NULL;
	if (l)
		l->deadline_ms = after_ms ? loop_now_ms() + after_ms : 0;
}

void http_tick(struct http *h)
{
	int64_t now = loop_now_ms();
	for (struct line *l = h->lines; l; l = l->next)
		if (l->deadline_ms && l->deadline_ms < now) {
			shutdown(l->fd, SHUT_RDWR); // the web server sees the end, and forgets it
			l->deadline_ms = 0;
		}
	http_run(h);
}

static void run_soon(void *ctx)
{
	http_run(ctx);
}

// ---- answers ------------------------------------------------------------------------------------------------------

static void put_headers(struct MHD_Response *r)
{
	static const char *const headers[][2] = {
		{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
			"connect-src 'self'; frame-src blob:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
			"require-trusted-types-for 'script'"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Referrer-Policy", "no-referrer"},
		{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
		{"Strict-Transport-Security", "max-age=31536000"},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(headers); i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
}

static void answered(struct exchange *x, unsigned status, struct MHD_Response *r)
{
	BUG_IF(x->answered || !r);
	put_headers(r);
	x->answered = true;
	x->status = status;
	x->response = r;
	if (x->waiting) {
		MHD_resume_connection(x->connection);
		x->waiting = false;
		loop_timer(x->console->process.loop, CONSOLE_TIMER_WEB, 0, run_soon, x->console->http);
	}
}

void http_answer(struct exchange *x, unsigned status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text) {
		http_fail(x, 500, "memory", "The console has no memory left.");
		return;
	}
	size_t size = strlen(text), zipped_size = 0;
	void *zipped = zip_wanted(x, size) ? zip_text(text, size, &zipped_size) : NULL;
	if (zipped)
		zip_free(text);
	struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(zipped ? zipped_size : size,
		zipped ? zipped : text, zip_free);
	BUG_IF(!r);
	if (zipped)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	MHD_add_response_header(r, "Content-Type", "application/json");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	answered(x, status, r);
}

void http_fail(struct exchange *x, unsigned status, const char *error, const char *message)
{
	json_t *o = json_pack("{s:s, s:s}", "error", error, "message", message);
	BUG_IF(!o);
	http_answer(x, status, o);
}

void http_bytes(struct exchange *x, unsigned status, const char *type, const void *data, size_t size, bool copy,
	const char *etag, bool gzip)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(size, (void *)(uintptr_t)data,
		copy ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
	BUG_IF(!r);
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", etag ? "no-cache" : "no-store");
	if (etag)
		MHD_add_response_header(r, "ETag", etag);
	if (gzip)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	if (etag)
		MHD_add_response_header(r, "Vary", "Accept-Encoding");
	answered(x, status, r);
}

void http_header(struct exchange *x, const char *name, const char *value)
{
	BUG_IF(!x->response);
	MHD_add_response_header(x->response, name, value);
}

void http_cookie(struct exchange *x, const char *name, const char *value, int64_t age_s)
{
	char line[512], age[40] = "";
	if (age_s || !*value)
		snprintf(age, sizeof age, "; Max-Age=%lld", (long long)age_s);
	snprintf(line, sizeof line, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", name, value, age);
	http_header(x, "Set-Cookie", line);
	sodium_memzero(line, sizeof line);
}

void http_wait(struct exchange *x)
{
	BUG_IF(x->answered || x->waiting);
	x->waiting = true;
}

// ---- streams ------------------------------------------------------------------------------------------------------

struct tube {
	struct console *console;
	struct MHD_Connection *connection;
	struct exchange *exchange; // NULL: it has ended
	void *stream;
	size_t (*read)(void *stream, char *out, size_t room);
	void (*gone)(struct console *c, void *stream);
	bool asleep;
};

static ssize_t read_tube(void *ctx, uint64_t at, char *out, size_t room)
{
	struct tube *t = ctx;
	(void)at;
	size_t n = t->exchange ? t->read(t->stream, out, room) : SIZE_MAX;
	if (n == SIZE_MAX)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0 && !t->asleep) {
		t->asleep = true;
		MHD_suspend_connection(t->connection);
	}
	return (ssize_t)n;
}

static void end_tube(struct tube *t)
{
	if (!t->exchange)
		return;
	t->gone(t->console, t->stream);
	t->exchange->tube = NULL;
	t->exchange = NULL;
}

static void free_tube(void *ctx)
{
	end_tube(ctx);
	free(ctx);
}

struct tube *http_stream(struct exchange *x, void *stream, size_t (*read)(void *stream, char *out, size_t room),
	void (*gone)(struct console *c, void *stream))
{
	struct tube *t = calloc(1, sizeof *t);
	BUG_IF(!t);
	*t = (struct tube){x->console, x->connection, x, stream, read, gone, false};
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, read_tube, t, free_tube);
	BUG_IF(!r);
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	x->tube = t;
	answered(x, 200, r);
	return t;
}

void http_stream_wake(struct tube *t)
{
	if (!t->asleep)
		return;
	t->asleep = false;
	MHD_resume_connection(t->connection);
	loop_timer(t->console->process.loop, CONSOLE_TIMER_WEB, 0, run_soon, t->console->http);
}

// ---- one request ----------------------------------------------------------------------------------------------------

static struct exchange *exchange_begin(struct http *h, struct MHD_Connection *connection, const char *url)
{
	struct exchange *x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	x->console = h->console;
	x->connection = connection;
	http_address(x, MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
	snprintf(x->path, sizeof x->path, "%s", url);
	x->next = h->exchanges;
	if (h->exchanges)
		h->exchanges->before = x;
	h->exchanges = x;
	return x;
}

static void exchange_end(struct http *h, struct exchange *x)
{
	if (x->next)
		x->next->before = x->before;
	*(x->before ? &x->before->next : &h->exchanges) = x->next;
	if (x->tube)
		end_tube(x->tube);
	if (x->body)
		sodium_memzero(x->body, x->room);
	free(x->body);
	json_decref(x->in);
	if (x->response)
		MHD_destroy_response(x->response);
	free(x);
}

static void completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode why)
{
	(void)connection;
	(void)why;
	if (!*con_cls)
		return;
	struct exchange *x = *con_cls;
	set_deadline(x, NEXT_REQUEST_MS);
	exchange_end(ctx, x);
	*con_cls = NULL;
}

static enum MHD_Result send_answer(struct exchange *x)
{
	set_deadline(x, x->tube ? 0 : LARGE_MS);
	enum MHD_Result done = MHD_queue_response(x->connection, x->status, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	return done;
}

static void serve(struct exchange *x)
{
	if (x->route->method[0] == 'P' && !http_check_body(x))
		return;
	x->route->handle(x);
	BUG_IF(!x->answered && !x->waiting);
}

static enum MHD_Result begin(struct http *h, struct MHD_Connection *connection, const char *url, const char *method,
	void **con_cls)
{
	struct exchange *x = exchange_begin(h, connection, url);
	if (!x)
		return MHD_NO;
	*con_cls = x;
	if (h->stopping)
		http_fail(x, 503, "stopping", "The console is being stopped.");
	else if (strlen(url) >= sizeof x->path)
		http_fail(x, 414, "url", "The address is too long.");
	else
		http_check_head(x, method);
	if (x->answered)
		return send_answer(x);
	set_deadline(x, x->route->large ? LARGE_MS : BODY_MS);
	return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *x, const char *data, size_t *size)
{
	size_t limit = x->route->large ? HTTP_BODY_LARGE : HTTP_BODY_MAX;
	if (x->size + *size > limit)
		return MHD_NO;
	if (x->size + *size + 1 > x->room) {
		size_t room = x->room ? x->room * 2 : 2048;
		while (room < x->size + *size + 1)
			room *= 2;
		char *grown = calloc(1, room);
		if (!grown)
			return MHD_NO;
		if (x->body) { // it may hold a password
			memcpy(grown, x->body, x->size);
			sodium_memzero(x->body, x->room);
			free(x->body);
		}
		x->body = grown;
		x->room = room;
	}
	memcpy(x->body + x->size, data, *size);
	x->size += *size;
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result hear(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_size, void **con_cls)
{
	struct http *h = ctx;
	struct exchange *x = *con_cls;
	(void)version;
	if (!x)
		return begin(h, connection, url, method, con_cls);
	if (*upload_size)
		return x->answered ? MHD_NO : take_body(x, upload, upload_size);
	if (!x->answered && !x->waiting) {
		set_deadline(x, 0);
		serve(x);
	}
	if (x->answered)
		return send_answer(x);
	MHD_suspend_connection(connection);
	return MHD_YES;
}

// ---- the server -----------------------------------------------------------------------------------------------------

void http_run(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG wait;
	MHD_run(h->daemon);
	if (MHD_get_timeout(h->daemon, &wait) == MHD_YES)
		loop_timer(h->console->process.loop, CONSOLE_TIMER_WEB, wait > 1000 ? 1000 : (int64_t)wait,
			run_soon, h);
}

static void log_line(void *ctx, const char *format, va_list ap)
{
	(void)ctx;
	(void)format; // it may hold what a stranger sent
	(void)ap;
}

enum error http_create(struct console *c, struct http **out)
{
	struct http *h = calloc(1, sizeof *h);
	const struct config *k = &c->process.config;
	struct tls_files tls;
	int fd = -1;
	if (!h)
		return ERROR_MEMORY;
	h->console = c;
	enum error e = tls_load(k, &tls);
	if (e == OK)
		e = tls_listen(k, &fd);
	if (e == OK) {
		h->daemon = MHD_start_daemon(
			MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, hear, h,
			MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL, // before the rest: they may complain
			MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_KEY, tls.key, MHD_OPTION_HTTPS_MEM_CERT,
			tls.certificate, MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)4096,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned)k->console_connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
			(unsigned)k->console_per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
			MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED,
			completed, h, MHD_OPTION_NOTIFY_CONNECTION, hear_connection, h, MHD_OPTION_END);
		e = h->daemon ? OK : ERROR_IO;
	}
	tls_forget(&tls);
	if (e != OK) {
		if (fd >= 0)
			close(fd);
		free(h);
		return e;
	}
	*out = h;
	return OK;
}

static void hear_epoll(void *ctx, int fd, short revents)
{
	(void)fd;
	(void)revents;
	http_run(ctx);
}

void http_start(struct http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	BUG_IF(!info || loop_watch(h->console->process.loop, info->epoll_fd, POLLIN, hear_epoll, h) != OK);
}

unsigned http_port(const struct http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_LISTEN_FD);
	return info ? tls_port(info->listen_fd) : 0;
}

void http_stop(struct http *h)
{
	h->stopping = true;
	for (struct exchange *x = h->exchanges; x; x = x->next)
		if (x->waiting)
			http_fail(x, 503, "stopping", "The console is being stopped.");
	http_run(h);
}

void http_destroy(struct http *h)
{
	if (!h)
		return;
	MHD_stop_daemon(h->daemon);
	free(h);
}
