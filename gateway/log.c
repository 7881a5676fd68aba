// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum log_level log_max_ = LOG_INFO;
static const char *process_name = "tama";

void log_init(const char *process, enum log_level max)
{
	process_name = process;
	log_max_ = max;
}

void log_line_(enum log_level level, const char *format, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	char text[512], line[1200];
	int saved = errno;
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	// The prefix follows sd-daemon(3), so that journald files the line under its priority.
	int at = snprintf(line, sizeof line, "<%d>tama-%s %s: ", level == LOG_ERROR_ ? 3 : level + 3, process_name,
		names[level]);
	if (isatty(2))
		at = snprintf(line, sizeof line, "tama-%s %s: ", process_name, names[level]);
	for (const char *p = text; *p && (size_t)at < sizeof line - 8; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			at += snprintf(line + at, sizeof line - (size_t)at, "\\x%02x", (unsigned char)*p);
		else
			line[at++] = *p;
	}
	line[at++] = '\n';
	ssize_t ignored = write(2, line, (size_t)at);
	(void)ignored;
	errno = saved;
}
