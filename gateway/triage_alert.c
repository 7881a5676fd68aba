// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_alert.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/alert.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/reading_json.h"
#include "gateway/triage_reporter.h"
#include "gateway/triage_section.h"
#include "gateway/triage_notify.h"

#define STATION_HANDLE "STATION"

struct draft {
	const struct whole_message *message;
	struct reading_set parsed;
	struct facts facts;
	struct decision decision;
	struct store_alert row;
	uint64_t shared[SHARES_MAX]; // the record of each share; 0: nothing left
	const struct rule_reply *reply;
	const char *reply_text; // in one of its languages
	size_t reply_language;
	char handle[HANDLE_SIZE];
	uint8_t pad[KEY_SIZE];
	uint64_t refers_to;     // one's own last alert, cancelled or corrected by this one; 0: none
	const char *refers_as;
	struct triage_source source;
	struct voice voice;
	uint64_t same_voice;    // an alert of another handle in nearly the same words; 0: none
	bool no_contact;        // the sender said that he must not be written to
	uint8_t who[TAG_SIZE];
	struct trend_said trend;
	struct sheets_used used; // older sheets that said something else
};

static void parse(struct triage *t, const struct whole_message *m, struct reading_set *out, struct sheets_used *used)
{
	if (m->flags & FLAG_BEEP || m->from_station) {
		*out = (struct reading_set){.severity = m->from_station ? m->severity : 3};
		if (m->said && m->place >= 0) {
			out->readings[0] = (struct reading){-1, m->place, -1, false};
			out->count = 1;
		}
		return;
	}
	if (!(m->flags & FLAG_UNDECODED) && triage_drill_runs(t, m->received_at) &&
		sheet_parse_exercise(t->sheet, m->text, m->size, out))
		return;
	sheet_set_parse(&t->sheets, t->sheet, m->text, m->size, m->received_at / 86400, out, used);
	if (m->flags & FLAG_UNDECODED) { // octets shown as hex: what they look like means nothing
		out->count = used->count = 0;
		out->severity = 3;
		out->flags = FLAG_UNDECODED;
	}
}

static enum error join_incident(struct triage *t, struct draft *d, const uint8_t *epoch_key)
{
	uint8_t *who = d->who;
	const struct whole_message *m = d->message;
	int all = 0, reporters = 1;
	bool known = false, ignored;
	triage_origin_tag(m->sender, epoch_key, who);
	enum error e = triage_reporter_add(t, 0, who, 0, m->received_at, &all, &known);
	if (e == OK)
		e = triage_source_find(t, &d->parsed, who, &d->source);
	const uint32_t code = d->source.state == SOURCE_KNOWN ? d->source.id : 0;
	d->facts.sender_known = known || code;
	d->facts.source = d->source.grade;
	d->facts.reporters = 1;
	if (e == OK)
		e = triage_incident_join(t, &d->parsed, epoch_key, m->received_at, &d->row.incident);
	if (e == OK && d->row.incident)
		e = triage_reporter_add(t, d->row.incident, who, code, m->received_at, &reporters, &ignored);
	d->facts.reporters = (unsigned)reporters;
	return e;
}

// Who may have been made to write, or only practises, teaches nothing. What could be two
// things is looked at as the worst of them and not counted as either.
static enum error look_for_trend(struct triage *t, struct draft *d)
{
	static const unsigned void_flags = FLAG_AMBIGUOUS | FLAG_DURESS | FLAG_DRILL | FLAG_FLOOD | FLAG_UNDECODED | FLAG_RAW;
	const struct event *events;
	const struct reading *r = &d->parsed.readings[0];
	const unsigned flags = d->parsed.flags | d->message->flags;
	if (d->parsed.count == 0)
		return OK;
	sheet_events(t->sheet, &events);
	enum event_kind kind = r->event >= 0 ? events[r->event].kind : KIND_ALERT;
	struct trend_report report = {kind == KIND_ALERT ? r->event : -1, r->place, false, d->message->received_at, d->who};
	report.teaches = d->parsed.count == 1 && !(flags & void_flags) && !d->message->tampered &&
			 (kind == KIND_ALERT || kind == KIND_ALL_QUIET);
	return triage_trend_add(t, &report, &d->trend);
}

static bool read_incident(void *ctx, const struct store_alert *a)
{
	*(uint64_t *)ctx = a->incident;
	return true;
}

