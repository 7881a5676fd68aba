// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/console.h"

#include <malloc.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/console/backoff.h"
#include "gateway/console/login.h"
#include "gateway/log.h"

#define TICK_MS 1000
#define STATUS_EVERY 2 // ticks
#define STORE_WAIT_S 20

// ---- peers ----------------------------------------------------------------------------------------------------------

static void take_peer(void *ctx, enum role role, unsigned index, int fd)
{
	(void)index;
	BUG_IF(role != ROLE_TRIAGE);
	link_take(ctx, fd);
}

static void hear_status(void *ctx, const char *json, size_t size)
{
	struct console *c = ctx;
	station_hear(c, json, size);
	http_run(c->http);
}

static void stop(void *ctx)
{
	struct console *c = ctx;
	link_stop(c);
	http_stop(c->http);
	streams_end(c, NULL);
	http_run(c->http);
}

// ---- time -----------------------------------------------------------------------------------------------------------

static void tick(void *ctx)
{
	static unsigned ticks;
	struct console *c = ctx;
	loop_timer(c->process.loop, CONSOLE_TIMER_TICK, TICK_MS, tick, c);
	sessions_tick(c);
	readers_tick(c);
	printer_tick(c);
	link_tick(c);
	streams_tick(c);
	if (ticks++ % STATUS_EVERY == 0)
		process_ask_status(&c->process);
	http_tick(c->http);
}

// ---- set-up ---------------------------------------------------------------------------------------------------------

void console_refresh(struct console *c)
{
	if (c->pads || pads_open(&c->process.config, false, &c->pads) != OK)
		return;
	for (struct session *s = NULL; (s = session_next(c, s));)
		view_pads(s->view, c->pads);
}

static enum error load_sheet(struct console *c)
{
	cleanup_free struct problems *problems = calloc(1, sizeof *problems);
	struct sheet *sheet = NULL;
	struct rules *rules = NULL;
	if (!problems)
		return ERROR_MEMORY;
	enum error e = sheet_load(c->process.config.sheet, problems, &sheet);
	if (e == OK)
		e = rules_load(c->process.config.rules, sheet, problems, &rules);
	if (e != OK) {
		sheet_destroy(sheet);
		return e;
	}
	rules_destroy(c->rules);
	sheet_destroy(c->sheet);
	c->sheet = sheet;
	c->rules = rules;
	return OK;
}

static void reload(void *ctx)
{
	if (load_sheet(ctx) != OK)
		log_error("the new sheet or rules have mistakes; the old ones go on");
}

// A database of an older version is brought forward by triage, which starts in the same moment.
static enum error open_store(struct console *c)
{
	char path[600];
	enum error e = ERROR_VERSION;
	config_file(&c->process.config, "queue.db", path);
	for (int i = 0; i < STORE_WAIT_S * 10 && (e == ERROR_VERSION || e == ERROR_LOCKED); i++) {
		if (i)
			nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		e = store_open(path, false, &c->store);
	}
	if (e != OK)
		log_error("%s: %s", path, error_text(e));
	return e;
}

static void say(struct console *c, enum state_code code, const char *text)
{
	struct state s = {.code = code};
	snprintf(s.text, sizeof s.text, "%s", text);
	process_state(&c->process, &s);
}

static enum error set_up_web(struct console *c)
{
	const struct config *k = &c->process.config;
	char text[STATE_TEXT_SIZE];
	enum error e = http_create(c, &c->http);
	if (e == ERROR_EXISTS) {
		snprintf(text, sizeof text, "port %lld is taken; console.port names another", (long long)k->console_port);
		log_error("%s", text);
		say(c, STATE_FAILED, text);
		return e;
	}
	if (e != OK) {
		log_error("the web server cannot start at %.60s: %s", k->console_listen, error_text(e));
		say(c, STATE_FAILED, "cannot listen: look at console.* in tama.conf, and at console/cert.pem");
		return e;
	}
	bool six = strchr(k->console_listen, ':');
	snprintf(c->address, sizeof c->address, "https://%s%.40s%s:%u/", six ? "[" : "", k->console_listen, six ? "]" : "",
		http_port(c->http));
	say(c, STATE_RUNNING, c->address);
	return OK;
}

static enum error set_up(struct console *c)
{
	int unlocker = -1;
	printer_create(c);
	enum error e = load_sheet(c);
	if (e == OK)
		e = open_store(c);
	if (e == OK)
		e = sessions_create(&c->sessions);
	if (e == OK)
		e = set_up_web(c);
	if (e == OK)
		e = backoff_create(&c->process.config, &c->backoff);
	if (e == OK)
		e = totp_create(&c->totp);
	if (e == OK)
		e = readers_create(&c->process.config, &c->readers);
	if (e == OK)
		e = streams_create(c, &c->streams);
	if (e == OK)
		e = unlocker_create(&c->process.config, &c->unlocker, &unlocker);
	if (e == OK)
		e = loop_watch(c->process.loop, unlocker, POLLIN, login_hear, c);
	if (e == OK) {
		http_start(c->http);
		console_refresh(c);
		loop_timer(c->process.loop, CONSOLE_TIMER_TICK, 0, tick, c);
	}
	return e;
}

static void free_wiped(void *p)
{
	if (p)
		sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

static void tear_down(struct console *c)
{
	unlocker_destroy(c->unlocker);
	http_destroy(c->http);
	if (c->sessions)
		sessions_destroy(c);
	streams_destroy(c->streams);
	readers_destroy(c->readers);
	backoff_destroy(c->backoff);
	totp_destroy(c->totp);
	printer_destroy(c->printer);
	json_decref(c->status);
	rules_destroy(c->rules);
	sheet_destroy(c->sheet);
	store_close(c->store);
	pads_close(c->pads);
}

int main(int argc, char **argv)
{
	static const struct process_handlers handlers = {
		.peer = take_peer, .reload = reload, .stop = stop, .status = hear_status};
	static struct console c = {.link = {.fd = -1}};
	struct rlimit files = {4096, 4096};
	process_init(&c.process, argc, argv, ROLE_CONSOLE, &handlers, &c);
	json_set_alloc_funcs(malloc, free_wiped);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &files);
	enum error e = set_up(&c);
	int status = e == OK ? process_run(&c.process) : 3;
	tear_down(&c);
	return status;
}
