// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The named secrets that triage leaves with the keeper, and their messages. Used by these two alone.

#include <sodium.h>

#include "gateway/base/bytes.h"
#include "gateway/message.h"

#define VAULT_ITEMS_MAX 64
#define VAULT_NAME_SIZE 32
#define VAULT_SECRET_SIZE 32
#define VAULT_KEK "kek"

struct vault_item {
	char name[VAULT_NAME_SIZE];
	uint8_t secret[VAULT_SECRET_SIZE];
};

// PUT sends name and secret, DROP the name alone (empty: all).
MUST_CHECK static inline enum error vault_send(int sock, enum message_type type, const struct vault_item *item)
{
	uint8_t body[VAULT_NAME_SIZE + VAULT_SECRET_SIZE];
	size_t size = type == MESSAGE_VAULT_PUT ? sizeof body : VAULT_NAME_SIZE;
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_text(&w, item->name, VAULT_NAME_SIZE);
	bytes_put(&w, item->secret, VAULT_SECRET_SIZE);
	BUG_IF(!bytes_ok(&w));
	enum error e = message_send(sock, type, body, size, -1);
	sodium_memzero(body, sizeof body);
	return e;
}

MUST_CHECK static inline enum error vault_read(const struct message *m, struct vault_item *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, m->body, m->size);
	bytes_get_text(&r, out->name, VAULT_NAME_SIZE);
	if (m->type == MESSAGE_VAULT_PUT)
		bytes_get(&r, out->secret, VAULT_SECRET_SIZE);
	return bytes_end(&r) ? OK : ERROR_MALFORMED;
}
