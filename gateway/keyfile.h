// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The keys at rest in DIR/keys: one small file a key, wrapped under the KEK (all but the public one), written whole
// or not at all, overwritten before it is removed.

#include "crypto/kek.h"
#include "crypto/seal.h"
#include "gateway/config.h"

#define KEYFILE_STATION_OLD "station-old"   // while the spool still holds frames that are sealed to it
#define KEYFILE_STATION_NEXT "station-next" // prepared, not in use yet
#define KEYFILE_LOG_NEXT "log-next"         // a rotated seed, until the record that names it is committed

// DIR/keys/station.pub against the fingerprint pinned in the configuration. ERROR_ARGUMENT with a sentence in `why`.
MUST_CHECK enum error keyfile_station_public(const struct config *c, struct seal_public *out, char why[static 512]);
MUST_CHECK enum error keyfile_station_public_write(const char *dir, const struct seal_public *public);

// The Argon2id parameters of the station's passphrase and a check value, DIR/keys/kek.
MUST_CHECK enum error keyfile_kek_write(const char *dir, const struct kek_params *params, const struct secret *kek);
// ERROR_FORGED: wrong passphrase.
MUST_CHECK enum error keyfile_kek_open(const char *dir, const char *passphrase, size_t length, struct secret **kek);

// DIR/keys/NAME.key: `secret` wrapped under the KEK, bound to its name and station; what was there before is overwritten.
// ERROR_NOT_FOUND when there is none.
MUST_CHECK enum error keyfile_write(const struct config *c, const struct secret *kek, const char *name,
	const struct secret *secret);
MUST_CHECK enum error keyfile_read(const struct config *c, const struct secret *kek, const char *name, size_t size,
	struct secret **out);
// Overwrites, syncs, removes. Not finding it is fine.
MUST_CHECK enum error keyfile_destroy(const struct config *c, const char *name);
