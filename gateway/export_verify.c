// SPDX-License-Identifier: GPL-2.0-or-later
// `tama export verify`: whether the station signed what a document says. Needs the station's feed key, not the station.
// Of JSON and GeoJSON every field is compared with what was signed; CAP and HXL carry the signed records beside their own
// words, and these are checked.
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cmd_export.h"
#include "gateway/feedkey.h"
#include "gateway/section_view.h"

#define FILE_MAX (64u << 20)

struct check {
	const char *path;
	uint8_t station_id[16], public[FEEDKEY_PUBLIC_SIZE];
	size_t records, alerts, wrong;
};

static void complain(struct check *c, const char *what, const char *of)
{
	c->wrong++;
	fprintf(stderr, "%s: %s%s%s\n", c->path, what, of ? " of alert " : "", of ? of : "");
}

static bool check_record(struct check *c, const char *text, const char *hex, const char *of)
{
	uint8_t signature[SIGNATURE_SIZE];
	size_t n = 0;
	c->records++;
	if (text && hex && sodium_hex2bin(signature, sizeof signature, hex, strlen(hex), NULL, &n, NULL) == 0 && n == sizeof signature &&
		section_record_verify(c->public, c->station_id, text, signature) == OK)
		return true;
	complain(c, "this station did not sign a record", of);
	return false;
}

// ---- JSON, GeoJSON ----------------------------------------------------------------------------------------------------

// The entry as its records make it; NULL after a complaint.
static json_t *rebuild(struct check *c, const json_t *records, const char *id)
{
	json_t *entry = NULL, *one, *record;
	size_t i;
	json_array_foreach(records, i, one) {
		const char *text = json_string_value(json_object_get(one, "text"));
		bool good = check_record(c, text, json_string_value(json_object_get(one, "signature")), id);
		record = good ? json_loads(text, 0, NULL) : NULL;
		bool ours = record && !strcmp(feed_text(record, "id"), id) && (json_integer_value(json_object_get(record, "revision")) == 0) == (i == 0);
		if (good && !ours)
			complain(c, "a record of another alert, or in another place, stands in the entry", id);
		if (ours && !entry)
			entry = json_incref(record);
		else if (ours)
			section_entry_update(entry, record);
		json_decref(record);
		if (!ours) {
			json_decref(entry);
			return NULL;
		}
	}
	return entry;
}

static void check_entry(struct check *c, const json_t *shown, bool geo)
{
	const char *id = feed_text(shown, "id"), *key;
	const json_t *records = json_object_get(shown, "records");
	json_t *value;
	c->alerts++;
	if (!json_array_size(records)) {
		complain(c, "nothing is signed", id);
		return;
	}
	json_t *entry = rebuild(c, records, id);
	json_object_foreach(entry, key, value)
		if (!(geo && (!strcmp(key, "lat") || !strcmp(key, "lon"))) && !json_equal(value, json_object_get(shown, key)))
			complain(c, "the document says something else than was signed", id);
	json_decref(entry);
}

static bool same_point(const json_t *feature, const json_t *entry)
{
	const json_t *point = json_object_get(json_object_get(feature, "geometry"), "coordinates"), *lon = json_object_get(entry, "lon"),
		     *lat = json_object_get(entry, "lat");
	if (!json_is_number(lon))
		return !point;
	return json_equal(json_array_get(point, 0), lon) && json_equal(json_array_get(point, 1), lat);
}

static void check_feature(struct check *c, const json_t *feature)
{
	const json_t *properties = json_object_get(feature, "properties");
	const char *text = feed_text(json_array_get(json_object_get(properties, "records"), 0), "text");
	check_entry(c, properties, true);
	json_t *first = json_loads(text, 0, NULL);
	if (first && !same_point(feature, first))
		complain(c, "the document shows another point than was signed", feed_text(properties, "id"));
	json_decref(first);
}

static bool check_json(struct check *c, const char *text, size_t size)
{
	json_t *whole = json_loadb(text, size, 0, NULL), *one;
	const json_t *alerts = json_object_get(whole, "alerts"), *features = json_object_get(whole, "features");
	size_t i;
	json_array_foreach(alerts, i, one)
		check_entry(c, one, false);
	json_array_foreach(features, i, one)
		check_feature(c, one);
	json_decref(whole);
	return alerts || features;
}

// ---- CAP --------------------------------------------------------------------------------------------------------------

static char *child_text(xmlNodePtr node, const char *name)
{
	for (xmlNodePtr n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name))
			return (char *)xmlNodeGetContent(n);
	return NULL;
}

