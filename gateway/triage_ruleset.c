// SPDX-License-Identifier: GPL-2.0-or-later
// Proposals, approvals and roll-backs of rules and sheets. One person proposes, another one approves; both sign. Going
// back needs one: at three in the morning the second may be asleep, and nothing comes into force that two have not
// approved before. The chain says that it was one; who fears a version rejects it, and nobody goes back to it.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/triage_request.h"
#include "gateway/triage_rules.h"

#define OPEN_MAX 20 // proposals that wait for a second person

static enum error malformed(struct asking *a)
{
	return asking_refuse(a, ERROR_MALFORMED, "the request is malformed; are both of one version of Tama?");
}

static bool get_what(struct asking *a, enum ruleset_what *what)
{
	uint8_t w = bytes_get_u8(&a->payload);
	*what = (enum ruleset_what)w;
	return w >= RULESET_RULES && w < RULESET_END_;
}

static uint64_t get_version(struct asking *a)
{
	uint64_t version = bytes_get_u64(&a->payload);
	return version >> 56 ? 0 : version; // as it is bound
}

// The mistakes go to who asked; the chain gets their number alone, since a file of rules names places.
static enum error refuse_problems(struct asking *a, enum error e, const struct problems *p)
{
	char *text = NULL;
	size_t size = 0, first = 0;
	if (e != ERROR_ARGUMENT)
		return asking_refuse(a, e, "the file cannot be written beside the one that runs: %s", error_text(e));
	while (first < p->count && p->list[first].warning)
		first++;
	FILE *f = open_memstream(&text, &size);
	if (f) {
		problems_print(p, f);
		fclose(f);
		size = size < ANSWER_PAYLOAD_MAX ? size : ANSWER_PAYLOAD_MAX;
		memcpy(a->answer->payload, text, size);
		a->answer->size = (uint16_t)size;
		free(text);
	}
	return asking_refuse(a, ERROR_ARGUMENT, "the text has %zu mistakes, the first in line %d, column %d; nothing was changed",
		p->errors, first < p->count ? p->list[first].line : 0, first < p->count ? p->list[first].column : 0);
}

// ---- a text comes in parts --------------------------------------------------------------------------------------------

static void drop_upload(struct upload *u)
{
	free(u->text);
	*u = (struct upload){0};
}

static struct upload *find_upload(struct triage *t, const char *officer, enum ruleset_what what, const uint8_t *hash)
{
	struct upload *all = t->governed->uploads;
	for (size_t i = 0; i < UPLOADS_MAX; i++)
		if (all[i].text && all[i].what == what && !strcmp(all[i].officer, officer) &&
			sodium_memcmp(all[i].hash, hash, RULESET_HASH_SIZE) == 0)
			return &all[i];
	return NULL;
}

// The officer's own older one goes first, then the oldest.
static struct upload *new_upload(struct triage *t, const char *officer, size_t total)
{
	struct upload *all = t->governed->uploads, *u = &all[0];
	for (size_t i = 1; i < UPLOADS_MAX; i++)
		if (!all[i].text || (u->text && all[i].at < u->at))
			u = &all[i];
	for (size_t i = 0; i < UPLOADS_MAX; i++)
		if (!strcmp(all[i].officer, officer))
			u = &all[i];
	drop_upload(u);
	u->text = calloc(1, total + 1);
	u->total = u->text ? total : 0;
	snprintf(u->officer, sizeof u->officer, "%s", officer);
	return u;
}

enum error triage_ruleset_part(struct triage *t, struct asking *a)
{
	enum ruleset_what what;
	uint8_t hash[RULESET_HASH_SIZE];
	bool good = get_what(a, &what);
	bytes_get(&a->payload, hash, sizeof hash);
	uint32_t total = bytes_get_u32(&a->payload), offset = bytes_get_u32(&a->payload);
	size_t n = a->payload.size - a->payload.at;
	if (!good || a->payload.failed || total == 0 || total > RULESET_TEXT_MAX || n == 0)
		return malformed(a);
	struct upload *u = find_upload(t, a->request->officer, what, hash);
	if (offset == 0) {
		u = new_upload(t, a->request->officer, total);
		u->what = what;
		memcpy(u->hash, hash, sizeof hash);
	}
	if (!u || !u->text || u->total != total || offset != u->got || n > u->total - u->got)
		return asking_refuse(a, ERROR_REFUSED, "a part of the text is missing, or another upload came between: propose it again");
	bytes_get(&a->payload, u->text + u->got, n);
	u->got += n;
	u->at = (int64_t)time(NULL);
	return OK;
}

