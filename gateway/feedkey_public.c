// SPDX-License-Identifier: GPL-2.0-or-later
// The public half alone: who shows feeds links nothing that opens a key.
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/feedkey.h"

void feedkey_hex(const uint8_t public[static FEEDKEY_PUBLIC_SIZE], char out[static FEEDKEY_HEX_SIZE])
{
	sodium_bin2hex(out, FEEDKEY_HEX_SIZE, public, FEEDKEY_PUBLIC_SIZE);
}

enum error feedkey_public(const struct config *c, uint8_t out[static FEEDKEY_PUBLIC_SIZE])
{
	char path[600], hex[FEEDKEY_HEX_SIZE];
	size_t n = 0;
	cleanup_fd int fd = open(config_file(c, "keys/feed.pub", path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	if (read(fd, hex, sizeof hex) != (ssize_t)sizeof hex ||
		sodium_hex2bin(out, FEEDKEY_PUBLIC_SIZE, hex, sizeof hex - 1, NULL, &n, NULL) != 0 || n != FEEDKEY_PUBLIC_SIZE)
		return ERROR_MALFORMED;
	return OK;
}

enum error feedkey_text(const struct config *c, char out[static FEEDKEY_TEXT_SIZE])
{
	uint8_t public[FEEDKEY_PUBLIC_SIZE];
	enum error e = feedkey_public(c, public);
	if (e != OK)
		return e;
	sodium_bin2hex(out, 33, c->station_id, 16);
	out[32] = '-';
	feedkey_hex(public, out + 33);
	return OK;
}

enum error feedkey_parse(const char *text, uint8_t station_id[static 16], uint8_t public[static FEEDKEY_PUBLIC_SIZE])
{
	size_t a = 0, b = 0;
	if (strlen(text) != FEEDKEY_TEXT_SIZE - 1 || text[32] != '-' ||
		sodium_hex2bin(station_id, 16, text, 32, NULL, &a, NULL) != 0 || a != 16 ||
		sodium_hex2bin(public, FEEDKEY_PUBLIC_SIZE, text + 33, 64, NULL, &b, NULL) != 0 || b != FEEDKEY_PUBLIC_SIZE)
		return ERROR_MALFORMED;
	return OK;
}
