// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/modem_usb.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"

// An interface has `authorized` too; only a device has idVendor beside it.
static bool is_usb_device(const char *folder)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/idVendor", folder);
	return access(path, F_OK) == 0;
}

enum error modem_usb_find(const char *sys, dev_t terminal, char out[static MODEM_USB_PATH_SIZE])
{
	char link[PATH_MAX], folder[PATH_MAX], *slash;
	snprintf(link, sizeof link, "%s/dev/char/%u:%u/device", sys, major(terminal), minor(terminal));
	if (!realpath(link, folder))
		return ERROR_NOT_FOUND;
	while (!is_usb_device(folder)) {
		slash = strrchr(folder, '/');
		if (!slash || slash == folder)
			return ERROR_NOT_FOUND;
		*slash = 0;
	}
	int n = snprintf(out, MODEM_USB_PATH_SIZE, "%s/authorized", folder);
	return n > 0 && n < MODEM_USB_PATH_SIZE && access(out, F_OK) == 0 ? OK : ERROR_NOT_FOUND;
}

static enum error put(const char *path, const char *value)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, 1) == 1 ? OK : ERROR_IO;
}

enum error modem_usb_cycle(const char *authorized)
{
	enum error e = put(authorized, "0");
	if (e != OK)
		return e;
	nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	return put(authorized, "1");
}
