// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/wrap.h"
#include "gateway/base/cleanup.h"
#include "gateway/base/io.h"

#define SECRET_MAX 128
#define CHECK_DOMAIN "tama/kek-check/1"
#define KEY_DOMAIN "tama/key/1"

// The octets of a file that has no name any more, or soon none.
static bool overwrite(int fd)
{
	uint8_t noise[SECRET_MAX + WRAP_OVERHEAD];
	struct stat st;
	if (fstat(fd, &st) != 0)
		return false;
	randombytes_buf(noise, sizeof noise);
	size_t size = (size_t)st.st_size < sizeof noise ? (size_t)st.st_size : sizeof noise;
	return pwrite(fd, noise, size, 0) == (ssize_t)size && fsync(fd) == 0;
}

static enum error whole_write(const char *path, const void *data, size_t size)
{
	char temporary[640];
	cleanup_fd int before = open(path, O_WRONLY | O_CLOEXEC);
	snprintf(temporary, sizeof temporary, "%s.new", path);
	cleanup_fd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERROR_IO;
	if (write(fd, data, size) != (ssize_t)size || fsync(fd) != 0 || rename(temporary, path) != 0) {
		unlink(temporary);
		return ERROR_IO;
	}
	char folder[640];
	snprintf(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = 0;
	cleanup_fd int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return ERROR_IO;
	return before < 0 || overwrite(before) ? OK : ERROR_IO;
}

static enum error whole_read(const char *path, void *out, size_t room, size_t *size)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	struct stat st;
	if (fstat(fd, &st) != 0)
		return ERROR_IO;
	*size = (size_t)st.st_size < room ? (size_t)st.st_size : room;
	return read_fully(fd, out, *size, 0);
}

static const char *key_path(const char *dir, const char *name, char out[static 600])
{
	int n = snprintf(out, 600, "%s/keys/%s", dir, name);
	BUG_IF(n < 0 || n >= 600);
	return out;
}

enum error keyfile_station_public_write(const char *dir, const struct seal_public *public)
{
	char path[600], hex[2 * SEAL_PUBLIC_SIZE + 2];
	sodium_bin2hex(hex, sizeof hex, public->key, sizeof public->key);
	hex[2 * SEAL_PUBLIC_SIZE] = '\n';
	return whole_write(key_path(dir, "station.pub", path), hex, 2 * SEAL_PUBLIC_SIZE + 1);
}

enum error keyfile_station_public(const struct config *c, struct seal_public *out, char why[static 512])
{
	char path[600], hex[2 * SEAL_PUBLIC_SIZE + 1], fingerprint[FINGERPRINT_SIZE];
	size_t size = 0, n = 0;
	enum error e = whole_read(key_path(c->dir, "station.pub", path), hex, sizeof hex, &size);
	if (e != OK || size != sizeof hex ||
		sodium_hex2bin(out->key, sizeof out->key, hex, sizeof hex - 1, NULL, &n, NULL) != 0 ||
		n != sizeof out->key) {
		snprintf(why, 512, "%.300s: expected the station's public key, 64 hex digits; `tama init` makes it", path);
		return ERROR_ARGUMENT;
	}
	seal_fingerprint(out, fingerprint);
	if (!strstr(c->station_key, fingerprint)) { // two are pinned while the key is rotated
		snprintf(why, 512, "%.150s: the public key is not the one that %.150s pins (station.key); somebody changed "
				   "one of them: do not start this station",
			path, c->path);
		return ERROR_ARGUMENT;
	}
	return OK;
}

enum error keyfile_kek_write(const char *dir, const struct kek_params *params, const struct secret *kek)
{
	static const uint8_t zeros[16];
	uint8_t data[KEK_PARAMS_SIZE + sizeof zeros + WRAP_OVERHEAD];
	char path[600];
	kek_params_put(params, data);
	wrap_seal(secret_view(kek), CHECK_DOMAIN, data, KEK_PARAMS_SIZE, zeros, sizeof zeros, data + KEK_PARAMS_SIZE);
	return whole_write(key_path(dir, "kek", path), data, sizeof data);
}

enum error keyfile_kek_open(const char *dir, const char *passphrase, size_t length, struct secret **kek)
{
	uint8_t data[KEK_PARAMS_SIZE + 16 + WRAP_OVERHEAD + 1], check[16];
	char path[600];
	struct kek_params params;
	size_t size;
	*kek = NULL;
	enum error e = whole_read(key_path(dir, "kek", path), data, sizeof data, &size);
	if (e == OK && size != sizeof data - 1)
		e = ERROR_MALFORMED;
	if (e == OK)
		e = kek_params_get(data, &params);
	if (e == OK)
		e = kek_derive(&params, passphrase, length, kek);
	if (e == OK)
		e = wrap_open(secret_view(*kek), CHECK_DOMAIN, data, KEK_PARAMS_SIZE, data + KEK_PARAMS_SIZE,
			size - KEK_PARAMS_SIZE, check);
	if (e != OK)
		secret_clear(kek);
	return e;
}

// What a wrapped key is bound to: the station and its own name.
static size_t bind(const struct config *c, const char *name, uint8_t out[static 96])
{
	size_t n = strlen(name);
	BUG_IF(n > 64);
	memcpy(out, c->station_id, 16);
	memcpy(out + 16, name, n);
	return 16 + n;
}

enum error keyfile_write(const struct config *c, const struct secret *kek, const char *name,
	const struct secret *secret)
{
	uint8_t data[SECRET_MAX + WRAP_OVERHEAD], ad[96];
	char path[600], file[80];
	size_t size = secret_size(secret);
	BUG_IF(size > SECRET_MAX);
	snprintf(file, sizeof file, "%.64s.key", name);
	wrap_seal(secret_view(kek), KEY_DOMAIN, ad, bind(c, name, ad), secret_view(secret), size, data);
	return whole_write(key_path(c->dir, file, path), data, size + WRAP_OVERHEAD);
}

enum error keyfile_read(const struct config *c, const struct secret *kek, const char *name, size_t size,
	struct secret **out)
{
	uint8_t data[SECRET_MAX + WRAP_OVERHEAD + 1], ad[96];
	char path[600], file[80];
	size_t got;
	*out = NULL;
	snprintf(file, sizeof file, "%.64s.key", name);
	enum error e = whole_read(key_path(c->dir, file, path), data, sizeof data, &got);
	if (e == OK && got != size + WRAP_OVERHEAD)
		e = ERROR_MALFORMED;
	if (e == OK)
		e = secret_create(size, out);
	if (e == OK)
		e = wrap_open(secret_view(kek), KEY_DOMAIN, ad, bind(c, name, ad), data, got, secret_bytes(*out));
	if (e != OK)
		secret_clear(out);
	return e;
}

enum error keyfile_destroy(const struct config *c, const char *name)
{
	char path[600], file[80];
	snprintf(file, sizeof file, "%.64s.key", name);
	cleanup_fd int fd = open(key_path(c->dir, file, path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? OK : ERROR_IO;
	return overwrite(fd) && unlink(path) == 0 ? OK : ERROR_IO;
}
