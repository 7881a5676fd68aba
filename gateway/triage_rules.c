// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/triage_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/reply_check.h"

#define RUNNING_META "ruleset_running"

void running_finish(struct running *r)
{
	free(r->text);
	*r = (struct running){0};
}

const char *triage_rules_path(const struct triage *t, enum ruleset_what what)
{
	return what == RULESET_SHEET ? t->process.config.sheet : t->process.config.rules;
}

// ---- versions in the database -----------------------------------------------------------------------------------------

static size_t bind(const struct triage *t, enum ruleset_what what, uint64_t version, uint8_t ad[static 24])
{
	return triage_bind(t, (uint64_t)what << 56 | version, ad);
}

enum error triage_rules_wrap(const struct triage *t, enum ruleset_what what, uint64_t version, const char *domain,
	const void *plain, size_t size, uint8_t **out)
{
	uint8_t ad[24];
	*out = malloc(size + WRAP_OVERHEAD);
	if (!*out)
		return ERROR_MEMORY;
	wrap_seal(t->keys->working, domain, ad, bind(t, what, version, ad), plain, size, *out);
	return OK;
}

struct opening {
	const struct triage *t;
	struct running *out;
	enum error error;
};

static bool open_body(void *ctx, const struct store_ruleset *r)
{
	struct opening *o = ctx;
	uint8_t ad[24], hash[RULESET_HASH_SIZE];
	o->error = ERROR_FORGED;
	if (r->body_size < WRAP_OVERHEAD)
		return false;
	o->out->size = r->body_size - WRAP_OVERHEAD;
	o->out->text = calloc(1, o->out->size + 1);
	BUG_IF(!o->out->text);
	o->error = wrap_open(o->t->keys->working, RULESET_BODY_DOMAIN, ad, bind(o->t, r->what, r->info.version, ad), r->body,
		r->body_size, (uint8_t *)o->out->text);
	ruleset_hash(o->out->text, o->out->size, hash);
	if (o->error == OK && sodium_memcmp(hash, r->info.hash, sizeof hash) != 0)
		o->error = ERROR_FORGED;
	memcpy(o->out->hash, hash, sizeof hash);
	o->out->version = r->info.version;
	return false;
}

enum error triage_rules_stored(struct triage *t, enum ruleset_what what, uint64_t version, struct running *out)
{
	struct opening o = {t, out, OK};
	*out = (struct running){0};
	if (triage_is_locked(t))
		return ERROR_LOCKED;
	enum error e = store_ruleset_get(t->store, what, version, open_body, &o);
	e = e == OK ? o.error : e;
	if (e != OK)
		running_finish(out);
	return e;
}

static bool signed_by(struct triage *t, const struct store_ruleset *r, enum ruleset_step step, const char *name,
	const uint8_t *signature)
{
	struct officer_record o;
	return store_officer_ever(t->store, name, &o) == OK &&
		ruleset_verify(&o.public, t->process.config.station_id, r->what, step, r->info.version, r->info.hash, signature) == OK;
}

bool triage_rules_signed(struct triage *t, const struct store_ruleset *r)
{
	return strcmp(r->info.proposed_by, r->info.approved_by) != 0 &&
		signed_by(t, r, RULESET_PROPOSE, r->info.proposed_by, r->proposed_signature) &&
		signed_by(t, r, RULESET_APPROVE, r->info.approved_by, r->approved_signature);
}

struct judging {
	struct triage *t;
	struct running *of;
};

static bool judge_one(void *ctx, const struct store_ruleset *r)
{
	struct judging *j = ctx;
	bool in_force = !strcmp(r->info.state, "active") || !strcmp(r->info.state, "replaced");
	if (!in_force || sodium_memcmp(r->info.hash, j->of->hash, RULESET_HASH_SIZE) != 0 || !triage_rules_signed(j->t, r))
		return true;
	j->of->version = r->info.version;
	j->of->approved = true;
	return strcmp(r->info.state, "active") != 0; // the active one, when the text is that of several
}

// Which version a text is, if two people approved it. A database that cannot be read approves of nothing.
static void judge(struct triage *t, enum ruleset_what what, struct running *of)
{
	struct judging j = {t, of};
	of->version = 0;
	of->approved = false;
	if (store_ruleset_list(t->store, what, 0, judge_one, &j) != OK)
		of->approved = false;
}

