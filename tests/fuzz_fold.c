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

#define PLACES_MAX 400 /* each one folds the text again */

static void
check_places(const struct buf *text, size_t folded_len)
{
	size_t chars = text_chars(text->data, text->len);
	size_t last_at = 0;
	size_t last_end = 0;

	for (size_t i = 0; i < folded_len && i < PLACES_MAX; i++) {
		size_t at = 0;
		size_t length = 0;

		text_fold_place(text->data, text->len, i, 1, &at, &length);
		if (length == 0 || at < last_at || at + length < last_end ||
		    at + length > chars)
			abort();
		last_at = at;
		last_end = at + length;
	}
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
