// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/feedkey.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/keyfile.h"

#define NAME "feed"

static enum error write_public(const struct config *c, const struct secret *key)
{
	uint8_t public[FEEDKEY_PUBLIC_SIZE];
	char path[600], hex[FEEDKEY_HEX_SIZE];
	crypto_sign_ed25519_sk_to_pk(public, secret_view(key));
	feedkey_hex(public, hex);
	hex[FEEDKEY_HEX_SIZE - 1] = '\n';
	cleanup_fd int fd = open(config_file(c, "keys/feed.pub", path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, hex, sizeof hex) == (ssize_t)sizeof hex && fsync(fd) == 0 ? OK : ERROR_IO;
}

static enum error make(const struct config *c, const struct secret *kek, struct secret **out)
{
	uint8_t public[FEEDKEY_PUBLIC_SIZE];
	cleanup_secret struct secret *key = NULL;
	enum error e = secret_create(crypto_sign_SECRETKEYBYTES, &key);
	if (e == OK) {
		crypto_sign_keypair(public, secret_bytes(key));
		e = write_public(c, key);
	}
	if (e == OK)
		e = keyfile_write(c, kek, NAME, key);
	if (e == OK)
		*out = steal_pointer(&key);
	return e;
}

enum error feedkey_open(const struct config *c, const struct secret *kek, struct secret **out, bool *made)
{
	uint8_t public[FEEDKEY_PUBLIC_SIZE], written[FEEDKEY_PUBLIC_SIZE];
	enum error e = keyfile_read(c, kek, NAME, crypto_sign_SECRETKEYBYTES, out);
	*made = e == ERROR_NOT_FOUND;
	if (*made)
		return make(c, kek, out);
	if (e != OK)
		return e;
	crypto_sign_ed25519_sk_to_pk(public, secret_view(*out));
	if (feedkey_public(c, written) != OK || memcmp(public, written, sizeof public) != 0) // a power cut, or a hand
		return write_public(c, *out);
	return OK;
}
