// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/http_check.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/console/static.h"

#define DEPTH_MAX 16

// ---- what was asked -------------------------------------------------------------------------------------------------

const char *http_query(struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_request_header(struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *http_request_cookie(struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, name);
}

bool http_parse_id(const char *text, uint64_t *out)
{
	size_t n = text ? strlen(text) : 0;
	if (n < 1 || n > 15 || strspn(text, "0123456789") != n)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

bool http_query_id(struct exchange *x, const char *name, uint64_t *out)
{
	const char *v = http_query(x, name);
	return !v || http_parse_id(v, out);
}

const char *http_text_optional(struct exchange *x, const char *name, size_t max, bool *bad)
{
	const json_t *v = json_object_get(x->in, name);
	if (!v || json_is_null(v))
		return NULL;
	const char *s = json_string_value(v);
	if (s && json_string_length(v) <= max && strlen(s) == json_string_length(v))
		return s;
	char message[160];
	snprintf(message, sizeof message, "\"%.40s\" must be a text of at most %zu octets.", name, max);
	http_fail(x, 400, "field", message);
	*bad = true;
	return NULL;
}

const char *http_text(struct exchange *x, const char *name, size_t max)
{
	bool bad = false;
	char message[160];
	const char *s = http_text_optional(x, name, max, &bad);
	if (!s && !bad) {
		snprintf(message, sizeof message, "\"%.40s\" is missing.", name);
		http_fail(x, 400, "field", message);
	}
	return s;
}

bool http_id(struct exchange *x, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(x->in, name);
	json_int_t n = json_integer_value(v);
	if (json_is_integer(v) && n > 0 && n < 1000000000000000) {
		*out = (uint64_t)n;
		return true;
	}
	char message[160];
	snprintf(message, sizeof message, "\"%.40s\" must be a number above 0.", name);
	http_fail(x, 400, "field", message);
	return false;
}

void http_address(struct exchange *x, const struct sockaddr *from)
{
	const void *at = NULL;
	if (from->sa_family == AF_INET)
		at = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
	else if (from->sa_family == AF_INET6)
		at = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	if (!at || !inet_ntop(from->sa_family, at, x->address, sizeof x->address))
		snprintf(x->address, sizeof x->address, "?");
}

// ---- Host and Origin --------------------------------------------------------------------------------------------------

static bool is_word_of(const char *word, size_t size, const char *list)
{
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, " ");
		if (n == size && !strncasecmp(p, word, n))
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

// A foreign name that was made to point here (DNS rebinding) is not ours; an address in figures needs no name server.
static bool host_is_ours(const struct config *c, const char *host)
{
	uint8_t ignored[16];
	char name[260];
	const char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');
	size_t n = colon && (!bracket || colon > bracket) ? (size_t)(colon - host) : strlen(host);
	if (colon && n != strlen(host) && strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	if (n == 0 || n >= sizeof name)
		return false;
	memcpy(name, host, n);
	name[n] = 0;
	if (name[0] == '[' && name[n - 1] == ']') {
		name[n - 1] = 0;
		return inet_pton(AF_INET6, name + 1, ignored) == 1;
	}
	return inet_pton(AF_INET, name, ignored) == 1 || !strcasecmp(name, "localhost") ||
	       is_word_of(name, n, c->console_names);
}

static bool origin_is_ours(struct exchange *x, const char *host)
{
	const char *origin = http_request_header(x, "Origin"), *site = http_request_header(x, "Sec-Fetch-Site");
	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0 &&
		(x->route || strcmp(x->path, "/") != 0)) // somebody's link to the first page is fine
		return false;
	return !origin || (!strncmp(origin, "https://", 8) && !strcasecmp(origin + 8, host));
}

struct header_counts {
	unsigned host, length, encoding, transfer, all;
};

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct header_counts *n = ctx;
	(void)kind;
	(void)value;
	n->all++;
	n->host += !strcasecmp(name, "Host");
	n->length += !strcasecmp(name, "Content-Length");
	n->encoding += !strcasecmp(name, "Content-Encoding");
	n->transfer += !strcasecmp(name, "Transfer-Encoding");
	return MHD_YES;
}

// Two readings of where a request ends are how requests are smuggled: one length, in figures, or none.
static bool check_shape(struct exchange *x, bool post)
{
	struct header_counts n = {0};
	uint64_t length = 0;
	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, count_header, &n);
	const char *text = http_request_header(x, "Content-Length");
	if (n.host != 1 || n.all > 64)
		http_fail(x, 400, "headers", "The request's headers are not acceptable.");
	else if (n.transfer || n.length > 1 || (text && !http_parse_id(text, &length)))
		http_fail(x, 400, "length", "The length of the request must be given once, in figures.");
	else if (n.encoding)
		http_fail(x, 415, "encoding", "A compressed request is not accepted.");
	else if (post && !text)
		http_fail(x, 411, "length", "The length of the request must be given.");
	else if (!post && length)
		http_fail(x, 400, "length", "A request of this kind has no body.");
	else if (length > (x->route && x->route->large ? HTTP_BODY_LARGE : HTTP_BODY_MAX))
		http_fail(x, 413, "length", "The request is too large.");
	return !x->answered;
}

