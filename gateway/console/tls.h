// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The console's certificate and its listening socket. Used by the console, and by `tama init` and `tama status`, which
// show the fingerprint: an officer compares it once with what the browser shows.

#include "gateway/config.h"

#define TLS_PRIORITIES                                                                                               \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:+AES-256-GCM:"       \
	"+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE"
#define TLS_FINGERPRINT_SIZE 65

struct tls_files {
	char *certificate, *key; // PEM
};

// Makes console/cert.pem and key.pem (self-signed, ECDSA P-256, ten years) when the folder has none.
MUST_CHECK enum error tls_make(const struct config *c);
MUST_CHECK enum error tls_load(const struct config *c, struct tls_files *out);
void tls_forget(struct tls_files *f);
// SHA-256 of the certificate in hex. ERROR_NOT_FOUND: there is none yet.
MUST_CHECK enum error tls_fingerprint(const struct config *c, char out[static TLS_FINGERPRINT_SIZE]);
// A listening socket at console.listen and console.port. ERROR_EXISTS: the port is taken.
MUST_CHECK enum error tls_listen(const struct config *c, int *out);
unsigned tls_port(int fd);
