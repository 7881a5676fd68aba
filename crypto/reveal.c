// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/reveal.h"

#include <sodium.h>
#include <string.h>

#include "crypto/words.h"
#include "gateway/base/bytes.h"

#define VERSION 1
#define REQUEST_DOMAIN "tama/reveal-request/1"
#define APPROVAL_DOMAIN "tama/reveal-approval/1"
#define SESSION_DOMAIN "tama/reveal-share/1"
#define APPROVAL_HEAD (1 + 16 + 8 + 4 + 8 + 2)

size_t reveal_request_write(const struct reveal_request *r, uint8_t out[static REVEAL_REQUEST_MAX])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, REVEAL_REQUEST_MAX);
	bytes_put_u8(&w, VERSION);
	bytes_put(&w, r->station_id, 16);
	bytes_put_text(&w, r->station_name, sizeof r->station_name);
	bytes_put_u64(&w, r->reveal_id);
	bytes_put_u64(&w, r->alert_id);
	bytes_put_u32(&w, r->custodian_id);
	bytes_put_u64(&w, (uint64_t)r->at);
	bytes_put_u64(&w, (uint64_t)r->until);
	bytes_put_u8(&w, r->emergency);
	bytes_put_u32(&w, r->others);
	bytes_put_text(&w, r->officer, sizeof r->officer);
	bytes_put(&w, r->officer_sign, sizeof r->officer_sign);
	bytes_put_text(&w, r->handle, sizeof r->handle);
	bytes_put_text(&w, r->reason, sizeof r->reason);
	bytes_put(&w, r->session.key, sizeof r->session.key);
	bytes_put_u16(&w, r->share_size);
	bytes_put(&w, r->share, r->share_size);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

size_t reveal_request_sign(const struct officer_keys *officer, uint8_t *data, size_t size, size_t room)
{
	BUG_IF(room < size + SIGNATURE_SIZE);
	officer_sign(officer, REQUEST_DOMAIN, data, size, data + size);
	return size + SIGNATURE_SIZE;
}

enum error reveal_request_read(const void *data, size_t size, struct reveal_request *out)
{
	struct bytes_reader r;
	struct officer_public officer = {0};
	uint8_t signature[SIGNATURE_SIZE];
	*out = (struct reveal_request){0};
	bytes_reader_init(&r, data, size);
	uint8_t version = bytes_get_u8(&r);
	bytes_get(&r, out->station_id, 16);
	bytes_get_text(&r, out->station_name, sizeof out->station_name);
	out->reveal_id = bytes_get_u64(&r);
	out->alert_id = bytes_get_u64(&r);
	out->custodian_id = bytes_get_u32(&r);
	out->at = (int64_t)bytes_get_u64(&r);
	out->until = (int64_t)bytes_get_u64(&r);
	out->emergency = bytes_get_u8(&r) != 0;
	out->others = bytes_get_u32(&r);
	bytes_get_text(&r, out->officer, sizeof out->officer);
	bytes_get(&r, out->officer_sign, sizeof out->officer_sign);
	bytes_get_text(&r, out->handle, sizeof out->handle);
	bytes_get_text(&r, out->reason, sizeof out->reason);
	bytes_get(&r, out->session.key, sizeof out->session.key);
	out->share_size = bytes_get_u16(&r);
	if (out->share_size > CUSTODY_SHARE_MAX)
		return ERROR_MALFORMED;
	bytes_get(&r, out->share, out->share_size);
	bytes_get(&r, signature, sizeof signature);
	if (!bytes_end(&r))
		return ERROR_MALFORMED;
	if (version != VERSION)
		return ERROR_VERSION;
	memcpy(officer.sign, out->officer_sign, sizeof officer.sign);
	return officer_verify(&officer, REQUEST_DOMAIN, data, size - sizeof signature, signature);
}

// What the share is bound to on its way back: this request of this station, this custodian.
static size_t bind(const uint8_t *head, uint8_t out[static APPROVAL_HEAD])
{
	memcpy(out, head, APPROVAL_HEAD);
	return APPROVAL_HEAD;
}

