// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// gzip (RFC 1952) of answers, called by http.c. What is compressed shows by its length what in it is alike (BREACH), so
// only routes that routes.c names are, none with a token, a number or a code; and as whoever sends a text chooses words
// of the queue, each answer is longer by a length drawn by lot.

#include <stddef.h>

#include "gateway/console/http.h"

#define ZIP_FROM 1024 // octets: below, packets are not saved

bool zip_wanted(struct exchange *x, size_t size);
// The caller frees it with zip_free; NULL: no memory, or it would not be shorter.
void *zip_text(const char *text, size_t size, size_t *out_size);
void zip_free(void *p); // wiped: texts of alerts passed through it
