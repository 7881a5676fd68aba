// SPDX-License-Identifier: GPL-2.0-or-later
// Triage: the only process with the station's secret. Locked, it counts what waits; unlocked, it reads the spool and
// fills the queue. It talks to intake and keeper, and answers clients on its listening socket.
#include <jansson.h>
#include <malloc.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/triage_notify.h"
#include "gateway/triage_request.h"
#include "gateway/triage_trend.h"

#define HOUSE_EVERY_MS 60000
#define DESTROY_AFTER_MS 3600000 // of being unlocked: a clock that was wrong at start-up destroys nothing
#define STATE_EVERY_MS 50
#define PASSPHRASE_SIZE 1024

static void put_state(void *ctx)
{
	struct triage *t = ctx;
	struct state s = t->state;
	if (triage_is_locked(t))
		s.code = STATE_LOCKED;
	else if (t->clock.suspended && !*s.text)
		snprintf(s.text, sizeof s.text, "retention waits: %.70s", t->clock.why);
	process_state(&t->process, &s);
}

void triage_tell_state(struct triage *t)
{
	if (!loop_timer_armed(t->process.loop, TRIAGE_TIMER_STATE))
		loop_timer(t->process.loop, TRIAGE_TIMER_STATE, STATE_EVERY_MS, put_state, t);
}

static void work_soon(struct triage *t)
{
	if (!loop_timer_armed(t->process.loop, TRIAGE_TIMER_WORK))
		triage_work(t);
}

// ---- clients ------------------------------------------------------------------------------------------------------

static void hang_up(struct triage *t, struct triage_client *c)
{
	loop_forget(t->process.loop, c->fd);
	close(c->fd);
	*c = (struct triage_client){.fd = -1};
}

void triage_alerts_changed(struct triage *t)
{
	uint8_t body[8];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u64(&w, t->newest_alert);
	for (size_t i = 0; i < TRIAGE_CLIENTS_MAX; i++) {
		struct triage_client *c = &t->clients[i];
		if (c->fd < 0 || !c->watching)
			continue;
		enum error e = message_send(c->fd, MESSAGE_CHANGED, body, sizeof body, -1);
		if (e != OK && e != ERROR_FULL) // who is slow has a CHANGED waiting already
			hang_up(t, c);
	}
}

static void reply(struct triage *t, struct triage_client *c, enum error result, const char *text)
{
	uint8_t body[241];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u8(&w, (uint8_t)result);
	bytes_put_text(&w, text, 240);
	if (!bytes_ok(&w) || message_send(c->fd, MESSAGE_RESULT, body, sizeof body, -1) != OK)
		hang_up(t, c);
}

static void keep_house(void *ctx)
{
	struct triage *t = ctx;
	const uint8_t *epoch;
	int64_t now = (int64_t)time(NULL), again = HOUSE_EVERY_MS;
	if (!triage_is_locked(t)) {
		triage_deadline_look(t);
		triage_clock_settle(t);
	}
	if (triage_clock_check(t, now) && loop_now_ms() - t->unlocked_ms >= DESTROY_AFTER_MS) {
		triage_keys_expire(t, now);
		triage_heads(t, now);
		triage_trend_house(t, now);
		if (t->keys->has_epoch && triage_epoch_key(t, now, &epoch) != OK)
			log_error("the pseudonym epoch cannot be ended: %m");
		if (triage_retention(t, now))
			again = 0;
	}
	if (!triage_is_locked(t))
		triage_canary(t, now);
	triage_deadline_arm(t);
	if (t->notify.wait)
		triage_notify_send(t);
	loop_timer(t->process.loop, TRIAGE_TIMER_HOUSE, again, keep_house, t);
}

// What was done while the chain's key was away is written down first.
static void note_unlock(struct triage *t, const char *how)
{
	enum error e = triage_begin(t);
	if (e == OK)
		e = triage_audit(t, "unlock", "station", "%s wrong=%u", how, t->wrong_passphrases);
	if (e == OK)
		e = triage_audit_steps(t);
	if (e == OK)
		e = triage_commit(t);
	if (e == OK) {
		t->wrong_passphrases = 0;
	} else {
		log_error("audit: %s", error_text(e));
		triage_rollback(t);
	}
}