// ---- files ------------------------------------------------------------------------------------------------------------

static enum error read_file(const char *path, struct running *out)
{
	struct stat st;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)RULESET_TEXT_MAX * 2)
		return ERROR_IO;
	cleanup_free char *text = calloc(1, (size_t)st.st_size + 1);
	size_t at = 0;
	ssize_t n = 1;
	while (text && n > 0 && at < (size_t)st.st_size) {
		n = read(fd, text + at, (size_t)st.st_size - at);
		at += n > 0 ? (size_t)n : 0;
	}
	if (!text || n < 0)
		return ERROR_IO;
	*out = (struct running){.text = steal_pointer(&text), .size = at};
	ruleset_hash(out->text, out->size, out->hash);
	return OK;
}

static void beside(const struct triage *t, enum ruleset_what what, char out[static CONFIG_TEXT * 2 + 16])
{
	snprintf(out, CONFIG_TEXT * 2 + 16, "%s.approved", triage_rules_path(t, what));
}

static enum error write_beside(const struct triage *t, enum ruleset_what what, const struct running *r)
{
	char path[CONFIG_TEXT * 2 + 16];
	struct stat st = {.st_mode = 0640};
	beside(t, what, path);
	if (stat(triage_rules_path(t, what), &st) != 0)
		st.st_mode = 0640;
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERROR_IO;
	size_t at = 0;
	for (ssize_t n = 1; n > 0 && at < r->size; at += n > 0 ? (size_t)n : 0)
		n = write(fd, r->text + at, r->size - at);
	if (at == r->size && fchmod(fd, st.st_mode & 0777) == 0 && fsync(fd) == 0)
		return OK;
	unlink(path);
	return ERROR_IO;
}

static enum error rename_beside(const struct triage *t, enum ruleset_what what)
{
	char from[CONFIG_TEXT * 2 + 16], folder[CONFIG_TEXT * 2];
	beside(t, what, from);
	if (rename(from, triage_rules_path(t, what)) != 0)
		return ERROR_IO;
	memcpy(folder, triage_rules_path(t, what), sizeof folder);
	*strrchr(folder, '/') = 0;
	cleanup_fd int dir = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && fsync(dir) == 0 ? OK : ERROR_IO;
}

struct wanted {
	uint8_t hash[RULESET_HASH_SIZE];
	bool found;
};

static bool take_hash(void *ctx, const struct store_ruleset *r)
{
	struct wanted *w = ctx;
	memcpy(w->hash, r->info.hash, sizeof w->hash);
	w->found = true;
	return false;
}

// A crash between the commit and the new name: the text that became active is still beside the file.
static void finish_interrupted(struct triage *t, enum ruleset_what what)
{
	char path[CONFIG_TEXT * 2 + 16];
	struct running left = {0};
	struct wanted active = {.found = false};
	uint64_t version = 0;
	beside(t, what, path);
	if (read_file(path, &left) != OK)
		return;
	enum error e = store_ruleset_active(t->store, what, &version);
	if (e == OK && version)
		e = store_ruleset_get(t->store, what, version, take_hash, &active);
	if (e == OK && active.found && sodium_memcmp(active.hash, left.hash, sizeof left.hash) == 0)
		e = rename_beside(t, what);
	else if (e == OK)
		unlink(path);
	if (e != OK)
		log_error("%s: %s", path, error_text(e));
	running_finish(&left);
}

// ---- loading and swapping ---------------------------------------------------------------------------------------------

static void show_state(struct triage *t)
{
	const struct triage_rules *g = t->governed;
	t->state.counters[TRIAGE_RULES] = (g->now[RULESET_RULES].approved ? 0 : TRIAGE_RULES_UNAPPROVED) |
		(g->now[RULESET_SHEET].approved ? 0 : TRIAGE_SHEET_UNAPPROVED) | (g->mistakes ? TRIAGE_RULES_MISTAKES : 0) |
		(g->now[RULESET_RULES].fallback || g->now[RULESET_SHEET].fallback ? TRIAGE_RULES_FALLBACK : 0);
	triage_tell_state(t);
}

void ruling_finish(struct ruling *r)
{
	rules_destroy(r->rules);
	sheet_set_finish(&r->sheets);
	sheet_destroy(r->sheet);
	*r = (struct ruling){0};
}

