// SPDX-License-Identifier: GPL-2.0-or-later
// libGammu sleeps 400 ms after each command of its set-up, whether the modem has answered or not (10 commands, 4 s).
// This usleep() is found by the dynamic linker before the C library's: it ends when the modem answers. libGammu also
// waits for minutes for a modem that says nothing, calling usleep() all the time: there that is ended.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gateway/modem.h"

#define SHORT_US 50000 // shorter sleeps are gaps between characters for slow modems: kept

static const struct modem *sleeper;

void modem_sleep_until_answered(const struct modem *m)
{
	sleeper = m;
}

static struct modem *limited;
static int64_t limit_ms;

void modem_sleep_limit(struct modem *m, int64_t ms)
{
	limited = m;
	limit_ms = ms ? loop_now_ms() + ms : 0;
}

int usleep(useconds_t us)
{
	if (limit_ms && loop_now_ms() > limit_ms)
		modem_silent(limited);
	int saved = errno, tty = -1;
	if (us >= SHORT_US && sleeper)
		tty = sleeper->tty >= 0 ? sleeper->tty : modem_find_tty(sleeper->settings->device);
	if (tty >= 0) {
		struct pollfd p = {.fd = tty, .events = POLLIN};
		poll(&p, 1, (int)(us / 1000));
	} else {
		nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000}, NULL);
	}
	errno = saved;
	return 0;
}

static bool listing;

void modem_sleep_listing(bool on)
{
	listing = on;
}

// Where a listing was refused, libGammu asks for 99,999 slots one by one: hours. That command fails here instead, and
// the caller lists by itself.
ssize_t write(int fd, const void *data, size_t n)
{
	static const char one[] = "AT+CMGR=";
	if (listing && sleeper && fd == sleeper->tty && n >= sizeof one - 1 && !memcmp(data, one, sizeof one - 1)) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_write, fd, data, n);
}
