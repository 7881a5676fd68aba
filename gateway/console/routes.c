// SPDX-License-Identifier: GPL-2.0-or-later
// Who may call what: all of the console's interface on one page.
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"

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
	{"POST", "/api/1/first-run", api_first_run, 0, false, false},
	{"POST", "/api/1/password", api_password, ROLES_ALL, false, false},
	{"POST", "/api/1/totp/begin", api_totp_begin, ROLES_ALL, false, false},
	{"POST", "/api/1/totp/confirm", api_totp_confirm, ROLES_ALL, false, false},
	{"POST", "/api/1/totp/off", api_totp_off, ROLES_ALL, false, false},
	{"GET", "/api/1/people", api_people, ROLES_LEAD | ROLE_OF_AUDITOR, false, false},
	{"POST", "/api/1/people/add", api_people_add, ROLES_LEAD, false, false},
	{"POST", "/api/1/people/grant", api_people_grant, ROLES_LEAD, false, false},
	{"POST", "/api/1/people/ungrant", api_people_ungrant, ROLES_LEAD, false, false},
	{"POST", "/api/1/people/revoke", api_people_revoke, ROLES_LEAD, false, false},
	{"GET", "/api/1/reveals", api_reveals, ROLES_QUEUE, false, false},
	{"POST", "/api/1/reveals", api_reveal_ask, ROLES_QUEUE, false, false},
	{"POST", "/api/1/reveals/open", api_reveal_open, ROLES_QUEUE, false, false},
	{"GET", "/api/1/audit", api_audit, ROLES_LEAD | ROLE_OF_AUDITOR, false, false},
	{"GET", "/api/1/status", api_status, ROLES_ALL, false, true},
	{"GET", "/api/1/map", api_map, ROLES_QUEUE, false, false},
	{"GET", "/api/1/report", api_report, ROLES_ALL, false, false},
	{"GET", "/api/1/sections", api_sections, ROLES_QUEUE, false, false},
	{"POST", "/api/1/sections/token", api_section_token, ROLES_LEAD, false, false},
	{"POST", "/api/1/sections/revoke", api_section_revoke, ROLES_LEAD, false, false},
	{"GET", "/feeds/*", api_feed, 0, false, true},
	{"GET", "/api/1/rules", api_rules, ROLES_LEAD, false, false},
	{"POST", "/api/1/rules/check", api_rules_check, ROLES_LEAD, true, false},
	{"POST", "/api/1/rules/form", api_rules_form, ROLES_LEAD, true, false},
	{"POST", "/api/1/rules/try", api_rules_try, ROLES_LEAD, true, false},
	{"POST", "/api/1/rules/replay", api_rules_replay, ROLES_LEAD, true, false},
	{"POST", "/api/1/rules/propose", api_rules_propose, ROLES_LEAD, true, false},
	{"POST", "/api/1/rules/approve", api_rules_approve, ROLES_LEAD, false, false},
	{"POST", "/api/1/rules/reject", api_rules_reject, ROLES_LEAD, false, false},
	{"POST", "/api/1/rules/rollback", api_rules_rollback, ROLES_LEAD, false, false},
	{"GET", "/api/1/sheets", api_rules, ROLES_LEAD, false, false},
	{"GET", "/api/1/sheets/cards", api_cards, ROLES_LEAD, false, false},
	{"POST", "/api/1/sheets/check", api_rules_check, ROLES_LEAD, true, false},
	{"POST", "/api/1/sheets/propose", api_rules_propose, ROLES_LEAD, true, false},
	{"POST", "/api/1/sheets/approve", api_rules_approve, ROLES_LEAD, false, false},
	{"POST", "/api/1/sheets/reject", api_rules_reject, ROLES_LEAD, false, false},
	{"POST", "/api/1/sheets/rollback", api_rules_rollback, ROLES_LEAD, false, false},
};

static bool fits(const struct route *r, const char *path, const char **tail)
{
	size_t n = strlen(r->path);
	if (r->path[n - 1] != '*')
		return !strcmp(r->path, path);
	if (strncmp(r->path, path, n - 1) != 0 || !path[n - 1])
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

// Never session, login, totp, reveals, nor what makes a token: see zip.h.
bool route_zips(const struct route *r)
{
	static void (*const zipped[])(struct exchange *x) = {api_sheet, api_queue, api_incident, api_alert, api_people, api_audit,
		api_status, api_map, api_report, api_sections, api_rules};
	for (size_t i = 0; i < ARRAY_LENGTH(zipped); i++)
		if (r->handle == zipped[i])
			return true;
	return false;
}
