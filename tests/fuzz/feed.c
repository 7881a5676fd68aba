// SPDX-License-Identifier: GPL-2.0-or-later
// `tama export verify` of any document: nothing counts as signed but what the station signed, and no document with alerts
// is good without it. And what the station writes of any entry is a document that can be read.
#include "gateway/section.h"
#include "tests/fuzz/fuzz.h"

static const char *const signed_texts[] = {"{\"id\":\"a-1\",\"revision\":0,\"event\":\"A1\"}", "{\"id\":\"a-1\",\"revision\":1,\"severity\":4}"};
static enum error verify_seen(const uint8_t *public, const uint8_t *station_id, const char *text, const uint8_t *signature);

static __attribute__((format(printf, 2, 3))) int quiet(FILE *f, const char *format, ...)
{
	(void)f;
	return (int)*format;
}

#define section_record_verify verify_seen
#undef fprintf
#define fprintf quiet // complaints, without end
#include "gateway/export_verify.c"
#undef fprintf
#undef section_record_verify

static enum error verify_seen(const uint8_t *public, const uint8_t *station_id, const char *text, const uint8_t *signature)
{
	enum error e = section_record_verify(public, station_id, text, signature);
	BUG_IF(e == OK && strcmp(text, signed_texts[0]) != 0 && strcmp(text, signed_texts[1]) != 0);
	return e;
}

int cli_usage(const struct cli *cli, const char *why)
{
	(void)cli;
	(void)why;
	abort();
}

int cli_config(struct cli *cli)
{
	(void)cli;
	abort();
}

static bool check_any(struct check *c, const char *text, size_t size)
{
	return *text == '{' ? check_json(c, text, size) : *text == '<' ? check_cap(c, text, size) : check_hxl(c, text, size);
}

static void check_written(const char *text, size_t size)
{
	json_t *whole = json_loadb(text, size, 0, NULL);
	json_t *entries = json_object_get(whole, "alerts"), *one;
	bool objects = json_is_array(entries);
	size_t i;
	json_array_foreach(entries, i, one)
		objects = objects && json_is_object(one);
	struct feed f = {.station = "s", .sender = "tama-1", .section = "health", .scheme = "ML", .key = "00", .now = 1462060800,
		.entries = entries};
	for (int format = 0; objects && format < FEED_FORMATS; format++) {
		struct check c = {.path = "written"};
		char *out = NULL;
		size_t n;
		if (feed_write(&f, (enum feed_format)format, &out, &n) == OK)
			BUG_IF(strlen(out) != n || !check_any(&c, out, n));
		free(out);
	}
	json_decref(whole);
}

static void make_key(uint8_t public[static 32])
{
	uint8_t secret[64];
	static const uint8_t fixed[32] = {9};
	BUG_IF(sodium_init() < 0 || crypto_sign_seed_keypair(public, secret, fixed) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t public[32];
	struct check c = {.path = "foreign"};
	if (!*public)
		make_key(public);
	memcpy(c.public, public, sizeof public);
	char *text = strndup((const char *)data, size);
	BUG_IF(!text);
	size = strlen(text);
	if (check_any(&c, text, size) && c.alerts && !c.wrong)
		BUG_IF(!c.records);
	check_written(text, size);
	free(text);
	return 0;
}
