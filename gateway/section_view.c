// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/section_view.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"

struct section_key {
	uint64_t id;
	struct seal_public public;
	struct secret *secret; // NULL: not sealed to this token
};

struct section_view {
	const struct config *config;
	struct store *store;
	struct store_section_token token;
	struct officer_keys keys;
	struct section_key key; // of the last item
	json_t *entries, *by_id;
	uint64_t *unread;
	size_t unread_count, unread_room, told;
	enum error error;
};

enum error section_view_open(const struct config *c, struct store *store, const char *token, const char *section,
	struct section_view **out)
{
	uint8_t octets[SECTION_TOKEN_SIZE];
	struct section_public public;
	struct section_view *v = calloc(1, sizeof *v);
	if (!v)
		return ERROR_MEMORY;
	v->config = c;
	v->store = store;
	enum error e = section_token_parse(token, octets);
	if (e == OK)
		e = section_token_keys(octets, &public, &v->keys);
	sodium_memzero(octets, sizeof octets);
	if (e == OK)
		e = store_section_token_find(store, public.tag, &v->token);
	if (e == OK && (v->token.revoked || (section && strcmp(section, v->token.section) != 0)))
		e = ERROR_FORGED;
	if (e != OK) {
		section_view_close(v);
		return e == ERROR_NOT_FOUND || e == ERROR_MALFORMED ? ERROR_FORGED : e;
	}
	section_token_name(v->token.id, v->keys.public.name);
	*out = v;
	return OK;
}

void section_view_close(struct section_view *v)
{
	if (!v)
		return;
	officer_keys_finish(&v->keys);
	secret_destroy(v->key.secret);
	json_decref(v->entries);
	json_decref(v->by_id);
	free(v->unread);
	free(v);
}

const char *section_view_name(const struct section_view *v)
{
	return v->token.section;
}

// ---- entries ----------------------------------------------------------------------------------------------------------

static enum error find_key(struct section_view *v, uint64_t id)
{
	uint8_t sealed[SECTION_KEY_SEALED];
	if (v->key.id == id)
		return v->key.secret ? OK : ERROR_NOT_FOUND;
	secret_clear(&v->key.secret);
	v->key.id = id;
	enum error e = store_section_key_public(v->store, id, &v->key.public);
	if (e == OK)
		e = store_section_key_seal_get(v->store, id, v->token.id, sealed);
	if (e == OK)
		e = section_key_open(v->keys.seal, v->config->station_id, id, v->token.section, sealed, sizeof sealed,
			&v->key.secret);
	return e;
}

static void add_record(json_t *entry, const char *text, const uint8_t signature[static SIGNATURE_SIZE])
{
	char hex[2 * SIGNATURE_SIZE + 1];
	sodium_bin2hex(hex, sizeof hex, signature, SIGNATURE_SIZE);
	json_array_append_new(json_object_get(entry, "records"), json_pack("{s:s, s:s}", "text", text, "signature", hex));
}

void section_entry_update(json_t *entry, const json_t *update)
{
	static const char *const taken[] = {"type", "revision", "state", "outcome", "severity", "grade", "sent"};
	json_object_set(entry, "sent_before", json_object_get(entry, json_object_get(entry, "sent") ? "sent" : "from"));
	for (size_t i = 0; i < ARRAY_LENGTH(taken); i++)
		json_object_set(entry, taken[i], json_object_get(update, taken[i]));
}

static void take_record(struct section_view *v, const struct store_section_item *i, const char *text,
	const uint8_t signature[static SIGNATURE_SIZE])
{
	json_t *record = json_loads(text, 0, NULL);
	const char *id = json_string_value(json_object_get(record, "id"));
	json_t *entry = id ? json_object_get(v->by_id, id) : NULL;
	if (id && i->sequence == 0 && !entry) {
		entry = json_deep_copy(record);
		json_object_set_new(entry, "records", json_array());
		json_array_append(v->entries, entry);
		json_object_set_new(v->by_id, id, entry);
	} else if (entry && i->sequence > 0) {
		section_entry_update(entry, record);
	} else {
		entry = NULL; // an update of what came before this token
	}
	if (entry)
		add_record(entry, text, signature);
	json_decref(record);
}

static bool note_unread(struct section_view *v, uint64_t id)
{
	if (v->unread_count == v->unread_room) {
		size_t room = v->unread_room ? 2 * v->unread_room : 64;
		uint64_t *more = reallocarray(v->unread, room, sizeof *more);
		if (!more) {
			v->error = ERROR_MEMORY;
			return false;
		}
		v->unread = more;
		v->unread_room = room;
	}
	v->unread[v->unread_count++] = id;
	return true;
}

static bool open_item(void *ctx, const struct store_section_item *i)
{
	struct section_view *v = ctx;
	cleanup_free char *text = NULL;
	uint8_t signature[SIGNATURE_SIZE];
	enum error e = find_key(v, i->key_id);
	if (e == ERROR_NOT_FOUND)
		return true;
	if (e == OK)
		e = section_record_open(v->key.secret, &v->key.public, v->config->station_id, i->id, v->token.section, i->body,
			i->body_size, &text, signature);
	if (e != OK) {
		v->error = e;
		return false;
	}
	take_record(v, i, text, signature);
	return i->read_at != 0 || note_unread(v, i->id);
}

enum error section_view_entries(struct section_view *v, json_t **out)
{
	json_decref(v->entries);
	json_decref(v->by_id);
	v->entries = json_array();
	v->by_id = json_object();
	v->unread_count = v->told = 0;
	v->error = OK;
	enum error e = store_section_items(v->store, v->token.section, open_item, v);
	e = e == OK ? v->error : e;
	if (e == OK)
		*out = json_incref(v->entries);
	return e;
}

size_t section_view_read_request(struct section_view *v, uint8_t out[static REQUEST_SIZE_MAX])
{
	struct bytes_writer w;
	size_t n = v->unread_count - v->told;
	if (n == 0)
		return 0;
	cleanup_free struct request *r = calloc(1, sizeof *r);
	BUG_IF(!r);
	n = n < SECTION_READS_MAX ? n : SECTION_READS_MAX;
	r->verb = REQUEST_SECTION_READ;
	r->at = (int64_t)time(NULL);
	bytes_writer_init(&w, r->payload, sizeof r->payload);
	bytes_put_u16(&w, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		bytes_put_u64(&w, v->unread[v->told++]);
	BUG_IF(!bytes_ok(&w));
	r->size = (uint16_t)w.at;
	return request_sign(&v->keys, v->config->station_id, r, out);
}
