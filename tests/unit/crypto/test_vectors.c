// SPDX-License-Identifier: GPL-2.0-or-later
// Published vectors of the primitives below crypto/, called as crypto/ calls them. What they find is a libsodium of this
// machine that computes something else, or a call of ours that asks for something else.

#include <jansson.h>

#include "tests/unit/crypto/crypto_kit.h"

// blake2b-kat.txt of the authors (github.com/BLAKE2/BLAKE2, CC0): key 00 … 3f, input 00, 01, … of this length.
static void keyed_blake2b_of_its_authors(void **state)
{
	static const struct {
		size_t length;
		const char *hash;
	} want[] = {
		{0, "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568"},
		{1, "961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd"},
		{2, "da2cfbe2d8409a0f38026113884f84b50156371ae304c4430173d08a99d9fb1b983164a3770706d537f49e0c916d9f32b95cc37a95b99d857436f0232c88a965"},
		{127, "76d2d819c92bce55fa8e092ab1bf9b9eab237a25267986cacf2b8ee14d214d730dc9a5aa2d7b596e86a1fd8fa0804c77402d2fcd45083688b218b1cdfa0dcbcb"},
		{128, "72065ee4dd91c2d8509fa1fc28a37c7fc9fa7d5b3f8ad3d0d7a25626b57b1b44788d4caf806290425f9890a3a2a35a905ab4b37acfd0da6e4517b2525c9651e4"},
		{129, "64475dfe7600d7171bea0b394e27c9b00d8e74dd1e416a79473682ad3dfdbb706631558055cfc8a40e07bd015a4540dcdea15883cbbf31412df1de1cd4152b91"},
		{130, "12cd1674a4488a5d7c2b3160d2e2c4b58371bedad793418d6f19c6ee385d70b3e06739369d4df910edb0b0a54cbff43d54544cd37ab3a06cfa0a3ddac8b66c89"},
		{131, "60756966479dedc6dd4bcff8ea7d1d4ce4d4af2e7b097e32e3763518441147cc12b3c0ee6d2ecabf1198cec92e86a3616fba4f4e872f5825330adbb4c1dee444"},
		{132, "a7803bcb71bc1d0f4383dde1e0612e04f872b715ad30815c2249cf34abb8b024915cb2fc9f4e7cc4c8cfd45be2d5a91eab0941c7d270e2da4ca4a9f7ac68663a"},
		{136, "3b3b48434be27b9eababba43bf6b35f14b30f6a88dc2e750c358470d6b3aa3c18e47db4017fa55106d8252f016371a00f5f8b070b74ba5f23cffc5511c9f09f0"},
		{140, "94c96f02a8f576aca32ba61c2b206f907285d9299b83ac175c209a8d43d53bfe683dd1d83e7549cb906c28f59ab7c46f8751366a28c39dd5fe2693c9019666c8"},
		{144, "d62efbec2ca9c1f8bd66ce8b3f6a898cb3f7566ba6568c618ad1feb2b65b76c3ce1dd20f7395372faf28427f61c9278049cf0140df434f5633048c86b81e0399"},
		{152, "24ce0addaa4c65038bd1b1c0f1452a0b128777aabc94a29df2fd6c7e2f85f8ab9ac7eff516b0e0a825c84a24cfe492eaad0a6308e46dd42fe8333ab971bb30ca"},
		{156, "d9d5c74be5121b0bd742f26bffb8c89f89171f3f934913492b0903c271bbe2b3395ef259669bef43b57f7fcc3027db01823f6baee66e4f9fead4d6726c741fce"},
		{255, "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e92484be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461"},
	};
	uint8_t key[64], in[255], out[64], expected[64];
	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)i;
	memcpy(key, in, sizeof key);
	for (size_t i = 0; i < ARRAY_LENGTH(want); i++) {
		unhex(want[i].hash, expected, sizeof expected);
		assert_int_equal(crypto_generichash(out, sizeof out, in, want[i].length, key, sizeof key), 0);
		assert_memory_equal(out, expected, sizeof out);
	}
}

static void fibonacci(uint8_t *out, size_t size, uint32_t seed)
{
	uint32_t a = 0xDEAD4BAD * seed, b = 1;
	for (size_t i = 0; i < size; i++) {
		uint32_t t = a + b;
		a = b;
		b = t;
		out[i] = (uint8_t)(t >> 24);
	}
}

