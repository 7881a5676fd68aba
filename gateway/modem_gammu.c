// SPDX-License-Identifier: GPL-2.0-or-later
// libGammu: opening a modem and reading its messages. Only modem_out.c calls it too, to send.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/modem.h"

#define CPIN_MS 5000
#define SIM_STATE_SIZE 32 // "SIM PIN" …, TS 27.007 §8.3
#define OPEN_MS 20000    // a modem that has just got power takes ten seconds and more
#define DELETE_MS 15000
#define SLOT_OCTETS 400  // of a full slot in a listing
#define FOLDER_SIZE 100000 // libGammu's GSM_PHONE_MAXSMSINFOLDER: location = (folder - 1) * this + index

int modem_find_tty(const char *device)
{
	struct stat want, have;
	if (stat(device, &want) != 0)
		return -1;
	for (int fd = PROCESS_CONTROL_FD + 1; fd < 256; fd++)
		if (fstat(fd, &have) == 0 && have.st_rdev == want.st_rdev && have.st_ino == want.st_ino)
			return fd;
	return -1;
}

static void announced(GSM_StateMachine *s, GSM_SMSMessage *sms, void *user)
{
	struct modem *m = user;
	(void)s;
	(void)sms;
	m->announced = true;
}

// A call that rings while libGammu reads: its lines come to us this way.
static void rings(GSM_StateMachine *s, GSM_Call *call, void *user)
{
	char number[PART_SENDER_SIZE];
	size_t n = 0;
	(void)s;
	if (call->Status != GSM_CALL_IncomingCall)
		return;
	const unsigned char *digits = call->PhoneNumber; // big-endian UTF-16
	for (; n < sizeof number - 1 && (digits[2 * n] || digits[2 * n + 1]); n++)
		number[n] = digits[2 * n] ? '?' : (char)digits[2 * n + 1];
	number[n] = 0;
	modem_missed_call(user, number);
	explicit_bzero(number, sizeof number);
}

static enum error fail(struct modem *m, enum state_code code, const char *what, GSM_Error error)
{
	m->state.code = code;
	snprintf(m->state.text, sizeof m->state.text, "%.60s%s%.30s", what, error == ERR_NONE ? "" : ": ",
		error == ERR_NONE ? "" : GSM_ErrorString(error));
	return code == STATE_NO_SIM ? ERROR_REFUSED : ERROR_NOT_FOUND;
}

static void configure(struct modem *m)
{
	GSM_Config *c = GSM_GetConfig(m->gammu, 0);
	c->Device = strdup(m->settings->device);
	c->Connection = strdup(m->settings->connection);
	c->DebugFile = strdup("");
	c->UseGlobalDebugFile = FALSE;
	c->SyncTime = c->LockDevice = c->StartInfo = FALSE;
	strcpy(c->DebugLevel, "nothing");
	strcpy(c->Model, "at"); // the AT driver at once: asking for the model first would set the modem up twice
	for (size_t i = 0; i < sizeof c->CNMIParams / sizeof *c->CNMIParams; i++)
		c->CNMIParams[i] = -1;
	GSM_SetConfigNum(m->gammu, 1);
}

static bool read_sim_state(void *ctx, const char *line)
{
	if (strncmp(line, "+CPIN:", 6) != 0)
		return false;
	snprintf(ctx, SIM_STATE_SIZE, "%s", line + 6 + strspn(line + 6, " "));
	return true;
}

// Asked without libGammu, which waits behind the answer for a second one, until the clock's second is over.
static enum error enter_pin(struct modem *m)
{
	GSM_SecurityCode code = {.Type = SEC_Pin};
	char state[SIM_STATE_SIZE] = "";
	enum error e = at_command(&m->at, "AT+CPIN?", CPIN_MS, read_sim_state, state, NULL);
	if (e != OK || !*state || !strcmp(state, "READY"))
		return OK; // a modem that does not know the question needs no PIN
	if (strcmp(state, "SIM PIN") != 0)
		return fail(m, STATE_NO_SIM, "the SIM is blocked: enter its PUK in a telephone", ERR_NONE);
	if (!*m->settings->pin)
		return fail(m, STATE_NO_SIM, "the SIM asks for a PIN: set pin in tama.conf", ERR_NONE);
	snprintf(code.Code, sizeof code.Code, "%s", m->settings->pin);
	GSM_Error g = GSM_EnterSecurityCode(m->gammu, &code);
	return g == ERR_NONE ? OK : fail(m, STATE_NO_SIM, "the SIM refused the PIN in tama.conf", g);
}

static bool read_delete_form(void *ctx, const char *line)
{
	struct modem *m = ctx;
	if (strncmp(line, "+CMGD:", 6) != 0)
		return false;
	const char *flags = strstr(line, "),(");
	m->delete_flags = flags && (strstr(flags, "0-") || strchr(flags, '1'));
	return true;
}

