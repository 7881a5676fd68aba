// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/armor.h"

#include <errno.h>
#include <fcntl.h>
#include <qrencode.h>
#include <sodium.h>
#include <string.h>

#include "gateway/base/cleanup.h"

#define LINE 64
#define QUIET 2 // modules of white around

enum error armor_text(const char *kind, const void *data, size_t size, char **out)
{
	size_t n = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
	cleanup_free char *base64 = malloc(n);
	char *text = malloc(n + n / LINE + 2 * strlen(kind) + 64), *at = text;
	if (!base64 || !text) {
		free(text);
		return ERROR_MEMORY;
	}
	sodium_bin2base64(base64, n, data, size, sodium_base64_VARIANT_ORIGINAL);
	at += sprintf(at, "-----BEGIN TAMA %s-----\n", kind);
	for (size_t i = 0; i + 1 < n; i += LINE) // n counts the NUL
		at += sprintf(at, "%.*s\n", (int)strnlen(base64 + i, LINE), base64 + i);
	sprintf(at, "-----END TAMA %s-----\n", kind);
	*out = text;
	return OK;
}

enum error armor_write(const char *path, const char *kind, const void *data, size_t size)
{
	cleanup_free char *text = NULL;
	enum error e = armor_text(kind, data, size, &text);
	if (e != OK)
		return e;
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? ERROR_EXISTS : ERROR_IO;
	size_t n = strlen(text);
	return write(fd, text, n) == (ssize_t)n && fsync(fd) == 0 ? OK : ERROR_IO;
}

enum error armor_read(const char *path, const char *kind, void *out, size_t room, size_t *size)
{
	char text[ARMOR_TEXT_MAX];
	cleanup_file FILE *f = fopen(path, "re");
	if (!f)
		return ERROR_IO;
	size_t n = fread(text, 1, sizeof text - 1, f);
	text[n] = 0;
	return armor_parse(text, kind, out, room, size);
}

enum error armor_parse(char *text, const char *kind, void *out, size_t room, size_t *size)
{
	char mark[64];
	snprintf(mark, sizeof mark, "-----BEGIN TAMA %s-----", kind);
	char *begin = strstr(text, mark); // mail puts greetings before and signatures behind
	snprintf(mark, sizeof mark, "-----END TAMA %s-----", kind);
	char *end = begin ? strstr(begin, mark) : NULL;
	if (!end)
		return ERROR_MALFORMED;
	*end = 0;
	begin = strchr(begin, '\n');
	if (!begin ||
		sodium_base642bin(out, room, begin, strlen(begin), " \r\n\t>", size, NULL, sodium_base64_VARIANT_ORIGINAL))
		return ERROR_MALFORMED;
	return OK;
}

static bool is_dark(const QRcode *qr, int x, int y)
{
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width && qr->data[y * qr->width + x] & 1;
}

enum error qr_print(FILE *f, const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (!qr)
		return ERROR_TOO_LARGE;
	for (int y = -QUIET; y < qr->width + QUIET; y += 2) { // white is drawn, since terminals are dark
		for (int x = -QUIET; x < qr->width + QUIET; x++) {
			bool upper = !is_dark(qr, x, y), lower = !is_dark(qr, x, y + 1);
			fputs(upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ", f);
		}
		fputc('\n', f);
	}
	QRcode_free(qr);
	return OK;
}
