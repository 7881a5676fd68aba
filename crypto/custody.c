// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/custody.h"

#include <sodium.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/base/bytes.h"

#define VERSION 1
#define SHARE_DOMAIN "tama/share/1"
#define IDENTITY_DOMAIN "tama/identity/1"

static size_t identity_ad(const struct custody_context *about, uint8_t out[static 64])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, 64);
	bytes_put(&w, about->station_id, 16);
	bytes_put_u64(&w, about->alert_id);
	bytes_put_u64(&w, (uint64_t)about->expires_at);
	bytes_put_u8(&w, (uint8_t)about->threshold);
	bytes_put_u8(&w, (uint8_t)about->count);
	return w.at;
}

static void identity_key(const uint8_t outer[static KEY_SIZE], const uint8_t scalar[static SCALAR_SIZE],
	uint8_t out[static KEY_SIZE])
{
	crypto_generichash(out, KEY_SIZE, scalar, SCALAR_SIZE, outer, KEY_SIZE);
}

static size_t share_ad(const uint8_t station_id[static 16], uint64_t alert_id, uint8_t out[static 24])
{
	memcpy(out, station_id, 16);
	for (int i = 0; i < 8; i++)
		out[16 + i] = (uint8_t)(alert_id >> (8 * i));
	return 24;
}

size_t custody_share_plain(const struct custody_share *s, uint8_t out[static CUSTODY_SHARE_PLAIN(CUSTODY_MAX)])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, CUSTODY_SHARE_PLAIN(CUSTODY_MAX));
	bytes_put_u8(&w, VERSION);
	bytes_put(&w, s->about.station_id, 16);
	bytes_put_u64(&w, s->about.alert_id);
	bytes_put_u32(&w, s->custodian_id);
	bytes_put_u64(&w, (uint64_t)s->about.expires_at);
	bytes_put_u8(&w, (uint8_t)s->about.threshold);
	bytes_put_u8(&w, (uint8_t)s->about.count);
	bytes_put_u8(&w, s->share.index);
	bytes_put(&w, s->share.value, SCALAR_SIZE);
	bytes_put(&w, s->commitments, SCALAR_SIZE * (size_t)s->about.threshold);
	BUG_IF(!bytes_ok(&w) || w.at != CUSTODY_SHARE_PLAIN(s->about.threshold));
	return w.at;
}

static enum error seal_share(const struct custody_share *s, const struct seal_public *to, uint8_t *sealed)
{
	uint8_t plain[CUSTODY_SHARE_PLAIN(CUSTODY_MAX)], ad[24];
	size_t size = custody_share_plain(s, plain), n = share_ad(s->about.station_id, s->about.alert_id, ad);
	enum error e = seal_to(SHARE_DOMAIN, to, ad, n, plain, size, sealed);
	sodium_memzero(plain, sizeof plain);
	return e;
}

enum error custody_seal(const struct custody_context *about, const uint8_t outer[static KEY_SIZE],
	const char *number, const struct seal_public *custodians, const uint32_t *custodian_ids,
	uint8_t identity[static CUSTODY_IDENTITY_SIZE], uint8_t *sealed)
{
	uint8_t scalar[SCALAR_SIZE], key[KEY_SIZE], ad[64];
	char padded[CUSTODY_NUMBER_SIZE] = {0};
	struct shamir_share shares[SHAMIR_MAX];
	struct custody_share s = {.about = *about};
	if (strlen(number) >= sizeof padded)
		return ERROR_TOO_LARGE;
	memcpy(padded, number, strlen(number));
	crypto_core_ristretto255_scalar_random(scalar);
	identity_key(outer, scalar, key);
	wrap_seal(key, IDENTITY_DOMAIN, ad, identity_ad(about, ad), padded, sizeof padded, identity);
	enum error e = shamir_split(scalar, about->threshold, about->count, shares, s.commitments);
	for (unsigned i = 0; i < about->count && e == OK; i++) {
		s.share = shares[i];
		s.custodian_id = custodian_ids[i];
		e = seal_share(&s, &custodians[i], sealed + i * CUSTODY_SHARE_MAX);
	}
	sodium_memzero(scalar, sizeof scalar);
	sodium_memzero(key, sizeof key);
	sodium_memzero(padded, sizeof padded);
	sodium_memzero(shares, sizeof shares);
	sodium_memzero(&s, sizeof s);
	return e;
}

