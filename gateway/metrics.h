// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What `tama status --json` says, for machines (Prometheus text format) and as a list of what is wrong. Used by `tama
// status` and by the notify process.

#include <jansson.h>

// The caller's; aborts when there is no memory. Modems and targets are labelled by their place in tama.conf, so that no
// name that an administrator gave, and no place in it, gets into a monitoring system.
char *metrics_text(const json_t *status);
// What is wrong, the worst first: an array of {"what", "next"} for people. Empty: all is well. The caller's.
json_t *metrics_problems(const json_t *status);
