/*
 * HTML through libxml2's parser and XPath, into entries. The page is hostile, the XPaths
 * are the user's: they are bounded in steps all the same, for what a page makes of them.
 */
#include "feeds/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "feeds/draft.h"
#include "feeds/job.h"
#include "feeds/plain.h"
#include "feeds/url.h"

#define STEPS_MAX 50000000UL /* of one XPath: seconds */
#define OPTIONS \
	(HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET)

struct page {
	const struct page_paths *paths; /* borrowed */
	struct draft draft;
	parse_entry_fn *on_entry;
	void *ctx;
	char *url, *base; /* owned; or NULL */
	struct buf document;
	struct buf plain; /* of one field */
	xmlXPathContextPtr xpath;
	xmlXPathCompExprPtr compiled[PAGE_FIELDS]; /* owned; NULL: not given */
	const char *why;                           /* what XPath complained of last */
	int why_at; /* its character there, from 1; 0: not known */
	size_t told;
};

/* What it would print goes to nobody. */
static void
on_print(void *ctx, const char *format, ...)
{
}

struct page *
page_new(const struct page_paths *paths, const char *url, const char *language,
    parse_entry_fn *on_entry, void *ctx)
{
	struct page *page = mem_zalloc(sizeof(*page));

	xmlSetGenericErrorFunc(NULL, on_print);
	page->paths = paths;
	page->url = mem_strdup(url);
	page->on_entry = on_entry;
	page->ctx = ctx;
	draft_init(&page->draft, language);
	page->draft.base = page->url;
	return page;
}

void
page_free(struct page *page)
{
	if (page == NULL)
		return;
	for (int i = 0; i < PAGE_FIELDS; i++)
		xmlXPathFreeCompExpr(page->compiled[i]);
	xmlXPathFreeContext(page->xpath);
	draft_clear(&page->draft);
	buf_clear(&page->document);
	buf_clear(&page->plain);
	free(page->url);
	free(page->base);
	free(page);
}

bool
page_add(void *ctx, const char *bytes, size_t len, struct error *err)
{
	struct page *page = ctx;

	if (page->document.len + len > PAGE_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "too large",
		    "more than %u bytes of HTML", PAGE_MAX_BYTES);
	buf_add(&page->document, bytes, len);
	return true;
}

/* -- XPath -- */

/* libxml2 gives a number and a place here, and no text. */
static const struct complaint {
	int code;
	const char *text;
} complaints[] = {
	{ XML_XPATH_UNFINISHED_LITERAL_ERROR, "a quote is not closed" },
	{ XML_XPATH_START_LITERAL_ERROR, "a text in quotes is missing" },
	{ XML_XPATH_VARIABLE_REF_ERROR, "a variable has no name" },
	{ XML_XPATH_UNDEF_VARIABLE_ERROR, "there are no variables here" },
	{ XML_XPATH_INVALID_PREDICATE_ERROR, "what stands in [] is wrong" },
	{ XML_XPATH_EXPR_ERROR, "not understood" },
	{ XML_XPATH_UNCLOSED_ERROR, "a parenthesis is not closed" },
	{ XML_XPATH_UNKNOWN_FUNC_ERROR, "a function is not known" },
	{ XML_XPATH_INVALID_OPERAND, "a value of the wrong kind" },
	{ XML_XPATH_INVALID_TYPE, "a value of the wrong kind" },
	{ XML_XPATH_INVALID_ARITY, "a function has the wrong number of arguments" },
	{ XML_XPATH_UNDEF_PREFIX_ERROR, "HTML has no prefixes" },
};

static void
on_xpath_error(void *ctx, xmlErrorPtr error) // NOLINT(readability-non-const-parameter)
{
	struct page *page = ctx;

	page->why = "not understood, or too much work";
	for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++) {
		if (complaints[i].code == error->code)
			page->why = complaints[i].text;
	}
	page->why_at = error->str1 != NULL && error->int1 >= 0 ? error->int1 + 1 : 0;
}

static bool
fail_field(const struct page *page, enum page_field field, struct error *err)
{
	char at[32] = "";

	if (page->why_at > 0)
		(void)snprintf(at, sizeof(at), " (at character %d)", page->why_at);
	return error_set(err, ERROR_FORMAT, "page", "%s%s: %s: %s%s",
	    field == PAGE_ITEM ? "" : "fields: ", page_field_name(field),
	    page->paths->path[field], page->why != NULL ? page->why : "no value", at);
}

static bool
compile(struct page *page, struct error *err)
{
	for (int i = 0; i < PAGE_FIELDS; i++) {
		const char *path = page->paths->path[i];

		if (path == NULL)
			continue;
		page->compiled[i] = xmlXPathCtxtCompile(page->xpath, (const xmlChar *)path);
		if (page->compiled[i] == NULL)
			return fail_field(page, (enum page_field)i, err);
	}
	return true;
}

