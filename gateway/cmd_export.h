// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What the files of `tama export` share.

#include "gateway/cli.h"
#include "gateway/feed/feed.h"
#include "gateway/section.h"

#define EXPORT_IDS_MAX 64

struct export_call {
	struct cli *cli;
	const char *as, *password_file, *output, *section, *token_file, *key;
	char scheme[64]; // of the p-codes
	int format;
	bool open;
	int64_t since_at;
	const char **ids; // of alerts; none: all
	int id_count;
};

// export_section.c: what a section was given, with its token. EXIT_DONE, or an exit status after one message.
int export_section(struct export_call *x, json_t *entries, char section[static SECTION_NAME_SIZE]);
// export_verify.c: whether the station signed what a document says.
int export_verify(const struct export_call *x, const char *path);
