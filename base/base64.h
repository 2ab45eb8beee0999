/*
 * Base64 (RFC 4648 4), by OpenSSL.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/** The caller's to free(). */
char *base64_encode(const void *data, size_t len);
/**
 * Append what a text stands for; white space in it does not count, and padding may be
 * missing at its end.
 *
 * @return false with nothing appended when it is no base64
 */
bool base64_decode(const char *text, size_t len, struct buf *out);

#endif
