/*
 * The namespaces of feeds and of the modules in them, under the names they go by.
 */
#include <string.h>
#include <strings.h>

#include "feeds/elements.h"

static const struct space_name {
	const char *uri; /* without a slash or # at the end */
	const char *prefix;
	enum space space;
} spaces[] = {
	{ "http://www.w3.org/2005/Atom", "atom", SPACE_ATOM },
	{ "http://purl.org/atom/ns", NULL, SPACE_ATOM },
	{ "http://purl.org/rss/1.0", "rss", SPACE_RSS },
	{ "http://my.netscape.com/rdf/simple/0.9", NULL, SPACE_RSS },
	{ "http://channel.netscape.com/rdf/simple/0.9", NULL, SPACE_RSS },
	{ "http://my.netscape.com/publish/formats/rss-0.91.dtd", NULL, SPACE_RSS },
	{ "http://backend.userland.com/rss2", NULL, SPACE_RSS },
	{ "http://backend.userland.com/RSS2", NULL, SPACE_RSS },
	{ "http://blogs.law.harvard.edu/tech/rss", NULL, SPACE_RSS },
	{ "http://purl.org/rss/2.0", NULL, SPACE_RSS },
	{ "http://purl.org/net/rss1.1", NULL, SPACE_RSS },
	{ "http://www.w3.org/1999/02/22-rdf-syntax-ns", "rdf", SPACE_RDF },
	{ "http://purl.org/dc/elements/1.1", "dc", SPACE_DC },
	{ "http://purl.org/dc/elements/1.0", NULL, SPACE_DC },
	{ "http://purl.org/dc/terms", "dcterms", SPACE_DCTERMS },
	{ "http://purl.org/rss/1.0/modules/content", "content", SPACE_CONTENT },
	{ "http://search.yahoo.com/mrss", "media", SPACE_MEDIA },
	{ "http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes", SPACE_ITUNES },
	{ "http://www.w3.org/1999/xhtml", "xhtml", SPACE_XHTML },
	{ "http://www.sitemaps.org/schemas/sitemap/0.9", NULL, SPACE_SITEMAP },
	{ "http://www.google.com/schemas/sitemap/0.84", NULL, SPACE_SITEMAP },
	{ "http://www.google.com/schemas/sitemap-news/0.9", "news", SPACE_NEWS },
};

enum space
elements_space(const char *uri, const char *prefix)
{
	size_t len;

	if (uri == NULL && prefix == NULL)
		return SPACE_RSS;
	len = uri == NULL ? 0 : strlen(uri);
	while (len > 0 && (uri[len - 1] == '/' || uri[len - 1] == '#'))
		len--;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		const struct space_name *row = &spaces[i];

		if (uri != NULL
			? strlen(row->uri) == len && strncasecmp(uri, row->uri, len) == 0
			: row->prefix != NULL && strcmp(prefix, row->prefix) == 0)
			return row->space;
	}
	return SPACE_OTHER;
}
