// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the parser and the rules found, as the JSON of the contract (DESIGN.md §6). Used by triage for an alert's body
// and by `tama sheet decode`, `tama rules test`.

#include <jansson.h>

#include "rules/rule.h"
#include "rules/sheet_set.h"

// "event", "event_name", "place", "place_name", "pcode", "area", "count" of one reading, null where not said.
void reading_json_put(json_t *object, const struct sheet *sheet, const struct reading *r);
json_t *readings_json(const struct sheet *sheet, const struct reading_set *set); // array of the above and "severity"
// What older sheets read in the text, in their own terms: [{sheet, version, until, readings}].
json_t *other_sheets_json(const struct sheets_used *used, const char *text, size_t size);
json_t *trend_signs_json(unsigned signs); // 1 << enum trend_sign
json_t *flags_json(unsigned flags);
json_t *mends_json(const struct reading_set *set);
json_t *spans_json(const struct reading_set *set); // octets "from" "to" of the text, "kind"
json_t *unknown_json(const struct reading_set *set);
json_t *decision_rules_json(const struct decision *d);
json_t *decision_shares_json(const struct decision *d);
json_t *time_json(int64_t unix_seconds); // RFC 3339 in UTC; null for 0
