// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Who is told of what: jobs in the database, made with the alert in one transaction, handed to the notify process or
// to the modems, and closed when it is done. An endpoint that does not answer costs triage nothing.

#include "gateway/notice.h"
#include "gateway/triage_request.h"

// Within the transaction that makes the alert, or escalates it. A target that tama.conf does not have is logged.
MUST_CHECK enum error triage_notify_alert(struct triage *t, const struct store_alert *row, bool from_station);
MUST_CHECK enum error triage_notify_escalation(struct triage *t, const struct store_late *a, int64_t *next_s);
MUST_CHECK enum error triage_notify_test(struct triage *t, struct asking *a); // REQUEST_NOTIFY_TEST
void triage_notify_send(struct triage *t); // what is due; outside a transaction
void triage_notify_peer(struct triage *t, int fd);
