// SPDX-License-Identifier: GPL-2.0-or-later
// One modem: list what waits, hand it to intake, delete what is durable. No key, no file, no network; clear text
// for a moment.
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/log.h"
#include "gateway/modem.h"

#define RETRY_MS 2000
#define LIES_MAX 3
#define ANSWER_MS 30000
#define RING_GAP_MS 15000
#define REST_MS 50         // looks whether there is still something to do
#define IDLE_MS 200        // so long nothing: the child ends, and what it read with it
#define RECYCLE_MESSAGES 50000
#define RECYCLE_MS (24ll * 3600 * 1000)
#define EXIT_NO_DEVICE 3
#define GONE "the modem is gone; plug it in"

static void work(void *ctx);
static void soon(struct modem *m, int64_t after_ms)
{
	loop_timer(m->process.loop, TIMER_WORK, after_ms, work, m);
}

static void tell_state(struct modem *m)
{
	m->state.counters[MODEM_COMMANDS] = m->at.commands;
	process_state(&m->process, &m->state);
}

// Before the loop runs, channels wait unread on the control socket; ending with them there resets it, and the
// supervisor would not hear why.
static void tell_last_state(struct modem *m)
{
	static struct message msg;
	struct pollfd p = {.fd = PROCESS_CONTROL_FD, .events = POLLIN};
	tell_state(m);
	while (!modem_is_child() && poll(&p, 1, 0) == 1 && message_receive(PROCESS_CONTROL_FD, &msg) == OK)
		if (msg.fd >= 0)
			close(msg.fd);
}

void modem_gone(struct modem *m, const char *why)
{
	m->state.code = STATE_NO_DEVICE;
	snprintf(m->state.text, sizeof m->state.text, "%s", why);
	log_warn("modem=%s %s", m->settings->name, why);
	tell_last_state(m);
	modem_end(m, EXIT_NO_DEVICE);
}

void modem_silent(struct modem *m)
{
	modem_sleep_limit(m, 0);
	if (m->at.unsolicited) // it was open already
		modem_reset(m);
	else
		modem_cycle_power(m);
	modem_gone(m, "the modem does not answer; is its speed right? see connection in tama.conf");
}

// ---- towards intake -------------------------------------------------------------------------------------------

enum error modem_send(struct modem *m, struct part *p, struct item *i)
{
	uint8_t body[PART_SIZE];
	struct bytes_writer w;
	enum error e = OK;
	p->id = i->id = m->next_id++;
	p->slot = i->slot;
	i->state = ITEM_SENT;
	bytes_writer_init(&w, body, sizeof body);
	part_put(&w, p);
	if (!bytes_ok(&w)) {
		i->state = ITEM_REFUSED; // libGammu gave nonsense: the slot is read raw
		return OK;
	}
	if (m->intake < 0)
		return ERROR_CLOSED;
	while ((e = message_send(m->intake, MESSAGE_PART, body, sizeof body, -1)) == ERROR_FULL) {
		struct pollfd wait = {.fd = m->intake, .events = POLLOUT};
		if (poll(&wait, 1, ANSWER_MS) != 1)
			break;
	}
	explicit_bzero(body, sizeof body);
	if (e != OK)
		return ERROR_CLOSED;
	if (p->kind == PART_TEXT && p->sent_at)
		modem_check_clock(m, p->sent_at, p->received_at);
	m->open++;
	m->state.counters[MODEM_RECEIVED]++;
	m->state.counters[MODEM_LAST_AT] = (uint64_t)time(NULL);
	return OK;
}

static void forget_intake(struct modem *m)
{
	if (m->intake < 0)
		return;
	loop_forget(m->process.loop, m->intake);
	close(m->intake);
	m->intake = -1;
	m->batch_count = m->open = 0; // what was not acknowledged is on the SIM still and is listed again
}

// ---- deletion -------------------------------------------------------------------------------------------------

static enum error delete_one(struct modem *m, const struct item *i)
{
	char command[32];
	enum error e;
	snprintf(command, sizeof command, "AT+CMGD=%u", i->slot);
	if (!m->one_storage && !m->careful)
		e = modem_gammu_delete(m, i);
	else
		e = at_command(&m->at, command, 10000, NULL, NULL, NULL);
	if (e == OK)
		modem_wipe_freed(m, i->slot);
	return e;
}

