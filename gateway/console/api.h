// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the handlers share that only ask triage for something, and the rest of them.

#include "gateway/console/console.h"

struct unlocking;

// Signs and sends a request of this session, answers {ok, message}, or 409 with triage's words. `done` (may be NULL) is
// called before the answer.
void api_ask(struct exchange *x, enum request_verb verb, const void *payload, size_t size,
	void (*done)(struct exchange *x, bool ok));
void api_refused(struct exchange *x, enum error result, const char *text); // the answer to what triage refused
void api_fail_alert(struct exchange *x, enum error e);                     // why an alert cannot be had
// A job that checks the password of the session's officer; NULL: answered already.
struct unlocking *api_unlocking(struct exchange *x, const char *password);

void api_first_run(struct exchange *x);
void api_password(struct exchange *x);
void api_totp_begin(struct exchange *x);
void api_totp_confirm(struct exchange *x);
void api_totp_off(struct exchange *x);
void api_people(struct exchange *x);
void api_people_add(struct exchange *x);
void api_people_grant(struct exchange *x);
void api_people_ungrant(struct exchange *x);
void api_people_revoke(struct exchange *x);
void api_reveals(struct exchange *x);
void api_reveal_ask(struct exchange *x);
void api_reveal_open(struct exchange *x);
void api_audit(struct exchange *x);
void api_status(struct exchange *x);
void api_map(struct exchange *x);
void api_report(struct exchange *x);
void api_sections(struct exchange *x);
void api_section_token(struct exchange *x);
void api_section_revoke(struct exchange *x);
void api_feed(struct exchange *x); // no cookie: a token
// Of rules and, under /api/1/sheets, of code sheets.
void api_rules(struct exchange *x);
void api_rules_check(struct exchange *x);
void api_rules_form(struct exchange *x);
void api_rules_try(struct exchange *x);
void api_rules_replay(struct exchange *x);
void api_rules_propose(struct exchange *x);
void api_rules_approve(struct exchange *x);
void api_rules_reject(struct exchange *x);
void api_rules_rollback(struct exchange *x);
void api_cards(struct exchange *x);
