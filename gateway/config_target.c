// SPDX-License-Identifier: GPL-2.0-or-later
// targets = ( … ): who is notified, and when who is on call.
#include <string.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/config_load.h"

#define FIELD(f) offsetof(struct written, f), sizeof(((struct written *)0)->f)
#define SHIFT(f) offsetof(struct written_shift, f), sizeof(((struct written_shift *)0)->f)
#define ALL_DAYS 0x7fu

struct written {
	char name[24], kind[16], level[16], to[CONFIG_TEXT];
	char url[CONFIG_TEXT], secret_file[CONFIG_TEXT * 2], ca_file[CONFIG_TEXT * 2];
	char user[64], password_file[CONFIG_TEXT * 2], from[128], subject[80], text[161];
	int64_t every_s, next_s;
};

struct written_shift {
	char days[48], hours[16], to[CONFIG_TEXT];
};

static const struct setting target_settings[] = {
	{"name", TEXT, FIELD(name), NULL, 0, 1, 23, "what rules call it: notify = \"duty\""},
	{"kind", TEXT, FIELD(kind), NULL, 0, 1, 15, "sms, webhook or mail"},
	{"level", TEXT, FIELD(level), "routing", 0, 1, 15, "nothing: that something waits; routing: also alert number, severity, queue, escalation. A text, a place, a count or a number never leave this way. sms: always nothing"},
	{"to", TEXT, FIELD(to), "", 0, 0, 255, "sms, mail: who is told, at any hour; else oncall"},
	{"url", TEXT, FIELD(url), "", 0, 0, 255, "webhook: https://…; mail: smtps://HOST or smtp://HOST:587 (then STARTTLS). Without TLS on this machine only"},
	{"secret_file", PATH, FIELD(secret_file), "", 0, 0, 0, "webhook: its first line signs each message"},
	{"ca_file", PATH, FIELD(ca_file), "", 0, 0, 0, "certificates of authorities, PEM; else the system's"},
	{"user", TEXT, FIELD(user), "", 0, 0, 63, "mail: name at the server"},
	{"password_file", PATH, FIELD(password_file), "", 0, 0, 0, "mail: its first line is the password"},
	{"from", TEXT, FIELD(from), "", 0, 0, 127, "mail: the sender"},
	{"subject", TEXT, FIELD(subject), "Note", 0, 1, 79, "mail: says nothing"},
	{"text", TEXT, FIELD(text), "Les prix du marche sont a jour.", 0, 1, 160, "sms, mail: a sentence that means nothing to others"},
	{"every_s", NUMBER, FIELD(every_s), NULL, 300, 0, 86400, "sms, mail: what comes sooner behind another is told together, at the end of this time"},
	{"next_s", NUMBER, FIELD(next_s), NULL, 0, 0, 604800, "to the next step of who is on call while nobody acknowledges; 0: deadline.again_s"},
};

static const struct setting shift_settings[] = {
	{"days", TEXT, SHIFT(days), "mon-sun", 0, 3, 47, "such as \"mon-fri\" or \"sat,sun\" (UTC)"},
	{"hours", TEXT, SHIFT(hours), "00:00-24:00", 0, 11, 11, "such as \"06:00-18:00\" (UTC); \"18:00-06:00\" ends on the next day"},
	{"to", TEXT, SHIFT(to), NULL, 0, 1, 255, "step after step, separated by spaces; several at once by commas: \"+223…1,+223…2 +223…3\""},
};

const char *config_target_kind(enum target_kind k)
{
	static const char *const names[] = {"sms", "webhook", "mail"};
	return names[k];
}

// ---- who is on call -------------------------------------------------------------------------------------------------

static int day_of(const char *s)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	for (int i = 0; i < 7; i++)
		if (!strncmp(days[i], s, 3))
			return i;
	return -1;
}