/* What an XPath gives, seen from a node. @return NULL with err set when it cannot be had */
static xmlXPathObjectPtr
evaluate(struct page *page, enum page_field field, xmlNodePtr from, struct error *err)
{
	xmlXPathObjectPtr object;

	page->xpath->node = from;
	page->xpath->opCount = 0;
	object = xmlXPathCompiledEval(page->compiled[field], page->xpath);
	if (object == NULL)
		(void)fail_field(page, field, err);
	return object;
}

/* -- fields -- */

typedef void use_fn(struct page *page, const char *text);

static void
use_title(struct page *page, const char *text)
{
	draft_title(&page->draft, text, 1);
}

static void
use_link(struct page *page, const char *text)
{
	draft_link(&page->draft, text, 1);
}

static void
use_summary(struct page *page, const char *text)
{
	draft_summary(&page->draft, text, 1);
}

static void
use_content(struct page *page, const char *text)
{
	draft_content(&page->draft, text, 1);
}

static void
use_published(struct page *page, const char *text)
{
	draft_published(&page->draft, text, 1);
}

static void
use_id(struct page *page, const char *text)
{
	draft_id(&page->draft, text, 1);
}

static void
use_author(struct page *page, const char *text)
{
	draft_author(&page->draft, text);
}

static void
use_category(struct page *page, const char *text)
{
	draft_category(&page->draft, text);
}

static use_fn *const uses[PAGE_FIELDS] = {
	[PAGE_TITLE] = use_title,
	[PAGE_LINK] = use_link,
	[PAGE_SUMMARY] = use_summary,
	[PAGE_CONTENT] = use_content,
	[PAGE_PUBLISHED] = use_published,
	[PAGE_ID] = use_id,
	[PAGE_AUTHOR] = use_author,
	[PAGE_CATEGORY] = use_category,
};

static void
use_plain(struct page *page, enum page_field field)
{
	uses[field](page, buf_text(&page->plain));
}

/* Takes the text, which is libxml2's. */
static void
use_text(struct page *page, enum page_field field, xmlChar *text)
{
	buf_reset(&page->plain);
	if (text != NULL)
		plain_add_text(
		    &page->plain, (const char *)text, strlen((const char *)text));
	xmlFree(text);
	use_plain(page, field);
}

/* An element is read as a person would: <br> parts words, scripts are no text. */
static void
use_node(struct page *page, enum page_field field, xmlNodePtr node)
{
	xmlBufferPtr html;

	if (node->type != XML_ELEMENT_NODE) {
		use_text(page, field, xmlXPathCastNodeToString(node));
		return;
	}
	html = xmlBufferCreate();
	if (html == NULL || htmlNodeDump(html, node->doc, node) < 0)
		abort(); /* out of memory */
	buf_reset(&page->plain);
	plain_add_html(&page->plain, (const char *)xmlBufferContent(html),
	    (size_t)xmlBufferLength(html));
	xmlBufferFree(html);
	use_plain(page, field);
}

static bool
read_field(struct page *page, enum page_field field, xmlNodePtr item, struct error *err)
{
	bool is_list = field == PAGE_AUTHOR || field == PAGE_CATEGORY;
	xmlXPathObjectPtr object;

	if (page->compiled[field] == NULL)
		return true;
	object = evaluate(page, field, item, err);
	if (object == NULL)
		return false;
	if (object->type != XPATH_NODESET) {
		use_text(page, field, xmlXPathCastToString(object));
	} else if (!xmlXPathNodeSetIsEmpty(object->nodesetval)) {
		const xmlNodeSet *nodes = object->nodesetval;

		for (int i = 0; i < (is_list ? nodes->nodeNr : 1); i++)
			use_node(page, field, nodes->nodeTab[i]);
	}
	xmlXPathFreeObject(object);
	return true;
}

/* -- the document -- */

static bool
read_item(struct page *page, xmlNodePtr item, struct error *err)
{
	struct entry *entry;

	draft_begin_entry(&page->draft);
	for (int i = PAGE_ITEM + 1; i < PAGE_FIELDS; i++) {
		if (!read_field(page, (enum page_field)i, item, err))
			return false;
	}
	entry = draft_end_entry(&page->draft);
	if (entry == NULL)
		return true;
	/* what has no title is a heading or a gap in the list, and no entry */
	if (entry->title[0] == '\0') {
		entry_free(entry);
		return true;
	}
	page->told++;
	page->on_entry(page->ctx, entry);
	return true;
}

