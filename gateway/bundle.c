// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"

#define MAGIC "TAMABAK1"
#define KEY_DOMAIN "tama/backup-key/1"
#define SEALED (KEY_SIZE + SEAL_OVERHEAD)
#define HEAD_FIXED (8 + 16 + 8 + 32 + 1)
#define HEAD_MAX (HEAD_FIXED + CUSTODY_MAX * (4 + SEALED))
#define CHUNK 65536
#define CHUNK_SEALED (CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define ENTRY_SIZE (1 + BUNDLE_NAME_SIZE + 8)

struct bundle {
	FILE *file;
	char temporary[600], path[600];
	bool writing, ended;
	uint8_t bound[32]; // hash of the head: associated data of every chunk
	crypto_secretstream_xchacha20poly1305_state stream;
	size_t have, at;
	uint8_t plain[CHUNK], sealed[CHUNK_SEALED];
};

static void head_hash(const uint8_t *head, size_t size, uint8_t out[static 32])
{
	crypto_generichash(out, 32, head, size, NULL, 0);
}

// ---- writing ------------------------------------------------------------------------------------------------------

static enum error put_chunk(struct bundle *b, bool last)
{
	unsigned long long n;
	uint8_t size[4];
	struct bytes_writer w;
	crypto_secretstream_xchacha20poly1305_push(&b->stream, b->sealed, &n, b->plain, b->have, b->bound, sizeof b->bound,
		last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
	bytes_writer_init(&w, size, sizeof size);
	bytes_put_u32(&w, (uint32_t)n);
	b->have = 0;
	return fwrite(size, 1, 4, b->file) == 4 && fwrite(b->sealed, 1, n, b->file) == n ? OK : ERROR_IO;
}

static enum error put(struct bundle *b, const void *data, size_t size)
{
	const uint8_t *from = data;
	while (size) {
		size_t n = CHUNK - b->have < size ? CHUNK - b->have : size;
		memcpy(b->plain + b->have, from, n);
		b->have += n;
		from += n;
		size -= n;
		if (b->have == CHUNK && put_chunk(b, false) != OK)
			return ERROR_IO;
	}
	return OK;
}

static enum error put_head(struct bundle *b, const struct bundle_head *h, const struct officer_public *custodians,
	const uint8_t key[static KEY_SIZE])
{
	uint8_t head[HEAD_MAX], sealed[SEALED], stream[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	struct bytes_writer w;
	bytes_writer_init(&w, head, sizeof head);
	bytes_put(&w, MAGIC, 8);
	bytes_put(&w, h->station_id, 16);
	bytes_put_u64(&w, h->audit.seq);
	bytes_put(&w, h->audit.hash, sizeof h->audit.hash);
	bytes_put_u8(&w, (uint8_t)h->custodians);
	for (unsigned i = 0; i < h->custodians; i++) {
		enum error e = seal_to(KEY_DOMAIN, &custodians[i].seal, h->station_id, 16, key, KEY_SIZE, sealed);
		if (e != OK)
			return e;
		bytes_put_u32(&w, h->ids[i]);
		bytes_put(&w, sealed, sizeof sealed);
	}
	BUG_IF(!bytes_ok(&w));
	head_hash(head, w.at, b->bound);
	crypto_secretstream_xchacha20poly1305_init_push(&b->stream, stream, key);
	return fwrite(head, 1, w.at, b->file) == w.at && fwrite(stream, 1, sizeof stream, b->file) == sizeof stream ? OK :
														   ERROR_IO;
}

enum error bundle_create(const char *path, const struct bundle_head *head, const struct officer_public *custodians,
	struct bundle **out)
{
	uint8_t key[KEY_SIZE];
	if (access(path, F_OK) == 0)
		return ERROR_EXISTS;
	struct bundle *b = sodium_malloc(sizeof *b);
	if (!b)
		return ERROR_MEMORY;
	sodium_memzero(b, sizeof *b);
	b->writing = true;
	snprintf(b->path, sizeof b->path, "%.590s", path);
	snprintf(b->temporary, sizeof b->temporary, "%.590s.part", path);
	int fd = open(b->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	b->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	randombytes_buf(key, sizeof key);
	enum error e = b->file ? put_head(b, head, custodians, key) : ERROR_IO;
	sodium_memzero(key, sizeof key);
	if (e != OK)
		bundle_close(b);
	else
		*out = b;
	return e;
}

enum error bundle_add_file(struct bundle *b, const char *name, const char *path)
{
	uint8_t entry[ENTRY_SIZE], buffer[16384];
	struct bytes_writer w;
	struct stat st;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	if (fstat(fd, &st) != 0)
		return ERROR_IO;
	bytes_writer_init(&w, entry, sizeof entry);
	bytes_put_u8(&w, 1);
	bytes_put_text(&w, name, BUNDLE_NAME_SIZE);
	bytes_put_u64(&w, (uint64_t)st.st_size);
	BUG_IF(!bytes_ok(&w));
	enum error e = put(b, entry, sizeof entry);
	for (off_t left = st.st_size; left > 0 && e == OK;) { // what grows meanwhile is not ours
		ssize_t n = read(fd, buffer, (size_t)left < sizeof buffer ? (size_t)left : sizeof buffer);
		e = n > 0 ? put(b, buffer, (size_t)n) : ERROR_IO;
		left -= n;
	}
	return e;
}

enum error bundle_finish(struct bundle *b)
{
	static const uint8_t end;
	enum error e = put(b, &end, 1);
	if (e == OK)
		e = put_chunk(b, true);
	if (e != OK || fflush(b->file) != 0 || fsync(fileno(b->file)) != 0 || rename(b->temporary, b->path) != 0)
		return ERROR_IO;
	b->ended = true;
	return OK;
}

// ---- reading ------------------------------------------------------------------------------------------------------

static enum error read_head(FILE *f, uint8_t *head, size_t *size, struct bundle_head *out)
{
	struct bytes_reader r;
	uint8_t magic[8];
	*out = (struct bundle_head){0};
	if (fread(head, 1, HEAD_FIXED, f) != HEAD_FIXED)
		return ERROR_MALFORMED;
	bytes_reader_init(&r, head, HEAD_FIXED);
	bytes_get(&r, magic, sizeof magic);
	bytes_get(&r, out->station_id, 16);
	out->audit.seq = bytes_get_u64(&r);
	bytes_get(&r, out->audit.hash, sizeof out->audit.hash);
	out->custodians = bytes_get_u8(&r);
	if (memcmp(magic, MAGIC, 8) != 0 || out->custodians == 0 || out->custodians > CUSTODY_MAX)
		return ERROR_MALFORMED;
	size_t rest = out->custodians * (4 + (size_t)SEALED);
	*size = HEAD_FIXED + rest;
	return fread(head + HEAD_FIXED, 1, rest, f) == rest ? OK : ERROR_MALFORMED;
}

static enum error own_key(const uint8_t *head, size_t size, const struct officer_keys *custodian, struct bundle_head *h,
	uint32_t *id, uint8_t key[static KEY_SIZE])
{
	struct bytes_reader r;
	uint8_t sealed[SEALED];
	enum error e = ERROR_REFUSED;
	bytes_reader_init(&r, head + HEAD_FIXED, size - HEAD_FIXED);
	for (unsigned i = 0; i < h->custodians; i++) {
		h->ids[i] = bytes_get_u32(&r);
		bytes_get(&r, sealed, sizeof sealed);
		if (e != OK && seal_open(KEY_DOMAIN, custodian->seal, h->station_id, 16, sealed, sizeof sealed, key) == OK) {
			*id = h->ids[i];
			e = OK;
		}
	}
	return e;
}

enum error bundle_open(const char *path, const struct officer_keys *custodian, struct bundle_head *head, uint32_t *id,
	struct bundle **out)
{
	uint8_t octets[HEAD_MAX], key[KEY_SIZE], stream[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	size_t size = 0;
	struct bundle *b = sodium_malloc(sizeof *b);
	if (!b)
		return ERROR_MEMORY;
	sodium_memzero(b, sizeof *b);
	b->file = fopen(path, "rbe");
	enum error e = b->file ? read_head(b->file, octets, &size, head) : ERROR_NOT_FOUND;
	if (e == OK)
		e = own_key(octets, size, custodian, head, id, key);
	if (e == OK && fread(stream, 1, sizeof stream, b->file) != sizeof stream)
		e = ERROR_MALFORMED;
	if (e == OK && crypto_secretstream_xchacha20poly1305_init_pull(&b->stream, stream, key) != 0)
		e = ERROR_MALFORMED;
	sodium_memzero(key, sizeof key);
	if (e != OK) {
		bundle_close(b);
		return e;
	}
	head_hash(octets, size, b->bound);
	*out = b;
	return OK;
}

static enum error get_chunk(struct bundle *b)
{
	uint8_t size[4], tag;
	unsigned long long n;
	struct bytes_reader r;
	if (b->ended || fread(size, 1, sizeof size, b->file) != sizeof size)
		return ERROR_FORGED;
	bytes_reader_init(&r, size, sizeof size);
	uint32_t sealed = bytes_get_u32(&r);
	if (sealed > sizeof b->sealed || fread(b->sealed, 1, sealed, b->file) != sealed)
		return ERROR_FORGED;
	if (crypto_secretstream_xchacha20poly1305_pull(&b->stream, b->plain, &n, &tag, b->sealed, sealed, b->bound,
		    sizeof b->bound) != 0)
		return ERROR_FORGED;
	b->have = n;
	b->at = 0;
	b->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	return OK;
}

static enum error get(struct bundle *b, void *out, size_t size)
{
	uint8_t *to = out;
	while (size) {
		if (b->at == b->have) {
			enum error e = get_chunk(b);
			if (e != OK)
				return e;
			continue;
		}
		size_t n = b->have - b->at < size ? b->have - b->at : size;
		memcpy(to, b->plain + b->at, n);
		b->at += n;
		to += n;
		size -= n;
	}
	return OK;
}

// A name of ours, one folder deep at most; whoever wrote the bundle chooses no other place.
static bool is_own_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-/";
	return *name && *name != '/' && strspn(name, allowed) == strlen(name) && !strstr(name, "..");
}

static enum error write_out(struct bundle *b, const char *path, uint64_t size)
{
	uint8_t buffer[16384];
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum error e = fd < 0 ? ERROR_IO : OK;
	while (size && e == OK) {
		size_t n = size < sizeof buffer ? (size_t)size : sizeof buffer;
		e = get(b, buffer, n);
		if (e == OK && write(fd, buffer, n) != (ssize_t)n)
			e = ERROR_IO;
		size -= n;
	}
	return e == OK && fsync(fd) != 0 ? ERROR_IO : e;
}

enum error bundle_extract(struct bundle *b, const char *folder, bool *more)
{
	uint8_t entry[ENTRY_SIZE];
	char name[BUNDLE_NAME_SIZE], path[700];
	struct bytes_reader r;
	*more = false;
	enum error e = get(b, entry, 1);
	if (e != OK || entry[0] == 0)
		return e == OK && !b->ended ? ERROR_FORGED : e;
	e = get(b, entry + 1, sizeof entry - 1);
	if (e != OK)
		return e;
	bytes_reader_init(&r, entry + 1, sizeof entry - 1);
	bytes_get_text(&r, name, sizeof name);
	uint64_t size = bytes_get_u64(&r);
	if (!bytes_end(&r) || !is_own_name(name))
		return ERROR_MALFORMED;
	snprintf(path, sizeof path, "%.600s/%s", folder, name);
	*more = true;
	return write_out(b, path, size);
}

void bundle_close(struct bundle *b)
{
	if (!b)
		return;
	if (b->file)
		fclose(b->file);
	if (b->writing && !b->ended)
		unlink(b->temporary);
	sodium_free(b);
}
