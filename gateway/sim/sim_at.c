// SPDX-License-Identifier: GPL-2.0-or-later
// The AT interpreter: 3GPP TS 27.005 (messages), TS 27.007 (the rest), V.250 (the basics). A table of commands.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/base/cleanup.h"
#include "gateway/pdu/charset.h"
#include "gateway/sim/sim.h"

// TS 27.005 §3.2.5 and TS 27.007 §9.2
enum { CMS_MEMORY_FAILURE = 320, CMS_INVALID_INDEX = 321, CMS_MEMORY_FULL = 322, CMS_INVALID_PARAMETER = 304, CME_SIM_PIN = 11, CME_SIM_PUK = 12,
	CME_WRONG_PASSWORD = 16 };

enum form { SET, QUERY, TEST, BARE };

// Returns 0 for OK, a positive number for +CMS ERROR, a negative one for +CME ERROR, NO_ANSWER when it has answered.
#define NO_ANSWER 100000
#define PLAIN_ERROR 100001
typedef int handler(struct sim *s, enum form form, const char *value);

static int number_at(const char *value, int which, int otherwise)
{
	for (; which > 0 && value; which--) {
		value = strchr(value, ',');
		value = value ? value + 1 : NULL;
	}
	return value && *value ? (int)strtol(value, NULL, 10) : otherwise;
}

static int do_pin(struct sim *s, enum form form, const char *value)
{
	if (form == QUERY)
		sim_say(s, "+CPIN: %s", s->puk ? "SIM PUK" : s->pin_entered ? "READY" : "SIM PIN");
	if (form == SET && s->puk)
		return -CME_WRONG_PASSWORD;
	if (form != SET || s->pin_entered)
		return 0;
	char given[32];
	snprintf(given, sizeof given, "%s", *value == '"' ? value + 1 : value);
	given[strcspn(given, "\"")] = 0;
	s->pin_entered = !strcmp(given, s->pin);
	return s->pin_entered ? 0 : -CME_WRONG_PASSWORD;
}

static int do_storage(struct sim *s, enum form form, const char *value)
{
	int used = sim_slots_used(s), total = s->slot_count;
	(void)value;
	if (form == TEST)
		sim_say(s, "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")");
	else if (form == QUERY)
		sim_say(s, "+CPMS: \"SM\",%d,%d,\"SM\",%d,%d,\"SM\",%d,%d", used, total, used, total, used, total);
	else if (!strstr(value, "\"SM\""))
		return CMS_INVALID_PARAMETER;
	else
		sim_say(s, "+CPMS: %d,%d,%d,%d,%d,%d", used, total, used, total, used, total);
	return 0;
}

// Only storage and its announcement: direct delivery (+CMT, <mt> 2 and 3) is not there.
static int set_notify(struct sim *s, int mt)
{
	if (mt > 1)
		return CMS_INVALID_PARAMETER;
	s->notify = mt;
	return 0;
}

static int do_notify(struct sim *s, enum form form, const char *value)
{
	if (form == TEST)
		sim_say(s, "+CNMI: (0-2),(0-1),(0,2),(0-1),(0,1)");
	else if (form == QUERY)
		sim_say(s, "+CNMI: 2,%d,0,0,0", s->notify);
	else
		return set_notify(s, number_at(value, 1, 0));
	return 0;
}

static int do_format(struct sim *s, enum form form, const char *value)
{
	if (form == TEST)
		sim_say(s, "+CMGF: (0,1)");
	else if (form == QUERY)
		sim_say(s, "+CMGF: %d", s->text_mode);
	else
		s->text_mode = number_at(value, 0, 0) == 1;
	return 0;
}

static const char *const status_words[] = {"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"};

static void hex_of(const uint8_t *octets, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02X", octets[i]);
	out[2 * n] = 0;
}

static size_t tpdu_size(const struct sim_message *m)
{
	size_t smsc = m->size ? m->octets[0] + 1u : 0;
	return m->size > smsc ? m->size - smsc : 0;
}