static bool read_days(const char *s, unsigned *days)
{
	for (*days = 0; *s; s += *s == ',') {
		int from = day_of(s), until = from;
		if (from < 0)
			return false;
		s += 3;
		if (*s == '-') {
			until = day_of(s + 1);
			s += 4;
		}
		if (until < 0 || (*s && *s != ','))
			return false;
		for (int d = from;; d = (d + 1) % 7) {
			*days |= 1u << d;
			if (d == until)
				break;
		}
	}
	return *days != 0;
}

static bool read_hours(const char *s, int64_t *from, int64_t *until)
{
	unsigned a, b, c, d;
	char end;
	if (sscanf(s, "%2u:%2u-%2u:%2u%c", &a, &b, &c, &d, &end) != 4 || a > 24 || c > 24 || b > 59 || d > 59)
		return false;
	*from = a * 60 + b;
	*until = c * 60 + d;
	if (*until <= *from)
		*until += 1440;
	return *from < 1440 && *until <= *from + 1440;
}

static bool is_phone(const char *s, size_t n)
{
	return n >= 8 && n <= 16 && s[0] == '+' && strspn(s + 1, "0123456789") >= n - 1;
}

static bool is_address(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || strchr("<>()[]\\\";:", s[i]) || s[i] == 0x7f)
			return false;
	return at && at > s && at < s + n - 1;
}

static bool check_to(const char *to, enum target_kind kind)
{
	const char *s = to;
	for (; *s; s += strspn(s, " ,")) {
		size_t n = strcspn(s, " ,");
		if (!n || !(kind == TARGET_SMS ? is_phone(s, n) : is_address(s, n)))
			return false;
		s += n;
	}
	return s > to;
}

static bool covers(const struct config_shift *s, int day, int64_t minute)
{
	if (s->days & 1u << day && minute >= s->from && minute < s->until)
		return true;
	return s->days & 1u << (day + 6) % 7 && minute + 1440 < s->until; // begun yesterday
}

bool config_target_step(const struct config_target *t, int64_t now, unsigned step, char out[static CONFIG_TEXT])
{
	int day = (int)((now / 86400 + 3) % 7); // 1 January 1970 was a Thursday
	const struct config_shift *shift = &t->shifts[0]; // an hour without anybody is the first's
	if (t->shift_count == 0)
		return false;
	for (size_t i = t->shift_count; i-- > 0;)
		if (covers(&t->shifts[i], day, now / 60 % 1440))
			shift = &t->shifts[i];
	const char *s = shift->to + strspn(shift->to, " ");
	for (; step; step--) {
		const char *next = s + strcspn(s, " ");
		next += strspn(next, " ");
		if (!*next)
			break;
		s = next;
	}
	snprintf(out, CONFIG_TEXT, "%.*s", (int)strcspn(s, " "), s);
	return *out;
}

int config_target_find(const struct config *c, const char *name)
{
	for (size_t i = 0; *name && i < c->target_count; i++)
		if (!strcmp(c->targets[i].name, name))
			return (int)i;
	return -1;
}

// ---- reading --------------------------------------------------------------------------------------------------------

static bool here(const char *rest)
{
	static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		size_t n = strlen(names[i]);
		if (!strncmp(rest, names[i], n) && (rest[n] == 0 || rest[n] == ':' || rest[n] == '/'))
			return true;
	}
	return false;
}

static bool url_fits(const struct config_target *t)
{
	static const char *const tls[] = {"", "https://", "smtps://"}, *const plain[] = {"", "http://", "smtp://"};
	const char *u = t->url;
	if (strpbrk(u, "@\\ #") || u[strspn(u, " !\"$%&'()*+,-./0123456789:;=?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~")])
		return false;
	if (!strncmp(u, tls[t->kind], strlen(tls[t->kind])))
		return u[strlen(tls[t->kind])] != 0;
	if (strncmp(u, plain[t->kind], strlen(plain[t->kind])) != 0)
		return false;
	return t->kind == TARGET_MAIL ? u[7] != 0 : here(u + 7); // mail begins TLS itself (notify_send.c)
}

