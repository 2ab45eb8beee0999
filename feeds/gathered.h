/*
 * What was gathered of an element, made the text that a person reads.
 */
#ifndef FEEDS_GATHERED_H
#define FEEDS_GATHERED_H

#include <stddef.h>

#include "feeds/elements.h"

struct buf;

/** Append it, read as said. */
void gathered_add(struct buf *out, enum reading reading, const char *text, size_t len);

#endif
