/*
 * The way back from folded text to where it stood.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/fold_walk.h"
#include "base/mem.h"
#include "base/text.h"

struct text_map_piece {
	uint32_t folded_at;           /* the first byte it gave */
	uint32_t from, to;            /* bytes of the original */
	uint32_t chars_at, chars_end; /* the same in characters */
	bool is_bytewise;             /* ASCII: each byte from one of its own */
};

/* Building a map: characters are counted up to where the last piece began and ended. */
struct mapping {
	struct text_map *map;
	const char *text;
	size_t counted, chars; /* bytes, and the characters in them */
};

/* Characters in the first `to` bytes; called with places that hardly ever go back. */
static size_t
chars_until(struct mapping *mapping, size_t to)
{
	if (to < mapping->counted)
		return mapping->chars -
		       text_chars(mapping->text + to, mapping->counted - to);
	mapping->chars +=
	    text_chars(mapping->text + mapping->counted, to - mapping->counted);
	mapping->counted = to;
	return mapping->chars;
}

static void
keep_piece(void *ctx, const struct fold_piece *piece)
{
	struct mapping *mapping = ctx;
	struct text_map *map = mapping->map;
	struct text_map_piece *kept;

	mem_grow(map->pieces, map->count, map->cap);
	kept = &map->pieces[map->count++];
	kept->folded_at = (uint32_t)map->folded_len;
	kept->from = (uint32_t)piece->from;
	kept->to = (uint32_t)piece->to;
	kept->chars_at = (uint32_t)chars_until(mapping, piece->from);
	kept->chars_end = (uint32_t)chars_until(mapping, piece->to);
	kept->is_bytewise = piece->is_bytewise;
	map->folded_len += piece->len;
}

void
text_map_make(struct text_map *map, const char *text, size_t len)
{
	struct mapping mapping = { .map = map, .text = text };

	assert(len <= UINT32_MAX);
	map->count = 0;
	map->folded_len = 0;
	fold_walk(text, len, keep_piece, &mapping);
	map->len = len;
	map->chars = chars_until(&mapping, len);
}

/* The piece that gave this byte, which is one of the folded text. */
static const struct text_map_piece *
find_piece(const struct text_map *map, size_t folded_at)
{
	size_t low = 0, high = map->count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (map->pieces[middle].folded_at <= folded_at)
			low = middle;
		else
			high = middle;
	}
	return &map->pieces[low];
}

struct text_place
text_map_place(const struct text_map *map, size_t folded_at, size_t folded_len)
{
	struct text_place place = { map->len, map->len, map->chars, 0 };
	const struct text_map_piece *first, *last;
	size_t end, skipped = 0, left_out = 0;

	if (folded_at >= map->folded_len)
		return place;
	end = folded_len < map->folded_len - folded_at ? folded_at + folded_len
						       : map->folded_len;
	first = find_piece(map, folded_at);
	last = folded_len == 0 ? first : find_piece(map, end - 1);
	if (first->is_bytewise)
		skipped = folded_at - first->folded_at;
	place.from = place.to = first->from + skipped;
	place.at = first->chars_at + skipped;
	if (folded_len == 0)
		return place;
	if (last->is_bytewise)
		left_out = last->folded_at + (last->to - last->from) - end;
	place.to = last->to - left_out;
	place.length = last->chars_end - left_out - place.at;
	return place;
}

void
text_map_clear(struct text_map *map)
{
	free(map->pieces);
	*map = (struct text_map){ .pieces = NULL };
}
