// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>

#include "crypto/reveal.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t station[16];
	static const struct officer_public nobody;
	static struct secret *session;
	struct custody_share share;
	struct reveal_request r;
	uint32_t id;
	if (!session)
		BUG_IF(sodium_init() < 0 || secret_random(KEY_SIZE, &session) != OK);
	if (reveal_request_read(data, size, &r) == OK)
		BUG_IF(!memchr(r.reason, 0, sizeof r.reason) || r.share_size > CUSTODY_SHARE_MAX);
	if (reveal_approval_custodian(station, 0, data, size, &id) == OK)
		BUG_IF(size > REVEAL_APPROVAL_MAX);
	BUG_IF(reveal_approval_open(&nobody, session, station, 0, data, size, &share) == OK);
	return 0;
}
