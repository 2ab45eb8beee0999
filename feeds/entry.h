/*
 * One item of a feed, parsed and not yet judged.
 *
 * The only type that leaves feeds/: rules/ and alerts/ read it and never change it. An
 * entry owns its strings. Texts are finished plain text: valid UTF-8, markup removed, white
 * space in single blanks.
 */
#ifndef FEEDS_ENTRY_H
#define FEEDS_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mem.h"
#include "feeds/enclosure.h"

struct buf;
struct error;
struct wire_reader;

#define ENTRY_MAX_BYTES                                                  \
	(256u << 10) /* all of an entry; content is cut first (DESIGN 3) \
		      */
#define ENTRY_ID_MAX_BYTES (4u << 10)
#define ENTRY_TITLE_MAX_BYTES (8u << 10)
#define ENTRY_LINK_MAX_BYTES (4u << 10)
#define ENTRY_LIST_MAX 64
#define ENTRY_LIST_TEXT_MAX_BYTES 1024

struct entry {
	char *id;       /* guid or atom:id as given; NULL when the feed has none */
	char *title;    /* "" when the feed has none */
	char *link;     /* absolute http(s) URL, or NULL */
	char *summary;  /* or NULL */
	char *content;  /* or NULL */
	char *language; /* BCP 47 as given, its own or its feed's, or NULL */
	struct list authors;
	struct list categories;
	struct enclosures enclosures;
	int64_t published_s; /* Unix time; 0 when the feed gave none */
	int64_t updated_s;
};

/* What a feed says of itself. */
struct feed_head {
	char *format; /* "rss2.0", "rss1.0", "atom1.0" ... (DESIGN 9) */
	char *title, *link, *description, *language, *id; /* or NULL */
	struct list authors, categories;
	int64_t updated_s; /* 0: none */
	int64_t ttl_s;     /* <ttl>; 0: none */
};

/* The source an entry came from, as far as judging and telling need it; all borrowed. */
struct source {
	const char *feed; /* id */
	const char
	    *publisher; /* what counts as one voice; never NULL (feed id when not given) */
	bool is_official;
	const struct list *tags;
};

/* An entry as it stands in the store; entry and source are borrowed. */
struct stored_entry {
	const struct entry *entry;
	const struct source *source;
	int64_t id;       /* the surrogate id, for ever */
	int64_t seen_ms;  /* when it was first stored */
	int64_t now_ms;   /* when it is judged: of the result that brought it */
	bool is_backfill; /* older than its feed's backfill at a first sight (DESIGN 5) */
};

void entry_free(struct entry *entry);
MEM_AUTO(entry, entry_free);
struct entry *entry_copy(const struct entry *entry);
void entry_write(const struct entry *entry, struct buf *out);
/** Read what entry_write() wrote. Errors of kind FORMAT. */
bool entry_read(struct wire_reader *in, struct entry **entry, struct error *err);

void feed_head_clear(struct feed_head *head);
void feed_head_write(const struct feed_head *head, struct buf *out);
bool feed_head_read(struct wire_reader *in, struct feed_head *head, struct error *err);

/**
 * The canonical form of a link: scheme and host in lower case, no fragment, no utm_*
 * parameters (DESIGN 6). @return the caller's to free(); NULL for NULL
 */
char *entry_canonical_link(const char *link);

#endif
