// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;
	char why[512];
	const char *path = fuzz_file(data, size);
	if (config_load(path, &c, why) == OK)
		BUG_IF(c.modem_count > CONFIG_MODEMS_MAX || config_retention(&c, "protection", "false") < 0 ||
			config_retention_max(&c) < config_retention_min(&c));
	return 0;
}