static void unlocked(struct triage *t)
{
	if (triage_rules_unlocked(t) != OK) {
		log_error("no rules can be loaded: mend them, then SIGHUP and `tama unlock`; until then texts are received and sealed");
		triage_lock(t);
		put_state(t);
		return;
	}
	put_state(t);
	triage_deadline_begin(t);
	triage_notify_send(t);
	work_soon(t);
	triage_send_waiting(t);
	loop_timer(t->process.loop, TRIAGE_TIMER_HOUSE, 0, keep_house, t); // the clock is looked at before anything else
}

static void hear_unlock(struct triage *t, struct triage_client *c, const struct message *m)
{
	struct bytes_reader r;
	char passphrase[PASSPHRASE_SIZE];
	bytes_reader_init(&r, m->body, m->size);
	bytes_get_text(&r, passphrase, sizeof passphrase);
	if (!bytes_end(&r)) {
		hang_up(t, c);
		return;
	}
	enum error e = OK;
	bool was_locked = triage_is_locked(t);
	if (was_locked)
		e = triage_unlock(t, passphrase, strlen(passphrase));
	sodium_memzero(passphrase, sizeof passphrase);
	if (e == OK && was_locked)
		note_unlock(t, "by passphrase");
	reply(t, c, e, e == ERROR_FORGED ? "wrong passphrase" : e == OK ? "unlocked" : "the station's keys do not open");
	if (e == OK && was_locked) {
		log_info("unlocked");
		unlocked(t);
	} else if (e != OK) {
		t->wrong_passphrases++;
		log_warn("unlock refused: %s", error_text(e));
	}
}

static void hear_request(struct triage *t, struct triage_client *c, const struct message *m)
{
	struct answer answer;
	uint8_t body[MESSAGE_BODY_MAX];
	triage_request(t, m->body, m->size, &answer);
	size_t size = answer_write(&answer, body);
	if (message_send(c->fd, MESSAGE_ANSWER, body, size, -1) != OK)
		hang_up(t, c);
	sodium_memzero(body, sizeof body);
	sodium_memzero(&answer, sizeof answer);
}

static void hear_client(void *ctx, int fd, short revents)
{
	struct triage *t = ctx;
	struct triage_client *c = NULL;
	struct message m;
	char why[240] = "";
	(void)revents;
	for (size_t i = 0; i < TRIAGE_CLIENTS_MAX && !c; i++)
		if (t->clients[i].fd == fd)
			c = &t->clients[i];
	BUG_IF(!c);
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_UNLOCK) {
		hear_unlock(t, c, &m);
	} else if (e == OK && m.type == MESSAGE_LOCK) {
		triage_audit_now(t, "lock", "station", "");
		triage_lock(t);
		put_state(t);
		log_info("locked");
		reply(t, c, OK, "locked");
	} else if (e == OK && m.type == MESSAGE_WATCH) {
		c->watching = true;
	} else if (e == OK && m.type == MESSAGE_ACTION) {
		e = triage_act(t, m.body, m.size, why);
		reply(t, c, e, why);
	} else if (e == OK && m.type == MESSAGE_SEIZE) {
		e = triage_seize(t, "by command");
		put_state(t);
		reply(t, c, e, e == OK ? "seized: keys are destroyed, the station is locked" :
					 "locked, but a key file could not be destroyed: look at the log");
	} else if (e == OK && m.type == MESSAGE_REQUEST) {
		hear_request(t, c, &m);
	} else {
		if (m.fd >= 0)
			close(m.fd);
		hang_up(t, c);
	}
	sodium_memzero(m.body, sizeof m.body);
}

static void take_client(struct triage *t, int client, bool watching)
{
	for (size_t i = 0; i < TRIAGE_CLIENTS_MAX; i++) {
		if (t->clients[i].fd >= 0)
			continue;
		if (loop_watch(t->process.loop, client, POLLIN, hear_client, t) != OK)
			break;
		t->clients[i] = (struct triage_client){.fd = client, .watching = watching};
		return;
	}
	close(client);
}

