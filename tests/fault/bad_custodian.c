// SPDX-License-Identifier: GPL-2.0-or-later
// A custodian who lies: bad_custodian KIND REQUEST KEY OUT [OTHER-REQUEST OTHER-KEY] signs an approval that holds
//   swapped        the share of another custodian
//   other-alert    a share of another alert
//   wrong          his share with another value
//   not-canonical  his share's value plus the order of the group
//   no-share       anything else
// Keys are demo ones (password "demo").
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/reveal.h"
#include "gateway/armor.h"
#include "gateway/base/bytes.h"

static void read_key(const char *path, struct officer_keys *out)
{
	struct officer_record r;
	int fd = open(path, O_RDONLY);
	BUG_IF(fd < 0 || read(fd, &r, sizeof r) != sizeof r || officer_unlock(&r, "demo", 4, out) != OK);
	close(fd);
}

static void read_share(const char *request, const struct officer_keys *key, struct reveal_request *r,
	struct custody_share *out)
{
	uint8_t data[REVEAL_REQUEST_MAX];
	size_t size;
	BUG_IF(armor_read(request, "REVEAL REQUEST", data, sizeof data, &size) != OK || reveal_request_read(data, size, r) != OK);
	BUG_IF(custody_share_open(key->seal, r->station_id, r->alert_id, r->share, r->share_size, out) != OK);
}

// value + L, which libsodium's own arithmetic would take for the same scalar.
static void add_order(uint8_t value[static SCALAR_SIZE])
{
	static const uint8_t order[SCALAR_SIZE] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,
		0xf9, 0xde, 0x14, [31] = 0x10};
	sodium_add(value, order, SCALAR_SIZE);
}

int main(int argc, char **argv)
{
	static struct officer_keys own, other;
	static struct reveal_request r, other_request;
	struct custody_share share, other_share;
	uint8_t plain[CUSTODY_SHARE_PLAIN(CUSTODY_MAX)], out[REVEAL_APPROVAL_MAX];
	struct bytes_writer w;
	if (argc < 5 || sodium_init() < 0)
		return 2;
	read_key(argv[3], &own);
	read_share(argv[2], &own, &r, &share);
	if (argc == 7) {
		read_key(argv[6], &other);
		read_share(argv[5], &other, &other_request, &other_share);
		share = other_share;
	}
	if (!strcmp(argv[1], "wrong"))
		share.share.value[0] ^= 1;
	else if (!strcmp(argv[1], "not-canonical"))
		add_order(share.share.value);
	size_t n = custody_share_plain(&share, plain);
	if (!strcmp(argv[1], "no-share"))
		memset(plain, 7, n);
	bytes_writer_init(&w, out, sizeof out);
	bytes_put_u8(&w, 1);
	bytes_put(&w, r.station_id, 16);
	bytes_put_u64(&w, r.reveal_id);
	bytes_put_u32(&w, r.custodian_id);
	bytes_put_u64(&w, (uint64_t)time(NULL));
	bytes_put_u16(&w, (uint16_t)(n + SEAL_OVERHEAD));
	BUG_IF(seal_to("tama/reveal-share/1", &r.session, out, w.at, plain, n, out + w.at) != OK);
	size_t size = w.at + n + SEAL_OVERHEAD;
	officer_sign(&own, "tama/reveal-approval/1", out, size, out + size);
	return armor_write(argv[4], "REVEAL APPROVAL", out, size + SIGNATURE_SIZE) == OK ? 0 : 1;
}
