// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One line a fact on stderr: level, process, key=value. The level is tested before anything is formatted; newlines
// and control characters are escaped. Numbers, texts and keys of people are never arguments.

enum log_level { LOG_ERROR_, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_init(const char *process, enum log_level max); // borrows `process`
extern enum log_level log_max_;

#define log_at(level, ...)                                                                                           \
	do {                                                                                                         \
		if ((level) <= log_max_)                                                                             \
			log_line_((level), __VA_ARGS__);                                                             \
	} while (0)
#define log_error(...) log_at(LOG_ERROR_, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
void log_line_(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
