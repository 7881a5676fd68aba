// SPDX-License-Identifier: GPL-2.0-or-later
// Sections of the mission: their tokens and what each has read; and the feeds that they fetch with a token.
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/feed/feed.h"
#include "gateway/feedkey.h"
#include "gateway/section_view.h"

// ---- for officers -------------------------------------------------------------------------------------------------------

static json_t *find_named(json_t *list, const char *name)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one) {
		const char *n = json_string_value(json_object_get(one, "name"));
		if (n && !strcmp(n, name))
			return one;
	}
	return NULL;
}

// Those that the rules name and that were given nothing yet, too.
void api_sections(struct exchange *x)
{
	json_t *list = NULL, *declared = sections_json(x->console), *one;
	size_t i;
	if (section_list_json(x->console->store, &list) != OK) {
		json_decref(declared);
		http_fail(x, 503, "store", "The sections cannot be read now.");
		return;
	}
	json_array_foreach(declared, i, one) {
		json_t *known = find_named(list, json_string_value(json_object_get(one, "name")));
		if (known) {
			json_object_set(known, "side", json_object_get(one, "side"));
			continue;
		}
		json_array_append_new(list, json_pack("{s:O, s:O, s:i, s:i, s:i, s:n, s:[], s:[]}", "name", json_object_get(one, "name"),
						  "side", json_object_get(one, "side"), "items", 0, "read", 0, "unread", 0, "last_read_at",
						  "tokens", "items_detail"));
	}
	json_decref(declared);
	http_answer(x, 200, list);
}

static void token_made(void *ctx, enum error result, const char *text, const struct answer *answer)
{
	struct exchange *x = ctx;
	struct session *s = session_by_id(x->console, x->session_id);
	uint8_t sealed[SECTION_TOKEN_SIZE + SEAL_OVERHEAD], token[SECTION_TOKEN_SIZE];
	char shown[SECTION_TOKEN_TEXT_SIZE];
	struct bytes_reader r;
	if (result != OK || !answer || !s) {
		api_refused(x, s ? result : ERROR_CLOSED, text);
		return;
	}
	bytes_reader_init(&r, answer->payload, answer->size);
	uint64_t id = bytes_get_u64(&r);
	bytes_get(&r, sealed, sizeof sealed);
	if (!bytes_end(&r) || seal_open(SECTION_TOKEN_DOMAIN, view_keys(s->view)->seal, x->console->process.config.station_id, 16,
				      sealed, sizeof sealed, token) != OK) {
		api_refused(x, ERROR_MALFORMED, NULL);
		return;
	}
	section_token_text(token, shown);
	http_answer(x, 200, json_pack("{s:I, s:s}", "id", (json_int_t)id, "token", shown));
	sodium_memzero(token, sizeof token);
	sodium_memzero(shown, sizeof shown);
}

void api_section_token(struct exchange *x)
{
	uint8_t payload[SECTION_NAME_SIZE];
	struct bytes_writer w;
	const char *section = http_text(x, "section", SECTION_NAME_SIZE - 1);
	if (!section)
		return;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	http_wait(x);
	link_request(x->console, x->session->view, REQUEST_SECTION_TOKEN, payload, w.at, token_made, x);
}

void api_section_revoke(struct exchange *x)
{
	uint8_t payload[SECTION_NAME_SIZE + 8];
	struct bytes_writer w;
	uint64_t id;
	const char *section = http_text(x, "section", SECTION_NAME_SIZE - 1);
	if (!section || !http_id(x, "id", &id))
		return;
	bytes_writer_init(&w, payload, sizeof payload);
	bytes_put_text(&w, section, SECTION_NAME_SIZE);
	bytes_put_u64(&w, id);
	api_ask(x, REQUEST_SECTION_REVOKE, payload, w.at, NULL);
}

// ---- feeds --------------------------------------------------------------------------------------------------------------

static int format_of(const char *file)
{
	static const struct {
		const char *file;
		enum feed_format format;
	} files[] = {{"alerts.json", FEED_JSON}, {"cap.xml", FEED_CAP}, {"alerts.geojson", FEED_GEOJSON}, {"alerts.csv", FEED_HXL}};
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		if (!strcmp(files[i].file, file))
			return (int)files[i].format;
	return -1;
}

// Nothing is shown whose reading is not written down.
static enum error write_down(struct console *c, struct section_view *v)
{
	cleanup_free struct answer *answer = calloc(1, sizeof *answer);
	cleanup_free uint8_t *wire = malloc(REQUEST_SIZE_MAX);
	enum error e = answer && wire ? OK : ERROR_MEMORY;
	size_t size;
	while (e == OK && (size = section_view_read_request(v, wire))) {
		e = link_send_now(c, wire, size, answer);
		e = e == OK ? answer->result : e;
	}
	return e;
}

static enum error answer_feed(struct exchange *x, struct section_view *v, enum feed_format format)
{
	const struct config *k = &x->console->process.config;
	cleanup_free char *text = NULL;
	char sender[40], key[FEEDKEY_TEXT_SIZE];
	size_t size = 0;
	json_t *entries = NULL;
	enum error e = section_view_entries(v, &entries);
	if (e == OK)
		e = write_down(x->console, v);
	struct feed f = {.station = k->station_name, .sender = feed_sender(k->station_id, sender),
		.scheme = sheet_scheme(x->console->sheet), .section = section_view_name(v),
		.key = feedkey_text(k, key) == OK ? key : NULL, .now = (int64_t)time(NULL), .entries = entries};
	if (e == OK)
		e = feed_write(&f, format, &text, &size);
	json_decref(entries);
	if (e == OK) {
		http_bytes(x, 200, feed_content_type(format), text, size, true, NULL, false);
		sodium_memzero(text, size);
	}
	return e;
}

void api_feed(struct exchange *x)
{
	char section[SECTION_NAME_SIZE] = "";
	const char *slash = strchr(x->tail, '/'), *said = http_request_header(x, "Authorization");
	int format = slash ? format_of(slash + 1) : -1;
	struct section_view *v = NULL;
	if (format < 0 || (size_t)(slash - x->tail) >= sizeof section) {
		http_fail(x, 404, "path", "There is no such feed.");
		return;
	}
	memcpy(section, x->tail, (size_t)(slash - x->tail));
	enum error e = said && !strncasecmp(said, "Bearer ", 7) ?
			       section_view_open(&x->console->process.config, x->console->store, said + 7, section, &v) : ERROR_FORGED;
	if (e == OK)
		e = answer_feed(x, v, (enum feed_format)format);
	section_view_close(v);
	if (e == OK)
		return;
	if (e == ERROR_FORGED) {
		http_fail(x, 401, "token", "A token of this section is needed.");
		http_header(x, "WWW-Authenticate", "Bearer");
	} else {
		http_fail(x, 503, "away", "The feed cannot be given now: what is read is written down by the station.");
	}
}
