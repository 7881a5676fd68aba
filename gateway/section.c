// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/section.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"

#define TOKEN_PREFIX "tama-section-"
#define NAME_PREFIX "token/"
#define KEY_DOMAIN "tama/section-key/1"
#define RECORD_DOMAIN "tama/section-record/1"
#define SIGN_DOMAIN "tama/feed-record/1"
#define BUCKET 256
#define AD_SIZE (16 + 8 + SECTION_NAME_SIZE)

void section_token_make(uint8_t token[static SECTION_TOKEN_SIZE])
{
	randombytes_buf(token, SECTION_TOKEN_SIZE);
}

void section_token_text(const uint8_t token[static SECTION_TOKEN_SIZE], char out[static SECTION_TOKEN_TEXT_SIZE])
{
	size_t n = strlen(TOKEN_PREFIX);
	memcpy(out, TOKEN_PREFIX, n);
	sodium_bin2base64(out + n, SECTION_TOKEN_TEXT_SIZE - n, token, SECTION_TOKEN_SIZE,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum error section_token_parse(const char *text, uint8_t token[static SECTION_TOKEN_SIZE])
{
	char again[SECTION_TOKEN_TEXT_SIZE];
	size_t n = strlen(TOKEN_PREFIX), size = 0;
	if (strncmp(text, TOKEN_PREFIX, n) != 0 ||
		sodium_base642bin(token, SECTION_TOKEN_SIZE, text + n, strlen(text + n), NULL, &size, NULL,
			sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
		size != SECTION_TOKEN_SIZE)
		return ERROR_MALFORMED;
	section_token_text(token, again); // libsodium takes octets above 127 for letters
	return strcmp(text, again) == 0 ? OK : ERROR_MALFORMED;
}

static enum error signing_keys(const uint8_t token[static SECTION_TOKEN_SIZE], uint8_t public[static 32],
	struct secret **out)
{
	uint8_t seed[KEY_SIZE];
	cleanup_secret struct secret *sign = NULL;
	enum error e = secret_create(crypto_sign_SECRETKEYBYTES, &sign);
	if (e != OK)
		return e;
	wrap_subkey(token, "tama/section-sign/1", 0, seed);
	crypto_sign_seed_keypair(public, secret_bytes(sign), seed);
	sodium_memzero(seed, sizeof seed);
	*out = steal_pointer(&sign);
	return OK;
}

enum error section_token_keys(const uint8_t token[static SECTION_TOKEN_SIZE], struct section_public *public,
	struct officer_keys *keys)
{
	uint8_t derived[KEY_SIZE];
	cleanup_secret struct secret *seal = NULL, *sign = NULL;
	wrap_subkey(token, "tama/section-tag/1", 0, derived);
	memcpy(public->tag, derived, sizeof public->tag);
	wrap_subkey(token, "tama/section-seal/1", 0, derived);
	enum error e = secret_copy(derived, sizeof derived, &seal);
	sodium_memzero(derived, sizeof derived);
	if (e == OK)
		e = seal_public_of(seal, &public->seal);
	if (e == OK)
		e = signing_keys(token, public->sign, &sign);
	if (e != OK || !keys)
		return e;
	*keys = (struct officer_keys){.seal = steal_pointer(&seal), .sign = steal_pointer(&sign)};
	keys->public.seal = public->seal;
	memcpy(keys->public.sign, public->sign, sizeof public->sign);
	return OK;
}

void section_token_name(uint64_t token_id, char out[static OFFICER_NAME_SIZE])
{
	memset(out, 0, OFFICER_NAME_SIZE);
	snprintf(out, OFFICER_NAME_SIZE, NAME_PREFIX "%llu", (unsigned long long)token_id);
}

bool section_token_id(const char *name, uint64_t *token_id)
{
	unsigned long long id;
	char end;
	size_t n = strlen(NAME_PREFIX);
	if (strncmp(name, NAME_PREFIX, n) != 0 || strspn(name + n, "0123456789") != strlen(name + n) ||
		sscanf(name + n, "%19llu%c", &id, &end) != 1)
		return false;
	*token_id = id;
	return true;
}

// Station, row and section are bound: a seal fits nowhere else.
static void bind(const uint8_t station_id[static 16], uint64_t row, const char *section, uint8_t out[static AD_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, AD_SIZE);
	bytes_put(&w, station_id, 16);
	bytes_put_u64(&w, row);
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	BUG_IF(!bytes_ok(&w));
}

enum error section_key_seal(const struct seal_public *token, const uint8_t station_id[static 16], uint64_t key_id,
	const char *section, const struct secret *key, uint8_t out[static SECTION_KEY_SEALED])
{
	uint8_t ad[AD_SIZE];
	bind(station_id, key_id, section, ad);
	return seal_to(KEY_DOMAIN, token, ad, sizeof ad, secret_view(key), KEY_SIZE, out);
}

enum error section_key_open(const struct secret *token, const uint8_t station_id[static 16], uint64_t key_id,
	const char *section, const void *sealed, size_t size, struct secret **key)
{
	uint8_t ad[AD_SIZE];
	cleanup_secret struct secret *opened = NULL;
	if (size != SECTION_KEY_SEALED)
		return ERROR_MALFORMED;
	bind(station_id, key_id, section, ad);
	enum error e = secret_create(KEY_SIZE, &opened);
	if (e == OK)
		e = seal_open(KEY_DOMAIN, token, ad, sizeof ad, sealed, size, secret_bytes(opened));
	if (e == OK)
		*key = steal_pointer(&opened);
	return e;
}

enum error section_record_seal(const struct seal_public *section, const uint8_t station_id[static 16], uint64_t item,
	const char *name, const char *text, const uint8_t signature[static SIGNATURE_SIZE], uint8_t **out, size_t *size)
{
	uint8_t ad[AD_SIZE];
	struct bytes_writer w;
	size_t length = strlen(text), whole = (2 + SIGNATURE_SIZE + length + BUCKET - 1) / BUCKET * BUCKET;
	if (length > SECTION_RECORD_MAX)
		return ERROR_TOO_LARGE;
	cleanup_free uint8_t *plain = calloc(1, whole), *sealed = malloc(whole + SEAL_OVERHEAD);
	if (!plain || !sealed)
		return ERROR_MEMORY;
	bytes_writer_init(&w, plain, whole);
	bytes_put_u16(&w, (uint16_t)length);
	bytes_put(&w, signature, SIGNATURE_SIZE);
	bytes_put(&w, text, length);
	bind(station_id, item, name, ad);
	enum error e = seal_to(RECORD_DOMAIN, section, ad, sizeof ad, plain, whole, sealed);
	sodium_memzero(plain, whole);
	if (e == OK) {
		*out = steal_pointer(&sealed);
		*size = whole + SEAL_OVERHEAD;
	}
	return e;
}

enum error section_record_open(const struct secret *key, const struct seal_public *own,
	const uint8_t station_id[static 16], uint64_t item, const char *name, const void *sealed, size_t size, char **text,
	uint8_t signature[static SIGNATURE_SIZE])
{
	uint8_t ad[AD_SIZE];
	struct bytes_reader r;
	if (size < SEAL_OVERHEAD + BUCKET || size > SEAL_OVERHEAD + SECTION_RECORD_MAX + 2 * BUCKET)
		return ERROR_MALFORMED;
	cleanup_free uint8_t *plain = malloc(size);
	if (!plain)
		return ERROR_MEMORY;
	bind(station_id, item, name, ad);
	enum error e = seal_open_own(RECORD_DOMAIN, key, own, ad, sizeof ad, sealed, size, plain);
	if (e != OK)
		return e;
	bytes_reader_init(&r, plain, size - SEAL_OVERHEAD);
	size_t length = bytes_get_u16(&r);
	bytes_get(&r, signature, SIGNATURE_SIZE);
	cleanup_free char *out = length <= SECTION_RECORD_MAX ? calloc(1, length + 1) : NULL;
	if (out)
		bytes_get(&r, out, length);
	if (!out || r.failed)
		return ERROR_MALFORMED;
	*text = steal_pointer(&out);
	return OK;
}

static uint8_t *signed_part(const uint8_t station_id[static 16], const char *text, size_t *size)
{
	*size = 16 + strlen(text);
	uint8_t *whole = malloc(*size);
	BUG_IF(!whole);
	memcpy(whole, station_id, 16);
	memcpy(whole + 16, text, *size - 16);
	return whole;
}

void section_record_sign(const struct secret *feed_key, const uint8_t station_id[static 16], const char *text,
	uint8_t signature[static SIGNATURE_SIZE])
{
	size_t size;
	cleanup_free uint8_t *whole = signed_part(station_id, text, &size);
	const struct officer_keys keys = {.sign = (struct secret *)feed_key};
	officer_sign(&keys, SIGN_DOMAIN, whole, size, signature);
}

enum error section_record_verify(const uint8_t feed_public[static 32], const uint8_t station_id[static 16],
	const char *text, const uint8_t signature[static SIGNATURE_SIZE])
{
	size_t size;
	struct officer_public p = {.name = ""};
	cleanup_free uint8_t *whole = signed_part(station_id, text, &size);
	memcpy(p.sign, feed_public, sizeof p.sign);
	return officer_verify(&p, SIGN_DOMAIN, whole, size, signature);
}
