// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// From a passphrase to a key: Argon2id (RFC 9106) with its parameters kept beside what it protects.

#include "crypto/secret.h"

#define KEK_PARAMS_SIZE 28

struct kek_params {
	uint8_t salt[16];
	uint32_t passes;
	uint64_t memory; // octets
};

enum kek_cost { KEK_COST_TEST, KEK_COST_NORMAL }; // 8 KiB, for tests and demos; 64 MiB and 3 passes

void kek_params_init(struct kek_params *p, enum kek_cost cost); // random salt
void kek_params_put(const struct kek_params *p, uint8_t out[static KEK_PARAMS_SIZE]);
// ERROR_MALFORMED outside 1–16 passes and 8 KiB–1 GiB: a file must not choose to exhaust the machine.
MUST_CHECK enum error kek_params_get(const uint8_t in[static KEK_PARAMS_SIZE], struct kek_params *out);
MUST_CHECK enum error kek_derive(const struct kek_params *p, const char *passphrase, size_t length,
	struct secret **out); // 32 octets, the caller's