static void accept_client(void *ctx, int fd, short revents)
{
	(void)revents;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client >= 0)
		take_client(ctx, client, false);
}

static void take_listening(void *ctx, int fd)
{
	struct triage *t = ctx;
	if (t->listening >= 0) {
		loop_forget(t->process.loop, t->listening);
		close(t->listening);
	}
	t->listening = fd;
	BUG_IF(loop_watch(t->process.loop, fd, POLLIN, accept_client, t) != OK);
}

// ---- peers --------------------------------------------------------------------------------------------------------

static void drop_peer(struct triage *t, int *fd)
{
	if (*fd < 0)
		return;
	loop_forget(t->process.loop, *fd);
	close(*fd);
	*fd = -1;
}

static void hear_intake(void *ctx, int fd, short revents)
{
	struct triage *t = ctx;
	struct message m;
	struct bytes_reader r;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e != OK || m.type != MESSAGE_APPENDED) {
		if (m.fd >= 0)
			close(m.fd);
		drop_peer(t, &t->intake);
		return;
	}
	bytes_reader_init(&r, m.body, m.size);
	uint64_t limit = bytes_get_u64(&r);
	t->limit = limit > t->limit ? limit : t->limit;
	if (!triage_is_locked(t))
		work_soon(t);
}

static void take_vault(struct triage *t, const struct message *m)
{
	struct triage_keys *k = t->keys;
	if (k->given_count == VAULT_ITEMS_MAX || vault_read(m, &k->given[k->given_count]) != OK)
		drop_peer(t, &t->keeper);
	else
		k->given_count++;
}

static void hear_keeper(void *ctx, int fd, short revents)
{
	struct triage *t = ctx;
	struct message m;
	(void)revents;
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK && m.type == MESSAGE_VAULT_PUT && triage_is_locked(t)) {
		take_vault(t, &m);
	} else if (e == OK && m.type == MESSAGE_VAULT_END) {
		if (triage_is_locked(t) && triage_unlock_given(t) == OK) {
			log_info("unlocked again with the keeper's key");
			note_unlock(t, "by the keeper");
			unlocked(t);
		}
	} else if (e != OK || !triage_is_locked(t)) {
		if (m.fd >= 0)
			close(m.fd);
		drop_peer(t, &t->keeper);
	}
	sodium_memzero(m.body, sizeof m.body);
}

static void hear_modem(void *ctx, int fd, short revents)
{
	struct triage *t = ctx;
	struct message m;
	struct bytes_reader r;
	unsigned index = 0;
	(void)revents;
	while (index < CONFIG_MODEMS_MAX && t->modems[index] != fd)
		index++;
	BUG_IF(index == CONFIG_MODEMS_MAX);
	enum error e = message_receive(fd, &m);
	if (e == ERROR_TIMEOUT)
		return;
	bytes_reader_init(&r, m.body, e == OK ? m.size : 0);
	uint32_t id = bytes_get_u32(&r);
	uint8_t result = bytes_get_u8(&r);
	if (e == OK && m.type == MESSAGE_SENT && result < ERROR_COUNT_) {
		triage_reply_sent(t, id, (enum error)result);
		return;
	}
	if (e == OK && m.fd >= 0)
		close(m.fd);
	drop_peer(t, &t->modems[index]);
	triage_modem_gone(t, index);
}

