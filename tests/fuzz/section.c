// SPDX-License-Identifier: GPL-2.0-or-later
// A section's token, and records that are not what the station sealed; and that whatever text it seals comes back.
#include "gateway/section.c"
#include "tests/fuzz/fuzz.h"

static const uint8_t station[16] = {1};
static struct secret *key;
static struct seal_public own;

static void check_token(const char *text)
{
	uint8_t token[SECTION_TOKEN_SIZE];
	char again[SECTION_TOKEN_TEXT_SIZE], name[OFFICER_NAME_SIZE];
	uint64_t id, same;
	if (section_token_parse(text, token) == OK) {
		section_token_text(token, again);
		BUG_IF(strcmp(text, again) != 0);
	}
	if (section_token_id(text, &id)) {
		section_token_name(id, name);
		BUG_IF(!section_token_id(name, &same) || same != id);
	}
}

static void check_text(const char *text)
{
	uint8_t signature[SIGNATURE_SIZE] = {7}, got[SIGNATURE_SIZE], *sealed = NULL;
	char *opened = NULL;
	size_t size;
	enum error e = section_record_seal(&own, station, 5, "health", text, signature, &sealed, &size);
	BUG_IF((e == OK) != (strlen(text) <= SECTION_RECORD_MAX));
	if (e != OK)
		return;
	BUG_IF(section_record_open(key, &own, station, 5, "health", sealed, size, &opened, got) != OK);
	BUG_IF(strcmp(opened, text) != 0 || memcmp(got, signature, sizeof got) != 0);
	char *other = NULL; // another row's
	BUG_IF(section_record_open(key, &own, station, 6, "health", sealed, size, &other, got) == OK);
	free(opened);
	free(sealed);
}

// Under the right key, a plain text of no shape.
static void check_plain(const uint8_t *data, size_t size)
{
	uint8_t ad[AD_SIZE], signature[SIGNATURE_SIZE], *sealed = malloc(size + SEAL_OVERHEAD);
	char *text = NULL;
	BUG_IF(!sealed);
	bind(station, 5, "health", ad);
	BUG_IF(seal_to(RECORD_DOMAIN, &own, ad, sizeof ad, data, size, sealed) != OK);
	if (section_record_open(key, &own, station, 5, "health", sealed, size + SEAL_OVERHEAD, &text, signature) == OK)
		BUG_IF(size < BUCKET || strlen(text) > SECTION_RECORD_MAX || strlen(text) + 2 + SIGNATURE_SIZE > size);
	free(text);
	free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t signature[SIGNATURE_SIZE];
	char *opened = NULL, *text = strndup((const char *)data, size);
	struct secret *stolen = NULL;
	BUG_IF(!text);
	if (!key)
		BUG_IF(sodium_init() < 0 || seal_keypair(&own, &key) != OK);
	check_token(text);
	check_text(text);
	check_plain(data, size);
	BUG_IF(section_record_open(key, &own, station, 5, "health", data, size, &opened, signature) == OK); // not sealed to us
	BUG_IF(section_key_open(key, station, 5, "health", data, size, &stolen) == OK);
	free(text);
	return 0;
}
