// SPDX-License-Identifier: GPL-2.0-or-later
// The keeper: holds what must outlive a crash of triage but never touch the disk (the KEK, the pseudonym key of the
// epoch, today's content keys) in guarded memory, and gives it back to a restarted triage.
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/process.h"
#include "gateway/vault.h"

struct keeper {
	struct process process;
	struct vault_item *items; // sodium_malloc, VAULT_ITEMS_MAX of them; an empty name is a free place
	int triage;
};

static struct vault_item *find(struct keeper *k, const char *name)
{
	for (size_t i = 0; i < VAULT_ITEMS_MAX; i++)
		if (!strcmp(k->items[i].name, name))
			return &k->items[i];
	return NULL;
}

static void drop(struct keeper *k, const char *name)
{
	struct vault_item *item = *name ? find(k, name) : NULL;
	if (!*name)
		sodium_memzero(k->items, VAULT_ITEMS_MAX * sizeof *k->items);
	else if (item)
		sodium_memzero(item, sizeof *item);
}

static void put(struct keeper *k, const struct vault_item *given)
{
	struct vault_item *item = find(k, given->name);
	if (!item)
		item = find(k, "");
	if (item && *given->name)
		*item = *given;
	else
		log_error("vault full");
}

static enum error give_all(struct keeper *k)
{
	enum error e = OK;
	for (size_t i = 0; i < VAULT_ITEMS_MAX && e == OK; i++)
		if (*k->items[i].name)
			e = vault_send(k->triage, MESSAGE_VAULT_PUT, &k->items[i]);
	return e == OK ? message_send(k->triage, MESSAGE_VAULT_END, NULL, 0, -1) : e;
}

static void tell_state(struct keeper *k)
{
	struct state s = {.code = find(k, VAULT_KEK) ? STATE_RUNNING : STATE_LOCKED};
	process_state(&k->process, &s);
}

static void hang_up(struct keeper *k)
{
	if (k->triage < 0)
		return;
	loop_forget(k->process.loop, k->triage);
	close(k->triage);
	k->triage = -1;
}

static void hear_triage(void *ctx, int fd, short revents)
{
	struct keeper *k = ctx;
	struct message m;
	struct vault_item item = {0};
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_VAULT_ALL)
		e = give_all(k);
	else if (e == OK && (m.type == MESSAGE_VAULT_PUT || m.type == MESSAGE_VAULT_DROP)) {
		e = vault_read(&m, &item);
		if (e == OK && m.type == MESSAGE_VAULT_PUT)
			put(k, &item);
		else if (e == OK)
			drop(k, item.name);
		tell_state(k);
	} else if (e == OK) {
		e = ERROR_MALFORMED;
	}
	sodium_memzero(&m, sizeof m);
	sodium_memzero(&item, sizeof item);
	if (e != OK)
		hang_up(k);
}

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct keeper *k = ctx;
	(void)index;
	BUG_IF(role != ROLE_TRIAGE);
	hang_up(k);
	k->triage = fd;
	BUG_IF(loop_watch(k->process.loop, fd, POLLIN, hear_triage, k) != OK);
}

static void wipe(void *ctx)
{
	struct keeper *k = ctx;
	sodium_free(k->items);
	k->items = NULL;
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {.peer = take_peer, .stop = wipe};
	struct keeper k = {.triage = -1};
	process_init(&k.process, argc, argv, ROLE_KEEPER, &handlers, &k);
	k.items = sodium_allocarray(VAULT_ITEMS_MAX, sizeof *k.items);
	if (!k.items) {
		log_error("no locked memory; raise RLIMIT_MEMLOCK");
		return 3;
	}
	sodium_memzero(k.items, VAULT_ITEMS_MAX * sizeof *k.items);
	return process_run(&k.process);
}