// ---- propose ----------------------------------------------------------------------------------------------------------

static bool count_open(void *ctx, const struct store_ruleset *r)
{
	*(unsigned *)ctx += !strcmp(r->info.state, "proposed");
	return true;
}

static enum error check_proposal(struct triage *t, struct asking *a, const struct store_ruleset *r)
{
	uint64_t last = 0;
	unsigned open = 0;
	const struct running *now = &t->governed->now[r->what];
	enum error e = store_ruleset_last(t->store, r->what, &last);
	if (e == OK)
		e = store_ruleset_list(t->store, r->what, 0, count_open, &open);
	if (e != OK)
		return e;
	if (r->info.version != last + 1)
		return asking_refuse(a, ERROR_EXISTS, "somebody else proposed at the same time: propose it again");
	if (open >= OPEN_MAX)
		return asking_refuse(a, ERROR_FULL, "%u proposals wait already: approve or reject some first", open);
	if (now->approved && sodium_memcmp(now->hash, r->info.hash, RULESET_HASH_SIZE) == 0)
		return asking_refuse(a, ERROR_EXISTS, "this text runs already, as version %llu", (unsigned long long)now->version);
	return ruleset_verify(&a->officer.public, t->process.config.station_id, r->what, RULESET_PROPOSE, r->info.version,
		       r->info.hash, r->proposed_signature) == OK ?
		OK : asking_refuse(a, ERROR_REFUSED, "the proposal is not signed by %s", a->request->officer);
}

static enum error try_text(struct triage *t, struct asking *a, enum ruleset_what what, const char *text, size_t size)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct ruling ruling = {0};
	if (!p)
		return ERROR_MEMORY;
	enum error e = triage_rules_try(t, what, text, size, p, &ruling);
	ruling_finish(&ruling);
	return e == OK ? OK : refuse_problems(a, e, p);
}

static enum error keep_proposal(struct triage *t, struct store_ruleset *r, const char *text)
{
	cleanup_free uint8_t *body = NULL, *comment = NULL;
	enum error e = triage_rules_wrap(t, r->what, r->info.version, RULESET_BODY_DOMAIN, text, r->info.size, &body);
	if (e == OK) // padded to its full room, so that its length tells nothing
		e = triage_rules_wrap(t, r->what, r->info.version, RULESET_NOTE_DOMAIN, r->info.comment, sizeof r->info.comment,
			&comment);
	r->body = body;
	r->body_size = r->info.size + WRAP_OVERHEAD;
	r->comment = comment;
	r->comment_size = sizeof r->info.comment + WRAP_OVERHEAD;
	return e == OK ? store_ruleset_add(t->store, r) : e;
}

static void put_detail(struct asking *a, const struct store_ruleset *r, const uint8_t *signature, const char *more)
{
	char hash[RULESET_HASH_SIZE * 2 + 1], hex[SIGNATURE_SIZE * 2 + 1];
	sodium_bin2hex(hash, sizeof hash, r->info.hash, RULESET_HASH_SIZE);
	sodium_bin2hex(hex, sizeof hex, signature, SIGNATURE_SIZE);
	snprintf(a->detail, sizeof a->detail, "%s version=%llu %shash=%s signature=%s", ruleset_name(r->what),
		(unsigned long long)r->info.version, more, hash, hex);
}

