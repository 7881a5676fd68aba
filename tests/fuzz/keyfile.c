// SPDX-License-Identifier: GPL-2.0-or-later
// Files of DIR/keys as somebody left them: the public key, the parameters of the passphrase, a wrapped key.
#include <sodium.h>
#include <sys/stat.h>

#include "gateway/keyfile.h"
#include "tests/fuzz/fuzz.h"

static char dir[] = "/dev/shm/tama-fuzz-XXXXXX";

static void put(const char *name, const uint8_t *data, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "%s/keys/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	BUG_IF(fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0);
}

// The parameters stand first in the file; costs above the least are only slow.
static bool cheap(const uint8_t *data, size_t size)
{
	struct kek_params p;
	return size < KEK_PARAMS_SIZE || kek_params_get(data, &p) != OK || (p.passes == 1 && p.memory == 8192);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;
	static struct secret *kek;
	struct secret *got = NULL;
	struct seal_public public;
	char why[512], keys[64];
	if (!kek) {
		BUG_IF(sodium_init() < 0 || !mkdtemp(dir) || secret_random(KEY_SIZE, &kek) != OK);
		snprintf(keys, sizeof keys, "%s/keys", dir);
		BUG_IF(mkdir(keys, 0700) != 0);
		snprintf(c.dir, sizeof c.dir, "%s", dir);
	}
	put("station.pub", data, size);
	BUG_IF(keyfile_station_public(&c, &public, why) == OK); // nothing is pinned
	put("log.key", data, size);
	BUG_IF(keyfile_read(&c, kek, "log", KEY_SIZE, &got) == OK || got);
	put("kek", data, size);
	if (cheap(data, size) && keyfile_kek_open(dir, "x", 1, &got) == OK)
		secret_clear(&got);
	return 0;
}