static void swap(struct triage *t, struct ruling *r)
{
	struct triage_rules *g = t->governed;
	struct ruling before = {t->sheet, t->sheets, t->rules};
	t->sheet = r->sheet;
	t->sheets = r->sheets;
	t->rules = r->rules;
	*r = (struct ruling){0};
	ruling_finish(&before);
	for (int w = RULESET_RULES; w < RULESET_END_; w++)
		if (g->next[w].text) {
			running_finish(&g->now[w]);
			g->now[w] = g->next[w];
			g->next[w] = (struct running){0};
		}
	log_info("rules=%zu sheet=%s older=%zu", rules_count(t->rules), sheet_name(t->sheet), t->sheets.count);
	show_state(t);
}

static enum error load_texts(const struct triage *t, const struct running *sheet_text, const struct running *rules_text,
	struct problems *problems, struct ruling *out)
{
	const char *sheet_path = t->process.config.sheet, *rules_path = t->process.config.rules;
	// a file that could not be read is tried again, for the words of the loader
	enum error e = sheet_text->text ?
		sheet_load_text(sheet_path, sheet_text->text, sheet_text->size, problems, &out->sheet) :
		sheet_load(sheet_path, problems, &out->sheet);
	if (e == OK)
		e = sheet_set_load(t->process.config.sheets, out->sheet, problems, &out->sheets);
	if (e == OK)
		e = rules_text->text ?
			rules_load_text(rules_path, rules_text->text, rules_text->size, out->sheet, problems, &out->rules) :
			rules_load(rules_path, out->sheet, problems, &out->rules);
	if (e == OK)
		e = reply_check(out->rules, problems);
	if (e != OK)
		ruling_finish(out);
	return e;
}

// The chain says what runs when that is something else than before.
static enum error note_one(struct triage *t, enum ruleset_what what)
{
	char name[32], detail[200], hex[RULESET_HASH_SIZE * 2 + 1];
	uint8_t before[RULESET_HASH_SIZE + 1] = {0}, now[RULESET_HASH_SIZE + 1];
	const struct running *r = &t->governed->now[what];
	size_t size = 0;
	snprintf(name, sizeof name, RUNNING_META "_%s", ruleset_name(what));
	memcpy(now, r->hash, RULESET_HASH_SIZE);
	now[RULESET_HASH_SIZE] = r->approved;
	enum error e = store_meta_get(t->store, name, before, sizeof before, &size);
	if (e == OK && size == sizeof before && sodium_memcmp(before, now, sizeof now) == 0)
		return OK;
	if (e == ERROR_NOT_FOUND && !r->approved) // what the station was made with is no change
		return store_meta_put(t->store, name, now, sizeof now);
	sodium_bin2hex(hex, sizeof hex, r->hash, sizeof r->hash);
	if (r->approved)
		snprintf(detail, sizeof detail, "%s version=%llu hash=%s", ruleset_name(what), (unsigned long long)r->version, hex);
	else
		snprintf(detail, sizeof detail, "%s not approved by two, hash=%s", ruleset_name(what), hex);
	e = triage_audit(t, "ruleset-loaded", "station", "%s", detail);
	return e == OK ? store_meta_put(t->store, name, now, sizeof now) : e;
}

static void note(struct triage *t)
{
	enum error e = triage_is_locked(t) || !t->rules ? ERROR_LOCKED : triage_begin(t);
	if (e == ERROR_LOCKED)
		return; // at the next unlock
	for (int w = RULESET_RULES; w < RULESET_END_ && e == OK; w++)
		e = note_one(t, (enum ruleset_what)w);
	if (e == OK)
		e = triage_commit(t);
	if (e != OK) {
		log_error("audit: %s", error_text(e));
		triage_rollback(t);
	}
}

static void forget_next(struct triage *t)
{
	struct triage_rules *g = t->governed;
	for (int w = RULESET_RULES; w < RULESET_END_; w++)
		running_finish(&g->next[w]);
	ruling_finish(&g->ruling);
	g->activating = 0;
}

