// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_reporter.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/reporter.h"
#include "gateway/store_reporter.h"
#include "gateway/triage_alert.h"
#include "gateway/triage_request.h"

#define CODE_DOMAIN "tama/reporter-code/1"
#define RECORD_DOMAIN "tama/reporter-record/1"
#define PERSON_DOMAIN "tama/reporter-person/1"
#define JUDGED_DOMAIN "tama/reporter-judged/1"
#define LAST_NAME "reporter_last"
#define GUESSES_A_HANDLE 3
#define GUESSES_A_DAY 20

const char *triage_source_name(enum source_state s)
{
	static const char *const names[] = {"none", "known", "revoked", "unknown", "several", "doubted"};
	return names[s];
}

const char *triage_source_note(enum source_state s)
{
	static const char *const notes[] = {
		[SOURCE_REVOKED] = "it bears a reporter code that was revoked: its card may be in other hands",
		[SOURCE_UNKNOWN] = "it bears a reporter code that this station never gave out",
		[SOURCE_SEVERAL] = "it bears several reporter codes: none of them is believed",
		[SOURCE_DOUBTED] = "its sender tried several codes that were never given out: the code in it is not believed",
		[SOURCE_NONE] = NULL, [SOURCE_KNOWN] = NULL};
	return notes[s];
}

// ---- keys and records -----------------------------------------------------------------------------------------------

void triage_source_forget(struct triage *t)
{
	sodium_memzero(&t->keys->reporters, sizeof t->keys->reporters);
}

// ERROR_NOT_FOUND: no code was ever given out, or a seizure made all void.
static enum error load_key(struct triage *t, bool create)
{
	struct triage_reporters *k = &t->keys->reporters;
	if (k->has_key)
		return OK;
	if (k->looked && !create)
		return ERROR_NOT_FOUND;
	struct secret *key = NULL;
	enum error e = keyfile_read(&t->process.config, t->kek, TRIAGE_REPORTERS_KEY, KEY_SIZE, &key);
	if (e == ERROR_NOT_FOUND && create) {
		e = secret_random(KEY_SIZE, &key);
		if (e == OK)
			e = keyfile_write(&t->process.config, t->kek, TRIAGE_REPORTERS_KEY, key);
	}
	if (e == OK)
		memcpy(k->key, secret_view(key), KEY_SIZE);
	k->has_key = e == OK;
	k->looked = true;
	secret_destroy(key);
	return e;
}

static void code_tag(const struct triage *t, const char *code, uint8_t tag[static STORE_TAG_SIZE])
{
	pseudonym_tag(t->keys->reporters.key, CODE_DOMAIN, code, strlen(code), tag);
}

static void seal_record(const struct triage *t, const struct reporter *r, uint8_t out[static STORE_REPORTER_MAX])
{
	uint8_t plain[REPORTER_RECORD_SIZE], ad[24];
	reporter_write(r, plain);
	wrap_seal(t->keys->reporters.key, RECORD_DOMAIN, ad, triage_bind(t, r->id, ad), plain, sizeof plain, out);
	sodium_memzero(plain, sizeof plain);
}

static enum error open_record(const struct triage *t, uint32_t id, const void *sealed, size_t size, struct reporter *out)
{
	uint8_t plain[REPORTER_RECORD_SIZE], ad[24];
	if (size != sizeof plain + WRAP_OVERHEAD)
		return ERROR_MALFORMED;
	enum error e = wrap_open(t->keys->reporters.key, RECORD_DOMAIN, ad, triage_bind(t, id, ad), sealed, size, plain);
	if (e == OK)
		e = reporter_read(plain, out);
	sodium_memzero(plain, sizeof plain);
	return e;
}

// By code, or by id where `code` is NULL.
static enum error get_record(struct triage *t, const char *code, uint32_t id, struct reporter *out)
{
	uint8_t sealed[STORE_REPORTER_MAX], tag[STORE_TAG_SIZE];
	size_t size;
	enum error e = load_key(t, false);
	if (e != OK)
		return e;
	if (code)
		code_tag(t, code, tag);
	e = store_reporter_get(t->store, code ? tag : NULL, &id, sealed, sizeof sealed, &size);
	return e == OK ? open_record(t, id, sealed, size, out) : e;
}

