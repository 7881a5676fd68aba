// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Argon2id of a password takes long on purpose. One thread does it, one password after the other, so that the pages of
// those who are logged in do not stand still, and a flood of wrong passwords takes one core and 64 MB at the most.

#include "crypto/officer.h"
#include "gateway/config.h"

#define UNLOCKER_WAITING_MAX 16

struct unlocker;

struct unlocking {
	struct officer_record record, duress; // of nobody, when there is no such officer: it takes as long
	char password[1024];
	// results
	enum error error; // ERROR_FORGED
	bool under_duress;
	struct officer_keys keys;
};

// `fd`: becomes readable when something is done. Before the sandbox closes.
MUST_CHECK enum error unlocker_create(const struct config *c, struct unlocker **out, int *fd);
void unlocker_destroy(struct unlocker *u);
// Takes `job`, which unlocker_done gives back. ERROR_FULL: not taken.
MUST_CHECK enum error unlocker_put(struct unlocker *u, struct unlocking *job, void *ctx);
struct unlocking *unlocker_done(struct unlocker *u, void **ctx); // NULL: nothing is done
void unlocker_decoy(const struct unlocker *u, struct officer_record *out); // opens with no password
