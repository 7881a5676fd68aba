// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The console process: a web server for officers. It has the TLS key and, in guarded memory, the keys of whoever is
// logged in; it reads the queue with them. Whatever changes something goes to triage, signed by the officer. It never
// has a number or the station's secret. console.c sets up and hears peers; http.c is the only file that knows the web
// server; routes.c says who may call what.

#include <jansson.h>

#include "gateway/console/http.h"
#include "gateway/console/link.h"
#include "gateway/console/session.h"
#include "gateway/process.h"
#include "gateway/queue_view.h"
#include "rules/rule.h"

#define CONSOLE_PRESENT_MAX 256

enum { CONSOLE_TIMER_WEB, CONSOLE_TIMER_TICK, CONSOLE_TIMER_CHANGE };

struct console {
	struct process process;
	struct http *http;
	struct store *store;
	struct pads *pads; // NULL before the first alert
	struct sheet *sheet;
	struct rules *rules;
	struct link link;
	struct sessions *sessions;
	struct unlocker *unlocker;
	struct backoff *backoff;
	struct streams *streams;
	struct readers *readers;
	struct totp *totp;
	struct printer *printer;
	json_t *status;   // as `tama status --json`, of the last seconds; NULL: not heard yet
	char address[64]; // https://…
};

// What was learnt since: the pads that a first alert made.
void console_refresh(struct console *c);

// stream.c: what changed, to every open page
MUST_CHECK enum error streams_create(struct console *c, struct streams **out);
void streams_destroy(struct streams *s);
void streams_changed(struct console *c);                // triage said so: looked up soon
void streams_presence(struct console *c, uint64_t id);  // who is on that alert
void streams_station(struct console *c);                // locked, unlocked, away
void streams_tick(struct console *c);                   // each second
void streams_end(struct console *c, const struct session *s); // of this session; NULL: all
uint64_t streams_version(const struct streams *s);
void api_events(struct exchange *x);
void api_changes(struct exchange *x);

// read_marks.c: what each officer has read
MUST_CHECK enum error readers_create(const struct config *c, struct readers **out);
void readers_destroy(struct readers *r);
void readers_enter(struct console *c, struct session *s); // sets s->reader
void readers_leave(struct console *c, struct session *s);
bool readers_unread(const struct session *s, uint64_t id);
void readers_mark(struct session *s, uint64_t id);
void readers_tick(struct console *c); // each second; writes what changed, now and then

// printer.c: cards of the code sheet
void printer_create(struct console *c); // before the sandbox closes, and before there are secrets
void printer_tick(struct console *c);   // each second
void printer_destroy(struct printer *p);

// alert_json.c
// The alert as the pages see it. ERROR_REFUSED: not for this officer.
MUST_CHECK enum error alert_json(struct console *c, struct session *s, const struct store_alert *a, json_t **out);
// What stands around it: neighbours, the trend of its place, whether it can be answered.
void alert_around(struct console *c, struct session *s, const struct store_alert *a, json_t *out);
bool alert_is_for(struct console *c, struct session *s, const struct store_alert *a); // by right, without opening it
bool alert_is_visible(struct console *c, struct session *s, uint64_t id); // the same; not from within a row of the store
bool alert_take_row(void *store_alert, const struct store_alert *a); // a row of the store, copied without its body
bool alert_has_flag(const json_t *alert, const char *flag);
json_t *alert_viewers(const struct console *c, uint64_t id);

// station_json.c
json_t *sections_json(struct console *c);
json_t *station_json(const struct console *c, bool whole); // not whole: what a stranger may know
const char *station_banner(const struct console *c);       // a word for what everybody must see; NULL: all is well
bool station_is_locked(const struct console *c);
void station_hear(struct console *c, const char *json, size_t size); // the supervisor's answer

bool login_is_first_run(struct console *c);
void api_login(struct exchange *x);
void api_logout(struct exchange *x);
void api_session(struct exchange *x);
void api_sessions(struct exchange *x);
void api_sessions_end(struct exchange *x);
void api_sheet(struct exchange *x);
void api_queue(struct exchange *x);
void api_incident(struct exchange *x);
void api_alert(struct exchange *x);
void api_act(struct exchange *x);
void api_reply(struct exchange *x);
void api_presence(struct exchange *x);
void api_read(struct exchange *x);
