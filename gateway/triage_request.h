// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What officers ask of triage (request.h): one table says which verb, who may, and which function does it.

#include "gateway/request.h"
#include "gateway/triage.h"

struct asking {
	const struct request *request;
	struct officer_record officer;
	char role[STORE_STATE_SIZE];
	struct bytes_reader payload;
	struct answer *answer;
	char detail[AUDIT_DETAIL_MAX]; // for the audit chain
	void (*committed)(struct triage *t); // done behind the transaction, NULL: nothing
};

// Fills the answer's text and gives `result`, so that a refusal is one line.
__attribute__((format(printf, 3, 4))) enum error asking_refuse(struct asking *a, enum error result, const char *format,
	...);

// Whether who asks has a right in the queue or the oversight queue of this alert; else refuses.
MUST_CHECK enum error asking_check_right(struct triage *t, struct asking *a, uint64_t alert_id);

// triage_people.c
bool triage_has_queue(const struct triage *t, const char *name);
bool triage_has_section(const struct triage *t, const char *name);
MUST_CHECK enum error triage_user_add(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_user_grant(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_user_seal(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_user_revoke(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_user_passwd(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_custodian_add(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_custodian_revoke(struct triage *t, struct asking *a);
// triage_console.c: what only the console asks
MUST_CHECK enum error triage_first_run(struct triage *t, struct asking *a, const void *data, size_t size);
MUST_CHECK enum error triage_totp(struct triage *t, struct asking *a);
// triage_reveal.c
MUST_CHECK enum error triage_reveal(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_reveal_open(struct triage *t, struct asking *a);
// triage_reply.c
MUST_CHECK enum error triage_reply(struct triage *t, struct asking *a);
// triage_rotate.c
MUST_CHECK enum error triage_rotate(struct triage *t, struct asking *a);
// triage_seize.c
MUST_CHECK enum error triage_seize_codes(struct triage *t, struct asking *a);
// triage_drill.c
MUST_CHECK enum error triage_drill_start(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_drill_stop(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_drill_list(struct triage *t, struct asking *a);
// triage_reporter.c
MUST_CHECK enum error triage_reporter_issue(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_reporter_revoke(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_reporter_set_grade(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_reporter_list(struct triage *t, struct asking *a);
// triage_ruleset.c
MUST_CHECK enum error triage_ruleset_part(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_propose(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_approve(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_reject(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_rollback(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_log(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_ruleset_text(struct triage *t, struct asking *a);
// triage_section_request.c
MUST_CHECK enum error triage_section_token(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_section_revoke(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_section_refer(struct triage *t, struct asking *a);
MUST_CHECK enum error triage_section_read(struct triage *t, struct asking *a); // asked by a token, not an officer
// triage_retention.c
MUST_CHECK enum error triage_clock_confirm(struct triage *t, struct asking *a);

// triage_request.c
void triage_request(struct triage *t, const void *data, size_t size, struct answer *out);
MUST_CHECK enum error triage_duress_notice(struct triage *t, const char *officer); // within a transaction
