// SPDX-License-Identifier: GPL-2.0-or-later
// `tama exposure`: what a loss shows of whom, counted from the queue itself, so that people know whom to warn. Handles
// and areas only; as far as the officer who asks can read.
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli_officer.h"
#include "gateway/store_record.h"

enum { STATION_OFF, STATION_LIVE, OFFICER, CUSTODIAN, BACKUP, PHONE, LOSSES };

static const struct loss {
	const char *name, *what, *shows;
} losses[LOSSES] = {
	{"station-off", "the station or its disk, switched off or locked",
		"how many alerts, by queue, day and severity; no number, no text, no place"},
	{"station-live", "the station, running and unlocked",
		"texts of today and yesterday; who of the current epoch is who, by trying every number; numbers that can be answered"},
	{"officer", "an officer's laptop, with the password (--officer NAME)",
		"texts and handles of the officer's queues until their retention ends; no number"},
	{"custodian", "one custodian's key", "nothing by itself; with enough others, the numbers of these alerts"},
	{"backup", "a backup", "what the switched-off station shows; with an officer's password too, what that officer reads"},
	{"phone", "a villager's telephone", "what is on it: the texts that it sent and the answers; nothing of anybody else"},
};

struct exposure {
	struct cli *cli;
	struct view *view;
	const char *officer;
	int64_t today, epoch_day;
	json_t *areas[LOSSES]; // area → { handle → alerts }
	size_t alerts[LOSSES], unread;
};

static void count(struct exposure *x, int loss, const char *area, const char *handle)
{
	json_t *handles = json_object_get(x->areas[loss], area);
	if (!handles) {
		handles = json_object();
		json_object_set_new(x->areas[loss], area, handles);
	}
	json_int_t n = json_integer_value(json_object_get(handles, handle));
	json_object_set_new(handles, handle, json_integer(n + 1));
	x->alerts[loss]++;
}

static bool has_identity(struct exposure *x, uint64_t id)
{
	uint32_t ids[CUSTODY_MAX];
	size_t n = 0;
	return store_share_holders(view_store(x->view), id, ids, CUSTODY_MAX, &n) == OK && n > 0;
}

static bool add(void *ctx, const struct store_alert *a)
{
	struct exposure *x = ctx;
	json_t *one = NULL;
	bool reads = false, oversees = false;
	if (a->expired)
		return true;
	if (view_alert(x->view, a, &one) != OK) {
		x->unread++;
		return true;
	}
	const char *area = json_string_value(json_object_get(one, "area"));
	const char *handle = json_string_value(json_object_get(one, "handle"));
	area = area ? area : "no place";
	if (handle && strcmp(handle, "STATION") != 0) {
		if (a->day >= x->today - 1 || a->day >= x->epoch_day)
			count(x, STATION_LIVE, area, handle);
		if (store_officer_may(view_store(x->view), x->officer, a->queue, &reads) == OK &&
			store_officer_may(view_store(x->view), x->officer, a->oversight, &oversees) == OK && (reads || oversees))
			count(x, OFFICER, area, handle);
		if (has_identity(x, a->id))
			count(x, CUSTODIAN, area, handle);
	}
	json_decref(one);
	return true;
}

static json_t *areas_json(json_t *areas)
{
	const char *area;
	json_t *handles, *list = json_array();
	json_object_foreach(areas, area, handles)
		json_array_append_new(list, json_pack("{s:s, s:i}", "area", area, "handles", (int)json_object_size(handles)));
	return list;
}

// A handle may write from two areas.
static size_t distinct(json_t *areas)
{
	const char *area, *handle;
	json_t *handles, *n, *all = json_object();
	json_object_foreach(areas, area, handles)
		json_object_foreach(handles, handle, n)
			json_object_set_new(all, handle, json_true());
	size_t size = json_object_size(all);
	json_decref(all);
	return size;
}

static void print_people(const json_t *list)
{
	size_t i, k;
	json_t *one, *area;
	json_array_foreach(list, i, one) {
		printf("%s: %s\n  shows %s\n  %lld handles in %lld alerts\n", json_string_value(json_object_get(one, "loss")),
			json_string_value(json_object_get(one, "what")), json_string_value(json_object_get(one, "shows")),
			(long long)json_integer_value(json_object_get(one, "handles")),
			(long long)json_integer_value(json_object_get(one, "alerts")));
		json_array_foreach(json_object_get(one, "areas"), k, area)
			printf("    %-40s %lld\n", json_string_value(json_object_get(area, "area")),
				(long long)json_integer_value(json_object_get(area, "handles")));
	}
}

static int report(struct exposure *x, const char *only)
{
	json_t *list = json_array();
	for (int i = 0; i < LOSSES; i++)
		if (!only || !strcmp(only, losses[i].name))
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "loss", losses[i].name, "what",
							    losses[i].what, "shows", losses[i].shows, "alerts", (int)x->alerts[i],
							    "handles", (int)distinct(x->areas[i]), "areas", areas_json(x->areas[i])));
	if (x->cli->json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_people(list);
	}
	if (x->unread && view_is_partial(x->view))
		fprintf(stderr, "%zu alerts are sealed for other officers and not counted\n", x->unread);
	json_decref(list);
	return EXIT_DONE;
}

static bool is_loss(const char *name)
{
	for (int i = 0; i < LOSSES; i++)
		if (!strcmp(name, losses[i].name))
			return true;
	return false;
}

int cmd_exposure(struct cli *cli, int argc, char **argv)
{
	const char *as = NULL, *password_file = NULL, *words[1];
	struct exposure x = {.cli = cli, .today = (int64_t)time(NULL) / 86400};
	const struct option_spec specs[] = {
		{"as", &as, NULL, "NAME", "the officer who asks"},
		{"password-file", &password_file, NULL, "FILE", "the officer's password (else asked)"},
		{"officer", &x.officer, NULL, "NAME", "whose laptop (else of who asks)"},
	};
	int n = cli_options(cli, argc, argv, specs, ARRAY_LENGTH(specs), words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 1 && !is_loss(words[0]))
		return cli_usage(cli, "a loss is station-off, station-live, officer, custodian, backup or phone");
	int status = cli_officer(cli, as, password_file, &x.view);
	if (status == EXIT_DONE) {
		x.officer = x.officer ? x.officer : as;
		x.epoch_day = x.today / cli->config.epoch_days * cli->config.epoch_days;
		for (int i = 0; i < LOSSES; i++)
			x.areas[i] = json_object();
		struct store_filter all = {.arrival_order = true};
		enum error e = store_alert_list(view_store(x.view), &all, add, &x);
		status = e == OK ? report(&x, n ? words[0] : NULL) : EXIT_CANNOT;
		for (int i = 0; i < LOSSES; i++)
			json_decref(x.areas[i]);
	}
	view_close(x.view);
	return status;
}
