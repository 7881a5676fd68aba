// SPDX-License-Identifier: GPL-2.0-or-later
// Codes of an authenticator (RFC 6238: SHA-1, 6 digits, 30 s). The secret is sealed to its officer, so that a copy of the
// database does not make codes; it opens with the password, or with the one for duress. A code counts once.
#include <gnutls/crypto.h>
#include <qrencode.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/api.h"
#include "gateway/console/login.h"
#include "gateway/store_console.h"

#define STEP_S 30
#define USERS_MAX 1024

struct used {
	uint8_t who[16];
	int64_t step;
};

struct totp {
	int64_t floor; // codes of before the console began may have been used
	struct used used[USERS_MAX];
};

enum error totp_create(struct totp **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return ERROR_MEMORY;
	(*out)->floor = (int64_t)time(NULL) / STEP_S;
	return OK;
}

void totp_destroy(struct totp *t)
{
	free(t);
}

// ---- codes ----------------------------------------------------------------------------------------------------------

static uint32_t code_at(const uint8_t secret[static TOTP_SECRET_SIZE], int64_t step)
{
	uint8_t counter[8], mac[20];
	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	BUG_IF(gnutls_hmac_fast(GNUTLS_MAC_SHA1, secret, TOTP_SECRET_SIZE, counter, sizeof counter, mac) != 0);
	const uint8_t *p = mac + (mac[19] & 15);
	return ((uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) % 1000000;
}

// The step that the code is of, one early and one late are fine; -1. Each is compared, whichever it is.
static int64_t step_of(const uint8_t secret[static TOTP_SECRET_SIZE], const char *code, int64_t now)
{
	char want[16], given[7] = "";
	int64_t found = -1;
	if (strlen(code) == 6)
		memcpy(given, code, 6);
	for (int64_t step = now / STEP_S - 1; step <= now / STEP_S + 1; step++) {
		snprintf(want, sizeof want, "%06u", (unsigned)code_at(secret, step));
		if (sodium_memcmp(want, given, 6) == 0)
			found = step;
	}
	return found;
}

static bool take_step(struct totp *t, const char *name, int64_t step)
{
	uint8_t who[16];
	struct used *slot = &t->used[0];
	crypto_generichash(who, sizeof who, (const uint8_t *)name, strlen(name), NULL, 0);
	for (size_t i = 0; i < USERS_MAX; i++) {
		struct used *u = &t->used[i];
		if (memcmp(u->who, who, sizeof who) == 0 || !u->step) {
			slot = u;
			break;
		}
		slot = u->step < slot->step ? u : slot; // long past
	}
	if (step <= t->floor || (memcmp(slot->who, who, sizeof who) == 0 && step <= slot->step))
		return false;
	memcpy(slot->who, who, sizeof who);
	slot->step = step;
	return true;
}

// ---- logging in -------------------------------------------------------------------------------------------------------

static size_t bound_to(const struct console *c, const char *name, uint8_t ad[static 16 + OFFICER_NAME_SIZE])
{
	memset(ad, 0, 16 + OFFICER_NAME_SIZE);
	memcpy(ad, c->process.config.station_id, 16);
	memcpy(ad + 16, name, strlen(name));
	return 16 + OFFICER_NAME_SIZE;
}

bool totp_is_on(struct console *c, const char *name)
{
	uint8_t sealed[TOTP_SEALED];
	size_t size;
	return store_totp_get(c->store, name, false, sealed, sizeof sealed, &size) == OK;
}

bool totp_check(struct console *c, struct view *v, const char *code)
{
	uint8_t sealed[TOTP_SEALED], secret[TOTP_SECRET_SIZE], ad[16 + OFFICER_NAME_SIZE];
	const char *name = view_keys(v)->public.name;
	size_t size;
	enum error e = store_totp_get(c->store, name, view_is_duress(v), sealed, sizeof sealed, &size);
	if (e == ERROR_NOT_FOUND)
		return true;
	if (e == OK)
		e = seal_open(TOTP_DOMAIN, view_keys(v)->seal, ad, bound_to(c, name, ad), sealed, size, secret);
	int64_t step = e == OK ? step_of(secret, code, (int64_t)time(NULL)) : -1;
	sodium_memzero(secret, sizeof secret);
	return step >= 0 && take_step(c->totp, name, step);
}

// ---- choosing it ------------------------------------------------------------------------------------------------------

static void base32(const uint8_t in[static TOTP_SECRET_SIZE], char out[static 33])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	for (int i = 0; i < 32; i++) {
		int bit = i * 5, at = bit / 8;
		unsigned pair = (unsigned)in[at] << 8 | (at + 1 < TOTP_SECRET_SIZE ? in[at + 1] : 0);
		out[i] = letters[pair >> (11 - bit % 8) & 31];
	}
	out[32] = 0;
}

