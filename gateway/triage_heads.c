// SPDX-License-Identifier: GPL-2.0-or-later
// The head of the audit chain, once a day, to where a thief of the station does not come: a file to be copied or
// printed, and the custodians' telephones.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage.h"

#define NAME "heads_day"

static enum error write_file(const struct triage *t, const char *head, int64_t now)
{
	char name[40], path[600], text[200];
	time_t when = (time_t)now;
	struct tm tm;
	gmtime_r(&when, &tm);
	if (mkdir(config_file(&t->process.config, "heads", path), 0700) != 0 && access(path, W_OK) != 0)
		return ERROR_IO;
	strftime(name, sizeof name, "heads/%Y-%m-%d", &tm);
	int n = snprintf(text, sizeof text, "%s  station %s\n", head, t->process.config.station_name);
	cleanup_fd int fd = open(config_file(&t->process.config, name, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, text, (size_t)n) == n && fdatasync(fd) == 0 ? OK : ERROR_IO;
}

static enum error send_to_phones(struct triage *t, const char *head, int64_t now)
{
	char phones[CONFIG_TEXT], *rest = phones, text[160];
	enum error e = OK;
	snprintf(phones, sizeof phones, "%s", t->process.config.audit_phones);
	snprintf(text, sizeof text, "Tama %.40s: %s", t->process.config.station_name, head);
	for (const char *phone; e == OK && (phone = strsep(&rest, " "));)
		if (*phone)
			e = triage_outbox_to(t, phone, text, now);
	return e;
}

void triage_heads(struct triage *t, int64_t now)
{
	char head[AUDIT_HEAD_SIZE];
	int64_t today = now / 86400, last = 0;
	size_t size;
	if (t->heads_day == today || t->audit.seq == 0)
		return;
	t->heads_day = today;
	enum error e = store_meta_get(t->store, NAME, &last, sizeof last, &size);
	if ((e != OK && e != ERROR_NOT_FOUND) || last >= today)
		return;
	audit_head(&t->audit, head);
	e = write_file(t, head, now);
	if (e != OK)
		log_error("heads/: %m");
	e = triage_begin(t);
	if (e == OK)
		e = send_to_phones(t, head, now);
	if (e == OK)
		e = store_meta_put(t->store, NAME, &today, sizeof today);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("the head cannot be sent: %s", error_text(e));
		triage_rollback(t);
	} else {
		triage_send_waiting(t);
	}
}
