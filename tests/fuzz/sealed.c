// SPDX-License-Identifier: GPL-2.0-or-later
// What is opened with a key: foreign octets never open; what was sealed around them always does.
#include <sodium.h>

#include "crypto/officer.h"
#include "crypto/wrap.h"
#include "tests/fuzz/fuzz.h"

static void wraps(const uint8_t key[static KEY_SIZE], const uint8_t *data, size_t size)
{
	static uint8_t in[65536 + WRAP_OVERHEAD], out[65536];
	BUG_IF(wrap_open(key, "fuzz", "ad", 2, data, size, out) == OK);
	wrap_seal(key, "fuzz", "ad", 2, data, size, in);
	BUG_IF(wrap_open(key, "fuzz", "ad", 2, in, size + WRAP_OVERHEAD, out) != OK || memcmp(out, data, size) != 0);
	in[size]++;
	BUG_IF(wrap_open(key, "fuzz", "ad", 2, in, size + WRAP_OVERHEAD, out) == OK);
}

static void seals(const struct secret *secret, const struct seal_public *public, const uint8_t *data, size_t size)
{
	static uint8_t in[65536 + SEAL_OVERHEAD], out[65536];
	BUG_IF(seal_open("fuzz", secret, "ad", 2, data, size, out) == OK);
	BUG_IF(seal_to("fuzz", public, "ad", 2, data, size, in) != OK);
	BUG_IF(seal_open("fuzz", secret, "ad", 2, in, size + SEAL_OVERHEAD, out) != OK || memcmp(out, data, size) != 0);
}

// A person's record as a file brings it. Costs above the least are left to kek_params_get: they are only slow.
static void unlocks(const uint8_t *data, size_t size)
{
	struct officer_record r;
	struct officer_keys keys;
	struct kek_params p;
	if (size < sizeof r)
		return;
	memcpy(&r, data, sizeof r);
	if (kek_params_get(r.wrapped, &p) == OK && !(p.passes == 1 && p.memory == 8192))
		return;
	enum error e = officer_unlock(&r, "x", 1, &keys);
	BUG_IF((e == OK) != (keys.seal != NULL) || (e == OK) != (keys.sign != NULL));
	officer_keys_finish(&keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[KEY_SIZE] = {7};
	static struct seal_public public;
	static struct secret *secret;
	if (!secret)
		BUG_IF(sodium_init() < 0 || seal_keypair(&public, &secret) != OK);
	if (size > 65536 - WRAP_OVERHEAD)
		return 0;
	wraps(key, data, size);
	seals(secret, &public, data, size);
	unlocks(data, size);
	return 0;
}
