/*
 * Which row of the table of elements a tag is, for one document: looked up once a name.
 */
#ifndef FEEDS_LOOKUP_H
#define FEEDS_LOOKUP_H

#include "feeds/elements.h"

#define LOOKUP_ROWS 64 /* a power of two */

struct lookup_row {
	const char *name, *uri;
	enum place place;
	const struct element *element;
};

struct lookup {
	enum space no_space; /* what elements without a namespace belong to */
	const char *own_uri; /* a namespace of the root that nobody knows is that too */
	struct lookup_row rows[LOOKUP_ROWS];
};

/**
 * Names and URIs are out of libxml2's dictionary: equal pointers are equal texts.
 *
 * @param prefix  or NULL, as uri
 * @return NULL when the element says nothing there
 */
const struct element *lookup_find(struct lookup *lookup, enum place place, const char *name,
    const char *prefix, const char *uri);

#endif
