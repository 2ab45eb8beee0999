/*
 * Fuzzer: any bytes, repaired, are folded. Folding what is folded changes nothing, and
 * places never go back.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static void
check_places(const struct buf *text, size_t folded_len)
{
	struct text_map map = { .pieces = NULL };
	struct text_place last = { 0 };

	text_map_make(&map, buf_text(text), text->len);
	if (map.folded_len != folded_len || map.chars != text_chars(text->data, text->len))
		abort();
	for (size_t i = 0; i < folded_len; i++) {
		struct text_place place = text_map_place(&map, i, 1);

		if (place.length == 0 || place.at < last.at ||
		    place.at + place.length < last.at + last.length ||
		    place.at + place.length > map.chars || place.to > text->len)
			abort();
		last = place;
	}
	text_map_clear(&map);
}

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer wants this name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int /* NOLINTNEXTLINE(readability-identifier-naming): the same */
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_BUF struct buf once = BUF_EMPTY;
	AUTO_BUF struct buf twice = BUF_EMPTY;

	text_repair(&text, (const char *)data, size);
	if (!text_is_utf8(buf_text(&text), text.len))
		abort();
	text_fold(&once, buf_text(&text), text.len);
	text_fold(&twice, buf_text(&once), once.len);
	if (!text_is_utf8(buf_text(&once), once.len) || once.len != twice.len ||
	    memcmp(buf_text(&once), buf_text(&twice), once.len) != 0)
		abort();
	check_places(&text, once.len);
	return 0;
}
