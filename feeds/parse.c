/*
 * SAX events to the table of elements.
 *
 * A stack of levels says what place each open element is for its children. While an element
 * whose text is wanted is open, text is gathered; markup inside of it is gathered as HTML,
 * to be made plain with the rest.
 */
#include "feeds/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/error.h"
#include "feeds/draft.h"
#include "feeds/elements.h"
#include "feeds/gathered.h"
#include "feeds/plain.h"
#include "feeds/repair.h"
#include "feeds/url.h"

#define LEVELS_MAX (REPAIR_DEPTH_MAX + 1)
#define CACHE_ROWS 64 /* a power of two */
#define NO_LEVEL (-1)
#define XML_SPACE "http://www.w3.org/XML/1998/namespace"

struct level {
	const struct element *element; /* NULL: it says nothing */
	enum place place;              /* for its children */
	char *base;                    /* owned; NULL: the outer one's */
	char *language;
};

/* Names and URIs are in libxml2's dictionary: equal pointers are equal texts. */
struct cached {
	const xmlChar *name, *uri;
	enum place place;
	const struct element *element;
};

struct parse {
	xmlParserCtxtPtr xml; /* owned */
	char *url;            /* owned; or NULL */
	parse_entry_fn *on_entry;
	void *ctx;
	struct draft draft;
	struct level levels[LEVELS_MAX];
	int depth;
	struct buf text; /* gathered */
	struct buf plain;
	int text_level; /* of the element that it is gathered for */
	enum reading reading;
	enum space no_space;    /* what elements without a namespace belong to */
	const xmlChar *own_uri; /* a namespace of the root that nobody knows is that too */
	bool has_root;
	struct error error; /* what ended it */
	bool is_failed;
	struct cached cache[CACHE_ROWS];
};

static void
fail(struct parse *parse, enum error_kind kind, const char *text)
{
	if (parse->is_failed)
		return;
	parse->is_failed = true;
	error_set(&parse->error, kind, "no feed", "%s", text);
	xmlStopParser(parse->xml);
}

/* -- finding an element -- */

static const struct element *
look_up(struct parse *parse, enum place place, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	enum space space = elements_space((const char *)uri, (const char *)prefix);

	if (uri == NULL ? prefix == NULL : uri == parse->own_uri)
		space = parse->no_space;
	return elements_find(place, space, (const char *)name);
}

static const struct element *
find_element(struct parse *parse, enum place place, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri)
{
	uintptr_t hash = ((uintptr_t)name >> 3) ^ ((uintptr_t)uri >> 5) ^ (uintptr_t)place;
	struct cached *cached = &parse->cache[hash % CACHE_ROWS];

	if (prefix != NULL && uri == NULL) /* the key would have to have the prefix too */
		return look_up(parse, place, name, prefix, uri);
	if (cached->name != name || cached->uri != uri || cached->place != place)
		*cached = (struct cached){ name, uri, place,
			look_up(parse, place, name, prefix, uri) };
	return cached->element;
}

/* -- gathering text -- */

static bool
is_markup(enum reading reading)
{
	return reading == READ_HTML || reading == READ_XHTML;
}

static bool
has_room(const struct parse *parse)
{
	return parse->text.len < PARSE_TEXT_MAX_BYTES;
}

/* A tag inside of gathered text. */
static void
gather_tag(struct parse *parse, const char *before, const xmlChar *name)
{
	const char *tag = (const char *)name;

	if (!is_markup(parse->reading) || !has_room(parse))
		return;
	buf_add_text(&parse->text, before);
	if (!plain_knows_tag(tag))
		buf_add_text(&parse->text, "x:"); /* or it would look like text */
	buf_add_text(&parse->text, tag);
	buf_add_char(&parse->text, '>');
}

/* What is text for XML is text for HTML too. */
static void
gather_escaped(struct parse *parse, const char *text, size_t len)
{
	while (len > 0) {
		size_t clean = 0;

		while (clean < len && text[clean] != '<' && text[clean] != '&')
			clean++;
		buf_add(&parse->text, text, clean);
		if (clean == len)
			return;
		buf_add_text(&parse->text, text[clean] == '<' ? "&lt;" : "&amp;");
		text += clean + 1;
		len -= clean + 1;
	}
}

static void
on_characters(void *ctx, const xmlChar *bytes, int count)
{
	struct parse *parse = ctx;
	size_t len = (size_t)count;

	if (parse->text_level == NO_LEVEL || parse->reading == READ_NOTHING)
		return;
	if (!has_room(parse))
		return;
	if (parse->reading == READ_XHTML)
		gather_escaped(parse, (const char *)bytes, len);
	else
		buf_add(&parse->text, bytes, len);
}

