/*
 * Fuzzer: bytes through convert, repair and parse. The first byte says how the rest is cut
 * into pieces; whole and cut must give the same.
 *
 *   tests/fuzz_parse -max_total_time=60 CORPUS tests/feeds
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "feeds/entry.h"
#include "feeds/job.h"
#include "feeds/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_text(const char *text, size_t max)
{
	if (text != NULL && (strlen(text) > max || !text_is_utf8(text, strlen(text))))
		abort();
}

static void
on_entry(void *ctx, struct entry *entry)
{
	struct buf *out = ctx;

	check_text(entry->title, ENTRY_TITLE_MAX_BYTES);
	check_text(entry->id, ENTRY_ID_MAX_BYTES);
	check_text(entry->link, ENTRY_LINK_MAX_BYTES);
	check_text(entry->summary, ENTRY_MAX_BYTES);
	check_text(entry->content, ENTRY_MAX_BYTES);
	entry_write(entry, out);
	entry_free(entry);
}

static void
read_pieces(const char *bytes, size_t len, size_t piece, struct buf *out)
{
	struct job job = { .body_max_bytes = 1 << 20, .entries_max = 1 << 20 };
	struct reading_about about = { "http://f.example.org/", "text/xml; charset=sjis",
		NULL };
	AUTO(reading) reading = reading_new(&job, &about, NULL, on_entry, out);
	struct error err = { 0 };

	for (size_t at = 0; at < len && err.text[0] == '\0'; at += piece) {
		size_t part = len - at < piece ? len - at : piece;

		(void)reading_add(reading, bytes + at, part, &err); /* err says it */
	}
	if (err.text[0] == '\0')
		(void)reading_end(reading, &err); /* likewise */
	feed_head_write(reading_head(reading), out);
	buf_add_text(out, err.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO_BUF struct buf whole = BUF_EMPTY;
	AUTO_BUF struct buf cut = BUF_EMPTY;
	const char *bytes = (const char *)data;
	size_t piece;

	if (len < 2)
		return 0;
	piece = data[0] % 64 + 1u;
	read_pieces(bytes + 1, len - 1, len, &whole);
	read_pieces(bytes + 1, len - 1, piece, &cut);
	if (whole.len != cut.len || memcmp(whole.data, cut.data, cut.len) != 0)
		abort();
	return 0;
}