static void check_keys(struct loader *l, const config_setting_t *group, const struct setting *table, size_t n,
	const char *more)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		bool known = !strcmp(config_setting_name(s), more);
		for (size_t k = 0; k < n; k++)
			known |= !strcmp(table[k].path, config_setting_name(s));
		if (!known)
			config_complain(l, (int)config_setting_source_line(s), "targets: unknown setting \"%s\"; `tama help config` lists them all",
				config_setting_name(s));
	}
}

static void load_shift(struct loader *l, const config_setting_t *group, const struct config_target *t, struct config_shift *out)
{
	struct written_shift w = {0};
	int line = (int)config_setting_source_line(group);
	if (!config_setting_is_group(group)) {
		config_complain(l, line, "oncall: expected a list of groups ( { days = …; hours = …; to = …; }, … )");
		return;
	}
	check_keys(l, group, shift_settings, ARRAY_LENGTH(shift_settings), "");
	for (size_t k = 0; k < ARRAY_LENGTH(shift_settings); k++)
		config_store(l, &shift_settings[k], config_setting_get_member(group, shift_settings[k].path), line, &w);
	if (l->failed)
		return;
	if (!read_days(w.days, &out->days))
		config_complain(l, line, "days: expected mon, tue, wed, thu, fri, sat, sun, such as \"mon-fri,sun\"");
	if (!read_hours(w.hours, &out->from, &out->until))
		config_complain(l, line, "hours: expected such as \"06:00-18:00\"");
	if (!check_to(w.to, t->kind)) // what is there is a person's number or address
		config_complain(l, line, "to: expected %s", t->kind == TARGET_SMS ? "numbers with + and country code" : "mail addresses");
	memcpy(out->to, w.to, sizeof out->to);
}

static void load_shifts(struct loader *l, const config_setting_t *group, const struct written *w, struct config_target *t)
{
	const config_setting_t *list = config_setting_get_member(group, "oncall");
	int line = (int)config_setting_source_line(group), n = list ? config_setting_length(list) : 0;
	if (list && (!config_setting_is_list(list) || n < 1 || n > CONFIG_SHIFTS_MAX || *w->to))
		config_complain(l, line, "oncall: expected a list in ( ) of 1 to %d shifts, and no `to` beside it", CONFIG_SHIFTS_MAX);
	for (int i = 0; i < n && !l->failed; i++)
		load_shift(l, config_setting_get_elem(list, (unsigned)i), t, &t->shifts[t->shift_count++]);
	if (!list && *w->to) {
		if (!check_to(w->to, t->kind))
			config_complain(l, line, "to: expected %s", t->kind == TARGET_SMS ? "numbers with + and country code" : "mail addresses");
		t->shifts[0] = (struct config_shift){.days = ALL_DAYS, .until = 1440};
		memcpy(t->shifts[t->shift_count++].to, w->to, sizeof w->to);
	}
	if (t->kind != TARGET_WEBHOOK && !t->shift_count)
		config_complain(l, line, "target %s: who is told? give to = \"…\" or oncall = ( … )", t->name);
}

static void check_target(struct loader *l, const struct written *w, struct config_target *t, int line)
{
	static const char *const kinds[] = {"sms", "webhook", "mail"}, *const levels[] = {"nothing", "routing"};
	size_t kind = 0, level = 0;
	while (kind < ARRAY_LENGTH(kinds) && strcmp(kinds[kind], w->kind) != 0)
		kind++;
	while (level < ARRAY_LENGTH(levels) && strcmp(levels[level], w->level) != 0)
		level++;
	t->kind = (enum target_kind)kind;
	t->level = kind == TARGET_SMS ? LEVEL_NOTHING : (enum target_level)level;
	if (kind == ARRAY_LENGTH(kinds))
		config_complain(l, line, "target %s: kind: expected sms, webhook or mail", w->name);
	else if (level == ARRAY_LENGTH(levels))
		config_complain(l, line, "target %s: level: expected nothing or routing", w->name);
	else if (kind != TARGET_SMS && !url_fits(t))
		config_complain(l, line, "target %s: url: expected %s", w->name, kind == TARGET_MAIL ? "smtps://… or smtp://…" :
			"https://…, or http://127.0.0.1… for an endpoint on this machine");
	else if (kind == TARGET_WEBHOOK && !strcmp(w->secret_file, ""))
		config_complain(l, line, "target %s: secret_file is missing: its first line signs what is sent", w->name);
	else if (kind == TARGET_MAIL && !is_address(t->from, strlen(t->from)))
		config_complain(l, line, "target %s: from: expected a mail address", w->name);
}

