// SPDX-License-Identifier: GPL-2.0-or-later
// OASIS Common Alerting Protocol 1.2. Times have an offset ("Z" is not allowed there), the order of elements is fixed.
#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/feed/feed.h"

#define NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"

struct cap {
	const struct feed *feed;
	xmlTextWriterPtr w;
	bool failed;
};

// What XML 1.0 has no way to write, and what turns text round, is left out. `out` has room for all of `in`.
static void clean(const char *in, char *out)
{
	size_t n = 0;
	for (const unsigned char *p = (const unsigned char *)in; *p; p++) {
		bool override = p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
		bool nothing = p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe; // U+FFFE, U+FFFF
		if (override || nothing)
			p += 2;
		else if ((*p >= 0x20 || *p == '\n' || *p == '\t') && *p != 0x7f)
			out[n++] = (char)*p;
	}
	out[n] = 0;
}

static void put(struct cap *c, const char *name, const char *text)
{
	cleanup_free char *cleaned = malloc(strlen(text) + 1);
	if (!cleaned) {
		c->failed = true;
		return;
	}
	clean(text, cleaned);
	c->failed |= xmlTextWriterWriteElement(c->w, BAD_CAST name, BAD_CAST cleaned) < 0;
}

static void start(struct cap *c, const char *name)
{
	c->failed |= xmlTextWriterStartElement(c->w, BAD_CAST name) < 0;
}

static void end(struct cap *c)
{
	c->failed |= xmlTextWriterEndElement(c->w) < 0;
}

static void put_pair(struct cap *c, const char *element, const char *name, const char *value)
{
	if (!*value)
		return;
	start(c, element);
	put(c, "valueName", name);
	put(c, "value", value);
	end(c);
}

// "2016-05-01T02:00:00Z" as "2016-05-01T02:00:00-00:00": UTC without a place.
static void put_time(struct cap *c, const char *name, const char *rfc3339)
{
	char text[40];
	if (strlen(rfc3339) < 19)
		return;
	snprintf(text, sizeof text, "%.19s-00:00", rfc3339);
	put(c, name, text);
}