// One path of squares; it goes into an image of the page, never into its markup.
static char *qr_svg(const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	char *out = NULL;
	size_t size = 0;
	FILE *f = qr ? open_memstream(&out, &size) : NULL;
	if (f) {
		fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-4 -4 %d %d\"><path fill=\"#fff\" d=\"M-4-4h%dv%dh-%dz\"/>"
			   "<path d=\"", qr->width + 8, qr->width + 8, qr->width + 8, qr->width + 8, qr->width + 8);
		for (int i = 0; i < qr->width * qr->width; i++)
			if (qr->data[i] & 1)
				fprintf(f, "M%d %dh1v1h-1z", i % qr->width, i / qr->width);
		fprintf(f, "\"/></svg>");
		fclose(f);
	}
	QRcode_free(qr);
	return out;
}

// In an otpauth: address only plain letters and digits are left as they are.
static void plain_words(const char *in, char *out, size_t room)
{
	size_t n = 0;
	for (; *in && n + 1 < room; in++)
		if ((*in >= '0' && *in <= '9') || (*in >= 'a' && *in <= 'z') || (*in >= 'A' && *in <= 'Z') || *in == '-')
			out[n++] = *in;
	out[n] = 0;
}

void api_totp_begin(struct exchange *x)
{
	struct session *s = x->session;
	char secret[33], uri[300], station[64], name[64];
	randombytes_buf(s->totp_secret, sizeof s->totp_secret);
	s->totp_begun = true;
	base32(s->totp_secret, secret);
	plain_words(x->console->process.config.station_name, station, sizeof station);
	plain_words(s->name, name, sizeof name);
	snprintf(uri, sizeof uri, "otpauth://totp/Tama-%s:%s?secret=%s&issuer=Tama-%s", station, *name ? name : "officer", secret,
		station);
	char *svg = qr_svg(uri);
	http_answer(x, 200, json_pack("{s:s, s:s, s:s}", "secret_base32", secret, "uri", uri, "qr_svg", svg ? svg : ""));
	if (svg)
		sodium_memzero(svg, strlen(svg));
	free(svg);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(uri, sizeof uri);
}

static void switched(struct exchange *x, bool ok)
{
	struct session *s = session_by_id(x->console, x->session_id);
	if (s && ok) {
		s->totp = totp_is_on(x->console, s->name);
		s->totp_begun = false;
		sodium_memzero(s->totp_secret, sizeof s->totp_secret);
	}
}

void api_totp_confirm(struct exchange *x)
{
	struct session *s = x->session;
	struct console *c = x->console;
	uint8_t payload[2 * TOTP_SEALED], ad[16 + OFFICER_NAME_SIZE];
	struct officer_record duress;
	const char *code = http_text(x, "code", 15);
	if (!code)
		return;
	int64_t step = s->totp_begun ? step_of(s->totp_secret, code, (int64_t)time(NULL)) : -1;
	if (step < 0 || !take_step(c->totp, s->name, step)) {
		http_fail(x, 403, "totp", "The code is wrong; is the clock of the telephone right?");
		return;
	}
	size_t n = bound_to(c, s->name, ad);
	enum error e = store_officer_duress(c->store, s->name, &duress);
	if (e == OK)
		e = seal_to(TOTP_DOMAIN, &view_keys(s->view)->public.seal, ad, n, s->totp_secret, TOTP_SECRET_SIZE, payload);
	if (e == OK)
		e = seal_to(TOTP_DOMAIN, &duress.public.seal, ad, n, s->totp_secret, TOTP_SECRET_SIZE, payload + TOTP_SEALED);
	if (e != OK)
		http_fail(x, 503, "store", "This cannot be done now.");
	else
		api_ask(x, REQUEST_TOTP, payload, sizeof payload, switched);
}

static void off_known(struct console *c, struct unlocking *j, void *ctx)
{
	struct exchange *x = ctx;
	struct session *s = session_by_id(c, x->session_id);
	if (!s || j->error != OK)
		http_fail(x, 403, "password", "The password is wrong.");
	else
		api_ask(x, REQUEST_TOTP, NULL, 0, switched);
}

void api_totp_off(struct exchange *x)
{
	const char *password = http_text(x, "password", 1000);
	struct unlocking *j = password ? api_unlocking(x, password) : NULL;
	if (j)
		login_put(x, j, off_known, x);
}
