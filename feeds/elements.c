/*
 * RSS 0.9x and 2.0, RSS 1.0, Atom 0.3 and 1.0, and the modules that stand in them.
 */
#include "feeds/elements.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "feeds/draft.h"
#include "feeds/url.h"

#define AT(place) (1u << (place))
#define IN_FEED AT(PLACE_FEED)
#define IN_ENTRY AT(PLACE_ENTRY)
#define IN_BOTH (IN_FEED | IN_ENTRY)

/* -- roots -- */

static void
set_format(struct draft *draft, const char *format)
{
	free(draft->head.format);
	draft->head.format = mem_strdup(format);
}

/* xml:lang of the root, for a feed that says nothing better. */
static void
set_language(struct draft *draft)
{
	if (draft->language != NULL)
		draft_language(draft, draft->language, 1);
}

static enum reading
begin_rss(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	static const char *const versions[] = { "0.90", "0.91", "0.92", "0.93", "0.94" };
	AUTO_FREE char *version = tag_attribute(tag, NULL, "version");
	AUTO_FREE char *format = NULL;

	for (size_t i = 0; version != NULL && i < sizeof(versions) / sizeof(*versions);
	     i++) {
		if (strcmp(version, versions[i]) == 0)
			format = mem_printf("rss%s", versions[i]);
	}
	set_format(draft, format != NULL ? format : "rss2.0");
	set_language(draft);
	return element->reading;
}

void
elements_note_rss(struct draft *draft, const char *uri)
{
	if (draft->head.format == NULL)
		set_format(draft,
		    uri != NULL && strstr(uri, "netscape") != NULL ? "rss0.90" : "rss1.0");
}

/* The Channel Definition Format has addresses and dates as attributes, in capitals. */
static void
take_cdf(struct draft *draft, const struct tag_view *tag)
{
	AUTO_FREE char *href = tag_attribute(tag, NULL, "HREF");
	AUTO_FREE char *changed = tag_attribute(tag, NULL, "LASTMOD");

	if (href != NULL)
		draft_link(draft, href, 3);
	if (changed != NULL)
		draft_updated(draft, changed, 3);
}

/* Its channel says what it is. */
static enum reading
begin_channel(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *about = tag_attribute(tag, NULL, "about");

	elements_note_rss(draft, tag->space);
	if (about != NULL)
		draft_id(draft, about, 1);
	take_cdf(draft, tag);
	return element->reading;
}

static enum reading
begin_atom(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	bool is_old = tag->space != NULL && strstr(tag->space, "purl.org") != NULL;
	AUTO_FREE char *version = tag_attribute(tag, NULL, "version");

	if (is_old && version != NULL && strcmp(version, "0.1") == 0)
		set_format(draft, "atom0.1");
	else if (is_old && version != NULL && strcmp(version, "0.2") == 0)
		set_format(draft, "atom0.2");
	else
		set_format(draft, is_old ? "atom0.3" : "atom1.0");
	set_language(draft);
	return element->reading;
}

static enum reading
begin_sitemap(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	set_format(draft, "sitemap");
	return element->reading;
}

static enum reading
begin_news(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	set_format(draft, "sitemap-news");
	return element->reading;
}

/* -- entries -- */

static enum reading
begin_item(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *about = tag_attribute(tag, NULL, "about");

	draft_begin_entry(draft);
	if (draft->head.format == NULL)
		set_format(draft, "rss1.0");
	if (about != NULL) {
		draft_id(draft, about, 1);
		draft_link(draft, about, 1);
	}
	take_cdf(draft, tag);
	return element->reading;
}

static enum reading
begin_entry(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	draft_begin_entry(draft);
	return element->reading;
}

/* RSS 2.0, <guid>: it is a link unless it says otherwise; one that says so may be a
 * relative one (MANNERS 2.14). */
static enum reading
begin_guid(struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *said = tag_attribute(tag, NULL, "isPermaLink");

	draft->guid = said == NULL                     ? GUID_UNSAID
		      : strcasecmp(said, "false") == 0 ? GUID_NO_LINK
						       : GUID_LINK;
	return element->reading;
}

