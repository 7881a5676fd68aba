// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/message.h"
#include "gateway/notice.h"
#include "gateway/part.h"
#include "gateway/state.h"
#include "gateway/vault.h"
#include "scratch.h"

#define HEADER 8
#define DESCRIPTORS_MAX 8

static struct message m; // 16 KiB: one for all
static uint8_t datagram[HEADER + MESSAGE_BODY_MAX + 8];

// The body's size, or the most for the types of free length: stated here a second time, so that a change is seen.
static const struct {
	enum message_type type;
	size_t size;
	bool free, descriptor;
} shapes[] = {
	{MESSAGE_PEER, 2, false, true}, {MESSAGE_LISTEN, 0, false, true}, {MESSAGE_STOP, 0, false, false},
	{MESSAGE_RELOAD, 0, false, false}, {MESSAGE_READY, 0, false, false}, {MESSAGE_STATE, 177, false, false},
	{MESSAGE_PART, 400, false, false}, {MESSAGE_DURABLE, 4, false, false}, {MESSAGE_REFUSED, 5, false, false},
	{MESSAGE_APPENDED, 8, false, false}, {MESSAGE_DRAINED, 8, false, false},
	{MESSAGE_VAULT_PUT, 64, false, false}, {MESSAGE_VAULT_DROP, 32, false, false},
	{MESSAGE_VAULT_ALL, 0, false, false}, {MESSAGE_VAULT_END, 0, false, false},
	{MESSAGE_UNLOCK, 1024, false, false}, {MESSAGE_LOCK, 0, false, false},
	{MESSAGE_ACTION, MESSAGE_BODY_MAX, true, false}, {MESSAGE_WATCH, 0, false, false},
	{MESSAGE_SEND, 693, false, false}, {MESSAGE_SENT, 5, false, false},
	{MESSAGE_NOTIFY, 338, false, false}, {MESSAGE_NOTIFIED, 9, false, false}, {MESSAGE_TARGET, 120, false, false},
	{MESSAGE_REQUEST, MESSAGE_BODY_MAX, true, false}, {MESSAGE_ANSWER, MESSAGE_BODY_MAX, true, false},
	{MESSAGE_SEIZE, 0, false, false}, {MESSAGE_CHANGED, 8, false, false}, {MESSAGE_STATUS, 0, false, false},
	{MESSAGE_STATUS_JSON, MESSAGE_BODY_MAX, true, false}, {MESSAGE_RESULT, 241, false, false},
};

static int setup(void **state)
{
	static int pair[2];
	assert_int_equal(message_pair(pair), OK);
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	int *pair = *state;
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	return 0;
}

