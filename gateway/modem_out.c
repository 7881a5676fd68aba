// SPDX-License-Identifier: GPL-2.0-or-later
// The way out: answers that triage hands over, sent one by one between listings. A number and a text are here for as
// long as the network takes to accept them.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/modem.h"
#include "gateway/pdu/charset.h"

#define SEND_TIMEOUT_MS 60000 // one SMS: what 3GPP TS 24.011 §10 lets a network take, and some
#define PENDING (-1)

static void sent(GSM_StateMachine *s, int status, int reference, void *user)
{
	(void)s;
	(void)reference;
	*(int *)user = status;
}

static enum error wait_for_network(struct modem *m, const int *status)
{
	int64_t end = loop_now_ms() + SEND_TIMEOUT_MS;
	while (*status == PENDING) {
		int64_t left = end - loop_now_ms();
		struct pollfd p = {.fd = m->tty, .events = POLLIN};
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return ERROR_TIMEOUT;
		if (p.revents & ~POLLIN)
			return ERROR_CLOSED;
		GSM_ReadDevice(m->gammu, FALSE);
	}
	return *status == 0 ? OK : ERROR_REFUSED;
}

// GSM-7 where every character has a place there, else UCS-2; parts with a header where it is long.
static enum error encode(const struct outgoing *o, GSM_MultiSMSMessage *out)
{
	static unsigned char text[2 * (SEND_TEXT_SIZE + 1)];
	uint16_t units[SEND_TEXT_SIZE];
	uint8_t septets[2 * SEND_TEXT_SIZE];
	size_t n = utf8_to_utf16(o->text, strlen(o->text), units, SEND_TEXT_SIZE), count;
	GSM_MultiPartSMSInfo info;
	GSM_ClearMultiPartSMSInfo(&info);
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = (unsigned char)(units[i] >> 8);
		text[2 * i + 1] = (unsigned char)units[i];
	}
	text[2 * n] = text[2 * n + 1] = 0;
	info.EntriesNum = 1;
	info.Class = o->flags & SEND_FLASH ? 0 : -1;
	info.UnicodeCoding = !gsm7_from_utf16(units, n, LANGUAGE_NONE, LANGUAGE_NONE, septets, sizeof septets, &count);
	info.Entries[0].ID = SMS_ConcatenatedTextLong;
	info.Entries[0].Buffer = text;
	GSM_Error g = GSM_EncodeMultiPartSMS(GSM_GetGlobalDebug(), &info, out);
	explicit_bzero(text, sizeof text);
	explicit_bzero(units, sizeof units);
	explicit_bzero(septets, sizeof septets);
	return g == ERR_NONE && out->Number > 0 ? OK : ERROR_ARGUMENT;
}

static enum error send_parts(struct modem *m, const struct outgoing *o, GSM_MultiSMSMessage *multi)
{
	GSM_SMSC center = {.Location = 1};
	int status;
	enum error e = OK;
	if (GSM_GetSMSC(m->gammu, &center) != ERR_NONE)
		return ERROR_REFUSED; // the SIM has no service centre: nothing can be sent with it
	GSM_SetSendSMSStatusCallback(m->gammu, sent, &status);
	for (int i = 0; i < multi->Number && e == OK; i++) {
		GSM_SMSMessage *s = &multi->SMS[i];
		memcpy(s->SMSC.Number, center.Number, sizeof s->SMSC.Number);
		s->PDU = SMS_Submit;
		for (size_t k = 0; k <= strlen(o->number); k++) { // ASCII to UTF-16
			s->Number[2 * k] = 0;
			s->Number[2 * k + 1] = (unsigned char)o->number[k];
		}
		status = PENDING;
		e = GSM_SendSMS(m->gammu, s) == ERR_NONE ? wait_for_network(m, &status) : ERROR_REFUSED;
	}
	GSM_SetSendSMSStatusCallback(m->gammu, NULL, NULL);
	return e;
}

static void answer(struct modem *m, uint32_t id, enum error result)
{
	uint8_t body[5];
	struct bytes_writer w;
	bytes_writer_init(&w, body, sizeof body);
	bytes_put_u32(&w, id);
	bytes_put_u8(&w, (uint8_t)result);
	if (m->triage >= 0 && message_send(m->triage, MESSAGE_SENT, body, sizeof body, -1) != OK)
		modem_forget_triage(m);
}

bool modem_send_next(struct modem *m)
{
	static GSM_MultiSMSMessage multi;
	if (m->out_count == 0)
		return false;
	struct outgoing *o = &m->out[0];
	enum error e = m->careful || m->blocked ? ERROR_REFUSED : encode(o, &multi);
	if (e == OK)
		e = send_parts(m, o, &multi);
	explicit_bzero(&multi, sizeof multi);
	if (e == OK)
		m->state.counters[MODEM_SENT]++;
	else
		log_warn("modem=%s answer=%u not sent: %s", m->settings->name, o->id, error_text(e));
	answer(m, o->id, e);
	memmove(&m->out[0], &m->out[1], sizeof m->out[0] * (OUT_MAX - 1));
	explicit_bzero(&m->out[OUT_MAX - 1], sizeof m->out[0]);
	m->out_count -= m->out_count > 0; // none when triage went meanwhile
	return true;
}

void modem_forget_triage(struct modem *m)
{
	if (m->triage < 0)
		return;
	loop_forget(m->process.loop, m->triage);
	close(m->triage);
	m->triage = -1;
	explicit_bzero(m->out, sizeof m->out); // triage will hand them over again
	m->out_count = 0;
}

bool modem_hear_triage(struct modem *m)
{
	struct message msg;
	struct bytes_reader r;
	enum error e = message_receive(m->triage, &msg);
	if (e == ERROR_TIMEOUT)
		return false;
	struct outgoing o = {0};
	bytes_reader_init(&r, msg.body, e == OK ? msg.size : 0);
	o.id = bytes_get_u32(&r);
	o.flags = bytes_get_u8(&r);
	bytes_get_text(&r, o.number, sizeof o.number);
	bytes_get_text(&r, o.text, sizeof o.text);
	bool good = e == OK && msg.type == MESSAGE_SEND && bytes_end(&r) && *o.text &&
		    strspn(o.number, "+0123456789") == strlen(o.number);
	if (!good)
		modem_forget_triage(m);
	else if (m->out_count == OUT_MAX)
		answer(m, o.id, ERROR_FULL);
	else
		m->out[m->out_count++] = o;
	if (e == OK && msg.fd >= 0)
		close(msg.fd);
	explicit_bzero(&msg, sizeof msg);
	explicit_bzero(&o, sizeof o);
	return good;
}
