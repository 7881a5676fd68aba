// SPDX-License-Identifier: GPL-2.0-or-later
// A modem that says anything, in idle time and as the answer to a command.
#include <fcntl.h>
#include <sys/socket.h>

#include "gateway/at.h"
#include "tests/fuzz/fuzz.h"

static void hear(void *ctx, const char *line)
{
	(void)ctx;
	BUG_IF(strlen(line) >= AT_LINE_MAX);
}

static bool take(void *ctx, const char *line)
{
	(void)ctx;
	return line[0] == '+';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2], code;
	struct at at;
	if (size > 30000)
		return 0;
	BUG_IF(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0);
	at_init(&at, pair[1], hear, NULL);
	BUG_IF(size && write(pair[0], data, size) != (ssize_t)size);
	enum error e = at_idle(&at);
	BUG_IF(size && write(pair[0], data, size) != (ssize_t)size);
	BUG_IF(write(pair[0], "\r\nOK\r\n", 6) != 6);
	if (e == OK)
		e = at_command(&at, "AT", 50, take, NULL, &code);
	close(pair[0]);
	if (e == OK)
		e = at_idle(&at);
	close(pair[1]);
	return 0;
}
