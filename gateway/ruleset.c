// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/ruleset.h"

#include <sodium.h>
#include <string.h>

#define HASH_DOMAIN "tama/ruleset-text/1"
#define SIGN_DOMAIN "tama/ruleset/1"
#define SIGNED_SIZE (16 + 1 + 1 + 8 + RULESET_HASH_SIZE)

const char *ruleset_name(enum ruleset_what w)
{
	return w == RULESET_SHEET ? "sheet" : "rules";
}

void ruleset_hash(const void *text, size_t size, uint8_t out[static RULESET_HASH_SIZE])
{
	crypto_generichash_state s;
	BUG_IF(crypto_generichash_init(&s, NULL, 0, RULESET_HASH_SIZE) != 0);
	crypto_generichash_update(&s, (const uint8_t *)HASH_DOMAIN, sizeof HASH_DOMAIN);
	crypto_generichash_update(&s, text, size);
	crypto_generichash_final(&s, out, RULESET_HASH_SIZE);
}

static void signed_part(const uint8_t station_id[static 16], enum ruleset_what what, enum ruleset_step step,
	uint64_t version, const uint8_t *hash, uint8_t out[static SIGNED_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, SIGNED_SIZE);
	bytes_put(&w, station_id, 16);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u8(&w, (uint8_t)step);
	bytes_put_u64(&w, version);
	bytes_put(&w, hash, RULESET_HASH_SIZE);
	BUG_IF(!bytes_ok(&w));
}

void ruleset_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], enum ruleset_what what,
	enum ruleset_step step, uint64_t version, const uint8_t hash[static RULESET_HASH_SIZE],
	uint8_t out[static SIGNATURE_SIZE])
{
	uint8_t part[SIGNED_SIZE];
	signed_part(station_id, what, step, version, hash, part);
	officer_sign(keys, SIGN_DOMAIN, part, sizeof part, out);
}

enum error ruleset_verify(const struct officer_public *p, const uint8_t station_id[static 16], enum ruleset_what what,
	enum ruleset_step step, uint64_t version, const uint8_t hash[static RULESET_HASH_SIZE],
	const uint8_t signature[static SIGNATURE_SIZE])
{
	uint8_t part[SIGNED_SIZE];
	signed_part(station_id, what, step, version, hash, part);
	return officer_verify(p, SIGN_DOMAIN, part, sizeof part, signature);
}

static void put_info(struct bytes_writer *w, const struct ruleset_info *i)
{
	bytes_put_u64(w, i->version);
	bytes_put_text(w, i->state, sizeof i->state);
	bytes_put(w, i->hash, sizeof i->hash);
	bytes_put_u32(w, i->size);
	bytes_put_u64(w, (uint64_t)i->proposed_at);
	bytes_put_u64(w, (uint64_t)i->approved_at);
	bytes_put_u64(w, (uint64_t)i->rolled_at);
	bytes_put_text(w, i->proposed_by, sizeof i->proposed_by);
	bytes_put_text(w, i->approved_by, sizeof i->approved_by);
	bytes_put_text(w, i->rolled_by, sizeof i->rolled_by);
	bytes_put_text(w, i->comment, sizeof i->comment);
}

static void get_info(struct bytes_reader *r, struct ruleset_info *i)
{
	i->version = bytes_get_u64(r);
	bytes_get_text(r, i->state, sizeof i->state);
	bytes_get(r, i->hash, sizeof i->hash);
	i->size = bytes_get_u32(r);
	i->proposed_at = (int64_t)bytes_get_u64(r);
	i->approved_at = (int64_t)bytes_get_u64(r);
	i->rolled_at = (int64_t)bytes_get_u64(r);
	bytes_get_text(r, i->proposed_by, sizeof i->proposed_by);
	bytes_get_text(r, i->approved_by, sizeof i->approved_by);
	bytes_get_text(r, i->rolled_by, sizeof i->rolled_by);
	bytes_get_text(r, i->comment, sizeof i->comment);
}

size_t ruleset_page_write(const struct ruleset_page *p, uint8_t *out, size_t room)
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, room);
	bytes_put_u64(&w, p->next);
	bytes_put_u64(&w, p->active);
	bytes_put_u64(&w, p->running);
	bytes_put_u8(&w, p->approved);
	bytes_put_u16(&w, p->count);
	for (size_t i = 0; i < p->count; i++)
		put_info(&w, &p->list[i]);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

enum error ruleset_page_read(const void *data, size_t size, struct ruleset_page *out)
{
	struct bytes_reader r;
	*out = (struct ruleset_page){0};
	bytes_reader_init(&r, data, size);
	out->next = bytes_get_u64(&r);
	out->active = bytes_get_u64(&r);
	out->running = bytes_get_u64(&r);
	uint8_t approved = bytes_get_u8(&r);
	uint16_t count = bytes_get_u16(&r);
	if (approved > 1 || count > RULESET_PAGE)
		return ERROR_MALFORMED;
	out->approved = approved;
	out->count = count;
	for (size_t i = 0; i < count; i++)
		get_info(&r, &out->list[i]);
	return bytes_end(&r) ? OK : ERROR_MALFORMED;
}