/* The gathered text is whole: read it, and give it to where it belongs. */
static void
finish_text(struct parse *parse, const struct element *element)
{
	const char *text = buf_text(&parse->text);
	size_t len = parse->text.len;

	parse->text_level = NO_LEVEL;
	buf_reset(&parse->plain);
	gathered_add(&parse->plain, parse->reading, text, len);
	if (element->end != NULL && parse->plain.len > 0)
		element->end(&parse->draft, parse->plain.data, element->worth);
}

/* -- xml:base, xml:lang -- */

static const char *
base_in_scope(const struct parse *parse)
{
	for (int i = parse->depth - 1; i >= 0; i--) {
		if (parse->levels[i].base != NULL)
			return parse->levels[i].base;
	}
	return parse->url;
}

static const char *
language_in_scope(const struct parse *parse)
{
	for (int i = parse->depth - 1; i >= 0; i--) {
		if (parse->levels[i].language != NULL)
			return parse->levels[i].language;
	}
	return NULL;
}

static void
enter_scope(struct parse *parse, struct level *level, const struct tag_view *tag)
{
	AUTO_FREE char *base = tag_attribute(tag, XML_SPACE, "base");

	level->language = tag_attribute(tag, XML_SPACE, "lang");
	if (base != NULL)
		level->base = url_resolve(base_in_scope(parse), base);
	if (level->language != NULL)
		parse->draft.language = level->language;
	if (level->base != NULL)
		parse->draft.base = level->base;
}

static void
leave_scope(struct parse *parse, struct level *level)
{
	if (level->base == NULL && level->language == NULL)
		return;
	free(level->base);
	free(level->language);
	level->base = NULL;
	level->language = NULL;
	parse->draft.base = base_in_scope(parse);
	parse->draft.language = language_in_scope(parse);
}

/* -- elements -- */

static void
end_entry(struct parse *parse)
{
	struct entry *entry = draft_end_entry(&parse->draft);

	if (entry != NULL)
		parse->on_entry(parse->ctx, entry);
}

/* What kind of page is it that has no feed's root? */
static void
refuse_root(struct parse *parse, const xmlChar *name)
{
	AUTO_FREE char *text = mem_printf("the root element is <%s>", (const char *)name);

	if (plain_knows_tag((const char *)name))
		fail(parse, ERROR_FORMAT, "HTML page");
	else
		fail(parse, ERROR_FORMAT, text);
}

static bool
is_entry(const struct element *element)
{
	return element->opens == PLACE_ENTRY;
}

static void
open_element(struct parse *parse, struct level *level, const struct tag_view *tag)
{
	const struct element *element = level->element;
	enum reading reading;

	if (element->opens != PLACE_SAME)
		level->place = element->opens;
	if (is_entry(element))
		end_entry(parse); /* one that is still open has lost its end tag */
	reading = element->begin != NULL ? element->begin(&parse->draft, tag, element)
					 : element->reading;
	if (element->opens != PLACE_TEXT)
		return;
	buf_reset(&parse->text);
	parse->text_level = parse->depth - 1;
	parse->reading = reading;
}

static enum place
place_here(const struct parse *parse)
{
	return parse->depth == 0 ? PLACE_DOCUMENT : parse->levels[parse->depth - 1].place;
}

static void
on_root(struct parse *parse, const xmlChar *name, const struct element *element)
{
	parse->has_root = true;
	if (element == NULL)
		refuse_root(parse, name);
	else if (strcmp(element->name, "feed") == 0)
		parse->no_space = SPACE_ATOM;
}

/* An RDF document is a feed when it says so, also before it has a channel. */
static void
note_rss(struct parse *parse, const xmlChar **spaces, int count)
{
	const char *const *prefixes = (const char *const *)(const void *)spaces;

	for (int i = 0; i < count; i++) {
		const char *uri = prefixes[(size_t)i * 2 + 1];

		if (elements_space(uri, NULL) == SPACE_RSS)
			elements_note_rss(&parse->draft, uri);
	}
}

