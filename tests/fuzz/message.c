// SPDX-License-Identifier: GPL-2.0-or-later
// A datagram of any octets on a channel between processes, and what is read out of each type.
#include <sys/socket.h>

#include "gateway/part.h"
#include "gateway/state.h"
#include "gateway/vault.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int pair[2] = {-1, -1};
	static struct message m;
	struct bytes_reader r;
	struct part p;
	struct state s;
	struct vault_item item;
	if (pair[0] < 0)
		BUG_IF(message_pair(pair) != OK);
	if (size == 0 || size > MESSAGE_BODY_MAX + 64)
		return 0;
	BUG_IF(send(pair[0], data, size, 0) != (ssize_t)size);
	enum error e = message_receive(pair[1], &m);
	BUG_IF(m.fd >= 0 && e == OK);
	bytes_reader_init(&r, e == OK ? m.body : data, e == OK ? m.size : size);
	if (part_get(&r, &p) == OK)
		BUG_IF(p.length > PART_OCTETS_MAX || p.kind >= PART_KIND_END_);
	bytes_reader_init(&r, e == OK ? m.body : data, e == OK ? m.size : size);
	if (state_get(&r, &s) == OK)
		BUG_IF(s.code >= STATE_CODE_END_);
	if (e == OK && (m.type == MESSAGE_VAULT_PUT || m.type == MESSAGE_VAULT_DROP) && vault_read(&m, &item) == OK)
		BUG_IF(!memchr(item.name, 0, sizeof item.name));
	return 0;
}
