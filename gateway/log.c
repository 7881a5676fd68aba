// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum log_level log_max_ = LOG_INFO;
static const char *process_name = "tama";
static bool to_journal, to_terminal;

// journald gives the device and inode of the socket that it made; another descriptor has others (systemd.exec(5)).
static bool is_journal(void)
{
	const char *said = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return said && sscanf(said, "%llu:%llu", &device, &inode) == 2 && fstat(2, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(const char *process, enum log_level max)
{
	process_name = process;
	log_max_ = max;
	to_journal = is_journal();
	to_terminal = isatty(2);
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
	// <N> as in sd-daemon(3): journald files the line under its priority. Fields are key=value, to be cut at spaces.
	int priority = level == LOG_ERROR_ ? 3 : (int)level + 3, at;
	if (to_journal)
		at = snprintf(line, sizeof line, "<%d>process=%s level=%s pid=%d ", priority, process_name, names[level], (int)getpid());
	else if (to_terminal)
		at = snprintf(line, sizeof line, "tama-%s %s: ", process_name, names[level]);
	else
		at = snprintf(line, sizeof line, "<%d>tama-%s %s: ", priority, process_name, names[level]);
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
