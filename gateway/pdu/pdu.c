// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/pdu/pdu.h"

#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "gateway/pdu/charset.h"

#define TON_INTERNATIONAL 0x91
#define TON_NATIONAL 0x81
#define TON_ALPHANUMERIC 0xd0
enum { IE_CONCAT_8 = 0x00, IE_CONCAT_16 = 0x08, IE_SINGLE = 0x24, IE_LOCKING = 0x25 };
#define UDHI 0x40

static const char address_digits[] = "0123456789*#abc";

// ---- addresses, §9.1.2.5 --------------------------------------------------------------------------------------

static void put_address(struct bytes_writer *w, const char *a)
{
	bool plus = a[0] == '+';
	const char *digits = a + plus;
	size_t n = strlen(digits);
	if (n == 0 || digits[strspn(digits, address_digits)] != 0) {
		uint16_t units[PART_SENDER_SIZE];
		uint8_t septets[11], packed[10];
		size_t count = 0, k = utf8_to_utf16(a, strlen(a), units, PART_SENDER_SIZE);
		if (!gsm7_from_utf16(units, k, 0, 0, septets, sizeof septets, &count))
			w->failed = true;
		size_t octets = w->failed ? 0 : gsm7_pack(septets, count, 0, packed);
		bytes_put_u8(w, (uint8_t)((count * 7 + 3) / 4));
		bytes_put_u8(w, TON_ALPHANUMERIC);
		bytes_put(w, packed, octets);
		return;
	}
	w->failed |= n > 20;
	bytes_put_u8(w, (uint8_t)n);
	bytes_put_u8(w, plus ? TON_INTERNATIONAL : TON_NATIONAL);
	for (size_t i = 0; i < n && !w->failed; i += 2) {
		unsigned low = (unsigned)(strchr(address_digits, digits[i]) - address_digits);
		unsigned high = i + 1 < n ? (unsigned)(strchr(address_digits, digits[i + 1]) - address_digits) : 15;
		bytes_put_u8(w, (uint8_t)(high << 4 | low));
	}
}

static void get_address(struct bytes_reader *r, char out[static PART_SENDER_SIZE])
{
	unsigned n = bytes_get_u8(r), type = bytes_get_u8(r), at = 0;
	uint8_t octets[10];
	memset(out, 0, PART_SENDER_SIZE);
	if (n > 20) {
		r->failed = true;
		return;
	}
	bytes_get(r, octets, (n + 1) / 2);
	if (r->failed)
		return;
	if ((type & 0x70) == 0x50) {
		uint8_t septets[12];
		uint16_t units[12];
		size_t count = n * 4 / 7;
		gsm7_unpack(octets, count, 0, septets);
		utf16_to_utf8(units, gsm7_to_utf16(septets, count, 0, 0, units), out, PART_SENDER_SIZE);
		return;
	}
	if ((type & 0x70) == 0x10)
		out[at++] = '+';
	for (unsigned i = 0; i < n; i++) {
		unsigned d = i % 2 ? octets[i / 2] >> 4 : octets[i / 2] & 15;
		if (d == 15)
			r->failed = true;
		else
			out[at++] = address_digits[d];
	}
}

// ---- time stamp, §9.2.3.11 ------------------------------------------------------------------------------------

static uint8_t swapped(int v)
{
	return (uint8_t)((v % 10) << 4 | v / 10 % 10);
}

static int unswapped(uint8_t o)
{
	return (o & 15) * 10 + (o >> 4);
}

