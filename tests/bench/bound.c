// SPDX-License-Identifier: GPL-2.0-or-later
// What libsodium alone costs for one alert, n custodians and threshold t: the same primitives, sizes and counts that
// triage needs from a sealed frame to a row, called directly. Prints one JSON object: nanoseconds an alert, each part.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME 464
#define BODY 1024
#define HASHES 9 // chain, fingerprint, handle, reporter, who, incident, alert key, pad, identity key

static unsigned char in[4096], out[4200], nonce[24], key[32], ad[64], point[32], scalar[32], public[32];

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void aead(size_t size)
{
	randombytes_buf(nonce, sizeof nonce);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, in, size, ad, sizeof ad, NULL, nonce, key);
}

static void hash(size_t size)
{
	crypto_generichash(point, 32, in, size, key, 32);
}

static int multiply(void)
{
	return crypto_scalarmult(point, scalar, public);
}

static unsigned char frame[FRAME + 16], frame_nonce[24], plain[FRAME];

static int open_frame(void)
{
	unsigned long long n;
	int bad = multiply();
	hash(96);
	return bad | crypto_aead_xchacha20poly1305_ietf_decrypt(
			     plain, &n, NULL, frame, sizeof frame, ad, sizeof ad, frame_nonce, key);
}

static int seal(size_t size)
{
	randombytes_buf(scalar, 32);
	int bad = crypto_scalarmult_base(public, scalar) | multiply();
	hash(96);
	aead(size);
	return bad;
}

static int shares(unsigned t, unsigned n)
{
	unsigned char a[32], b[32], c[32];
	int bad = 0;
	for (unsigned i = 0; i < t; i++) { // coefficients and their commitments
		crypto_core_ristretto255_scalar_random(a);
		bad |= crypto_scalarmult_ristretto255_base(point, a);
	}
	for (unsigned i = 0; i < n * (t - 1); i++) {
		crypto_core_ristretto255_scalar_mul(b, a, a);
		crypto_core_ristretto255_scalar_add(c, b, a);
	}
	for (unsigned i = 0; i < n; i++)
		bad |= seal(72 + 32 * t);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 3, t = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
	int rounds = argc > 3 ? atoi(argv[3]) : 2000, bad = 0;
	double opening = 0, sharing = 0, rest = 0, start;
	if (sodium_init() < 0 || t < 1 || n < t)
		return 1;
	randombytes_buf(in, sizeof in);
	randombytes_buf(key, sizeof key);
	randombytes_buf(scalar, sizeof scalar);
	crypto_scalarmult_base(public, scalar);
	crypto_aead_xchacha20poly1305_ietf_encrypt(frame, NULL, plain, FRAME, ad, sizeof ad, NULL, frame_nonce, key);
	for (int i = 0; i < rounds; i++) {
		start = now();
		bad |= open_frame();
		opening += now() - start;
		start = now();
		bad |= shares(t, n);
		sharing += now() - start;
		start = now();
		for (int h = 0; h < HASHES; h++)
			hash(96);
		aead(BODY);
		aead(48); // identity
		aead(64); // number for the reply
		aead(16); // who
		randombytes_buf(out, 32); // pad
		rest += now() - start;
	}
	if (bad)
		return 1;
	printf("{\"open_ns\": %.0f, \"shares_ns\": %.0f, \"rest_ns\": %.0f, \"alert_ns\": %.0f}\n", opening / rounds,
		sharing / rounds, rest / rounds, (opening + sharing + rest) / rounds);
	return 0;
}