static void text_lines(struct sim *s, const char *head, const struct sim_slot *slot)
{
	struct pdu p;
	char text[1024], stamp[40], hex[700];
	if (pdu_deliver_decode(slot->message.octets, slot->message.size, &p) != OK) {
		hex_of(slot->message.octets, slot->message.size, hex);
		sim_say(s, "%s\"%s\",\"\",,\"\"\r\n%s", head, status_words[slot->status], hex);
		return;
	}
	time_t at = (time_t)(p.sent_at + p.offset_quarters * 900);
	struct tm tm;
	gmtime_r(&at, &tm);
	strftime(stamp, sizeof stamp, "%y/%m/%d,%H:%M:%S", &tm);
	utf16_to_utf8(p.units, p.length, text, sizeof text);
	if (s->ucs2_charset)
		for (size_t i = 0; i < p.length; i++)
			sprintf(text + 4 * i, "%04X", p.units[i]);
	sim_say(s, "%s\"%s\",\"%s\",,\"%s%+03d\"\r\n%s", head, status_words[slot->status], p.address, stamp,
		p.offset_quarters, text);
}

static void show(struct sim *s, const char *name, int index, struct sim_slot *slot)
{
	char head[64], hex[sizeof slot->message.octets * 2 + 1];
	bool listing = index > 0;
	if (s->text_mode) {
		snprintf(head, sizeof head, listing ? "%s: %d," : "%s: ", name, index);
		text_lines(s, head, slot);
	} else {
		hex_of(slot->message.octets, slot->message.size, hex);
		if (listing)
			sim_say(s, "%s: %d,%d,,%zu\r\n%s", name, index, slot->status, tpdu_size(&slot->message), hex);
		else
			sim_say(s, "%s: %d,,%zu\r\n%s", name, slot->status, tpdu_size(&slot->message), hex);
	}
	if (slot->status == 0)
		slot->status = 1; // TS 27.005 §3.4.2: listing or reading makes it read
}

static int do_list(struct sim *s, enum form form, const char *value)
{
	int wanted = form == BARE ? 0 : number_at(value, 0, 0);
	if (form == TEST) {
		if (s->text_mode)
			sim_say(s, "+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")");
		else
			sim_say(s, "+CMGL: (0-4)");
		return 0;
	}
	if (form == SET && *value == '"')
		for (int i = 0; i <= 4; i++)
			if (!strncmp(value + 1, status_words[i], strlen(status_words[i])))
				wanted = i;
	if (wanted < 0 || wanted > 4)
		return CMS_INVALID_PARAMETER;
	bool cut = sim_fault_due(s, FAULT_LIST_CUT);
	for (int i = 0, shown = 0; i < s->slot_count; i++) {
		if (!s->slots[i].used || (wanted != 4 && s->slots[i].status != wanted))
			continue;
		if ((cut && shown++ == 2) || s->bad_slot == i + 1)
			return CMS_MEMORY_FAILURE;
		show(s, "+CMGL", i + 1, &s->slots[i]);
	}
	return 0;
}

static struct sim_slot *slot_at(struct sim *s, const char *value)
{
	int i = number_at(value, 0, 0);
	return i >= 1 && i <= s->slot_count ? &s->slots[i - 1] : NULL;
}

static int do_read(struct sim *s, enum form form, const char *value)
{
	struct sim_slot *slot = slot_at(s, value);
	if (form == TEST)
		return 0;
	if (!slot || !slot->used)
		return CMS_INVALID_INDEX;
	if (s->bad_slot == (int)(slot - s->slots) + 1)
		return CMS_MEMORY_FAILURE;
	show(s, "+CMGR", 0, slot);
	return 0;
}

static void clear_slot(struct sim *s, struct sim_slot *slot)
{
	if (slot->used)
		s->deleted++;
	slot->used = false; // marked free only: that is what a real SIM does
}

