// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/at.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/loop.h"

struct exchange {
	const char *command; // NULL in idle time
	at_answer *answer;
	void *ctx;
	bool ended;
	enum error result;
	int code;
};

void at_init(struct at *at, int fd, at_line *unsolicited, void *ctx)
{
	*at = (struct at){.fd = fd, .unsolicited = unsolicited, .ctx = ctx};
}

static bool ends_exchange(struct exchange *x, const char *line)
{
	if (!strcmp(line, "OK"))
		x->result = OK;
	else if (!strcmp(line, "ERROR") || !strncmp(line, "+CMS ERROR:", 11) || !strncmp(line, "+CME ERROR:", 11)) {
		x->result = ERROR_REFUSED;
		x->code = line[0] == '+' ? atoi(line + 11) : 0;
	} else {
		return false;
	}
	x->ended = true;
	return true;
}

static void take_line(struct at *at, struct exchange *x)
{
	at->line[at->size] = 0;
	bool overlong = at->overlong;
	size_t size = at->size;
	at->size = 0;
	at->overlong = false;
	if (size == 0 || overlong || (x->command && !strcmp(at->line, x->command))) // empty, hostile, or the echo
		return;
	if (x->command && !x->ended && ends_exchange(x, at->line))
		return;
	if (!x->command || x->ended || !x->answer || !x->answer(x->ctx, at->line))
		at->unsolicited(at->ctx, at->line);
}

static enum error read_lines(struct at *at, struct exchange *x)
{
	char chunk[512];
	ssize_t n = read(at->fd, chunk, sizeof chunk);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? ERROR_TIMEOUT : ERROR_CLOSED;
	if (n == 0)
		return ERROR_CLOSED;
	for (ssize_t i = 0; i < n; i++) {
		char c = chunk[i];
		if (c == '\r' || c == '\n')
			take_line(at, x);
		else if (at->size < AT_LINE_MAX - 1)
			at->line[at->size++] = c ? c : ' ';
		else
			at->overlong = true;
	}
	return OK;
}

static enum error send_all(struct at *at, const char *text, size_t n)
{
	while (n) {
		ssize_t k = write(at->fd, text, n);
		if (k < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = at->fd, .events = POLLOUT};
			if (poll(&p, 1, 1000) != 1)
				return ERROR_TIMEOUT;
			continue;
		}
		if (k <= 0)
			return ERROR_CLOSED;
		text += k;
		n -= (size_t)k;
	}
	return OK;
}

enum error at_command(struct at *at, const char *command, int timeout_ms, at_answer *answer, void *ctx, int *code)
{
	char text[128];
	struct exchange x = {.command = command, .answer = answer, .ctx = ctx};
	int n = snprintf(text, sizeof text, "%s\r", command);
	BUG_IF(n < 0 || (size_t)n >= sizeof text);
	enum error e = send_all(at, text, (size_t)n);
	int64_t end = loop_now_ms() + timeout_ms;
	at->commands++;
	while (e == OK && !x.ended) {
		struct pollfd p = {.fd = at->fd, .events = POLLIN};
		int64_t left = end - loop_now_ms();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready == 0)
			return ERROR_TIMEOUT;
		if (ready > 0) {
			e = p.revents & POLLIN ? read_lines(at, &x) : ERROR_CLOSED;
			if (e == ERROR_TIMEOUT)
				e = OK;
		}
	}
	if (code)
		*code = x.code;
	return e == OK ? x.result : e;
}

enum error at_idle(struct at *at)
{
	struct exchange none = {0};
	enum error e = read_lines(at, &none);
	return e == ERROR_TIMEOUT ? OK : e;
}
