// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/audit.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"

#define VERSION 1
#define RATCHET_DOMAIN "tama/audit-seed/1"
#define SIGN_DOMAIN "tama/audit-record/1"
#define HASH_DOMAIN "tama/audit-hash/1"
#define HEAD_LETTERS 20

void audit_public(const uint8_t seed[static AUDIT_SEED_SIZE], uint8_t out[static AUDIT_PUBLIC_SIZE])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(out, secret, seed);
	sodium_memzero(secret, sizeof secret);
}

void audit_seed_next(uint8_t seed[static AUDIT_SEED_SIZE])
{
	uint8_t next[AUDIT_SEED_SIZE];
	crypto_generichash(next, sizeof next, (const uint8_t *)RATCHET_DOMAIN, sizeof RATCHET_DOMAIN, seed, AUDIT_SEED_SIZE);
	memcpy(seed, next, sizeof next);
	sodium_memzero(next, sizeof next);
}

static void digest(const char *domain, const uint8_t station_id[static 16], const void *data, size_t size, uint8_t *out,
	size_t out_size)
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, out_size);
	crypto_generichash_update(&h, (const uint8_t *)domain, strlen(domain) + 1);
	crypto_generichash_update(&h, station_id, 16);
	crypto_generichash_update(&h, data, size);
	crypto_generichash_final(&h, out, out_size);
}

void audit_state_of(struct audit_state *state, const uint8_t station_id[static 16], const struct audit_record *r,
	const void *data, size_t size)
{
	digest(HASH_DOMAIN, station_id, data, size, state->hash, sizeof state->hash);
	state->seq = r->seq;
	state->at = r->at;
	memcpy(state->expected, r->next, sizeof state->expected);
}

size_t audit_append(struct audit_state *state, const uint8_t station_id[static 16],
	const uint8_t seed[static AUDIT_SEED_SIZE], struct audit_record *r, uint8_t out[static AUDIT_RECORD_MAX])
{
	uint8_t hash[64], public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	struct bytes_writer w;
	r->seq = state->seq + 1;
	memcpy(r->previous, state->hash, sizeof r->previous);
	bytes_writer_init(&w, out, AUDIT_RECORD_MAX);
	bytes_put_u8(&w, VERSION);
	bytes_put_u64(&w, r->seq);
	bytes_put_u64(&w, (uint64_t)r->at);
	bytes_put_text(&w, r->kind, AUDIT_KIND_SIZE);
	bytes_put_text(&w, r->actor, AUDIT_ACTOR_SIZE);
	bytes_put_u16(&w, r->size);
	bytes_put(&w, r->detail, r->size);
	bytes_put(&w, r->previous, sizeof r->previous);
	bytes_put(&w, r->next, sizeof r->next);
	digest(SIGN_DOMAIN, station_id, out, w.at, hash, sizeof hash);
	crypto_sign_seed_keypair(public, secret, seed);
	crypto_sign_detached(r->signature, NULL, hash, sizeof hash, secret);
	sodium_memzero(secret, sizeof secret);
	bytes_put(&w, r->signature, sizeof r->signature);
	BUG_IF(!bytes_ok(&w));
	audit_state_of(state, station_id, r, out, w.at);
	return w.at;
}

enum error audit_read(const void *data, size_t size, struct audit_record *out)
{
	struct bytes_reader r;
	*out = (struct audit_record){0};
	bytes_reader_init(&r, data, size);
	uint8_t version = bytes_get_u8(&r);
	out->seq = bytes_get_u64(&r);
	out->at = (int64_t)bytes_get_u64(&r);
	bytes_get_text(&r, out->kind, AUDIT_KIND_SIZE);
	bytes_get_text(&r, out->actor, AUDIT_ACTOR_SIZE);
	out->size = bytes_get_u16(&r);
	if (out->size > AUDIT_DETAIL_MAX)
		return ERROR_MALFORMED;
	bytes_get(&r, out->detail, out->size);
	bytes_get(&r, out->previous, sizeof out->previous);
	bytes_get(&r, out->next, sizeof out->next);
	bytes_get(&r, out->signature, sizeof out->signature);
	if (!bytes_end(&r))
		return ERROR_MALFORMED;
	return version == VERSION ? OK : ERROR_VERSION;
}

enum error audit_check(struct audit_state *state, const uint8_t station_id[static 16], const void *data, size_t size,
	struct audit_record *out)
{
	uint8_t hash[64];
	enum error e = audit_read(data, size, out);
	if (e != OK)
		return e;
	if (out->seq != state->seq + 1)
		return ERROR_NOT_FOUND;
	digest(SIGN_DOMAIN, station_id, data, size - sizeof out->signature, hash, sizeof hash);
	if (sodium_memcmp(out->previous, state->hash, sizeof out->previous) != 0 ||
		crypto_sign_verify_detached(out->signature, hash, sizeof hash, state->expected) != 0)
		return ERROR_FORGED;
	audit_state_of(state, station_id, out, data, size);
	return OK;
}

// 100 bits of the hash in Crockford's base 32, in groups of five.
static void head_code(const struct audit_state *state, char out[static HEAD_LETTERS + 4])
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	int n = 0;
	for (int i = 0; i < HEAD_LETTERS; i++) {
		unsigned bit = (unsigned)i * 5, value = (unsigned)state->hash[bit / 8] << 8 | state->hash[bit / 8 + 1];
		if (i && i % 5 == 0)
			out[n++] = '-';
		out[n++] = letters[value >> (11 - bit % 8) & 31];
	}
	out[n] = 0;
}

void audit_head(const struct audit_state *state, char out[static AUDIT_HEAD_SIZE])
{
	char code[HEAD_LETTERS + 4];
	head_code(state, code);
	snprintf(out, AUDIT_HEAD_SIZE, "%llu-%s", (unsigned long long)state->seq, code);
}

enum error audit_head_seq(const char *head, uint64_t *seq)
{
	unsigned long long v = 0;
	int used = 0;
	if (!isdigit((unsigned char)*head) || sscanf(head, "%19llu-%n", &v, &used) != 1 || used == 0)
		return ERROR_MALFORMED;
	if (strlen(head + used) != HEAD_LETTERS + 3 || v == 0)
		return ERROR_MALFORMED;
	*seq = v;
	return OK;
}

_Bool audit_head_is(const struct audit_state *state, const char *head)
{
	char own[AUDIT_HEAD_SIZE];
	audit_head(state, own);
	for (size_t i = 0; own[i] || head[i]; i++) {
		char given = (char)toupper((unsigned char)head[i]);
		given = given == 'O' ? '0' : given == 'I' || given == 'L' ? '1' : given; // as Crockford reads them
		if (own[i] != given)
			return 0;
	}
	return 1;
}
