/*
 * Which stored entry an item of a feed is (DESIGN 6).
 *
 * An item has up to three keys: its guid, its canonical link, and the digest of title and
 * date. The most trusted one that applies decides. What can be trusted is settled over a
 * whole document before any of it is applied, and distrust is for good:
 * - a guid or link that stands on two different items of one document is shared: no key;
 * - a feed with a shared link is one whose links prove nothing against its guids;
 * - a known link under another guid, or a guid under another link and title: the guids of
 *   this feed are no keys.
 * Pure: what is stored is asked for by functions of the caller.
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
	bool has_date;  /* of an item only: whether its digest tells much */
};

/* What was settled about a feed. */
struct identity_trust {
	bool guids; /* are keys */
	bool links; /* can speak against guids */
};

/* What is stored under a key. */
struct identity_match {
	int64_t entry; /* 0: nothing */
	bool is_shared;
	struct identity keys;
};

/* Both return false with err set when the store failed. */
struct identity_store {
	bool (*find)(
	    void *ctx, int64_t key, struct identity_match *match, struct error *err);
	/* this key finds nothing any more, for good */
	bool (*share)(void *ctx, int64_t key, struct error *err);
	void *ctx;
};

/* The items of one document. */
struct identity_document {
	struct identity *items; /* owned, as all here */
	size_t count;
	/* the same, sorted: what stands in this document */
	int64_t *guids, *links, *digests;
};

/** The keys of an item; feed is the id: keys of two feeds never meet. */
struct identity identity_of(const char *feed, const struct entry *entry);

/** Make a document of count entries. */
void identity_document_init(struct identity_document *document, const char *feed,
    struct entry *const *entries, size_t count);
void identity_document_clear(struct identity_document *document);

/**
 * Settle what can be trusted, from within the document and against the store, where shared
 * keys are marked.
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