static enum error put_record(struct triage *t, const struct reporter *r)
{
	uint8_t sealed[STORE_REPORTER_MAX];
	seal_record(t, r, sealed);
	return store_reporter_put(t->store, r->id, sealed, REPORTER_RECORD_SIZE + WRAP_OVERHEAD);
}

// ---- codes in texts -------------------------------------------------------------------------------------------------

static struct triage_guess *guess_of(struct triage_reporters *k, const uint8_t who[static TAG_SIZE], bool create)
{
	for (size_t i = 0; i < ARRAY_LENGTH(k->guesses); i++)
		if (k->guesses[i].count && !sodium_memcmp(k->guesses[i].who, who, TAG_SIZE))
			return &k->guesses[i];
	if (!create)
		return NULL;
	struct triage_guess *g = &k->guesses[k->guess_turn++ % ARRAY_LENGTH(k->guesses)];
	g->count = 0;
	memcpy(g->who, who, TAG_SIZE);
	return g;
}

// Somebody invents codes, or cards of another station are about: said once a day.
static enum error count_guess(struct triage *t, const uint8_t who[static TAG_SIZE])
{
	struct triage_reporters *k = &t->keys->reporters;
	struct triage_guess *g = guess_of(k, who, true);
	int64_t today = (int64_t)time(NULL) / 86400;
	if (g->count < GUESSES_A_HANDLE)
		g->count++;
	if (k->guess_day != today)
		k->guesses_today = 0;
	k->guess_day = today;
	if (++k->guesses_today != GUESSES_A_DAY)
		return OK;
	return triage_notice(t, 4, "Tama: %d texts of today bear reporter codes that were never given out. Somebody may be trying "
				   "codes to be believed, or cards of another station are about. Codes that are tried so are worth nothing.",
		GUESSES_A_DAY);
}

static bool is_one_code(const struct reading_set *parsed)
{
	for (size_t i = 1; i < parsed->reporter_count; i++)
		if (strcmp(parsed->reporters[0].code, parsed->reporters[i].code) != 0)
			return false;
	return true;
}

enum error triage_source_find(struct triage *t, const struct reading_set *parsed, const uint8_t who[static TAG_SIZE],
	struct triage_source *out)
{
	struct reporter r;
	*out = (struct triage_source){.grade = 'F'};
	if (!parsed->reporter_count)
		return OK;
	const struct triage_guess *g = guess_of(&t->keys->reporters, who, false);
	out->state = !is_one_code(parsed) ? SOURCE_SEVERAL : g && g->count >= GUESSES_A_HANDLE ? SOURCE_DOUBTED : SOURCE_UNKNOWN;
	if (out->state != SOURCE_UNKNOWN)
		return OK;
	enum error e = get_record(t, parsed->reporters[0].code, 0, &r);
	if (e == ERROR_NOT_FOUND)
		return count_guess(t, who);
	if (e != OK)
		return e;
	out->id = r.id;
	out->state = r.revoked ? SOURCE_REVOKED : SOURCE_KNOWN;
	out->grade = r.revoked ? 'F' : reporter_grade(&r);
	r.texts++;
	e = put_record(t, &r);
	sodium_memzero(&r, sizeof r);
	return e;
}

void triage_source_tag(const struct triage *t, uint32_t id, uint8_t tag[static TAG_SIZE])
{
	pseudonym_tag(t->keys->working, PERSON_DOMAIN, &id, sizeof id, tag);
}

// ---- what officers found out ------------------------------------------------------------------------------------------

struct closed {
	uint64_t incident;
};

static bool read_closed(void *ctx, const struct store_alert *a)
{
	((struct closed *)ctx)->incident = a->incident;
	return true;
}

// An incident counts once for a reporter, however often he wrote about it.
static enum error is_fresh(struct triage *t, uint64_t alert_id, uint32_t id, bool *fresh)
{
	struct closed c = {0};
	uint64_t what[3] = {0};
	uint8_t tag[STORE_TAG_SIZE];
	enum error e = store_alert_get(t->store, alert_id, read_closed, &c);
	if (e != OK)
		return e;
	what[0] = id;
	what[1] = c.incident;
	what[2] = c.incident ? 0 : alert_id;
	pseudonym_tag(t->keys->working, JUDGED_DOMAIN, what, sizeof what, tag);
	return store_judged_add(t->store, tag, fresh);
}

