/*
 * Texts that wait for their letter.
 */
#include "feeds/aside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define LETTER_COUNT (sizeof(letters) - 1)

void
aside_clear(struct aside *aside)
{
	buf_clear(&aside->bytes);
	free(aside->lengths);
	*aside = (struct aside){ 0 };
}

char
aside_put(struct aside *aside, const char *text, size_t len)
{
	size_t number = aside->number + (aside->count - aside->first);

	mem_grow(aside->lengths, aside->count, aside->cap);
	aside->lengths[aside->count++] = len;
	buf_add(&aside->bytes, text, len);
	return letters[number % LETTER_COUNT];
}

const char *
aside_take(struct aside *aside, char letter, size_t *len)
{
	size_t at = aside->first_at, number = aside->number;

	for (size_t i = aside->first; i < aside->count; i++, number++) {
		const char *text = aside->bytes.data + at;

		at += aside->lengths[i];
		if (letters[number % LETTER_COUNT] != letter)
			continue;
		*len = aside->lengths[i];
		aside->first = i + 1;
		aside->first_at = at;
		aside->number = number + 1;
		return text;
	}
	return NULL;
}

void
aside_tidy(struct aside *aside)
{
	size_t left = aside->count - aside->first;

	if (left > 0)
		memmove(aside->lengths, aside->lengths + aside->first,
		    left * sizeof(*aside->lengths));
	buf_drop(&aside->bytes, aside->first_at);
	aside->count = left;
	aside->first = aside->first_at = 0;
}