static void now_text(int64_t now, char out[static 32])
{
	struct tm tm;
	time_t t = (time_t)now;
	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void feed_cap_identifier(const json_t *entry, char out[static 80])
{
	char number[FEED_VALUE_SIZE];
	const char *id = feed_value(entry, "id", number);
	size_t n = (size_t)snprintf(out, 80, "tama-%.56s-%d", id, (int)json_integer_value(json_object_get(entry, "revision")));
	for (size_t i = 0; i < n; i++)
		if (strchr(" ,<&/\t\n", out[i]))
			out[i] = '-';
}

// ---- what the words of CAP mean here ----------------------------------------------------------------------------------

static const char *status_of(const json_t *entry)
{
	const char *s = feed_text(entry, "status");
	return !strcmp(s, "exercise") ? "Exercise" : !strcmp(s, "test") ? "Test" : "Actual";
}

static const char *type_of(const json_t *entry)
{
	const char *s = feed_text(entry, "type");
	return !strcmp(s, "update") ? "Update" : !strcmp(s, "cancel") ? "Cancel" : "Alert";
}

static const char *severity_of(const json_t *entry)
{
	static const char *const words[] = {"Unknown", "Minor", "Minor", "Moderate", "Severe", "Extreme"};
	json_int_t n = json_integer_value(json_object_get(entry, "severity"));
	return n >= 1 && n <= 5 ? words[n] : "Unknown";
}

static const char *urgency_of(const json_t *entry)
{
	if (!strcmp(feed_text(entry, "state"), "closed"))
		return "Past";
	if (json_is_true(json_object_get(entry, "expected")))
		return "Expected";
	return json_integer_value(json_object_get(entry, "severity")) >= 4 ? "Immediate" : "Unknown";
}

// Admiralty code: the second sign is how much the information agrees with other information.
static const char *certainty_of(const json_t *entry)
{
	static const char *const words[] = {"Observed", "Likely", "Possible", "Unlikely", "Unlikely", "Unknown"};
	const char *grade = feed_text(entry, "grade"), *outcome = feed_text(entry, "outcome");
	if (!strcmp(outcome, "confirmed"))
		return "Observed";
	if (!strcmp(outcome, "false"))
		return "Unlikely";
	return strlen(grade) == 2 && grade[1] >= '1' && grade[1] <= '6' ? words[grade[1] - '1'] : "Unknown";
}

// ---- one alert --------------------------------------------------------------------------------------------------------

static void put_area(struct cap *c, const json_t *entry)
{
	const json_t *place = feed_area(entry, NULL), *areas = json_object_get(entry, "areas"), *one;
	const json_t *lat = json_object_get(entry, "lat"), *lon = json_object_get(entry, "lon");
	char name[400] = "", circle[64];
	size_t i, at = 0;
	json_array_foreach(areas, i, one)
		if (at < sizeof name - 100)
			at += (size_t)snprintf(name + at, sizeof name - at, "%s%.90s", i ? " / " : "", feed_text(one, "name"));
	start(c, "area");
	put(c, "areaDesc", *name ? name : c->feed->station);
	if (json_is_number(lat) && json_is_number(lon)) {
		snprintf(circle, sizeof circle, "%.5f,%.5f 0", json_number_value(lat), json_number_value(lon));
		put(c, "circle", circle);
	}
	if (place)
		put_pair(c, "geocode", c->feed->scheme, feed_text(place, "pcode"));
	end(c);
}

static void put_description(struct cap *c, const json_t *entry)
{
	char text[700], headline[300], number[FEED_VALUE_SIZE];
	const json_t *place = feed_area(entry, NULL);
	const char *count = feed_value(entry, "count", number), *own = feed_text(entry, "text"), *event = feed_text(entry, "event_name");
	snprintf(headline, sizeof headline, "%.140s – %.120s", *event ? event : "undecoded report", place ? feed_text(place, "name") : "no place");
	put(c, "headline", headline);
	snprintf(text, sizeof text, "Reported between %s and %s.%s%s State: %s%s%s. Grade %s.", feed_text(entry, "from"),
		feed_text(entry, "until"), *count ? " Count: " : "", count, feed_text(entry, "state"),
		*feed_text(entry, "outcome") ? ", " : "", feed_text(entry, "outcome"), feed_text(entry, "grade"));
	if (*own)
		snprintf(text + strlen(text), sizeof text - strlen(text), " Text: %.400s", own);
	put(c, "description", text);
}

static void put_records(struct cap *c, const json_t *entry)
{
	const json_t *one;
	size_t i;
	json_array_foreach(json_object_get(entry, "records"), i, one) {
		put_pair(c, "parameter", "tama:record", feed_text(one, "text"));
		put_pair(c, "parameter", "tama:signature", feed_text(one, "signature"));
	}
}

static void put_info(struct cap *c, const json_t *entry)
{
	const char *category = feed_text(entry, "category");
	char number[FEED_VALUE_SIZE];
	start(c, "info");
	put(c, "language", "fr");
	put(c, "category", *category ? category : "Security");
	put(c, "event", *feed_text(entry, "event_name") ? feed_text(entry, "event_name") : "Undecoded report");
	put(c, "responseType", "Assess");
	put(c, "urgency", urgency_of(entry));
	put(c, "severity", severity_of(entry));
	put(c, "certainty", certainty_of(entry));
	put_pair(c, "eventCode", "tama", feed_text(entry, "event"));
	put_pair(c, "eventCode", "ACLED", feed_text(entry, "sub_event"));
	put_time(c, "onset", feed_text(entry, "from"));
	put(c, "senderName", c->feed->station);
	put_description(c, entry);
	static const char *const parameters[][2] = {{"tama:id", "id"}, {"tama:grade", "grade"}, {"tama:count", "count"},
		{"tama:reporters", "reporters"}, {"tama:redaction", "redaction"}};
	for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++)
		put_pair(c, "parameter", parameters[i][0], feed_value(entry, parameters[i][1], number));
	put_records(c, entry);
	put_area(c, entry);
	end(c);
}

static void put_restriction(struct cap *c)
{
	char text[160];
	snprintf(text, sizeof text, "For %.60s only. Do not pass on. Reports come from people who would be in danger if it were known.",
		c->feed->section ? c->feed->section : "the officers of this station");
	put(c, "scope", "Restricted");
	put(c, "restriction", text);
}

