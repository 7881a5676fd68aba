// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/queue_print.h"

#include <stdio.h>
#include <string.h>

#define TEXT_COLUMNS 70

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && *s ? s : "-";
}

// At most `columns` characters of UTF-8, without control characters and bidirectional overrides.
static void print_safe(const char *s, int columns)
{
	for (; *s && columns > 0; columns--) {
		unsigned char c = (unsigned char)*s;
		int size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[1] < 0xa0) ||
			       (c == 0xe2 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] >= 0xaa &&
				       (unsigned char)s[2] <= 0xae) ||
			       (c == 0xe2 && (unsigned char)s[1] == 0x81 && (unsigned char)s[2] >= 0xa6);
		if (control)
			putchar(c == '\n' || c == '\t' ? ' ' : '.');
		else
			fwrite(s, 1, strnlen(s, (size_t)size), stdout);
		s += strnlen(s, (size_t)size);
	}
	if (*s)
		fputs("…", stdout);
}

static void print_list(const json_t *list, const char *between)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one)
		printf("%s%s", i ? between : "", json_string_value(one));
}

static const char *colour_of(int severity)
{
	static const char *const colours[] = {"", "\033[2m", "", "\033[33m", "\033[31m", "\033[1;37;41m"};
	return severity >= 1 && severity <= 5 ? colours[severity] : "";
}

void queue_print_head(void)
{
	puts("   ID  received          sev state        event                          place              count rep. grade text");
}

// Pads by characters, which printf does not.
static void print_column(const char *s, int columns)
{
	int n = 0;
	for (const char *p = s; *p; p++)
		n += (*p & 0xc0) != 0x80;
	print_safe(s, n > columns ? columns - 1 : columns);
	for (; n <= columns; n++)
		putchar(' ');
	if (n > columns + 1)
		putchar(' ');
}

static void print_overdue(const json_t *a)
{
	long long times = (long long)json_integer_value(json_object_get(a, "escalated"));
	fputs(" (OVERDUE", stdout);
	if (times)
		printf(", escalated %lld×", times);
	putchar(')');
}

void queue_print_line(const json_t *a, size_t more, bool colour)
{
	char event[120], place[120], count[16] = "";
	size_t i;
	json_t *note;
	int severity = (int)json_integer_value(json_object_get(a, "severity"));
	const json_t *n = json_object_get(a, "count"), *flags = json_object_get(a, "flags");
	snprintf(event, sizeof event, "%s %s", text_of(a, "event"), text_of(a, "event_name"));
	snprintf(place, sizeof place, "%s %s", text_of(a, "place"), text_of(a, "place_name"));
	if (json_is_integer(n))
		snprintf(count, sizeof count, "%lld", (long long)json_integer_value(n));
	printf("%s%5lld  %.10s %.5s  %d  %-12s ", colour ? colour_of(severity) : "",
		(long long)json_integer_value(json_object_get(a, "id")), text_of(a, "received_at"),
		strlen(text_of(a, "received_at")) > 11 ? text_of(a, "received_at") + 11 : "", severity,
		text_of(a, "state"));
	print_column(event, 30);
	print_column(place, 18);
	printf("%4s %4d× %s  ", count, (int)json_integer_value(json_object_get(a, "reporters")), text_of(a, "grade"));
	print_safe(text_of(a, "text"), TEXT_COLUMNS);
	if (json_array_size(flags)) {
		fputs(" [", stdout);
		print_list(flags, " ");
		putchar(']');
	}
	json_array_foreach(json_object_get(a, "notes"), i, note)
		printf(" (%s)", text_of(note, "name"));
	if (json_is_integer(json_object_get(a, "refers_to")))
		printf(" (%s: %lld)", text_of(a, "refers_as"), (long long)json_integer_value(json_object_get(a, "refers_to")));
	if (json_is_true(json_object_get(a, "overdue")))
		print_overdue(a);
	if (json_array_size(json_object_get(a, "trend_signs"))) {
		fputs(" <", stdout);
		print_list(json_object_get(a, "trend_signs"), " ");
		putchar('>');
	}
	if (more)
		printf(" (+%zu of this incident)", more);
	puts(colour ? "\033[0m" : "");
}

static void print_readings(const json_t *a)
{
	size_t i;
	json_t *r;
	json_array_foreach(json_object_get(a, "readings"), i, r) {
		printf("  reading %zu   %s %s; place %s %s; count ", i + 1, text_of(r, "event"), text_of(r, "event_name"),
			text_of(r, "place"), text_of(r, "place_name"));
		if (json_is_integer(json_object_get(r, "count")))
			printf("%lld%s\n", (long long)json_integer_value(json_object_get(r, "count")),
				json_is_true(json_object_get(r, "place_unverified")) ? "; place without its check letter" : "");
		else
			printf("not said%s\n",
				json_is_true(json_object_get(r, "place_unverified")) ? "; place without its check letter" : "");
	}
}

