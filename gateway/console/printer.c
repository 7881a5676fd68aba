// SPDX-License-Identifier: GPL-2.0-or-later
// Cards of the code sheet as PDF. tama-cards draws them: started before anything secret is here and before the sandbox
// closes, one card at a time; without it the rest of the console goes on.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cards/serve.h"
#include "gateway/console/api.h"
#include "gateway/log.h"
#include "rules/sheet_card.h"

#define DEADLINE_MS ((SERVE_TIME_S + 5) * 1000)

struct printer {
	int to, from;            // -1: tama-cards is not there
	struct exchange *waiting; // at most one
	int64_t deadline_ms;
	size_t got;
	struct serve_answer answer;
	uint8_t octets[SERVE_MAX];
};

_Noreturn static void become(const char *path, const char *sheet, int in, int out)
{
	int null = open("/dev/null", O_WRONLY);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
		close_range(STDERR_FILENO + 1, ~0u, 0) != 0)
		_exit(126);
	execl(path, "tama-cards", "--serve", "--sheet", sheet, (char *)NULL);
	_exit(127);
}

static enum error start(struct printer *p, const char *sheet)
{
	char path[PATH_MAX];
	int orders[2], answers[2];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
	if (n <= 0)
		return ERROR_IO;
	path[n] = 0;
	strcpy(strrchr(path, '/'), "/tama-cards");
	if (access(path, X_OK) != 0)
		return ERROR_NOT_FOUND;
	if (pipe2(orders, O_CLOEXEC) != 0)
		return ERROR_IO;
	cleanup_fd int in = orders[0];
	p->to = orders[1];
	if (pipe2(answers, O_CLOEXEC) != 0)
		return ERROR_IO;
	cleanup_fd int out = answers[1];
	p->from = answers[0];
	pid_t child = fork();
	if (child == 0)
		become(path, sheet, in, out);
	fcntl(p->to, F_SETFL, O_NONBLOCK);
	fcntl(p->from, F_SETFL, O_NONBLOCK);
	return child > 0 ? OK : ERROR_IO;
}

static void fail(struct exchange *x)
{
	http_fail(x, 503, "cards", "Cards cannot be drawn here now; on the station: tama sheet print --place CODE.");
}

static void give_up(struct console *c)
{
	struct printer *p = c->printer;
	struct exchange *x = p->waiting;
	loop_forget(c->process.loop, p->from);
	close(p->from);
	close(p->to);
	p->from = p->to = -1;
	p->waiting = NULL;
	log_warn("cards=tama-cards has ended; a restarted console starts it again");
	if (x && !x->answered)
		fail(x);
}

static void answer(struct printer *p)
{
	struct exchange *x = p->waiting;
	p->waiting = NULL;
	if (x->answered) // the console is being stopped
		return;
	if (p->answer.status == SERVE_DONE) {
		http_bytes(x, 200, "application/pdf", p->octets, p->answer.size, true, NULL, false);
		return;
	}
	char why[400];
	snprintf(why, sizeof why, "%.*s", (int)p->answer.size, (const char *)p->octets);
	http_fail(x, 409, "card", why);
}

static void hear(void *ctx, int fd, short revents)
{
	struct console *c = ctx;
	struct printer *p = c->printer;
	(void)revents;
	bool head = p->got < sizeof p->answer;
	uint8_t *at = head ? (uint8_t *)&p->answer + p->got : p->octets + (p->got - sizeof p->answer);
	size_t whole = sizeof p->answer + (head ? 0 : p->answer.size);
	ssize_t n = read(fd, at, whole - p->got);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || !p->waiting) {
		give_up(c);
		return;
	}
	p->got += (size_t)n;
	if (p->got == sizeof p->answer && head && (p->answer.size > SERVE_MAX || !p->answer.size))
		give_up(c);
	else if (p->got >= sizeof p->answer && p->got == sizeof p->answer + p->answer.size)
		answer(p);
}

void printer_create(struct console *c)
{
	struct printer *p = calloc(1, sizeof *p);
	BUG_IF(!p);
	p->to = p->from = -1;
	c->printer = p;
	enum error e = start(p, c->process.config.sheet);
	if (e == OK)
		e = loop_watch(c->process.loop, p->from, POLLIN, hear, c);
	if (e != OK) {
		log_warn("cards=tama-cards cannot be started: %s", error_text(e));
		p->to = -1;
	}
}

void printer_tick(struct console *c)
{
	if (c->printer->waiting && c->printer->deadline_ms < loop_now_ms())
		give_up(c);
}

void printer_destroy(struct printer *p)
{
	if (p && p->to >= 0) {
		close(p->to);
		close(p->from);
	}
	free(p);
}

static bool read_order(struct exchange *x, struct serve_order *o)
{
	const char *pcode = http_query(x, "place"), *cover = http_query(x, "cover"), *language = http_query(x, "lang");
	const struct sheet *s = x->console->sheet;
	const struct place *places;
	int place = pcode ? sheet_place_of_pcode(s, pcode) : -1;
	int index = language ? sheet_language_of_tag(s, language) : 0;
	sheet_places(s, &places);
	if (place < 0)
		http_fail(x, 404, "place", "The code sheet has no place of this p-code.");
	else if (index < 0)
		http_fail(x, 404, "lang", "The code sheet has no such language.");
	if (x->answered)
		return false;
	memset(o, 0, sizeof *o);
	snprintf(o->place, sizeof o->place, "%s", places[place].code);
	snprintf(o->language, sizeof o->language, "%s", sheet_language(s, (size_t)index));
	o->cover = cover && !strcmp(cover, "1");
	return true;
}

void api_cards(struct exchange *x)
{
	struct printer *p = x->console->printer;
	struct serve_order order;
	if (!read_order(x, &order))
		return;
	if (p->to < 0 || (!p->waiting && write(p->to, &order, sizeof order) != sizeof order)) {
		fail(x);
		return;
	}
	if (p->waiting) {
		http_fail(x, 503, "busy", "Another card is being drawn: try again in a moment.");
		return;
	}
	p->waiting = x;
	p->got = 0;
	p->deadline_ms = loop_now_ms() + DEADLINE_MS;
	http_wait(x);
}
