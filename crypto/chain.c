// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/chain.h"

#include <sodium.h>
#include <string.h>

void chain_tag(uint8_t key[static KEY_SIZE], const void *frame, size_t size, uint8_t tag[static CHAIN_TAG_SIZE])
{
	static const char step[] = "tama/chain/1";
	uint8_t next[KEY_SIZE];
	crypto_generichash(tag, CHAIN_TAG_SIZE, frame, size, key, KEY_SIZE);
	crypto_generichash(next, KEY_SIZE, (const uint8_t *)step, sizeof step, key, KEY_SIZE);
	memcpy(key, next, KEY_SIZE);
	sodium_memzero(next, sizeof next);
}

_Bool chain_verify(uint8_t key[static KEY_SIZE], const void *frame, size_t size,
	const uint8_t tag[static CHAIN_TAG_SIZE])
{
	uint8_t own[CHAIN_TAG_SIZE];
	chain_tag(key, frame, size, own);
	return sodium_memcmp(own, tag, CHAIN_TAG_SIZE) == 0;
}