static void take_modem(struct triage *t, unsigned index, int fd)
{
	BUG_IF(index >= CONFIG_MODEMS_MAX);
	drop_peer(t, &t->modems[index]);
	triage_modem_gone(t, index);
	t->modems[index] = fd;
	BUG_IF(loop_watch(t->process.loop, fd, POLLIN, hear_modem, t) != OK);
	triage_send_waiting(t);
}

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct triage *t = ctx;
	if (role == ROLE_INTAKE) {
		drop_peer(t, &t->intake);
		t->intake = fd;
		BUG_IF(loop_watch(t->process.loop, fd, POLLIN, hear_intake, t) != OK);
		return;
	}
	if (role == ROLE_MODEM) {
		take_modem(t, index, fd);
		return;
	}
	if (role == ROLE_CONSOLE) { // a client like others, that is there before it asks
		take_client(t, fd, true);
		return;
	}
	if (role == ROLE_NOTIFY) {
		triage_notify_peer(t, fd);
		return;
	}
	BUG_IF(role != ROLE_KEEPER);
	drop_peer(t, &t->keeper);
	t->keeper = fd;
	t->keys->given_count = 0;
	BUG_IF(loop_watch(t->process.loop, fd, POLLIN, hear_keeper, t) != OK);
	if (!triage_is_locked(t))
		triage_keys_to_vault(t);
	else if (message_send(fd, MESSAGE_VAULT_ALL, NULL, 0, -1) != OK)
		log_warn("keeper does not listen");
}

// ---- set-up -------------------------------------------------------------------------------------------------------

static void reload(void *ctx)
{
	triage_rules_reload(ctx);
}

enum error triage_load_custodians(struct triage *t)
{
	struct officer_public custodians[CUSTODY_MAX];
	size_t count = 0, size;
	uint8_t threshold = 0;
	enum error e = store_custodians(t->store, t->custodian_ids, custodians, CUSTODY_MAX, &count);
	if (e == OK && count)
		e = store_meta_get(t->store, "custody_threshold", &threshold, 1, &size);
	for (size_t i = 0; i < count; i++)
		t->custodians[i] = custodians[i].seal;
	t->custodian_count = (unsigned)count;
	t->threshold = threshold;
	if (e == OK && count && (threshold < 1 || threshold > count))
		e = ERROR_MALFORMED;
	return e;
}

static enum error open_queue(struct triage *t)
{
	char path[600];
	uint64_t next = 1;
	config_file(&t->process.config, DATABASE_NAME, path);
	enum error e = store_open(path, true, &t->store);
	if (e == OK)
		e = pads_open(&t->process.config, true, &t->pads);
	if (e == OK)
		e = triage_load_custodians(t);
	if (e == OK)
		e = store_next_alert(t->store, &next);
	t->newest_alert = t->announced = next - 1;
	if (e == ERROR_VERSION)
		log_error("%s was written by another version of Tama; nothing was changed", path);
	else if (e != OK)
		log_error("%s: %s", path, error_text(e));
	return e;
}

// jansson leaves a member out when there is no memory for it: an alert without its place. Rather none now: the batch is
// read again by the next triage.
static void *memory_or_end(size_t size)
{
	void *p = malloc(size);
	BUG_IF(!p);
	return p;
}

// What jansson frees held a text: it goes back to the allocator as zeros.
static void free_wiped(void *p)
{
	if (p)
		sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {
		.peer = take_peer, .listen = take_listening, .reload = reload};
	static struct triage t = {.intake = -1, .keeper = -1, .listening = -1, .notify = {.fd = -1}};
	for (size_t i = 0; i < TRIAGE_CLIENTS_MAX; i++)
		t.clients[i].fd = -1;
	for (size_t i = 0; i < CONFIG_MODEMS_MAX; i++)
		t.modems[i] = -1;
	process_init(&t.process, argc, argv, ROLE_TRIAGE, &handlers, &t);
	json_set_alloc_funcs(memory_or_end, free_wiped);
	t.state.code = STATE_RUNNING;
	if (triage_keys_create(&t.keys) != OK) {
		log_error("no locked memory; raise RLIMIT_MEMLOCK");
		return 3;
	}
	if (open_queue(&t) != OK)
		return 3;
	if (triage_rules_load(&t) != OK)
		return 2;
	triage_tell_state(&t);
	triage_notify_send(&t);
	loop_timer(t.process.loop, TRIAGE_TIMER_HOUSE, HOUSE_EVERY_MS, keep_house, &t);
	int status = process_run(&t.process);
	sodium_free(t.keys);
	secret_destroy(t.kek);
	secret_destroy(t.station);
	secret_destroy(t.station_old);
	store_close(t.store);
	pads_close(t.pads);
	return status;
}
