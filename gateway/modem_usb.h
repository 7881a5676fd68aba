// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Power of a USB modem that does not answer even when it is opened: taken and given back through sysfs. Called before
// the sandbox closes; needs the right to write the device's `authorized`, which a udev rule gives.

#include <stddef.h>
#include <sys/types.h>

#include "gateway/base/error.h"

#define MODEM_USB_PATH_SIZE 4096

// The file `authorized` of the USB device behind a terminal; `sys` is "/sys". ERROR_NOT_FOUND: it is no USB device.
MUST_CHECK enum error modem_usb_find(const char *sys, dev_t terminal, char out[static MODEM_USB_PATH_SIZE]);
// Off, a second, on. ERROR_IO: it could not be written. The terminal vanishes and comes back.
MUST_CHECK enum error modem_usb_cycle(const char *authorized);
