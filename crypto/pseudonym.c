// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/pseudonym.h"

#include <sodium.h>
#include <string.h>

static void keyed(const uint8_t key[static KEY_SIZE], const char *domain, const void *data, size_t size, uint8_t *out,
	size_t out_size)
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, key, KEY_SIZE, out_size);
	crypto_generichash_update(&h, (const uint8_t *)domain, strlen(domain) + 1);
	crypto_generichash_update(&h, data, size);
	crypto_generichash_final(&h, out, out_size);
	sodium_memzero(&h, sizeof h);
}

void pseudonym_handle(const uint8_t key[static KEY_SIZE], const char *sender, char out[static HANDLE_SIZE])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t hash[16];
	uint64_t v = 0;
	keyed(key, "tama/handle/1", sender, strlen(sender), hash, sizeof hash);
	for (int i = 0; i < 8; i++)
		v = v << 8 | hash[i];
	for (int i = 0; i < HANDLE_SIZE - 1; i++) {
		out[i] = '-';
		if (i == 5)
			continue;
		out[i] = digits[v & 31];
		v >>= 5;
	}
	out[HANDLE_SIZE - 1] = 0;
}

void pseudonym_tag(const uint8_t key[static KEY_SIZE], const char *domain, const void *data, size_t size,
	uint8_t out[static TAG_SIZE])
{
	keyed(key, domain, data, size, out, TAG_SIZE);
}
