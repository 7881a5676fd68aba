// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The payloads of REQUEST_REVEAL and of its answer, between the officer's program and triage.

#include "crypto/reveal.h"
#include "gateway/base/bytes.h"

#define REVEAL_NUMBER_DOMAIN "tama/reveal-number/1" // the opened number, sealed to the officer; bound to station, reveal
#define REVEAL_ASKED_SIZE (8 + 8 + 8 + 8 + 4 + SEAL_PUBLIC_SIZE)

struct reveal_ask {
	uint64_t alert_id;
	bool emergency;
	char reason[REVEAL_REASON_SIZE];
};

struct reveal_asked {
	uint64_t reveal_id;
	int64_t at, opens_at, until;
	uint32_t others;
	struct seal_public session;
};

static inline size_t reveal_ask_write(const struct reveal_ask *a, uint8_t out[static 9 + REVEAL_REASON_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, 9 + REVEAL_REASON_SIZE);
	bytes_put_u64(&w, a->alert_id);
	bytes_put_u8(&w, a->emergency);
	bytes_put_text(&w, a->reason, REVEAL_REASON_SIZE);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

MUST_CHECK static inline enum error reveal_ask_read(struct bytes_reader *r, struct reveal_ask *out)
{
	out->alert_id = bytes_get_u64(r);
	out->emergency = bytes_get_u8(r) != 0;
	bytes_get_text(r, out->reason, REVEAL_REASON_SIZE);
	return bytes_end(r) ? OK : ERROR_MALFORMED;
}

static inline size_t reveal_asked_write(const struct reveal_asked *a, uint8_t out[static REVEAL_ASKED_SIZE])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out, REVEAL_ASKED_SIZE);
	bytes_put_u64(&w, a->reveal_id);
	bytes_put_u64(&w, (uint64_t)a->at);
	bytes_put_u64(&w, (uint64_t)a->opens_at);
	bytes_put_u64(&w, (uint64_t)a->until);
	bytes_put_u32(&w, a->others);
	bytes_put(&w, a->session.key, SEAL_PUBLIC_SIZE);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

MUST_CHECK static inline enum error reveal_asked_read(const void *data, size_t size, struct reveal_asked *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, data, size);
	out->reveal_id = bytes_get_u64(&r);
	out->at = (int64_t)bytes_get_u64(&r);
	out->opens_at = (int64_t)bytes_get_u64(&r);
	out->until = (int64_t)bytes_get_u64(&r);
	out->others = bytes_get_u32(&r);
	bytes_get(&r, out->session.key, SEAL_PUBLIC_SIZE);
	return bytes_end(&r) ? OK : ERROR_MALFORMED;
}
