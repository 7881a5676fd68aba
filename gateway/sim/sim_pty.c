// SPDX-License-Identifier: GPL-2.0-or-later
// The serial line of the simulated modem: octets in, echo, lines to the interpreter, answers after the latency;
// an unsolicited line never stands in the middle of an answer.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/sim/sim.h"

#define CTRL_Z 0x1a
#define ESC 0x1b
#define INPUT_CHUNK 4096

enum { TIMER_LATENCY, TIMER_NETWORK };

static void add(struct sim_text *t, const char *data, size_t n)
{
	if (t->size + n > t->room) {
		t->room = (t->size + n) * 2 + 256;
		t->data = realloc(t->data, t->room);
		BUG_IF(!t->data);
	}
	memcpy(t->data + t->size, data, n);
	t->size += n;
}

__attribute__((format(printf, 2, 0))) static void add_format(struct sim_text *t, const char *format, va_list ap)
{
	char line[2 * SIM_LINE_MAX];
	int n = vsnprintf(line, sizeof line, format, ap);
	BUG_IF(n < 0 || (size_t)n >= sizeof line);
	add(t, "\r\n", 2);
	add(t, line, (size_t)n);
	add(t, "\r\n", 2);
}

void sim_say(struct sim *s, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	add_format(&s->out, format, ap);
	va_end(ap);
}

void sim_announce(struct sim *s, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	add_format(&s->unsolicited, format, ap);
	va_end(ap);
	sim_flush(s);
}

void sim_flush(struct sim *s)
{
	bool busy = s->has_pending || s->sending || s->entering_pdu || s->line_size > 0;
	if (s->unsolicited.size && !busy) {
		add(&s->out, s->unsolicited.data, s->unsolicited.size);
		s->unsolicited.size = 0;
	}
	if (s->garbled && s->out.size)
		memset(s->out.data, '\xf8', s->out.size);
	while (s->out.size && !s->dead) {
		ssize_t n = write(s->master, s->out.data, s->out.size);
		if (n <= 0)
			break;
		s->out.size -= (size_t)n;
		memmove(s->out.data, s->out.data + n, s->out.size);
	}
	if (!s->dead)
		loop_events(s->loop, s->master, s->out.size ? POLLIN | POLLOUT : POLLIN);
}

static void run(struct sim *s)
{
	char line[SIM_LINE_MAX];
	memcpy(line, s->pending, sizeof line);
	s->has_pending = false;
	if (s->silent_until_ms) {
		bool over = s->silent_until_ms > 0 ? loop_now_ms() > s->silent_until_ms : !strcasecmp(line, "AT+CFUN=1,1");
		if (!over)
			return;
		s->silent_until_ms = 0;
	}
	if (sim_fault_due(s, FAULT_NO_ANSWER))
		return;
	if (sim_fault_due(s, FAULT_NOISE))
		add(&s->out, "\x00\xff~}#\x80\r\n", 8);
	sim_command(s, line);
}

static void eat_input(struct sim *s);

static void latency_over(void *ctx)
{
	struct sim *s = ctx;
	run(s);
	eat_input(s);
	sim_flush(s);
}

static void line_ended(struct sim *s)
{
	s->line[s->line_size] = 0;
	s->line_size = 0;
	if (strspn(s->line, " ") == strlen(s->line))
		return;
	memcpy(s->pending, s->line, sizeof s->pending);
	s->has_pending = true;
	if (s->latency_ms == 0)
		run(s);
	else
		loop_timer(s->loop, TIMER_LATENCY, s->latency_ms, latency_over, s);
}

static void pdu_octet(struct sim *s, char c)
{
	if (c == CTRL_Z || c == ESC) {
		s->line[s->line_size] = 0;
		s->line_size = 0;
		s->entering_pdu = false;
		if (c == CTRL_Z)
			sim_pdu_entered(s, s->line);
		else
			sim_say(s, "OK");
		s->writing = false;
	} else if (s->line_size < sizeof s->line - 1 && c != '\r' && c != '\n') {
		s->line[s->line_size++] = c;
	}
}

static void eat_input(struct sim *s)
{
	size_t at = 0;
	while (at < s->input.size && !s->has_pending && !s->sending) {
		char c = s->input.data[at++];
		if (s->garbled)
			c = '\xe0';
		if (s->echo)
			add(&s->out, &c, 1);
		if (s->entering_pdu)
			pdu_octet(s, c);
		else if (c == '\r')
			line_ended(s);
		else if (c == 0x08 && s->line_size)
			s->line_size--;
		else if (c != '\n' && c != ESC && c != CTRL_Z && s->line_size < sizeof s->line - 1)
			s->line[s->line_size++] = c;
	}
	s->input.size -= at;
	memmove(s->input.data, s->input.data + at, s->input.size);
}

static void network_over(void *ctx)
{
	struct sim *s = ctx;
	s->sending = false;
	sim_network_answers(s);
	eat_input(s);
	sim_flush(s);
}

void sim_wait_for_network(struct sim *s)
{
	s->sending = s->send_ms > 0;
	if (!s->sending)
		sim_network_answers(s);
	else
		loop_timer(s->loop, TIMER_NETWORK, s->send_ms, network_over, s);
}

static void hear_line(void *ctx, int fd, short revents)
{
	struct sim *s = ctx;
	char chunk[INPUT_CHUNK];
	if (revents & POLLIN) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n > 0) {
			add(&s->input, chunk, (size_t)n);
			eat_input(s);
		}
	}
	sim_flush(s);
}

enum error sim_pty_open(struct sim *s)
{
	struct termios t;
	char name[128], temporary[600];
	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (s->master < 0 || grantpt(s->master) != 0 || unlockpt(s->master) != 0 ||
		ptsname_r(s->master, name, sizeof name) != 0)
		return ERROR_IO;
	// Our own end of the slave stays open: a client that closes the line must not hang up the modem.
	s->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->slave < 0 || tcgetattr(s->slave, &t) != 0)
		return ERROR_IO;
	cfmakeraw(&t);
	if (tcsetattr(s->slave, TCSANOW, &t) != 0)
		return ERROR_IO;
	snprintf(temporary, sizeof temporary, "%.500s.%d", s->link, (int)getpid());
	unlink(temporary);
	if (symlink(name, temporary) != 0 || rename(temporary, s->link) != 0)
		return ERROR_IO;
	s->dead = false;
	return loop_watch(s->loop, s->master, POLLIN, hear_line, s);
}

void sim_pty_close(struct sim *s)
{
	if (s->dead)
		return;
	s->dead = true;
	loop_forget(s->loop, s->master);
	unlink(s->link);
	close(s->slave);
	close(s->master);
	s->out.size = s->unsolicited.size = s->input.size = s->line_size = 0;
	s->has_pending = s->entering_pdu = s->sending = false;
	loop_timer_stop(s->loop, TIMER_LATENCY);
	loop_timer_stop(s->loop, TIMER_NETWORK);
}

bool sim_unhex(const char *hex, uint8_t *out, size_t room, size_t *size)
{
	size_t n = 0;
	for (; hex[0]; hex += 2) {
		unsigned v;
		if (n == room || strspn(hex, "0123456789abcdefABCDEF") < 2 || sscanf(hex, "%2x", &v) != 1)
			return false;
		out[n++] = (uint8_t)v;
	}
	*size = n;
	return true;
}