// RFC 7693, appendix E: one hash over the hashes of 24 inputs, each without and with a key, of four lengths; in pieces, as
// crypto/pseudonym.c feeds them.
static void blake2b_of_rfc_7693(void **state)
{
	static const size_t sizes[] = {20, 32, 48, 64}, lengths[] = {0, 3, 128, 129, 255, 1024};
	crypto_generichash_state all, one;
	uint8_t in[1024], hash[64], key[64], expected[32];
	(void)state;
	crypto_generichash_init(&all, NULL, 0, 32);
	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
		for (size_t k = 0; k < ARRAY_LENGTH(lengths); k++) {
			fibonacci(in, lengths[k], (uint32_t)lengths[k]);
			crypto_generichash(hash, sizes[i], in, lengths[k], NULL, 0);
			crypto_generichash_update(&all, hash, sizes[i]);
			fibonacci(key, sizes[i], (uint32_t)sizes[i]);
			crypto_generichash_init(&one, key, sizes[i], sizes[i]);
			crypto_generichash_update(&one, in, lengths[k] / 2);
			crypto_generichash_update(&one, in + lengths[k] / 2, lengths[k] - lengths[k] / 2);
			crypto_generichash_final(&one, hash, sizes[i]);
			crypto_generichash_update(&all, hash, sizes[i]);
		}
	crypto_generichash_final(&all, hash, 32);
	unhex("c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475", expected, sizeof expected);
	assert_memory_equal(hash, expected, 32);
}

// RFC 9496, A.1: multiples of the generator, by multiplication and by addition.
static void multiples_of_rfc_9496(void **state)
{
	static const char *const want[] = {"0000000000000000000000000000000000000000000000000000000000000000",
		"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
		"6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
		"94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
		"da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
		"e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
		"f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
		"44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
		"903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
		"02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
		"20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
		"bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
		"e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
		"aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
		"46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
		"e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e"};
	uint8_t sum[32] = {0}, generator[32], point[32], expected[32], scalar[32] = {0};
	(void)state;
	unhex(want[1], generator, sizeof generator);
	for (size_t i = 0; i < ARRAY_LENGTH(want); i++) {
		unhex(want[i], expected, sizeof expected);
		assert_int_equal(crypto_core_ristretto255_is_valid_point(expected), 1);
		assert_memory_equal(sum, expected, 32);
		assert_int_equal(crypto_core_ristretto255_add(sum, sum, generator), 0);
		scalar[0] = (uint8_t)i; // libsodium refuses to multiply to the identity
		assert_int_equal(crypto_scalarmult_ristretto255_base(point, scalar), i == 0 ? -1 : 0);
		if (i > 0)
			assert_memory_equal(point, expected, 32);
	}
}

// RFC 9496, A.2: not canonical; negative; x² not a square; xy negative; s = -1.
static void bad_encodings_of_rfc_9496(void **state)
{
	static const char *const bad[] = {"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
		"c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
		"c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
		"47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
		"f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
		"87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
		"26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
		"4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
		"de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
		"bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
		"2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
		"f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
		"8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
		"2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
		"3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
		"a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
		"d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
		"8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
		"32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
		"227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
		"5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
		"445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
	uint8_t point[32], two[32] = {2}, out[32];
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		unhex(bad[i], point, sizeof point);
		assert_int_equal(crypto_core_ristretto255_is_valid_point(point), 0);
		assert_int_equal(crypto_scalarmult_ristretto255(out, two, point), -1);
		assert_int_equal(crypto_core_ristretto255_add(out, point, point), -1);
	}
}

