// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/seal.h"

#include <sodium.h>
#include <string.h>

// Zero is a safe nonce here: the key is used once.
static const uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

enum error seal_keypair(struct seal_public *public, struct secret **secret)
{
	enum error e = secret_random(KEY_SIZE, secret);
	if (e == OK)
		e = seal_public_of(*secret, public);
	return e;
}

enum error seal_public_of(const struct secret *secret, struct seal_public *out)
{
	BUG_IF(secret_size(secret) != KEY_SIZE);
	return crypto_scalarmult_base(out->key, secret_view(secret)) == 0 ? OK : ERROR_MALFORMED;
}

static void derive(const char *domain, const uint8_t shared[32], const uint8_t ephemeral[32],
	const struct seal_public *to, uint8_t key[static KEY_SIZE])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, KEY_SIZE);
	crypto_generichash_update(&h, (const uint8_t *)domain, strlen(domain) + 1);
	crypto_generichash_update(&h, shared, 32);
	crypto_generichash_update(&h, ephemeral, 32);
	crypto_generichash_update(&h, to->key, sizeof to->key);
	crypto_generichash_final(&h, key, KEY_SIZE);
	sodium_memzero(&h, sizeof h);
}

enum error seal_to(const char *domain, const struct seal_public *to, const void *ad, size_t ad_size,
	const void *plain, size_t size, uint8_t *out)
{
	uint8_t secret[32], shared[32], key[KEY_SIZE];
	enum error e = OK;
	randombytes_buf(secret, sizeof secret);
	if (crypto_scalarmult_base(out, secret) != 0 || crypto_scalarmult(shared, secret, to->key) != 0)
		e = ERROR_MALFORMED;
	if (e == OK) {
		derive(domain, shared, out, to, key);
		crypto_aead_xchacha20poly1305_ietf_encrypt(out + 32, NULL, plain, size, ad, ad_size, NULL, nonce, key);
	}
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(shared, sizeof shared);
	sodium_memzero(key, sizeof key);
	return e;
}

enum error seal_open(const char *domain, const struct secret *secret, const void *ad, size_t ad_size,
	const void *sealed, size_t size, uint8_t *out)
{
	struct seal_public own;
	enum error e = seal_public_of(secret, &own);
	return e == OK ? seal_open_own(domain, secret, &own, ad, ad_size, sealed, size, out) : e;
}

enum error seal_open_own(const char *domain, const struct secret *secret, const struct seal_public *own, const void *ad,
	size_t ad_size, const void *sealed, size_t size, uint8_t *out)
{
	const uint8_t *in = sealed;
	uint8_t shared[32], key[KEY_SIZE];
	enum error e = OK;
	if (size < SEAL_OVERHEAD)
		return ERROR_MALFORMED;
	if (crypto_scalarmult(shared, secret_view(secret), in) != 0)
		e = ERROR_FORGED;
	if (e == OK) {
		derive(domain, shared, in, own, key);
		if (crypto_aead_xchacha20poly1305_ietf_decrypt(
			    out, NULL, NULL, in + 32, size - 32, ad, ad_size, nonce, key) != 0)
			e = ERROR_FORGED;
	}
	sodium_memzero(shared, sizeof shared);
	sodium_memzero(key, sizeof key);
	return e;
}

void seal_fingerprint(const struct seal_public *public, char out[static FINGERPRINT_SIZE])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; // no I, no O
	uint8_t hash[32];
	int at = 0;
	crypto_generichash(hash, sizeof hash, public->key, sizeof public->key,
		(const uint8_t *)"tama/fingerprint/1", 18);
	for (int i = 0; i < 32; i++) {
		if (i && i % 4 == 0)
			out[at++] = '-';
		out[at++] = letters[hash[i] & 31];
	}
	out[at] = 0;
}
