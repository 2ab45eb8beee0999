/*
 * A document through the worker's pipeline, as text.
 */
#include "tests/read_feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "feeds/entry.h"
#include "feeds/job.h"
#include "feeds/reading.h"

#define DEFAULT_URL "http://feed.example.org/dir/feed.xml"

static void
add_field(struct buf *out, const char *name, const char *text)
{
	if (text != NULL)
		buf_printf(out, "%s: %s\n", name, text);
}

static void
add_list(struct buf *out, const char *name, const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		add_field(out, name, list->items[i]);
}

static void
add_date(struct buf *out, const char *name, int64_t at_s)
{
	char text[CLOCK_TEXT_BYTES];

	if (at_s == 0)
		return;
	clock_format_s(at_s, text);
	add_field(out, name, text);
}

static void
add_enclosures(struct buf *out, const struct enclosures *enclosures)
{
	for (size_t i = 0; i < enclosures->count; i++) {
		const struct enclosure *item = &enclosures->items[i];

		add_field(out, "enclosure", item->url);
		add_field(out, "  type", item->type);
		if (item->length_bytes >= 0)
			buf_printf(out, "  length: %lld\n", (long long)item->length_bytes);
	}
}

static void
on_entry(void *ctx, struct entry *entry)
{
	struct buf *out = ctx;

	buf_add_text(out, "\n");
	add_field(out, "id", entry->id);
	add_field(out, "title", entry->title);
	add_field(out, "link", entry->link);
	add_field(out, "summary", entry->summary);
	add_field(out, "content", entry->content);
	add_field(out, "language", entry->language);
	add_list(out, "author", &entry->authors);
	add_list(out, "category", &entry->categories);
	add_enclosures(out, &entry->enclosures);
	add_date(out, "published", entry->published_s);
	add_date(out, "updated", entry->updated_s);
	entry_free(entry);
}

static void
add_head(struct buf *out, const struct feed_head *head)
{
	add_field(out, "format", head->format);
	add_field(out, "title", head->title);
	add_field(out, "link", head->link);
	add_field(out, "description", head->description);
	add_field(out, "language", head->language);
	add_field(out, "id", head->id);
	add_list(out, "author", &head->authors);
	add_list(out, "category", &head->categories);
	add_date(out, "updated", head->updated_s);
	if (head->ttl_s != 0)
		buf_printf(out, "ttl: %lld\n", (long long)head->ttl_s);
}

static bool
read_pieces(
    struct reading *reading, const char *bytes, size_t len, size_t piece, struct error *err)
{
	if (piece == 0)
		piece = len;
	for (size_t at = 0; at < len; at += piece) {
		size_t part = len - at < piece ? len - at : piece;

		if (!reading_add(reading, bytes + at, part, err))
			return false;
	}
	return reading_end(reading, err);
}

void
read_feed(struct buf *out, const char *bytes, size_t len, const struct read_how *how)
{
	struct job job = { .body_max_bytes = JOB_BODY_MAX_BYTES,
		.entries_max = JOB_ENTRIES_MAX,
		.page = how->page != NULL ? *how->page : (struct page_paths){ { NULL } } };
	struct reading_about about = { how->url != NULL ? how->url : DEFAULT_URL,
		how->content_type, NULL };
	AUTO_BUF struct buf entries = BUF_EMPTY;
	AUTO(reading) reading = reading_new(&job, &about, NULL, on_entry, &entries);
	struct error err = { 0 };
	bool is_good = read_pieces(reading, bytes, len, how->piece, &err);

	add_head(out, reading_head(reading));
	buf_add(out, buf_text(&entries), entries.len);
	if (!is_good)
		buf_printf(out, "\nerror: %s: %s\n", error_kind_name(err.kind), err.text);
}

void
read_file(struct buf *out, const char *path)
{
	FILE *file = fopen(path, "re");
	char bytes[4096];
	size_t got;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_add(out, bytes, got);
	(void)fclose(file); /* only read from */
}
