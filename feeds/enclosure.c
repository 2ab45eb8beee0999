/*
 * Enclosures: their life, and how they travel.
 */
#include "feeds/enclosure.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wire.h"

static bool
has(const struct enclosures *enclosures, const char *url)
{
	for (size_t i = 0; i < enclosures->count; i++)
		if (strcmp(enclosures->items[i].url, url) == 0)
			return true;
	return false;
}

void
enclosures_add(struct enclosures *enclosures, const struct enclosure *enclosure)
{
	struct enclosure *fresh;

	if (enclosures->count == ENCLOSURES_MAX || has(enclosures, enclosure->url))
		return;
	mem_grow(enclosures->items, enclosures->count, enclosures->cap);
	fresh = &enclosures->items[enclosures->count++];
	fresh->url = mem_strdup(enclosure->url);
	fresh->type = mem_strdup(enclosure->type);
	fresh->length_bytes = enclosure->length_bytes;
}

void
enclosures_drop_last(struct enclosures *enclosures)
{
	struct enclosure *last = &enclosures->items[--enclosures->count];

	free(last->url);
	free(last->type);
}

size_t
enclosures_bytes(const struct enclosures *enclosures)
{
	size_t bytes = 0;

	for (size_t i = 0; i < enclosures->count; i++) {
		const struct enclosure *item = &enclosures->items[i];

		bytes += strlen(item->url) + (item->type != NULL ? strlen(item->type) : 0);
	}
	return bytes;
}

void
enclosures_copy(struct enclosures *to, const struct enclosures *from)
{
	for (size_t i = 0; i < from->count; i++)
		enclosures_add(to, &from->items[i]);
}

void
enclosures_clear(struct enclosures *enclosures)
{
	while (enclosures->count > 0)
		enclosures_drop_last(enclosures);
	free(enclosures->items);
	*enclosures = (struct enclosures){ 0 };
}

void
enclosures_write(const struct enclosures *enclosures, struct buf *out)
{
	wire_add_u8(out, (uint8_t)enclosures->count);
	for (size_t i = 0; i < enclosures->count; i++) {
		wire_add_text(out, enclosures->items[i].url);
		wire_add_text(out, enclosures->items[i].type);
		wire_add_i64(out, enclosures->items[i].length_bytes);
	}
}

bool
enclosures_read(struct wire_reader *in, struct enclosures *enclosures)
{
	uint8_t count;

	if (!wire_read_u8(in, &count) || count > ENCLOSURES_MAX)
		return false;
	for (uint8_t i = 0; i < count; i++) {
		AUTO_FREE char *url = NULL;
		AUTO_FREE char *type = NULL;
		struct enclosure item = { 0 };

		if (!wire_read_text(in, &url, ENCLOSURE_URL_MAX_BYTES) || url == NULL ||
		    !wire_read_text(in, &type, ENCLOSURE_TYPE_MAX_BYTES) ||
		    !wire_read_i64(in, &item.length_bytes) || item.length_bytes < -1)
			return false;
		item.url = url;
		item.type = type;
		enclosures_add(enclosures, &item);
	}
	return true;
}
