/*
 * A list of texts, in order.
 */
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
list_add(struct list *list, const char *text)
{
	list_add_bytes(list, text, strlen(text));
}

void
list_add_bytes(struct list *list, const char *text, size_t len)
{
	char *item = mem_strndup(text, len);

	mem_grow(list->items, list->count, list->cap);
	list->items[list->count++] = item;
}

bool
list_has(const struct list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

void
list_copy(struct list *to, const struct list *from)
{
	struct list fresh = { NULL, 0, 0 };

	for (size_t i = 0; i < from->count; i++)
		list_add(&fresh, from->items[i]);
	list_clear(to);
	*to = fresh;
}

bool
list_equal(const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

void
list_clear(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct list){ NULL, 0, 0 };
}
