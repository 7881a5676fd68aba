// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// One person, one spelling: the sender of an SMS as canonical text, so that +223…, 00223… and the national form have
// one handle. E.164 numbers begin with +, short codes with =, alphanumeric senders (operators, services) with ~.

#include "gateway/config.h"

#define NUMBER_SIZE 56

enum number_kind { NUMBER_E164, NUMBER_SHORT, NUMBER_NAME, NUMBER_NONE };

enum number_kind number_canonical(const struct config *c, const char *sender, char out[static NUMBER_SIZE]);