static enum error own_share(const struct officer_keys *custodian, const struct reveal_request *r, int64_t now,
	struct custody_share *share)
{
	if (now >= r->until)
		return ERROR_TIMEOUT;
	enum error e = custody_share_open(custodian->seal, r->station_id, r->alert_id, r->share, r->share_size, share);
	if (e == OK && share->custodian_id != r->custodian_id)
		e = ERROR_FORGED;
	return e == OK && now >= share->about.expires_at ? ERROR_TIMEOUT : e;
}

enum error reveal_approve(const struct officer_keys *custodian, const struct reveal_request *r, int64_t now,
	uint8_t out[static REVEAL_APPROVAL_MAX], size_t *size)
{
	uint8_t plain[CUSTODY_SHARE_PLAIN(CUSTODY_MAX)], ad[APPROVAL_HEAD];
	struct custody_share share;
	struct bytes_writer w;
	enum error e = own_share(custodian, r, now, &share);
	if (e != OK)
		return e;
	size_t n = custody_share_plain(&share, plain);
	bytes_writer_init(&w, out, REVEAL_APPROVAL_MAX);
	bytes_put_u8(&w, VERSION);
	bytes_put(&w, r->station_id, 16);
	bytes_put_u64(&w, r->reveal_id);
	bytes_put_u32(&w, r->custodian_id);
	bytes_put_u64(&w, (uint64_t)now);
	bytes_put_u16(&w, (uint16_t)(n + SEAL_OVERHEAD));
	e = seal_to(SESSION_DOMAIN, &r->session, ad, bind(out, ad), plain, n, out + APPROVAL_HEAD);
	*size = APPROVAL_HEAD + n + SEAL_OVERHEAD;
	officer_sign(custodian, APPROVAL_DOMAIN, out, *size, out + *size);
	*size += SIGNATURE_SIZE;
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(&share, sizeof share);
	return e;
}

enum error reveal_approval_custodian(const uint8_t station_id[static 16], uint64_t reveal_id, const void *data,
	size_t size, uint32_t *custodian_id)
{
	struct bytes_reader r;
	uint8_t station[16];
	bytes_reader_init(&r, data, size);
	uint8_t version = bytes_get_u8(&r);
	bytes_get(&r, station, sizeof station);
	uint64_t reveal = bytes_get_u64(&r);
	*custodian_id = bytes_get_u32(&r);
	bytes_get_u64(&r);
	uint16_t share = bytes_get_u16(&r);
	if (r.failed || size != APPROVAL_HEAD + (size_t)share + SIGNATURE_SIZE || share > REVEAL_SHARE_MAX ||
		share < SEAL_OVERHEAD)
		return ERROR_MALFORMED;
	if (version != VERSION)
		return ERROR_VERSION;
	return sodium_memcmp(station, station_id, sizeof station) == 0 && reveal == reveal_id ? OK : ERROR_NOT_FOUND;
}

enum error reveal_approval_open(const struct officer_public *custodian, const struct secret *session,
	const uint8_t station_id[static 16], uint64_t alert_id, const void *data, size_t size, struct custody_share *out)
{
	uint8_t plain[CUSTODY_SHARE_PLAIN(CUSTODY_MAX)], ad[APPROVAL_HEAD];
	const uint8_t *octets = data;
	if (size < APPROVAL_HEAD + SEAL_OVERHEAD + SIGNATURE_SIZE || size > REVEAL_APPROVAL_MAX)
		return ERROR_MALFORMED;
	size_t signed_size = size - SIGNATURE_SIZE, sealed = signed_size - APPROVAL_HEAD;
	enum error e = officer_verify(custodian, APPROVAL_DOMAIN, data, signed_size, octets + signed_size);
	if (e == OK)
		e = seal_open(SESSION_DOMAIN, session, ad, bind(octets, ad), octets + APPROVAL_HEAD, sealed, plain);
	if (e == OK)
		e = custody_share_read(plain, sealed - SEAL_OVERHEAD, station_id, alert_id, out);
	sodium_memzero(plain, sizeof plain);
	return e;
}

void reveal_words(const struct reveal_request *r, char *out)
{
	uint8_t what[16 + 8 + 32 + 32];
	memcpy(what, r->station_id, 16);
	for (int i = 0; i < 8; i++)
		what[16 + i] = (uint8_t)(r->alert_id >> (8 * i));
	memcpy(what + 24, r->officer_sign, 32);
	memcpy(what + 56, r->session.key, 32);
	words_of(what, sizeof what, out);
}