// What the sheet of an older card says, in its own words.
static void print_sheets(const json_t *a)
{
	size_t i, k;
	json_t *s, *r;
	json_array_foreach(json_object_get(a, "other_sheets"), i, s)
		json_array_foreach(json_object_get(s, "readings"), k, r)
			printf("  old sheet   %s %s (until %s): %s %s; place %s %s\n", text_of(s, "sheet"), text_of(s, "version"),
				text_of(s, "until"), text_of(r, "event"), text_of(r, "event_name"), text_of(r, "place"),
				text_of(r, "place_name"));
}

static void print_named_list(const json_t *a, const char *key)
{
	const json_t *list = json_object_get(a, key);
	if (!json_array_size(list))
		return;
	printf("  %-11s ", key);
	print_list(list, ", ");
	putchar('\n');
}

static void print_source(const json_t *a)
{
	size_t i;
	json_t *one, *source = json_object_get(a, "source"), *reporter = json_object_get(source, "reporter");
	if (json_is_integer(reporter))
		printf("  source      reporter %lld, code %s, grade %s\n", (long long)json_integer_value(reporter),
			text_of(source, "state"), text_of(source, "grade"));
	json_array_foreach(json_object_get(a, "notes"), i, one)
		printf("  note        %s\n", text_of(one, "text"));
}

static void print_history(const json_t *history)
{
	size_t i;
	json_t *s;
	json_array_foreach(history, i, s) {
		printf("  %s  %s %s%s%s", text_of(s, "at"), text_of(s, "officer"), text_of(s, "action"),
			strcmp(text_of(s, "detail"), "-") ? " " : "",
			strcmp(text_of(s, "detail"), "-") ? text_of(s, "detail") : "");
		if (json_is_string(json_object_get(s, "note"))) {
			fputs(": ", stdout);
			print_safe(text_of(s, "note"), 4096);
		}
		putchar('\n');
	}
}

void queue_print_whole(const json_t *a, const json_t *history, bool colour)
{
	int severity = (int)json_integer_value(json_object_get(a, "severity"));
	printf("%salert %lld  severity %d  %s%s\n", colour ? colour_of(severity) : "",
		(long long)json_integer_value(json_object_get(a, "id")), severity, text_of(a, "state"),
		colour ? "\033[0m" : "");
	printf("  text        ");
	print_safe(text_of(a, "text"), 4096);
	printf("\n  event       %s %s\n  place       %s %s\n  area        %s\n", text_of(a, "event"),
		text_of(a, "event_name"), text_of(a, "place"), text_of(a, "place_name"), text_of(a, "area"));
	printf("  from        %s (a handle: no number)\n  received    %s, sent %s\n", text_of(a, "handle"),
		text_of(a, "received_at"), text_of(a, "sent_at"));
	printf("  queue       %s%s%s, with %s\n", text_of(a, "queue"),
		json_is_string(json_object_get(a, "oversight")) ? ", before " : "",
		json_is_string(json_object_get(a, "oversight")) ? text_of(a, "oversight") : "", text_of(a, "assignee"));
	if (json_is_string(json_object_get(a, "deadline_at"))) {
		printf("  deadline    %s", text_of(a, "deadline_at"));
		if (json_is_true(json_object_get(a, "overdue")))
			print_overdue(a);
		putchar('\n');
	}
	print_source(a);
	if (json_is_integer(json_object_get(a, "incident")))
		printf("  incident    %lld, %lld distinct reporters, grade %s\n",
			(long long)json_integer_value(json_object_get(a, "incident")),
			(long long)json_integer_value(json_object_get(a, "reporters")), text_of(a, "grade"));
	if (json_is_integer(json_object_get(a, "refers_to")))
		printf("  refers to   alert %lld (%s), of the same sender: it may have been sent under threat, look at both\n",
			(long long)json_integer_value(json_object_get(a, "refers_to")), text_of(a, "refers_as"));
	else if (json_is_string(json_object_get(a, "refers_as")))
		printf("  refers to   an alert that is not known (%s)\n", text_of(a, "refers_as"));
	if (json_is_string(json_object_get(a, "trend")))
		printf("  trend       %s\n", text_of(a, "trend"));
	print_readings(a);
	print_sheets(a);
	print_named_list(a, "flags");
	print_named_list(a, "mends");
	print_named_list(a, "unknown");
	print_named_list(a, "rules");
	if (json_is_true(json_object_get(a, "no_contact")))
		puts("  !! the sender wants no contact: no answer goes there until the phone itself says that one may");
	if (json_is_true(json_object_get(a, "tampered")))
		puts("  !! the spool's chain does not hold for this message: somebody may have put it there");
	print_history(history);
}
