// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/cleanup.h"
#include "gateway/notice.h"
#include "gateway/part.h"
#include "gateway/state.h"

#define MAGIC 0x6d54 // "Tm"
#define WIRE_VERSION 1
#define HEADER_SIZE 8

// The exact body size of each type; a negative number is the most that a type of free length may have.
static const int body_size[MESSAGE_TYPE_END_] = {
	[MESSAGE_PEER] = 2,
	[MESSAGE_STATE] = STATE_SIZE,
	[MESSAGE_PART] = PART_SIZE,
	[MESSAGE_DURABLE] = 4,
	[MESSAGE_REFUSED] = 5,
	[MESSAGE_APPENDED] = 8,
	[MESSAGE_DRAINED] = 8,
	[MESSAGE_SEND] = SEND_SIZE,
	[MESSAGE_SENT] = 5,
	[MESSAGE_NOTIFY] = NOTICE_SIZE,
	[MESSAGE_NOTIFIED] = 9,
	[MESSAGE_TARGET] = TARGET_STATE_SIZE,
	[MESSAGE_VAULT_PUT] = 64,
	[MESSAGE_VAULT_DROP] = 32,
	[MESSAGE_UNLOCK] = 1024,
	[MESSAGE_ACTION] = -MESSAGE_BODY_MAX,
	[MESSAGE_REQUEST] = -MESSAGE_BODY_MAX,
	[MESSAGE_ANSWER] = -MESSAGE_BODY_MAX,
	[MESSAGE_CHANGED] = 8,
	[MESSAGE_STATUS_JSON] = -MESSAGE_BODY_MAX,
	[MESSAGE_RESULT] = 241,
};

static bool size_fits(enum message_type type, size_t size)
{
	int want = body_size[type];
	return want >= 0 ? size == (size_t)want : size <= (size_t)-want;
}

enum error message_send(int sock, enum message_type type, const void *body, size_t size, int fd)
{
	BUG_IF(type < MESSAGE_PEER || type >= MESSAGE_TYPE_END_ || !size_fits(type, size));
	uint8_t header[HEADER_SIZE];
	struct bytes_writer w;
	bytes_writer_init(&w, header, sizeof header);
	bytes_put_u16(&w, MAGIC);
	bytes_put_u8(&w, WIRE_VERSION);
	bytes_put_u8(&w, (uint8_t)type);
	bytes_put_u32(&w, (uint32_t)size);

	struct iovec iov[2] = {{header, sizeof header}, {(void *)(uintptr_t)body, size}};
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = size ? 2 : 1};
	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof control.space;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	ssize_t n;
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return OK;
	if (errno == EAGAIN || errno == ENOBUFS)
		return ERROR_FULL;
	return errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN ? ERROR_CLOSED : ERROR_IO;
}

// Takes the first descriptor and closes any further one: an enemy could send many.
static int take_descriptor(struct msghdr *msg)
{
	int taken = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (taken < 0)
				taken = fd;
			else
				close(fd);
		}
	}
	return taken;
}

static enum error check_header(const uint8_t header[HEADER_SIZE], size_t got, bool cut, struct message *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, header, got < HEADER_SIZE ? got : HEADER_SIZE);
	uint16_t magic = bytes_get_u16(&r);
	uint8_t version = bytes_get_u8(&r), type = bytes_get_u8(&r);
	uint32_t size = bytes_get_u32(&r);
	if (!bytes_end(&r) || cut || magic != MAGIC || version != WIRE_VERSION || type < MESSAGE_PEER ||
		type >= MESSAGE_TYPE_END_ || size != got - HEADER_SIZE || !size_fits(type, size))
		return ERROR_MALFORMED;
	bool wants_fd = type == MESSAGE_PEER || type == MESSAGE_LISTEN;
	if (wants_fd != (out->fd >= 0))
		return ERROR_MALFORMED;
	out->type = type;
	out->size = size;
	return OK;
}

enum error message_receive(int sock, struct message *out)
{
	uint8_t header[HEADER_SIZE];
	struct iovec iov[2] = {{header, sizeof header}, {out->body, sizeof out->body}};
	union {
		char space[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space};
	out->fd = -1;
	ssize_t n;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? ERROR_TIMEOUT : errno == ECONNRESET ? ERROR_CLOSED : ERROR_IO;
	out->fd = take_descriptor(&msg);
	// An empty datagram looks like the end, and may still carry a descriptor.
	enum error e = n == 0 ? ERROR_CLOSED :
				check_header(header, (size_t)n, msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC), out);
	if (e != OK && out->fd >= 0) {
		close(out->fd);
		out->fd = -1;
	}
	return e;
}

enum error message_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? OK : ERROR_IO;
}

// A path that is longer than sun_path goes through a descriptor of its folder, which *folder keeps open.
static enum error named_socket(const char *path, struct sockaddr_un *addr, int *sock, int *folder)
{
	char parent[4096];
	const char *name = strrchr(path, '/');
	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) < sizeof addr->sun_path) {
		memcpy(addr->sun_path, path, strlen(path) + 1);
	} else {
		if (!name || strlen(name) > 64 || (size_t)(name - path) >= sizeof parent)
			return ERROR_TOO_LARGE;
		memcpy(parent, path, (size_t)(name - path));
		parent[name - path] = 0;
		*folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*folder < 0)
			return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
		snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d%.64s", *folder, name);
	}
	*sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return *sock < 0 ? ERROR_IO : OK;
}

enum error message_connect(const char *path, int *sock)
{
	struct sockaddr_un addr;
	cleanup_fd int fd = -1, folder = -1;
	enum error e = named_socket(path, &addr, &fd, &folder);
	if (e != OK)
		return e;
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0)
		return errno == ENOENT || errno == ECONNREFUSED ? ERROR_NOT_FOUND : ERROR_IO;
	*sock = steal_fd(&fd);
	return OK;
}

enum error message_listen(const char *path, int *sock)
{
	struct sockaddr_un addr;
	cleanup_fd int fd = -1, folder = -1;
	enum error e = named_socket(path, &addr, &fd, &folder);
	if (e != OK)
		return e;
	unlink(path); // left by a station that was killed; the folder's lock says that it is ours
	mode_t before = umask(0177);
	int bound = bind(fd, (struct sockaddr *)&addr, sizeof addr);
	umask(before);
	if (bound != 0 || listen(fd, 64) != 0)
		return ERROR_IO;
	*sock = steal_fd(&fd);
	return OK;
}

const char *role_name(enum role r)
{
	static const char *const names[ROLE_END_] = {"supervisor", "modem", "intake", "triage", "keeper", "console", "notify"};
	return (unsigned)r < ROLE_END_ ? names[r] : "?";
}
