// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cmd_queue.h"
#include "gateway/queue_draw.h"

int queue_act(struct queue_call *q, enum action_kind kind, uint64_t id, const char *detail, const char *note)
{
	uint8_t wire[ACTION_SIZE_MAX];
	size_t size = 0;
	enum error e = queue_draw_action(&q->cli->config, q->view, kind, id, detail, note, wire, &size);
	if (e == ERROR_ARGUMENT)
		return cli_usage(q->cli, "a name has at most 31 characters");
	if (e == ERROR_TOO_LARGE)
		return cli_usage(q->cli, "the text is too long: at most 3,500 octets");
	if (e != OK)
		return queue_explain(e, id);
	int status = cli_request(q->cli, MESSAGE_ACTION, wire, size);
	if (q->quiet)
		return status;
	if (status == EXIT_DONE && !q->cli->json)
		printf("alert %llu: %s\n", (unsigned long long)id, action_name(kind));
	else if (status == EXIT_DONE)
		printf("{\"id\": %llu, \"action\": \"%s\"}\n", (unsigned long long)id, action_name(kind));
	return status;
}

int queue_reply(struct queue_call *q, uint64_t id, const char *text)
{
	cleanup_free struct answer *a = calloc(1, sizeof *a);
	uint8_t payload[QUEUE_REPLY_MAX];
	size_t size = 0;
	enum error e = a ? queue_draw_reply(&q->cli->config, q->view, id, q->flash, text, payload, &size) : ERROR_MEMORY;
	if (e == ERROR_TOO_LARGE)
		return cli_usage(q->cli, "the answer is too long: at most 639 octets");
	if (e != OK)
		return queue_explain(e, id);
	int status = cli_ask(q->cli, q->view, REQUEST_REPLY, payload, size, a);
	sodium_memzero(payload, sizeof payload);
	if (status == EXIT_DONE)
		printf(q->cli->json ? "{\"id\": %llu, \"action\": \"reply\"}\n" : "alert %llu: the answer waits for a modem\n",
			(unsigned long long)id);
	return status;
}
