/*
 * Which stored entry an item of a feed is (DESIGN 6).
 *
 * An item has up to three keys: its guid, its canonical link, and the digest of title and
 * date. The most trusted one that applies decides. Whether guids and links of a feed can be
 * trusted is settled over a whole document before any of it is applied, and distrust is for
 * good. Pure: what is stored is asked for by a function of the caller.
 */
#ifndef FEEDS_IDENTITY_H
#define FEEDS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entry;
struct error;

/* The keys of an item, or of an entry as stored; 0: it has none. */
struct identity {
	int64_t guid;
	int64_t link;
	int64_t title;  /* no key, but tells whether it is another one */
	int64_t digest; /* of title and date */
	bool has_date;
};

struct identity_trust {
	bool guids, links;
};

/* What is stored under a key. */
struct identity_match {
	int64_t entry; /* 0: nothing */
	struct identity keys;
};

/** Ask for a key. @return false with err set when the store failed */
typedef bool identity_find_fn(
    void *ctx, int64_t key, struct identity_match *match, struct error *err);

struct identity_store {
	identity_find_fn *find;
	void *ctx;
};

/* The items of one document. */
struct identity_document {
	struct identity *items; /* owned, as all here */
	size_t count;
	int64_t *guids, *links; /* the same, sorted: what stands in this document */
};

/** The keys of an item; feed is the id: keys of two feeds never meet. */
struct identity identity_of(const char *feed, const struct entry *entry);

/** Make a document of count entries. */
void identity_document_init(struct identity_document *document, const char *feed,
    struct entry *const *entries, size_t count);
void identity_document_clear(struct identity_document *document);

/**
 * Settle what can be trusted, from within the document and against the store.
 *
 * @param trust  in: what was trusted so far; out: what still is
 */
bool identity_settle(const struct identity_document *document,
    const struct identity_store *store, struct identity_trust *trust, struct error *err);

/**
 * Find the entry that an item of the document is, by its most trusted key. A weaker key
 * finds no entry that a stronger one tells to be another.
 *
 * @param match  out: with entry 0 when the item is new
 */
bool identity_pick(const struct identity_document *document, size_t i,
    const struct identity_store *store, const struct identity_trust *trust,
    struct identity_match *match, struct error *err);

#endif