static void load_target(struct loader *l, const config_setting_t *group, struct config *c)
{
	struct written w = {0};
	struct config_target *t = &c->targets[c->target_count];
	int line = (int)config_setting_source_line(group);
	if (!config_setting_is_group(group)) {
		config_complain(l, line, "targets: expected a list of groups ( { name = …; kind = …; }, … )");
		return;
	}
	check_keys(l, group, target_settings, ARRAY_LENGTH(target_settings), "oncall");
	for (size_t k = 0; k < ARRAY_LENGTH(target_settings); k++)
		config_store(l, &target_settings[k], config_setting_get_member(group, target_settings[k].path), line, &w);
	if (!l->failed && config_target_find(c, w.name) >= 0)
		config_complain(l, line, "targets: two are called \"%s\"", w.name);
	if (l->failed)
		return;
	*t = (struct config_target){.every_s = w.every_s, .next_s = w.next_s};
	memcpy(t->name, w.name, sizeof t->name);
	memcpy(t->url, w.url, sizeof t->url);
	memcpy(t->user, w.user, sizeof t->user);
	memcpy(t->from, w.from, sizeof t->from);
	memcpy(t->subject, w.subject, sizeof t->subject);
	memcpy(t->text, w.text, sizeof t->text);
	char *const files[] = {w.secret_file, t->secret_file, w.ca_file, t->ca_file, w.password_file, t->password_file};
	for (size_t i = 0; i < ARRAY_LENGTH(files); i += 2)
		if (*files[i]) {
			memcpy(files[i + 1], files[i], sizeof t->secret_file);
			config_make_absolute(l, c, files[i + 1]);
		}
	check_target(l, &w, t, line);
	if (!l->failed)
		load_shifts(l, group, &w, t);
	c->target_count++;
}

void config_load_targets(struct loader *l, const config_t *file, struct config *c)
{
	const config_setting_t *list = config_lookup(file, "targets");
	const char *const named[] = {c->notify_station, c->notify_escalation};
	int n = list ? config_setting_length(list) : 0, line = list ? (int)config_setting_source_line(list) : 1;
	if (list && (!config_setting_is_list(list) || n > CONFIG_TARGETS_MAX))
		config_complain(l, line, "targets: expected a list in ( ) of not more than %d targets", CONFIG_TARGETS_MAX);
	for (int i = 0; i < n && !l->failed; i++)
		load_target(l, config_setting_get_elem(list, (unsigned)i), c);
	for (size_t i = 0; i < ARRAY_LENGTH(named); i++)
		if (*named[i] && config_target_find(c, named[i]) < 0)
			config_complain(l, line, "notify: there is no target \"%s\" in targets = ( … )", named[i]);
}

void config_help_targets(FILE *f)
{
	fputs("  targets = ( { … }, … ), who is notified, each with:\n", f);
	config_help_table(f, "    ", target_settings, ARRAY_LENGTH(target_settings));
	fputs("    oncall = ( { … }, … ), instead of `to`; the first that covers the hour counts, and the first of all where none does:\n", f);
	config_help_table(f, "      ", shift_settings, ARRAY_LENGTH(shift_settings));
}
