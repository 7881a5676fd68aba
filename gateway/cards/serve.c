// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cards/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/cards/card.h"

#define MEMORY_MAX (1ull << 30)

struct drawn { // shared with the child: whole, or not there
	struct serve_answer answer;
	uint8_t octets[SERVE_MAX];
};

static void say(struct drawn *d, const char *why)
{
	d->answer = (struct serve_answer){SERVE_REFUSED, (uint32_t)strlen(why)};
	memcpy(d->octets, why, strlen(why));
}

static void draw(const char *path, const struct serve_order *order, struct drawn *d)
{
	struct problems *problems = calloc(1, sizeof *problems);
	struct sheet *sheet = NULL;
	struct card_file file;
	char why[WHY_SIZE] = "The card is too large.";
	if (!problems || sheet_load(path, problems, &sheet) != OK) {
		say(d, "The code sheet cannot be read now.");
		return;
	}
	int place = sheet_place_of_code(sheet, order->place);
	int language = *order->language ? sheet_language_of_tag(sheet, order->language) : 0;
	struct card_order o = {.sheet = sheet, .places = &place, .place_count = 1, .first_language = (size_t)language,
		.language_count = 1, .cover = order->cover, .format = CARD_PDF};
	if (place < 0 || language < 0) {
		say(d, "The code sheet has changed: load the page again.");
		return;
	}
	if (card_print(&o, &file, why) != OK || file.size > SERVE_MAX) {
		say(d, why);
		return;
	}
	memcpy(d->octets, file.octets, file.size);
	d->answer = (struct serve_answer){SERVE_DONE, (uint32_t)file.size};
}

_Noreturn static void draw_and_end(const char *path, const struct serve_order *order, struct drawn *d)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SERVE_TIME_S);
#ifndef TAMA_SANITIZED
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
	setrlimit(RLIMIT_AS, &memory);
#endif
	draw(path, order, d);
	_exit(0);
}

static bool move(int fd, void *data, size_t size, bool out)
{
	uint8_t *at = data;
	while (size) {
		ssize_t n = out ? write(fd, at, size) : read(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

int serve(const char *sheet)
{
	struct serve_order order;
	struct drawn *d = mmap(NULL, sizeof *d, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d == MAP_FAILED || confine(sheet) != OK)
		return 3;
	while (move(STDIN_FILENO, &order, sizeof order, false)) {
		int status = 1;
		order.place[sizeof order.place - 1] = order.language[sizeof order.language - 1] = 0;
		pid_t child = fork();
		if (child == 0)
			draw_and_end(sheet, &order, d);
		if (child > 0)
			waitpid(child, &status, 0);
		if (status != 0 || d->answer.size > SERVE_MAX)
			say(d, "The card could not be drawn within ten seconds.");
		if (!move(STDOUT_FILENO, &d->answer, sizeof d->answer, true) ||
			!move(STDOUT_FILENO, d->octets, d->answer.size, true))
			break;
	}
	return 0;
}
