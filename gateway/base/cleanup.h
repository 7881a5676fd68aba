// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Scope-bound release: `cleanup_fd int fd = open(…)`, `return steal_fd(&fd)`. Used everywhere.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fd_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
static inline void cleanup_free_(void *p)
{
	free(*(void **)p);
}
static inline void cleanup_file_(FILE **f)
{
	if (*f)
		fclose(*f);
}
static inline int steal_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
static inline void *steal_pointer_(void *pp)
{
	void **p = pp, *taken = *p;
	*p = NULL;
	return taken;
}

#define cleanup_fd __attribute__((cleanup(cleanup_fd_)))
#define cleanup_free __attribute__((cleanup(cleanup_free_)))
#define cleanup_file __attribute__((cleanup(cleanup_file_)))
// cleanup_with(function taking a pointer to the variable)
#define cleanup_with(f) __attribute__((cleanup(f)))
#define steal_pointer(pp) ((__typeof__(*(pp)))steal_pointer_(pp))
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))
