/*
 * Base64 (RFC 4648), as feeds have it: with line breaks in it.
 */
#ifndef FEEDS_BASE64_H
#define FEEDS_BASE64_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/**
 * Append what text stands for. White space does not count, nor does missing padding.
 *
 * @return false when it is no base64; out may then have a part
 */
bool base64_add(struct buf *out, const char *text, size_t len);

#endif