// Deletes what was read AND is durable: with one command where the modem takes a flag (1: read messages; what has
// arrived since the listing is unread) and every message of a complete listing is durable, else slot by slot.
static enum error delete_batch(struct modem *m)
{
	size_t durable = 0;
	enum error e = OK;
	for (size_t i = 0; i < m->batch_count; i++)
		durable += m->batch[i].state == ITEM_DURABLE;
	if (m->delete_flags && m->one_storage && m->complete && durable == m->batch_count && durable > 1) {
		e = at_command(&m->at, "AT+CMGD=1,1", 30000, NULL, NULL, NULL);
		for (size_t i = 0; i < m->batch_count && e == OK; i++)
			modem_wipe_freed(m, m->batch[i].slot);
		return e;
	}
	for (size_t i = 0; i < m->batch_count && (e == OK || e == ERROR_REFUSED); i++)
		if (m->batch[i].state == ITEM_DURABLE)
			e = delete_one(m, &m->batch[i]);
	return e;
}

// A message that was listed before, in a slot that was deleted: the modem said OK and did nothing. What was written
// into the slot since would be unread.
static void count_lies(struct modem *m)
{
	bool lie = false;
	for (size_t i = 0; i < m->batch_count; i++) {
		unsigned slot = m->batch[i].slot;
		lie |= slot < MODEM_SLOTS_MAX && m->deleted[slot] && m->batch[i].read;
		if (slot < MODEM_SLOTS_MAX)
			m->deleted[slot] = false;
	}
	m->lies = lie ? m->lies + 1 : 0;
	m->complaint = m->lies >= LIES_MAX ? "the SIM does not delete messages and will be full; replace it" : NULL;
	if (m->lies == LIES_MAX)
		log_warn("modem=%s %s", m->settings->name, m->complaint);
}

static int64_t lies_wait_ms(const struct modem *m)
{
	return (int64_t)RETRY_MS << (m->lies < 8 ? m->lies : 8);
}

static bool read_used(void *ctx, const char *line)
{
	const char *comma = strncmp(line, "+CPMS:", 6) ? NULL : strchr(line, ',');
	if (comma)
		*(uint64_t *)ctx = strtoul(comma + 1, NULL, 10);
	return comma != NULL;
}

// libGammu ends a listing quietly at a PDU that it cannot read, and hides what is behind it. So before the modem goes
// idle the SIM itself says how much is left; what a raw listing leaves too is somebody's drafts.
static void look_behind(struct modem *m, bool was_raw)
{
	uint64_t used = 0;
	if (!m->one_storage || at_command(&m->at, "AT+CPMS?", 10000, read_used, &used, NULL) != OK)
		return;
	used -= used < m->wipe.count ? used : m->wipe.count;
	m->state.counters[MODEM_SLOTS_USED] = used;
	if (!was_raw && used > m->foreign) {
		m->raw_next = true;
		soon(m, 0);
	} else {
		m->foreign = used;
	}
}

static void finish_batch(struct modem *m)
{
	size_t count = m->batch_count, stay = 0;
	uint64_t total = m->state.counters[MODEM_SLOTS_TOTAL];
	for (size_t i = 0; i < count; i++)
		stay += m->batch[i].state == ITEM_REFUSED;
	loop_timer_stop(m->process.loop, TIMER_ANSWER);
	count_lies(m);
	enum error e = delete_batch(m);
	m->since_start += count;
	m->batch_count = 0;
	m->state.counters[MODEM_SLOTS_USED] = stay;
	if (e == ERROR_CLOSED)
		modem_gone(m, GONE);
	if (e != OK)
		log_warn("modem=%s deletion: %s", m->settings->name, error_text(e));
	tell_state(m);
	if (m->careful && count == 0)
		modem_end(m, MODEM_RECYCLE); // the poison is out: back to libGammu
	// A SIM that was full has more behind it; a message that stayed is tried again later.
	bool full = total ? count >= total : count >= 10;
	if (m->announced || m->raw_next || (full && stay == 0 && !m->lies) || (m->careful && stay == 0))
		soon(m, 0);
	else if (stay || e != OK)
		soon(m, RETRY_MS);
	else if (m->lies)
		soon(m, lies_wait_ms(m));
	else
		look_behind(m, false);
}

// ---- the batch ------------------------------------------------------------------------------------------------

static void answer_late(void *ctx)
{
	struct modem *m = ctx;
	log_warn("modem=%s intake does not answer; listing again", m->settings->name);
	m->batch_count = m->open = 0;
	soon(m, 0);
}

static void recycle_when_due(struct modem *m)
{
	if (m->out.box.count == 0 &&
		(m->since_start > RECYCLE_MESSAGES || loop_now_ms() - m->started_ms > RECYCLE_MS))
		modem_end(m, MODEM_RECYCLE);
}

