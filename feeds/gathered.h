/*
 * The text of an element, once it is whole.
 */
#ifndef FEEDS_GATHERED_H
#define FEEDS_GATHERED_H

#include <stddef.h>

#include "feeds/elements.h"

struct buf;

/** Append what the text of an element says, read as its row wants it. */
void gathered_read(struct buf *out, enum reading reading, const char *text, size_t len);

#endif
