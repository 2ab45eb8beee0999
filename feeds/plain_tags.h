/*
 * The elements of HTML, as far as plain text is made of them.
 */
#ifndef FEEDS_PLAIN_TAGS_H
#define FEEDS_PLAIN_TAGS_H

#include <stdbool.h>

#define TAG_NAME_MAX_BYTES 20

enum tag_kind {
	TAG_NONE,
	TAG_BLOCK, /* leaves a blank */
	TAG_INLINE,
	TAG_DROPPED, /* its content goes too */
};

/** @param name  in lower case */
enum tag_kind plain_tag_kind(const char *name);

#endif