enum error triage_source_judge(struct triage *t, uint64_t alert_id, const char *outcome)
{
	struct reporter r;
	uint32_t id;
	bool counts, fresh = false, confirmed = !strcmp(outcome, "confirmed");
	if (!confirmed && strcmp(outcome, "false") != 0)
		return OK;
	enum error e = triage_origin_reporter(t, alert_id, &id, &counts);
	if (e == ERROR_NOT_FOUND || (e == OK && (!id || !counts)))
		return OK;
	if (e == OK)
		e = get_record(t, NULL, id, &r);
	if (e == ERROR_NOT_FOUND)
		return OK; // before a seizure
	if (e == OK)
		e = is_fresh(t, alert_id, id, &fresh);
	if (e != OK || !fresh)
		return e;
	uint16_t *n = confirmed ? &r.confirmed : &r.wrong;
	*n = (uint16_t)(*n + (*n < UINT16_MAX));
	e = put_record(t, &r);
	sodium_memzero(&r, sizeof r);
	return e;
}

// ---- what supervisors ask ---------------------------------------------------------------------------------------------

static enum error malformed(struct asking *a)
{
	return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
}

// A code that nobody has yet.
static enum error add_code(struct triage *t, struct reporter *r, char code[static REPORTER_SIZE])
{
	uint8_t tag[STORE_TAG_SIZE], sealed[STORE_REPORTER_MAX];
	enum error e = ERROR_EXISTS;
	seal_record(t, r, sealed);
	for (int tries = 0; e == ERROR_EXISTS && tries < 100; tries++) {
		reporter_code(randombytes_uniform(REPORTER_NUMBERS), code);
		code_tag(t, code, tag);
		struct store_reporter row = {.id = r->id, .body = sealed, .body_size = REPORTER_RECORD_SIZE + WRAP_OVERHEAD};
		memcpy(row.tag, tag, sizeof row.tag);
		e = store_reporter_issue(t->store, &row);
	}
	return e;
}

static enum error issue_codes(struct triage *t, struct reporter *r, unsigned count, struct bytes_writer *w)
{
	char code[REPORTER_SIZE];
	uint32_t last = 0;
	size_t size;
	enum error e = load_key(t, true);
	if (e == OK)
		e = store_meta_get(t->store, LAST_NAME, &last, sizeof last, &size);
	e = e == ERROR_NOT_FOUND ? OK : e;
	for (unsigned i = 0; i < count && e == OK; i++) {
		r->id = ++last;
		e = add_code(t, r, code);
		bytes_put_u32(w, r->id);
		bytes_put(w, code, sizeof code);
	}
	sodium_memzero(code, sizeof code);
	return e == OK ? store_meta_put(t->store, LAST_NAME, &last, sizeof last) : e;
}

enum error triage_reporter_issue(struct triage *t, struct asking *a)
{
	uint8_t plain[REPORTER_ISSUE_MAX * (4 + REPORTER_SIZE)];
	struct bytes_writer w;
	struct reporter r = {.issued_at = (int64_t)time(NULL)};
	unsigned count = bytes_get_u8(&a->payload);
	bytes_get_text(&a->payload, r.place, sizeof r.place);
	bytes_get_text(&a->payload, r.note, sizeof r.note);
	if (!bytes_end(&a->payload) || count < 1 || count > REPORTER_ISSUE_MAX)
		return malformed(a);
	if (*r.place && sheet_place_of_code(t->sheet, r.place) < 0)
		return asking_refuse(a, ERROR_ARGUMENT, "the sheet has no place \"%s\"; give its code with its check letter", r.place);
	memcpy(r.issued_by, a->request->officer, sizeof r.issued_by);
	bytes_writer_init(&w, plain, sizeof plain);
	enum error e = issue_codes(t, &r, count, &w);
	if (e == OK)
		e = seal_to(REPORTER_CODES_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, plain, w.at,
			a->answer->payload);
	if (e == OK)
		a->answer->size = (uint16_t)(w.at + SEAL_OVERHEAD);
	snprintf(a->detail, sizeof a->detail, "codes=%u last=%u", count, (unsigned)r.id);
	sodium_memzero(plain, sizeof plain);
	return e;
}

