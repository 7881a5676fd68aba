// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/backoff.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/cleanup.h"

#define SLOTS 1024
#define FREE_TRIES 5
#define WAIT_MAX_S 60
#define FORGET_MS 900000

struct tries {
	uint8_t who[16];
	unsigned failed;
	int64_t at_ms, until_ms;
};

struct backoff {
	uint8_t device_key[32], table_key[16]; // the second: nobody chooses who shares a slot with whom
	struct tries slots[SLOTS];
};

enum error backoff_create(const struct config *c, struct backoff **out)
{
	char path[600];
	struct backoff *b = calloc(1, sizeof *b);
	if (!b)
		return ERROR_MEMORY;
	randombytes_buf(b->table_key, sizeof b->table_key);
	config_file(c, "console/device.key", path);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, b->device_key, sizeof b->device_key) == sizeof b->device_key) {
		*out = b;
		return OK;
	}
	randombytes_buf(b->device_key, sizeof b->device_key);
	cleanup_fd int made = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (made < 0 || write(made, b->device_key, sizeof b->device_key) != sizeof b->device_key || fsync(made) != 0) {
		backoff_destroy(b);
		return ERROR_IO;
	}
	*out = b;
	return OK;
}

void backoff_destroy(struct backoff *b)
{
	if (b)
		sodium_memzero(b, sizeof *b);
	free(b);
}

// ---- devices --------------------------------------------------------------------------------------------------------

// 16 random octets, and a tag over them and the name: no list is kept.
static void tag_of(const struct backoff *b, const uint8_t nonce[static 16], const char *name, uint8_t out[static 32])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, b->device_key, sizeof b->device_key, 32);
	crypto_generichash_update(&h, (const uint8_t *)"tama/device/1", 14);
	crypto_generichash_update(&h, nonce, 16);
	crypto_generichash_update(&h, (const uint8_t *)name, strlen(name));
	crypto_generichash_final(&h, out, 32);
}

void backoff_device(struct backoff *b, const char *name, char out[static DEVICE_TOKEN_SIZE])
{
	uint8_t bytes[48];
	randombytes_buf(bytes, 16);
	tag_of(b, bytes, name, bytes + 16);
	sodium_bin2base64(out, DEVICE_TOKEN_SIZE, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool is_device(const struct backoff *b, const char *device, const char *name)
{
	uint8_t bytes[48], want[32];
	size_t n = 0;
	if (!device || sodium_base642bin(bytes, sizeof bytes, device, strlen(device), NULL, &n, NULL,
			       sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != sizeof bytes)
		return false;
	tag_of(b, bytes, name, want);
	return sodium_memcmp(want, bytes + 16, sizeof want) == 0;
}

// ---- tries ----------------------------------------------------------------------------------------------------------

static struct tries *slot_of(struct backoff *b, char kind, const char *what)
{
	uint8_t who[16];
	uint64_t at;
	crypto_generichash_state h;
	crypto_generichash_init(&h, b->table_key, sizeof b->table_key, 16);
	crypto_generichash_update(&h, (const uint8_t *)&kind, 1);
	crypto_generichash_update(&h, (const uint8_t *)what, strlen(what));
	crypto_generichash_final(&h, who, sizeof who);
	memcpy(&at, who, sizeof at);
	struct tries *t = &b->slots[at % SLOTS];
	if (memcmp(t->who, who, sizeof who) != 0) {
		*t = (struct tries){0};
		memcpy(t->who, who, sizeof who);
	}
	return t;
}

static int64_t wait_ms(struct tries *t, int64_t now_ms)
{
	if (now_ms - t->at_ms > FORGET_MS)
		t->failed = 0;
	return t->failed > FREE_TRIES && t->until_ms > now_ms ? t->until_ms - now_ms : 0;
}

// A device that is known is counted by itself, neither with its address nor with its officer's name.
static size_t slots_of(struct backoff *b, const char *address, const char *name, const char *device, struct tries *out[2])
{
	if (is_device(b, device, name)) {
		out[0] = slot_of(b, 'd', device);
		return 1;
	}
	out[0] = slot_of(b, 'a', address);
	out[1] = slot_of(b, 'n', name);
	return 2;
}

int64_t backoff_wait_s(struct backoff *b, const char *address, const char *name, const char *device, int64_t now_ms)
{
	struct tries *t[2];
	int64_t worst = 0;
	size_t n = slots_of(b, address, name, device, t);
	for (size_t i = 0; i < n; i++) {
		int64_t w = wait_ms(t[i], now_ms);
		worst = w > worst ? w : worst;
	}
	return (worst + 999) / 1000;
}

void backoff_failed(struct backoff *b, const char *address, const char *name, const char *device, int64_t now_ms)
{
	struct tries *t[2];
	size_t n = slots_of(b, address, name, device, t);
	for (size_t i = 0; i < n; i++) {
		(void)wait_ms(t[i], now_ms);
		t[i]->failed++;
		t[i]->at_ms = now_ms;
		unsigned over = t[i]->failed > FREE_TRIES ? t[i]->failed - FREE_TRIES : 0;
		int64_t wait_s = over > 6 ? WAIT_MAX_S : INT64_C(1) << (int)over;
		t[i]->until_ms = now_ms + (wait_s > WAIT_MAX_S ? WAIT_MAX_S : wait_s) * 1000;
	}
}

void backoff_passed(struct backoff *b, const char *address, const char *name, const char *device)
{
	struct tries *t[2];
	size_t n = slots_of(b, address, name, device, t);
	for (size_t i = 0; i < n; i++)
		t[i]->failed = 0;
}
