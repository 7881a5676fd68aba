// SPDX-License-Identifier: GPL-2.0-or-later
// Where an officer may refer an alert. What it may be (enum guard of the rules) was known when it came; it is kept wrapped,
// one octet for every alert, because the row in clear must not tell it and the body is not triage's to open any more.
#include <stdio.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/store_ruleset.h"
#include "gateway/triage_request.h"

#define GUARD_DOMAIN "tama/guard/1"

enum error triage_guard_add(struct triage *t, uint64_t alert_id, unsigned guard)
{
	uint8_t ad[24], plain = (uint8_t)guard, sealed[1 + WRAP_OVERHEAD];
	wrap_seal(t->keys->working, GUARD_DOMAIN, ad, triage_bind(t, alert_id, ad), &plain, 1, sealed);
	return store_guard_add(t->store, alert_id, sealed, sizeof sealed);
}

// An alert of before, or behind a restored backup, has none: it may be anything.
static enum error read_guard(struct triage *t, uint64_t alert_id, unsigned *guard)
{
	uint8_t ad[24], plain = 0, sealed[1 + WRAP_OVERHEAD];
	size_t size = 0;
	*guard = GUARD_UNIFORMED | GUARD_RESTRICTED;
	enum error e = store_guard_get(t->store, alert_id, sealed, sizeof sealed, &size);
	if (e == ERROR_NOT_FOUND)
		return OK;
	if (e == OK)
		e = wrap_open(t->keys->working, GUARD_DOMAIN, ad, triage_bind(t, alert_id, ad), sealed, size, &plain);
	if (e == OK)
		*guard = plain;
	return e == ERROR_FORGED || e == ERROR_MALFORMED ? OK : e;
}

static const char *refuses(const struct triage *t, const char *to, unsigned guard)
{
	return triage_has_queue(t, to) ? rules_queue_refuses(t->rules, to, guard) : rules_section_refuses(t->rules, to, guard);
}

enum error triage_guard_check(struct triage *t, uint64_t alert_id, const char *to, char why[static 240])
{
	unsigned guard = 0;
	if (!refuses(t, to, GUARD_UNIFORMED) && !refuses(t, to, GUARD_RESTRICTED))
		return OK; // whatever it is
	if (triage_is_locked(t)) {
		snprintf(why, 240, "the station is locked, and cannot tell whether %s may see this alert; tama unlock", to);
		return ERROR_LOCKED;
	}
	enum error e = read_guard(t, alert_id, &guard);
	const char *refused = e == OK ? refuses(t, to, guard) : NULL;
	if (!refused)
		return e;
	snprintf(why, 240, "alert %llu cannot be referred to \"%s\": it %s", (unsigned long long)alert_id, to, refused);
	return ERROR_REFUSED;
}
