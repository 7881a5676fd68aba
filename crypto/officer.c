// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/officer.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "crypto/wrap.h"

#define DOMAIN "tama/officer/1"

_Bool officer_name_valid(const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];
		if (!isalnum(c) && c != '.' && c != '-' && c < 0x80)
			return 0;
	}
	return n > 0 && n < OFFICER_NAME_SIZE && strcmp(name, "station") != 0;
}

// `plain`: the X25519 secret and the Ed25519 one, one behind the other.
static enum error wrap_record(const uint8_t plain[static 96], const char *password, size_t length, enum kek_cost cost,
	struct officer_record *out)
{
	struct kek_params params;
	cleanup_secret struct secret *kek = NULL;
	kek_params_init(&params, cost);
	kek_params_put(&params, out->wrapped);
	enum error e = kek_derive(&params, password, length, &kek);
	if (e == OK)
		wrap_seal(secret_view(kek), DOMAIN, &out->public, sizeof out->public, plain, 96,
			out->wrapped + KEK_PARAMS_SIZE);
	return e;
}

enum error officer_create(const char *name, const char *password, size_t length, enum kek_cost cost,
	struct officer_record *out)
{
	uint8_t plain[96];
	cleanup_secret struct secret *seal = NULL;
	*out = (struct officer_record){0};
	if (!officer_name_valid(name))
		return ERROR_ARGUMENT;
	memcpy(out->public.name, name, strlen(name));
	enum error e = seal_keypair(&out->public.seal, &seal);
	if (e != OK)
		return e;
	memcpy(plain, secret_view(seal), 32);
	crypto_sign_keypair(out->public.sign, plain + 32);
	e = wrap_record(plain, password, length, cost, out);
	sodium_memzero(plain, sizeof plain);
	return e;
}

enum error officer_create_decoy(const char *name, enum kek_cost cost, struct officer_record *out)
{
	uint8_t nobody[32];
	randombytes_buf(nobody, sizeof nobody);
	enum error e = officer_create(name, (const char *)nobody, sizeof nobody, cost, out);
	sodium_memzero(nobody, sizeof nobody);
	return e;
}

enum error officer_rewrap(const struct officer_keys *k, const char *password, size_t length, enum kek_cost cost,
	struct officer_record *out)
{
	uint8_t plain[96];
	*out = (struct officer_record){.public = k->public};
	memcpy(plain, secret_view(k->seal), 32);
	memcpy(plain + 32, secret_view(k->sign), 64);
	enum error e = wrap_record(plain, password, length, cost, out);
	sodium_memzero(plain, sizeof plain);
	return e;
}

enum error officer_unlock(const struct officer_record *r, const char *password, size_t length,
	struct officer_keys *out)
{
	struct kek_params params;
	cleanup_secret struct secret *kek = NULL, *plain = NULL;
	*out = (struct officer_keys){.public = r->public};
	enum error e = kek_params_get(r->wrapped, &params);
	if (e == OK)
		e = kek_derive(&params, password, length, &kek);
	if (e == OK)
		e = secret_create(96, &plain);
	if (e == OK)
		e = wrap_open(secret_view(kek), DOMAIN, &r->public, sizeof r->public, r->wrapped + KEK_PARAMS_SIZE,
			OFFICER_WRAPPED_SIZE - KEK_PARAMS_SIZE, secret_bytes(plain));
	if (e == OK)
		e = secret_copy(secret_view(plain), 32, &out->seal);
	if (e == OK)
		e = secret_copy(secret_view(plain) + 32, 64, &out->sign);
	if (e != OK)
		officer_keys_finish(out);
	return e;
}

void officer_keys_finish(struct officer_keys *k)
{
	secret_clear(&k->seal);
	secret_clear(&k->sign);
}

// What is signed: a hash over the domain and the data, so that a signature for one purpose serves no other.
static void digest(const char *domain, const void *data, size_t size, uint8_t out[static 64])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, 64);
	crypto_generichash_update(&h, (const uint8_t *)domain, strlen(domain) + 1);
	crypto_generichash_update(&h, data, size);
	crypto_generichash_final(&h, out, 64);
}

void officer_sign(const struct officer_keys *k, const char *domain, const void *data, size_t size,
	uint8_t out[static SIGNATURE_SIZE])
{
	uint8_t hash[64];
	digest(domain, data, size, hash);
	crypto_sign_detached(out, NULL, hash, sizeof hash, secret_view(k->sign));
}

enum error officer_verify(const struct officer_public *p, const char *domain, const void *data, size_t size,
	const uint8_t signature[static SIGNATURE_SIZE])
{
	uint8_t hash[64];
	digest(domain, data, size, hash);
	return crypto_sign_verify_detached(signature, hash, sizeof hash, p->sign) == 0 ? OK : ERROR_FORGED;
}
