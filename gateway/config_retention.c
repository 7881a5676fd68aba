// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/config.h"

// "NAME=DAYS NAME=DAYS": the days of `queue`, or of the next name when it is NULL; 0: not there.
static int64_t next_queue(const char **at, const char *queue)
{
	while (**at) {
		const char *name = *at + strspn(*at, " "), *equals = strchr(name, '=');
		if (!equals)
			break;
		char *end;
		int64_t days = strtol(equals + 1, &end, 10);
		*at = end;
		if (!queue || (strlen(queue) == (size_t)(equals - name) && !strncmp(name, queue, strlen(queue))))
			return days;
	}
	*at += strlen(*at);
	return 0;
}

static int64_t of_outcome(const struct config *c, const char *outcome)
{
	const struct {
		const char *name;
		int64_t days;
	} outcomes[] = {{"confirmed", c->confirmed_days}, {"unverifiable", c->unverifiable_days}, {"false", c->false_days},
		{"duplicate", c->duplicate_days}, {"drill", c->drill_days}};
	for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++)
		if (!strcmp(outcomes[i].name, outcome))
			return outcomes[i].days;
	return 0;
}

int64_t config_retention(const struct config *c, const char *queue, const char *outcome)
{
	const char *at = c->retention_queues;
	int64_t days = next_queue(&at, queue), own = of_outcome(c, outcome);
	days = days > 0 ? days : c->retention_days;
	if (own > 0)
		return own;
	return *outcome ? days : days + c->grace_days;
}

int64_t config_retention_max(const struct config *c)
{
	const int64_t outcomes[] = {
		c->confirmed_days, c->unverifiable_days, c->false_days, c->duplicate_days, c->drill_days};
	int64_t most = c->retention_days, days;
	for (const char *at = c->retention_queues; (days = next_queue(&at, NULL)) > 0;)
		most = days > most ? days : most;
	most += c->grace_days;
	for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++)
		most = outcomes[i] > most ? outcomes[i] : most;
	return most;
}

int64_t config_retention_min(const struct config *c)
{
	const int64_t outcomes[] = {
		c->confirmed_days, c->unverifiable_days, c->false_days, c->duplicate_days, c->drill_days};
	int64_t least = c->retention_days, days;
	for (const char *at = c->retention_queues; (days = next_queue(&at, NULL)) > 0;)
		least = days < least ? days : least;
	for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++)
		least = outcomes[i] > 0 && outcomes[i] < least ? outcomes[i] : least;
	return least;
}
