// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Argon2id of a password takes long on purpose. One thread does it, one password after the other, so that the pages of
// those who are logged in do not stand still, and a flood of wrong passwords takes one core and 64 MB at the most.

#include "crypto/officer.h"
#include "gateway/config.h"

#define UNLOCKER_WAITING_MAX 16

struct unlocker;

struct console;
struct unlocking;
typedef void unlocking_done(struct console *c, struct unlocking *job, void *ctx);

enum unlocking_kind { UNLOCK, UNLOCK_AND_REWRAP, MAKE_OFFICER };

struct unlocking {
	enum unlocking_kind kind;
	unlocking_done *done;                 // in the loop; the job is wiped and freed behind it
	void *ctx;
	struct officer_record record, duress; // UNLOCK …: of nobody, when there is no such officer: it takes as long
	char password[1024];
	char name[OFFICER_NAME_SIZE];         // MAKE_OFFICER
	char fresh[1024], fresh_duress[1024]; // the new passwords; the second may be empty
	// results
	enum error error; // ERROR_FORGED
	bool under_duress;
	struct officer_keys keys;             // whoever takes them sets them to zero
	struct officer_record made, made_duress;
};

// `fd`: becomes readable when something is done. Before the sandbox closes.
MUST_CHECK enum error unlocker_create(const struct config *c, struct unlocker **out, int *fd);
void unlocker_destroy(struct unlocker *u);
// Takes `job`. ERROR_FULL: not taken.
MUST_CHECK enum error unlocker_put(struct unlocker *u, struct unlocking *job);
void unlocker_hear(struct unlocker *u, struct console *c); // calls `done` of what is done
void unlocking_free(struct unlocking *job); // NULL is fine
void unlocker_decoy(const struct unlocker *u, struct officer_record *out); // opens with no password
