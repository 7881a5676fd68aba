// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Plain AT on a line that libGammu has opened, between libGammu's own calls: deletion without reading again, rescue
// of slots that libGammu must not read, and unsolicited lines in idle time. Bounded against whatever a modem says.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

#define AT_LINE_MAX 2048

typedef void at_line(void *ctx, const char *line);   // one line without its end; borrowed for the call
typedef bool at_answer(void *ctx, const char *line); // false: not part of the answer, somebody rings meanwhile

struct at {
	int fd;
	at_line *unsolicited; // lines that nobody asked for, and what stands between a command's echo and its end
	void *ctx;
	unsigned long commands;
	int64_t answered_ms; // loop_now_ms() of the last answer; an unsolicited line is none
	size_t size;
	bool overlong;
	char line[AT_LINE_MAX];
};

void at_init(struct at *at, int fd, at_line *unsolicited, void *ctx);
// Sends `command`, offers every line before the final result to `answer`; those that it does not take, or all when it
// is NULL, go to `unsolicited`.
// OK; ERROR_REFUSED with the number of +CMS/+CME ERROR in *code (0 for ERROR); ERROR_TIMEOUT; ERROR_CLOSED.
MUST_CHECK enum error at_command(struct at *at, const char *command, int timeout_ms, at_answer *answer, void *ctx,
	int *code);
// The same for a command that asks for more with "> " (TS 27.005 §3.5.1): `text` follows, and Ctrl-Z. Whatever goes
// wrong, the modem is left waiting for commands.
MUST_CHECK enum error at_command_text(struct at *at, const char *command, const char *text, int timeout_ms,
	at_answer *answer, void *ctx, int *code);
// Out of whatever the modem waits for: half a line, a text that was never ended (ESC, TS 27.005 §3.5.1). No answer.
void at_escape(struct at *at);
// Reads what is there now and hands the lines to `unsolicited`. ERROR_CLOSED when the device is gone.
MUST_CHECK enum error at_idle(struct at *at);
