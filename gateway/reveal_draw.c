// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reveal_draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"

struct handle {
	struct view *view;
	char *text;
	enum error error;
};

static bool read_handle(void *ctx, const struct store_alert *a)
{
	struct handle *h = ctx;
	json_t *one = NULL;
	h->error = view_alert(h->view, a, &one);
	const char *text = json_string_value(json_object_get(one, "handle"));
	snprintf(h->text, REVEAL_HANDLE_SIZE, "%s", text ? text : "");
	json_decref(one);
	return true;
}

enum error reveal_draw_handle(struct view *v, uint64_t alert_id, char out[static REVEAL_HANDLE_SIZE])
{
	struct handle h = {v, out, OK};
	enum error e = store_alert_get(view_store(v), alert_id, read_handle, &h);
	return e == OK ? h.error : e;
}

static void fill(const struct config *c, struct view *v, const struct reveal_ask *ask, const struct reveal_asked *asked,
	const char *handle, struct reveal_request *out)
{
	const struct officer_public *officer = &view_keys(v)->public;
	*out = (struct reveal_request){.reveal_id = asked->reveal_id, .alert_id = ask->alert_id, .at = asked->at,
		.until = asked->until, .emergency = ask->emergency, .others = asked->others, .session = asked->session};
	memcpy(out->station_id, c->station_id, sizeof out->station_id);
	memcpy(out->station_name, c->station_name, sizeof out->station_name);
	memcpy(out->officer, officer->name, sizeof out->officer);
	memcpy(out->officer_sign, officer->sign, sizeof out->officer_sign);
	memcpy(out->reason, ask->reason, sizeof out->reason);
	snprintf(out->handle, sizeof out->handle, "%s", handle);
}

enum error reveal_draw_requests(const struct config *c, struct view *v, const struct reveal_ask *ask,
	const struct reveal_asked *asked, const char *handle, char *words,
	enum error (*one)(void *ctx, uint32_t custodian, const uint8_t *data, size_t size), void *ctx)
{
	uint32_t ids[CUSTODY_MAX];
	uint8_t data[REVEAL_REQUEST_MAX];
	size_t n = 0, share;
	cleanup_free struct reveal_request *r = calloc(1, sizeof *r);
	if (!r)
		return ERROR_MEMORY;
	fill(c, v, ask, asked, handle, r);
	enum error e = store_share_holders(view_store(v), r->alert_id, ids, CUSTODY_MAX, &n);
	for (size_t i = 0; i < n && e == OK; i++) {
		r->custodian_id = ids[i];
		e = store_share_get(view_store(v), r->alert_id, ids[i], r->share, sizeof r->share, &share);
		if (e != OK)
			break;
		r->share_size = (uint16_t)share;
		e = one(ctx, ids[i], data, reveal_request_sign(view_keys(v), data, reveal_request_write(r, data), sizeof data));
	}
	reveal_words(r, words);
	return e;
}

enum error reveal_draw_number(const struct config *c, struct view *v, uint64_t reveal_id, const void *payload,
	size_t size, char out[static CUSTODY_NUMBER_SIZE])
{
	uint8_t ad[24];
	struct bytes_writer w;
	bytes_writer_init(&w, ad, sizeof ad);
	bytes_put(&w, c->station_id, 16);
	bytes_put_u64(&w, reveal_id);
	if (size != CUSTODY_NUMBER_SIZE + SEAL_OVERHEAD)
		return ERROR_MALFORMED;
	return seal_open(REVEAL_NUMBER_DOMAIN, view_keys(v)->seal, ad, sizeof ad, payload, size, (uint8_t *)out);
}