enum error triage_ruleset_propose(struct triage *t, struct asking *a)
{
	struct store_ruleset r = {.info = {.proposed_at = (int64_t)time(NULL)}};
	uint8_t hash[RULESET_HASH_SIZE];
	bool good = get_what(a, &r.what);
	r.info.version = get_version(a);
	bytes_get(&a->payload, r.info.hash, sizeof r.info.hash);
	bytes_get_text(&a->payload, r.info.comment, sizeof r.info.comment);
	bytes_get(&a->payload, r.proposed_signature, SIGNATURE_SIZE);
	if (!good || !bytes_end(&a->payload))
		return malformed(a);
	memcpy(r.info.proposed_by, a->request->officer, sizeof r.info.proposed_by);
	struct upload *u = find_upload(t, a->request->officer, r.what, r.info.hash);
	if (!u || u->got != u->total)
		return asking_refuse(a, ERROR_REFUSED, "the text of the proposal is not here: propose it again");
	r.info.size = (uint32_t)u->total;
	ruleset_hash(u->text, u->total, hash);
	enum error e = sodium_memcmp(hash, r.info.hash, sizeof hash) == 0 ? check_proposal(t, a, &r) : malformed(a);
	if (e == OK)
		e = try_text(t, a, r.what, u->text, u->total);
	if (e == OK)
		e = keep_proposal(t, &r, u->text);
	drop_upload(u);
	put_detail(a, &r, r.proposed_signature, "");
	if (e == OK)
		snprintf(a->answer->text, sizeof a->answer->text, "proposed as version %llu; somebody else approves it",
			(unsigned long long)r.info.version);
	return e;
}

// ---- approve, roll back, reject -----------------------------------------------------------------------------------------

static bool copy_row(void *ctx, const struct store_ruleset *r)
{
	struct store_ruleset *out = ctx;
	*out = *r;
	out->comment = out->body = NULL;
	return false;
}

static enum error get_row(struct triage *t, struct asking *a, enum ruleset_what what, uint64_t version,
	struct store_ruleset *out)
{
	enum error e = store_ruleset_get(t->store, what, version, copy_row, out);
	if (e == ERROR_NOT_FOUND)
		return asking_refuse(a, e, "there is no version %llu of the %s", (unsigned long long)version, ruleset_name(what));
	return e;
}

// The text with its checks, ready to be swapped in when the transaction is kept.
static enum error prepare(struct triage *t, struct asking *a, const struct store_ruleset *r)
{
	cleanup_free struct problems *p = calloc(1, sizeof *p);
	struct running text;
	if (!p)
		return ERROR_MEMORY;
	enum error e = triage_rules_stored(t, r->what, r->info.version, &text);
	if (e == ERROR_FORGED)
		return asking_refuse(a, e, "the text of version %llu cannot be opened any more (a restored station, or one that was "
					   "seized): propose it again from its file", (unsigned long long)r->info.version);
	if (e != OK)
		return e;
	e = triage_rules_prepare(t, r->what, &text, p);
	running_finish(&text);
	if (e != OK)
		return refuse_problems(a, e, p);
	a->committed = triage_rules_swap;
	return OK;
}

static enum error read_step(struct triage *t, struct asking *a, enum ruleset_step step, struct store_ruleset *r,
	uint8_t signature[static SIGNATURE_SIZE])
{
	enum ruleset_what what;
	uint8_t hash[RULESET_HASH_SIZE];
	bool good = get_what(a, &what);
	uint64_t version = get_version(a);
	bytes_get(&a->payload, hash, sizeof hash);
	bytes_get(&a->payload, signature, SIGNATURE_SIZE);
	if (!good || !bytes_end(&a->payload))
		return malformed(a);
	enum error e = get_row(t, a, what, version, r);
	if (e == OK && (sodium_memcmp(hash, r->info.hash, sizeof hash) != 0 ||
			       ruleset_verify(&a->officer.public, t->process.config.station_id, what, step, version, hash, signature) != OK))
		return asking_refuse(a, ERROR_REFUSED, "the signature is not of %s under this text", a->request->officer);
	return e;
}

