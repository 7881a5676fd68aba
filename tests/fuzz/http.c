// SPDX-License-Identifier: GPL-2.0-or-later
// A whole connection of a stranger to the console, behind TLS: the web server, all that is checked before a handler, and
// what handlers ask of a request. {T} in the octets stands for the cookie of an officer, {C} for its CSRF token. Nobody
// without the first reaches what needs a session, and nobody posts without the second.
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"
#define MHD_USE_TLS MHD_NO_FLAG
#include "gateway/console/http.c"
#undef MHD_USE_TLS
#include "gateway/console/api.h"

#define OUT_MAX 65536

static struct console console;
static char token[SESSION_TOKEN_SIZE];
static struct session *session;
static bool had_token, had_csrf;

// ---- what a handler asks --------------------------------------------------------------------------------------------

static void check_rights_of(const struct exchange *x)
{
	bool post = x->route->method[0] == 'P';
	BUG_IF((x->route->roles != 0) != (x->session != NULL));
	BUG_IF(x->session && (x->session != session || !had_token || !(session_role(session->role) & x->route->roles)));
	BUG_IF(post && x->session && !had_csrf);
	BUG_IF(post != json_is_object(x->in) || x->size > (x->route->large ? HTTP_BODY_LARGE : HTTP_BODY_MAX));
	BUG_IF(strlen(x->path) >= sizeof x->path || (x->tail && (!*x->tail || x->tail < x->path || x->tail > x->path + sizeof x->path)));
}

static void handle(struct exchange *x)
{
	uint64_t id = 0;
	bool bad = false;
	check_rights_of(x);
	if (http_query(x, "id") && http_query_id(x, "id", &id))
		BUG_IF(id > 999999999999999);
	if (x->tail && http_parse_id(x->tail, &id))
		BUG_IF(strspn(x->tail, "0123456789") != strlen(x->tail) || id > 999999999999999);
	const char *note = x->in ? http_text_optional(x, "note", 20, &bad) : NULL;
	BUG_IF(bad != x->answered || (note && strlen(note) > 20));
	const char *text = x->in && !bad ? http_text(x, "text", 30) : NULL;
	BUG_IF(text && strlen(text) > 30);
	if (text && http_id(x, "id", &id))
		BUG_IF(id == 0 || id > 999999999999999);
	if (!x->answered)
		http_answer(x, 200, json_pack("{s:I}", "id", (json_int_t)id));
}

#define HANDLERS(X) X(api_cards) \
	X(api_login) X(api_logout) X(api_session) X(api_sessions) X(api_sessions_end) X(api_sheet) X(api_queue) \
	X(api_incident) X(api_act) X(api_reply) X(api_presence) X(api_read) X(api_alert) X(api_events) \
	X(api_changes) X(api_first_run) X(api_password) X(api_totp_begin) X(api_totp_confirm) X(api_totp_off) \
	X(api_people) X(api_people_add) X(api_people_grant) X(api_people_ungrant) X(api_people_revoke) \
	X(api_reveals) X(api_reveal_ask) X(api_reveal_open) X(api_audit) X(api_status) X(api_map) X(api_report) \
	X(api_sections) X(api_section_token) X(api_section_revoke) X(api_feed) X(api_rules) X(api_rules_check) \
	X(api_rules_form) X(api_rules_try) X(api_rules_replay) X(api_rules_propose) X(api_rules_approve) \
	X(api_rules_reject) X(api_rules_rollback)
#define HANDLER(name)            \
	void name(struct exchange *x) \
	{                             \
		handle(x);                \
	}
HANDLERS(HANDLER)

// ---- the rest of the console, which this does not reach -------------------------------------------------------------

const struct officer_keys *view_keys(const struct view *v)
{
	static const struct officer_keys keys = {.public = {.name = "awa"}};
	(void)v;
	return &keys;
}

void view_close(struct view *v)
{
	(void)v;
}

void readers_enter(struct console *c, struct session *s)
{
	(void)c;
	(void)s;
}

void readers_leave(struct console *c, struct session *s)
{
	(void)c;
	(void)s;
}

void streams_end(struct console *c, const struct session *s)
{
	(void)c;
	(void)s;
}

void streams_presence(struct console *c, uint64_t id)
{
	(void)c;
	(void)id;
}

json_t *station_json(const struct console *c, bool whole)
{
	(void)c;
	BUG_IF(whole);
	return json_object();
}

bool login_is_first_run(struct console *c)
{
	(void)c;
	return false;
}

const struct static_file static_files[] = {{"/index.html", "text/html", "\"1\"", (const uint8_t *)"<p>", NULL, 3, 3}};
const size_t static_count = 1;

enum error tls_load(const struct config *c, struct tls_files *out)
{
	(void)c;
	*out = (struct tls_files){0};
	return OK;
}

void tls_forget(struct tls_files *f)
{
	(void)f;
}

enum error tls_listen(const struct config *c, int *out)
{
	(void)c;
	*out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return *out >= 0 && listen(*out, 4) == 0 ? OK : ERROR_IO;
}

unsigned tls_port(int fd)
{
	(void)fd;
	return 0;
}

// ---- one connection -------------------------------------------------------------------------------------------------

static void set_up(void)
{
	console.process.config.console_connections = console.process.config.console_per_address = 8;
	BUG_IF(sodium_init() < 0 || loop_create(&console.process.loop) != OK || sessions_create(&console.sessions) != OK);
	BUG_IF(session_begin(&console, NULL, "officer", "127.0.0.1", token, &session) != OK);
	BUG_IF(http_create(&console, &console.http) != OK);
}

static size_t fill_in(const uint8_t *data, size_t size, char *out)
{
	size_t n = 0;
	had_token = had_csrf = false;
	for (size_t i = 0; i < size; i++) {
		bool t = size - i >= 3 && !memcmp(data + i, "{T}", 3), c = size - i >= 3 && !memcmp(data + i, "{C}", 3);
		if (t || c) {
			memcpy(out + n, t ? token : session->csrf, SESSION_TOKEN_SIZE - 1);
			n += SESSION_TOKEN_SIZE - 1;
			i += 2;
		} else {
			out[n++] = (char)data[i];
		}
		had_token |= t;
		had_csrf |= c;
	}
	return n;
}

static void talk(int fd, const char *text, size_t size)
{
	static char in[OUT_MAX];
	size_t sent = 0;
	for (int rounds = 0, quiet = 0; rounds < 1000 && quiet < 3; rounds++) {
		ssize_t n = sent < size ? send(fd, text + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
		sent += n > 0 ? (size_t)n : 0;
		if (sent == size)
			shutdown(fd, SHUT_WR);
		http_run(console.http);
		n = recv(fd, in, sizeof in, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		BUG_IF(n > 0 && (memmem(in, (size_t)n, token, SESSION_TOKEN_SIZE - 1) != NULL ||
			memmem(in, (size_t)n, session->csrf, SESSION_TOKEN_SIZE - 1) != NULL)); // nothing of a request comes back
		quiet = n > 0 ? 0 : quiet + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[OUT_MAX];
	const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int pair[2];
	if (!console.http)
		set_up();
	if (size > 4096)
		return 0;
	size = fill_in(data, size, text);
	session->tokens = 100;
	BUG_IF(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0);
	BUG_IF(MHD_add_connection(console.http->daemon, pair[0], (const struct sockaddr *)&from, sizeof from) != MHD_YES);
	talk(pair[1], text, size);
	close(pair[1]);
	for (int i = 0; i < 50 && console.http->lines; i++)
		http_run(console.http);
	BUG_IF(console.http->lines || console.http->exchanges); // nothing of a connection stays
	return 0;
}
