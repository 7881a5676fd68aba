// SPDX-License-Identifier: GPL-2.0-or-later
// Who may call what: all of the console's interface on one page.
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"

static const struct route routes[] = {
	// method, path, handler, roles, large, quiet
	{"POST", "/api/1/login", api_login, 0, false, false},
	{"POST", "/api/1/logout", api_logout, ROLES_ALL, false, false},
	{"GET", "/api/1/session", api_session, ROLES_ALL, false, true},
	{"GET", "/api/1/sessions", api_sessions, ROLES_ALL, false, false},
	{"POST", "/api/1/sessions/end", api_sessions_end, ROLES_ALL, false, false},
	{"GET", "/api/1/sheet", api_sheet, ROLES_ALL, false, false},
	{"GET", "/api/1/queue", api_queue, ROLES_QUEUE, false, false},
	{"GET", "/api/1/incidents/*", api_incident, ROLES_QUEUE, false, false},
	{"POST", "/api/1/alerts/act", api_act, ROLES_QUEUE, false, false},
	{"POST", "/api/1/alerts/reply", api_reply, ROLES_QUEUE, false, false},
	{"POST", "/api/1/alerts/presence", api_presence, ROLES_QUEUE, false, false},
	{"POST", "/api/1/alerts/read", api_read, ROLES_QUEUE, false, false},
	{"GET", "/api/1/alerts/*", api_alert, ROLES_QUEUE, false, false},
	{"GET", "/api/1/events", api_events, ROLES_QUEUE, false, true},
	{"GET", "/api/1/changes", api_changes, ROLES_QUEUE, false, true},
};

static bool fits(const struct route *r, const char *path, const char **tail)
{
	size_t n = strlen(r->path);
	if (r->path[n - 1] != '*')
		return !strcmp(r->path, path);
	if (strncmp(r->path, path, n - 1) != 0 || !path[n - 1] || strchr(path + n - 1, '/'))
		return false;
	*tail = path + n - 1;
	return true;
}

const struct route *route_find(const char *method, const char *path, const char **tail, bool *other_method)
{
	for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
		if (!fits(&routes[i], path, tail))
			continue;
		if (!strcmp(routes[i].method, method))
			return &routes[i];
		*other_method = true;
	}
	return NULL;
}