// "Cancel" and "correct" mean one's own last alert, and stand beside it in its incident. They end nothing: somebody may
// have been made to send them.
static enum error refer_back(struct triage *t, struct draft *d, const uint8_t *epoch_key)
{
	const struct event *events;
	const struct whole_message *m = d->message;
	uint64_t incident = 0;
	sheet_events(t->sheet, &events);
	for (size_t i = 0; i < d->parsed.count; i++) {
		int event = d->parsed.readings[i].event;
		if (event >= 0 && (events[event].kind == KIND_CANCEL || events[event].kind == KIND_CORRECT))
			d->refers_as = event_kind_name(events[event].kind);
	}
	if (!d->refers_as)
		return OK;
	enum error e = triage_origin_last(t, m->sender, d->source.state == SOURCE_KNOWN ? d->source.id : 0, epoch_key,
		m->received_at, &d->refers_to);
	if (e == OK)
		e = store_alert_get(t->store, d->refers_to, read_incident, &incident);
	d->row.incident = d->row.incident ? d->row.incident : incident;
	return e == ERROR_NOT_FOUND ? OK : e;
}

// "Do not write to me" holds in whatever reading it is found. "You may" must be said plainly and by nobody else's hand.
static enum error heed_contact(struct triage *t, struct draft *d)
{
	const struct event *events;
	const struct reading_set *p = &d->parsed;
	const unsigned unsure = FLAG_AMBIGUOUS | FLAG_MENDED | FLAG_DURESS | FLAG_UNDECODED;
	bool stop = false, consent = false;
	enum error e = OK;
	sheet_events(t->sheet, &events);
	for (size_t i = 0; i < p->count; i++) {
		int event = p->readings[i].event;
		stop |= event >= 0 && events[event].kind == KIND_STOP;
		consent |= event >= 0 && events[event].kind == KIND_CONSENT;
	}
	if (stop || (consent && !((p->flags | d->message->flags) & (unsure | FLAG_INCOMPLETE))))
		e = triage_stop_set(t, d->message->sender, stop);
	d->no_contact = triage_stop_has(t, d->message->sender);
	return e;
}

static void decide(const struct triage *t, struct draft *d)
{
	const struct whole_message *m = d->message;
	d->facts.parsed = &d->parsed;
	d->facts.flags = d->parsed.flags | m->flags;
	d->facts.trends = d->trend.signs;
	d->facts.hour = (int)(m->received_at / 3600 % 24);
	rules_decide(t->rules, t->sheet, &d->facts, &d->decision);
	d->row.severity = d->decision.severity;
	memcpy(d->row.queue, d->decision.queue, STORE_QUEUE_SIZE);
	memcpy(d->row.oversight, d->decision.oversight, STORE_QUEUE_SIZE);
	if (!strcmp(d->row.queue, d->row.oversight))
		d->row.oversight[0] = 0;
	memcpy(d->row.state, "new", 4);
	triage_deadline_set(t, &d->row, d->decision.escalate_after_s);
	snprintf(d->row.notify, sizeof d->row.notify, "%s", d->decision.notify);
	d->row.day = m->received_at / 86400;
}

#define ANSWER_WITHIN_S 3600 // a phone that buzzes hours later is not expected to

// Under duress the answer is the one that anybody would get: whoever holds the phone sees no difference.
static const struct rule_reply *own_answer(const struct triage *t, const struct draft *d)
{
	struct facts facts = d->facts;
	struct decision decision;
	const struct whole_message *m = d->message;
	if (m->from_station || d->no_contact || (int64_t)time(NULL) - m->received_at > ANSWER_WITHIN_S ||
		rules_is_reply(t->rules, m->text, m->size))
		return NULL;
	facts.flags &= ~(unsigned)FLAG_DURESS;
	rules_decide(t->rules, t->sheet, &facts, &decision);
	return decision.reply;
}

// Who reads the queue need not learn a code: it is worth something to whoever would like to be believed.
static json_t *text_json(const struct draft *d)
{
	const struct whole_message *m = d->message;
	char *masked = malloc(m->size + 1);
	if (!masked)
		return NULL;
	memcpy(masked, m->text, m->size);
	for (size_t i = 0; i < d->parsed.reporter_count; i++)
		memset(masked + d->parsed.reporters[i].from, '*', d->parsed.reporters[i].to - d->parsed.reporters[i].from);
	json_t *text = json_stringn(masked, m->size);
	sodium_memzero(masked, m->size);
	free(masked);
	return text;
}