static void
end_guid(struct draft *draft, const char *text, int worth)
{
	draft_id(draft, text, worth);
	if (draft->guid == GUID_LINK || (draft->guid == GUID_UNSAID && url_is_http(text)))
		draft_link(draft, text, 2);
}

static void
add_enclosure(
    struct draft *draft, const struct tag_view *tag, const char *url, const char *type)
{
	AUTO_FREE char *length = tag_attribute(tag, NULL, "length");

	if (length == NULL) /* media:content */
		length = tag_attribute(tag, NULL, "fileSize");
	draft_enclosure(draft, url, type, length);
}

/* RFC 4287 4.2.7 */
static enum reading
begin_atom_link(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *href = tag_attribute(tag, NULL, "href");
	AUTO_FREE char *rel = tag_attribute(tag, NULL, "rel");
	AUTO_FREE char *type = tag_attribute(tag, NULL, "type");
	bool is_html = type == NULL || strstr(type, "html") != NULL;

	/* some write it as text */
	if (href == NULL)
		return rel == NULL || strcasecmp(rel, "alternate") == 0 ? element->reading
									: READ_NOTHING;
	if (rel != NULL && strcasecmp(rel, "enclosure") == 0)
		add_enclosure(draft, tag, href, type);
	else if (rel == NULL || strcasecmp(rel, "alternate") == 0)
		draft_link(draft, href, is_html ? 5 : 4);
	else if (draft->entry != NULL && strcasecmp(rel, "self") != 0 &&
		 strcasecmp(rel, "edit") != 0 && strcasecmp(rel, "replies") != 0)
		draft_link(draft, href, 1);
	return READ_NOTHING;
}

static enum reading
begin_enclosure(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *url = tag_attribute(tag, NULL, "url");
	AUTO_FREE char *type = tag_attribute(tag, NULL, "type");

	if (url != NULL)
		add_enclosure(draft, tag, url, type);
	return element->reading;
}

static enum reading
begin_category(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *term = tag_attribute(tag, NULL, "term");
	AUTO_FREE char *label = tag_attribute(tag, NULL, "label");

	if (term != NULL)
		draft_category(draft, term);
	if (label != NULL)
		draft_category(draft, label);
	return element->reading;
}

static enum reading
begin_itunes_category(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *text = tag_attribute(tag, NULL, "text");

	if (text != NULL)
		draft_category(draft, text);
	return element->reading;
}

/* RFC 4287 4.1.3.3; Atom 0.3 says mode= for what type= says since. */
static enum reading
begin_construct(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *type = tag_attribute(tag, NULL, "type");
	AUTO_FREE char *mode = tag_attribute(tag, NULL, "mode");
	bool is_html = type != NULL && strcasestr(type, "html") != NULL;

	if (mode != NULL && strcasecmp(mode, "escaped") == 0)
		return type == NULL || is_html ? READ_HTML : READ_PLAIN;
	if (mode != NULL && strcasecmp(mode, "base64") == 0)
		return is_html ? READ_BASE64_HTML : READ_BASE64_TEXT;
	if (mode != NULL || (type != NULL && strcasestr(type, "xml") != NULL) ||
	    (type != NULL && strcasestr(type, "xhtml") != NULL))
		return READ_XHTML;
	if (is_html)
		return READ_HTML;
	if (type == NULL || type[0] == '\0' || strcasecmp(type, "text") == 0 ||
	    strncasecmp(type, "text/", 5) == 0)
		return READ_PLAIN;
	return READ_BASE64_HTML; /* other media types (RFC 4287 4.1.3.3) */
}

static enum reading
begin_atom_content(
    struct draft *draft, const struct tag_view *tag, const struct element *element)
{
	AUTO_FREE char *src = tag_attribute(tag, NULL, "src");

	if (src != NULL)
		draft_link(draft, src, 1);
	return begin_construct(draft, tag, element);
}

/* -- texts -- */