static void work(void *ctx)
{
	struct modem *m = ctx;
	if (m->intake < 0 || m->batch_count > 0 || m->blocked)
		return;
	recycle_when_due(m);
	modem_make_sure(m);
	bool raw = m->careful || m->raw_next;
	m->raw_next = false;
	m->active_ms = loop_now_ms();
	enum error e = raw ? modem_list_raw(m) : modem_list(m);
	if (e == ERROR_CLOSED && m->intake >= 0 && !modem_is_there(m))
		modem_gone(m, GONE);
	if (e != OK) {
		log_warn("modem=%s listing: %s", m->settings->name, error_text(e));
		m->batch_count = m->open = 0;
		soon(m, RETRY_MS);
		return;
	}
	if (m->open > 0)
		loop_timer(m->process.loop, TIMER_ANSWER, ANSWER_MS, answer_late, m);
	else if (m->batch_count > 0 || m->careful)
		finish_batch(m);
	else if (m->announced || m->raw_next)
		soon(m, 0);
	else
		look_behind(m, raw);
}

// ---- what others say ------------------------------------------------------------------------------------------

static void mark(struct modem *m, uint32_t up_to, bool only, enum item_state state)
{
	for (size_t i = 0; i < m->batch_count; i++) {
		struct item *it = &m->batch[i];
		if (it->state == ITEM_SENT && (only ? it->id == up_to : (int32_t)(up_to - it->id) >= 0)) {
			it->state = state;
			m->open--;
		}
	}
}

static enum error refused(struct modem *m, uint32_t id, enum error why)
{
	mark(m, id, why != ERROR_FULL, ITEM_REFUSED); // a full disk refuses all that was on its way
	for (size_t i = 0; why == ERROR_MALFORMED && i < m->batch_count; i++)
		if (m->batch[i].id == id && m->batch[i].state == ITEM_REFUSED && !m->batch[i].raw)
			return modem_send_raw(m, &m->batch[i]);
	return OK;
}

static void hear_intake(void *ctx, int fd, short revents)
{
	struct modem *m = ctx;
	struct message msg;
	struct bytes_reader r;
	(void)revents;
	enum error e = message_receive(fd, &msg);
	if (e == ERROR_TIMEOUT)
		return;
	bytes_reader_init(&r, msg.body, e == OK ? msg.size : 0);
	if (e == OK && msg.type == MESSAGE_DURABLE) {
		mark(m, bytes_get_u32(&r), false, ITEM_DURABLE);
	} else if (e == OK && msg.type == MESSAGE_REFUSED) {
		uint32_t id = bytes_get_u32(&r);
		e = refused(m, id, (enum error)bytes_get_u8(&r));
	} else {
		e = ERROR_CLOSED;
	}
	if (e != OK)
		forget_intake(m);
	else if (m->open == 0 && m->batch_count > 0)
		finish_batch(m);
}

// A telephone that rings says so every few seconds: one call is one alert.
void modem_missed_call(struct modem *m, const char *number)
{
	struct part p = {.kind = PART_CALL, .class = -1, .received_at = (int64_t)time(NULL)};
	struct item unused = {0};
	int64_t now = loop_now_ms();
	bool same = !strcmp(number, m->caller) && now - m->called_ms < RING_GAP_MS;
	m->called_ms = now;
	if (same || !*number || strlen(number) >= sizeof p.sender)
		return;
	memcpy(m->caller, number, strlen(number) + 1);
	memcpy(p.sender, number, strlen(number));
	p.sent_at = p.received_at;
	if (modem_send(m, &p, &unused) == OK)
		m->open--; // nothing on the SIM waits for its answer
	explicit_bzero(&p, sizeof p);
}

void modem_heard(struct modem *m)
{
	tell_state(m);
	if (m->announced && m->batch_count == 0)
		soon(m, 0);
}

static void read_caller(struct modem *m, const char *line)
{
	char number[PART_SENDER_SIZE] = "";
	const char *from = strchr(line, '"'), *to = from ? strchr(from + 1, '"') : NULL;
	if (to && to - from - 1 < PART_SENDER_SIZE)
		memcpy(number, from + 1, (size_t)(to - from - 1));
	modem_missed_call(m, number);
	explicit_bzero(number, sizeof number);
}

void modem_unsolicited(void *ctx, const char *line)
{
	struct modem *m = ctx;
	if (!strncmp(line, "+CMTI:", 6))
		m->announced = true;
	else if (!strncmp(line, "+CLIP:", 6))
		read_caller(m, line);
}