static void put_source(json_t *body, const struct draft *d)
{
	const char *note = triage_source_note(d->source.state);
	json_t *notes = json_array();
	json_t *source = json_pack("{s:s, s:s%}", "state", triage_source_name(d->source.state), "grade", &d->source.grade, 1);
	if (d->source.id)
		json_object_set_new(source, "reporter", json_integer(d->source.id));
	json_object_set_new(body, "source", source);
	if (note)
		json_array_append_new(notes, json_pack("{s:s, s:s}", "name", "reporter-code", "text", note));
	if (d->same_voice) {
		char text[160];
		snprintf(text, sizeof text, "nearly the words of alert %llu, minutes before, from another telephone: they may be one person",
			(unsigned long long)d->same_voice);
		json_array_append_new(notes, json_pack("{s:s, s:s, s:I}", "name", "same-voice", "text", text, "alert",
						     (json_int_t)d->same_voice));
	}
	json_object_set_new(body, "notes", notes);
}

// What came under duress is for officers to judge: no rule passes it on. Nor what the station says itself.
static enum error share(struct triage *t, struct draft *d)
{
	struct section_about about = {.alert_id = d->row.id, .incident = d->row.incident, .reporters = (int)d->facts.reporters,
		.severity = d->row.severity, .flags = d->facts.flags, .at = d->message->received_at, .readings = d->parsed.readings,
		.count = d->parsed.count};
	enum error e = OK;
	if (d->message->from_station || d->facts.flags & FLAG_DURESS)
		return OK;
	for (size_t i = 0; i < d->decision.share_count && e == OK; i++) {
		const struct share *s = &d->decision.shares[i];
		e = triage_section_share(t, &about, s->section, (enum share_level)share_level_of(s->level), &d->shared[i]);
	}
	return e;
}

static json_t *shares_json(const struct draft *d)
{
	json_t *list = decision_shares_json(&d->decision), *one;
	size_t i;
	json_array_foreach(list, i, one)
		json_object_set_new(one, "item", d->shared[i] ? json_integer((json_int_t)d->shared[i]) : json_null());
	return list;
}