/* "mail@example.org (Name)", "Name (mail@example.org)", "Name <mail@example.org>" */
static void
end_mail_author(struct draft *draft, const char *text, int worth)
{
	AUTO_BUF struct buf name = BUF_EMPTY;
	const char *at = strchr(text, '@');
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (at != NULL && open != NULL && close != NULL && at > open && at < close)
		buf_add(&name, text, (size_t)(open - text));
	else if (at != NULL && open != NULL && close != NULL && close > open + 1)
		buf_add(&name, open + 1, (size_t)(close - open) - 1);
	else if (strchr(text, '<') != NULL && strchr(text, '@') != NULL)
		buf_add(&name, text, strcspn(text, "<"));
	while (name.len > 0 && name.data[name.len - 1] == ' ')
		name.data[--name.len] = '\0';
	draft_author(draft, name.len > 0 ? name.data : text);
}

/* An RSS item with two of <description> and <summary>: the second is the longer text. */
static void
end_description(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL && draft->entry_worths.summary >= worth)
		draft_content(draft, text, 1);
	else
		draft_summary(draft, text, worth);
}

static void
end_author(struct draft *draft, const char *text, int worth)
{
	draft_author(draft, text);
}

static void
end_category(struct draft *draft, const char *text, int worth)
{
	draft_category(draft, text);
}

/* <news:keywords>: one text, with commas between. */
static void
end_keywords(struct draft *draft, const char *text, int worth)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		AUTO_FREE char *keyword = mem_strndup(text, len);

		draft_category(draft, keyword);
		text += len;
		text += strspn(text, ", ");
	}
}

static void
end_ttl(struct draft *draft, const char *text, int worth)
{
	draft_ttl(draft, text);
}

