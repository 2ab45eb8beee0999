/*
 * A page without a feed: HTML, whose entries are named by XPath (DESIGN 4). Gathered whole,
 * then read; nothing is loaded.
 */
#ifndef FEEDS_PAGE_H
#define FEEDS_PAGE_H

#include "base/mem.h"
#include "feeds/parse.h"

#define PAGE_MAX_BYTES (8u << 20)
#define PAGE_HEAD_BYTES 1024 /* where a page may say its encoding (HTML 13.2.3.2) */

struct page;
struct page_paths;

/**
 * As parse_new().
 * @param paths  borrowed for life
 */
struct page *page_new(const struct page_paths *paths, const char *url, const char *language,
    parse_entry_fn *on_entry, void *ctx);
void page_free(struct page *page);
MEM_AUTO(page, page_free);

/** A sink_fn; ctx is the page; UTF-8 as it may be. Kind LIMIT. */
bool page_add(void *ctx, const char *bytes, size_t len, struct error *err);
/**
 * The page ends here: its entries are told now, in the order of the document. Kind FORMAT:
 * an XPath is wrong, or finds nothing (a page was changed, or is another one).
 */
bool page_end(struct page *page, struct error *err);
/** As parse_head(): format "page", the title of the page. */
const struct feed_head *page_head(const struct page *page);

/**
 * The charset= of a <meta> in the first bytes of a page, the caller's to free(); NULL when
 * there is none.
 */
char *page_charset(const char *head, size_t len);

#endif