// What stands in the file, or, where only approved versions may run, the active one in its place.
static enum error choose(struct triage *t, enum ruleset_what what, bool start)
{
	struct running *r = &t->governed->next[what];
	uint64_t active = 0;
	finish_interrupted(t, what);
	if (read_file(triage_rules_path(t, what), r) == OK)
		judge(t, what, r);
	enum error e = store_ruleset_active(t->store, what, &active);
	if (e != OK || !t->process.config.approval_required || !active || r->approved)
		return e;
	log_error("%s is not a version that two people approved: %s", triage_rules_path(t, what),
		start ? "the active version runs in its place" : "what ran before goes on");
	if (!start)
		return ERROR_REFUSED;
	running_finish(r);
	e = triage_rules_stored(t, what, active, r);
	if (e == OK)
		judge(t, what, r);
	r->fallback = true;
	return e;
}

// With nothing that can be opened the file has to do: no message waits for a signature.
static enum error choose_again(struct triage *t, enum ruleset_what what)
{
	struct running *r = &t->governed->next[what];
	log_error("no approved version of %s can be opened: it runs as it is", triage_rules_path(t, what));
	running_finish(r);
	if (read_file(triage_rules_path(t, what), r) == OK)
		judge(t, what, r);
	return OK;
}

static enum error load(struct triage *t, bool start)
{
	struct triage_rules *g = t->governed;
	cleanup_free struct problems *problems = calloc(1, sizeof *problems);
	struct ruling ruling = {0};
	enum error e = problems ? OK : ERROR_MEMORY;
	forget_next(t);
	g->waiting = false;
	for (int w = RULESET_RULES; w < RULESET_END_ && e == OK; w++) {
		e = choose(t, (enum ruleset_what)w, start);
		if (start && e == ERROR_LOCKED) {
			g->waiting = true; // until the keys are there nothing is decided anyway
			forget_next(t);
			return OK;
		}
		if (start && (e == ERROR_FORGED || e == ERROR_NOT_FOUND))
			e = choose_again(t, (enum ruleset_what)w);
	}
	if (e == OK)
		e = load_texts(t, &g->next[RULESET_SHEET], &g->next[RULESET_RULES], problems, &ruling);
	if (problems)
		problems_print(problems, stderr);
	g->mistakes = e != OK;
	if (e == OK) {
		swap(t, &ruling);
	} else {
		forget_next(t);
		show_state(t);
	}
	return e;
}

enum error triage_rules_load(struct triage *t)
{
	t->governed = calloc(1, sizeof *t->governed);
	return t->governed ? load(t, true) : ERROR_MEMORY;
}

void triage_rules_reload(struct triage *t)
{
	if (load(t, !t->rules) != OK)
		log_error("the new sheet or rules have mistakes; the old ones go on");
	else
		note(t);
}

enum error triage_rules_unlocked(struct triage *t)
{
	enum error e = t->governed->waiting ? load(t, true) : OK;
	if (e == OK)
		note(t);
	return e;
}

// ---- a version becomes active -------------------------------------------------------------------------------------------

enum error triage_rules_try(struct triage *t, enum ruleset_what what, const char *text, size_t size,
	struct problems *problems, struct ruling *out)
{
	const struct running given = {.text = (char *)text, .size = size}; // only read
	const struct running *now = t->governed->now;
	enum error e = load_texts(t, what == RULESET_SHEET ? &given : &now[RULESET_SHEET],
		what == RULESET_RULES ? &given : &now[RULESET_RULES], problems, out);
	if (e != OK)
		return e;
	rules_run_tests(out->rules, out->sheet, problems);
	if (problems->errors == 0)
		return OK;
	ruling_finish(out);
	return ERROR_ARGUMENT;
}

enum error triage_rules_prepare(struct triage *t, enum ruleset_what what, struct running *r, struct problems *problems)
{
	struct triage_rules *g = t->governed;
	forget_next(t);
	enum error e = triage_rules_try(t, what, r->text, r->size, problems, &g->ruling);
	if (e == OK)
		e = write_beside(t, what, r);
	if (e != OK) {
		forget_next(t);
		return e;
	}
	r->approved = true;
	g->next[what] = *r;
	*r = (struct running){0};
	g->activating = what;
	return OK;
}

void triage_rules_swap(struct triage *t)
{
	struct triage_rules *g = t->governed;
	if (!g->activating)
		return;
	enum ruleset_what what = g->activating;
	if (rename_beside(t, what) != OK) // done again at the next start
		log_error("%s cannot be written: %m", triage_rules_path(t, what));
	g->mistakes = false;
	swap(t, &g->ruling);
	g->activating = 0;
	note(t);
}
