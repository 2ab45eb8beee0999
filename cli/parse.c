/*
 * dealwatch parse: a feed's document as the daemon understands it. The document is foreign:
 * it is parsed in a worker of its own.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "cli/show.h"
#include "cli/worker.h"
#include "feeds/feeds.h"

#define TITLE_COLUMNS 100
#define WORD_MAX_BYTES 1024

struct words {
	const char *base_url, *content_type, *content_language, *item;
	struct list fields; /* NAME=XPATH */
	bool is_json;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "one JSON document" },
	{ "base-url", 0, OPTION_MAYBE, offsetof(struct words, base_url), "URL",
	    "where the document came from: links are relative to it" },
	{ "content-type", 0, OPTION_MAYBE, offsetof(struct words, content_type), "TYPE",
	    "as its HTTP header said" },
	{ "content-language", 0, OPTION_MAYBE, offsetof(struct words, content_language),
	    "LANGUAGE", "as its HTTP header said" },
	{ "item", 0, OPTION_TEXT, offsetof(struct words, item), "XPATH",
	    "it is a page: where its entries are" },
	{ "field", 0, OPTION_LIST, offsetof(struct words, fields), "NAME=XPATH",
	    "of a page: title, link, published ..., seen from an item" },
	{ NULL },
};

/* -- JSON: what is absent is absent -- */

static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		(void)json_object_set_new(object, key, json_string(text));
}

static void
set_time(json_t *object, const char *key, int64_t at_s)
{
	char text[CLOCK_TEXT_BYTES];

	if (at_s == 0)
		return;
	clock_format_s(at_s, text);
	set_text(object, key, text);
}

static void
set_list(json_t *object, const char *key, const struct list *list)
{
	json_t *array;

	if (list->count == 0)
		return;
	array = json_array();
	for (size_t i = 0; i < list->count; i++)
		(void)json_array_append_new(array, json_string(list->items[i]));
	(void)json_object_set_new(object, key, array);
}

static void
set_enclosures(json_t *object, const struct enclosures *enclosures)
{
	json_t *array;

	if (enclosures->count == 0)
		return;
	array = json_array();
	for (size_t i = 0; i < enclosures->count; i++) {
		const struct enclosure *item = &enclosures->items[i];
		json_t *one = json_object();

		set_text(one, "url", item->url);
		set_text(one, "type", item->type);
		if (item->length_bytes >= 0)
			(void)json_object_set_new(
			    one, "length", json_integer(item->length_bytes));
		(void)json_array_append_new(array, one);
	}
	(void)json_object_set_new(object, "enclosures", array);
}

static json_t *
json_head(const struct feed_head *head)
{
	json_t *object = json_object();

	set_text(object, "format", head->format);
	set_text(object, "title", head->title);
	set_text(object, "link", head->link);
	set_text(object, "description", head->description);
	set_text(object, "language", head->language);
	set_text(object, "id", head->id);
	set_time(object, "updated", head->updated_s);
	if (head->ttl_s > 0) /* in minutes, as feeds have it (RSS 2.0 <ttl>) */
		(void)json_object_set_new(object, "ttl", json_integer(head->ttl_s / 60));
	set_list(object, "authors", &head->authors);
	set_list(object, "categories", &head->categories);
	return object;
}

static json_t *
json_entry(const struct entry *entry)
{
	json_t *object = json_object();

	set_text(object, "id", entry->id);
	set_text(object, "title", entry->title);
	set_text(object, "link", entry->link);
	/* what says nothing shorter says it in full */
	set_text(
	    object, "summary", entry->summary != NULL ? entry->summary : entry->content);
	set_text(object, "content", entry->content);
	set_time(object, "published", entry->published_s);
	set_time(object, "updated", entry->updated_s);
	set_list(object, "authors", &entry->authors);
	set_list(object, "categories", &entry->categories);
	set_enclosures(object, &entry->enclosures);
	set_text(object, "language", entry->language);
	return object;
}

static void
print_json(const struct feed_result *result)
{
	json_t *document = json_object(), *entries = json_array();

	for (size_t i = 0; i < result->count; i++)
		(void)json_array_append_new(entries, json_entry(result->entries[i]));
	(void)json_object_set_new(document, "feed", json_head(&result->head));
	(void)json_object_set_new(document, "entries", entries);
	(void)json_dumpf(document, stdout, JSON_COMPACT); /* cli_finish() looks */
	(void)fputc('\n', stdout);
	json_decref(document);
}

/* -- for people -- */