/* The nodes that are entries; at least one. Borrowed from the object. */
static const xmlNodeSet *
item_nodes(const struct page *page, const xmlXPathObject *items, struct error *err)
{
	const char *path = page->paths->path[PAGE_ITEM];

	if (items->type != XPATH_NODESET)
		error_set(err, ERROR_FORMAT, "page", "item: %s: gives a value and no nodes",
		    path);
	else if (items->nodesetval == NULL || items->nodesetval->nodeNr == 0)
		error_set(err, ERROR_FORMAT, "page",
		    "item: %s: finds nothing; the page has changed, or is another one",
		    path);
	else
		return items->nodesetval;
	return NULL;
}

static bool
read_items(struct page *page, xmlDocPtr document, struct error *err)
{
	xmlXPathObjectPtr items =
	    evaluate(page, PAGE_ITEM, xmlDocGetRootElement(document), err);
	const xmlNodeSet *nodes = items != NULL ? item_nodes(page, items, err) : NULL;
	bool is_good = nodes != NULL;

	for (int i = 0; is_good && i < nodes->nodeNr; i++)
		is_good = read_item(page, nodes->nodeTab[i], err);
	xmlXPathFreeObject(items);
	if (is_good && page->told == 0)
		is_good = error_set(err, ERROR_FORMAT, "page",
		    "fields: title: %s: finds nothing in any item",
		    page->paths->path[PAGE_TITLE]);
	return is_good;
}

/* One text of the page itself; "" when it has none. Valid until the next one. */
static const char *
own_text(struct page *page, const char *path)
{
	xmlXPathObjectPtr object = xmlXPathEval((const xmlChar *)path, page->xpath);
	xmlChar *text = object != NULL ? xmlXPathCastToString(object) : NULL;

	buf_reset(&page->plain);
	if (text != NULL)
		plain_add_text(
		    &page->plain, (const char *)text, strlen((const char *)text));
	xmlFree(text);
	xmlXPathFreeObject(object);
	return buf_text(&page->plain);
}

static void
read_head(struct page *page)
{
	struct draft *draft = &page->draft;
	const char *base;

	draft->head.format = mem_strdup("page");
	draft_title(draft, own_text(page, "string(//head/title)"), 1);
	draft_language(draft, own_text(page, "string(/html/@lang)"), 1);
	if (page->url != NULL)
		draft_link(draft, page->url, 1);
	base = own_text(page, "string(//head/base/@href)");
	if (base[0] == '\0')
		return;
	page->base = url_resolve(page->url, base);
	if (page->base != NULL)
		draft->base = page->base;
}

static bool
read_document(struct page *page, xmlDocPtr document, struct error *err)
{
	page->xpath = xmlXPathNewContext(document);
	if (page->xpath == NULL)
		abort(); /* out of memory */
	page->xpath->error = on_xpath_error;
	page->xpath->userData = page;
	page->xpath->opLimit = STEPS_MAX;
	page->xpath->node = (xmlNodePtr)document;
	if (!compile(page, err))
		return false;
	read_head(page);
	return read_items(page, document, err);
}

bool
page_end(struct page *page, struct error *err)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	xmlDocPtr document;
	bool is_good;

	text_repair(&text, buf_text(&page->document), page->document.len);
	buf_reset(&page->document);
	document =
	    htmlReadMemory(buf_text(&text), (int)text.len, page->url, "UTF-8", OPTIONS);
	if (document == NULL)
		return error_set(err, ERROR_FORMAT, "page", "no HTML");
	is_good = read_document(page, document, err);
	xmlXPathFreeContext(page->xpath); /* before the document it looks at */
	page->xpath = NULL;
	xmlFreeDoc(document);
	return is_good;
}

const struct feed_head *
page_head(const struct page *page)
{
	return &page->draft.head;
}

/* -- encoding -- */

static bool
ends_name(char c)
{
	return strchr(" \t\r\n\"'/>;", c) != NULL; /* also the NUL */
}

char *
page_charset(const char *head, size_t len)
{
	AUTO_FREE char *text = mem_strndup(head, strnlen(head, len));
	const char *meta = text;

	while ((meta = strcasestr(meta, "<meta")) != NULL) {
		AUTO_FREE char *tag = mem_strndup(meta, strcspn(meta, ">"));
		const char *name = strcasestr(tag, "charset=");
		size_t name_len = 0;

		meta++;
		if (name == NULL)
			continue;
		name += strlen("charset=");
		name += strspn(name, " \t\r\n\"'");
		while (!ends_name(name[name_len]))
			name_len++;
		if (name_len > 0)
			return mem_strndup(name, name_len);
	}
	return NULL;
}
