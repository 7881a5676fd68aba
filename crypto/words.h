// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A fingerprint to be read aloud over a bad line: eight words, 88 bits. Who enrols a custodian hears them from him;
// who approves a reveal hears them from the officer.

#include <stddef.h>
#include <stdint.h>

#define WORDS_COUNT 8
#define WORDS_SIZE (WORDS_COUNT * 9 + 1) // words have at most eight letters

void words_of(const void *data, size_t size, char out[static WORDS_SIZE]);
