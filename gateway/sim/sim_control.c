// SPDX-License-Identifier: GPL-2.0-or-later
// The control socket: JSON lines. {"op":"text","from":…,"text":…} and the like; one line of JSON answers each.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/pdu/charset.h"
#include "gateway/sim/sim.h"

#define REQUEST_MAX 65536

struct client {
	struct sim *sim;
	int fd;
	size_t size;
	char data[REQUEST_MAX];
};

static json_t *fault(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

static int64_t parse_time(const char *text)
{
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	return end && !*end ? (int64_t)timegm(&tm) : 0;
}

static json_t *op_text(struct sim *s, const json_t *q)
{
	const char *from = json_string_value(json_object_get(q, "from"));
	const char *text = json_string_value(json_object_get(q, "text"));
	const char *coding = json_string_value(json_object_get(q, "coding"));
	const json_t *class = json_object_get(q, "class"), *scts = json_object_get(q, "scts");
	struct pdu like = {.sent_at = (int64_t)time(NULL), .class = -1};
	size_t parts;
	if (!from || !text || strlen(from) >= sizeof like.address)
		return fault("text needs \"from\" (a number or up to 11 letters) and \"text\"");
	memcpy(like.address, from, strlen(from));
	if (class)
		like.class = (int)json_integer_value(class) & 3;
	if (scts && (like.sent_at = parse_time(json_string_value(scts))) == 0)
		return fault("scts: expected YYYY-MM-DDTHH:MM:SSZ");
	like.offset_quarters = (int)json_integer_value(json_object_get(q, "zone_quarters"));
	if (coding && !strcmp(coding, "ucs2"))
		like.coding = PDU_UCS2;
	like.single = (uint8_t)json_integer_value(json_object_get(q, "single_shift"));
	like.locking = (uint8_t)json_integer_value(json_object_get(q, "locking_shift"));
	enum error e = sim_network_text(s, &like, text, &parts);
	return e == OK ? json_pack("{s:b, s:i}", "ok", 1, "parts", (int)parts) : fault(error_text(e));
}

static json_t *op_pdu(struct sim *s, const json_t *q)
{
	struct sim_message m;
	const char *hex = json_string_value(json_object_get(q, "hex"));
	if (!hex || !sim_unhex(hex, m.octets, sizeof m.octets, &m.size))
		return fault("pdu needs \"hex\": an even number of hex digits");
	sim_network_send(s, m.octets, m.size);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *op_call(struct sim *s, const json_t *q)
{
	const char *from = json_string_value(json_object_get(q, "from"));
	if (!from)
		return fault("call needs \"from\"");
	sim_announce(s, "RING");
	if (s->clip)
		sim_announce(s, "+CLIP: \"%s\",%d,,,,0", from, *from == '+' ? 145 : 129);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *op_sent(struct sim *s, const json_t *q)
{
	(void)q;
	return json_pack("{s:b, s:O}", "ok", 1, "sent", s->sent);
}

static json_t *op_stats(struct sim *s, const json_t *q)
{
	(void)q;
	return json_pack("{s:b, s:I, s:O, s:I, s:I, s:I, s:i, s:i}", "ok", 1, "commands", (json_int_t)s->commands,
		"by_command", s->by_command, "delivered", (json_int_t)s->delivered, "deleted", (json_int_t)s->deleted,
		"waiting", (json_int_t)s->waiting_count, "slots_used", sim_slots_used(s), "slots", s->slot_count);
}

static json_t *op_slots(struct sim *s, const json_t *q)
{
	json_t *list = json_array();
	(void)q;
	for (int i = 0; i < s->slot_count; i++) {
		const struct sim_slot *slot = &s->slots[i];
		char hex[2 * sizeof slot->message.octets + 1] = "";
		for (size_t k = 0; k < slot->message.size; k++)
			sprintf(hex + 2 * k, "%02X", slot->message.octets[k]);
		json_array_append_new(list, json_pack("{s:b, s:i, s:s}", "used", slot->used, "status", slot->status, "hex", hex));
	}
	return json_pack("{s:b, s:o}", "ok", 1, "slots", list);
}

static json_t *op_reset_stats(struct sim *s, const json_t *q)
{
	(void)q;
	s->commands = s->delivered = s->deleted = 0;
	json_object_clear(s->by_command);
	return json_pack("{s:b}", "ok", 1);
}

static bool set_lasting(struct sim *s, const char *name, const json_t *q)
{
	int value = (int)json_integer_value(json_object_get(q, "value"));
	const char *line = json_string_value(json_object_get(q, "line"));
	if (!strcmp(name, "silent")) // for value ms; -1: until +CFUN=1,1
		s->silent_until_ms = value < 0 ? -1 : loop_now_ms() + value;
	else if (!strcmp(name, "half-sent"))
		s->entering_pdu = true;
	else if (!strcmp(name, "garbled"))
		s->garbled = value != 0;
	else if (!strcmp(name, "bad-slot"))
		s->bad_slot = value;
	else if (!strcmp(name, "puk"))
		s->puk = value != 0;
	else if (!strcmp(name, "delete-never"))
		s->deaf_to_deletion = value != 0;
	else if (!strcmp(name, "unsolicited") && line && strlen(line) < sizeof s->unsolicited_line)
		memcpy(s->unsolicited_line, line, strlen(line) + 1);
	else
		return false;
	return strcmp(name, "unsolicited") != 0; // that one has a count, too
}

static json_t *op_fault(struct sim *s, const json_t *q)
{
	static const char *const names[FAULT_END_] = {
		"no-answer", "cmti-lost", "list-cut", "delete-lies", "cms-error", "noise", "unsolicited",
		"send-refused"};
	const char *name = json_string_value(json_object_get(q, "name"));
	const json_t *count = json_object_get(q, "count"), *code = json_object_get(q, "code");
	if (name && !strcmp(name, "unplug")) {
		sim_pty_close(s);
		return json_pack("{s:b}", "ok", 1);
	}
	if (name && set_lasting(s, name, q))
		return json_pack("{s:b}", "ok", 1);
	if (name && !strcmp(name, "plug"))
		return s->dead && sim_pty_open(s) == OK ? json_pack("{s:b}", "ok", 1) : fault("cannot plug in");
	for (int i = 0; name && i < FAULT_END_; i++)
		if (!strcmp(name, names[i])) {
			s->send_code = code ? (int)json_integer_value(code) : 42; // congestion
			s->faults[i] = count ? (unsigned)json_integer_value(count) : 1;
			return json_pack("{s:b}", "ok", 1);
		}
	return fault("fault needs \"name\": no-answer, cmti-lost, list-cut, delete-lies, cms-error, noise, unsolicited, "
		     "send-refused (with a \"code\"), unplug, plug, or with a \"value\" silent, half-sent, garbled, bad-slot, puk, "
		     "delete-never");
}

static json_t *op_network(struct sim *s, const json_t *q)
{
	const json_t *ms = json_object_get(q, "send_ms"), *registered = json_object_get(q, "registered"),
		     *signal = json_object_get(q, "signal");
	s->send_ms = ms ? json_integer_value(ms) : s->send_ms;
	s->registered = registered ? (int)json_integer_value(registered) : s->registered;
	s->signal = signal ? (int)json_integer_value(signal) : s->signal;
	return json_pack("{s:b}", "ok", 1);
}

static json_t *op_quit(struct sim *s, const json_t *q)
{
	(void)q;
	loop_stop(s->loop);
	return json_pack("{s:b}", "ok", 1);
}

json_t *sim_control(struct sim *s, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*call)(struct sim *s, const json_t *q);
	} ops[] = {{"text", op_text}, {"pdu", op_pdu}, {"call", op_call}, {"sent", op_sent}, {"stats", op_stats}, {"slots", op_slots},
		{"reset-stats", op_reset_stats}, {"fault", op_fault},
		{"network", op_network}, {"quit", op_quit}};
	const char *op = json_string_value(json_object_get(request, "op"));
	for (size_t i = 0; op && i < ARRAY_LENGTH(ops); i++)
		if (!strcmp(op, ops[i].name))
			return ops[i].call(s, request);
	return fault("\"op\" is one of text, pdu, call, sent, stats, slots, reset-stats, fault, network, quit");
}

static void hang_up(struct client *c)
{
	loop_forget(c->sim->loop, c->fd);
	close(c->fd);
	free(c);
}

static bool reply(struct client *c, const char *line)
{
	json_t *request = json_loads(line, 0, NULL);
	json_t *result = request ? sim_control(c->sim, request) : fault("not a line of JSON");
	char *text = json_dumps(result, JSON_COMPACT);
	json_decref(request);
	json_decref(result);
	BUG_IF(!text);
	size_t n = strlen(text);
	text[n] = '\n';
	bool sent = true;
	for (size_t at = 0; at <= n && sent;) {
		ssize_t k = send(c->fd, text + at, n + 1 - at, MSG_NOSIGNAL);
		sent = k > 0;
		at += k > 0 ? (size_t)k : 0;
	}
	free(text);
	return sent;
}

static void hear_client(void *ctx, int fd, short revents)
{
	struct client *c = ctx;
	(void)revents;
	ssize_t n = recv(fd, c->data + c->size, sizeof c->data - 1 - c->size, 0);
	if (n <= 0 || c->size + (size_t)n == sizeof c->data - 1) {
		hang_up(c);
		return;
	}
	c->size += (size_t)n;
	char *from = c->data, *end;
	bool alive = true;
	while (alive && (end = memchr(from, '\n', c->size - (size_t)(from - c->data)))) {
		*end = 0;
		alive = reply(c, from);
		from = end + 1;
	}
	c->size -= (size_t)(from - c->data);
	memmove(c->data, from, c->size);
	if (!alive)
		hang_up(c);
}

static void accept_client(void *ctx, int fd, short revents)
{
	struct client *c = calloc(1, sizeof *c);
	(void)revents;
	BUG_IF(!c);
	c->sim = ctx;
	c->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (c->fd < 0 || loop_watch(c->sim->loop, c->fd, POLLIN, hear_client, c) != OK) {
		if (c->fd >= 0)
			close(c->fd);
		free(c);
	}
}

enum error sim_control_open(struct sim *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (strlen(s->control_path) >= sizeof a.sun_path)
		return ERROR_TOO_LARGE;
	memcpy(a.sun_path, s->control_path, strlen(s->control_path));
	unlink(s->control_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 16) != 0)
		return ERROR_IO;
	return loop_watch(s->loop, fd, POLLIN, accept_client, s);
}