// ---- session ----------------------------------------------------------------------------------------------------------

void http_no_session(struct exchange *x, const char *reason)
{
	json_t *o = json_pack("{s:s, s:s, s:s?, s:o}", "error", "login", "message", "Log in first.", "reason", reason,
		"station", station_json(x->console, false));
	json_object_set_new(o, "first_run", json_boolean(login_is_first_run(x->console)));
	http_answer(x, 401, o);
}

static bool check_session(struct exchange *x)
{
	static const char *const reasons[] = {"ended", "idle", "restart"};
	enum session_end why = SESSION_RESTART;
	const char *token = http_request_cookie(x, SESSION_COOKIE);
	struct session *s = token ? session_find(x->console, token, &why) : NULL;
	if (!s) {
		http_no_session(x, token ? reasons[why] : NULL);
		return false;
	}
	if (!session_allow(s)) {
		http_fail(x, 429, "often", "Too many requests: slower, please.");
		http_header(x, "Retry-After", "2");
		return false;
	}
	x->session = s;
	x->session_id = s->id;
	if (!x->route->quiet && !http_request_header(x, "X-Background"))
		s->active_ms = loop_now_ms();
	s->seen = (int64_t)time(NULL);
	return true;
}

static void check_rights(struct exchange *x, bool post)
{
	const char *type = http_request_header(x, "Content-Type");
	if (x->route->roles && !check_session(x))
		return;
	if (post && (!type || strncasecmp(type, "application/json", 16) != 0 || (type[16] && type[16] != ';')))
		http_fail(x, 415, "type", "The request must be application/json.");
	else if (post && x->session && !session_check_csrf(x->session, http_request_header(x, "X-CSRF")))
		http_fail(x, 403, "csrf", "The page is out of date: load it again.");
	else if (x->session && !(x->route->roles & session_role(x->session->role)))
		http_fail(x, 403, "role", "This is not for your role.");
}

void http_check_head(struct exchange *x, const char *method)
{
	bool post = !strcmp(method, "POST"), other = false;
	if (!post && strcmp(method, "GET") != 0) {
		http_fail(x, 405, "method", "Only GET and POST.");
		http_header(x, "Allow", "GET, POST");
		return;
	}
	x->route = route_find(method, x->path, &x->tail, &other);
	const char *host = http_request_header(x, "Host");
	if (!check_shape(x, post))
		return;
	if (!host || !host_is_ours(&x->console->process.config, host)) {
		http_fail(x, 421, "host", "This is not the name of the console; console.names in tama.conf says which are.");
		return;
	}
	if (!origin_is_ours(x, host)) {
		http_fail(x, 403, "origin", "The request comes from another site.");
		return;
	}
	if (x->route)
		check_rights(x, post);
	else if (other)
		http_fail(x, 405, "method", "Not with this method.");
	else if (post || !static_answer(x))
		http_fail(x, 404, "path", "There is nothing here.");
}

// ---- the body ---------------------------------------------------------------------------------------------------------

// How deep the brackets go, outside of texts: a parser that calls itself must not be led by a stranger.
static bool is_shallow(const char *s, size_t size)
{
	int depth = 0;
	bool text = false;
	for (size_t i = 0; i < size; i++) {
		if (text && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			text = !text;
		else if (!text && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!text && (s[i] == '}' || s[i] == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return false;
	}
	return true;
}

bool http_check_body(struct exchange *x)
{
	if (x->body && is_shallow(x->body, x->size))
		x->in = json_loadb(x->body, x->size, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(x->in))
		return true;
	http_fail(x, 400, "json", "The request must be one JSON object.");
	return false;
}
