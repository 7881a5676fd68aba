// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// Inside the modem process: one batch of messages from the SIM, and what libGammu makes of them.

#include <gammu.h>

#include "gateway/at.h"
#include "gateway/outbox.h"
#include "gateway/part.h"
#include "gateway/process.h"

#define BATCH_MAX 255
#define MODEM_SLOTS_MAX 256

enum { TIMER_WORK, TIMER_ANSWER, TIMER_SEND, TIMER_WIPE, TIMER_REST }; // of a child, in this order when several are due

enum item_state { ITEM_SENT, ITEM_DURABLE, ITEM_REFUSED };

struct item {
	uint32_t id;
	int location;  // libGammu's: folder and index
	uint16_t slot; // TS 27.005 <index>
	enum item_state state;
	bool raw;      // was sent as a raw PDU already
	bool read;     // the SIM says that it was listed before
};

struct modem_out {
	struct outbox box;
	int triage; // -1: nobody
	int64_t day; // since 1970, UTC
	int64_t sent_today; // parts
};

struct modem_clock {
	unsigned texts;  // since the last judgement
	int64_t least_s; // between sent and received, of those
	char text[STATE_TEXT_SIZE]; // empty: plausible
};

struct modem_wipe {
	bool freed[MODEM_SLOTS_MAX];   // still hold what was deleted
	bool dummies[MODEM_SLOTS_MAX]; // hold ours
	size_t count;                  // written in this pass
	bool cannot;                   // the modem has no AT+CMGW
};

struct modem {
	struct process process;
	const struct config_modem *settings;
	GSM_StateMachine *gammu;
	struct at at;
	int tty, intake;
	bool careful;       // list without libGammu
	bool delete_flags;  // AT+CMGD takes a flag
	bool one_storage;   // only the SIM: plain AT+CMGD means the slots that were listed
	bool announces;     // libGammu switched +CMTI on
	bool announced;     // a +CMTI since the last listing
	bool complete;      // the listing came to its end
	bool blocked;       // the SIM refused: nothing is tried again, or it would ask for its PUK
	bool raw_next;      // libGammu stumbled: list the next time without it
	const char *complaint; // for people, while everything else is well
	bool deleted[MODEM_SLOTS_MAX]; // the modem said OK to it
	unsigned lies;      // listings in a row that showed what was deleted
	struct modem_wipe wipe;
	struct modem_clock clock;
	uint64_t foreign;   // slots in use that are no received messages: drafts
	struct item batch[BATCH_MAX];
	size_t batch_count, open; // open: not answered yet
	uint32_t next_id;
	uint64_t since_start;
	struct modem_out out;
	struct state state;
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
// From now on libGammu's waiting ends this process after ms, 0: never. It would wait for minutes.
void modem_sleep_limit(struct modem *m, int64_t ms);
void modem_sleep_listing(bool on); // while it is, libGammu cannot ask for single slots
// modem_health.c
bool modem_is_there(const struct modem *m);
void modem_make_sure(struct modem *m);      // that it answers: returns when it does, else resets it and ends
void modem_reset(struct modem *m);          // the same for one that is known not to answer
void modem_look(struct modem *m);           // signal, network and SIM into m->state
void modem_check_clock(struct modem *m, int64_t sent_at, int64_t received_at); // of one text, Unix seconds
void modem_cycle_power(const struct modem *m); // before the sandbox: of one that cannot be opened, where there is USB
void modem_wait_for_device(struct modem *m); // before the sandbox: returns when it was there, ends when it has come
// modem_raw.c
MUST_CHECK enum error modem_list_raw(struct modem *m);                     // the same without libGammu
MUST_CHECK enum error modem_send_raw(struct modem *m, struct item *i);     // reads one slot again, as a PDU
// modem_out.c
void modem_out_hear(void *modem, int fd, short revents); // the channel to triage, which asks and is answered over it
void modem_out_forget(struct modem *m);       // and wipes what has not been answered
// modem_wipe.c
void modem_wipe_freed(struct modem *m, unsigned slot); // it was deleted: overwritten when there is time
void modem_wipe_later(struct modem *m);
void modem_wipe_again(struct modem *m);                // what a child before this one left to do
bool modem_wipe_is_dummy(const char *pdu);             // one of ours, left by a process that was killed
// modem_child.c: numbers and texts are only ever in the memory of a child, which ends when the SIM is empty. The process
// itself waits for something to happen and never sees a message. `struct modem` is shared by both.
MUST_CHECK enum error modem_share(struct modem **out);
// Something happened: a child works until it is idle. Returns in the parent, behind it; ends the process as the child
// ended when that was no good end.
void modem_wake(struct modem *m);
void modem_watch(struct modem *m); // in the parent: what it waits for, anew
bool modem_is_child(void);
_Noreturn void modem_end(struct modem *m, int status); // of the child; the parent of one that ended with 0 lives on
#define MODEM_RECYCLE 10           // such a status: the parent ends too, to be started afresh
#define MODEM_INTERRUPTED 11       // there is more to do, when the parent has heard the supervisor
// modem.c
void modem_child_run(struct modem *m); // what a child does, in its own loop
_Noreturn void modem_gone(struct modem *m, const char *why); // says so and ends: the supervisor starts it again
_Noreturn void modem_silent(struct modem *m);                // libGammu waits in vain
void modem_unsolicited(void *modem, const char *line); // what nobody asked for: texts, calls
void modem_heard(struct modem *m);          // libGammu has read the line: what it announced is fetched
void modem_missed_call(struct modem *m, const char *number);
MUST_CHECK enum error modem_send(struct modem *m, struct part *p, struct item *i); // gives the part its id
