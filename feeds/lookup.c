/*
 * A small cache before the table of elements.
 */
#include "feeds/lookup.h"

#include <stddef.h>
#include <stdint.h>

static const struct element *
look_up(const struct lookup *lookup, enum place place, const char *name, const char *prefix,
    const char *uri)
{
	enum space space = elements_space(uri, prefix);

	if (uri == NULL ? prefix == NULL : uri == lookup->own_uri)
		space = lookup->no_space;
	return elements_find(place, space, name);
}

const struct element *
lookup_find(struct lookup *lookup, enum place place, const char *name, const char *prefix,
    const char *uri)
{
	uintptr_t hash = ((uintptr_t)name >> 3) ^ ((uintptr_t)uri >> 5) ^ (uintptr_t)place;
	struct lookup_row *row = &lookup->rows[hash % LOOKUP_ROWS];

	if (prefix != NULL && uri == NULL) /* the key would have to have the prefix too */
		return look_up(lookup, place, name, prefix, uri);
	if (row->name != name || row->uri != uri || row->place != place)
		*row = (struct lookup_row){ name, uri, place,
			look_up(lookup, place, name, prefix, uri) };
	return row->element;
}
