// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the files of `tama export` share.

#include "gateway/cli.h"
#include "gateway/feed/feed.h"

#define EXPORT_IDS_MAX 64

struct export_call {
	struct cli *cli;
	const char *as, *password_file, *output;
	int format;
	bool open;
	int64_t since_at;
	const char **ids; // of alerts; none: all
	int id_count;
};
