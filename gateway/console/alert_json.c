// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "gateway/console/console.h"
#include "gateway/reading_json.h"

json_t *alert_viewers(const struct console *c, uint64_t id)
{
	json_t *names = json_array();
	for (struct session *s = NULL; (s = session_next((struct console *)(uintptr_t)c, s));)
		if (s->on == id)
			json_array_append_new(names, json_string(s->name));
	return names;
}

enum error alert_json(struct console *c, struct session *s, const struct store_alert *a, json_t **out)
{
	enum error e = view_alert(s->view, a, out);
	if (e != OK)
		return e;
	json_t *o = *out;
	if (!json_object_get(o, "refers_to"))
		json_object_set_new(o, "refers_to", json_null());
	if (!json_object_get(o, "refers_as"))
		json_object_set_new(o, "refers_as", json_null());
	json_object_set_new(o, "expired", json_boolean(a->expired));
	json_object_set_new(o, "unread", json_boolean(readers_unread(s, a->id)));
	json_object_set_new(o, "viewers", alert_viewers(c, a->id));
	return OK;
}

bool alert_is_for(struct console *c, struct session *s, const struct store_alert *a)
{
	char own[DURESS_NAME_SIZE];
	uint8_t sealed[ALERT_KEY_SEALED];
	size_t size;
	bool may = false;
	if (view_is_duress(s->view))
		return store_grant_get(c->store, a->id, duress_name(s->name, own), sealed, sizeof sealed, &size) == OK;
	if (store_officer_may(c->store, s->name, a->queue, &may) == OK && may)
		return true;
	return *a->oversight && store_officer_may(c->store, s->name, a->oversight, &may) == OK && may;
}

bool alert_take_row(void *ctx, const struct store_alert *a)
{
	struct store_alert *out = ctx;
	*out = *a;
	out->body = out->oversight_wrap = NULL;
	out->body_size = out->oversight_wrap_size = 0;
	return true;
}

bool alert_is_visible(struct console *c, struct session *s, uint64_t id)
{
	struct store_alert a;
	return store_alert_get(c->store, id, alert_take_row, &a) == OK && alert_is_for(c, s, &a);
}

bool alert_has_flag(const json_t *alert, const char *flag)
{
	size_t i;
	json_t *f;
	json_array_foreach(json_object_get(alert, "flags"), i, f)
		if (!strcmp(json_string_value(f), flag))
			return true;
	return false;
}
