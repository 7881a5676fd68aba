// SPDX-License-Identifier: GPL-2.0-or-later
// What an officer has read: a bit an alert, of the newest 32,768. Kept in console/ under a key that only the officer's
// own gives; lost marks are unread alerts, nothing worse.
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/wrap.h"
#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/console/console.h"
#include "gateway/log.h"

#define DOMAIN "tama/read-marks/1"
#define BYTES 4096
#define PLAIN_SIZE (8 + BYTES)
#define SAVE_EVERY_S 20

struct reader {
	char name[OFFICER_NAME_SIZE];
	unsigned sessions;
	bool duress, dirty; // duress: in memory alone
	uint8_t key[KEY_SIZE];
	uint64_t base; // everything before it counts as read
	uint8_t bits[BYTES];
	struct reader *next;
};

struct readers {
	const struct config *config;
	struct reader *first;
	unsigned ticks;
};

enum error readers_create(const struct config *c, struct readers **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return ERROR_MEMORY;
	(*out)->config = c;
	return OK;
}

void readers_destroy(struct readers *r)
{
	free(r);
}

// ---- the file -------------------------------------------------------------------------------------------------------

static const char *path_of(const struct readers *r, const struct reader *one, char path[static 600])
{
	uint8_t hash[16];
	char hex[33], file[64];
	crypto_generichash(hash, sizeof hash, (const uint8_t *)one->name, strlen(one->name), NULL, 0);
	snprintf(file, sizeof file, "console/read-%s", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
	return config_file(r->config, file, path);
}

static void load(struct readers *r, struct reader *one)
{
	char path[600];
	uint8_t wrapped[PLAIN_SIZE + WRAP_OVERHEAD], plain[PLAIN_SIZE];
	struct bytes_reader b;
	cleanup_fd int fd = open(path_of(r, one, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, wrapped, sizeof wrapped) != sizeof wrapped ||
		wrap_open(one->key, DOMAIN, r->config->station_id, 16, wrapped, sizeof wrapped, plain) != OK)
		return; // none yet, or of a key that was changed
	bytes_reader_init(&b, plain, sizeof plain);
	one->base = bytes_get_u64(&b);
	bytes_get(&b, one->bits, BYTES);
}

static void save(struct readers *r, struct reader *one)
{
	char path[600], fresh[620];
	uint8_t wrapped[PLAIN_SIZE + WRAP_OVERHEAD], plain[PLAIN_SIZE];
	struct bytes_writer w;
	if (!one->dirty || one->duress)
		return;
	bytes_writer_init(&w, plain, sizeof plain);
	bytes_put_u64(&w, one->base);
	bytes_put(&w, one->bits, BYTES);
	wrap_seal(one->key, DOMAIN, r->config->station_id, 16, plain, sizeof plain, wrapped);
	snprintf(fresh, sizeof fresh, "%s.new", path_of(r, one, path));
	cleanup_fd int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, wrapped, sizeof wrapped) != sizeof wrapped || rename(fresh, path) != 0)
		log_warn("read marks of %s cannot be kept: %m", one->name);
	one->dirty = false;
}

// ---- officers -------------------------------------------------------------------------------------------------------

void readers_enter(struct console *c, struct session *s)
{
	bool duress = view_is_duress(s->view);
	struct reader *one = c->readers->first;
	while (one && (strcmp(one->name, s->name) != 0 || one->duress != duress))
		one = one->next;
	if (!one && (one = calloc(1, sizeof *one))) {
		snprintf(one->name, sizeof one->name, "%s", s->name);
		one->duress = duress;
		wrap_subkey(secret_view(view_keys(s->view)->seal), DOMAIN, 0, one->key);
		if (!duress)
			load(c->readers, one);
		one->next = c->readers->first;
		c->readers->first = one;
	}
	if (one)
		one->sessions++;
	s->reader = one;
}

void readers_leave(struct console *c, struct session *s)
{
	struct reader *one = s->reader, **at = &c->readers->first;
	s->reader = NULL;
	if (!one || --one->sessions)
		return;
	save(c->readers, one);
	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	sodium_memzero(one, sizeof *one);
	free(one);
}

bool readers_unread(const struct session *s, uint64_t id)
{
	const struct reader *one = s->reader;
	if (!one || id < one->base)
		return false;
	uint64_t at = id - one->base;
	return at >= BYTES * 8 || !(one->bits[at / 8] >> at % 8 & 1);
}

// The window moves on by eighths, so that old marks are forgotten seldom and many at once.
void readers_mark(struct session *s, uint64_t id)
{
	struct reader *one = s->reader;
	if (!one || id < one->base)
		return;
	while (id - one->base >= BYTES * 8) {
		if (id - one->base >= BYTES * 16) { // far beyond all marks
			memset(one->bits, 0, BYTES);
			one->base = id - BYTES * 8 + 1;
			one->base -= one->base % 8;
			continue;
		}
		memmove(one->bits, one->bits + BYTES / 8, BYTES - BYTES / 8);
		memset(one->bits + BYTES - BYTES / 8, 0, BYTES / 8);
		one->base += BYTES;
	}
	one->bits[(id - one->base) / 8] |= (uint8_t)(1u << (id - one->base) % 8);
	one->dirty = true;
}

void readers_tick(struct console *c)
{
	if (++c->readers->ticks % SAVE_EVERY_S)
		return;
	for (struct reader *one = c->readers->first; one; one = one->next)
		save(c->readers, one);
}