// Who proposed must still have the right, and still be somebody else.
static enum error check_proposer(struct triage *t, struct asking *a, struct store_ruleset *r, const uint8_t *signature)
{
	char role[STORE_STATE_SIZE];
	if (!strcmp(r->info.proposed_by, a->request->officer))
		return asking_refuse(a, ERROR_REFUSED, "%s proposed it: another supervisor or administrator must approve",
			a->request->officer);
	enum error e = store_officer_role(t->store, r->info.proposed_by, role);
	if (e != OK || (strcmp(role, "supervisor") != 0 && strcmp(role, "administrator") != 0))
		return asking_refuse(a, ERROR_REFUSED, "%s, who proposed it, has not the right any more: propose it again",
			r->info.proposed_by);
	memcpy(r->info.approved_by, a->request->officer, sizeof r->info.approved_by);
	memcpy(r->approved_signature, signature, SIGNATURE_SIZE);
	return triage_rules_signed(t, r) ? OK :
		asking_refuse(a, ERROR_FORGED, "the proposal in the database is not what %s signed", r->info.proposed_by);
}

enum error triage_ruleset_approve(struct triage *t, struct asking *a)
{
	struct store_ruleset r;
	uint8_t signature[SIGNATURE_SIZE];
	char more[OFFICER_NAME_SIZE + 2 * SIGNATURE_SIZE + 32], hex[SIGNATURE_SIZE * 2 + 1];
	enum error e = read_step(t, a, RULESET_APPROVE, &r, signature);
	if (e == OK && strcmp(r.info.state, "proposed") != 0)
		e = asking_refuse(a, ERROR_REFUSED, "version %llu is %s, not proposed", (unsigned long long)r.info.version, r.info.state);
	if (e == OK)
		e = check_proposer(t, a, &r, signature);
	if (e == OK)
		e = prepare(t, a, &r);
	if (e == OK)
		e = store_ruleset_approve(t->store, r.what, r.info.version, a->request->officer, (int64_t)time(NULL), signature);
	if (e != OK)
		return e;
	sodium_bin2hex(hex, sizeof hex, r.proposed_signature, SIGNATURE_SIZE);
	snprintf(more, sizeof more, "by=%s by_signature=%s ", r.info.proposed_by, hex);
	put_detail(a, &r, signature, more);
	snprintf(a->answer->text, sizeof a->answer->text, "version %llu of the %s runs now", (unsigned long long)r.info.version,
		ruleset_name(r.what));
	return OK;
}

enum error triage_ruleset_rollback(struct triage *t, struct asking *a)
{
	struct store_ruleset r;
	uint8_t signature[SIGNATURE_SIZE];
	enum error e = read_step(t, a, RULESET_ROLLBACK, &r, signature);
	bool active = e == OK && !strcmp(r.info.state, "active");
	const struct running *now = e == OK ? &t->governed->now[r.what] : NULL;
	if (active && now->approved && now->version == r.info.version && !now->fallback)
		return asking_refuse(a, ERROR_REFUSED, "version %llu runs already", (unsigned long long)r.info.version);
	if (e == OK && !active && strcmp(r.info.state, "replaced") != 0)
		return asking_refuse(a, ERROR_REFUSED, "version %llu is %s: one goes back only to what two people had approved",
			(unsigned long long)r.info.version, r.info.state);
	if (e == OK && !triage_rules_signed(t, &r))
		return asking_refuse(a, ERROR_FORGED, "the version in the database is not what two people signed");
	if (e == OK)
		e = prepare(t, a, &r);
	if (e == OK)
		e = store_ruleset_rollback(t->store, r.what, r.info.version, a->request->officer, (int64_t)time(NULL), signature);
	if (e != OK)
		return e;
	put_detail(a, &r, signature, "by one person, approved by two before; ");
	snprintf(a->answer->text, sizeof a->answer->text, "version %llu of the %s runs again", (unsigned long long)r.info.version,
		ruleset_name(r.what));
	return OK;
}

