// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/action.h"

#include <sodium.h>
#include <string.h>

#include "gateway/base/cleanup.h"

#define DOMAIN "tama/action/1"

// The signature covers the station too, which is not sent: a step of one station is none of another.
static size_t signed_part(const uint8_t station_id[static 16], const void *data, size_t size,
	uint8_t out[static ACTION_SIZE_MAX + 16])
{
	memcpy(out, station_id, 16);
	memcpy(out + 16, data, size);
	return size + 16;
}

size_t action_sign(const struct officer_keys *keys, const uint8_t station_id[static 16], const struct action *a,
	uint8_t out[static ACTION_SIZE_MAX])
{
	uint8_t whole[ACTION_SIZE_MAX + 16], signature[SIGNATURE_SIZE];
	struct bytes_writer w;
	bytes_writer_init(&w, out, ACTION_SIZE_MAX);
	bytes_put_text(&w, a->officer, OFFICER_NAME_SIZE);
	bytes_put_u8(&w, (uint8_t)a->kind);
	bytes_put_u64(&w, a->alert_id);
	bytes_put_u64(&w, (uint64_t)a->at);
	bytes_put_text(&w, a->detail, ACTION_DETAIL_SIZE);
	bytes_put_u16(&w, a->note_size);
	bytes_put(&w, a->note, a->note_size);
	bytes_put_u16(&w, a->grant_count);
	for (size_t i = 0; i < a->grant_count; i++) {
		bytes_put_text(&w, a->grants[i].officer, OFFICER_NAME_SIZE);
		bytes_put(&w, a->grants[i].sealed, ALERT_KEY_SEALED);
	}
	officer_sign(keys, DOMAIN, whole, signed_part(station_id, out, w.at, whole), signature);
	bytes_put(&w, signature, sizeof signature);
	BUG_IF(!bytes_ok(&w));
	return w.at;
}

enum error action_read(const void *data, size_t size, struct action *out)
{
	struct bytes_reader r;
	*out = (struct action){0};
	bytes_reader_init(&r, data, size);
	bytes_get_text(&r, out->officer, OFFICER_NAME_SIZE);
	out->kind = (enum action_kind)bytes_get_u8(&r);
	out->alert_id = bytes_get_u64(&r);
	out->at = (int64_t)bytes_get_u64(&r);
	bytes_get_text(&r, out->detail, ACTION_DETAIL_SIZE);
	out->note_size = bytes_get_u16(&r);
	if (out->note_size > ACTION_NOTE_MAX)
		return ERROR_MALFORMED;
	bytes_get(&r, out->note, out->note_size);
	out->grant_count = bytes_get_u16(&r);
	if (out->grant_count > ACTION_GRANTS_MAX)
		return ERROR_MALFORMED;
	for (size_t i = 0; i < out->grant_count; i++) {
		bytes_get_text(&r, out->grants[i].officer, OFFICER_NAME_SIZE);
		bytes_get(&r, out->grants[i].sealed, ALERT_KEY_SEALED);
	}
	bytes_get(&r, out->signature, SIGNATURE_SIZE);
	bool known = out->kind >= ACTION_ACK && out->kind < ACTION_KIND_END_;
	return bytes_end(&r) && known ? OK : ERROR_MALFORMED;
}

enum error action_verify(const struct officer_public *officer, const uint8_t station_id[static 16], const void *data,
	size_t size)
{
	uint8_t whole[ACTION_SIZE_MAX + 16];
	if (size < SIGNATURE_SIZE || size > ACTION_SIZE_MAX)
		return ERROR_MALFORMED;
	size_t n = signed_part(station_id, data, size - SIGNATURE_SIZE, whole);
	return officer_verify(officer, DOMAIN, whole, n, (const uint8_t *)data + size - SIGNATURE_SIZE);
}

const char *action_name(enum action_kind k)
{
	static const char *const names[ACTION_KIND_END_] = {
		"?", "ack", "assign", "note", "verify", "respond", "refer", "close", "merge", "split"};
	return (unsigned)k < ACTION_KIND_END_ ? names[k] : "?";
}

const char *action_next_state(enum action_kind k, const char *state)
{
	static const struct {
		enum action_kind kind;
		const char *from, *to;
	} steps[] = {
		{ACTION_ACK, "new", "acknowledged"},
		{ACTION_ACK, "referred", "acknowledged"},
		{ACTION_VERIFY, "acknowledged", "verifying"},
		{ACTION_RESPOND, "acknowledged", "responded"},
		{ACTION_RESPOND, "verifying", "responded"},
		{ACTION_REFER, "new", "referred"},
		{ACTION_REFER, "acknowledged", "referred"},
		{ACTION_REFER, "verifying", "referred"},
		{ACTION_REFER, "responded", "referred"},
		{ACTION_CLOSE, "new", "closed"},
		{ACTION_CLOSE, "acknowledged", "closed"},
		{ACTION_CLOSE, "verifying", "closed"},
		{ACTION_CLOSE, "responded", "closed"},
		{ACTION_CLOSE, "referred", "closed"},
	};
	if (k == ACTION_NOTE || k == ACTION_MERGE || k == ACTION_SPLIT)
		return state;
	if (k == ACTION_ASSIGN)
		return strcmp(state, "closed") ? state : NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
		if (steps[i].kind == k && !strcmp(steps[i].from, state))
			return steps[i].to;
	return NULL;
}

_Bool action_outcome_known(const char *outcome)
{
	static const char *const outcomes[] = {"confirmed", "unverifiable", "false", "duplicate", "drill"};
	for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++)
		if (!strcmp(outcomes[i], outcome))
			return true;
	return false;
}
