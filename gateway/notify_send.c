// SPDX-License-Identifier: GPL-2.0-or-later
// One try, in a child of its own: what is said, signed and handed to libcurl. Names are found here and not by
// libcurl, which would start a thread for it.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <netdb.h>
#include <nss.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/notify.h"

#define CONNECT_S 10L
#define WHOLE_S 30L
#define ALARM_S 45u // ends the child whatever it waits for, a name server too
#define ADDRESSES_MAX 400

void notify_send_begin(void)
{
	// The two that are in the C library itself: no other is loaded behind the sandbox.
	__nss_configure_lookup("hosts", "files dns");
	BUG_IF(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK);
}

// ---- what is said -----------------------------------------------------------------------------------------------------

static char *utc(int64_t at, char out[static 40], bool mail)
{
	time_t t = (time_t)at;
	struct tm tm;
	gmtime_r(&t, &tm);
	if (mail)
		strftime(out, 40, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	else
		strftime(out, 40, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

static char *webhook_body(const struct notice *n)
{
	char at[40];
	json_t *o = json_pack("{s:i, s:I, s:s, s:s, s:i}", "version", 1, "delivery", (json_int_t)n->id, "what",
		notice_name(n->what), "at", utc(n->at, at, false), "alerts", (int)n->alerts);
	if (n->alert_id)
		json_object_set_new(o, "alert", json_integer((json_int_t)n->alert_id));
	if (n->severity)
		json_object_set_new(o, "severity", json_integer(n->severity));
	if (*n->queue)
		json_object_set_new(o, "queue", json_string(n->queue));
	if (n->escalated)
		json_object_set_new(o, "escalated", json_integer(n->escalated));
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static char *mail_body(const struct config_target *t, const struct notice *n, const uint8_t station_id[static 16])
{
	char *text = NULL, date[40], id[33], more[200] = "";
	sodium_bin2hex(id, sizeof id, station_id, 16);
	if (n->what == NOTICE_TEST)
		snprintf(more, sizeof more, "\r\n(test)\r\n");
	else if (n->severity)
		snprintf(more, sizeof more, "\r\n%u / %s / %llu%s\r\n", n->severity, n->queue, (unsigned long long)n->alert_id,
			n->escalated ? " !" : "");
	if (n->severity && n->alerts > 1)
		snprintf(more + strlen(more), sizeof more - strlen(more), "+ %u\r\n", n->alerts - 1);
	int size = asprintf(&text, "Date: %s\r\nFrom: <%s>\r\nTo: undisclosed-recipients:;\r\nSubject: %s\r\nMessage-ID: <%llu.%.12s@%s>\r\n"
				   "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
				   "Auto-Submitted: auto-generated\r\n\r\n%s\r\n%s",
		utc(n->at, date, true), t->from, t->subject, (unsigned long long)n->id, id,
		strchr(t->from, '@') + 1, t->text, more);
	return size < 0 ? NULL : text;
}

// HMAC-SHA256 under the secret over "TIME.BODY": who receives it checks that both are ours, and the time recent.
static void sign(const char *secret, const char *body, char out[static 120])
{
	crypto_auth_hmacsha256_state state;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	char hex[2 * sizeof mac + 1], at[24];
	snprintf(at, sizeof at, "%lld", (long long)time(NULL));
	crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)at, strlen(at));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, strlen(body));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
	snprintf(out, 120, "Tama-Signature: t=%s,v1=%s", at, hex);
}

// ---- where to ---------------------------------------------------------------------------------------------------------

static bool is_literal(const char *host)
{
	uint8_t address[16];
	return *host == '[' || inet_pton(AF_INET, host, address) == 1 || !strcmp(host, "localhost");
}

// "HOST:PORT:ADDRESS,ADDRESS" for libcurl; NULL: the host is an address itself. False: not found.
static bool resolve(const char *url, struct curl_slist **out)
{
	cleanup_free char *line = malloc(ADDRESSES_MAX + CONFIG_TEXT);
	char *host = NULL, *port = NULL, numeric[INET6_ADDRSTRLEN];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	CURLU *u = curl_url();
	size_t at = 0;
	bool ok = line && u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (ok && !is_literal(host)) {
		ok = getaddrinfo(host, NULL, &hints, &found) == 0;
		at = ok ? (size_t)snprintf(line, CONFIG_TEXT, "%s:%s", host, port) : 0;
		for (const struct addrinfo *a = found; ok && a && at < ADDRESSES_MAX; a = a->ai_next)
			if (getnameinfo(a->ai_addr, a->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST) == 0)
				at += (size_t)sprintf(line + at, "%c%s%s%s", a == found ? ':' : ',', strchr(numeric, ':') ? "[" : "",
					numeric, strchr(numeric, ':') ? "]" : "");
		if (found)
			freeaddrinfo(found);
		*out = ok ? curl_slist_append(NULL, line) : NULL;
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ok;
}

// ---- the try ----------------------------------------------------------------------------------------------------------

static int end_of(CURLcode code, long status)
{
	switch (code) {
	case CURLE_OK:
		return status >= 200 && status < 300 ? NOTIFY_OK : status >= 300 && status < 400 ? NOTIFY_REDIRECT : NOTIFY_REFUSED;
	case CURLE_COULDNT_RESOLVE_HOST: return NOTIFY_NAME;
	case CURLE_COULDNT_CONNECT: return NOTIFY_CONNECT;
	case CURLE_OPERATION_TIMEDOUT: return NOTIFY_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_USE_SSL_FAILED: return NOTIFY_TLS;
	case CURLE_LOGIN_DENIED: return NOTIFY_LOGIN;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING: return NOTIFY_CONNECT;
	default: return NOTIFY_REFUSED;
	}
}

static size_t ignore(char *data, size_t size, size_t count, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * count;
}

struct upload {
	const char *at;
	size_t left;
};

static size_t read_upload(char *out, size_t size, size_t count, void *ctx)
{
	struct upload *u = ctx;
	size_t n = size * count < u->left ? size * count : u->left;
	memcpy(out, u->at, n);
	u->at += n;
	u->left -= n;
	return n;
}

static struct curl_slist *set_webhook(CURL *c, const struct notify_target *t, const struct notice *n, const char *body)
{
	char signature[120], delivery[48];
	sign(t->secret, body, signature);
	snprintf(delivery, sizeof delivery, "Tama-Delivery: %llu", (unsigned long long)n->id);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, signature);
	headers = curl_slist_append(headers, delivery);
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	return headers;
}

static struct curl_slist *set_mail(CURL *c, const struct notify_target *t, const struct notice *n, struct upload *body)
{
	char to[NOTICE_TO_SIZE], *rest = to, from[160];
	struct curl_slist *recipients = NULL;
	bool here = !strncmp(t->config->url, "smtp://127.0.0.1", 16) || !strncmp(t->config->url, "smtp://localhost", 16);
	memcpy(to, n->to, sizeof to);
	for (const char *one; (one = strsep(&rest, ","));)
		if (*one)
			recipients = curl_slist_append(recipients, one);
	snprintf(from, sizeof from, "<%s>", t->config->from);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_USE_SSL, here ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, read_upload);
	curl_easy_setopt(c, CURLOPT_READDATA, body);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	if (*t->config->user) {
		curl_easy_setopt(c, CURLOPT_USERNAME, t->config->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, t->secret);
	}
	return recipients;
}

static CURL *prepare(const struct config_target *t, struct curl_slist *addresses)
{
	CURL *c = curl_easy_init();
	if (!c)
		_exit(NOTIFY_BROKEN);
	curl_easy_setopt(c, CURLOPT_URL, t->url);
	curl_easy_setopt(c, CURLOPT_RESOLVE, addresses);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*t->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
	return c;
}

_Noreturn void notify_send(const struct notify_target *target, const struct notice *n, const uint8_t station_id[static 16])
{
	const struct config_target *t = target->config;
	struct curl_slist *addresses = NULL;
	long status = 0;
	alarm(ALARM_S);
	if (!resolve(t->url, &addresses))
		_exit(NOTIFY_NAME);
	bool webhook = t->kind == TARGET_WEBHOOK;
	char *body = webhook ? webhook_body(n) : mail_body(t, n, station_id);
	if (!body)
		_exit(NOTIFY_BROKEN);
	struct upload upload = {body, strlen(body)};
	CURL *c = prepare(t, addresses);
	if (webhook)
		set_webhook(c, target, n, body);
	else
		set_mail(c, target, n, &upload);
	CURLcode code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	_exit(end_of(code, status)); // all it had goes with it
}