static void
/* NOLINTNEXTLINE(readability-function-size): the type is libxml2's */
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int space_count, const xmlChar **spaces, int attribute_count, int defaulted_count,
    const xmlChar **attributes)
{
	struct parse *parse = ctx;
	enum place place = place_here(parse);
	struct tag_view tag = { (const char *)name, (const char *)uri,
		(const char *const *)attributes, attribute_count };
	struct level *level;

	if (parse->depth == LEVELS_MAX) {
		fail(parse, ERROR_LIMIT, "elements too deep");
		return;
	}
	level = &parse->levels[parse->depth];
	*level = (struct level){ .place = place };
	if (attribute_count > 0)
		enter_scope(parse, level, &tag);
	if (place == PLACE_TEXT) {
		level->place = PLACE_TEXT;
		gather_tag(parse, "<", name);
	} else if (place != PLACE_SKIP) {
		if (place == PLACE_DOCUMENT && uri != NULL &&
		    elements_space((const char *)uri, NULL) == SPACE_OTHER)
			parse->own_uri = uri;
		level->element = find_element(parse, place, name, prefix, uri);
		if (level->element == NULL && place == PLACE_ENTRY)
			level->place = PLACE_SKIP; /* an <image> has a title of its own */
	}
	if (parse->depth == 0) {
		on_root(parse, name, level->element);
		note_rss(parse, spaces, space_count);
	}
	parse->depth++;
	if (level->element != NULL)
		open_element(parse, level, &tag);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parse *parse = ctx;
	struct level *level;

	if (parse->depth == 0)
		return;
	level = &parse->levels[--parse->depth];
	if (level->element != NULL && parse->text_level == parse->depth)
		finish_text(parse, level->element);
	else if (parse->text_level != NO_LEVEL)
		gather_tag(parse, "</", name);
	if (level->element != NULL && is_entry(level->element))
		end_entry(parse);
	leave_scope(parse, level);
}

/* Only of test builds. */
static void
on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
	if (data != NULL && strcmp((const char *)target, "dealwatch-test") == 0)
		crash_order((const char *)data);
}

/* libxml2 recovers from what it complains of, or stops: parse_add() sees that. */
static void
on_error(void *ctx, xmlErrorPtr error) // NOLINT(readability-non-const-parameter)
{
}

static xmlParserCtxtPtr
new_parser(struct parse *parse)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_characters,
		.ignorableWhitespace = on_characters,
		.cdataBlock = on_characters,
		.processingInstruction = on_instruction,
		.serror = on_error,
	};
	xmlParserCtxtPtr xml = xmlCreatePushParserCtxt(&handler, parse, NULL, 0, NULL);

	if (xml == NULL)
		abort(); /* out of memory */
	(void)xmlCtxtUseOptions(
	    xml, XML_PARSE_RECOVER | XML_PARSE_NONET); /* both are known */
	return xml;
}

struct parse *
parse_new(const char *url, const char *language, parse_entry_fn *on_entry, void *ctx)
{
	struct parse *parse = mem_zalloc(sizeof(*parse));

	parse->url = mem_strdup(url);
	parse->on_entry = on_entry;
	parse->ctx = ctx;
	parse->text_level = NO_LEVEL;
	parse->no_space = SPACE_RSS;
	draft_init(&parse->draft, language);
	parse->draft.base = parse->url;
	parse->xml = new_parser(parse);
	return parse;
}

void
parse_free(struct parse *parse)
{
	if (parse == NULL)
		return;
	xmlFreeParserCtxt(parse->xml);
	while (parse->depth > 0)
		leave_scope(parse, &parse->levels[--parse->depth]);
	draft_clear(&parse->draft);
	buf_clear(&parse->text);
	buf_clear(&parse->plain);
	free(parse->url);
	free(parse);
}

/* What libxml2 says when it gives up. */
static bool
given_up(const struct parse *parse, struct error *err)
{
	const xmlError *last = xmlCtxtGetLastError(parse->xml);
	const char *text = last != NULL && last->message != NULL ? last->message : "no XML";

	return error_set(
	    err, ERROR_FORMAT, "XML", "%.*s", (int)strcspn(text, "\r\n"), text);
}

static bool
feed_parser(struct parse *parse, const char *bytes, size_t len, struct error *err)
{
	if (!parse->is_failed)
		(void)xmlParseChunk(parse->xml, bytes, (int)len, len == 0); /* see below */
	if (parse->is_failed) {
		*err = parse->error;
		return false;
	}
	if (len > 0 && parse->xml->instate == XML_PARSER_EOF && parse->depth > 0)
		return given_up(parse, err);
	return true;
}

bool
parse_add(void *ctx, const char *bytes, size_t len, struct error *err)
{
	return len == 0 || feed_parser(ctx, bytes, len, err);
}

bool
parse_end(struct parse *parse, struct error *err)
{
	if (!feed_parser(parse, "", 0, err))
		return false;
	if (!parse->has_root)
		return error_set(err, ERROR_FORMAT, "no feed", "no XML");
	if (parse->draft.head.format == NULL)
		return error_set(err, ERROR_FORMAT, "no feed",
		    "the document has neither a channel nor an entry");
	if (parse->draft.head.language == NULL && parse->draft.header_language != NULL)
		draft_language(&parse->draft, parse->draft.header_language, 1);
	return true;
}

const struct feed_head *
parse_head(const struct parse *parse)
{
	return &parse->draft.head;
}