static bool read_storage(void *ctx, const char *line)
{
	struct modem *m = ctx;
	if (strncmp(line, "+CPMS:", 6) != 0)
		return false;
	m->one_storage = !strstr(line, "\"ME\"");
	return true;
}

void modem_ask_abilities(struct modem *m)
{
	enum error e = OK;
	// libGammu gives up on modems that describe +CNMI in a way that it does not know.
	if (!m->announces && at_command(&m->at, "AT+CNMI=2,1", 5000, NULL, NULL, NULL) != OK)
		log_warn("modem=%s announces nothing; polling every %lld s", m->settings->name,
			(long long)m->settings->poll_s);
	e = at_command(&m->at, "AT+CMGD=?", 5000, read_delete_form, m, NULL);
	if (e == OK)
		e = at_command(&m->at, "AT+CPMS=?", 5000, read_storage, m, NULL);
	if (e != OK)
		log_debug("abilities: %s", error_text(e));
}

enum error modem_open(struct modem *m)
{
	GSM_SMSMemoryStatus memory = {0};
	GSM_InitLocales(NULL);
	GSM_SetDebugLevel("nothing", GSM_GetGlobalDebug());
	static GSM_StateMachine *kept; // where a leak checker sees it: it does not look into shared memory
	kept = m->gammu = GSM_AllocStateMachine();
	if (!kept)
		return ERROR_MEMORY;
	configure(m);
	modem_sleep_until_answered(m);
	modem_sleep_limit(m, OPEN_MS);
	GSM_Error g = GSM_InitConnection(m->gammu, 2);
	if (g != ERR_NONE)
		return fail(m, STATE_NO_DEVICE, "the modem does not answer", g);
	m->tty = modem_find_tty(m->settings->device);
	if (m->tty < 0)
		return fail(m, STATE_FAILED, "no descriptor for this device", ERR_NONE);
	at_init(&m->at, m->tty, modem_unsolicited, m);
	enum error e = enter_pin(m);
	if (e != OK) {
		modem_sleep_limit(m, 0);
		return e;
	}
	GSM_SetIncomingCallCallback(m->gammu, rings, m);
	if (GSM_SetIncomingCall(m->gammu, TRUE) != ERR_NONE)
		log_warn("modem=%s does not tell who calls: missed calls are not seen", m->settings->name);
	GSM_SetIncomingSMSCallback(m->gammu, announced, m);
	g = GSM_SetIncomingSMS(m->gammu, TRUE);
	m->announces = g == ERR_NONE;
	if (GSM_GetSMSStatus(m->gammu, &memory) == ERR_NONE) {
		m->state.counters[MODEM_SLOTS_USED] = (uint64_t)memory.SIMUsed;
		m->state.counters[MODEM_SLOTS_TOTAL] = (uint64_t)memory.SIMSize;
	}
	modem_sleep_limit(m, 0);
	return OK;
}

// ---- from libGammu's message to a part ------------------------------------------------------------------------

static int64_t utc(const GSM_DateTime *d)
{
	struct tm tm = {.tm_year = d->Year - 1900, .tm_mon = d->Month - 1, .tm_mday = d->Day, .tm_hour = d->Hour,
		.tm_min = d->Minute, .tm_sec = d->Second};
	if (d->Year < 1990 || d->Month < 1 || d->Month > 12 || d->Day < 1 || d->Day > 31)
		return 0;
	int64_t t = (int64_t)timegm(&tm) - d->Timezone;
	return t < 0 ? 0 : t;
}

static size_t units_of(const unsigned char *big_endian, size_t room, uint16_t *out)
{
	size_t n = 0;
	while (n < room && (big_endian[2 * n] || big_endian[2 * n + 1])) {
		out[n] = (uint16_t)(big_endian[2 * n] << 8 | big_endian[2 * n + 1]);
		n++;
	}
	return n;
}

// National shift tables (TS 23.038 §6.2.1.2) are unknown to libGammu.
static bool has_national_shift(const GSM_UDHHeader *h)
{
	int length = h->Length > (int)sizeof h->Text ? 0 : h->Length;
	for (int at = 1; at + 1 < length; at += 2 + h->Text[at + 1])
		if (h->Text[at] == 0x24 || h->Text[at] == 0x25)
			return true;
	return false;
}

static bool libgammu_reads_it(const GSM_SMSMessage *sms)
{
	bool coding = sms->Coding == SMS_Coding_Default_No_Compression ||
		sms->Coding == SMS_Coding_Unicode_No_Compression || sms->Coding == SMS_Coding_8bit;
	return sms->PDU == SMS_Deliver && coding && !has_national_shift(&sms->UDH);
}

