// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A custodian's public half as a file, for whoever enrols him.

#include <stdio.h>

#include "crypto/officer.h"

int custodian_public_read(const char *path, struct officer_public *out); // an exit status, after one message
void custodian_print_words(FILE *f, const struct officer_public *p);     // to be compared by voice