static void
print_head(const struct feed_result *result, bool is_coloured)
{
	const struct feed_head *head = &result->head;
	struct buf line = BUF_EMPTY;

	show_cut(&line, head->title != NULL ? head->title : "(no title)", TITLE_COLUMNS);
	show_print(stdout, is_coloured, SHOW_BOLD, buf_text(&line));
	printf("\n%s, %zu entries", head->format != NULL ? head->format : "unknown format",
	    result->count);
	if (head->link != NULL) {
		printf(", ");
		cli_puts(head->link);
	}
	printf("\n\n");
	buf_clear(&line);
}

static void
print_entry(const struct entry *entry, bool is_coloured)
{
	struct buf when = BUF_EMPTY, title = BUF_EMPTY;

	show_minute(&when, entry->published_s * 1000);
	show_cut(
	    &title, entry->title[0] != '\0' ? entry->title : "(no title)", TITLE_COLUMNS);
	printf("%-16s  %s\n", buf_text(&when), buf_text(&title));
	if (entry->link != NULL) {
		printf("%18s", "");
		buf_reset(&title);
		show_cut(&title, entry->link, SIZE_MAX);
		show_print(stdout, is_coloured, SHOW_DIM, buf_text(&title));
		printf("\n");
	}
	buf_clear(&when);
	buf_clear(&title);
}

static void
print_listing(const struct feed_result *result)
{
	bool is_coloured = show_wants_colour(stdout);

	print_head(result, is_coloured);
	for (size_t i = 0; i < result->count; i++)
		print_entry(result->entries[i], is_coloured);
}

/* -- reading -- */

/* What goes to the worker is text of a size it takes. */
static bool
is_sound(const char *text)
{
	return text == NULL ||
	       (strlen(text) <= WORD_MAX_BYTES && text_is_utf8(text, strlen(text)));
}

/* NAME=XPATH into the job's. @return false when it is none */
static bool
take_field(struct page_paths *page, const char *word)
{
	size_t len = strcspn(word, "=");

	for (int i = PAGE_TITLE; i < PAGE_FIELDS; i++) {
		const char *name = page_field_name((enum page_field)i);

		if (strlen(name) != len || strncmp(name, word, len) != 0 ||
		    word[len] == '\0' || !is_sound(word + len + 1))
			continue;
		free(page->path[i]);
		page->path[i] = mem_strdup(word + len + 1);
		return true;
	}
	return false;
}

/* @return what is wrong with the words, or NULL */
static const char *
take_page(struct page_paths *page, const struct words *words)
{
	for (size_t i = 0; i < words->fields.count; i++) {
		if (!take_field(page, words->fields.items[i]))
			return "--field takes NAME=XPATH (title, link, summary, content, "
			       "published, id, author or category)";
	}
	if ((words->item == NULL) != (page->path[PAGE_TITLE] == NULL))
		return "a page needs --item and --field title=XPATH";
	if (words->item != NULL)
		page->path[PAGE_ITEM] = mem_strdup(words->item);
	return NULL;
}

static struct job *
make_job(const struct words *words)
{
	struct job *job = worker_job(JOB_DOCUMENT, words->base_url);

	job->content_type = mem_strdup(words->content_type);
	job->content_language = mem_strdup(words->content_language);
	return job;
}

static struct feed_result *
read_document(struct job *job, const char *path, struct error *err)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;

	if (!cli_read_file(path, JOB_BODY_MAX_BYTES, &bytes, err))
		return NULL;
	return worker_run(job, path, &bytes, err);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct error err = { 0 };
	AUTO(feed_result) result = NULL;
	AUTO(job) job = NULL;
	const char *wrong;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first != 1)
		return cli_usage(verb, "one FILE is needed, or - for standard input");
	if (!is_sound(words.base_url) || !is_sound(words.content_type) ||
	    !is_sound(words.content_language) || !is_sound(words.item))
		return cli_usage(verb, "an option is no text, or too long");
	job = make_job(&words);
	wrong = take_page(&job->page, &words);
	list_clear(&words.fields);
	if (wrong != NULL)
		return cli_usage(verb, "%s", wrong);
	result = read_document(job, argv[first], &err);
	if (result == NULL)
		return cli_fail(&err);
	if (words.is_json)
		print_json(result);
	else
		print_listing(result);
	return EX_OK;
}

const struct verb verb_parse = {
	"parse",
	"[--json] [--base-url URL] [--content-type TYPE]\n"
	"                       [--content-language LANGUAGE]\n"
	"                       [--item XPATH --field NAME=XPATH ...] FILE|-",
	"show a feed's document as the daemon understands it",
	rows,
	"Exit code: 0, or 65 when the document is no feed.",
	run,
};