// <delflag>, TS 27.005 §3.5.4: 1 read, 2 read and sent, 3 read, sent and unsent, 4 all
static int do_delete(struct sim *s, enum form form, const char *value)
{
	struct sim_slot *slot = slot_at(s, value);
	int flag = number_at(value, 1, 0);
	if (form == TEST) {
		sim_say(s, s->delete_flags ? "+CMGD: (1-%d),(0-4)" : "+CMGD: (1-%d)", s->slot_count);
		return 0;
	}
	if (!slot || flag < 0 || flag > 4 || (flag && !s->delete_flags))
		return CMS_INVALID_INDEX;
	if (s->deaf_to_deletion || sim_fault_due(s, FAULT_DELETE_LIES))
		return 0;
	if (!flag)
		clear_slot(s, slot);
	for (int i = 0; flag && i < s->slot_count; i++) {
		int status = s->slots[i].status;
		if (flag == 4 || status == 1 || (flag >= 2 && status == 3) || (flag >= 3 && status == 2))
			clear_slot(s, &s->slots[i]);
	}
	sim_network_deliver(s);
	return 0;
}

static int do_send(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == TEST)
		return 0;
	s->entering_pdu = true;
	sim_say(s, "> ");
	s->out.size -= 2; // no line end behind the prompt
	return NO_ANSWER;
}

static int do_write(struct sim *s, enum form form, const char *value)
{
	if (s->text_mode)
		return CMS_INVALID_PARAMETER;
	s->writing = form != TEST;
	return do_send(s, form, value);
}

static int do_identity(struct sim *s, enum form form, const char *value)
{
	(void)form;
	(void)value;
	sim_say(s, "TAMA SIMULATED MODEM");
	return 0;
}

static int do_serial(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form != TEST)
		sim_say(s, "001010000000001"); // MCC 001, MNC 01: the test network of TS 23.003
	return 0;
}

static int do_signal(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == TEST)
		sim_say(s, "+CSQ: (0-31,99),(0-7,99)");
	else
		sim_say(s, "+CSQ: %d,0", s->signal);
	return 0;
}

static int do_registered(struct sim *s, enum form form, const char *value)
{
	if (form == QUERY)
		sim_say(s, s->network_mode == 2 ? "+CREG: %d,%d,\"0001\",\"0001\"" : "+CREG: %d,%d", s->network_mode,
			s->registered);
	else if (form == TEST)
		sim_say(s, "+CREG: (0-2)");
	else
		s->network_mode = number_at(value, 0, 0);
	return 0;
}

static int do_packet(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == QUERY)
		sim_say(s, "+CGREG: 0,1");
	else if (form == TEST)
		sim_say(s, "+CGREG: (0-2)");
	return 0;
}

static int do_attached(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == QUERY)
		sim_say(s, "+CGATT: 1");
	return 0;
}

static int do_operator(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == QUERY)
		sim_say(s, "+COPS: 0,2,\"00101\"");
	return 0;
}

static int do_centre(struct sim *s, enum form form, const char *value)
{
	if (form == QUERY) {
		sim_say(s, "+CSCA: \"%s\",145", s->smsc);
	} else if (form == SET && *value == '"') {
		snprintf(s->smsc, sizeof s->smsc, "%s", value + 1);
		s->smsc[strcspn(s->smsc, "\"")] = 0;
	}
	return 0;
}

static int do_charset(struct sim *s, enum form form, const char *value)
{
	if (form == TEST)
		sim_say(s, "+CSCS: (\"GSM\",\"IRA\",\"UCS2\",\"UTF-8\",\"HEX\")");
	else if (form == QUERY)
		sim_say(s, "+CSCS: \"%s\"", s->ucs2_charset ? "UCS2" : "GSM");
	else
		s->ucs2_charset = strstr(value, "UCS2") || strstr(value, "0055004300530032");
	return 0;
}

static int do_service(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form == TEST)
		sim_say(s, "+CSMS: (0,1)");
	else
		sim_say(s, form == QUERY ? "+CSMS: 0,1,1,1" : "+CSMS: 1,1,1");
	return 0;
}

static int do_battery(struct sim *s, enum form form, const char *value)
{
	(void)value;
	if (form != TEST)
		sim_say(s, "+CBC: 0,100");
	return 0;
}

static int do_clip(struct sim *s, enum form form, const char *value)
{
	if (form == SET)
		s->clip = number_at(value, 0, 0) == 1;
	else if (form == QUERY)
		sim_say(s, "+CLIP: %d,2", s->clip);
	return 0;
}

