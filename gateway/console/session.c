// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/session.h"

#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/log.h"

#define GONE_MAX 256
#define BURST 120.0 // requests at once
#define RATE 30.0   // and a second

struct gone {
	uint8_t tag[32];
	enum session_end why;
};

struct sessions {
	uint8_t key[32]; // of the tags
	uint64_t last_id;
	struct session list[SESSIONS_MAX];
	struct gone gone[GONE_MAX];
	size_t gone_at;
};

enum error sessions_create(struct sessions **out)
{
	struct sessions *s = sodium_malloc(sizeof *s);
	if (!s)
		return ERROR_MEMORY;
	sodium_memzero(s, sizeof *s);
	randombytes_buf(s->key, sizeof s->key);
	randombytes_buf(s->gone, sizeof s->gone); // tags of nobody
	*out = s;
	return OK;
}

void sessions_destroy(struct console *c)
{
	for (size_t i = 0; c->sessions && i < SESSIONS_MAX; i++)
		if (c->sessions->list[i].id)
			session_end(c, &c->sessions->list[i], SESSION_ENDED);
	sodium_free(c->sessions);
	c->sessions = NULL;
}

static void hash(const struct sessions *s, const char *domain, const char *token, uint8_t out[static 32])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, s->key, sizeof s->key, 32);
	crypto_generichash_update(&h, (const uint8_t *)domain, strlen(domain) + 1);
	crypto_generichash_update(&h, (const uint8_t *)token, strlen(token));
	crypto_generichash_final(&h, out, 32);
}

static void text_of(const uint8_t bytes[static 32], char out[static SESSION_TOKEN_SIZE])
{
	sodium_bin2base64(out, SESSION_TOKEN_SIZE, bytes, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum error session_begin(struct console *c, struct view *view, const char *role, const char *address,
	char token[static SESSION_TOKEN_SIZE], struct session **out)
{
	uint8_t random[32];
	struct session *s = NULL;
	for (size_t i = 0; i < SESSIONS_MAX && !s; i++)
		if (!c->sessions->list[i].id)
			s = &c->sessions->list[i];
	if (!s)
		return ERROR_FULL;
	randombytes_buf(random, sizeof random);
	text_of(random, token);
	*s = (struct session){.id = ++c->sessions->last_id, .view = view, .since = (int64_t)time(NULL),
		.active_ms = loop_now_ms(), .begun_ms = loop_now_ms(), .tokens = BURST, .tokens_ms = loop_now_ms()};
	s->seen = s->since;
	hash(c->sessions, "session", token, s->tag);
	hash(c->sessions, "csrf", token, random);
	text_of(random, s->csrf);
	snprintf(s->name, sizeof s->name, "%s", view_keys(view)->public.name);
	snprintf(s->role, sizeof s->role, "%s", role);
	snprintf(s->address, sizeof s->address, "%s", address);
	sodium_memzero(random, sizeof random);
	readers_enter(c, s);
	*out = s;
	return OK;
}

// All are compared, whichever it is.
struct session *session_find(struct console *c, const char *token, enum session_end *why)
{
	uint8_t tag[32];
	struct session *found = NULL;
	*why = SESSION_RESTART;
	hash(c->sessions, "session", token, tag);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &c->sessions->list[i];
		if (sodium_memcmp(s->tag, tag, sizeof tag) == 0 && s->id)
			found = s;
	}
	for (size_t i = 0; i < GONE_MAX; i++)
		if (sodium_memcmp(c->sessions->gone[i].tag, tag, sizeof tag) == 0)
			*why = c->sessions->gone[i].why;
	return found;
}

struct session *session_by_id(struct console *c, uint64_t id)
{
	for (size_t i = 0; id && i < SESSIONS_MAX; i++)
		if (c->sessions->list[i].id == id)
			return &c->sessions->list[i];
	return NULL;
}

bool session_check_csrf(const struct session *s, const char *csrf)
{
	return csrf && strlen(csrf) == SESSION_TOKEN_SIZE - 1 && sodium_memcmp(csrf, s->csrf, SESSION_TOKEN_SIZE - 1) == 0;
}

bool session_allow(struct session *s)
{
	int64_t now = loop_now_ms();
	s->tokens += (double)(now - s->tokens_ms) * RATE / 1000.0;
	s->tokens = s->tokens > BURST ? BURST : s->tokens;
	s->tokens_ms = now;
	if (s->tokens < 1.0)
		return false;
	s->tokens -= 1.0;
	return true;
}

void session_end(struct console *c, struct session *s, enum session_end why)
{
	uint64_t on = s->on;
	log_info("session=%llu officer=%s ended why=%d", (unsigned long long)s->id, s->name, (int)why);
	struct gone *g = &c->sessions->gone[c->sessions->gone_at++ % GONE_MAX];
	memcpy(g->tag, s->tag, sizeof g->tag);
	g->why = why;
	streams_end(c, s);
	readers_leave(c, s);
	view_close(s->view);
	sodium_memzero(s, sizeof *s);
	if (on)
		streams_presence(c, on);
}

struct session *session_next(struct console *c, const struct session *after)
{
	for (struct session *s = after ? (struct session *)(uintptr_t)(after + 1) : c->sessions->list;
		s < c->sessions->list + SESSIONS_MAX; s++)
		if (s->id)
			return s;
	return NULL;
}

void sessions_tick(struct console *c)
{
	int64_t now = loop_now_ms();
	const struct config *k = &c->process.config;
	for (struct session *s = NULL; (s = session_next(c, s));) {
		char role[STORE_STATE_SIZE];
		if (now - s->active_ms > k->console_idle_s * 1000)
			session_end(c, s, SESSION_IDLE);
		else if (now - s->begun_ms > k->console_session_h * 3600000)
			session_end(c, s, SESSION_ENDED);
		else if (store_officer_role(c->store, s->name, role) == ERROR_NOT_FOUND)
			session_end(c, s, SESSION_ENDED); // revoked
		else
			snprintf(s->role, sizeof s->role, "%s", role);
	}
}

unsigned session_role(const char *role)
{
	static const struct {
		const char *name;
		unsigned bit;
	} roles[] = {{"officer", ROLE_OF_OFFICER}, {"supervisor", ROLE_OF_SUPERVISOR},
		{"administrator", ROLE_OF_ADMINISTRATOR}, {"auditor", ROLE_OF_AUDITOR}};
	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++)
		if (!strcmp(roles[i].name, role))
			return roles[i].bit;
	return 0;
}