// RFC 9496, A.3: the one-way map.
static void elements_from_octets_of_rfc_9496(void **state)
{
	static const char *const map[][2] = {
		{"5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c14d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6",
			"3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"},
		{"f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b270102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38",
			"f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b"},
		{"8422e1bbdaab52938b81fd602effb6f89110e1e57208ad12d9ad767e2e25510c27140775f9337088b982d83d7fcf0b2fa1edffe51952cbe7365e95c86eaf325c",
			"006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826"},
		{"ac22415129b61427bf464e17baee8db65940c233b98afce8d17c57beeb7876c2150d15af1cb1fb824bbd14955f2b57d08d388aab431a391cfc33d5bafb5dbbaf",
			"f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a"},
		{"165d697a1ef3d5cf3c38565beefcf88c0f282b8e7dbd28544c483432f1cec7675debea8ebb4e5fe7d6f6e5db15f15587ac4d4d4a1de7191e0c1ca6664abcc413",
			"ae81e7dedf20a497e10c304a765c1767a42d6e06029758d2d7e8ef7cc4c41179"},
		{"a836e6c9a9ca9f1e8d486273ad56a78c70cf18f0ce10abb1c7172ddd605d7fd2979854f47ae1ccf204a33102095b4200e5befc0465accc263175485f0e17ea5c",
			"e2705652ff9f5e44d3e841bf1c251cf7dddb77d140870d1ab2ed64f1a9ce8628"},
		{"2cdc11eaeb95daf01189417cdddbf95952993aa9cb9c640eb5058d09702c74622c9965a697a3b345ec24ee56335b556e677b30e6f90ac77d781064f866a3c982",
			"80bd07262511cdde4863f8a7434cef696750681cb9510eea557088f76d9e5065"},
	};
	uint8_t in[64], out[32], expected[32];
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(map); i++) {
		unhex(map[i][0], in, sizeof in);
		unhex(map[i][1], expected, sizeof expected);
		assert_int_equal(crypto_core_ristretto255_from_hash(out, in), 0);
		assert_memory_equal(out, expected, 32);
	}
}

struct aead {
	uint8_t key[32], nonce[64], ad[64], plain[256], sealed[256 + 16];
	size_t key_size, nonce_size, ad_size, plain_size, sealed_size;
	bool valid;
};

static size_t field(const json_t *test, const char *name, uint8_t *out, size_t room)
{
	const char *hex = json_string_value(json_object_get(test, name));
	assert_non_null(hex);
	return unhex(hex, out, room);
}

static void read_aead(const json_t *test, struct aead *a)
{
	const char *result = json_string_value(json_object_get(test, "result"));
	assert_non_null(result);
	a->valid = strcmp(result, "valid") == 0;
	a->key_size = field(test, "key", a->key, sizeof a->key);
	a->nonce_size = field(test, "iv", a->nonce, sizeof a->nonce);
	a->ad_size = field(test, "aad", a->ad, sizeof a->ad);
	a->plain_size = field(test, "msg", a->plain, sizeof a->plain);
	a->sealed_size = field(test, "ct", a->sealed, sizeof a->plain);
	a->sealed_size += field(test, "tag", a->sealed + a->sealed_size, 16);
}

// As crypto/wrap.c calls it. A nonce of another size cannot be asked of libsodium: the constant says why.
static void one_aead(const struct aead *a)
{
	uint8_t out[256 + 16];
	assert_int_equal(a->key_size, crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
	if (a->nonce_size != crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) {
		assert_false(a->valid);
		return;
	}
	int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, a->sealed, a->sealed_size, a->ad, a->ad_size,
		a->nonce, a->key);
	assert_int_equal(bad, a->valid ? 0 : -1);
	if (!a->valid)
		return;
	assert_memory_equal(out, a->plain, a->plain_size);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, a->plain, a->plain_size, a->ad, a->ad_size, NULL, a->nonce,
		a->key);
	assert_memory_equal(out, a->sealed, a->sealed_size);
}

static void xchacha20_poly1305_of_wycheproof(void **state)
{
	json_error_t error;
	json_t *all = json_load_file(TEST_VECTORS "/xchacha20_poly1305_test.json", JSON_REJECT_DUPLICATES, &error), *group, *test;
	size_t i, k, valid = 0, invalid = 0;
	(void)state;
	assert_non_null(all);
	json_array_foreach(json_object_get(all, "testGroups"), i, group) {
		json_array_foreach(json_object_get(group, "tests"), k, test) {
			struct aead a = {.key_size = 0};
			read_aead(test, &a);
			one_aead(&a);
			valid += a.valid;
			invalid += !a.valid;
		}
	}
	assert_true(valid > 0 && invalid > 0);
	assert_int_equal(valid + invalid, json_integer_value(json_object_get(all, "numberOfTests")));
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyed_blake2b_of_its_authors),
		cmocka_unit_test(blake2b_of_rfc_7693),
		cmocka_unit_test(multiples_of_rfc_9496),
		cmocka_unit_test(bad_encodings_of_rfc_9496),
		cmocka_unit_test(elements_from_octets_of_rfc_9496),
		cmocka_unit_test(xchacha20_poly1305_of_wycheproof),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