static int do_error_mode(struct sim *s, enum form form, const char *value)
{
	if (form == SET)
		s->error_mode = number_at(value, 0, 0);
	else if (form == QUERY)
		sim_say(s, "+CMEE: %d", s->error_mode);
	return 0;
}

void sim_restart(struct sim *s)
{
	s->echo = true;
	s->text_mode = s->notify = s->network_mode = s->error_mode = 0;
	s->clip = s->ucs2_charset = s->entering_pdu = false;
	s->line_size = 0;
	s->pin_entered = !*s->pin;
}

static int do_functionality(struct sim *s, enum form form, const char *value)
{
	if (form == QUERY)
		sim_say(s, "+CFUN: 1");
	else if (form == SET && number_at(value, 1, 0) == 1)
		sim_restart(s);
	return 0;
}

static int do_nothing(struct sim *s, enum form form, const char *value)
{
	(void)s;
	(void)form;
	(void)value;
	return 0;
}

static const struct {
	const char *name;
	bool needs_pin;
	handler *call;
} commands[] = {
	{"+CPIN", false, do_pin}, {"+CPMS", true, do_storage}, {"+CNMI", true, do_notify}, {"+CMGF", false, do_format},
	{"+CMGL", true, do_list}, {"+CMGR", true, do_read}, {"+CMGD", true, do_delete}, {"+CMGS", true, do_send},
	{"+CMGW", true, do_write},
	{"+CGMI", false, do_identity}, {"+CGMM", false, do_identity}, {"+CGMR", false, do_identity},
	{"+CGSN", false, do_serial}, {"+CIMI", true, do_serial}, {"+GMI", false, do_identity},
	{"+GMM", false, do_identity}, {"+GMR", false, do_identity}, {"+GSN", false, do_serial},
	{"+CSQ", false, do_signal}, {"+CREG", true, do_registered}, {"+CGREG", true, do_packet},
	{"+CGATT", true, do_attached},
	{"+COPS", true, do_operator}, {"+CSCA", true, do_centre}, {"+CSCS", false, do_charset},
	{"+CSMS", false, do_service}, {"+CBC", false, do_battery}, {"+CLIP", false, do_clip},
	{"+CMEE", false, do_error_mode}, {"+CSMP", false, do_nothing}, {"+CSDH", false, do_nothing},
	{"+CSAS", false, do_nothing}, {"+CMMS", false, do_nothing}, {"+CRC", false, do_nothing},
	{"+CFUN", false, do_functionality}, {"+CNMA", false, do_nothing}, {"I", false, do_identity},
};

static int call(struct sim *s, const char *text)
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		n = strlen(commands[i].name);
		if (strncasecmp(text, commands[i].name, n) != 0 || !memchr("=?", text[n], 3))
			continue;
		json_int_t seen = json_integer_value(json_object_get(s->by_command, commands[i].name));
		json_object_set_new(s->by_command, commands[i].name, json_integer(seen + 1));
		const char *rest = text + n;
		enum form form = !*rest ? BARE : *rest == '?' ? QUERY : rest[1] == '?' ? TEST : SET;
		if (commands[i].needs_pin && (s->puk || !s->pin_entered))
			return s->puk ? -CME_SIM_PUK : -CME_SIM_PIN;
		if (!strncmp(commands[i].name, "+CMG", 4) && form != TEST && sim_fault_due(s, FAULT_CMS_ERROR))
			return CMS_MEMORY_FAILURE;
		return commands[i].call(s, form, form == SET ? rest + 1 : "");
	}
	return PLAIN_ERROR;
}

// Basic commands (V.250): a letter and digits, several in a row: "E1V1&F"
static int basic(struct sim *s, const char **text)
{
	const char *t = *text;
	char letter = (char)(*t & ~0x20);
	if (*t == '&')
		t++;
	if (letter == 'E')
		s->echo = t[1] != '0';
	if (letter == 'D' || letter == 'A') {
		sim_say(s, "NO CARRIER");
		return NO_ANSWER;
	}
	if (!strchr("EVQZHLMSXWFCT", (char)(*t & ~0x20)) || !*t)
		return PLAIN_ERROR;
	t++;
	t += strspn(t, "0123456789=?");
	*text = t;
	return 0;
}