/* The first row that fits counts. */
static const struct element elements[] = {
	/* roots */
	{ AT(PLACE_DOCUMENT), SPACE_RSS, "rss", PLACE_ROOT, .begin = begin_rss },
	{ AT(PLACE_DOCUMENT), SPACE_RDF, "RDF", PLACE_ROOT },
	{ AT(PLACE_DOCUMENT), SPACE_ATOM, "feed", PLACE_FEED, .begin = begin_atom },
	{ AT(PLACE_DOCUMENT), SPACE_RSS, "feed", PLACE_FEED, .begin = begin_atom },
	{ AT(PLACE_DOCUMENT) | AT(PLACE_ROOT), SPACE_RSS, "channel", PLACE_FEED,
	    .begin = begin_channel },
	{ AT(PLACE_ROOT) | IN_BOTH, SPACE_RSS, "item", PLACE_ENTRY, .begin = begin_item },
	{ IN_BOTH, SPACE_ATOM, "entry", PLACE_ENTRY, .begin = begin_entry },

	/* RSS */
	{ IN_BOTH, SPACE_RSS, "title", PLACE_TEXT, READ_HTML, 5, .end = draft_title },
	{ IN_BOTH, SPACE_RSS, "link", PLACE_TEXT, READ_RAW, 6, begin_atom_link,
	    draft_link },
	{ IN_BOTH, SPACE_RSS, "description", PLACE_TEXT, READ_HTML, 5,
	    .end = end_description },
	{ IN_ENTRY, SPACE_RSS, "summary", PLACE_TEXT, READ_HTML, 5,
	    .end = end_description },
	{ IN_ENTRY, SPACE_RSS, "fullitem", PLACE_TEXT, READ_HTML, 4, .end = draft_content },
	{ IN_ENTRY, SPACE_RSS, "body", PLACE_TEXT, READ_XHTML, 3, .end = draft_content },
	{ IN_BOTH, SPACE_RSS, "tags", PLACE_TEXT, READ_PLAIN, 5, .end = end_keywords },
	{ IN_ENTRY, SPACE_RSS, "guid", PLACE_TEXT, READ_RAW, 5, begin_guid, end_guid },
	{ IN_BOTH, SPACE_RSS, "pubDate", PLACE_TEXT, READ_RAW, 5, .end = draft_published },
	{ IN_FEED, SPACE_RSS, "lastBuildDate", PLACE_TEXT, READ_RAW, 6,
	    .end = draft_updated },
	{ IN_ENTRY, SPACE_RSS, "author", PLACE_TEXT, READ_RAW, 5, .end = end_mail_author },
	{ IN_FEED, SPACE_RSS, "author", PLACE_TEXT, READ_RAW, 5, .end = end_mail_author },
	{ IN_FEED, SPACE_RSS, "managingEditor", PLACE_TEXT, READ_RAW, 5,
	    .end = end_mail_author },
	{ IN_BOTH, SPACE_RSS, "category", PLACE_TEXT, READ_HTML, 5, .end = end_category },
	{ IN_FEED, SPACE_RSS, "image", PLACE_SKIP },
	{ IN_FEED, SPACE_RSS, "textInput", PLACE_SKIP },
	{ IN_ENTRY, SPACE_RSS, "enclosure", PLACE_SKIP, .begin = begin_enclosure },
	{ IN_FEED, SPACE_RSS, "language", PLACE_TEXT, READ_RAW, 5, .end = draft_language },
	{ IN_FEED, SPACE_RSS, "ttl", PLACE_TEXT, READ_RAW, 5, .end = end_ttl },
	{ IN_ENTRY, SPACE_XHTML, "body", PLACE_TEXT, READ_XHTML, 4, .end = draft_content },
	{ IN_ENTRY, SPACE_XHTML, "div", PLACE_TEXT, READ_XHTML, 3, .end = draft_content },
	{ IN_ENTRY, SPACE_CONTENT, "encoded", PLACE_TEXT, READ_HTML, 5,
	    .end = draft_content },

	/* Channel Definition Format */
	{ IN_BOTH, SPACE_RSS, "abstract", PLACE_TEXT, READ_HTML, 4, .end = draft_summary },

	/* Atom 1.0, then what only 0.3 has */
	{ IN_BOTH, SPACE_ATOM, "title", PLACE_TEXT, READ_PLAIN, 6, begin_construct,
	    draft_title },
	{ IN_BOTH, SPACE_ATOM, "link", PLACE_TEXT, READ_RAW, 4, begin_atom_link,
	    draft_link },
	{ IN_BOTH, SPACE_ATOM, "id", PLACE_TEXT, READ_RAW, 6, .end = draft_id },
	{ IN_ENTRY, SPACE_ATOM, "summary", PLACE_TEXT, READ_PLAIN, 6, begin_construct,
	    draft_summary },
	{ IN_FEED, SPACE_ATOM, "subtitle", PLACE_TEXT, READ_PLAIN, 6, begin_construct,
	    draft_summary },
	{ IN_ENTRY, SPACE_ATOM, "content", PLACE_TEXT, READ_PLAIN, 6, begin_atom_content,
	    draft_content },
	{ IN_BOTH, SPACE_ATOM, "published", PLACE_TEXT, READ_RAW, 6,
	    .end = draft_published },
	{ IN_BOTH, SPACE_ATOM, "updated", PLACE_TEXT, READ_RAW, 6, .end = draft_updated },
	{ IN_BOTH, SPACE_ATOM, "author", PLACE_PERSON },
	{ IN_BOTH, SPACE_ATOM, "category", PLACE_SKIP, .begin = begin_category },
	{ AT(PLACE_PERSON), SPACE_ATOM, "name", PLACE_TEXT, READ_PLAIN, 6,
	    .end = end_author },
	{ IN_FEED, SPACE_ATOM, "tagline", PLACE_TEXT, READ_PLAIN, 6, begin_construct,
	    draft_summary },
	{ IN_BOTH, SPACE_ATOM, "issued", PLACE_TEXT, READ_RAW, 6, .end = draft_published },
	{ IN_BOTH, SPACE_ATOM, "created", PLACE_TEXT, READ_RAW, 3, .end = draft_published },
	{ IN_BOTH, SPACE_ATOM, "modified", PLACE_TEXT, READ_RAW, 6, .end = draft_updated },

	/* sitemaps, with Google's news in them */
	{ AT(PLACE_DOCUMENT), SPACE_SITEMAP, "urlset", PLACE_FEED, .begin = begin_sitemap },
	{ IN_BOTH, SPACE_SITEMAP, "url", PLACE_ENTRY, .begin = begin_entry },
	{ IN_ENTRY, SPACE_SITEMAP, "loc", PLACE_TEXT, READ_RAW, 6, .end = draft_link },
	{ IN_ENTRY, SPACE_SITEMAP, "lastmod", PLACE_TEXT, READ_RAW, 6,
	    .end = draft_updated },
	{ IN_ENTRY, SPACE_NEWS, "news", PLACE_SAME, .begin = begin_news },
	{ IN_ENTRY, SPACE_NEWS, "publication", PLACE_SAME },
	{ IN_ENTRY, SPACE_NEWS, "language", PLACE_TEXT, READ_RAW, 5,
	    .end = draft_language },
	{ IN_ENTRY, SPACE_NEWS, "publication_date", PLACE_TEXT, READ_RAW, 6,
	    .end = draft_published },
	{ IN_ENTRY, SPACE_NEWS, "title", PLACE_TEXT, READ_HTML, 6, .end = draft_title },
	{ IN_ENTRY, SPACE_NEWS, "keywords", PLACE_TEXT, READ_PLAIN, 5,
	    .end = end_keywords },

	/* modules */
	{ IN_BOTH, SPACE_DC, "title", PLACE_TEXT, READ_HTML, 3, .end = draft_title },
	{ IN_BOTH, SPACE_DC, "description", PLACE_TEXT, READ_HTML, 4,
	    .end = draft_summary },
	{ IN_BOTH, SPACE_DC, "identifier", PLACE_TEXT, READ_RAW, 2, .end = draft_id },
	{ IN_BOTH, SPACE_DC, "creator", PLACE_TEXT, READ_HTML, 5, .end = end_author },
	{ IN_BOTH, SPACE_DC, "author", PLACE_TEXT, READ_HTML, 5, .end = end_author },
	{ IN_BOTH, SPACE_DC, "subject", PLACE_TEXT, READ_HTML, 5, .end = end_category },
	{ IN_BOTH, SPACE_DC, "language", PLACE_TEXT, READ_RAW, 4, .end = draft_language },
	{ IN_BOTH, SPACE_DC, "date", PLACE_TEXT, READ_RAW, 4, .end = draft_published },
	{ IN_BOTH, SPACE_DCTERMS, "issued", PLACE_TEXT, READ_RAW, 4,
	    .end = draft_published },
	{ IN_BOTH, SPACE_DCTERMS, "created", PLACE_TEXT, READ_RAW, 3,
	    .end = draft_published },
	{ IN_BOTH, SPACE_DCTERMS, "modified", PLACE_TEXT, READ_RAW, 4,
	    .end = draft_updated },
	{ IN_ENTRY, SPACE_MEDIA, "group", PLACE_SAME },
	{ IN_ENTRY, SPACE_MEDIA, "content", PLACE_SAME, .begin = begin_enclosure },
	{ IN_ENTRY, SPACE_MEDIA, "title", PLACE_TEXT, READ_HTML, 2, .end = draft_title },
	{ IN_ENTRY, SPACE_MEDIA, "description", PLACE_TEXT, READ_HTML, 2,
	    .end = draft_summary },
	{ IN_ENTRY, SPACE_MEDIA, "category", PLACE_TEXT, READ_HTML, 4,
	    .end = end_category },
	{ IN_BOTH, SPACE_ITUNES, "keywords", PLACE_TEXT, READ_PLAIN, 5,
	    .end = end_keywords },
	{ IN_BOTH, SPACE_ITUNES, "category", PLACE_SAME, .begin = begin_itunes_category },
	{ IN_BOTH, SPACE_ITUNES, "author", PLACE_TEXT, READ_HTML, 5, .end = end_author },
	{ IN_BOTH, SPACE_ITUNES, "summary", PLACE_TEXT, READ_HTML, 3,
	    .end = draft_summary },
	{ IN_BOTH, SPACE_ITUNES, "subtitle", PLACE_TEXT, READ_HTML, 1,
	    .end = draft_summary },
};

/* RSS has publishers that write <Title>. */
static bool
is_name(const struct element *element, const char *name)
{
	if (element->space == SPACE_RSS)
		return strcasecmp(element->name, name) == 0;
	return strcmp(element->name, name) == 0;
}

const struct element *
elements_find(enum place place, enum space space, const char *name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
		const struct element *row = &elements[i];

		if ((row->places & AT(place)) != 0 && row->space == space &&
		    is_name(row, name))
			return row;
	}
	return NULL;
}
