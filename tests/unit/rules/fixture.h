// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the tests of the rules share: broken files made from good ones, the default sheet, readings as one line.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>

#include "rules/rule.h"

// A file of these octets; the path stays good until the next call. `fixture_remove` is a cmocka teardown.
const char *fixture_file(const void *octets, size_t size);
int fixture_remove(void **state);

// `text` with the first `from` as `to`, in static memory; fails the test when `from` is not there.
const char *fixture_replace(const char *text, const char *from, const char *to);

struct sheet *fixture_sheet(void);                              // packaging/etc/sheet-mali.conf
struct rules *fixture_rules(const struct sheet *s);             // packaging/etc/rules-default.conf
struct rules *fixture_rules_of(const char *text, const struct sheet *s);

// Fails unless there is just this one: its file, line, and a piece of its text.
void fixture_one_problem(const struct problems *p, const char *file, int line, bool warning, const char *piece);

// "A3 12H 55?" for people and for comparing: "-" for what is not said, "?" behind an unverified place.
void fixture_reading(const struct sheet *s, const struct reading *r, char out[static 48]);
void fixture_flags(unsigned flags, char out[static 96]); // "mended,ambiguous" or "-"

uint32_t fixture_random(uint32_t *state); // the same for the same seed everywhere
