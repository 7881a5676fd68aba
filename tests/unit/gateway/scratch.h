// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// A temporary folder and whole files, for the tests that need real ones. A failure here fails the test that asked.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRATCH_PATH 128

void scratch_make(char dir[static SCRATCH_PATH]);
void scratch_remove(const char *dir); // with all that it holds
// The whole file; the caller frees.
uint8_t *scratch_load(const char *path, size_t *size);
void scratch_save(const char *path, const void *data, size_t size);
void scratch_copy(const char *from_dir, const char *to_dir); // the files of one folder, no deeper
bool scratch_holds(const char *dir, const void *data, size_t size); // any file of the folder has these octets
int scratch_open_descriptors(void);
