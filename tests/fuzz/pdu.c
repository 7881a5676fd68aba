// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/pdu/charset.h"
#include "gateway/pdu/pdu.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pdu p, again;
	uint8_t out[PDU_MAX];
	char sender[PART_SENDER_SIZE], text[PART_UNITS_MAX * 3 + 1];
	size_t n;
	BUG_IF(pdu_deliver_sender(data, size, sender) > size);
	if (pdu_submit_decode(data, size, &p) == OK)
		BUG_IF(p.coding == PDU_OCTETS ? p.length > PDU_UD_MAX : p.length > PART_UNITS_MAX);
	if (pdu_deliver_decode(data, size, &p) != OK)
		return 0;
	BUG_IF(p.coding == PDU_OCTETS ? p.length > PDU_UD_MAX : p.length > PART_UNITS_MAX);
	if (p.coding != PDU_OCTETS)
		utf16_to_utf8(p.units, p.length, text, sizeof text);
	if (pdu_deliver_encode(&p, out, &n) == OK) // what it understood it can say again
		BUG_IF(pdu_deliver_decode(out, n, &again) != OK || again.length != p.length);
	return 0;
}
