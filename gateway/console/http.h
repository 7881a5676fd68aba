// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One request and its answer. http.c checks whatever does not depend on the path (method, Host, Origin, sizes, the
// shape of the body, session, CSRF token, role), then calls the route's handler, which answers at once or later.

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

#define HTTP_BODY_MAX (64u << 10)
#define HTTP_BODY_LARGE (1u << 20) // rules, code sheets
#define HTTP_PATH_MAX 256

struct console;
struct session;
struct http;
struct exchange;
struct MHD_Connection;

enum { ROLE_OF_OFFICER = 1, ROLE_OF_SUPERVISOR = 2, ROLE_OF_ADMINISTRATOR = 4, ROLE_OF_AUDITOR = 8 };
#define ROLES_QUEUE (ROLE_OF_OFFICER | ROLE_OF_SUPERVISOR | ROLE_OF_ADMINISTRATOR)
#define ROLES_LEAD (ROLE_OF_SUPERVISOR | ROLE_OF_ADMINISTRATOR)
#define ROLES_ALL (ROLES_QUEUE | ROLE_OF_AUDITOR)

struct route {
	const char *method; // GET or POST
	const char *path;   // a last "/*" stands for the rest of the path: exchange.tail
	void (*handle)(struct exchange *x);
	unsigned roles;     // 0: no session needed
	bool large;         // the body may be large
	bool quiet;         // not a sign that somebody is there: does not put off the idle lock
};
const struct route *route_find(const char *method, const char *path, const char **tail, bool *other_method);
bool route_zips(const struct route *r); // what it answers holds no secret but alerts: it may be compressed

struct exchange {
	struct console *console;
	struct MHD_Connection *connection;
	const struct route *route;
	const char *tail;         // borrowed from the path
	struct session *session;  // NULL on routes without one
	json_t *in;               // an object, of a POST
	char address[48];
	// the rest is http.c's
	char path[HTTP_PATH_MAX];
	char *body;
	size_t size, room;
	struct MHD_Response *response;
	unsigned status;
	bool waiting, answered;
	uint64_t session_id;      // of `session`, to be found again in an answer that comes later
	struct tube *tube;
	struct exchange *next, *before;
};

MUST_CHECK enum error http_create(struct console *c, struct http **out);
void http_start(struct http *h); // into the loop, from now on
void http_run(struct http *h);   // what is due; after anything was answered or resumed
void http_tick(struct http *h);  // each second: slow clients are cut
void http_stop(struct http *h);  // all that waits is answered 503
void http_destroy(struct http *h);
unsigned http_port(const struct http *h);

// Answers. Every one takes its json (NULL becomes 500).
void http_answer(struct exchange *x, unsigned status, json_t *json);
void http_fail(struct exchange *x, unsigned status, const char *error, const char *message);
void http_bytes(struct exchange *x, unsigned status, const char *type, const void *data, size_t size, bool copy,
	const char *etag, bool gzip);
void http_header(struct exchange *x, const char *name, const char *value); // after http_answer
void http_cookie(struct exchange *x, const char *name, const char *value, int64_t age_s); // the same; 0: of the session
void http_wait(struct exchange *x); // the handler will answer later

// A stream of text events. `read` gives what there is, 0: nothing now, SIZE_MAX: the end; then http_stream_wake when
// there is. `gone`: the connection has ended, and what was returned here with it.
struct tube *http_stream(struct exchange *x, void *stream, size_t (*read)(void *stream, char *out, size_t room),
	void (*gone)(struct console *c, void *stream));
void http_stream_wake(struct tube *t);

// What was asked. The texts are borrowed.
const char *http_query(struct exchange *x, const char *name);      // NULL: not there
const char *http_request_header(struct exchange *x, const char *name);
const char *http_request_cookie(struct exchange *x, const char *name);
bool http_query_id(struct exchange *x, const char *name, uint64_t *out); // false: there, and no id
// From the body; answers 400 and gives NULL (false) when it is not there or too long.
const char *http_text(struct exchange *x, const char *name, size_t max);
const char *http_text_optional(struct exchange *x, const char *name, size_t max, bool *bad); // NULL: not there, or null
bool http_id(struct exchange *x, const char *name, uint64_t *out);
bool http_parse_id(const char *text, uint64_t *out);
