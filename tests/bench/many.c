// SPDX-License-Identifier: GPL-2.0-or-later
// Fills a station's queue with alerts as triage would: each body sealed, each with its pad. many CONFIG COUNT
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/alert.h"
#include "gateway/base/cleanup.h"
#include "gateway/config.h"
#include "gateway/pad.h"
#include "gateway/store.h"

#define BATCH 5000

struct making {
	struct config config;
	struct store *store;
	struct pads *pads;
	uint64_t key_id;
	uint8_t key[KEY_SIZE];
};

static bool seal_one(void *ctx, const struct officer_record *r)
{
	struct making *m = ctx;
	uint8_t sealed[ALERT_KEY_SEALED];
	enum error e = content_key_seal(&r->public.seal, m->config.station_id, m->key_id, "protection", m->key, sealed);
	if (e == OK)
		e = store_content_seal_add(m->store, m->key_id, r->public.name, sealed, sizeof sealed);
	BUG_IF(e != OK);
	return true;
}

static enum error add(struct making *m, uint64_t id, int64_t now)
{
	uint8_t own[KEY_SIZE], pad[KEY_SIZE], key[KEY_SIZE], *sealed = NULL;
	char body[700];
	size_t size = 0;
	int severity = (int)(id * 7919 % 5) + 1;
	int n = snprintf(body, sizeof body,
		"{\"received_at\":\"2026-01-01T00:00:00Z\",\"sent_at\":\"2026-01-01T00:00:00Z\",\"handle\":\"Q2W3P-FDEE5\",\"event\":\"A1\","
		"\"event_name\":\"Attaque en cours\",\"place\":\"12H\",\"place_name\":\"Kayes\",\"pcode\":\"ML010301\",\"area\":\"ML0103\","
		"\"count\":40,\"flags\":[],\"text\":\"A1 12H %llu\",\"readings\":[],\"mends\":[],\"unknown\":[],\"rules\":[\"floor\"],"
		"\"shares\":[],\"notify\":\"\",\"escalate_after_s\":900,\"sheet\":\"Mali\"}", (unsigned long long)id);
	alert_key(m->key, id, own);
	enum error e = pads_make(m->pads, id, pad);
	alert_mix(own, pad, key);
	if (e == OK)
		e = alert_text_seal(key, m->config.station_id, id, "body", body, (size_t)n, &sealed, &size);
	struct store_alert a = {.id = id, .day = now / 86400, .queue = "protection", .state = "new", .severity = severity,
		.key_id = m->key_id, .body = sealed, .body_size = size};
	if (e == OK)
		e = store_alert_add(m->store, &a);
	free(sealed);
	return e;
}

int main(int argc, char **argv)
{
	static struct making m;
	char why[512], path[600];
	uint64_t next = 1, count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	int64_t now = (int64_t)time(NULL);
	BUG_IF(sodium_init() < 0 || count == 0 || config_load(argv[1], &m.config, why) != OK);
	enum error e = store_open(config_file(&m.config, "queue.db", path), true, &m.store);
	if (e == OK)
		e = pads_open(&m.config, true, &m.pads);
	if (e == OK)
		e = store_begin(m.store);
	if (e == OK)
		e = store_content_key_add(m.store, "protection", now / 86400, &m.key_id);
	randombytes_buf(m.key, sizeof m.key);
	if (e == OK)
		e = store_officers_of(m.store, "protection", seal_one, &m);
	if (e == OK)
		e = store_next_alert(m.store, &next);
	for (uint64_t i = 0; i < count && e == OK; i++) {
		e = add(&m, next + i, now);
		if (e == OK && i % BATCH == BATCH - 1)
			e = store_commit(m.store);
		if (e == OK && i % BATCH == BATCH - 1)
			e = store_begin(m.store);
	}
	if (e == OK)
		e = pads_sync(m.pads);
	if (e == OK)
		e = store_commit(m.store);
	if (e != OK)
		fprintf(stderr, "many: %s\n", error_text(e));
	pads_close(m.pads);
	store_close(m.store);
	return e == OK ? 0 : 1;
}
