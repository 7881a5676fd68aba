// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Small records as text files that survive mail, a chat or a scanner: a line that says what it is, base64, a line that
// ends it. And the same text as a QR code on the terminal.

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "gateway/base/error.h"

#define ARMOR_TEXT_MAX 16384

// The text of `size` octets, the caller's to free. `kind` is "REVEAL REQUEST" …
MUST_CHECK enum error armor_text(const char *kind, const void *data, size_t size, char **out);
// Writes PATH, never over a file that is there. ERROR_EXISTS, ERROR_IO.
MUST_CHECK enum error armor_write(const char *path, const char *kind, const void *data, size_t size);
// The record in a text that may say more before and behind it. ERROR_MALFORMED.
MUST_CHECK enum error armor_parse(char *text, const char *kind, void *out, size_t room, size_t *size);
// ERROR_IO: cannot be read; ERROR_MALFORMED: not such a record, or cut.
MUST_CHECK enum error armor_read(const char *path, const char *kind, void *out, size_t room, size_t *size);
// Prints `text` as a QR code with half blocks; ERROR_TOO_LARGE: too long for one.
MUST_CHECK enum error qr_print(FILE *f, const char *text);