static enum error parse_share(const uint8_t *plain, size_t size, struct custody_share *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, plain, size);
	*out = (struct custody_share){0};
	if (bytes_get_u8(&r) != VERSION)
		return ERROR_VERSION;
	bytes_get(&r, out->about.station_id, 16);
	out->about.alert_id = bytes_get_u64(&r);
	out->custodian_id = bytes_get_u32(&r);
	out->about.expires_at = (int64_t)bytes_get_u64(&r);
	out->about.threshold = bytes_get_u8(&r);
	out->about.count = bytes_get_u8(&r);
	out->share.index = bytes_get_u8(&r);
	bytes_get(&r, out->share.value, SCALAR_SIZE);
	unsigned t = out->about.threshold, n = out->about.count;
	if (t < 1 || t > n || n > CUSTODY_MAX || out->share.index < 1 || out->share.index > n)
		return ERROR_MALFORMED;
	bytes_get(&r, out->commitments, SCALAR_SIZE * (size_t)t);
	return bytes_end(&r) ? shamir_verify(&out->share, out->commitments, t) : ERROR_MALFORMED;
}

enum error custody_share_read(const uint8_t *plain, size_t size, const uint8_t station_id[static 16], uint64_t alert_id,
	struct custody_share *out)
{
	enum error e = parse_share(plain, size, out);
	if (e == OK && (sodium_memcmp(out->about.station_id, station_id, 16) != 0 || out->about.alert_id != alert_id))
		e = ERROR_NOT_FOUND;
	if (e != OK)
		sodium_memzero(out, sizeof *out);
	return e;
}

enum error custody_share_open(const struct secret *custodian, const uint8_t station_id[static 16],
	uint64_t alert_id, const void *sealed, size_t size, struct custody_share *out)
{
	uint8_t plain[CUSTODY_SHARE_PLAIN(CUSTODY_MAX)], ad[24];
	if (size < SEAL_OVERHEAD || size > CUSTODY_SHARE_MAX)
		return ERROR_MALFORMED;
	enum error e = seal_open(SHARE_DOMAIN, custodian, ad, share_ad(station_id, alert_id, ad), sealed, size, plain);
	if (e == OK)
		e = custody_share_read(plain, size - SEAL_OVERHEAD, station_id, alert_id, out);
	else
		sodium_memzero(out, sizeof *out);
	sodium_memzero(plain, sizeof plain);
	return e;
}

static enum error check_share(const struct custody_context *about, const struct custody_share *s,
	const struct custody_share *first)
{
	const struct custody_context *a = &s->about;
	if (a->alert_id != about->alert_id || memcmp(a->station_id, about->station_id, 16) != 0)
		return ERROR_NOT_FOUND;
	if (a->threshold != about->threshold || a->count != about->count || a->expires_at != about->expires_at ||
		memcmp(s->commitments, first->commitments, SCALAR_SIZE * (size_t)about->threshold) != 0)
		return ERROR_FORGED;
	return shamir_verify(&s->share, s->commitments, about->threshold);
}

enum error custody_open(const struct custody_context *about, const uint8_t outer[static KEY_SIZE],
	const struct custody_share *shares, unsigned share_count, int64_t now,
	const uint8_t identity[static CUSTODY_IDENTITY_SIZE], char number[static CUSTODY_NUMBER_SIZE])
{
	struct shamir_share points[SHAMIR_MAX];
	uint8_t scalar[SCALAR_SIZE], key[KEY_SIZE], ad[64];
	if (share_count < about->threshold || share_count > SHAMIR_MAX)
		return ERROR_REFUSED;
	if (now >= about->expires_at)
		return ERROR_TIMEOUT;
	enum error e = OK;
	for (unsigned i = 0; i < share_count && e == OK; i++) {
		e = check_share(about, &shares[i], &shares[0]);
		points[i] = shares[i].share;
	}
	if (e == OK)
		e = shamir_combine(points, share_count, scalar);
	if (e == OK) {
		identity_key(outer, scalar, key);
		e = wrap_open(key, IDENTITY_DOMAIN, ad, identity_ad(about, ad), identity, CUSTODY_IDENTITY_SIZE,
			(uint8_t *)number);
	}
	if (e == OK && number[CUSTODY_NUMBER_SIZE - 1] != 0)
		e = ERROR_MALFORMED;
	if (e != OK)
		sodium_memzero(number, CUSTODY_NUMBER_SIZE);
	sodium_memzero(points, sizeof points);
	sodium_memzero(scalar, sizeof scalar);
	sodium_memzero(key, sizeof key);
	return e;
}
