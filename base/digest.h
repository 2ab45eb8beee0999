/*
 * SHA-256 by OpenSSL.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_BYTES 65

void digest_bytes(const void *data, size_t len, uint8_t out[DIGEST_BYTES]);
/** 64 lower-case hex digits and a NUL */
void digest_hex(const void *data, size_t len, char out[DIGEST_HEX_BYTES]);
/** HMAC-SHA256 (RFC 2104), as digest_hex() prints */
void digest_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
    char out[DIGEST_HEX_BYTES]);
/* SHA-256 over bytes that come in pieces. */
struct digest;
struct digest *digest_new(void);
void digest_free(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t len);
/** Ends it: nothing more can be added. */
void digest_end_hex(struct digest *digest, char out[DIGEST_HEX_BYTES]);
/**
 * A 64-bit key of several texts, for use as a row id: the first eight bytes of SHA-256 over
 * each text followed by a line feed. Ends with a NULL argument.
 */
int64_t digest_key(const char *first, ...) __attribute__((sentinel));

#endif
