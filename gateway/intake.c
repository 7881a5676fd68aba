// SPDX-License-Identifier: GPL-2.0-or-later
// The intake: takes parts from the modems, seals them with the station's public key, makes them durable, and only
// then says so. It never holds a secret that opens anything.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/keyfile.h"
#include "gateway/log.h"
#include "gateway/process.h"
#include "gateway/spool.h"

enum { TIMER_STATE };
#define STATE_EVERY_MS 50

struct channel {
	int fd;
	uint32_t last_id;
	bool answer_due;
};

struct intake {
	struct seal_public station;
	struct process process;
	struct spool_writer *spool;
	struct channel modems[CONFIG_MODEMS_MAX];
	int triage;
	struct state state;
};

static void tell_state(void *ctx)
{
	struct intake *k = ctx;
	k->state.counters[INTAKE_SEQ] = spool_durable_seq(k->spool);
	process_state(&k->process, &k->state);
}

static void state_changed(struct intake *k)
{
	if (!loop_timer_armed(k->process.loop, TIMER_STATE))
		loop_timer(k->process.loop, TIMER_STATE, STATE_EVERY_MS, tell_state, k);
}

static void drop(struct intake *k, int *fd)
{
	if (*fd < 0)
		return;
	loop_forget(k->process.loop, *fd);
	close(*fd);
	*fd = -1;
}

static void tell_triage(struct intake *k)
{
	uint8_t body[8];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u64(&w, spool_durable_seq(k->spool));
	if (k->triage < 0 || !bytes_ok(&w))
		return;
	enum error e = message_send(k->triage, MESSAGE_APPENDED, body, sizeof body, -1);
	if (e != OK && e != ERROR_FULL) // a full doorbell rings already
		drop(k, &k->triage);
}

static void refuse(struct intake *k, struct channel *c, uint32_t id, enum error why)
{
	uint8_t body[5];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u32(&w, id);
	bytes_put_u8(&w, (uint8_t)why);
	if (!bytes_ok(&w) || message_send(c->fd, MESSAGE_REFUSED, body, sizeof body, -1) != OK)
		drop(k, &c->fd);
}

static void answer(struct intake *k, struct channel *c)
{
	uint8_t body[4];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u32(&w, c->last_id);
	c->answer_due = false;
	if (!bytes_ok(&w) || message_send(c->fd, MESSAGE_DURABLE, body, sizeof body, -1) != OK)
		drop(k, &c->fd); // it will list again and the fingerprint will know them
}

// One datagram; false when none waits.
static bool take_part(struct intake *k, struct channel *c)
{
	struct message m;
	struct bytes_reader r;
	struct part p;
	if (c->fd < 0)
		return false;
	enum error e = message_receive(c->fd, &m);
	if (e == ERROR_TIMEOUT)
		return false;
	if (e != OK || m.type != MESSAGE_PART) {
		if (e != ERROR_CLOSED)
			k->state.counters[INTAKE_REJECTED]++;
		if (m.fd >= 0)
			close(m.fd);
		drop(k, &c->fd);
		return false;
	}
	k->state.counters[INTAKE_RECEIVED]++;
	bytes_reader_init(&r, m.body, m.size);
	e = part_get(&r, &p);
	if (e == OK && !bytes_end(&r))
		e = ERROR_MALFORMED;
	if (e == OK)
		e = spool_append(k->spool, (unsigned)(c - k->modems), &p);
	if (e != OK) {
		k->state.counters[INTAKE_REJECTED]++;
		refuse(k, c, p.id, ERROR_MALFORMED);
	} else {
		c->last_id = p.id;
		c->answer_due = true;
	}
	explicit_bzero(&m, sizeof m);
	explicit_bzero(&p, sizeof p);
	return true;
}

static void commit_failed(struct intake *k, enum error e)
{
	if (e != ERROR_FULL) {
		// After a failed sync the kernel may have dropped the pages: nothing may be acknowledged, ever.
		log_error("the spool cannot be written: %s (%s); intake ends, the SIM keeps its messages",
			error_text(e), strerror(errno));
		_exit(1);
	}
	k->state.code = STATE_DISK_FULL;
	snprintf(k->state.text, sizeof k->state.text, "the disk is full; texts wait on the SIM. Free space now.");
	k->state.counters[INTAKE_REFUSED_FULL]++;
	for (size_t i = 0; i < CONFIG_MODEMS_MAX; i++)
		if (k->modems[i].answer_due) {
			k->modems[i].answer_due = false;
			refuse(k, &k->modems[i], k->modems[i].last_id, ERROR_FULL);
		}
	tell_state(k);
}

