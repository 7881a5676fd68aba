// SPDX-License-Identifier: GPL-2.0-or-later
// The sending half: replies from triage, one part at a time, so that what arrives meanwhile waits for one command only.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/modem.h"

#define NETWORK_MS 60000 // a network's answer to one part
#define PROMPT_MS 20000  // the modem's own, before it
#define DAY_S 86400

struct submission {
	bool answered;
	int status; // 0, or the number of +CMS ERROR; -1: none was given
};

static void answered(GSM_StateMachine *s, int status, int reference, void *user)
{
	struct submission *sub = user;
	(void)s;
	(void)reference;
	*sub = (struct submission){.answered = true, .status = status};
}

// ---- one part, through libGammu -------------------------------------------------------------------------------

static void encode_part(const struct pdu *part, GSM_SMSMessage *sms)
{
	GSM_SetDefaultSMSData(sms);
	sms->PDU = SMS_Submit;
	sms->Class = (signed char)part->class;
	sms->Coding = part->coding == PDU_GSM7 ? SMS_Coding_Default_No_Compression : SMS_Coding_Unicode_No_Compression;
	EncodeUnicode(sms->Number, part->address, strlen(part->address));
	for (size_t i = 0; i < part->length; i++) {
		sms->Text[2 * i] = (unsigned char)(part->units[i] >> 8);
		sms->Text[2 * i + 1] = (unsigned char)part->units[i];
	}
	sms->Text[2 * part->length] = sms->Text[2 * part->length + 1] = 0;
	sms->Length = part->length;
	if (part->concat_total > 1) {
		const unsigned char header[] = {5, 0, 3, (unsigned char)part->concat_ref, part->concat_total,
			part->concat_index}; // TS 23.040 §9.2.3.24.1
		sms->UDH.Type = UDH_UserUDH;
		sms->UDH.Length = sizeof header;
		memcpy(sms->UDH.Text, header, sizeof header);
	}
}

// False when the line is dead.
static bool wait_for_network(struct modem *m, const struct submission *sub)
{
	int64_t end = loop_now_ms() + NETWORK_MS, left;
	while (!sub->answered && (left = end - loop_now_ms()) > 0) {
		struct pollfd p = {.fd = m->tty, .events = POLLIN};
		if (poll(&p, 1, (int)left) > 0 && (!(p.revents & POLLIN) || GSM_ReadDevice(m->gammu, FALSE) <= 0))
			return false;
	}
	return true;
}

// OK: with the network. ERROR_REFUSED: *code says why. ERROR_TIMEOUT: nobody knows whether it went out. ERROR_CLOSED.
static enum error submit(struct modem *m, const struct pdu *part, int *code)
{
	static GSM_SMSMessage sms;
	static struct submission sub;
	static GSM_SMSC centre;
	if (centre.Location == 0) {
		centre.Location = 1;
		if (GSM_GetSMSC(m->gammu, &centre) != ERR_NONE)
			centre = (GSM_SMSC){0}; // an empty one in the PDU: the modem takes its own
	}
	sub = (struct submission){0};
	encode_part(part, &sms);
	memcpy(sms.SMSC.Number, centre.Number, sizeof sms.SMSC.Number);
	GSM_SetSendSMSStatusCallback(m->gammu, answered, &sub);
	modem_sleep_limit(m, PROMPT_MS);
	GSM_Error g = GSM_SendSMS(m->gammu, &sms);
	modem_sleep_limit(m, 0);
	explicit_bzero(&sms, sizeof sms);
	m->at.commands++;
	bool alive = g != ERR_DEVICEWRITEERROR && g != ERR_DEVICEREADERROR;
	if (g == ERR_NONE && !sub.answered)
		alive = wait_for_network(m, &sub);
	*code = sub.answered ? sub.status : -1;
	if (!alive)
		return ERROR_CLOSED;
	if (sub.answered)
		return sub.status == 0 ? OK : ERROR_REFUSED;
	return g == ERR_NONE ? ERROR_TIMEOUT : ERROR_REFUSED; // no prompt: it did not go out
}

// ---- the queue ------------------------------------------------------------------------------------------------