enum error triage_ruleset_reject(struct triage *t, struct asking *a)
{
	struct store_ruleset r;
	enum ruleset_what what;
	bool good = get_what(a, &what);
	uint64_t version = get_version(a);
	if (!good || !bytes_end(&a->payload))
		return malformed(a);
	enum error e = get_row(t, a, what, version, &r);
	if (e == OK && !strcmp(r.info.state, "active"))
		return asking_refuse(a, ERROR_REFUSED, "version %llu is in force: approve another one or go back first",
			(unsigned long long)version);
	snprintf(a->detail, sizeof a->detail, "%s version=%llu was %s", ruleset_name(what), (unsigned long long)version,
		e == OK ? r.info.state : "");
	snprintf(a->answer->text, sizeof a->answer->text, "version %llu is rejected", (unsigned long long)version);
	return e == OK ? store_ruleset_reject(t->store, what, version) : e;
}

// ---- reading ------------------------------------------------------------------------------------------------------------

static enum error answer_sealed(struct triage *t, struct asking *a, const uint8_t *plain, size_t size)
{
	BUG_IF(size + SEAL_OVERHEAD > ANSWER_PAYLOAD_MAX);
	a->answer->size = (uint16_t)(size + SEAL_OVERHEAD);
	return seal_to(RULESET_ANSWER_DOMAIN, &a->officer.public.seal, t->process.config.station_id, 16, plain, size,
		a->answer->payload);
}

struct listing {
	const struct triage *t;
	struct ruleset_page *page;
};

static bool list_one(void *ctx, const struct store_ruleset *r)
{
	struct listing *l = ctx;
	struct ruleset_info *i = &l->page->list[l->page->count++];
	uint8_t ad[24];
	*i = r->info;
	size_t n = triage_bind(l->t, (uint64_t)r->what << 56 | i->version, ad);
	if (r->comment_size != RULESET_COMMENT_SIZE + WRAP_OVERHEAD || wrap_open(l->t->keys->working, RULESET_NOTE_DOMAIN, ad, n,
			    r->comment, r->comment_size, (uint8_t *)i->comment) != OK)
		i->comment[0] = 0;
	return l->page->count < RULESET_PAGE;
}

enum error triage_ruleset_log(struct triage *t, struct asking *a)
{
	enum ruleset_what what;
	uint8_t plain[ANSWER_PAYLOAD_MAX];
	uint64_t last = 0;
	bool good = get_what(a, &what);
	uint64_t before = bytes_get_u64(&a->payload);
	cleanup_free struct ruleset_page *page = calloc(1, sizeof *page);
	struct listing l = {t, page};
	if (!good || !bytes_end(&a->payload))
		return malformed(a);
	if (!page)
		return ERROR_MEMORY;
	enum error e = store_ruleset_last(t->store, what, &last);
	if (e == OK)
		e = store_ruleset_active(t->store, what, &page->active);
	if (e == OK)
		e = store_ruleset_list(t->store, what, before, list_one, &l);
	page->next = last + 1;
	page->running = t->governed->now[what].version;
	page->approved = t->governed->now[what].approved;
	return e == OK ? answer_sealed(t, a, plain, ruleset_page_write(page, plain, sizeof plain)) : e;
}

enum error triage_ruleset_text(struct triage *t, struct asking *a)
{
	enum ruleset_what what;
	struct running stored = {0};
	struct bytes_writer w;
	uint8_t plain[4 + RULESET_PART_MAX];
	bool good = get_what(a, &what);
	uint64_t version = get_version(a);
	uint32_t offset = bytes_get_u32(&a->payload);
	if (!good || !bytes_end(&a->payload))
		return malformed(a);
	const struct running *text = version ? &stored : &t->governed->now[what];
	enum error e = version ? triage_rules_stored(t, what, version, &stored) : text->text ? OK : ERROR_NOT_FOUND;
	if (e != OK)
		return asking_refuse(a, e, "the text of version %llu of the %s is not there", (unsigned long long)version,
			ruleset_name(what));
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u32(&w, (uint32_t)text->size);
	if (offset < text->size)
		bytes_put(&w, text->text + offset, text->size - offset < RULESET_PART_MAX ? text->size - offset : RULESET_PART_MAX);
	running_finish(&stored);
	return bytes_ok(&w) ? answer_sealed(t, a, plain, w.at) : ERROR_TOO_LARGE;
}
