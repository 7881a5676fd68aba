// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/ruleset.h"

static enum error ask(const struct ruleset_client *c, enum request_verb verb, const void *payload, size_t size)
{
	*c->answer = (struct answer){0};
	enum error e = c->ask(c->ctx, verb, payload, size, c->answer);
	return e == OK ? c->answer->result : e;
}

// What only this officer opens. `out` has room for ANSWER_PAYLOAD_MAX.
static enum error open_answer(const struct ruleset_client *c, uint8_t *out, size_t *size)
{
	if (c->answer->size < SEAL_OVERHEAD)
		return ERROR_MALFORMED;
	*size = c->answer->size - SEAL_OVERHEAD;
	return seal_open(RULESET_ANSWER_DOMAIN, c->keys->seal, c->station_id, 16, c->answer->payload, c->answer->size, out);
}

enum error ruleset_list(const struct ruleset_client *c, enum ruleset_what what, uint64_t before, struct ruleset_page *out)
{
	uint8_t payload[9], plain[ANSWER_PAYLOAD_MAX];
	struct bytes_writer w;
	size_t size;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u64(&w, before);
	enum error e = ask(c, REQUEST_RULESET_LOG, payload, sizeof payload);
	if (e == OK)
		e = open_answer(c, plain, &size);
	return e == OK ? ruleset_page_read(plain, size, out) : e;
}

static enum error fetch_part(const struct ruleset_client *c, enum ruleset_what what, uint64_t version, size_t at,
	uint8_t *plain, size_t *size)
{
	uint8_t payload[13];
	struct bytes_writer w;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u64(&w, version);
	bytes_put_u32(&w, (uint32_t)at);
	enum error e = ask(c, REQUEST_RULESET_TEXT, payload, sizeof payload);
	return e == OK ? open_answer(c, plain, size) : e;
}

enum error ruleset_fetch(const struct ruleset_client *c, enum ruleset_what what, uint64_t version, char **text, size_t *size)
{
	uint8_t plain[ANSWER_PAYLOAD_MAX];
	cleanup_free char *all = NULL;
	size_t at = 0, total = 1, n = 0;
	while (at < total) {
		struct bytes_reader r;
		enum error e = fetch_part(c, what, version, at, plain, &n);
		if (e != OK)
			return e;
		bytes_reader_init(&r, plain, n);
		uint32_t whole = bytes_get_u32(&r);
		if (n <= 4 || whole == 0 || whole > RULESET_TEXT_MAX || (at && whole != total) || n - 4 > whole - at)
			return ERROR_MALFORMED;
		total = whole;
		if (!all && !(all = calloc(1, total + 1)))
			return ERROR_MEMORY;
		bytes_get(&r, all + at, n - 4);
		at += n - 4;
	}
	*text = steal_pointer(&all);
	*size = total;
	return OK;
}

static enum error send_parts(const struct ruleset_client *c, enum ruleset_what what, const char *text, size_t size,
	const uint8_t *hash)
{
	uint8_t payload[REQUEST_PAYLOAD_MAX];
	for (size_t at = 0; at < size; at += RULESET_PART_MAX) {
		struct bytes_writer w;
		bytes_writer_init(&w, payload, sizeof payload);
		bytes_put_u8(&w, (uint8_t)what);
		bytes_put(&w, hash, RULESET_HASH_SIZE);
		bytes_put_u32(&w, (uint32_t)size);
		bytes_put_u32(&w, (uint32_t)at);
		bytes_put(&w, text + at, size - at < RULESET_PART_MAX ? size - at : RULESET_PART_MAX);
		enum error e = ask(c, REQUEST_RULESET_PART, payload, w.at);
		if (e != OK)
			return e;
	}
	return OK;
}

static enum error say(struct answer *a, enum error e, const char *text)
{
	strncpy(a->text, text, sizeof a->text - 1);
	a->result = e;
	return e;
}

enum error ruleset_propose(const struct ruleset_client *c, enum ruleset_what what, const char *text, size_t size,
	const char *comment, uint64_t *version)
{
	uint8_t payload[1 + 8 + RULESET_HASH_SIZE + RULESET_COMMENT_SIZE + SIGNATURE_SIZE], signature[SIGNATURE_SIZE];
	uint8_t hash[RULESET_HASH_SIZE];
	cleanup_free struct ruleset_page *page = calloc(1, sizeof *page);
	struct bytes_writer w;
	if (!page)
		return ERROR_MEMORY;
	if (size == 0 || size > RULESET_TEXT_MAX)
		return say(c->answer, ERROR_TOO_LARGE, "a text of rules has 1 octet to 8 MiB");
	if (strlen(comment) >= RULESET_COMMENT_SIZE)
		return say(c->answer, ERROR_TOO_LARGE, "a comment has at most 199 octets");
	enum error e = ruleset_list(c, what, 0, page);
	if (e != OK)
		return e;
	ruleset_hash(text, size, hash);
	e = send_parts(c, what, text, size, hash);
	if (e != OK)
		return e;
	*version = page->next;
	ruleset_sign(c->keys, c->station_id, what, RULESET_PROPOSE, *version, hash, signature);
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u64(&w, *version);
	bytes_put(&w, hash, sizeof hash);
	bytes_put_text(&w, comment, RULESET_COMMENT_SIZE);
	bytes_put(&w, signature, sizeof signature);
	BUG_IF(!bytes_ok(&w));
	return ask(c, REQUEST_RULESET_PROPOSE, payload, sizeof payload);
}

static enum error sign_and_ask(const struct ruleset_client *c, enum request_verb verb, enum ruleset_step step,
	enum ruleset_what what, uint64_t version, const uint8_t *hash)
{
	uint8_t payload[1 + 8 + RULESET_HASH_SIZE + SIGNATURE_SIZE], signature[SIGNATURE_SIZE];
	struct bytes_writer w;
	ruleset_sign(c->keys, c->station_id, what, step, version, hash, signature);
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u64(&w, version);
	bytes_put(&w, hash, RULESET_HASH_SIZE);
	bytes_put(&w, signature, sizeof signature);
	return ask(c, verb, payload, sizeof payload);
}

enum error ruleset_approve(const struct ruleset_client *c, enum ruleset_what what, uint64_t version,
	const uint8_t hash[static RULESET_HASH_SIZE])
{
	return sign_and_ask(c, REQUEST_RULESET_APPROVE, RULESET_APPROVE, what, version, hash);
}

enum error ruleset_rollback(const struct ruleset_client *c, enum ruleset_what what, uint64_t version,
	const uint8_t hash[static RULESET_HASH_SIZE])
{
	return sign_and_ask(c, REQUEST_RULESET_ROLLBACK, RULESET_ROLLBACK, what, version, hash);
}

enum error ruleset_reject(const struct ruleset_client *c, enum ruleset_what what, uint64_t version)
{
	uint8_t payload[9];
	struct bytes_writer w;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_u8(&w, (uint8_t)what);
	bytes_put_u64(&w, version);
	return ask(c, REQUEST_RULESET_REJECT, payload, sizeof payload);
}