// Takes what waits on every channel, then one sync for all of it.
static void hear_modems(void *ctx, int fd, short revents)
{
	struct intake *k = ctx;
	(void)fd;
	(void)revents;
	size_t taken = 0;
	bool more = true;
	while (more && taken < SPOOL_BATCH_MAX) {
		more = false;
		for (size_t i = 0; i < CONFIG_MODEMS_MAX && taken < SPOOL_BATCH_MAX; i++)
			if (take_part(k, &k->modems[i])) {
				more = true;
				taken++;
			}
	}
	if (taken == 0)
		return;
	enum error e = spool_commit(k->spool);
	if (e != OK) {
		commit_failed(k, e);
		return;
	}
	k->state.code = STATE_RUNNING;
	k->state.text[0] = 0;
	k->state.counters[INTAKE_SYNCS]++;
	for (size_t i = 0; i < CONFIG_MODEMS_MAX; i++)
		if (k->modems[i].answer_due)
			answer(k, &k->modems[i]);
	k->state.counters[INTAKE_SPOOLED] += taken;
	tell_triage(k);
	state_changed(k);
}

static void hear_triage(void *ctx, int fd, short revents)
{
	struct intake *k = ctx;
	struct message m;
	struct bytes_reader r;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e != OK || m.type != MESSAGE_DRAINED) {
		if (m.fd >= 0)
			close(m.fd);
		drop(k, &k->triage);
		return;
	}
	bytes_reader_init(&r, m.body, m.size);
	spool_drained(k->spool, bytes_get_u64(&r));
}

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct intake *k = ctx;
	if (role == ROLE_TRIAGE) {
		drop(k, &k->triage);
		k->triage = fd;
		BUG_IF(loop_watch(k->process.loop, fd, POLLIN, hear_triage, k) != OK);
		tell_triage(k);
		return;
	}
	BUG_IF(role != ROLE_MODEM || index >= CONFIG_MODEMS_MAX);
	drop(k, &k->modems[index].fd);
	k->modems[index] = (struct channel){.fd = fd};
	BUG_IF(loop_watch(k->process.loop, fd, POLLIN, hear_modems, k) != OK);
}

// The station's public key is read at the start alone: intake ends, and is started again with the new one.
static void reload(void *ctx)
{
	struct intake *k = ctx;
	struct seal_public now = k->station;
	char why[512];
	enum error e = keyfile_station_public(&k->process.config, &now, why); // the pin that it knows is still the old one
	if (e == OK || memcmp(now.key, k->station.key, sizeof now.key) == 0)
		return;
	loop_stop(k->process.loop);
}

// Frames that are sealed to the old key end here, so that it can be destroyed although no text may come for days.
static enum error mark_new_key(struct intake *k)
{
	if (!spool_is_rekeyed(k->spool))
		return OK;
	enum error e = spool_append_dummy(k->spool);
	return e == OK ? spool_commit(k->spool) : e;
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {.peer = take_peer, .reload = reload};
	static struct intake k = {.triage = -1, .state = {.code = STATE_RUNNING}};
	char path[600], why[512];
	for (size_t i = 0; i < CONFIG_MODEMS_MAX; i++)
		k.modems[i].fd = -1;
	process_init(&k.process, argc, argv, ROLE_INTAKE, &handlers, &k);
	enum error e = keyfile_station_public(&k.process.config, &k.station, why);
	if (e != OK) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	e = spool_writer_open(config_file(&k.process.config, "spool", path), &k.station,
		(uint32_t)k.process.config.segment_frames, &k.spool);
	if (e == OK)
		e = mark_new_key(&k);
	if (e != OK) {
		log_error("spool=%s: %s (%s)", path, error_text(e), strerror(errno));
		return 3;
	}
	int status = process_run(&k.process);
	spool_writer_close(k.spool);
	return status;
}
