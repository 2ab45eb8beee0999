/*
 * Attributes, as libxml2 gives them.
 */
#include <string.h>

#include "base/buf.h"
#include "feeds/elements.h"

/* libxml2 leaves each & of a value as &#38;, for the tree it would build. */
static char *
attribute_value(const char *begin, const char *end)
{
	AUTO_BUF struct buf value = BUF_EMPTY;

	while (begin < end) {
		const char *mark = memmem(begin, (size_t)(end - begin), "&#38;", 5);

		buf_add(&value, begin, (size_t)((mark != NULL ? mark : end) - begin));
		if (mark == NULL)
			break;
		buf_add_char(&value, '&');
		begin = mark + 5;
	}
	return buf_take(&value);
}

char *
tag_attribute(const struct tag_view *tag, const char *uri, const char *name)
{
	for (int i = 0; i < tag->count; i++) {
		const char *const *attribute = tag->attributes + (size_t)i * 5;

		if (strcmp(attribute[0], name) == 0 &&
		    (uri == NULL ||
			(attribute[2] != NULL && strcmp(attribute[2], uri) == 0)))
			return attribute_value(attribute[3], attribute[4]);
	}
	return NULL;
}
