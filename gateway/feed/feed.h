// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What leaves the station for people: alerts as JSON, CAP 1.2, GeoJSON (RFC 7946) or HXL-tagged CSV. Used by
// `tama export` and by the console's feeds; feed_entry.h makes the entries.
//
// An entry is a JSON object: id, revision, type (alert, update, cancel), status (actual, exercise, test), state, outcome,
// event, event_name, events (when it could be several), sub_event (ACLED's), category (CAP's), expected, areas (of level,
// pcode, name; the widest first, the last is the place), lat, lon, from, until, severity, count, grade, reporters, incident,
// redaction, and records: what the station signed, each {text, signature}. An officer's has what the queue shows too.

#include <jansson.h>
#include <stdint.h>

#include "gateway/base/error.h"

enum feed_format { FEED_JSON, FEED_CAP, FEED_GEOJSON, FEED_HXL, FEED_FORMATS };

struct feed {
	const char *station;    // its name
	const char *sender;     // who the station is to other systems: no space, comma, < or &
	const char *section;    // NULL: an officer's own view
	const char *scheme;     // of the p-codes
	const char *key;        // the public key of the station's records, hex; NULL: nothing is signed
	int64_t now;
	const json_t *entries;  // borrowed
};

int feed_format_of(const char *name);              // "cap" …; -1
const char *feed_format_name(enum feed_format f);
const char *feed_content_type(enum feed_format f);

// The whole document, NUL-terminated; the caller's. CAP: all that is not cancelled as one alert of several infos.
MUST_CHECK enum error feed_write(const struct feed *f, enum feed_format format, char **out, size_t *size);
// One entry as a CAP alert of its own: an Alert, an Update or a Cancel with its references.
MUST_CHECK enum error feed_cap_one(const struct feed *f, const json_t *entry, char **out, size_t *size);
// Who a station is to other systems: "tama-" and eight digits of its id.
const char *feed_sender(const uint8_t station_id[static 16], char out[static 40]);
// An identifier without spaces, commas, < and &; for file names too.
void feed_cap_identifier(const json_t *entry, char out[static 80]);

// ---- inside -----------------------------------------------------------------------------------------------------------
MUST_CHECK enum error feed_json(const struct feed *f, char **out, size_t *size);
MUST_CHECK enum error feed_cap(const struct feed *f, char **out, size_t *size);
MUST_CHECK enum error feed_geojson(const struct feed *f, char **out, size_t *size);
MUST_CHECK enum error feed_hxl(const struct feed *f, char **out, size_t *size);
const char *feed_text(const json_t *entry, const char *key); // never NULL
#define FEED_VALUE_SIZE 24
const char *feed_value(const json_t *entry, const char *key, char out[static FEED_VALUE_SIZE]); // a number as text too
// The area of a level ("region"), NULL when the entry says none; NULL level: the last, which is the place.
const json_t *feed_area(const json_t *entry, const char *level);
