// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/wrap.h"

#include <sodium.h>
#include <string.h>

#include "gateway/base/bytes.h"

#define VERSION 1
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

// version, domain with its NUL, associated data: unambiguous, since a domain holds no NUL
static size_t bind(const char *domain, const void *ad, size_t ad_size, uint8_t out[static WRAP_AD_MAX])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, WRAP_AD_MAX);
	bytes_put_u8(&w, VERSION);
	bytes_put(&w, domain, strlen(domain) + 1);
	bytes_put(&w, ad, ad_size);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

void wrap_seal(const uint8_t key[static KEY_SIZE], const char *domain, const void *ad, size_t ad_size,
	const void *plain, size_t size, uint8_t *out)
{
	uint8_t bound[WRAP_AD_MAX];
	size_t n = bind(domain, ad, ad_size, bound);
	out[0] = VERSION;
	randombytes_buf(out + 1, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		out + 1 + NONCE_SIZE, NULL, plain, size, bound, n, NULL, out + 1, key);
}

enum error wrap_open(const uint8_t key[static KEY_SIZE], const char *domain, const void *ad, size_t ad_size,
	const void *wrapped, size_t size, uint8_t *out)
{
	const uint8_t *in = wrapped;
	uint8_t bound[WRAP_AD_MAX];
	if (size < WRAP_OVERHEAD)
		return ERROR_MALFORMED;
	if (in[0] != VERSION)
		return ERROR_VERSION;
	size_t n = bind(domain, ad, ad_size, bound);
	int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
		out, NULL, NULL, in + 1 + NONCE_SIZE, size - 1 - NONCE_SIZE, bound, n, in + 1, key);
	return bad ? ERROR_FORGED : OK;
}

void wrap_subkey(const uint8_t key[static KEY_SIZE], const char *domain, uint64_t row, uint8_t out[static KEY_SIZE])
{
	uint8_t in[64], *p = in;
	size_t n = strlen(domain) + 1;
	BUG_IF(n > sizeof in - 8);
	memcpy(p, domain, n);
	for (int i = 0; i < 8; i++)
		in[n + (size_t)i] = (uint8_t)(row >> (8 * i));
	crypto_generichash(out, KEY_SIZE, in, n + 8, key, KEY_SIZE);
}