static char *body_text(const struct triage *t, const struct draft *d)
{
	const struct whole_message *m = d->message;
	json_t *body = json_object();
	json_object_set_new(body, "received_at", time_json(m->received_at));
	json_object_set_new(body, "sent_at", time_json(m->sent_at));
	json_object_set_new(body, "handle", json_string(d->handle));
	reading_json_put(body, t->sheet, d->parsed.count ? &d->parsed.readings[0] : NULL);
	json_object_set_new(body, "flags", flags_json(d->facts.flags));
	json_object_set_new(body, "text", text_json(d));
	put_source(body, d);
	json_object_set_new(body, "readings", readings_json(t->sheet, &d->parsed));
	json_object_set_new(body, "mends", mends_json(&d->parsed));
	json_object_set_new(body, "spans", spans_json(&d->parsed)); // the console colours the text with them
	json_object_set_new(body, "unknown", unknown_json(&d->parsed));
	json_object_set_new(body, "rules", decision_rules_json(&d->decision));
	json_object_set_new(body, "shares", shares_json(d));
	json_object_set_new(body, "notify", json_string(d->decision.notify));
	json_object_set_new(body, "escalate_after_s", json_integer(d->decision.escalate_after_s));
	json_object_set_new(body, "sheet", json_string(sheet_name(t->sheet)));
	if (d->reply)
		json_object_set_new(body, "reply", json_string(d->reply->name));
	if (d->reply)
		json_object_set_new(body, "reply_language", json_string(sheet_language(t->sheet, d->reply_language)));
	if (d->refers_as)
		json_object_set_new(body, "refers_as", json_string(d->refers_as));
	if (d->refers_to)
		json_object_set_new(body, "refers_to", json_integer((json_int_t)d->refers_to));
	if (d->no_contact)
		json_object_set_new(body, "no_contact", json_true());
	if (d->used.count)
		json_object_set_new(body, "other_sheets", other_sheets_json(&d->used, m->text, m->size));
	if (d->trend.sign != TREND_USUAL) {
		json_object_set_new(body, "trend", json_string(d->trend.sentence));
		json_object_set_new(body, "trend_signs", trend_signs_json(d->trend.signs));
	}
	if (m->tampered)
		json_object_set_new(body, "tampered", json_true());
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

static void wiped_free(char *text)
{
	if (text)
		sodium_memzero(text, strlen(text));
	free(text);
}

static enum error seal_oversight(struct triage *t, struct draft *d, const uint8_t key[static KEY_SIZE],
	uint8_t wrap[static ALERT_KEY_WRAPPED])
{
	struct content_key *over;
	if (!*d->row.oversight)
		return OK;
	enum error e = triage_content_key(t, d->row.oversight, d->row.day, &over);
	if (e != OK)
		return e;
	alert_key_wrap(over->key, t->process.config.station_id, d->row.id, key, wrap);
	d->row.oversight_key_id = over->id;
	d->row.oversight_wrap = wrap;
	d->row.oversight_wrap_size = ALERT_KEY_WRAPPED;
	return OK;
}

struct showing {
	const struct triage *t;
	const struct draft *draft;
	const uint8_t *key;
	enum error error;
};

static bool show_under_duress(void *ctx, const struct officer_record *r)
{
	struct showing *s = ctx;
	uint8_t sealed[ALERT_KEY_SEALED];
	char name[DURESS_NAME_SIZE];
	s->error = alert_grant_seal(
		&r->public.seal, s->t->process.config.station_id, s->draft->row.id, s->key, sealed);
	if (s->error == OK)
		s->error = store_grant_add(
			s->t->store, s->draft->row.id, duress_name(r->public.name, name), sealed, sizeof sealed);
	return s->error == OK;
}

// What an officer under duress is shown: all quiet, tests, small things; nothing that names another alert. Every officer
// has such a key, used or not.
static enum error seal_harmless(const struct triage *t, const struct draft *d, const uint8_t key[static KEY_SIZE])
{
	const struct event *events;
	struct showing s = {t, d, key, OK};
	const struct reading *r = &d->parsed.readings[0];
	sheet_events(t->sheet, &events);
	bool quiet = d->parsed.count && r->event >= 0 && events[r->event].kind != KIND_ALERT;
	if (d->message->from_station || d->facts.flags & FLAG_DURESS || d->refers_to || (!quiet && d->row.severity > 2))
		return OK;
	enum error e = store_duress_of(t->store, d->row.queue, show_under_duress, &s);
	return e == OK ? s.error : e;
}

static enum error seal_and_add(struct triage *t, struct draft *d)
{
	uint8_t key[KEY_SIZE], text_key[KEY_SIZE], wrap[ALERT_KEY_WRAPPED];
	struct content_key *content;
	cleanup_free uint8_t *sealed = NULL;
	char *text = NULL;
	enum error e = store_next_alert(t->store, &d->row.id);
	if (e == OK)
		e = share(t, d);
	if (e == OK)
		e = (text = body_text(t, d)) ? OK : ERROR_MEMORY;
	if (e == OK)
		e = pads_make(t->pads, d->row.id, d->pad);
	if (e == OK)
		e = triage_content_key(t, d->row.queue, d->row.day, &content);
	if (e == OK) {
		d->row.key_id = content->id;
		alert_key(content->key, d->row.id, key);
		alert_mix(key, d->pad, text_key);
		e = alert_text_seal(text_key, t->process.config.station_id, d->row.id, "body", text, strlen(text), &sealed,
			&d->row.body_size);
	}
	if (e == OK) {
		d->row.body = sealed;
		e = seal_oversight(t, d, key, wrap);
	}
	if (e == OK)
		e = store_alert_add(t->store, &d->row);
	if (e == OK)
		e = triage_guard_add(t, d->row.id, d->decision.guard);
	if (e == OK)
		e = triage_notify_alert(t, &d->row, d->message->from_station);
	if (e == OK)
		e = seal_harmless(t, d, key);
	sodium_memzero(key, sizeof key);
	sodium_memzero(text_key, sizeof text_key);
	wiped_free(text);
	return e;
}

static void listen_to(struct triage *t, struct draft *d)
{
	const struct whole_message *m = d->message;
	triage_voice_of(m->text, m->size, &d->voice);
	d->voice.at = m->received_at;
	d->voice.incident = d->row.incident;
	d->voice.place = d->parsed.count ? d->parsed.readings[0].place : -1;
	d->voice.vouched = d->source.state == SOURCE_KNOWN;
	memcpy(d->voice.who, d->who, sizeof d->voice.who);
	const struct voice *same = triage_voice_same(t, &d->voice);
	d->same_voice = same ? same->alert_id : 0;
}

// Alerts alone: who reports that all is quiet, or tries the line, shows nothing by it. Under duress others speak.
static bool counts_for_source(const struct triage *t, const struct draft *d)
{
	const struct event *events;
	const struct reading *r = &d->parsed.readings[0];
	sheet_events(t->sheet, &events);
	return d->parsed.count && r->event >= 0 && events[r->event].kind == KIND_ALERT &&
	       !(d->facts.flags & (FLAG_DURESS | FLAG_DRILL));
}

// The number that nobody holds: only t custodians together open it, until the retention ends.
static enum error seal_identity(struct triage *t, const struct draft *d)
{
	uint8_t record[CUSTODY_IDENTITY_SIZE], sealed[CUSTODY_MAX * CUSTODY_SHARE_MAX], mixed[KEY_SIZE];
	const uint8_t *outer;
	int64_t expires = d->message->received_at + config_retention_max(&t->process.config) * 86400;
	struct custody_context about = {.alert_id = d->row.id, .expires_at = expires, .threshold = t->threshold,
		.count = t->custodian_count};
	if (t->custodian_count == 0)
		return OK;
	memcpy(about.station_id, t->process.config.station_id, 16);
	enum error e = triage_outer_key(t, d->row.day, true, &outer);
	if (e == OK) {
		alert_mix(outer, d->pad, mixed);
		e = custody_seal(&about, mixed, d->message->sender, t->custodians, t->custodian_ids, record, sealed);
		sodium_memzero(mixed, sizeof mixed);
	}
	if (e == OK)
		e = store_identity_add(t->store, d->row.id, expires, d->row.day, record);
	for (unsigned i = 0; i < t->custodian_count && e == OK; i++)
		e = store_share_add(t->store, d->row.id, t->custodian_ids[i], sealed + i * CUSTODY_SHARE_MAX,
			CUSTODY_SHARE_PLAIN(t->threshold) + SEAL_OVERHEAD);
	return e;
}

enum error triage_alert(struct triage *t, const struct whole_message *m)
{
	struct draft d = {.message = m, .handle = STATION_HANDLE, .facts = {.reporters = 1}, .source.grade = 'F'};
	const uint8_t *epoch_key;
	if (!t->rules)
		return ERROR_LOCKED;
	enum error e = triage_epoch_key(t, m->received_at, &epoch_key);
	if (e != OK)
		return e;
	parse(t, m, &d.parsed, &d.used);
	if (!m->from_station) {
		triage_clock_network(t, m->sent_at, m->received_at);
		pseudonym_handle(epoch_key, m->sender, d.handle);
		e = join_incident(t, &d, epoch_key);
		if (e == OK)
			e = refer_back(t, &d, epoch_key);
		if (e == OK)
			e = heed_contact(t, &d);
		if (e == OK)
			e = look_for_trend(t, &d);
		listen_to(t, &d);
	} else if (m->said) {
		d.trend = *m->said;
	}
	if (e == OK) {
		decide(t, &d);
		d.reply = own_answer(t, &d);
		if (d.reply)
			d.reply_text = rules_reply_text(d.reply, t->sheet, &d.parsed, &d.reply_language);
		e = seal_and_add(t, &d);
	}
	if (e == OK && !m->from_station)
		e = seal_identity(t, &d);
	if (e == OK && !m->from_station) // under duress nobody is called back
		e = triage_origin_add(t, d.row.id, m->sender, epoch_key, m->received_at, !(d.facts.flags & FLAG_DURESS),
			d.source.state == SOURCE_KNOWN ? d.source.id : 0, counts_for_source(t, &d));
	if (e == OK && d.reply)
		e = triage_acknowledge(t, d.row.id, d.reply_text, d.reply->flash, (int64_t)time(NULL));
	d.voice.alert_id = d.row.id;
	if (e == OK)
		triage_voice_keep(t, &d.voice);
	if (e == OK && d.row.id > t->newest_alert)
		t->newest_alert = d.row.id;
	if (e == OK)
		t->state.counters[TRIAGE_ALERTS]++;
	sodium_memzero(&d, sizeof d);
	return e;
}

enum error triage_notice(struct triage *t, int severity, const char *format, ...)
{
	char text[400];
	struct whole_message m = {.from_station = true, .severity = severity, .received_at = (int64_t)time(NULL), .text = text};
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	m.size = n < (int)sizeof text ? (size_t)n : sizeof text - 1;
	return triage_alert(t, &m);
}

enum error triage_notice_trend(struct triage *t, int place, const struct trend_said *said)
{
	char text[TREND_SENTENCE_SIZE];
	snprintf(text, sizeof text, "%s", said->sentence);
	struct whole_message m = {.from_station = true, .severity = 3, .received_at = (int64_t)time(NULL), .text = text,
		.size = strlen(text), .said = said, .place = place};
	return triage_alert(t, &m);
}
