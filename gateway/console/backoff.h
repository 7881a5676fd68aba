// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Wrong passwords make the next try wait: of that address, and of that name from anywhere. Who shows a browser in which
// the officer was logged in before (a signed cookie) is not made to wait for what strangers do with his name, so that
// nobody can lock an officer out.

#include <stdbool.h>
#include <stdint.h>

#include "gateway/config.h"

#define DEVICE_COOKIE "__Host-tama-device"
#define DEVICE_TOKEN_SIZE 96

struct backoff;

// The key of the cookies stands in console/device.key; made when it is not there. Before the sandbox closes.
MUST_CHECK enum error backoff_create(const struct config *c, struct backoff **out);
void backoff_destroy(struct backoff *b);
// Seconds to wait; 0: go on. `device`: the cookie, or NULL.
int64_t backoff_wait_s(struct backoff *b, const char *address, const char *name, const char *device, int64_t now_ms);
void backoff_failed(struct backoff *b, const char *address, const char *name, const char *device, int64_t now_ms);
void backoff_passed(struct backoff *b, const char *address, const char *name, const char *device);
void backoff_device(struct backoff *b, const char *name, char out[static DEVICE_TOKEN_SIZE]);
