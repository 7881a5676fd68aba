// SPDX-License-Identifier: GPL-2.0-or-later
// A deleted SMS stays in the SIM's memory, marked free, until something is written over it. When nothing else is to do
// this file writes: a dummy into each free place until the deleted ones have had one, then it deletes the dummies.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/log.h"
#include "gateway/modem.h"

#define IDLE_MS 2000
#define WRITE_MS 10000
#define CMS_MEMORY_FULL 322 // TS 27.005 §3.2.5

// An SMS-SUBMIT (TS 23.040 §9.2.2.2) to the number 0 with 140 octets of user data: as long as a record of the SIM gets.
#define DUMMY_LENGTH 148
#define ZEROS_35 "0000000000000000000000000000000000000000000000000000000000000000000000"
static const char dummy[] = "000100" "0181F0" "00" "04" "8C" ZEROS_35 ZEROS_35 ZEROS_35 ZEROS_35;

bool modem_wipe_is_dummy(const char *pdu)
{
	return !strcasecmp(pdu, dummy);
}

static int next_set(const bool slots[static MODEM_SLOTS_MAX])
{
	for (int i = 1; i < MODEM_SLOTS_MAX; i++)
		if (slots[i])
			return i;
	return 0;
}

static bool read_index(void *ctx, const char *line)
{
	if (strncmp(line, "+CMGW:", 6) != 0)
		return false;
	*(int *)ctx = atoi(line + 6);
	return true;
}

static void remove_dummies(struct modem *m)
{
	char command[32];
	for (int i; (i = next_set(m->wipe.dummies));) {
		snprintf(command, sizeof command, "AT+CMGD=%d", i);
		enum error e = at_command(&m->at, command, WRITE_MS, NULL, NULL, NULL);
		if (e != OK)
			log_warn("modem=%s dummy slot=%d stays: %s", m->settings->name, i, error_text(e));
		m->wipe.dummies[i] = false;
	}
	m->wipe.count = 0;
}

static void give_up(struct modem *m, enum error e, int code)
{
	memset(m->wipe.freed, 0, sizeof m->wipe.freed);
	if (e == ERROR_REFUSED && code == CMS_MEMORY_FULL)
		return; // the others hold newer messages: those have overwritten them
	m->wipe.cannot = e == ERROR_REFUSED;
	log_warn("modem=%s freed slots cannot be overwritten: %s cms=%d", m->settings->name, error_text(e), code);
}

static void write_one(struct modem *m)
{
	char command[32];
	int slot = 0, code = 0;
	enum error e = OK;
	snprintf(command, sizeof command, "AT+CMGW=%d", DUMMY_LENGTH);
	if (m->wipe.count == 0)
		e = at_command(&m->at, "AT+CMGF=0", WRITE_MS, NULL, NULL, NULL);
	if (e == OK)
		e = at_command_text(&m->at, command, dummy, WRITE_MS, read_index, &slot, &code);
	if (e == OK && slot > 0 && slot < MODEM_SLOTS_MAX && !m->wipe.dummies[slot]) {
		m->wipe.dummies[slot] = true;
		m->wipe.freed[slot] = false;
		m->wipe.count++;
	} else {
		give_up(m, e == OK ? ERROR_REFUSED : e, code);
	}
}

static void wipe_due(void *ctx)
{
	struct modem *m = ctx;
	bool busy = m->announced || m->batch_count > 0 || m->lies > 0 || m->out.box.count > 0;
	if (!busy && next_set(m->wipe.freed)) {
		modem_make_sure(m);
		write_one(m);
		loop_timer(m->process.loop, TIMER_WIPE, 0, wipe_due, m); // what arrives comes first
		return;
	}
	if (m->wipe.count || next_set(m->wipe.dummies))
		remove_dummies(m);
	if (next_set(m->wipe.freed))
		loop_timer(m->process.loop, TIMER_WIPE, IDLE_MS, wipe_due, m);
	modem_heard(m);
}

void modem_wipe_later(struct modem *m)
{
	if (!m->wipe.cannot && !loop_timer_armed(m->process.loop, TIMER_WIPE))
		loop_timer(m->process.loop, TIMER_WIPE, IDLE_MS, wipe_due, m);
}

void modem_wipe_freed(struct modem *m, unsigned slot)
{
	if (slot < MODEM_SLOTS_MAX)
		m->deleted[slot] = true;
	// Where messages lie in two storages, the modem chooses into which a dummy goes.
	if (!m->settings->overwrite || !m->one_storage || slot >= MODEM_SLOTS_MAX)
		return;
	m->wipe.freed[slot] = true;
	modem_wipe_later(m);
}

void modem_wipe_again(struct modem *m)
{
	if (next_set(m->wipe.freed) || next_set(m->wipe.dummies))
		modem_wipe_later(m);
}
