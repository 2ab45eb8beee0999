/*
 * A feed and its entry while they are being read: the elements put in what they hold, in
 * any order; what is worth more wins, of the same worth the first.
 */
#ifndef FEEDS_DRAFT_H
#define FEEDS_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "feeds/entry.h"

/* How good a value is for its field; 0: there is none. */
struct worths {
	int title, link, summary, content, id, published, updated, language;
};

/* What an RSS guid says of itself: isPermaLink= */
enum guid { GUID_UNSAID, GUID_LINK, GUID_NO_LINK };

struct draft {
	struct feed_head head;
	struct worths head_worths;
	struct entry *entry; /* owned; NULL outside of an entry */
	struct worths entry_worths;
	enum guid guid;        /* the one that is being read */
	const char *base;      /* of links, in scope; borrowed; NULL: not known */
	const char *language;  /* xml:lang in scope; borrowed */
	char *header_language; /* owned; what the asker said of the document */
};

void draft_init(struct draft *draft, const char *content_language);
void draft_clear(struct draft *draft);

void draft_begin_entry(struct draft *draft);
/** @return the finished entry, the caller's to free; NULL when none was begun, or it
 * is empty */
struct entry *draft_end_entry(struct draft *draft);

/*
 * Each sets a field of the entry, or of the feed outside of one. Texts are borrowed; ""
 * sets nothing.
 */
void draft_title(struct draft *draft, const char *text, int worth);
void draft_summary(struct draft *draft, const char *text, int worth);
void draft_content(struct draft *draft, const char *text, int worth);
void draft_id(struct draft *draft, const char *text, int worth);
void draft_language(struct draft *draft, const char *text, int worth);
void draft_author(struct draft *draft, const char *text);
void draft_category(struct draft *draft, const char *text);
/** A reference as the feed gives it; made absolute here. */
void draft_link(struct draft *draft, const char *reference, int worth);
/** @param type, length  as given, or NULL */
void draft_enclosure(
    struct draft *draft, const char *reference, const char *type, const char *length);
/** A date that cannot be read sets nothing. */
void draft_published(struct draft *draft, const char *text, int worth);
void draft_updated(struct draft *draft, const char *text, int worth);
void draft_ttl(struct draft *draft, const char *text);

#endif
