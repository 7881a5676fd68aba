// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/kek.h"

#include <sodium.h>

#include "gateway/base/bytes.h"

void kek_params_init(struct kek_params *p, enum kek_cost cost)
{
	randombytes_buf(p->salt, sizeof p->salt);
	p->passes = cost == KEK_COST_TEST ? 1 : 3;
	p->memory = cost == KEK_COST_TEST ? 8192 : 64u << 20;
}

void kek_params_put(const struct kek_params *p, uint8_t out[static KEK_PARAMS_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, KEK_PARAMS_SIZE);
	bytes_put(&w, p->salt, sizeof p->salt);
	bytes_put_u32(&w, p->passes);
	bytes_put_u64(&w, p->memory);
	BUG_IF(!bytes_ok(&w));
}

enum error kek_params_get(const uint8_t in[static KEK_PARAMS_SIZE], struct kek_params *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, in, KEK_PARAMS_SIZE);
	bytes_get(&r, out->salt, sizeof out->salt);
	out->passes = bytes_get_u32(&r);
	out->memory = bytes_get_u64(&r);
	// Argon2id rounds to KiB: what it would not notice is refused here.
	bool sane = out->passes >= 1 && out->passes <= 16 && out->memory >= 8192 && out->memory <= 1u << 30 &&
		out->memory % 1024 == 0;
	BUG_IF(!bytes_end(&r));
	return sane ? OK : ERROR_MALFORMED;
}

enum error kek_derive(const struct kek_params *p, const char *passphrase, size_t length, struct secret **out)
{
	enum error e = secret_create(KEY_SIZE, out);
	if (e != OK)
		return e;
	if (crypto_pwhash(secret_bytes(*out), KEY_SIZE, passphrase, length, p->salt, p->passes, (size_t)p->memory,
		    crypto_pwhash_ALG_ARGON2ID13) == 0)
		return OK;
	secret_clear(out);
	return ERROR_MEMORY;
}