// Which code is meant: an id, or the code itself.
static enum error find_asked(struct triage *t, struct asking *a, struct reporter *r)
{
	char code[REPORTER_SIZE];
	uint32_t id = bytes_get_u32(&a->payload);
	bytes_get_text(&a->payload, code, sizeof code);
	if (a->payload.failed || (*code && !reporter_code_valid(code)))
		return malformed(a);
	enum error e = get_record(t, *code ? code : NULL, id, r);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, *code ? "this code was never given out" : "there is no reporter %u", (unsigned)id);
	snprintf(a->detail, sizeof a->detail, "reporter=%u", (unsigned)r->id);
	return e;
}

enum error triage_reporter_revoke(struct triage *t, struct asking *a)
{
	struct reporter r;
	enum error e = find_asked(t, a, &r);
	if (e != OK)
		return e;
	bytes_get_text(&a->payload, r.why, sizeof r.why);
	if (!bytes_end(&a->payload))
		return malformed(a);
	if (r.revoked)
		return asking_refuse(a, ERROR_EXISTS, "reporter %u is revoked already", (unsigned)r.id);
	r.revoked = true;
	r.revoked_at = (int64_t)time(NULL);
	snprintf(a->answer->text, sizeof a->answer->text, "reporter %u", (unsigned)r.id);
	return put_record(t, &r);
}

enum error triage_reporter_set_grade(struct triage *t, struct asking *a)
{
	struct reporter r;
	enum error e = find_asked(t, a, &r);
	if (e != OK)
		return e;
	char letter = (char)bytes_get_u8(&a->payload);
	bytes_get_text(&a->payload, r.why, sizeof r.why);
	if (!bytes_end(&a->payload) || (letter && (letter < 'A' || letter > 'F')))
		return malformed(a);
	if (r.revoked)
		return asking_refuse(a, ERROR_REFUSED, "reporter %u is revoked", (unsigned)r.id);
	r.by_hand = letter;
	snprintf(a->answer->text, sizeof a->answer->text, "reporter %u, grade %c", (unsigned)r.id, reporter_grade(&r));
	snprintf(a->detail, sizeof a->detail, "reporter=%u %s", (unsigned)r.id, letter ? "by hand" : "by its reports");
	return put_record(t, &r);
}

struct listing {
	const struct triage *t;
	struct bytes_writer w;
	unsigned count;
};

static bool list_one(void *ctx, const struct store_reporter *row)
{
	struct listing *l = ctx;
	struct reporter r;
	uint8_t plain[REPORTER_RECORD_SIZE];
	if (open_record(l->t, row->id, row->body, row->body_size, &r) != OK)
		return true;
	reporter_write(&r, plain);
	bytes_put(&l->w, plain, sizeof plain);
	sodium_memzero(plain, sizeof plain);
	return ++l->count < REPORTER_PAGE;
}

enum error triage_reporter_list(struct triage *t, struct asking *a)
{
	uint8_t *plain = sodium_malloc(REPORTER_PAGE * REPORTER_RECORD_SIZE);
	struct listing l = {.t = t};
	uint32_t after = bytes_get_u32(&a->payload);
	if (!plain)
		return ERROR_MEMORY;
	bytes_writer_init(&l.w, plain, REPORTER_PAGE * REPORTER_RECORD_SIZE);
	enum error e = bytes_end(&a->payload) ? load_key(t, false) : malformed(a);
	if (e == OK)
		e = store_reporter_list(t->store, after, list_one, &l);
	e = e == ERROR_NOT_FOUND ? OK : e;
	if (e == OK)
		e = seal_to(REPORTER_LIST_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, plain, l.w.at,
			a->answer->payload);
	if (e == OK)
		a->answer->size = (uint16_t)(l.w.at + SEAL_OVERHEAD);
	sodium_free(plain);
	return e;
}