static void check_info(struct check *c, xmlNodePtr info)
{
	char *record = NULL;
	size_t before = c->records;
	c->alerts++;
	for (xmlNodePtr n = info->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, "parameter") != 0)
			continue;
		char *name = child_text(n, "valueName"), *value = child_text(n, "value");
		if (name && !strcmp(name, "tama:record")) {
			xmlFree(record);
			record = value;
			value = NULL;
		} else if (name && !strcmp(name, "tama:signature")) {
			check_record(c, record, value, NULL);
		}
		xmlFree(name);
		xmlFree(value);
	}
	xmlFree(record);
	if (c->records == before)
		complain(c, "nothing is signed in an info", NULL);
}

static bool check_cap(struct check *c, const char *text, size_t size)
{
	xmlDocPtr doc = xmlReadMemory(text, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlNodePtr root = doc ? xmlDocGetRootElement(doc) : NULL;
	bool is_alert = root && !strcmp((const char *)root->name, "alert");
	for (xmlNodePtr n = is_alert ? root->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "info"))
			check_info(c, n);
	xmlFreeDoc(doc);
	return is_alert;
}

// ---- HXL --------------------------------------------------------------------------------------------------------------

// One cell of RFC 4180 into `out`, which has room for all that is left; gives what is behind it. *last: of its row.
static const char *get_cell(const char *at, char *out, bool *last)
{
	bool quoted = *at == '"';
	at += quoted;
	for (; *at && (quoted || !strchr(",\r\n", *at)); at++) {
		if (quoted && *at == '"' && *++at != '"')
			break;
		*out++ = *at;
	}
	*out = 0;
	*last = *at != ',';
	while (*last && (*at == '\r' || *at == '\n'))
		at++;
	return *at == ',' ? at + 1 : at;
}

static bool check_hxl(struct check *c, const char *text, size_t size)
{
	cleanup_free char *cell = malloc(size + 1), *record = calloc(1, size + 1);
	int row = 0, column = 0, record_at = -1, signature_at = -1;
	bool last, found = false;
	if (!cell || !record)
		return false;
	for (const char *at = text; *at;) {
		at = get_cell(at, cell, &last);
		if (row == 1 && !strcmp(cell, "#meta+record"))
			record_at = column;
		if (row == 1 && !strcmp(cell, "#meta+signature"))
			signature_at = column;
		if (row > 1 && column == record_at)
			strcpy(record, cell);
		if (row > 1 && column == signature_at) {
			check_record(c, record, cell, NULL);
			found = true;
		}
		if (row > 1 && last && !found)
			complain(c, "nothing is signed in a row", NULL);
		found = found && !last;
		column = last ? 0 : column + 1;
		c->alerts += last && row > 1;
		row += last;
	}
	return record_at >= 0 && signature_at > record_at;
}

// ---- the file ---------------------------------------------------------------------------------------------------------

static char *read_file(const char *path, size_t *size)
{
	cleanup_file FILE *f = fopen(path, "rbe");
	char *text = f ? malloc(FILE_MAX + 1) : NULL;
	if (!text)
		return NULL;
	*size = fread(text, 1, FILE_MAX, f);
	text[*size] = 0;
	if (!ferror(f) && feof(f) && strlen(text) == *size)
		return text;
	free(text);
	return NULL;
}

static int find_key(const struct export_call *x, struct check *c)
{
	char text[FEEDKEY_TEXT_SIZE];
	if (!x->key) {
		int status = cli_config(x->cli);
		if (status != EXIT_DONE)
			return status;
		if (feedkey_text(&x->cli->config, text) != OK) {
			fprintf(stderr, "tama: this station has no feed key yet; --key gives that of another\n");
			return EXIT_USAGE;
		}
	}
	if (feedkey_parse(x->key ? x->key : text, c->station_id, c->public) != OK)
		return cli_usage(x->cli, "--key wants what `tama section key` prints at the station");
	return EXIT_DONE;
}

int export_verify(const struct export_call *x, const char *path)
{
	struct check c = {.path = path};
	size_t size = 0;
	int status = find_key(x, &c);
	if (status != EXIT_DONE)
		return status;
	cleanup_free char *text = read_file(path, &size);
	if (!text) {
		fprintf(stderr, "tama: %s: cannot be read, or is no text\n", path);
		return EXIT_USAGE;
	}
	bool known = *text == '{' ? check_json(&c, text, size) : *text == '<' ? check_cap(&c, text, size) : check_hxl(&c, text, size);
	if (!known) {
		fprintf(stderr, "tama: %s: expected a feed of Tama: JSON, GeoJSON, CAP or HXL\n", path);
		return EXIT_USAGE;
	}
	if (x->cli->json)
		printf("{\"alerts\": %zu, \"records\": %zu, \"wrong\": %zu}\n", c.alerts, c.records, c.wrong);
	else if (!c.wrong)
		printf("%zu records of %zu alerts: signed by this station\n", c.records, c.alerts);
	return c.wrong ? EXIT_FOUND : EXIT_DONE;
}