static void make_part(const GSM_SMSMessage *sms, struct part *p)
{
	uint16_t sender[PART_SENDER_SIZE];
	size_t at = 0, n = units_of(sms->Number, PART_SENDER_SIZE - 1, sender);
	*p = (struct part){.kind = PART_TEXT, .sent_at = utc(&sms->DateTime), .received_at = (int64_t)time(NULL)};
	for (size_t i = 0; i < n && at < PART_SENDER_SIZE - 3; i++) { // letters of GSM-7: below U+0800
		if (sender[i] < 0x80) {
			p->sender[at++] = (char)sender[i];
		} else {
			p->sender[at++] = (char)(0xc0 | (sender[i] >> 6 & 0x1f));
			p->sender[at++] = (char)(0x80 | (sender[i] & 0x3f));
		}
	}
	p->class = sms->Class >= 0 && sms->Class <= 3 ? (int8_t)sms->Class : -1;
	if (sms->UDH.AllParts > 1 && sms->UDH.PartNumber >= 1 && sms->UDH.PartNumber <= sms->UDH.AllParts) {
		p->concat_ref = (uint16_t)(sms->UDH.ID16bit > 0 ? sms->UDH.ID16bit : sms->UDH.ID8bit);
		p->concat_total = (uint8_t)sms->UDH.AllParts;
		p->concat_index = (uint8_t)sms->UDH.PartNumber;
	}
	if (sms->Coding == SMS_Coding_8bit) {
		p->kind = PART_BINARY;
		p->length = (uint16_t)(sms->Length < 0 ? 0 : sms->Length > 140 ? 140 : sms->Length);
		memcpy(p->octets, sms->Text, p->length);
	} else {
		p->length = (uint16_t)units_of(sms->Text, PART_UNITS_MAX, p->units);
	}
	p->full_length = p->length;
}

// As long as the line needs for every slot, and some.
static int64_t listing_ms(const struct modem *m)
{
	const char *digits = m->settings->connection + strcspn(m->settings->connection, "0123456789");
	int64_t baud = strtoll(digits, NULL, 10);
	return 10000 + (int64_t)m->state.counters[MODEM_SLOTS_TOTAL] * SLOT_OCTETS * 10 * 1000 / (baud < 1200 ? 9600 : baud);
}

static enum error take(struct modem *m, const GSM_SMSMessage *sms)
{
	struct part p;
	if (sms->State == SMS_Sent || sms->State == SMS_UnSent)
		return OK; // somebody's drafts: not ours
	struct item *i = &m->batch[m->batch_count++];
	*i = (struct item){.location = sms->Location, .slot = (uint16_t)((sms->Location - 1) % FOLDER_SIZE + 1),
		.read = sms->State == SMS_Read};
	if (!libgammu_reads_it(sms)) {
		i->state = ITEM_REFUSED; // read again, raw, when the listing is over
		return OK;
	}
	make_part(sms, &p);
	enum error e = modem_send(m, &p, i);
	explicit_bzero(&p, sizeof p);
	return e;
}

enum error modem_list(struct modem *m)
{
	static GSM_MultiSMSMessage sms;
	enum error e = OK;
	m->batch_count = m->open = 0;
	m->announced = m->complete = false;
	GSM_Error g = ERR_NONE;
	for (bool first = true; e == OK && m->batch_count < BATCH_MAX; first = false) {
		if (first)
			sms.SMS[0].Folder = 0;
		modem_sleep_limit(m, listing_ms(m));
		modem_sleep_listing(true);
		g = GSM_GetNextSMS(m->gammu, &sms, first);
		modem_sleep_listing(false);
		modem_sleep_limit(m, 0);
		if (g != ERR_NONE)
			break;
		for (int i = 0; i < sms.Number && i < GSM_MAX_MULTI_SMS && e == OK; i++)
			e = take(m, &sms.SMS[i]);
	}
	explicit_bzero(&sms, sizeof sms);
	m->complete = g == ERR_EMPTY;
	m->at.answered_ms = g == ERR_EMPTY ? loop_now_ms() : m->at.answered_ms;
	if (e == OK && g != ERR_NONE && g != ERR_EMPTY) {
		log_warn("modem=%s listing: %s; the rest is read raw", m->settings->name, GSM_ErrorString(g));
		m->raw_next = true;
		if (g == ERR_DEVICENOTWORK || g == ERR_DEVICEREADERROR || g == ERR_DEVICENOTEXIST)
			e = ERROR_CLOSED;
	}
	for (size_t i = 0; i < m->batch_count && e == OK; i++)
		if (m->batch[i].state == ITEM_REFUSED)
			e = modem_send_raw(m, &m->batch[i]);
	return e;
}

enum error modem_gammu_delete(struct modem *m, const struct item *i)
{
	GSM_SMSMessage sms = {.Location = i->location, .Folder = 0};
	modem_sleep_limit(m, DELETE_MS);
	GSM_Error g = GSM_DeleteSMS(m->gammu, &sms);
	modem_sleep_limit(m, 0);
	return g == ERR_NONE || g == ERR_EMPTY ? OK : ERROR_REFUSED;
}
