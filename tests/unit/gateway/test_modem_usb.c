// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gateway/modem_usb.h"
#include "scratch.h"

#define DEVICE "devices/pci/usb1/1-2"

static char sys[SCRATCH_PATH];

static const char *in_sys(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", sys, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(in_sys(name), "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

// As the kernel lays out a modem at 188:0: terminal, interface, device, hub.
static int set_up(void **state)
{
	static const char *const folders[] = {"dev", "dev/char", "dev/char/188:0", "dev/char/4:64", "devices", "devices/pci",
		"devices/pci/usb1", DEVICE, DEVICE "/1-2:1.0", DEVICE "/1-2:1.0/ttyUSB0"};
	(void)state;
	scratch_make(sys);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_int_equal(mkdir(in_sys(folders[i]), 0700), 0);
	put(DEVICE "/1-2:1.0/authorized", "1\n");
	put(DEVICE "/authorized", "1\n");
	put(DEVICE "/idVendor", "12d1\n");
	assert_int_equal(symlink("../../../" DEVICE "/1-2:1.0/ttyUSB0", in_sys("dev/char/188:0/device")), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_remove(sys);
	return 0;
}

static void the_device_is_found_not_its_interface(void **state)
{
	char path[MODEM_USB_PATH_SIZE], want[PATH_MAX];
	(void)state;
	assert_int_equal(modem_usb_find(sys, makedev(188, 0), path), OK);
	assert_non_null(realpath(in_sys(DEVICE "/authorized"), want));
	assert_string_equal(path, want);
}

static void what_is_no_usb_device_is_left_alone(void **state)
{
	char path[MODEM_USB_PATH_SIZE];
	(void)state;
	assert_int_equal(modem_usb_find(sys, makedev(4, 64), path), ERROR_NOT_FOUND);
	assert_int_equal(modem_usb_find(sys, makedev(136, 7), path), ERROR_NOT_FOUND);
}

static void the_power_is_on_at_the_end(void **state)
{
	char path[MODEM_USB_PATH_SIZE], now[4] = "";
	(void)state;
	put(DEVICE "/authorized", "?\n");
	assert_int_equal(modem_usb_find(sys, makedev(188, 0), path), OK);
	assert_int_equal(modem_usb_cycle(path), OK);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(now, sizeof now, f));
	fclose(f);
	assert_string_equal(now, "1\n");
	assert_int_equal(modem_usb_cycle("/nonexistent/authorized"), ERROR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_device_is_found_not_its_interface, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_usb_device_is_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_power_is_on_at_the_end, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
