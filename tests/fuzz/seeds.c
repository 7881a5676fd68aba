// SPDX-License-Identifier: GPL-2.0-or-later
// Valid records of each binary format as first seeds: seeds FOLDER writes FOLDER/TARGET/valid-N.
#include <sodium.h>
#include <sys/stat.h>

#include "crypto/audit.h"
#include "crypto/reveal.h"
#include "crypto/wrap.h"
#include "gateway/action.h"
#include "gateway/feed/feed.h"
#include "gateway/message.h"
#include "gateway/part.h"
#include "gateway/pdu/charset.h"
#include "gateway/pdu/pdu.h"
#include "gateway/reporter.h"
#include "gateway/request.h"
#include "gateway/ruleset.h"
#include "gateway/section.h"
#include "gateway/state.h"
#include "tests/fuzz/fuzz.h"

static const char *folder;
static unsigned number;

static void save(const char *target, const void *data, size_t size)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, target);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/%s/valid-%u", folder, target, ++number);
	FILE *f = fopen(path, "wb");
	BUG_IF(!f || fwrite(data, 1, size, f) != size || fclose(f) != 0);
}

static void save_secrets(void)
{
	static uint8_t data[16384];
	uint8_t seed[AUDIT_SEED_SIZE] = {1};
	struct audit_state state = {0};
	struct audit_record a = {.kind = "step", .actor = "awa", .size = 7, .detail = "alert=1"};
	save("audit", data, audit_append(&state, (uint8_t[16]){0}, seed, &a, data));
	struct custody_share share = {.about = {.alert_id = 7, .expires_at = 9, .threshold = 2, .count = 3},
		.custodian_id = 1, .share = {.index = 1}};
	save("custody", data, custody_share_plain(&share, data));
	struct reveal_request r = {.station_name = "s", .officer = "awa", .reason = "why", .handle = "K7QM2-X9PTA",
		.share_size = 184};
	struct officer_record record;
	struct officer_keys keys;
	BUG_IF(officer_create("awa", "x", 1, KEK_COST_TEST, &record) != OK || officer_unlock(&record, "x", 1, &keys) != OK);
	save("sealed", &record, sizeof record);
	save("keyfile", record.wrapped, KEK_PARAMS_SIZE + 16 + WRAP_OVERHEAD);
	memcpy(r.officer_sign, keys.public.sign, 32);
	save("reveal", data, reveal_request_sign(&keys, data, reveal_request_write(&r, data), sizeof data));
	static struct request q = {.verb = REQUEST_SESSION, .size = 3, .payload = "abc"};
	save("request", data, request_sign(&keys, (uint8_t[16]){0}, &q, data));
	static struct answer w = {.text = "done", .size = 3, .payload = "abc"};
	save("request", data, answer_write(&w, data));
	static struct action step = {.officer = "awa", .kind = ACTION_ACK, .alert_id = 1, .note_size = 4, .grant_count = 1};
	save("request", data, action_sign(&keys, (uint8_t[16]){0}, &step, data));
	officer_keys_finish(&keys);
}

static void save_message(uint8_t type, const void *body, uint32_t size)
{
	static uint8_t data[8 + MESSAGE_BODY_MAX];
	const uint8_t header[8] = {0x54, 0x6d, 1, type, (uint8_t)size, (uint8_t)(size >> 8), 0, 0};
	memcpy(data, header, 8);
	memcpy(data + 8, body, size);
	save("message", data, 8 + size);
}

static void save_messages(void)
{
	static uint8_t body[PART_SIZE];
	struct bytes_writer w;
	struct part p = {.kind = PART_TEXT, .id = 1, .slot = 1, .sender = "+22310000001", .class = -1, .length = 2, .full_length = 2,
		.units = {65, 49}};
	bytes_writer_init(&w, body, sizeof body);
	part_put(&w, &p);
	BUG_IF(!bytes_ok(&w));
	save_message(MESSAGE_PART, body, PART_SIZE);
	struct state s = {.code = STATE_RUNNING, .text = "fine"};
	bytes_writer_init(&w, body, sizeof body);
	state_put(&w, &s);
	save_message(MESSAGE_STATE, body, STATE_SIZE);
	memset(body, 0, sizeof body);
	memcpy(body, "kek", 3);
	save_message(MESSAGE_VAULT_PUT, body, 64);
}

static void save_pdus(void)
{
	static const char *const texts[] = {"A1 12H 40", "attaque \xc9\x9b\xc5\x8b", "{brackets} \xe2\x82\xac"};
	uint8_t out[PDU_MAX];
	uint16_t units[200];
	struct pdu like = {.address = "+22310000001", .sent_at = 1462060800, .class = -1}, parts[4];
	size_t size;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t n = utf8_to_utf16(texts[i], strlen(texts[i]), units, 200);
		BUG_IF(pdu_split(&like, units, n, 7, parts, 4) != 1 || pdu_deliver_encode(&parts[0], out, &size) != OK);
		save("pdu", out, size);
	}
}

