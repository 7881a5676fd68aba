// SPDX-License-Identifier: GPL-2.0-or-later
// `tama queue refer ID SECTION`: the station makes a record of the alert for the section, then the step is taken.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_rules.h"
#include "gateway/cmd_queue.h"
#include "gateway/section_view.h"

// A queue of that name comes first.
static int is_section(struct queue_call *q, const char *name, bool *section)
{
	struct loaded l;
	const char *const *queues, *known;
	bool uniformed;
	*section = false;
	int status = loaded_open(q->cli, &l, NULL, NULL, true, EXIT_CANNOT);
	if (status == EXIT_DONE) {
		for (size_t i = 0; (known = rules_section_name(l.rules, i, &uniformed)); i++)
			*section |= !strcmp(known, name);
		for (size_t i = rules_queues(l.rules, &queues); i-- > 0;)
			*section &= strcmp(queues[i], name) != 0;
	}
	loaded_close(&l);
	return status;
}

struct opening {
	struct view *view;
	json_t *alert;
	enum error error;
};

static bool open_alert(void *ctx, const struct store_alert *a)
{
	struct opening *o = ctx;
	o->error = view_alert(o->view, a, &o->alert);
	return true;
}

static int give(struct queue_call *q, uint64_t id, const char *section)
{
	struct opening o = {.view = q->view};
	uint8_t payload[SECTION_REFER_MAX];
	size_t size;
	cleanup_free struct answer *answer = calloc(1, sizeof *answer);
	enum error e = store_alert_get(view_store(q->view), id, open_alert, &o);
	e = e == OK ? o.error : e;
	if (e != OK || !answer)
		return queue_explain(e, id);
	e = section_refer_payload(o.alert, section, q->level ? q->level : "area", payload, &size);
	json_decref(o.alert);
	if (e != OK)
		return cli_usage(q->cli, "a section's name has at most 23 octets, a level is full, place, area or count");
	return cli_ask(q->cli, q->view, REQUEST_SECTION_REFER, payload, size, answer);
}

int queue_refer(struct queue_call *q, uint64_t id, const char *to, const char *note)
{
	bool section;
	int status = is_section(q, to, &section);
	if (status == EXIT_DONE && section)
		status = give(q, id, to);
	else if (status == EXIT_DONE && q->level)
		return cli_usage(q->cli, "--level is of a section: the officers of a queue see the whole alert");
	return status == EXIT_DONE ? queue_act(q, ACTION_REFER, id, to, note) : status;
}
