// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/unlocker.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"

struct unlocker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake, up;
	int event;
	bool started, stop;
	struct unlocking *waiting[UNLOCKER_WAITING_MAX], *done[UNLOCKER_WAITING_MAX + 1];
	size_t waiting_count, done_count;
	struct officer_record decoy;
	enum kek_cost cost;
};

// Both are tried, always: the time tells nobody which one it was.
static void unlock(struct unlocking *j)
{
	struct officer_keys second;
	size_t n = strlen(j->password);
	enum error own = officer_unlock(&j->record, j->password, n, &j->keys);
	enum error under = officer_unlock(&j->duress, j->password, n, &second);
	sodium_memzero(j->password, sizeof j->password);
	j->error = own;
	if (own == ERROR_FORGED && under == OK) {
		j->keys = second;
		j->under_duress = true;
		j->error = OK;
	} else {
		officer_keys_finish(&second);
	}
}

// A record for duress is there always: nobody can tell who has a password for it.
static enum error make_duress(const struct unlocker *u, const struct unlocking *j, const char *name,
	struct officer_record *out)
{
	return *j->fresh_duress ? officer_create(name, j->fresh_duress, strlen(j->fresh_duress), u->cost, out) :
				  officer_create_decoy(name, u->cost, out);
}

static void run(const struct unlocker *u, struct unlocking *j)
{
	const char *name = j->kind == MAKE_OFFICER ? j->name : j->record.public.name;
	if (j->kind == MAKE_OFFICER) {
		j->error = officer_create(name, j->fresh, strlen(j->fresh), u->cost, &j->made);
		if (j->error == OK)
			j->error = officer_unlock(&j->made, j->fresh, strlen(j->fresh), &j->keys);
	} else {
		unlock(j);
	}
	if (j->kind == UNLOCK_AND_REWRAP && j->error == OK)
		j->error = officer_rewrap(&j->keys, j->fresh, strlen(j->fresh), u->cost, &j->made);
	if (j->kind != UNLOCK && j->error == OK)
		j->error = make_duress(u, j, name, &j->made_duress);
}

static void *work(void *ctx)
{
	struct unlocker *u = ctx;
	const uint64_t one = 1;
	pthread_mutex_lock(&u->mutex);
	u->started = true;
	pthread_cond_signal(&u->up);
	while (!u->stop) {
		if (u->waiting_count == 0) {
			pthread_cond_wait(&u->wake, &u->mutex);
			continue;
		}
		struct unlocking *j = u->waiting[0];
		u->waiting_count--;
		memmove(u->waiting, u->waiting + 1, u->waiting_count * sizeof j);
		pthread_mutex_unlock(&u->mutex);
		run(u, j);
		pthread_mutex_lock(&u->mutex);
		u->done[u->done_count++] = j;
		BUG_IF(write(u->event, &one, sizeof one) != sizeof one);
	}
	pthread_mutex_unlock(&u->mutex);
	return NULL;
}

enum error unlocker_create(const struct config *c, struct unlocker **out, int *fd)
{
	struct unlocker *u = calloc(1, sizeof *u);
	if (!u)
		return ERROR_MEMORY;
	u->cost = c->demo ? KEK_COST_TEST : KEK_COST_NORMAL;
	enum error e = officer_create_decoy("nobody", u->cost, &u->decoy);
	u->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&u->mutex, NULL);
	pthread_cond_init(&u->wake, NULL);
	pthread_cond_init(&u->up, NULL);
	if (e != OK || u->event < 0 || pthread_create(&u->thread, NULL, work, u) != 0) {
		free(u);
		return e != OK ? e : ERROR_IO;
	}
	pthread_mutex_lock(&u->mutex);
	while (!u->started) // what a thread asks of the kernel when it begins, the sandbox forbids
		pthread_cond_wait(&u->up, &u->mutex);
	pthread_mutex_unlock(&u->mutex);
	*out = u;
	*fd = u->event;
	return OK;
}

void unlocker_destroy(struct unlocker *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->mutex);
	u->stop = true;
	pthread_cond_signal(&u->wake);
	pthread_mutex_unlock(&u->mutex);
	pthread_join(u->thread, NULL);
	for (size_t i = 0; i < u->waiting_count; i++)
		unlocking_free(u->waiting[i]);
	for (size_t i = 0; i < u->done_count; i++)
		unlocking_free(u->done[i]);
	close(u->event);
	free(u);
}

enum error unlocker_put(struct unlocker *u, struct unlocking *job)
{
	enum error e = ERROR_FULL;
	pthread_mutex_lock(&u->mutex);
	if (u->waiting_count + u->done_count < UNLOCKER_WAITING_MAX) {
		u->waiting[u->waiting_count++] = job;
		pthread_cond_signal(&u->wake);
		e = OK;
	}
	pthread_mutex_unlock(&u->mutex);
	return e;
}

static struct unlocking *take_done(struct unlocker *u)
{
	struct unlocking *j = NULL;
	pthread_mutex_lock(&u->mutex);
	if (u->done_count) {
		j = u->done[0];
		u->done_count--;
		memmove(u->done, u->done + 1, u->done_count * sizeof j);
	}
	pthread_mutex_unlock(&u->mutex);
	return j;
}

void unlocking_free(struct unlocking *j)
{
	if (!j)
		return;
	officer_keys_finish(&j->keys);
	sodium_memzero(j, sizeof *j);
	free(j);
}

void unlocker_hear(struct unlocker *u, struct console *c)
{
	struct unlocking *j;
	uint64_t count;
	if (read(u->event, &count, sizeof count) < 0)
		return;
	while ((j = take_done(u))) {
		j->done(c, j, j->ctx);
		unlocking_free(j);
	}
}

void unlocker_decoy(const struct unlocker *u, struct officer_record *out)
{
	*out = u->decoy;
}