static void put_references(struct cap *c, const json_t *entry)
{
	char identifier[80], text[300];
	json_t *before = json_copy((json_t *)entry);
	json_int_t revision = json_integer_value(json_object_get(entry, "revision"));
	json_object_set_new(before, "revision", json_integer(revision - 1));
	feed_cap_identifier(before, identifier);
	const char *sent = *feed_text(entry, "sent_before") ? feed_text(entry, "sent_before") : feed_text(entry, "from");
	snprintf(text, sizeof text, "%s,%s,%.19s-00:00", c->feed->sender, identifier, sent);
	put(c, "references", text);
	json_decref(before);
}

static void put_alert(struct cap *c, const json_t *entry)
{
	char identifier[80], number[FEED_VALUE_SIZE];
	const char *sent = *feed_text(entry, "sent") ? feed_text(entry, "sent") : feed_text(entry, "from");
	feed_cap_identifier(entry, identifier);
	put(c, "identifier", identifier);
	put(c, "sender", c->feed->sender);
	put_time(c, "sent", sent);
	put(c, "status", status_of(entry));
	put(c, "msgType", type_of(entry));
	put_restriction(c);
	if (strcmp(type_of(entry), "Alert") != 0)
		put_references(c, entry);
	if (*feed_value(entry, "incident", number))
		put(c, "incidents", feed_value(entry, "incident", number));
	put_info(c, entry);
}

// ---- documents --------------------------------------------------------------------------------------------------------

static bool any_is(const struct feed *f, const char *status)
{
	const json_t *one;
	size_t i;
	json_array_foreach(f->entries, i, one)
		if (!strcmp(status_of(one), status))
			return true;
	return false;
}

// A CAP document is one alert: this says which messages are in force now. A drill is not mixed with what is real.
static void put_digest(struct cap *c)
{
	char identifier[120], now[32];
	const json_t *one;
	size_t i, left_out = 0;
	const char *status = any_is(c->feed, "Actual") ? "Actual" : any_is(c->feed, "Test") ? "Test" : any_is(c->feed, "Exercise") ? "Exercise" : "Actual";
	now_text(c->feed->now, now);
	snprintf(identifier, sizeof identifier, "tama-digest-%.40s-%lld", c->feed->section ? c->feed->section : "officers", (long long)c->feed->now);
	for (char *p = identifier; *p; p++)
		if (strchr(" ,<&/", *p))
			*p = '-';
	put(c, "identifier", identifier);
	put(c, "sender", c->feed->sender);
	put_time(c, "sent", now);
	put(c, "status", status);
	put(c, "msgType", "Alert");
	put_restriction(c);
	json_array_foreach(c->feed->entries, i, one)
		left_out += strcmp(type_of(one), "Cancel") == 0 || strcmp(status_of(one), status) != 0;
	if (left_out) {
		char note[96];
		snprintf(note, sizeof note, "%zu messages are not in this digest: cancelled, drills or tests.", left_out);
		put(c, "note", note);
	}
	json_array_foreach(c->feed->entries, i, one)
		if (strcmp(type_of(one), "Cancel") != 0 && strcmp(status_of(one), status) == 0)
			put_info(c, one);
}

static enum error document(const struct feed *f, const json_t *entry, char **out, size_t *size)
{
	struct cap c = {.feed = f};
	xmlBufferPtr buffer = xmlBufferCreate();
	c.w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	if (!c.w) {
		xmlBufferFree(buffer);
		return ERROR_MEMORY;
	}
	xmlTextWriterSetIndent(c.w, 1);
	c.failed |= xmlTextWriterStartDocument(c.w, NULL, "UTF-8", NULL) < 0;
	c.failed |= xmlTextWriterStartElementNS(c.w, NULL, BAD_CAST "alert", BAD_CAST NAMESPACE) < 0;
	if (entry)
		put_alert(&c, entry);
	else
		put_digest(&c);
	c.failed |= xmlTextWriterEndDocument(c.w) < 0;
	xmlFreeTextWriter(c.w);
	*out = c.failed ? NULL : strdup((const char *)xmlBufferContent(buffer));
	*size = *out ? strlen(*out) : 0;
	xmlBufferFree(buffer);
	return *out ? OK : ERROR_MEMORY;
}

enum error feed_cap_one(const struct feed *f, const json_t *entry, char **out, size_t *size)
{
	return document(f, entry, out, size);
}

enum error feed_cap(const struct feed *f, char **out, size_t *size)
{
	return document(f, json_array_size(f->entries) == 1 ? json_array_get(f->entries, 0) : NULL, out, size);
}
