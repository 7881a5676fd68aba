// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// tama-modemsim inside: a SIM with slots, a network behind it, an AT interpreter on a pty, a control socket.

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/loop.h"
#include "gateway/pdu/pdu.h"

#define SIM_SLOTS_MAX 255
#define SIM_LINE_MAX 1024

enum sim_fault { FAULT_NO_ANSWER, FAULT_CMTI_LOST, FAULT_LIST_CUT, FAULT_DELETE_LIES, FAULT_CMS_ERROR, FAULT_NOISE,
	FAULT_UNSOLICITED, FAULT_SEND, FAULT_END_ };

struct sim_message {
	uint8_t octets[PDU_MAX * 2]; // a raw PDU may be longer than any legal one
	size_t size;
};

struct sim_slot {
	bool used; // false: free, and what was there still is, as in a real SIM
	uint8_t status; // TS 27.005 §3.1 <stat>: 0 unread, 1 read, 2 unsent, 3 sent
	struct sim_message message;
};

struct sim_text {
	char *data;
	size_t size, room;
};

struct sim {
	struct loop *loop;
	// options
	const char *link, *control_path;
	int slot_count;
	int64_t latency_ms;
	bool delete_flags;
	char pin[16], number[32]; // its own: what is sent there comes back
	// pty
	int master, slave;
	bool dead; // unplugged
	char line[SIM_LINE_MAX];
	size_t line_size;
	bool entering_pdu, last_was_cr;
	bool writing;  // what is entered goes into a slot
	bool sending;  // the network has not answered yet
	int sent_next; // what it will answer: 0, or the number of +CMS ERROR
	struct sim_text out, unsolicited;
	char pending[SIM_LINE_MAX]; // a command whose answer waits for the latency
	bool has_pending;
	struct sim_text input;
	// modem
	bool echo, pin_entered, clip, ucs2_charset;
	int error_mode, text_mode, notify, network_mode;
	struct sim_slot slots[SIM_SLOTS_MAX];
	char smsc[32];
	// network
	struct sim_message *waiting;
	size_t waiting_from, waiting_count, waiting_room;
	uint16_t next_reference;
	uint8_t message_reference;
	json_t *sent;
	unsigned faults[FAULT_END_];
	int send_code; // of FAULT_SEND
	int64_t silent_until_ms; // wedged till then; -1: till +CFUN=1,1
	char unsolicited_line[64];
	bool garbled;            // as at another speed
	int registered, signal;  // TS 27.007 §7.2 <stat>, §8.5 <rssi>
	int bad_slot;            // cannot be read; 0: none
	bool puk, deaf_to_deletion;
	int64_t send_ms; // the network's time to answer +CMGS
	// figures
	uint64_t commands, delivered, deleted;
	json_t *by_command;
};

// sim_net.c
void sim_network_send(struct sim *s, const uint8_t *octets, size_t size); // towards the modem
void sim_network_deliver(struct sim *s);                                  // fills free slots
MUST_CHECK enum error sim_network_text(struct sim *s, const struct pdu *like, const char *text, size_t *parts);
int sim_slots_used(const struct sim *s);
bool sim_fault_due(struct sim *s, enum sim_fault f); // counts one down
// sim_at.c
void sim_command(struct sim *s, const char *line);
void sim_restart(struct sim *s); // as after +CFUN=1,1: its settings are forgotten
void sim_pdu_entered(struct sim *s, const char *hex);
void sim_network_answers(struct sim *s); // to what was entered
// sim_pty.c
MUST_CHECK enum error sim_pty_open(struct sim *s);
void sim_pty_close(struct sim *s);
void sim_say(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_announce(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_flush(struct sim *s);
void sim_wait_for_network(struct sim *s); // sim_network_answers() after send_ms
bool sim_unhex(const char *hex, uint8_t *out, size_t room, size_t *size);
// sim_control.c
MUST_CHECK enum error sim_control_open(struct sim *s);
json_t *sim_control(struct sim *s, const json_t *request); // a new reference
// sim_client.c
int sim_client(int argc, char **argv);
