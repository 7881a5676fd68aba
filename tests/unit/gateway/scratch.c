// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

void scratch_make(char dir[static SCRATCH_PATH])
{
	const char *base = getenv("TMPDIR");
	snprintf(dir, SCRATCH_PATH, "%.90s/tama-test-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void scratch_remove(const char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

uint8_t *scratch_load(const char *path, size_t *size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	uint8_t *data = malloc(*size ? *size : 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, *size), st.st_size);
	close(fd);
	return data;
}

void scratch_save(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

// The next ordinary file of `d` as dir/name, false behind the last.
static bool next_file(DIR *d, const char *dir, char path[static 512], const char **name)
{
	struct dirent *entry;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, 512, "%.200s/%.255s", dir, entry->d_name);
		*name = entry->d_name;
		return true;
	}
	return false;
}

void scratch_copy(const char *from_dir, const char *to_dir)
{
	DIR *d = opendir(from_dir);
	char from[512], to[512];
	const char *name;
	assert_non_null(d);
	while (next_file(d, from_dir, from, &name)) {
		size_t size;
		uint8_t *data = scratch_load(from, &size);
		snprintf(to, sizeof to, "%.200s/%.255s", to_dir, name);
		scratch_save(to, data, size);
		free(data);
	}
	closedir(d);
}

bool scratch_holds(const char *dir, const void *data, size_t size)
{
	DIR *d = opendir(dir);
	char path[512];
	const char *name;
	bool found = false;
	assert_non_null(d);
	while (!found && next_file(d, dir, path, &name)) {
		size_t all;
		uint8_t *content = scratch_load(path, &all);
		found = memmem(content, all, data, size) != NULL;
		free(content);
	}
	closedir(d);
	return found;
}

int scratch_open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;
	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}