static void put_time(struct bytes_writer *w, const struct pdu *p)
{
	time_t local = (time_t)(p->sent_at + p->offset_quarters * 900);
	struct tm tm;
	int zone = p->offset_quarters < 0 ? -p->offset_quarters : p->offset_quarters;
	gmtime_r(&local, &tm);
	const int fields[] = {tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
	for (int i = 0; i < 6; i++)
		bytes_put_u8(w, swapped(fields[i]));
	bytes_put_u8(w, (uint8_t)(swapped(zone) | (p->offset_quarters < 0 ? 0x08 : 0)));
}

// A stamp that is no date is 0, unknown: the text matters more.
static void get_time(struct bytes_reader *r, struct pdu *out)
{
	uint8_t o[7];
	bytes_get(r, o, sizeof o);
	struct tm tm = {.tm_year = unswapped(o[0]) + 100, .tm_mon = unswapped(o[1]) - 1, .tm_mday = unswapped(o[2]),
		.tm_hour = unswapped(o[3]), .tm_min = unswapped(o[4]), .tm_sec = unswapped(o[5])};
	int zone = (o[6] & 7) * 10 + (o[6] >> 4);
	out->offset_quarters = o[6] & 8 ? -zone : zone;
	bool sane = tm.tm_mon >= 0 && tm.tm_mon < 12 && tm.tm_mday >= 1 && tm.tm_mday <= 31 && tm.tm_hour < 24 &&
		tm.tm_min < 60 && tm.tm_sec < 60;
	out->sent_at = sane ? (int64_t)timegm(&tm) - out->offset_quarters * 900 : 0;
	if (out->sent_at < 0)
		out->sent_at = 0;
}

// ---- data coding scheme, TS 23.038 §4 -------------------------------------------------------------------------

static uint8_t dcs_of(const struct pdu *p)
{
	uint8_t dcs = (uint8_t)(p->coding << 2);
	return p->class >= 0 ? (uint8_t)(dcs | 0x10 | p->class) : dcs;
}

static enum error read_dcs(uint8_t dcs, struct pdu *out)
{
	out->class = -1;
	if (dcs < 0x40) {
		if (dcs & 0x20 || (dcs & 0x0c) == 0x0c) // compressed, or reserved
			return ERROR_MALFORMED;
		out->coding = (enum pdu_coding)(dcs >> 2 & 3);
		if (dcs & 0x10)
			out->class = dcs & 3;
		return OK;
	}
	if (dcs >= 0xf0) {
		out->coding = dcs & 4 ? PDU_OCTETS : PDU_GSM7;
		out->class = dcs & 3;
		return OK;
	}
	if (dcs >= 0xc0) { // message waiting: the text is still a text
		out->coding = dcs >= 0xe0 ? PDU_UCS2 : PDU_GSM7;
		return OK;
	}
	return ERROR_MALFORMED;
}

// ---- user data, §9.2.3.24 -------------------------------------------------------------------------------------

static size_t put_header(const struct pdu *p, uint8_t out[static 16])
{
	struct bytes_writer w;
	bytes_writer_init(&w, out + 1, 15);
	if (p->concat_total > 1) {
		bytes_put_u8(&w, p->concat_wide ? IE_CONCAT_16 : IE_CONCAT_8);
		bytes_put_u8(&w, p->concat_wide ? 4 : 3);
		if (p->concat_wide)
			bytes_put_u8(&w, (uint8_t)(p->concat_ref >> 8));
		bytes_put_u8(&w, (uint8_t)p->concat_ref);
		bytes_put_u8(&w, p->concat_total);
		bytes_put_u8(&w, p->concat_index);
	}
	for (int k = 0; k < 2; k++) {
		uint8_t language = k ? p->single : p->locking;
		if (!language)
			continue;
		bytes_put_u8(&w, k ? IE_SINGLE : IE_LOCKING);
		bytes_put_u8(&w, 1);
		bytes_put_u8(&w, language);
	}
	out[0] = (uint8_t)w.at;
	return w.at ? w.at + 1 : 0;
}

static enum error put_user_data(struct bytes_writer *w, const struct pdu *p)
{
	uint8_t header[16], ud[PDU_UD_MAX], septets[160];
	size_t h = put_header(p, header), count = 0, octets;
	if (p->coding == PDU_GSM7) {
		size_t taken = (h * 8 + 6) / 7;
		if (!gsm7_from_utf16(p->units, p->length, p->locking, p->single, septets, sizeof septets, &count))
			return ERROR_ARGUMENT;
		if (taken + count > 160)
			return ERROR_TOO_LARGE;
		octets = gsm7_pack(septets, count, (unsigned)(taken * 7 - h * 8), ud);
		bytes_put_u8(w, (uint8_t)(taken + count));
	} else {
		octets = p->coding == PDU_UCS2 ? p->length * 2u : p->length;
		if (h + octets > PDU_UD_MAX)
			return ERROR_TOO_LARGE;
		for (size_t i = 0; i < octets; i++)
			ud[i] = p->coding == PDU_OCTETS ? p->octets[i] :
				i % 2		      ? (uint8_t)p->units[i / 2] :
							(uint8_t)(p->units[i / 2] >> 8);
		bytes_put_u8(w, (uint8_t)(h + octets));
	}
	bytes_put(w, header, h);
	bytes_put(w, ud, octets);
	return OK;
}

// One information element; an unknown one is passed over (§9.2.3.24), a malformed one fails the message.
static void get_element(struct bytes_reader *r, struct pdu *out)
{
	unsigned id = bytes_get_u8(r), n = bytes_get_u8(r);
	uint8_t v[PDU_UD_MAX];
	if (n > sizeof v) {
		r->failed = true;
		return;
	}
	bytes_get(r, v, n);
	if (r->failed)
		return;
	if ((id == IE_CONCAT_8 && n == 3) || (id == IE_CONCAT_16 && n == 4)) {
		bool wide = id == IE_CONCAT_16;
		uint8_t total = v[n - 2], index = v[n - 1];
		if (total < 2 || index < 1 || index > total) // "the receiving entity shall ignore the whole element"
			return;
		out->concat_ref = wide ? (uint16_t)(v[0] << 8 | v[1]) : v[0];
		out->concat_wide = wide;
		out->concat_total = total;
		out->concat_index = index;
	} else if (id == IE_SINGLE && n == 1) {
		out->single = v[0];
	} else if (id == IE_LOCKING && n == 1) {
		out->locking = v[0];
	}
}

static enum error get_header(struct bytes_reader *r, struct pdu *out, size_t *size)
{
	uint8_t n = bytes_get_u8(r), header[255];
	struct bytes_reader h;
	bytes_get(r, header, n);
	if (r->failed || n > PDU_UD_MAX - 1)
		return ERROR_MALFORMED;
	bytes_reader_init(&h, header, n);
	while (!h.failed && h.at < h.size)
		get_element(&h, out);
	*size = n + 1u;
	return bytes_end(&h) ? OK : ERROR_MALFORMED;
}

static enum error get_user_data(struct bytes_reader *r, bool has_header, struct pdu *out)
{
	unsigned udl = bytes_get_u8(r);
	size_t octets = out->coding == PDU_GSM7 ? (udl * 7 + 7) / 8 : udl, h = 0;
	uint8_t ud[PDU_UD_MAX], septets[160];
	if (octets > sizeof ud || octets != r->size - r->at)
		return ERROR_MALFORMED;
	enum error e = has_header ? get_header(r, out, &h) : OK;
	if (e != OK || h > octets)
		return ERROR_MALFORMED;
	bytes_get(r, ud, octets - h);
	if (!bytes_end(r))
		return ERROR_MALFORMED;
	if (out->coding == PDU_GSM7) {
		size_t taken = (h * 8 + 6) / 7;
		if (taken > udl)
			return ERROR_MALFORMED;
		gsm7_unpack(ud, udl - taken, (unsigned)(taken * 7 - h * 8), septets);
		out->length = (uint16_t)gsm7_to_utf16(septets, udl - taken, out->locking, out->single, out->units);
	} else if (out->coding == PDU_UCS2) {
		out->length = (uint16_t)((octets - h) / 2);
		for (size_t i = 0; i < out->length; i++)
			out->units[i] = (uint16_t)(ud[2 * i] << 8 | ud[2 * i + 1]);
	} else {
		out->length = (uint16_t)(octets - h);
		memcpy(out->octets, ud, out->length);
	}
	return OK;
}

// ---- whole PDUs -----------------------------------------------------------------------------------------------

enum error pdu_deliver_encode(const struct pdu *p, uint8_t out[static PDU_MAX], size_t *size)
{
	static const uint8_t smsc[] = {6, TON_INTERNATIONAL, 0x22, 0x13, 0x00, 0x00, 0x00}; // +2231000000 0, unassigned
	struct bytes_writer w;
	bool header = p->concat_total > 1 || p->locking || p->single;
	bytes_writer_init(&w, out, PDU_MAX);
	bytes_put(&w, smsc, sizeof smsc);
	bytes_put_u8(&w, header ? 0x04 | UDHI : 0x04); // no more messages to send
	put_address(&w, p->address);
	bytes_put_u8(&w, 0); // TP-PID
	bytes_put_u8(&w, dcs_of(p));
	put_time(&w, p);
	enum error e = put_user_data(&w, p);
	if (e != OK)
		return e;
	*size = w.at;
	return bytes_ok(&w) ? OK : ERROR_ARGUMENT;
}

static void skip_smsc(struct bytes_reader *r)
{
	uint8_t n = bytes_get_u8(r), address[12];
	if (n > 12)
		r->failed = true;
	else
		bytes_get(r, address, n);
}

enum error pdu_deliver_decode(const uint8_t *octets, size_t size, struct pdu *out)
{
	struct bytes_reader r;
	bytes_reader_init(&r, octets, size);
	*out = (struct pdu){.class = -1};
	skip_smsc(&r);
	uint8_t first = bytes_get_u8(&r);
	get_address(&r, out->address);
	bytes_get_u8(&r); // TP-PID
	enum error e = read_dcs(bytes_get_u8(&r), out);
	get_time(&r, out);
	if (r.failed || e != OK || (first & 3) != 0)
		return ERROR_MALFORMED;
	return get_user_data(&r, first & UDHI, out);
}

size_t pdu_deliver_sender(const uint8_t *octets, size_t size, char sender[static PART_SENDER_SIZE])
{
	struct bytes_reader r;
	bytes_reader_init(&r, octets, size);
	skip_smsc(&r);
	uint8_t first = bytes_get_u8(&r);
	get_address(&r, sender);
	if (r.failed || (first & 3) != 0)
		sender[0] = 0;
	return sender[0] ? r.at : 0;
}

enum error pdu_submit_decode(const uint8_t *octets, size_t size, struct pdu *out)
{
	static const uint8_t validity[4] = {0, 7, 1, 7}; // octets of TP-VP by TP-VPF, §9.2.3.3
	uint8_t skipped[7];
	struct bytes_reader r;
	bytes_reader_init(&r, octets, size);
	*out = (struct pdu){.class = -1};
	skip_smsc(&r);
	uint8_t first = bytes_get_u8(&r);
	bytes_get_u8(&r); // TP-MR
	get_address(&r, out->address);
	bytes_get_u8(&r); // TP-PID
	enum error e = read_dcs(bytes_get_u8(&r), out);
	bytes_get(&r, skipped, validity[first >> 3 & 3]);
	if (r.failed || e != OK || (first & 3) != 1)
		return ERROR_MALFORMED;
	return get_user_data(&r, first & UDHI, out);
}

// How many units from `units` fit `room` septets without cutting an escape in two.
static size_t fit_septets(const struct pdu *p, const uint16_t *units, size_t n, size_t room)
{
	size_t k = 0, used = 0;
	while (k < n) {
		uint8_t two[2];
		size_t count;
		if (!gsm7_from_utf16(units + k, 1, p->locking, p->single, two, 2, &count) || used + count > room)
			break;
		used += count;
		k++;
	}
	return k;
}

size_t pdu_split(const struct pdu *like, const uint16_t *units, size_t n, uint16_t reference, struct pdu *parts,
	size_t most)
{
	struct pdu p = *like;
	uint8_t header[16];
	bool gsm7 = like->coding == PDU_GSM7 && fit_septets(like, units, n, SIZE_MAX) == n;
	p.coding = gsm7 ? PDU_GSM7 : PDU_UCS2;
	p.concat_total = 0;
	size_t h = put_header(&p, header), room = gsm7 ? 160 - (h * 8 + 6) / 7 : (PDU_UD_MAX - h) / 2, count = 0;
	if ((gsm7 ? fit_septets(&p, units, n, room) : n) < n || n > room) {
		p.concat_total = 2;
		p.concat_ref = reference;
		h = put_header(&p, header);
		room = gsm7 ? 160 - (h * 8 + 6) / 7 : (PDU_UD_MAX - h) / 2;
	}
	for (size_t at = 0; at < n || count == 0; count++) {
		size_t left = n - at, k = gsm7 ? fit_septets(&p, units + at, left, room) : left < room ? left : room;
		if (count == most || count == 255 || (k == 0 && left))
			return 0;
		p.length = (uint16_t)k;
		memcpy(p.units, units + at, k * sizeof *units);
		p.concat_index = p.concat_total ? (uint8_t)(count + 1) : 0;
		parts[count] = p;
		at += k;
	}
	for (size_t i = 0; i < count && p.concat_total; i++)
		parts[i].concat_total = (uint8_t)count;
	return count;
}

#define COUNTED_UNITS 2048
#define COUNTED_PARTS 32

size_t pdu_parts(const char *text)
{
	uint16_t units[COUNTED_UNITS];
	struct pdu parts[COUNTED_PARTS];
	size_t n = utf8_to_utf16(text, strlen(text), units, COUNTED_UNITS);
	size_t count = pdu_split(&(struct pdu){.coding = PDU_GSM7, .class = -1}, units, n, 0, parts, COUNTED_PARTS);
	return count ? count : COUNTED_PARTS;
}
