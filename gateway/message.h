// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The wire between Tama's processes: one datagram of a SOCK_SEQPACKET socket is one message: a header of 8 octets
// (magic, version, type, body length) and a body of exactly the size its type has. Little-endian, see base/bytes.h.

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

#define MESSAGE_BODY_MAX 16384

#define SEND_FLASH 1u // class 0, 3GPP TS 23.038 §4
#define SEND_NUMBER_SIZE 48
#define SEND_TEXT_SIZE 640
#define SEND_SIZE (4 + 1 + SEND_NUMBER_SIZE + SEND_TEXT_SIZE)

enum message_type {
	// supervisor → every process; PEER and LISTEN carry a descriptor
	MESSAGE_PEER = 1,     // u8 role, u8 index: a fresh channel to that process replaces the one before
	MESSAGE_LISTEN,       // empty: the listening socket for clients
	MESSAGE_STOP,         // empty
	MESSAGE_RELOAD,       // empty
	// every process → supervisor
	MESSAGE_READY,        // empty: set-up is done, the sandbox is closed
	MESSAGE_STATE,        // struct state, see state.h
	// modem ↔ intake
	MESSAGE_PART,         // struct part
	MESSAGE_DURABLE,      // u32 id: every part up to this id is on disk, the refused ones excepted
	MESSAGE_REFUSED,      // u32 id, u8 enum error: not stored (ERROR_MALFORMED: send it raw; ERROR_FULL: keep it)
	// intake ↔ triage
	MESSAGE_APPENDED,     // u64 seq: every frame up to this one is on disk
	MESSAGE_DRAINED,      // u64 seq: every frame up to this one is in the database
	// triage ↔ modem
	MESSAGE_SEND,         // u32 id, u8 flags (SEND_FLASH), text[48] number, text[640] UTF-8: a reply to go out
	// u32 id, u8 enum error: OK when the network took it; ERROR_ARGUMENT: it cannot be sent; ERROR_REFUSED: by the
	// network, for good; another modem may do better after ERROR_FULL (queue), ERROR_LOCKED (the SIM is blocked) and
	// ERROR_TIMEOUT (the network refused often, or did not answer: it may have gone out). A channel that ends answers no more.
	MESSAGE_SENT,
	// triage ↔ notify
	MESSAGE_NOTIFY,       // struct notice, see notice.h
	MESSAGE_NOTIFIED,     // u64 id, u8 enum error: OK when the endpoint said so; else it was given up
	// triage, notify → supervisor
	MESSAGE_TARGET,       // struct target_state
	// triage ↔ keeper
	MESSAGE_VAULT_PUT,    // text[32] name, u8[32] secret
	MESSAGE_VAULT_DROP,   // text[32] name; an empty name drops all
	MESSAGE_VAULT_ALL,    // empty: asks for everything, answered by VAULT_PUTs and a VAULT_END
	MESSAGE_VAULT_END,    // empty
	// client → triage or supervisor, and back
	MESSAGE_UNLOCK,       // text[1024] passphrase
	MESSAGE_LOCK,         // empty
	MESSAGE_ACTION,       // see action.h: an officer's signed step
	MESSAGE_REQUEST,      // see request.h: whatever else an officer asks, signed
	MESSAGE_ANSWER,       // see request.h
	MESSAGE_SEIZE,        // empty: destroys keys and locks, see triage_seize.c; whoever reaches the socket may
	MESSAGE_WATCH,        // empty: asks for CHANGED from now on
	MESSAGE_CHANGED,      // u64 id: of the newest alert
	MESSAGE_STATUS,       // empty; answered by STATUS_JSON; from a client, or from the console to the supervisor
	MESSAGE_STATUS_JSON,  // a JSON text
	MESSAGE_RESULT,       // u8 enum error, text[240] for people
	MESSAGE_TYPE_END_,
};

enum role {
	ROLE_SUPERVISOR,
	ROLE_MODEM,
	ROLE_INTAKE,
	ROLE_TRIAGE,
	ROLE_KEEPER,
	ROLE_CONSOLE,
	ROLE_NOTIFY,
	ROLE_END_,
};

struct message {
	enum message_type type;
	size_t size;
	int fd; // -1, or a descriptor that now belongs to the receiver
	uint8_t body[MESSAGE_BODY_MAX];
};

// Sends one message, with `fd` along unless it is -1. ERROR_CLOSED when the peer is gone, ERROR_FULL when a
// non-blocking socket cannot take it now.
MUST_CHECK enum error message_send(int sock, enum message_type type, const void *body, size_t size, int fd);

// Receives one message. ERROR_CLOSED at the end, ERROR_TIMEOUT when a non-blocking socket has none, ERROR_MALFORMED
// when it does not have the shape of its type; nothing of it is kept then. The caller wipes a body that held a secret.
MUST_CHECK enum error message_receive(int sock, struct message *out);

// A connected pair, close-on-exec. A client's connection to a named socket.
MUST_CHECK enum error message_pair(int pair[2]);
MUST_CHECK enum error message_connect(const char *path, int *sock);
MUST_CHECK enum error message_listen(const char *path, int *sock);
const char *role_name(enum role r);
