// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/logkey.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/base/io.h"
#include "gateway/keyfile.h"

#define VERSION 1
#define DOMAIN "tama/log-key/1"
#define HEAD_SIZE (1 + 8 + AUDIT_PUBLIC_SIZE)
#define CHECK_SIZE 16
#define PLACE_SIZE (HEAD_SIZE + AUDIT_SEED_SIZE + WRAP_OVERHEAD + CHECK_SIZE)

struct place {
	uint64_t seq; // 0: nothing valid there
	uint8_t public[AUDIT_PUBLIC_SIZE];
	uint8_t data[PLACE_SIZE];
};

static int open_file(const struct config *c, int flags)
{
	char path[600];
	return open(config_file(c, "keys/log", path), flags | O_CLOEXEC, 0600);
}

// A place that was half written at a power cut is told by its check value; forgery by the wrap.
static void check_value(const uint8_t *data, uint8_t out[static CHECK_SIZE])
{
	crypto_generichash(out, CHECK_SIZE, data, PLACE_SIZE - CHECK_SIZE, NULL, 0);
}

static size_t bind(const struct config *c, const uint8_t *head, uint8_t out[static 16 + HEAD_SIZE])
{
	memcpy(out, c->station_id, 16);
	memcpy(out + 16, head, HEAD_SIZE);
	return 16 + HEAD_SIZE;
}

static enum error read_places(const struct config *c, struct place *newest)
{
	uint8_t check[CHECK_SIZE];
	bool unread = false;
	*newest = (struct place){0};
	cleanup_fd int fd = open_file(c, O_RDONLY);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	for (int i = 0; i < 2; i++) {
		struct place p = {0};
		struct bytes_reader r;
		enum error e = read_fully(fd, p.data, PLACE_SIZE, i * PLACE_SIZE);
		unread |= e == ERROR_IO;
		if (e != OK)
			continue;
		check_value(p.data, check);
		bytes_reader_init(&r, p.data, PLACE_SIZE);
		uint8_t version = bytes_get_u8(&r);
		p.seq = bytes_get_u64(&r);
		bytes_get(&r, p.public, sizeof p.public);
		if (memcmp(check, p.data + PLACE_SIZE - CHECK_SIZE, CHECK_SIZE) == 0 && version == VERSION &&
			p.seq > newest->seq)
			*newest = p;
	}
	return newest->seq ? OK : unread ? ERROR_IO : ERROR_MALFORMED;
}

enum error logkey_public(const struct config *c, uint64_t *seq, uint8_t public[static AUDIT_PUBLIC_SIZE])
{
	struct place p;
	enum error e = read_places(c, &p);
	*seq = p.seq;
	memcpy(public, p.public, AUDIT_PUBLIC_SIZE);
	return e;
}

enum error logkey_read(const struct config *c, const struct secret *kek, uint64_t *seq,
	uint8_t seed[static AUDIT_SEED_SIZE])
{
	struct place p;
	uint8_t ad[16 + HEAD_SIZE], public[AUDIT_PUBLIC_SIZE];
	enum error e = read_places(c, &p);
	if (e == OK)
		e = wrap_open(secret_view(kek), DOMAIN, ad, bind(c, p.data, ad), p.data + HEAD_SIZE,
			AUDIT_SEED_SIZE + WRAP_OVERHEAD, seed);
	if (e != OK)
		return e;
	*seq = p.seq;
	audit_public(seed, public);
	return memcmp(public, p.public, sizeof public) == 0 ? OK : ERROR_FORGED;
}

static bool put(int fd, const uint8_t *data, int place)
{
	return write_fully(fd, data, PLACE_SIZE, place * PLACE_SIZE) == OK && fdatasync(fd) == 0;
}

enum error logkey_write(const struct config *c, const struct secret *kek, uint64_t seq,
	const uint8_t seed[static AUDIT_SEED_SIZE])
{
	uint8_t data[PLACE_SIZE], noise[PLACE_SIZE], ad[16 + HEAD_SIZE], public[AUDIT_PUBLIC_SIZE];
	struct bytes_writer w;
	struct place now;
	cleanup_fd int fd = open_file(c, O_RDWR | O_CREAT);
	if (fd < 0)
		return ERROR_IO;
	audit_public(seed, public);
	bytes_writer_init(&w, data, sizeof data);
	bytes_put_u8(&w, VERSION);
	bytes_put_u64(&w, seq);
	bytes_put(&w, public, sizeof public);
	wrap_seal(secret_view(kek), DOMAIN, ad, bind(c, data, ad), seed, AUDIT_SEED_SIZE, data + HEAD_SIZE);
	check_value(data, data + PLACE_SIZE - CHECK_SIZE);
	int place = 0;
	uint8_t first[PLACE_SIZE];
	if (read_places(c, &now) == OK && read_fully(fd, first, PLACE_SIZE, 0) == OK &&
		memcmp(first, now.data, PLACE_SIZE) == 0)
		place = 1; // never over the one that is valid
	randombytes_buf(noise, sizeof noise);
	return put(fd, data, place) && put(fd, noise, !place) ? OK : ERROR_IO;
}

static const char *first_path(const struct config *c, char out[static 600])
{
	return config_file(c, "keys/log.first", out);
}

enum error logkey_first_write(const struct config *c, const uint8_t public[static AUDIT_PUBLIC_SIZE])
{
	char path[600], hex[2 * AUDIT_PUBLIC_SIZE + 2];
	cleanup_fd int fd = open(first_path(c, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	sodium_bin2hex(hex, sizeof hex, public, AUDIT_PUBLIC_SIZE);
	hex[2 * AUDIT_PUBLIC_SIZE] = '\n';
	return fd >= 0 && write(fd, hex, sizeof hex - 1) == sizeof hex - 1 && fsync(fd) == 0 ? OK : ERROR_IO;
}

enum error logkey_first(const struct config *c, uint8_t public[static AUDIT_PUBLIC_SIZE])
{
	char path[600], hex[2 * AUDIT_PUBLIC_SIZE + 1], fingerprint[FINGERPRINT_SIZE];
	struct seal_public as_seal;
	size_t n = 0;
	cleanup_fd int fd = open(first_path(c, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	enum error e = read_fully(fd, hex, sizeof hex, 0);
	if (e != OK)
		return e == ERROR_IO ? e : ERROR_MALFORMED;
	if (sodium_hex2bin(public, AUDIT_PUBLIC_SIZE, hex, sizeof hex - 1, NULL, &n, NULL) != 0 || n != AUDIT_PUBLIC_SIZE)
		return ERROR_MALFORMED;
	memcpy(as_seal.key, public, sizeof as_seal.key);
	seal_fingerprint(&as_seal, fingerprint);
	return strcmp(fingerprint, c->log_key) == 0 ? OK : ERROR_FORGED;
}