static void save_texts(void)
{
	static const char armor[] = "Cher juge,\n-----BEGIN TAMA REVEAL REQUEST-----\nAAECAwQFBgc=\n-----END TAMA REVEAL REQUEST-----\n";
	static const char config[] =
		"station = { name = \"s\"; id = \"00112233445566778899aabbccddeeff\"; key = \"ABCD-EFGH\"; log = \"ABCD\"; };\n"
		"retention = { days = 90; queues = \"protection=120 oversight=365\"; };\n"
		"modems = ( { name = \"gsm0\"; device = \"/dev/null\"; connection = \"at115200\"; } );\n";
	save("armor", armor, sizeof armor - 1);
	save("config", config, sizeof config - 1);
}

// Requests of http.c, in which {T} and {C} stand for a cookie and its CSRF token.
static void save_requests(void)
{
	static const char head[] = "Host: localhost\r\nCookie: __Host-tama={T}\r\n";
	static const char json[] = "X-CSRF: {C}\r\nContent-Type: application/json\r\nContent-Length: ";
	static const char body[] = "{\"text\": \"abc\", \"note\": null, \"id\": 7}";
	char text[512];
	save("http", text, (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n%s\r\n", head));
	save("http", text, (size_t)snprintf(text, sizeof text, "GET /api/1/alerts/7?id=3 HTTP/1.1\r\n%s\r\n", head));
	save("http", text, (size_t)snprintf(text, sizeof text, "GET /feeds/cap HTTP/1.1\r\nHost: 127.0.0.1:8443\r\n"
		"Origin: https://127.0.0.1:8443\r\n\r\n"));
	save("http", text, (size_t)snprintf(text, sizeof text, "POST /api/1/alerts/act HTTP/1.1\r\n%s%s%zu\r\n\r\n%s", head,
		json, sizeof body - 1, body));
	save("http", text, (size_t)snprintf(text, sizeof text, "POST /api/1/login HTTP/1.1\r\n%s%s%zu\r\n\r\n%s",
		"Host: [::1]:8443\r\n", json, sizeof body - 1, body));
}

// Records that the fixed key of feed.c signed.
static void save_feeds(void)
{
	static const char *const texts[] = {"{\"id\":\"a-1\",\"revision\":0,\"event\":\"A1\"}",
		"{\"id\":\"a-1\",\"revision\":1,\"severity\":4}"};
	struct secret *key;
	uint8_t public[32], signature[SIGNATURE_SIZE];
	char hex[2 * SIGNATURE_SIZE + 1], *out;
	json_t *records = json_array();
	size_t size;
	BUG_IF(secret_create(crypto_sign_SECRETKEYBYTES, &key) != OK);
	crypto_sign_seed_keypair(public, secret_bytes(key), (uint8_t[32]){9});
	for (size_t i = 0; i < 2; i++) {
		section_record_sign(key, (uint8_t[16]){0}, texts[i], signature);
		sodium_bin2hex(hex, sizeof hex, signature, sizeof signature);
		json_array_append_new(records, json_pack("{s:s, s:s}", "text", texts[i], "signature", hex));
	}
	json_t *entries = json_pack("[{s:s, s:i, s:s, s:i, s:s, s:o}]", "id", "a-1", "revision", 1, "event", "A1", "severity", 4,
		"from", "2016-05-01T00:00:00Z", "records", records);
	struct feed f = {.station = "s", .sender = "tama-1", .section = "health", .scheme = "ML", .key = "00", .entries = entries};
	for (int format = 0; format < FEED_FORMATS; format++) {
		BUG_IF(feed_write(&f, (enum feed_format)format, &out, &size) != OK);
		save("feed", out, size);
		free(out);
	}
	json_decref(entries);
	secret_destroy(key);
}

static void save_people(void)
{
	static struct ruleset_page p = {.next = 3, .active = 2, .running = 2, .approved = true, .count = 1,
		.list = {{.version = 2, .state = "active", .proposed_by = "awa", .approved_by = "issa", .comment = "why"}}};
	static uint8_t data[8192];
	uint8_t token[SECTION_TOKEN_SIZE] = {1};
	char text[SECTION_TOKEN_TEXT_SIZE];
	struct reporter r = {.id = 7, .by_hand = 'B', .confirmed = 2, .place = "12H", .note = "n", .issued_by = "awa"};
	save("ruleset", data, ruleset_page_write(&p, data, sizeof data));
	reporter_write(&r, data);
	save("reporter", data, REPORTER_RECORD_SIZE);
	reporter_code(4829153, text);
	save("reporter", text, strlen(text));
	section_token_text(token, text);
	save("section", text, strlen(text));
	save("section", "token/7", 7);
}

int main(int argc, char **argv)
{
	if (argc != 2 || sodium_init() < 0)
		return 2;
	folder = argv[1];
	save_secrets();
	save_messages();
	save_pdus();
	save_texts();
	save_requests();
	save_feeds();
	save_people();
	return 0;
}