// Any octets with any descriptors, as an enemy in a process of ours would send them.
static void send_raw(int sock, const void *data, size_t size, int descriptors)
{
	int fds[DESCRIPTORS_MAX];
	union {
		char space[CMSG_SPACE(sizeof fds)];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec iov = {(void *)(uintptr_t)data, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (descriptors) {
		for (int i = 0; i < descriptors; i++)
			assert_true((fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE((size_t)descriptors * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)descriptors * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)descriptors * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), (ssize_t)size);
	for (int i = 0; i < descriptors; i++)
		close(fds[i]);
}

static void put_header(enum message_type type, size_t size)
{
	const uint8_t header[HEADER] = {0x54, 0x6d, 1, (uint8_t)type, (uint8_t)size, (uint8_t)(size >> 8), 0, 0};
	memcpy(datagram, header, sizeof header);
}

static void every_type_comes_back(void **state)
{
	int *pair = *state;
	assert_int_equal(sizeof shapes / sizeof *shapes, MESSAGE_TYPE_END_ - 1);
	for (size_t i = 0; i < sizeof datagram; i++)
		datagram[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		int fd = shapes[i].descriptor ? pair[0] : -1;
		assert_int_equal(message_send(pair[0], shapes[i].type, datagram, shapes[i].size, fd), OK);
		assert_int_equal(message_receive(pair[1], &m), OK);
		assert_int_equal(m.type, shapes[i].type);
		assert_int_equal(m.size, shapes[i].size);
		assert_memory_equal(m.body, datagram, m.size);
		assert_int_equal(m.fd >= 0, shapes[i].descriptor);
		if (m.fd >= 0) {
			assert_int_equal(fcntl(m.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
			close(m.fd);
		}
	}
}

static void every_other_size_is_malformed(void **state)
{
	int *pair = *state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		size_t last = shapes[i].free ? shapes[i].size + 8 : shapes[i].size + 40;
		for (size_t n = shapes[i].free ? shapes[i].size - 3 : 0; n <= last; n++) {
			bool fits = shapes[i].free ? n <= shapes[i].size : n == shapes[i].size;
			put_header(shapes[i].type, n);
			send_raw(pair[0], datagram, HEADER + n, shapes[i].descriptor);
			assert_int_equal(message_receive(pair[1], &m), fits ? OK : ERROR_MALFORMED);
			assert_int_equal(m.fd >= 0, fits && shapes[i].descriptor);
			if (m.fd >= 0)
				close(m.fd);
		}
	}
}

static void every_truncation_is_malformed(void **state)
{
	int *pair = *state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		size_t whole = HEADER + (shapes[i].free ? 300 : shapes[i].size);
		put_header(shapes[i].type, whole - HEADER);
		for (size_t n = 1; n < whole; n++) {
			send_raw(pair[0], datagram, n, shapes[i].descriptor);
			assert_int_equal(message_receive(pair[1], &m), ERROR_MALFORMED);
			assert_int_equal(m.fd, -1);
		}
		send_raw(pair[0], datagram, whole + 1, shapes[i].descriptor);
		assert_int_equal(message_receive(pair[1], &m), ERROR_MALFORMED);
	}
	put_header(MESSAGE_ACTION, MESSAGE_BODY_MAX); // more than a receiver has room for
	send_raw(pair[0], datagram, HEADER + MESSAGE_BODY_MAX + 1, 0);
	assert_int_equal(message_receive(pair[1], &m), ERROR_MALFORMED);
}

static void every_other_header_is_malformed(void **state)
{
	int *pair = *state;
	for (size_t at = 0; at < HEADER; at++)
		for (unsigned v = 0; v < 256; v++) {
			put_header(MESSAGE_STOP, 0);
			bool same = datagram[at] == v;
			datagram[at] = (uint8_t)v;
			send_raw(pair[0], datagram, HEADER, 0);
			enum error e = message_receive(pair[1], &m);
			if (at != 3) {
				assert_int_equal(e, same ? OK : ERROR_MALFORMED);
				continue;
			}
			bool empty = false; // another type without a body is well-formed
			for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
				empty |= shapes[i].type == v && !shapes[i].descriptor &&
					 (shapes[i].size == 0 || shapes[i].free);
			assert_int_equal(e, empty ? OK : ERROR_MALFORMED);
		}
}

static void descriptors_where_none_is_allowed_are_closed(void **state)
{
	int *pair = *state, before = scratch_open_descriptors();
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		put_header(shapes[i].type, shapes[i].size);
		for (int n = 0; n <= DESCRIPTORS_MAX; n++) {
			send_raw(pair[0], datagram, HEADER + shapes[i].size, n);
			enum error e = message_receive(pair[1], &m);
			// A receiver has room for a few; more than these cut the message. One is taken at the most.
			if (!shapes[i].descriptor)
				assert_int_equal(e, n ? ERROR_MALFORMED : OK);
			else if (n <= 1)
				assert_int_equal(e, n ? OK : ERROR_MALFORMED);
			assert_int_equal(m.fd >= 0, e == OK && shapes[i].descriptor);
			assert_int_equal(scratch_open_descriptors(), before + (m.fd >= 0));
			if (m.fd >= 0)
				close(m.fd);
		}
	}
	for (int n = 1; n <= DESCRIPTORS_MAX; n++) { // with nothing at all beside them
		send_raw(pair[0], datagram, 0, n);
		assert_int_equal(message_receive(pair[1], &m), ERROR_CLOSED);
		assert_int_equal(m.fd, -1);
		assert_int_equal(scratch_open_descriptors(), before);
	}
}

static void random_datagrams_never_harm(void **state)
{
	int *pair = *state, before = scratch_open_descriptors(), read = 0;
	srandom(9);
	for (int i = 0; i < 100000; i++) {
		size_t n = 1 + (size_t)random() % (i % 64 ? 48 : sizeof datagram);
		for (size_t k = 0; k < n; k++)
			datagram[k] = (uint8_t)random();
		if (i % 4) // mostly a header that is nearly right
			put_header((enum message_type)(random() % 28), (size_t)random() % 4 ? n - HEADER : n);
		send_raw(pair[0], datagram, n, i % 97 == 0);
		enum error e = message_receive(pair[1], &m);
		assert_true(e == OK || e == ERROR_MALFORMED);
		read += e == OK;
		if (m.fd >= 0)
			close(m.fd);
	}
	assert_true(read > 1000);
	assert_int_equal(scratch_open_descriptors(), before);
}

static void ends_and_waits_are_told_apart(void **state)
{
	int *pair = *state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(pair[i], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(message_receive(pair[1], &m), ERROR_TIMEOUT);
	enum error e = OK;
	int sent = 0;
	for (; e == OK; sent++)
		e = message_send(pair[0], MESSAGE_STOP, NULL, 0, -1);
	assert_int_equal(e, ERROR_FULL);
	close(pair[0]);
	pair[0] = -1;
	while (--sent > 0) // what was sent before the end arrives
		assert_int_equal(message_receive(pair[1], &m), OK);
	assert_int_equal(message_receive(pair[1], &m), ERROR_CLOSED);
	assert_int_equal(message_send(pair[1], MESSAGE_STOP, NULL, 0, -1), ERROR_CLOSED);
}

static void a_named_socket_is_the_owners_alone(void **state)
{
	(void)state;
	char dir[SCRATCH_PATH], path[200], much[400];
	int server, client;
	struct stat st;
	scratch_make(dir);
	snprintf(path, sizeof path, "%s/socket", dir);
	assert_int_equal(message_connect(path, &client), ERROR_NOT_FOUND);
	for (int turn = 0; turn < 2; turn++) { // the second one finds what a killed station left
		assert_int_equal(message_listen(path, &server), OK);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(message_connect(path, &client), OK);
		close(client);
		close(server);
	}
	assert_int_equal(message_connect(path, &client), ERROR_NOT_FOUND);
	memset(much, 'x', sizeof much);
	much[sizeof much - 1] = 0;
	assert_int_equal(message_listen(much, &server), ERROR_TOO_LARGE);
	assert_int_equal(message_connect(much, &client), ERROR_TOO_LARGE);
	scratch_remove(dir);
}

static void a_state_is_checked_like_any_message(void **state)
{
	(void)state;
	struct state s = {.code = STATE_DISK_FULL, .text = "free space", .counters = {1, 2, 3, 4, 5, 6, 7, UINT64_MAX}}, back;
	uint8_t octets[STATE_SIZE + 1] = {0};
	struct bytes_writer w;
	struct bytes_reader r;
	bytes_writer_init(&w, octets, STATE_SIZE);
	state_put(&w, &s);
	assert_true(bytes_ok(&w));
	for (size_t n = 0; n <= sizeof octets; n++) {
		bytes_reader_init(&r, octets, n);
		assert_int_equal(state_get(&r, &back), n == STATE_SIZE ? OK : ERROR_MALFORMED);
		if (n != STATE_SIZE)
			continue;
		assert_int_equal(back.code, s.code);
		assert_string_equal(back.text, s.text);
		assert_memory_equal(back.counters, s.counters, sizeof s.counters);
	}
	for (unsigned v = 0; v < 256; v++) {
		octets[0] = (uint8_t)v;
		bytes_reader_init(&r, octets, STATE_SIZE);
		assert_int_equal(state_get(&r, &back), v < STATE_CODE_END_ ? OK : ERROR_MALFORMED);
	}
	assert_string_equal(state_name(STATE_DISK_FULL), "disk-full");
	assert_string_equal(state_name(STATE_CODE_END_), "?");
}

static void a_vault_item_comes_back(void **state)
{
	int *pair = *state;
	struct vault_item item = {.name = "content-3"}, back;
	memset(item.secret, 0x5a, sizeof item.secret);
	assert_int_equal(vault_send(pair[0], MESSAGE_VAULT_PUT, &item), OK);
	assert_int_equal(message_receive(pair[1], &m), OK);
	assert_int_equal(vault_read(&m, &back), OK);
	assert_memory_equal(&back, &item, sizeof item);
	m.body[VAULT_NAME_SIZE - 1] = 'x'; // behind the name's NUL
	assert_int_equal(vault_read(&m, &back), ERROR_MALFORMED);
	assert_int_equal(vault_send(pair[0], MESSAGE_VAULT_DROP, &item), OK);
	assert_int_equal(message_receive(pair[1], &m), OK);
	assert_int_equal(m.size, VAULT_NAME_SIZE); // the secret does not go along
	assert_int_equal(vault_read(&m, &back), OK);
	assert_string_equal(back.name, item.name);
}

static void a_notice_says_what_its_fields_may(void **state)
{
	uint8_t body[NOTICE_SIZE];
	struct bytes_writer w;
	struct bytes_reader r;
	struct notice n = {.id = 7, .target = "duty", .to = "a@example.org", .what = NOTICE_ESCALATION, .alert_id = 9, .severity = 5,
		.queue = "protection", .alerts = 3, .escalated = 2, .at = 1700000000}, back;
	(void)state;
	bytes_writer_init(&w, body, sizeof body);
	notice_put(&w, &n);
	assert_true(bytes_ok(&w));
	assert_int_equal(w.at, NOTICE_SIZE);
	bytes_reader_init(&r, body, sizeof body);
	assert_int_equal(notice_get(&r, &back), OK);
	assert_int_equal(back.id, 7);
	assert_string_equal(back.queue, "protection");
	assert_int_equal(back.escalated, 2);
	for (size_t size = 0; size < sizeof body; size++) {
		bytes_reader_init(&r, body, size);
		assert_int_equal(notice_get(&r, &back), ERROR_MALFORMED);
	}
	body[8 + NOTICE_NAME_SIZE + NOTICE_TO_SIZE] = NOTICE_WHAT_END_;
	bytes_reader_init(&r, body, sizeof body);
	assert_int_equal(notice_get(&r, &back), ERROR_MALFORMED);
}

static void roles_have_names(void **state)
{
	(void)state;
	assert_string_equal(role_name(ROLE_SUPERVISOR), "supervisor");
	assert_string_equal(role_name(ROLE_KEEPER), "keeper");
	assert_string_equal(role_name(ROLE_NOTIFY), "notify");
	assert_string_equal(role_name(ROLE_END_), "?");
}

#define WIRE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notice_says_what_its_fields_may),
		WIRE_TEST(every_type_comes_back),
		WIRE_TEST(every_other_size_is_malformed),
		WIRE_TEST(every_truncation_is_malformed),
		WIRE_TEST(every_other_header_is_malformed),
		WIRE_TEST(descriptors_where_none_is_allowed_are_closed),
		WIRE_TEST(random_datagrams_never_harm),
		WIRE_TEST(ends_and_waits_are_told_apart),
		cmocka_unit_test(a_named_socket_is_the_owners_alone),
		cmocka_unit_test(a_state_is_checked_like_any_message),
		WIRE_TEST(a_vault_item_comes_back),
		cmocka_unit_test(roles_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
