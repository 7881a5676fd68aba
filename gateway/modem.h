// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Inside the modem process: one batch of messages from the SIM, and what libGammu makes of them.

#include <gammu.h>

#include "gateway/at.h"
#include "gateway/part.h"
#include "gateway/process.h"

#define BATCH_MAX 255

enum item_state { ITEM_SENT, ITEM_DURABLE, ITEM_REFUSED };

struct item {
	uint32_t id;
	int location;  // libGammu's: folder and index
	uint16_t slot; // TS 27.005 <index>
	enum item_state state;
	bool raw;      // was sent as a raw PDU already
};

#define OUT_MAX 8

struct outgoing {
	uint32_t id;
	unsigned flags;
	char number[SEND_NUMBER_SIZE], text[SEND_TEXT_SIZE];
};

struct modem {
	struct process process;
	const struct config_modem *settings;
	GSM_StateMachine *gammu;
	struct at at;
	int tty, intake, triage;
	bool careful;       // list without libGammu
	bool delete_flags;  // AT+CMGD takes a flag
	bool one_storage;   // only the SIM: plain AT+CMGD means the slots that were listed
	bool announces;     // libGammu switched +CMTI on
	bool announced;     // a +CMTI since the last listing
	bool complete;      // the listing came to its end
	bool blocked;       // the SIM refused: nothing is tried again, or it would ask for its PUK
	bool raw_next;      // libGammu stumbled: list the next time without it
	uint64_t foreign;   // slots in use that are no received messages: drafts
	struct item batch[BATCH_MAX];
	size_t batch_count, open; // open: not answered yet
	uint32_t next_id;
	uint64_t since_start;
	struct state state;
	struct outgoing out[OUT_MAX]; // the first is sent next
	size_t out_count;
	char caller[PART_SENDER_SIZE]; // who rang last, and when it was last heard
	int64_t called_ms, active_ms, started_ms;
	bool poll;          // the slow net is due
};

// modem_gammu.c
// ERROR_NOT_FOUND: no device; ERROR_REFUSED: the SIM wants something of a person. A sentence is in m->state.text.
MUST_CHECK enum error modem_open(struct modem *m);
int modem_find_tty(const char *device);    // the descriptor that libGammu opened for it; -1
void modem_ask_abilities(struct modem *m); // by plain AT: delete flags, storages, calling line
// Lists what waits and sends every message to intake; fills batch. ERROR_CLOSED: the device or intake is gone.
MUST_CHECK enum error modem_list(struct modem *m);
MUST_CHECK enum error modem_gammu_delete(struct modem *m, const struct item *i);
// modem_sleep.c
void modem_sleep_until_answered(const struct modem *m); // from now on libGammu's long sleeps end with the answer
// modem_out.c
bool modem_hear_triage(struct modem *m); // one answer into the queue; false: there was none
bool modem_send_next(struct modem *m);   // one answer to the network, and word of it to triage; false: none waits
void modem_forget_triage(struct modem *m);
// modem_raw.c
MUST_CHECK enum error modem_list_raw(struct modem *m);                     // the same without libGammu
MUST_CHECK enum error modem_send_raw(struct modem *m, struct item *i);     // reads one slot again, as a PDU
// modem_child.c: numbers and texts are only ever in the memory of a child, which ends when the SIM is empty. The process
// itself waits for something to happen and never sees a message. `struct modem` is shared by both.
MUST_CHECK enum error modem_share(struct modem **out);
// Something happened: a child works until it is idle. Returns in the parent, behind it; ends the process as the child
// ended when that was no good end.
void modem_wake(struct modem *m);
void modem_watch(struct modem *m); // in the parent: what it waits for, anew
_Noreturn void modem_end(struct modem *m, int status); // of the child; the parent of one that ended with 0 lives on
#define MODEM_RECYCLE 10           // such a status: the parent ends too, to be started afresh
#define MODEM_INTERRUPTED 11       // there is more to do, when the parent has heard the supervisor
// modem.c
void modem_child_run(struct modem *m); // what a child does, in its own loop
void modem_missed_call(struct modem *m, const char *number);
MUST_CHECK enum error modem_send(struct modem *m, struct part *p, struct item *i); // gives the part its id
