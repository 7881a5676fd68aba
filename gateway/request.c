// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/request.h"

#include <sodium.h>
#include <string.h>

#define DOMAIN "tama/request/1"

// The signature covers the station too, which is not sent: a request to one station is none to another.
static size_t signed_part(const uint8_t station_id[static 16], const void *data, size_t size,
	uint8_t out[static REQUEST_SIZE_MAX + 16])
{
	memcpy(out, station_id, 16);
	memcpy(out + 16, data, size);
	return size + 16;
}

size_t request_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], struct request *r,
	uint8_t out[static REQUEST_SIZE_MAX])
{
	uint8_t whole[REQUEST_SIZE_MAX + 16], signature[SIGNATURE_SIZE];
	struct bytes_writer w;
	memcpy(r->officer, keys->public.name, sizeof r->officer);
	randombytes_buf(r->nonce, sizeof r->nonce);
	bytes_writer_init(&w, out, REQUEST_SIZE_MAX);
	bytes_put_text(&w, r->officer, OFFICER_NAME_SIZE);
	bytes_put_u8(&w, (uint8_t)r->verb);
	bytes_put_u64(&w, (uint64_t)r->at);
	bytes_put(&w, r->nonce, sizeof r->nonce);
	bytes_put_u16(&w, r->size);
	bytes_put(&w, r->payload, r->size);
	officer_sign(keys, DOMAIN, whole, signed_part(station_id, out, w.at, whole), signature);
	bytes_put(&w, signature, sizeof signature);
	BUG_IF(!bytes_ok(&w));
	sodium_memzero(whole, sizeof whole);
	return w.at;
}

enum error request_read(const void *data, size_t size, struct request *out)
{
	struct bytes_reader r;
	*out = (struct request){0};
	bytes_reader_init(&r, data, size);
	bytes_get_text(&r, out->officer, OFFICER_NAME_SIZE);
	out->verb = (enum request_verb)bytes_get_u8(&r);
	out->at = (int64_t)bytes_get_u64(&r);
	bytes_get(&r, out->nonce, sizeof out->nonce);
	out->size = bytes_get_u16(&r);
	if (out->size > REQUEST_PAYLOAD_MAX)
		return ERROR_MALFORMED;
	bytes_get(&r, out->payload, out->size);
	bytes_get(&r, out->signature, SIGNATURE_SIZE);
	bool known = out->verb >= REQUEST_SESSION && out->verb < REQUEST_VERB_END_;
	return bytes_end(&r) && known ? OK : ERROR_MALFORMED;
}

enum error request_verify(const struct officer_public *officer, const uint8_t station_id[static 16], const void *data,
	size_t size)
{
	uint8_t whole[REQUEST_SIZE_MAX + 16];
	if (size < SIGNATURE_SIZE || size > REQUEST_SIZE_MAX)
		return ERROR_MALFORMED;
	size_t n = signed_part(station_id, data, size - SIGNATURE_SIZE, whole);
	enum error e = officer_verify(officer, DOMAIN, whole, n, (const uint8_t *)data + size - SIGNATURE_SIZE);
	sodium_memzero(whole, sizeof whole);
	return e;
}

const char *request_name(enum request_verb v)
{
	static const char *const names[REQUEST_VERB_END_] = {"?", "session", "user-add", "user-grant", "user-seal",
		"user-revoke", "user-passwd", "custodian-add", "custodian-revoke", "rotate", "reveal-request", "reveal-open",
		"reply", "seize-codes", "clock-confirm",
		"reporter-issue", "reporter-revoke", "reporter-grade", "reporter-list", "ruleset-part", "ruleset-propose",
		"ruleset-approve", "ruleset-reject", "ruleset-rollback", "ruleset-log", "ruleset-text",
		"drill-start", "drill-stop", "drill-list",
		"section-token", "section-revoke", "section-refer", "section-read",
		"first-run", "totp", "notify-test"};
	return (unsigned)v < REQUEST_VERB_END_ ? names[v] : "?";
}

size_t answer_write(const struct answer *a, uint8_t out[static 16384])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, 16384);
	bytes_put_u8(&w, (uint8_t)a->result);
	bytes_put_text(&w, a->text, ANSWER_TEXT_SIZE);
	bytes_put_u16(&w, a->size);
	bytes_put(&w, a->payload, a->size);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

enum error answer_read(const void *data, size_t size, struct answer *out)
{
	struct bytes_reader r;
	*out = (struct answer){0};
	bytes_reader_init(&r, data, size);
	uint8_t result = bytes_get_u8(&r);
	bytes_get_text(&r, out->text, ANSWER_TEXT_SIZE);
	out->size = bytes_get_u16(&r);
	if (result >= ERROR_COUNT_ || out->size > ANSWER_PAYLOAD_MAX)
		return ERROR_MALFORMED;
	out->result = (enum error)result;
	bytes_get(&r, out->payload, out->size);
	return bytes_end(&r) ? OK : ERROR_MALFORMED;
}
