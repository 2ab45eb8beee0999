/*
 * SHA-256 and HMAC by OpenSSL.
 */
#include "base/digest.h"

#include <stdarg.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "base/mem.h"

void
digest_bytes(const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	/* fails only without memory or without SHA-256: nothing can go on then */
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

static void
write_hex(const uint8_t bytes[DIGEST_BYTES], char out[DIGEST_HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[DIGEST_HEX_BYTES - 1] = '\0';
}

void
digest_hex(const void *data, size_t len, char out[DIGEST_HEX_BYTES])
{
	uint8_t bytes[DIGEST_BYTES];

	digest_bytes(data, len, bytes);
	write_hex(bytes, out);
}

void
digest_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
    char out[DIGEST_HEX_BYTES])
{
	uint8_t bytes[DIGEST_BYTES];

	if (HMAC(EVP_sha256(), key, (int)key_len, data, len, bytes, NULL) == NULL)
		abort();
	write_hex(bytes, out);
}

struct digest {
	EVP_MD_CTX *running; /* owned */
};

struct digest *
digest_new(void)
{
	struct digest *digest = mem_zalloc(sizeof(*digest));

	digest->running = EVP_MD_CTX_new();
	if (digest->running == NULL ||
	    EVP_DigestInit_ex(digest->running, EVP_sha256(), NULL) != 1)
		abort();
	return digest;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->running);
	free(digest);
}

void
digest_add(struct digest *digest, const void *data, size_t len)
{
	if (EVP_DigestUpdate(digest->running, data, len) != 1)
		abort();
}

void
digest_end_hex(struct digest *digest, char out[DIGEST_HEX_BYTES])
{
	uint8_t bytes[DIGEST_BYTES];

	if (EVP_DigestFinal_ex(digest->running, bytes, NULL) != 1)
		abort();
	write_hex(bytes, out);
}

int64_t
digest_key(const char *first, ...)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	uint8_t bytes[DIGEST_BYTES];
	uint64_t key = 0;
	va_list args;

	va_start(args, first);
	for (const char *text = first; text != NULL; text = va_arg(args, const char *)) {
		buf_add_text(&all, text);
		buf_add_char(&all, '\n');
	}
	va_end(args);
	digest_bytes(buf_text(&all), all.len, bytes);
	for (size_t i = 0; i < sizeof(key); i++)
		key = key << 8 | bytes[i];
	return (int64_t)key;
}
