// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/base/cleanup.h"

#define FILE_MAX 65536
#define VALID_S (3650ll * 86400)

static const char *cert_path(const struct config *c, char path[static 600])
{
	return *c->console_certificate ? c->console_certificate : config_file(c, "console/cert.pem", path);
}

static const char *key_path(const struct config *c, char path[static 600])
{
	return *c->console_key ? c->console_key : config_file(c, "console/key.pem", path);
}

// ---- making ---------------------------------------------------------------------------------------------------------

static enum error write_file(const char *path, const gnutls_datum_t *d)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, d->data, d->size) == (ssize_t)d->size && fsync(fd) == 0 ? OK : ERROR_IO;
}

static int put_names(gnutls_x509_crt_t crt, const struct config *c)
{
	char names[CONFIG_TEXT], *rest = names, *name;
	uint8_t address[16];
	int bad = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET);
	static const uint8_t loopback[4] = {127, 0, 0, 1};
	bad |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback, 4, GNUTLS_FSAN_APPEND);
	if (inet_pton(AF_INET, c->console_listen, address) == 1 && memcmp(address, loopback, 4) != 0)
		bad |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 4, GNUTLS_FSAN_APPEND);
	snprintf(names, sizeof names, "%s", c->console_names);
	while ((name = strsep(&rest, " ")))
		if (*name)
			bad |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name),
				GNUTLS_FSAN_APPEND);
	return bad;
}

static int sign(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const struct config *c)
{
	uint8_t serial[16];
	time_t now = time(NULL);
	randombytes_buf(serial, sizeof serial);
	serial[0] &= 0x7f;
	int bad = gnutls_x509_crt_set_version(crt, 3);
	bad |= gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
	bad |= gnutls_x509_crt_set_activation_time(crt, now - 86400);
	bad |= gnutls_x509_crt_set_expiration_time(crt, now + VALID_S);
	bad |= gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, "console", 7);
	bad |= gnutls_x509_crt_set_key(crt, key);
	bad |= gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	bad |= gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	bad |= gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	bad |= put_names(crt, c);
	return bad | gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

enum error tls_make(const struct config *c)
{
	char path[600], folder[600];
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t key_pem = {0}, crt_pem = {0};
	if (access(cert_path(c, path), F_OK) == 0)
		return OK;
	if (*c->console_certificate || *c->console_key) // named, and not there: not ours to make
		return ERROR_NOT_FOUND;
	if (mkdir(config_file(c, "console", folder), 0700) != 0 && errno != EEXIST)
		return ERROR_IO;
	int bad = gnutls_x509_privkey_init(&key);
	bad |= gnutls_x509_crt_init(&crt);
	if (!bad)
		bad = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (!bad)
		bad = sign(crt, key, c);
	if (!bad)
		bad = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_pem);
	if (!bad)
		bad = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &crt_pem);
	enum error e = bad ? ERROR_IO : write_file(key_path(c, path), &key_pem);
	if (e == OK)
		e = write_file(cert_path(c, path), &crt_pem);
	if (key_pem.data)
		sodium_memzero(key_pem.data, key_pem.size);
	gnutls_free(key_pem.data);
	gnutls_free(crt_pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return e;
}

// ---- reading --------------------------------------------------------------------------------------------------------

static enum error read_file(const char *path, char **out)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
	*out = calloc(1, FILE_MAX);
	if (!*out)
		return ERROR_MEMORY;
	ssize_t n = read(fd, *out, FILE_MAX - 1);
	return n > 0 ? OK : ERROR_IO;
}

enum error tls_load(const struct config *c, struct tls_files *out)
{
	char path[600];
	*out = (struct tls_files){0};
	enum error e = tls_make(c);
	if (e == OK)
		e = read_file(cert_path(c, path), &out->certificate);
	if (e == OK)
		e = read_file(key_path(c, path), &out->key);
	return e;
}

void tls_forget(struct tls_files *f)
{
	if (f->key)
		sodium_memzero(f->key, FILE_MAX);
	free(f->key);
	free(f->certificate);
	*f = (struct tls_files){0};
}

enum error tls_fingerprint(const struct config *c, char out[static TLS_FINGERPRINT_SIZE])
{
	char path[600];
	uint8_t hash[32];
	size_t size = sizeof hash;
	cleanup_free char *pem = NULL;
	gnutls_x509_crt_t crt = NULL;
	enum error e = read_file(cert_path(c, path), &pem);
	if (e != OK)
		return e;
	gnutls_datum_t d = {(unsigned char *)pem, (unsigned)strlen(pem)};
	int bad = gnutls_x509_crt_init(&crt);
	if (!bad)
		bad = gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM);
	if (!bad)
		bad = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &size);
	gnutls_x509_crt_deinit(crt);
	sodium_bin2hex(out, TLS_FINGERPRINT_SIZE, hash, sizeof hash);
	return bad ? ERROR_MALFORMED : OK;
}

// ---- listening ------------------------------------------------------------------------------------------------------

enum error tls_listen(const struct config *c, int *out)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)c->console_port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->console_port)};
	const struct sockaddr *at = (const struct sockaddr *)(const void *)&four;
	socklen_t size = sizeof four;
	int one = 1;
	if (inet_pton(AF_INET, c->console_listen, &four.sin_addr) != 1) {
		if (inet_pton(AF_INET6, c->console_listen, &six.sin6_addr) != 1)
			return ERROR_ARGUMENT;
		at = (const struct sockaddr *)(const void *)&six;
		size = sizeof six;
	}
	cleanup_fd int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERROR_IO;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one); // a restarted console finds its port again
	if (bind(fd, at, size) != 0)
		return errno == EADDRINUSE ? ERROR_EXISTS : ERROR_IO;
	if (listen(fd, 256) != 0)
		return ERROR_IO;
	*out = steal_fd(&fd);
	return OK;
}

unsigned tls_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof at;
	if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return 0;
	return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)(void *)&at)->sin6_port) :
					  ntohs(((struct sockaddr_in *)(void *)&at)->sin_port);
}
