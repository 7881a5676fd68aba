// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/link.h"

#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/log.h"

#define ANSWER_MS 60000
#define NOW_MS 3000
#define AWAY_MS 5000 // what waits for a triage that does not come back

struct ask {
	enum message_type type;
	uint8_t *wire;
	size_t size;
	link_answer *done;
	void *ctx;
	int64_t at_ms;
	struct ask *next;
};

static void answer_first(struct link *l, enum error result, const char *text, const struct answer *answer)
{
	struct ask *a = l->first;
	l->first = a->next;
	if (!l->first)
		l->last = NULL;
	l->sent = false;
	sodium_memzero(a->wire, a->size);
	free(a->wire);
	a->done(a->ctx, result, text, answer);
	free(a);
}

static void drop(struct console *c)
{
	struct link *l = &c->link;
	if (l->fd < 0)
		return;
	loop_forget(c->process.loop, l->fd);
	close(l->fd);
	l->fd = -1;
	l->owed = 0;
	l->gone_ms = loop_now_ms();
	if (l->sent)
		answer_first(l, ERROR_CLOSED, "The station was restarted in that moment: look whether it was done.", NULL);
	streams_station(c);
}

static void send_next(struct console *c)
{
	struct link *l = &c->link;
	if (l->fd < 0 || l->sent || l->owed || !l->first)
		return;
	enum error e = message_send(l->fd, l->first->type, l->first->wire, l->first->size, -1);
	if (e == OK) {
		l->sent = true;
		l->first->at_ms = loop_now_ms();
	} else if (e != ERROR_FULL) {
		drop(c);
	}
}

static void take_result(struct console *c, const struct message *m)
{
	struct link *l = &c->link;
	struct bytes_reader r;
	char text[240] = "";
	cleanup_free struct answer *answer = NULL;
	enum error result = ERROR_MALFORMED;
	if (m->type == MESSAGE_RESULT) {
		bytes_reader_init(&r, m->body, m->size);
		uint8_t code = bytes_get_u8(&r);
		bytes_get_text(&r, text, sizeof text);
		result = code < ERROR_COUNT_ ? (enum error)code : ERROR_MALFORMED;
	} else if ((answer = calloc(1, sizeof *answer)) && answer_read(m->body, m->size, answer) == OK) {
		snprintf(text, sizeof text, "%s", answer->text);
		result = answer->result;
	}
	answer_first(l, result, text, answer);
	if (answer)
		sodium_memzero(answer, sizeof *answer);
}

static void hear_one(struct console *c)
{
	struct link *l = &c->link;
	struct message m;
	enum error e = message_receive(l->fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_CHANGED) {
		streams_changed(c);
	} else if (e == OK && (m.type == MESSAGE_RESULT || m.type == MESSAGE_ANSWER) && l->owed) {
		l->owed--;
	} else if (e == OK && l->sent &&
		   m.type == (l->first->type == MESSAGE_ACTION ? MESSAGE_RESULT : MESSAGE_ANSWER)) {
		take_result(c, &m);
	} else {
		if (e == OK)
			log_warn("triage sent what nobody asked for");
		if (m.fd >= 0)
			close(m.fd);
		drop(c);
	}
	sodium_memzero(m.body, sizeof m.body);
	send_next(c);
}

static void hear(void *ctx, int fd, short revents)
{
	struct console *c = ctx;
	(void)fd;
	(void)revents;
	hear_one(c);
	http_run(c->http);
}

void link_take(struct console *c, int fd)
{
	drop(c);
	c->link.fd = fd;
	BUG_IF(loop_watch(c->process.loop, fd, POLLIN, hear, c) != OK);
	streams_changed(c);
	streams_station(c);
	send_next(c);
}

void link_tick(struct console *c)
{
	struct link *l = &c->link;
	int64_t now = loop_now_ms();
	if (l->fd >= 0 && l->sent && now - l->first->at_ms > ANSWER_MS) {
		l->owed++;
		answer_first(l, ERROR_TIMEOUT, "The station does not answer.", NULL);
	}
	while (l->fd < 0 && l->first && now - l->gone_ms > AWAY_MS && now - l->first->at_ms > AWAY_MS)
		answer_first(l, ERROR_CLOSED, "The station is not there; `tama status` shows why.", NULL);
	send_next(c);
}

void link_stop(struct console *c)
{
	while (c->link.first)
		answer_first(&c->link, ERROR_CLOSED, "The console is being stopped.", NULL);
}

static void put(struct console *c, enum message_type type, const void *wire, size_t size, link_answer *done, void *ctx)
{
	struct link *l = &c->link;
	struct ask *a = calloc(1, sizeof *a);
	uint8_t *copy = malloc(size);
	BUG_IF(!a || !copy);
	memcpy(copy, wire, size);
	*a = (struct ask){.type = type, .wire = copy, .size = size, .done = done, .ctx = ctx, .at_ms = loop_now_ms()};
	if (l->last)
		l->last->next = a;
	else
		l->first = a;
	l->last = a;
	send_next(c);
}

void link_action(struct console *c, const void *wire, size_t size, link_answer *done, void *ctx)
{
	put(c, MESSAGE_ACTION, wire, size, done, ctx);
}

void link_request(struct console *c, struct view *v, enum request_verb verb, const void *payload, size_t size,
	link_answer *done, void *ctx)
{
	cleanup_free struct request *r = calloc(1, sizeof *r);
	uint8_t wire[REQUEST_SIZE_MAX];
	BUG_IF(!r || size > REQUEST_PAYLOAD_MAX);
	r->verb = verb;
	r->at = (int64_t)time(NULL);
	r->size = (uint16_t)size;
	if (size)
		memcpy(r->payload, payload, size);
	size_t n = request_sign(view_keys(v), c->process.config.station_id, r, wire);
	put(c, MESSAGE_REQUEST, wire, n, done, ctx);
	sodium_memzero(wire, sizeof wire);
	sodium_memzero(r, sizeof *r);
}

struct waiting {
	enum error result;
	bool done;
	struct answer *out;
};

static void take_now(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct waiting *w = ctx;
	(void)text;
	w->done = true;
	w->result = answer ? OK : result;
	if (answer && w->out)
		*w->out = *answer;
}

// What was given up still gets its answer, which must not find this call's memory.
static void forget(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	(void)ctx;
	(void)result;
	(void)text;
	(void)answer;
}

static enum error wait_now(struct console *c, struct waiting *w)
{
	int64_t until = loop_now_ms() + NOW_MS;
	while (!w->done && c->link.fd >= 0 && loop_now_ms() < until) {
		struct pollfd p = {.fd = c->link.fd, .events = POLLIN};
		if (poll(&p, 1, (int)(until - loop_now_ms())) > 0)
			hear_one(c);
	}
	if (w->done)
		return w->result;
	for (struct ask *a = c->link.first; a; a = a->next)
		if (a->ctx == w)
			a->done = forget;
	return ERROR_TIMEOUT;
}

enum error link_ask_now(struct console *c, struct view *v, enum request_verb verb, const void *payload, size_t size,
	struct answer *out)
{
	struct waiting w = {.out = out};
	link_request(c, v, verb, payload, size, take_now, &w);
	return wait_now(c, &w);
}

enum error link_send_now(struct console *c, const void *wire, size_t size, struct answer *out)
{
	struct waiting w = {.out = out};
	put(c, MESSAGE_REQUEST, wire, size, take_now, &w);
	return wait_now(c, &w);
}
