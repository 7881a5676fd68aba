// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>

#include "gateway/bundle.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct officer_keys nobody;
	struct bundle_head head;
	struct bundle *b = NULL;
	uint32_t id;
	if (!nobody.seal)
		BUG_IF(sodium_init() < 0 || secret_random(KEY_SIZE, &nobody.seal) != OK);
	const char *path = fuzz_file(data, size);
	BUG_IF(bundle_open(path, &nobody, &head, &id, &b) == OK); // not sealed to us
	bundle_close(b);
	return 0;
}
