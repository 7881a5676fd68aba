// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypto/secret.h"

#include <sodium.h>
#include <string.h>

struct secret {
	size_t size;
	uint8_t *bytes;
};

enum error secret_create(size_t size, struct secret **out)
{
	struct secret *s = sodium_malloc(sizeof *s);
	*out = NULL;
	if (!s)
		return ERROR_MEMORY;
	s->size = size;
	s->bytes = sodium_malloc(size);
	if (!s->bytes) {
		sodium_free(s);
		return ERROR_MEMORY;
	}
	sodium_memzero(s->bytes, size);
	*out = s;
	return OK;
}

enum error secret_random(size_t size, struct secret **out)
{
	enum error e = secret_create(size, out);
	if (e == OK)
		randombytes_buf((*out)->bytes, size);
	return e;
}

enum error secret_copy(const void *bytes, size_t size, struct secret **out)
{
	enum error e = secret_create(size, out);
	if (e == OK)
		memcpy((*out)->bytes, bytes, size);
	return e;
}

uint8_t *secret_bytes(struct secret *s)
{
	return s->bytes;
}

const uint8_t *secret_view(const struct secret *s)
{
	return s->bytes;
}

size_t secret_size(const struct secret *s)
{
	return s->size;
}

void secret_destroy(struct secret *s)
{
	if (!s)
		return;
	sodium_free(s->bytes);
	sodium_free(s);
}

void secret_clear(struct secret **s)
{
	secret_destroy(*s);
	*s = NULL;
}
