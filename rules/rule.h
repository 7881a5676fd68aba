// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// An administrator's rules: named, in order; everything that matches applies. `decide` is a pure function from what is
// known about one alert to what is done with it.

#include <stdint.h>

#include "rules/parse.h"
#include "rules/sheet_card.h"
#include "rules/share.h"

#define RULE_NAME_SIZE 48
#define QUEUE_SIZE 24
#define SHARES_MAX 8
#define FIRED_MAX 16
#define REPLY_TEXT_SIZE 481 // 160 letters

struct rules; // opaque

struct facts {
	const struct reading_set *parsed;
	unsigned flags;      // of the parser and of the way the message took
	unsigned reporters;  // distinct handles in its incident, this one included
	_Bool sender_known;  // the handle has reported before in this epoch, or its reporter code is known
	char source;         // its reporter's grade (grade.h), 'A' to 'F'; 0 is 'F'
	int hour;            // 0–23, the station's UTC
	unsigned trends;     // 1 << each enum trend_sign that holds of its place and event
};

// What keeps an alert from a recipient: whoever did it may be uniformed; or it is for named people.
enum guard { GUARD_UNIFORMED = 1, GUARD_RESTRICTED = 2 };

struct share {
	char section[24];
	char level[16]; // full, place, area, count
};

// What the station answers by itself, in the words of the sheet's cover.
struct rule_reply {
	char name[24], text[LANGUAGES_MAX][REPLY_TEXT_SIZE]; // by the sheet's languages; the first is always there
	int line[LANGUAGES_MAX];
	_Bool flash; // class 0: shown at once, not stored by the phone
};

struct decision {
	int severity;
	char queue[QUEUE_SIZE];
	char oversight[QUEUE_SIZE]; // the floor rule's copy, empty when not severe
	const char *fired[FIRED_MAX]; // names, borrowed from the rules
	size_t fired_count;
	struct share shares[SHARES_MAX];
	size_t share_count;
	char notify[24];
	int escalate_after_s; // 0: never
	unsigned guard; // enum guard: what it may be, by any plausible reading
	_Bool diverted; // the rules said a queue that must not see it
	unsigned withheld; // shares and notifications that must not be
	const struct rule_reply *reply; // borrowed from the rules; NULL: none
};

// ERROR_ARGUMENT with problems: file, line, what was expected. The whole check runs: unknown keys, codes that do not
// exist, queues and sections that are not declared, a missing floor, a uniformed perpetrator's event shared with a
// section on that side, rules that can never fire because an earlier one has the same condition.
MUST_CHECK enum error rules_load(const char *path, const struct sheet *sheet, struct problems *problems,
	struct rules **out);
// The same of a text that stands, or would stand, in the file `name`.
MUST_CHECK enum error rules_load_text(const char *name, const char *text, size_t size, const struct sheet *sheet,
	struct problems *problems, struct rules **out);
// A rule fires when one reading meets it whole, but makes an alert less severe only when all readings do.
void rules_destroy(struct rules *r);
void rules_decide(const struct rules *r, const struct sheet *sheet, const struct facts *f, struct decision *out);
unsigned rules_guard_of(const struct sheet *sheet, const struct facts *f);
// NULL when what has this guard may be put or referred into that queue, or shared with that section; else why not.
const char *rules_queue_refuses(const struct rules *r, const char *queue, unsigned guard);
const char *rules_section_refuses(const struct rules *r, const char *section, unsigned guard);
size_t rules_queues(const struct rules *r, const char *const **names);
size_t rules_count(const struct rules *r);
const struct share_table *rules_share_table(const struct rules *r); // borrowed
// The declared sections: NULL behind the last one.
const char *rules_section_name(const struct rules *r, size_t index, _Bool *uniformed);
// Runs the tests written in the file; failures are problems. Returns how many ran.
size_t rules_run_tests(const struct rules *r, const struct sheet *sheet, struct problems *problems);
// In the language of the words in the text, else in that of its place, else in the first of the sheet.
const char *rules_reply_text(const struct rule_reply *reply, const struct sheet *sheet, const struct reading_set *to,
	size_t *language);
size_t rules_replies(const struct rules *r, const struct rule_reply **list);
const char *rules_file(const struct rules *r);
// Is this one of the station's own answers? What comes back from a machine is not answered again.
_Bool rules_is_reply(const struct rules *r, const char *text, size_t size);
// One line a rule for people: "+ name" when it fired, "- name: why not". Calls `line` for each.
void rules_trace(const struct rules *r, const struct sheet *sheet, const struct facts *f,
	void (*line)(void *ctx, const char *text), void *ctx);