void modem_out_forget(struct modem *m)
{
	outbox_clear(&m->out.box); // what was not answered is triage's to give again
	loop_timer_stop(m->process.loop, TIMER_SEND);
	if (m->out.triage < 0)
		return;
	loop_forget(m->process.loop, m->out.triage);
	close(m->out.triage);
	m->out.triage = -1;
}

// False when triage is gone; a triage that asks and does not listen is gone too.
static bool tell_sent(struct modem *m, uint32_t id, enum error result)
{
	uint8_t body[5];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u32(&w, id);
	bytes_put_u8(&w, (uint8_t)result);
	if (result == OK)
		log_info("modem=%s answer=%u sent", m->settings->name, id);
	else
		log_warn("modem=%s answer=%u not sent: %s", m->settings->name, id, error_text(result));
	if (message_send(m->out.triage, MESSAGE_SENT, body, sizeof body, -1) == OK)
		return true;
	modem_out_forget(m);
	return false;
}

static void send_due(void *ctx);
static void arm(struct modem *m)
{
	int64_t wait = -1;
	if (outbox_next(&m->out.box, loop_now_ms(), &wait))
		wait = 0;
	if (wait >= 0)
		loop_timer(m->process.loop, TIMER_SEND, wait, send_due, m);
}

static void finish(struct modem *m, struct outgoing *out, enum error result)
{
	uint32_t id = out->id;
	outbox_remove(&m->out.box, out);
	m->state.counters[MODEM_SENT] += result == OK;
	if (tell_sent(m, id, result))
		arm(m);
}

static void send_part(struct modem *m, struct outgoing *out, const struct pdu *part, bool last)
{
	int code = 0;
	enum error e = submit(m, part, &code);
	if (e == ERROR_CLOSED) {
		modem_gone(m, "the modem is gone; plug it in");
	} else if (e == OK && ++m->out.sent_today && !last) {
		out->next_part++;
		out->failures = 0;
	} else if (e == ERROR_REFUSED && outbox_retry(out, code, loop_now_ms())) {
		log_warn("modem=%s answer=%u not sent yet, cms=%d; tried again", m->settings->name, out->id, code);
	} else {
		// Often refused for the moment is not refused for good: another modem may do better.
		finish(m, out, e == ERROR_REFUSED && outbox_is_temporary(code) ? ERROR_TIMEOUT : e);
	}
}

// A day's airtime is what an administrator says; a message begins only if all of it fits.
static bool may_send(struct modem *m, size_t parts)
{
	int64_t today = (int64_t)time(NULL) / DAY_S, most = m->settings->sends_a_day;
	if (m->out.day != today)
		m->out.sent_today = 0;
	m->out.day = today;
	return m->out.sent_today + (int64_t)parts <= most;
}

static void send_due(void *ctx)
{
	struct modem *m = ctx;
	int64_t wait;
	struct pdu parts[OUTBOX_PARTS_MAX];
	struct outgoing *out = outbox_next(&m->out.box, loop_now_ms(), &wait);
	if (out) {
		modem_make_sure(m);
		size_t count = outbox_split(out, parts);
		if (out->next_part == 0 && !may_send(m, count))
			finish(m, out, ERROR_FULL);
		else
			send_part(m, out, &parts[out->next_part], out->next_part + 1 == count);
		explicit_bzero(parts, sizeof parts);
		modem_heard(m);
	}
	arm(m);
}

void modem_out_hear(void *ctx, int fd, short revents)
{
	struct modem *m = ctx;
	struct message msg;
	uint32_t id = 0;
	(void)revents;
	enum error e = message_receive(fd, &msg);
	if (e == ERROR_TIMEOUT)
		return;
	if (e == OK)
		e = msg.type == MESSAGE_SEND ? outbox_take(&m->out.box, &msg, &id) : ERROR_MALFORMED;
	else
		e = ERROR_MALFORMED;
	explicit_bzero(&msg, sizeof msg);
	if (e == ERROR_MALFORMED)
		modem_out_forget(m);
	else if (m->blocked) {
		outbox_clear(&m->out.box);
		(void)tell_sent(m, id, ERROR_LOCKED);
	} else if (e != OK)
		(void)tell_sent(m, id, e);
	else
		arm(m);
}