static void answer(struct sim *s, int result)
{
	if (result == NO_ANSWER)
		return;
	if (result == 0)
		sim_say(s, "OK");
	else if (result == PLAIN_ERROR || s->error_mode == 0)
		sim_say(s, result > 0 && result < NO_ANSWER ? "+CMS ERROR: %d" : "ERROR", result);
	else if (result > 0)
		sim_say(s, "+CMS ERROR: %d", result);
	else
		sim_say(s, "+CME ERROR: %d", -result);
}

void sim_command(struct sim *s, const char *line)
{
	int result = 0;
	s->commands++;
	line += strspn(line, " ");
	if (strncasecmp(line, "AT", 2) != 0) {
		sim_say(s, "ERROR");
		return;
	}
	if (sim_fault_due(s, FAULT_UNSOLICITED))
		sim_say(s, "%s", *s->unsolicited_line ? s->unsolicited_line : "+CGREG: 0");
	line += 2;
	while (*line && result == 0) {
		if (*line == '+' || (*line & ~0x20) == 'I') {
			char one[SIM_LINE_MAX];
			size_t n = strcspn(line, ";");
			memcpy(one, line, n);
			one[n] = 0;
			line += n + (line[n] == ';');
			result = call(s, one);
		} else if (*line == ';' || *line == ' ') {
			line++;
		} else {
			result = basic(s, &line);
		}
	}
	answer(s, result);
}

static json_t *describe(struct sim *s, const char *hex)
{
	uint8_t octets[PDU_MAX];
	size_t n;
	struct pdu p;
	char text[700];
	if (s->text_mode)
		return json_pack("{s:s}", "text", hex);
	if (!sim_unhex(hex, octets, sizeof octets, &n) || pdu_submit_decode(octets, n, &p) != OK)
		return NULL;
	utf16_to_utf8(p.units, p.coding == PDU_OCTETS ? 0 : p.length, text, sizeof text);
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:i, s:i}", "to", p.address, "text", text, "class", p.class, "pdu",
		hex, "coding", p.coding == PDU_GSM7 ? "gsm7" : p.coding == PDU_UCS2 ? "ucs2" : "8bit", "reference",
		p.concat_ref, "part", p.concat_index, "parts", p.concat_total);
}

static void write_slot(struct sim *s, const char *hex)
{
	struct sim_message m = {0};
	int i = 0;
	s->writing = false;
	while (i < s->slot_count && s->slots[i].used)
		i++;
	if (!sim_unhex(hex, m.octets, sizeof m.octets, &m.size)) {
		answer(s, CMS_INVALID_PARAMETER);
	} else if (i == s->slot_count) {
		answer(s, CMS_MEMORY_FULL);
	} else {
		s->slots[i] = (struct sim_slot){.used = true, .status = 2, .message = m};
		sim_say(s, "+CMGW: %d", i + 1);
		answer(s, 0);
	}
}

static void to_ourselves(struct sim *s, const json_t *one)
{
	struct pdu like = {.sent_at = (int64_t)time(NULL), .class = -1};
	const char *to = json_string_value(json_object_get(one, "to")), *text = json_string_value(json_object_get(one, "text"));
	size_t parts;
	if (!to || strcmp(to, s->number) != 0)
		return;
	snprintf(like.address, sizeof like.address, "%s", s->number);
	BUG_IF(sim_network_text(s, &like, text, &parts) != OK);
}

void sim_pdu_entered(struct sim *s, const char *hex)
{
	if (s->writing) {
		write_slot(s, hex);
		return;
	}
	json_t *one = describe(s, hex);
	s->sent_next = !one ? CMS_INVALID_PARAMETER : sim_fault_due(s, FAULT_SEND) ? s->send_code : 0;
	if (one && s->sent_next == 0)
		json_array_append(s->sent, one);
	if (one && s->sent_next == 0 && *s->number)
		to_ourselves(s, one);
	json_decref(one);
	sim_wait_for_network(s);
}

void sim_network_answers(struct sim *s)
{
	if (s->sent_next == 0)
		sim_say(s, "+CMGS: %d", s->message_reference++);
	answer(s, s->sent_next);
}
