/*
 * A JSON document into entries. jansson bounds the depth; what has the wrong type is as if
 * it were not there, since real feeds put null and numbers anywhere.
 */
#include "feeds/json_feed.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "feeds/draft.h"
#include "feeds/plain.h"
#include "feeds/url.h"

#define VERSION_MARK "jsonfeed.org/version/"

struct json_feed {
	struct draft draft;
	parse_entry_fn *on_entry;
	void *ctx;
	char *url; /* owned; or NULL */
	struct buf document;
	struct buf plain;
};

struct json_feed *
json_feed_new(const char *url, const char *language, parse_entry_fn *on_entry, void *ctx)
{
	struct json_feed *feed = mem_zalloc(sizeof(*feed));

	feed->url = mem_strdup(url);
	feed->on_entry = on_entry;
	feed->ctx = ctx;
	draft_init(&feed->draft, language);
	feed->draft.base = feed->url;
	return feed;
}

void
json_feed_free(struct json_feed *feed)
{
	if (feed == NULL)
		return;
	draft_clear(&feed->draft);
	buf_clear(&feed->document);
	buf_clear(&feed->plain);
	free(feed->url);
	free(feed);
}

bool
json_feed_add(void *ctx, const char *bytes, size_t len, struct error *err)
{
	struct json_feed *feed = ctx;

	if (feed->document.len + len > JSON_FEED_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "too large",
		    "more than %u bytes of JSON", JSON_FEED_MAX_BYTES);
	buf_add(&feed->document, bytes, len);
	return true;
}

/* -- values -- */

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* A field's text made plain; valid until the next one. */
static const char *
plain_of(struct json_feed *feed, const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	buf_reset(&feed->plain);
	plain_add_text(&feed->plain, text, strlen(text));
	return buf_text(&feed->plain);
}

static const char *
html_of(struct json_feed *feed, const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	buf_reset(&feed->plain);
	plain_add_html(&feed->plain, text, strlen(text));
	return buf_text(&feed->plain);
}

/* 1.1 has a list, 1.0 one of them. */
static void
add_authors(struct json_feed *feed, const json_t *object)
{
	const json_t *authors = json_object_get(object, "authors");

	for (size_t i = 0; i < json_array_size(authors); i++)
		draft_author(
		    &feed->draft, plain_of(feed, json_array_get(authors, i), "name"));
	draft_author(
	    &feed->draft, plain_of(feed, json_object_get(object, "author"), "name"));
}

static void
add_tags(struct json_feed *feed, const json_t *item)
{
	const json_t *tags = json_object_get(item, "tags");

	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *tag = json_string_value(json_array_get(tags, i));

		buf_reset(&feed->plain);
		if (tag != NULL)
			plain_add_text(&feed->plain, tag, strlen(tag));
		draft_category(&feed->draft, buf_text(&feed->plain));
	}
}

static void
add_attachments(struct json_feed *feed, const json_t *item)
{
	const json_t *attachments = json_object_get(item, "attachments");

	for (size_t i = 0; i < json_array_size(attachments); i++) {
		const json_t *one = json_array_get(attachments, i);
		json_int_t size = json_integer_value(json_object_get(one, "size_in_bytes"));
		AUTO_FREE char *length =
		    size > 0 ? mem_printf("%" JSON_INTEGER_FORMAT, size) : NULL;

		draft_enclosure(
		    &feed->draft, text_of(one, "url"), text_of(one, "mime_type"), length);
	}
}

/* Ids are texts; publishers write numbers too, and the format says to take them. */
static void
set_id(struct json_feed *feed, const json_t *item)
{
	const json_t *id = json_object_get(item, "id");

	if (json_is_integer(id)) {
		AUTO_FREE char *text =
		    mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(id));

		draft_id(&feed->draft, text, 1);
	} else {
		draft_id(&feed->draft, text_of(item, "id"), 1);
	}
}

/* -- the document -- */

static void
read_item(struct json_feed *feed, const json_t *item)
{
	struct draft *draft = &feed->draft;
	struct entry *entry;

	draft_begin_entry(draft);
	set_id(feed, item);
	draft_link(draft, text_of(item, "url"), 3);
	draft_link(draft, text_of(item, "external_url"), 2);
	if (url_is_http(text_of(item, "id")))
		draft_link(draft, text_of(item, "id"), 1);
	draft_title(draft, plain_of(feed, item, "title"), 1);
	draft_summary(draft, plain_of(feed, item, "summary"), 1);
	draft_content(draft, html_of(feed, item, "content_html"), 2);
	draft_content(draft, plain_of(feed, item, "content_text"), 1);
	draft_published(draft, text_of(item, "date_published"), 1);
	draft_updated(draft, text_of(item, "date_modified"), 1);
	draft_language(draft, text_of(item, "language"), 1);
	add_authors(feed, item);
	add_tags(feed, item);
	add_attachments(feed, item);
	entry = draft_end_entry(draft);
	if (entry != NULL)
		feed->on_entry(feed->ctx, entry);
}

static bool
read_head(struct json_feed *feed, const json_t *root, struct error *err)
{
	struct draft *draft = &feed->draft;
	const char *mark = strstr(text_of(root, "version"), VERSION_MARK);

	if (mark == NULL || !json_is_array(json_object_get(root, "items")))
		return error_set(err, ERROR_FORMAT, "no feed",
		    "JSON without %s of JSON Feed", mark == NULL ? "version" : "items");
	mark += strlen(VERSION_MARK);
	draft->head.format = mem_strdup(
	    strcmp(mark, "1") == 0 || strcmp(mark, "1.0") == 0 ? "json1.0" : "json1.1");
	draft_title(draft, plain_of(feed, root, "title"), 1);
	draft_summary(draft, plain_of(feed, root, "description"), 1);
	draft_link(draft, text_of(root, "home_page_url"), 1);
	draft_id(draft, text_of(root, "feed_url"), 1);
	draft_language(draft, text_of(root, "language"), 1);
	add_authors(feed, root);
	return true;
}

static json_t *
load(struct json_feed *feed, struct error *err)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	json_error_t why;
	json_t *root;

	text_repair(&text, buf_text(&feed->document), feed->document.len);
	root = json_loadb(text.data, text.len, JSON_ALLOW_NUL, &why);
	if (root == NULL)
		error_set(
		    err, ERROR_FORMAT, "JSON", "%d:%d: %s", why.line, why.column, why.text);
	return root;
}

bool
json_feed_end(struct json_feed *feed, struct error *err)
{
	json_t *root = load(feed, err);
	bool is_good = root != NULL && read_head(feed, root, err);
	const json_t *items = json_object_get(root, "items");

	for (size_t i = 0; is_good && i < json_array_size(items); i++)
		read_item(feed, json_array_get(items, i));
	json_decref(root);
	return is_good;
}

const struct feed_head *
json_feed_head(const struct json_feed *feed)
{
	return &feed->draft.head;
}
