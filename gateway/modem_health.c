// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the modem answers, what its network and its SIM are at, and what is done about it: from ESC over a restart
// of the modem to a restart of this process, which closes and opens the port (and its USB power, modem_usb.c).
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/modem.h"
#include "gateway/modem_usb.h"

#define FRESH_MS 1000  // an answer that young says that the modem is well
#define PING_MS 2000
#define RESET_MS 5000
#define POWER_AGE_S 120 // no USB power cycle sooner after the last

bool modem_is_there(const struct modem *m)
{
	struct stat s; // access() is not in the sandbox
	return stat(m->settings->device, &s) == 0;
}

static bool pings(struct modem *m)
{
	enum error e = at_command(&m->at, "AT", PING_MS, NULL, NULL, NULL);
	if (e == ERROR_CLOSED)
		modem_gone(m, "the modem is gone; plug it in");
	return e == OK || e == ERROR_REFUSED;
}

void modem_make_sure(struct modem *m)
{
	if (m->at.answered_ms && loop_now_ms() - m->at.answered_ms < FRESH_MS)
		return;
	if (!pings(m))
		modem_reset(m);
}

void modem_reset(struct modem *m)
{
	at_escape(&m->at);
	if (pings(m)) {
		log_warn("modem=%s answered after an escape", m->settings->name);
		return;
	}
	// Its answer does not matter: it forgets its settings, so everything begins again.
	enum error e = at_command(&m->at, "AT+CFUN=1,1", RESET_MS, NULL, NULL, NULL);
	modem_gone(m, e == OK ? "the modem did not answer; it restarts" : "the modem does not answer; opened again");
}

// ---- the network's clock --------------------------------------------------------------------------------------

#define AHEAD_S 900
#define BEHIND_S 3600
#define CLOCK_TEXTS 8

// One text in the future is enough. One that is old may only have been late, so eight in a row must be.
void modem_check_clock(struct modem *m, int64_t sent_at, int64_t received_at)
{
	struct modem_clock *c = &m->clock;
	int64_t late = received_at - sent_at;
	c->least_s = c->texts++ == 0 || late < c->least_s ? late : c->least_s;
	if (late > -AHEAD_S && c->texts < CLOCK_TEXTS)
		return;
	bool ahead = c->least_s <= -AHEAD_S, behind = c->texts == CLOCK_TEXTS && c->least_s >= BEHIND_S, was = *c->text;
	*c->text = 0;
	if (ahead)
		snprintf(c->text, sizeof c->text, "the network's clock is %lld min ahead of this station's; which is wrong?",
			(long long)-c->least_s / 60);
	else if (behind)
		snprintf(c->text, sizeof c->text, "texts come %lld min after they were sent: a late network, or its clock",
			(long long)c->least_s / 60);
	if (*c->text && !was)
		log_warn("modem=%s %s", m->settings->name, c->text);
	c->texts = 0;
}

// ---- the slow look --------------------------------------------------------------------------------------------

static bool read_signal(void *ctx, const char *line)
{
	struct modem *m = ctx;
	if (strncmp(line, "+CSQ:", 5) != 0)
		return false;
	int rssi = atoi(line + 5); // TS 27.007 §8.5; 99: not known
	m->state.counters[MODEM_SIGNAL] = rssi >= 0 && rssi <= 31 ? (uint64_t)(rssi * 100 / 31) : 0;
	return true;
}

static bool read_registration(void *ctx, const char *line)
{
	const char *comma = strncmp(line, "+CREG:", 6) ? NULL : strchr(line, ',');
	if (comma)
		*(int *)ctx = atoi(comma + 1); // TS 27.007 §7.2 <stat>
	return comma != NULL;
}

static bool read_lock(void *ctx, const char *line)
{
	if (strncmp(line, "+CPIN:", 6) != 0)
		return false;
	*(bool *)ctx = strstr(line, "READY") != NULL;
	return true;
}

static void say(struct modem *m, enum state_code code, const char *text)
{
	if (m->state.code != code)
		log_warn("modem=%s state=%s %s", m->settings->name, state_name(code), text);
	m->state.code = code;
	snprintf(m->state.text, sizeof m->state.text, "%s", text);
}

static void look_at_network(struct modem *m)
{
	static const char *const why[] = {"not registered; is there a network here?", "", "looking for a network",
		"the network refuses this SIM", "no network", ""};
	int stat = 1;
	bool known = at_command(&m->at, "AT+CREG?", PING_MS, read_registration, &stat, NULL) == OK && stat >= 0 &&
		stat <= 5;
	if (known && *why[stat])
		say(m, STATE_NO_NETWORK, why[stat]);
	else if (m->complaint)
		say(m, STATE_RUNNING, m->complaint);
	else if (*m->clock.text)
		say(m, STATE_RUNNING, m->clock.text);
	else
		say(m, STATE_RUNNING, m->state.counters[MODEM_SIGNAL] ? "" : "no signal is told; look at the antenna");
}

void modem_look(struct modem *m)
{
	modem_make_sure(m);
	bool ready = true;
	int code = 0;
	enum error e = at_command(&m->at, "AT+CPIN?", PING_MS, read_lock, &ready, &code);
	if (e == ERROR_CLOSED)
		modem_gone(m, "the modem is gone; plug it in");
	if (e == ERROR_TIMEOUT)
		modem_reset(m);
	ready = ready && !(e == ERROR_REFUSED && code >= 10 && code <= 15); // TS 27.007 §9.2.1: no SIM, PIN, PUK, failure
	if (m->blocked) {
		if (ready && e == OK)
			modem_end(m, MODEM_RECYCLE); // somebody has opened the SIM: everything begins again
		return;
	}
	if (!ready) {
		say(m, STATE_NO_SIM, "the SIM is out or blocked; put it in, or enter its PUK in a telephone");
		return;
	}
	if (at_command(&m->at, "AT+CSQ", PING_MS, read_signal, m, NULL) == OK)
		look_at_network(m);
}

// ---- before the sandbox ---------------------------------------------------------------------------------------

// Its node is made when it is plugged in or gets power: the age says how long it has had to start.
void modem_cycle_power(const struct modem *m)
{
	char authorized[MODEM_USB_PATH_SIZE];
	struct stat s;
	if (stat(m->settings->device, &s) != 0 || !S_ISCHR(s.st_mode) || time(NULL) - s.st_ctime < POWER_AGE_S)
		return;
	enum error e = modem_usb_find("/sys", s.st_rdev, authorized);
	if (e == OK)
		e = modem_usb_cycle(authorized);
	if (e != ERROR_NOT_FOUND)
		log_warn("modem=%s USB power off and on: %s", m->settings->name, error_text(e));
}

void modem_wait_for_device(struct modem *m)
{
	if (access(m->settings->device, R_OK | W_OK) == 0)
		return;
	m->state.code = STATE_NO_DEVICE;
	snprintf(m->state.text, sizeof m->state.text, "device not there: plug it in");
	process_state(&m->process, &m->state);
	log_warn("modem=%s device=%s is not there", m->settings->name, m->settings->device);
	while (access(m->settings->device, R_OK | W_OK) != 0) {
		static struct message msg;
		struct pollfd p = {.fd = PROCESS_CONTROL_FD, .events = POLLIN};
		if (poll(&p, 1, 100) != 1)
			continue;
		enum error e = message_receive(PROCESS_CONTROL_FD, &msg);
		if (e != OK || msg.type == MESSAGE_STOP)
			modem_end(m, 0);
		if (msg.fd >= 0)
			close(msg.fd); // the next start, which is at once, gets fresh ones
	}
	modem_end(m, 0);
}
