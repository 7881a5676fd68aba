// SPDX-License-Identifier: GPL-2.0-or-later
// The network behind the simulated modem: it keeps what the SIM has no room for.
#include <stdlib.h>
#include <string.h>

#include "gateway/pdu/charset.h"
#include "gateway/sim/sim.h"

#define PARTS_MAX 16

bool sim_fault_due(struct sim *s, enum sim_fault f)
{
	if (s->faults[f] == 0)
		return false;
	s->faults[f]--;
	return true;
}

int sim_slots_used(const struct sim *s)
{
	int used = 0;
	for (int i = 0; i < s->slot_count; i++)
		used += s->slots[i].used;
	return used;
}

static void fill(struct sim *s, int at, const struct sim_message *m)
{
	s->slots[at] = (struct sim_slot){.used = true, .status = 0, .message = *m};
	s->delivered++;
	if (s->notify == 1 && !sim_fault_due(s, FAULT_CMTI_LOST))
		sim_announce(s, "+CMTI: \"SM\",%d", at + 1);
}

void sim_network_deliver(struct sim *s)
{
	for (int i = 0; i < s->slot_count && s->waiting_count > 0; i++) {
		if (s->slots[i].used)
			continue;
		fill(s, i, &s->waiting[s->waiting_from]);
		s->waiting_from++;
		s->waiting_count--;
	}
	if (s->waiting_count == 0)
		s->waiting_from = 0;
}

void sim_network_send(struct sim *s, const uint8_t *octets, size_t size)
{
	if (s->waiting_from + s->waiting_count == s->waiting_room) {
		s->waiting_room = s->waiting_room ? s->waiting_room * 2 : 64;
		s->waiting = realloc(s->waiting, s->waiting_room * sizeof *s->waiting);
		BUG_IF(!s->waiting);
	}
	struct sim_message *m = &s->waiting[s->waiting_from + s->waiting_count++];
	BUG_IF(size > sizeof m->octets);
	m->size = size;
	memcpy(m->octets, octets, size);
	sim_network_deliver(s);
}

enum error sim_network_text(struct sim *s, const struct pdu *like, const char *text, size_t *count)
{
	size_t n = strlen(text);
	uint16_t *units = calloc(n + 1, sizeof *units);
	struct pdu parts[PARTS_MAX];
	uint8_t octets[PARTS_MAX][PDU_MAX];
	size_t sizes[PARTS_MAX];
	BUG_IF(!units);
	size_t length = utf8_to_utf16(text, n, units, n + 1);
	*count = pdu_split(like, units, length, s->next_reference++ & 0xff, parts, PARTS_MAX);
	free(units);
	if (*count == 0)
		return ERROR_TOO_LARGE;
	for (size_t i = 0; i < *count; i++) {
		enum error e = pdu_deliver_encode(&parts[i], octets[i], &sizes[i]);
		if (e != OK)
			return e;
	}
	for (size_t i = 0; i < *count; i++)
		sim_network_send(s, octets[i], sizes[i]);
	return OK;
}