static void hear_tty(void *ctx, int fd, short revents)
{
	struct modem *m = ctx;
	(void)fd;
	m->active_ms = loop_now_ms();
	enum error e = revents & POLLIN ? at_idle(&m->at) : ERROR_CLOSED;
	if (e != OK)
		modem_gone(m, GONE);
	if (m->announced && m->batch_count == 0)
		work(m);
}

// ---- the child: everything above --------------------------------------------------------------------------------

static void rest(void *ctx)
{
	static const int timers[] = {TIMER_WORK, TIMER_ANSWER, TIMER_SEND, TIMER_WIPE};
	struct modem *m = ctx;
	int64_t now = loop_now_ms();
	bool busy = m->batch_count || m->out.box.count;
	busy |= *m->caller && now - m->called_ms < RING_GAP_MS; // it must be known when it rings again
	for (size_t i = 0; i < ARRAY_LENGTH(timers); i++)
		busy |= loop_timer_armed(m->process.loop, timers[i]);
	if (!busy && now - m->active_ms >= IDLE_MS)
		modem_end(m, 0);
	loop_timer(m->process.loop, TIMER_REST, REST_MS, rest, m);
}

// The supervisor speaks to the parent, which waits for this child.
static void hear_control(void *ctx, int fd, short revents)
{
	struct modem *m = ctx;
	(void)fd;
	(void)revents;
	modem_end(m, MODEM_INTERRUPTED);
}

void modem_child_run(struct modem *m)
{
	struct loop *loop = m->process.loop;
	enum error e = loop_watch(loop, m->tty, POLLIN, hear_tty, m);
	if (e == OK)
		e = loop_watch(loop, PROCESS_CONTROL_FD, POLLIN, hear_control, m);
	if (e == OK && m->intake >= 0)
		e = loop_watch(loop, m->intake, POLLIN, hear_intake, m);
	if (e == OK && m->out.triage >= 0)
		e = loop_watch(loop, m->out.triage, POLLIN, modem_out_hear, m);
	BUG_IF(e != OK);
	m->active_ms = loop_now_ms();
	loop_timer(loop, TIMER_REST, REST_MS, rest, m);
	if (m->poll) {
		modem_look(m);
		tell_state(m);
	}
	m->poll = false;
	modem_wipe_again(m);
	soon(m, 0);
	loop_run(loop);
}

// ---- the parent: who it speaks with -------------------------------------------------------------------------------

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct modem *m = ctx;
	int *place = role == ROLE_TRIAGE ? &m->out.triage : &m->intake;
	(void)index;
	BUG_IF(role != ROLE_INTAKE && role != ROLE_TRIAGE);
	*place = -1;
	modem_watch(m); // forgets and closes the one before
	*place = fd;
	if (role == ROLE_INTAKE) {
		m->next_id = 1;
		m->batch_count = m->open = 0; // what was not acknowledged is on the SIM still and is listed again
	}
	modem_watch(m);
	if (role == ROLE_INTAKE)
		modem_wake(m);
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {.peer = take_peer};
	struct modem *m;
	mallopt(M_PERTURB, 0xa5); // what is freed is overwritten
	if (modem_share(&m) != OK)
		return 3;
	*m = (struct modem){.intake = -1, .tty = -1, .one_storage = true, .out.triage = -1, .state = {.code = STATE_STARTING},
		.started_ms = loop_now_ms()};
	process_init(&m->process, argc, argv, ROLE_MODEM, &handlers, m);
	if (m->process.index >= m->process.config.modem_count) {
		fprintf(stderr, "tama-modem: no modem %u in %s\n", m->process.index, m->process.config.path);
		return 2;
	}
	m->settings = &m->process.config.modems[m->process.index];
	m->careful = getenv("TAMA_MODEM_CAREFUL") != NULL;
	modem_wait_for_device(m);
	enum error e = modem_open(m);
	if (e != OK) {
		log_warn("modem=%s device=%s %s", m->settings->name, m->settings->device, m->state.text);
		if (e != ERROR_REFUSED) {
			modem_cycle_power(m);
			tell_last_state(m);
			modem_end(m, EXIT_NO_DEVICE);
		}
		m->blocked = true;
	}
	if (!m->blocked) {
		modem_ask_abilities(m);
		m->state.code = STATE_RUNNING;
	}
	tell_state(m);
	modem_watch(m);
	return process_run(&m->process);
}
