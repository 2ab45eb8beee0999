/*
 * A list of texts, in order.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	char **items; /* owned, each item too */
	size_t count;
	size_t cap;
};

void list_add(struct list *list, const char *text);
void list_add_bytes(struct list *list, const char *text, size_t len);
bool list_has(const struct list *list, const char *text);
void list_copy(struct list *to, const struct list *from);
bool list_equal(const struct list *a, const struct list *b);
void list_clear(struct list *list);

#endif
