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
	const char *text;    // goes out at the prompt; NULL: there is none
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

// The prompt has no line end.
static enum error answer_prompt(struct at *at, struct exchange *x)
{
	if (!x->text || at->size == 0 || at->line[0] != '>')
		return OK;
	at->size = 0;
	enum error e = send_all(at, x->text, strlen(x->text));
	x->text = NULL;
	return e == OK ? send_all(at, "\x1a", 1) : e;
}

static enum error exchange(struct at *at, struct exchange *x, int timeout_ms)
{
	char text[128];
	int n = snprintf(text, sizeof text, "%s\r", x->command);
	BUG_IF(n < 0 || (size_t)n >= sizeof text);
	enum error e = send_all(at, text, (size_t)n);
	int64_t end = loop_now_ms() + timeout_ms;
	at->commands++;
	while (e == OK && !x->ended) {
		struct pollfd p = {.fd = at->fd, .events = POLLIN};
		int64_t left = end - loop_now_ms();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready == 0)
			return ERROR_TIMEOUT;
		if (ready > 0) {
			e = p.revents & POLLIN ? read_lines(at, x) : ERROR_CLOSED;
			e = e == ERROR_TIMEOUT ? OK : e;
		}
		if (e == OK)
			e = answer_prompt(at, x);
	}
	at->answered_ms = loop_now_ms();
	return e == OK ? x->result : e;
}

enum error at_command(struct at *at, const char *command, int timeout_ms, at_answer *answer, void *ctx, int *code)
{
	return at_command_text(at, command, NULL, timeout_ms, answer, ctx, code);
}

enum error at_command_text(struct at *at, const char *command, const char *text, int timeout_ms, at_answer *answer,
	void *ctx, int *code)
{
	struct exchange x = {.command = command, .text = text, .answer = answer, .ctx = ctx};
	enum error e = exchange(at, &x, timeout_ms);
	if (text && e == ERROR_TIMEOUT)
		at_escape(at);
	if (code)
		*code = x.code;
	return e;
}

void at_escape(struct at *at)
{
	at->size = 0;
	if (send_all(at, "\x1b\r", 2) != OK)
		at->answered_ms = 0;
}

enum error at_idle(struct at *at)
{
	struct exchange none = {0};
	enum error e = read_lines(at, &none);
	return e == ERROR_TIMEOUT ? OK : e;
}
