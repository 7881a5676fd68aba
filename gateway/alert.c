// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/alert.h"

#include <sodium.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"

#define ALERT_DOMAIN "tama/alert/1"
#define OVERSIGHT_DOMAIN "tama/oversight/1"
#define CONTENT_DOMAIN "tama/content-key/1"
#define GRANT_DOMAIN "tama/grant/1"
#define BUCKET 256
#define CONTEXT_MAX 80

// Station, row, field or queue.
static size_t context(const uint8_t station_id[static 16], uint64_t row, const char *what,
	uint8_t out[static CONTEXT_MAX])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, CONTEXT_MAX);
	bytes_put(&w, station_id, 16);
	bytes_put_u64(&w, row);
	bytes_put(&w, what, strlen(what));
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

void alert_key(const uint8_t content_key[static KEY_SIZE], uint64_t alert_id, uint8_t out[static KEY_SIZE])
{
	wrap_subkey(content_key, ALERT_DOMAIN, alert_id, out);
}

enum error alert_text_seal(const uint8_t key[static KEY_SIZE], const uint8_t station_id[static 16], uint64_t alert_id,
	const char *field, const char *text, size_t size, uint8_t **out, size_t *out_size)
{
	uint8_t ad[CONTEXT_MAX];
	struct bytes_writer w;
	size_t padded = (size + 4 + BUCKET - 1) / BUCKET * BUCKET;
	uint8_t *plain = malloc(padded);
	*out_size = padded + WRAP_OVERHEAD;
	*out = malloc(*out_size);
	if (!plain || !*out) {
		free(plain);
		free(*out);
		*out = NULL;
		return ERROR_MEMORY;
	}
	bytes_writer_init(&w, plain, padded);
	bytes_put_u32(&w, (uint32_t)size);
	bytes_put(&w, text, size);
	bytes_put_zeros(&w, padded - size - 4);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(key, ALERT_DOMAIN, ad, context(station_id, alert_id, field, ad), plain, padded, *out);
	sodium_memzero(plain, padded);
	free(plain);
	return OK;
}

enum error alert_text_open(const uint8_t key[static KEY_SIZE], const uint8_t station_id[static 16], uint64_t alert_id,
	const char *field, const void *sealed, size_t size, char **out)
{
	uint8_t ad[CONTEXT_MAX];
	struct bytes_reader r;
	if (size < WRAP_OVERHEAD + BUCKET)
		return ERROR_MALFORMED;
	size_t padded = size - WRAP_OVERHEAD;
	uint8_t *plain = malloc(padded);
	if (!plain)
		return ERROR_MEMORY;
	enum error e = wrap_open(key, ALERT_DOMAIN, ad, context(station_id, alert_id, field, ad), sealed, size, plain);
	bytes_reader_init(&r, plain, padded);
	size_t length = e == OK ? bytes_get_u32(&r) : 0;
	if (e == OK && length > padded - 4)
		e = ERROR_MALFORMED;
	if (e == OK) {
		memmove(plain, plain + 4, length);
		sodium_memzero(plain + length, padded - length);
		*out = (char *)plain;
		return OK;
	}
	sodium_memzero(plain, padded);
	free(plain);
	return e;
}

void alert_key_wrap(const uint8_t oversight_key[static KEY_SIZE], const uint8_t station_id[static 16],
	uint64_t alert_id, const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_WRAPPED])
{
	uint8_t ad[CONTEXT_MAX], under[KEY_SIZE];
	alert_key(oversight_key, alert_id, under);
	wrap_seal(under, OVERSIGHT_DOMAIN, ad, context(station_id, alert_id, "oversight", ad), key, KEY_SIZE, out);
	sodium_memzero(under, sizeof under);
}

enum error alert_key_unwrap(const uint8_t oversight_key[static KEY_SIZE], const uint8_t station_id[static 16],
	uint64_t alert_id, const void *wrapped, size_t size, uint8_t key[static KEY_SIZE])
{
	uint8_t ad[CONTEXT_MAX], under[KEY_SIZE];
	if (size != ALERT_KEY_WRAPPED)
		return ERROR_MALFORMED;
	alert_key(oversight_key, alert_id, under);
	enum error e = wrap_open(
		under, OVERSIGHT_DOMAIN, ad, context(station_id, alert_id, "oversight", ad), wrapped, size, key);
	sodium_memzero(under, sizeof under);
	return e;
}

enum error content_key_seal(const struct seal_public *to, const uint8_t station_id[static 16], uint64_t key_id,
	const char *queue, const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_SEALED])
{
	uint8_t ad[CONTEXT_MAX];
	return seal_to(CONTENT_DOMAIN, to, ad, context(station_id, key_id, queue, ad), key, KEY_SIZE, out);
}

static enum error open_sealed(const char *domain, const struct secret *officer, const uint8_t *ad, size_t ad_size,
	const void *sealed, size_t size, uint8_t key[static KEY_SIZE])
{
	if (size != ALERT_KEY_SEALED)
		return ERROR_MALFORMED;
	return seal_open(domain, officer, ad, ad_size, sealed, size, key);
}

enum error content_key_open(const struct secret *officer, const uint8_t station_id[static 16], uint64_t key_id,
	const char *queue, const void *sealed, size_t size, uint8_t key[static KEY_SIZE])
{
	uint8_t ad[CONTEXT_MAX];
	return open_sealed(CONTENT_DOMAIN, officer, ad, context(station_id, key_id, queue, ad), sealed, size, key);
}

enum error alert_grant_seal(const struct seal_public *to, const uint8_t station_id[static 16], uint64_t alert_id,
	const uint8_t key[static KEY_SIZE], uint8_t out[static ALERT_KEY_SEALED])
{
	uint8_t ad[CONTEXT_MAX];
	return seal_to(GRANT_DOMAIN, to, ad, context(station_id, alert_id, "grant", ad), key, KEY_SIZE, out);
}

enum error alert_grant_open(const struct secret *officer, const uint8_t station_id[static 16], uint64_t alert_id,
	const void *sealed, size_t size, uint8_t key[static KEY_SIZE])
{
	uint8_t ad[CONTEXT_MAX];
	return open_sealed(GRANT_DOMAIN, officer, ad, context(station_id, alert_id, "grant", ad), sealed, size, key);
}

const char *duress_name(const char *officer, char out[static DURESS_NAME_SIZE])
{
	snprintf(out, DURESS_NAME_SIZE, "%.31s~", officer);
	return out;
}

void alert_mix(const uint8_t key[static KEY_SIZE], const uint8_t pad[static KEY_SIZE], uint8_t out[static KEY_SIZE])
{
	static const char domain[] = "tama/pad/1";
	crypto_generichash_state h;
	crypto_generichash_init(&h, key, KEY_SIZE, KEY_SIZE);
	crypto_generichash_update(&h, (const uint8_t *)domain, sizeof domain);
	crypto_generichash_update(&h, pad, KEY_SIZE);
	crypto_generichash_final(&h, out, KEY_SIZE);
	sodium_memzero(&h, sizeof h);
}
