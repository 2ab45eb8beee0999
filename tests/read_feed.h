/*
 * A document through the worker's pipeline, as text: what the parser's tests compare.
 */
#ifndef TESTS_READ_FEED_H
#define TESTS_READ_FEED_H

#include <stddef.h>

struct buf;
struct page_paths;

/* How a document is read. */
struct read_how {
	const char *url;               /* NULL: http://feed.example.org/dir/feed.xml */
	const char *content_type;      /* or NULL */
	const struct page_paths *page; /* or NULL: it is a feed */
	size_t piece;                  /* bytes given at once; 0: all */
};

/** Append what the feed says, one line a field, "error: ..." last when it failed. */
void read_feed(struct buf *out, const char *bytes, size_t len, const struct read_how *how);
/** Append a whole file. Ends the test when it cannot be read. */
void read_file(struct buf *out, const char *path);

#endif
