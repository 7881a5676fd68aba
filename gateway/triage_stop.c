// SPDX-License-Identifier: GPL-2.0-or-later
// Who asked never to be written to again. It must hold over epochs, so that it cannot hang on a handle; and whoever is
// on it has written to us, so that the list is one of informants. Hence so few bits of each that a number which fits
// proves little, under a key of its own, sealed whole: who takes the disk does not even see how many.
#include <sodium.h>
#include <string.h>

#include "crypto/wrap.h"
#include "gateway/log.h"
#include "gateway/triage.h"

#define LIST_NAME "stop_list"
#define LIST_DOMAIN "tama/stop-list/1"
#define NUMBER_DOMAIN "tama/stop/1"
#define BITS 20
#define BUCKET 256 // entries: the size tells no more than this
#define PLAIN_MAX (4 + 4 * STOPS_MAX)
#define MAY 1u

static uint32_t entry_of(const struct triage_stops *s, const char *number)
{
	uint8_t tag[TAG_SIZE];
	pseudonym_tag(s->key, NUMBER_DOMAIN, number, strlen(number), tag);
	uint32_t bits = (uint32_t)tag[0] << 16 | (uint32_t)tag[1] << 8 | tag[2];
	return (bits & ((1u << BITS) - 1)) << 1;
}

static enum error read_key(struct triage *t, bool create)
{
	struct triage_stops *s = &t->keys->stops;
	struct secret *key = NULL;
	enum error e = keyfile_read(&t->process.config, t->kek, TRIAGE_STOP_KEY, KEY_SIZE, &key);
	if (e == ERROR_NOT_FOUND && create) {
		e = secret_random(KEY_SIZE, &key);
		if (e == OK)
			e = keyfile_write(&t->process.config, t->kek, TRIAGE_STOP_KEY, key);
	}
	if (e == OK)
		memcpy(s->key, secret_view(key), KEY_SIZE);
	s->has_key = e == OK;
	secret_destroy(key);
	return e;
}

// ---- at rest ----------------------------------------------------------------------------------------------------------

static enum error read_entries(struct triage_stops *s, const uint8_t *plain, size_t size)
{
	struct bytes_reader r;
	bytes_reader_init(&r, plain, size);
	s->lost = bytes_get_u16(&r) != 0;
	s->count = bytes_get_u16(&r);
	if (s->count > STOPS_MAX)
		return ERROR_MALFORMED;
	for (size_t i = 0; i < s->count; i++)
		s->list[i] = bytes_get_u32(&r);
	return r.failed ? ERROR_MALFORMED : OK;
}

static enum error read_list(struct triage *t, uint8_t *sealed, uint8_t *plain)
{
	uint8_t ad[24];
	size_t size = 0;
	struct triage_stops *s = &t->keys->stops;
	enum error e = store_meta_get(t->store, LIST_NAME, sealed, PLAIN_MAX + WRAP_OVERHEAD, &size);
	if (e != OK)
		return e;
	e = size < WRAP_OVERHEAD ? ERROR_MALFORMED : read_key(t, false);
	if (e == OK)
		e = wrap_open(s->key, LIST_DOMAIN, ad, triage_bind(t, 0, ad), sealed, size, plain);
	if (e == OK)
		e = read_entries(s, plain, size - WRAP_OVERHEAD);
	// Its key was destroyed, or is another station's: nobody knows any more who is on it.
	if (e == ERROR_NOT_FOUND || e == ERROR_FORGED || e == ERROR_MALFORMED) {
		s->lost = true;
		s->count = 0;
		e = OK;
	}
	return e;
}

static enum error load(struct triage *t)
{
	struct triage_stops *s = &t->keys->stops;
	if (s->loaded)
		return OK;
	uint8_t *both = sodium_malloc(2 * PLAIN_MAX + WRAP_OVERHEAD);
	if (!both)
		return ERROR_MEMORY;
	enum error e = read_list(t, both + PLAIN_MAX, both);
	if (e == ERROR_NOT_FOUND) { // nobody yet
		e = read_key(t, false);
		e = e == ERROR_NOT_FOUND ? OK : e;
	}
	sodium_free(both);
	s->loaded = e == OK;
	return e;
}

static enum error save(struct triage *t)
{
	const struct triage_stops *s = &t->keys->stops;
	uint8_t ad[24];
	struct bytes_writer w;
	size_t size = 4 + 4 * (((size_t)s->count + BUCKET) / BUCKET * BUCKET);
	size = size > PLAIN_MAX ? PLAIN_MAX : size;
	uint8_t *both = sodium_malloc(2 * PLAIN_MAX + WRAP_OVERHEAD);
	if (!both)
		return ERROR_MEMORY;
	bytes_writer_init(&w, both, size);
	bytes_put_u16(&w, s->lost);
	bytes_put_u16(&w, s->count);
	for (size_t i = 0; i < s->count; i++)
		bytes_put_u32(&w, s->list[i]);
	bytes_put_zeros(&w, size - w.at);
	BUG_IF(!bytes_ok(&w));
	wrap_seal(s->key, LIST_DOMAIN, ad, triage_bind(t, 0, ad), both, size, both + PLAIN_MAX);
	enum error e = store_meta_put(t->store, LIST_NAME, both + PLAIN_MAX, size + WRAP_OVERHEAD);
	sodium_free(both);
	return e;
}

void triage_stop_forget(struct triage *t)
{
	sodium_memzero(&t->keys->stops, sizeof t->keys->stops);
}

// ---- the list ---------------------------------------------------------------------------------------------------------

// Where it is, or would be.
static size_t place_of(const struct triage_stops *s, uint32_t entry)
{
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if ((s->list[middle] | MAY) < (entry | MAY))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct triage_stops *s, size_t at, uint32_t entry)
{
	return at < s->count && (s->list[at] | MAY) == (entry | MAY);
}

bool triage_stop_has(struct triage *t, const char *number)
{
	const struct triage_stops *s = &t->keys->stops;
	enum error e = load(t);
	if (e != OK) {
		log_error("the list of those who want no contact cannot be read: %s; nobody is answered", error_text(e));
		return true;
	}
	if (!s->count)
		return s->lost;
	uint32_t entry = entry_of(s, number);
	size_t at = place_of(s, entry);
	return is_at(s, at, entry) ? !(s->list[at] & MAY) : s->lost;
}

static void put(struct triage_stops *s, size_t at, uint32_t entry)
{
	if (is_at(s, at, entry)) {
		s->list[at] = entry;
	} else if (s->count == STOPS_MAX) {
		s->lost = true; // better silent to all than a phone that buzzes once too often
		log_error("more than %d phones want no contact: nobody is answered who does not ask for it", STOPS_MAX);
	} else {
		memmove(&s->list[at + 1], &s->list[at], (s->count - at) * sizeof s->list[0]);
		s->list[at] = entry;
		s->count++;
	}
}

static void drop(struct triage_stops *s, size_t at)
{
	s->count--;
	memmove(&s->list[at], &s->list[at + 1], (s->count - at) * sizeof s->list[0]);
}

enum error triage_stop_set(struct triage *t, const char *number, bool stop)
{
	struct triage_stops *s = &t->keys->stops;
	enum error e = load(t);
	if (e == OK && triage_stop_has(t, number) == stop)
		return OK;
	if (e == OK && !s->has_key)
		e = read_key(t, true);
	if (e != OK)
		return e;
	uint32_t entry = entry_of(s, number);
	size_t at = place_of(s, entry);
	if (stop || s->lost)
		put(s, at, entry | (stop ? 0 : MAY));
	else if (is_at(s, at, entry))
		drop(s, at);
	return save(t);
}
