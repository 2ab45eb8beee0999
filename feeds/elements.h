/*
 * The elements of feeds, by table: where one may stand, what it opens, how its text is read
 * and where that goes.
 */
#ifndef FEEDS_ELEMENTS_H
#define FEEDS_ELEMENTS_H

#include <stdbool.h>

struct draft;

/* Where an element stands. */
enum place {
	PLACE_DOCUMENT, /* it is the root */
	PLACE_ROOT,     /* in <rss> or <rdf:RDF> */
	PLACE_FEED,
	PLACE_ENTRY,
	PLACE_PERSON, /* in Atom's <author> */
	PLACE_TEXT,   /* in an element whose text is gathered */
	PLACE_SKIP,   /* in one that says nothing to us */
	PLACE_SAME,   /* what it opens: its children stand where it stands */
};

/* Namespaces; those that mean the same are one. */
enum space {
	SPACE_OTHER,
	SPACE_RSS, /* all its versions, none at all too */
	SPACE_ATOM,
	SPACE_RDF,
	SPACE_DC,
	SPACE_DCTERMS,
	SPACE_CONTENT,
	SPACE_MEDIA,
	SPACE_ITUNES,
	SPACE_XHTML,
	SPACE_SITEMAP,
	SPACE_NEWS, /* Google's, in sitemaps */
};

/* How gathered text is made plain. */
enum reading {
	READ_NOTHING,
	READ_RAW,   /* an id, a date: as it stands */
	READ_PLAIN, /* text */
	READ_HTML,  /* text that may be escaped HTML */
	READ_XHTML, /* markup in the feed's own XML */
	READ_BASE64_TEXT,
	READ_BASE64_HTML,
};

/* What libxml2 gives of an element. */
struct tag_view {
	const char *name;
	const char *space;             /* URI or NULL */
	const char *const *attributes; /* five each: name, prefix, URI, value, its end */
	int count;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order of the tables */
struct element {
	unsigned places; /* bits */
	enum space space;
	const char *name;
	enum place opens;
	enum reading reading; /* with PLACE_TEXT */
	int worth;            /* against others for the same field */
	/* may be NULL; the returned reading replaces the row's */
	enum reading (*begin)(
	    struct draft *draft, const struct tag_view *tag, const struct element *element);
	void (*end)(struct draft *draft, const char *text, int worth); /* or NULL */
};

/** @param prefix  says what is meant when uri is NULL */
enum space elements_space(const char *uri, const char *prefix);
/** @return NULL when that element says nothing there */
const struct element *elements_find(enum place place, enum space space, const char *name);
/** The root declares a namespace of RSS: that says what the feed is, unless it is known. */
void elements_note_rss(struct draft *draft, const char *uri);
/** The value of an attribute, the caller's to free(); NULL when it has none. uri NULL: any.
 */
char *tag_attribute(const struct tag_view *tag, const char *uri, const char *name);

#endif
