/*
 * Entries and feed heads in the making, within their limits.
 */
#include "feeds/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "feeds/date.h"
#include "feeds/url.h"

#define TTL_MAX_MINUTES (INT64_C(7) * 24 * 60)

void
draft_init(struct draft *draft, const char *content_language)
{
	*draft = (struct draft){ .header_language = mem_strdup(content_language) };
}

void
draft_clear(struct draft *draft)
{
	feed_head_clear(&draft->head);
	entry_free(draft->entry);
	free(draft->header_language);
	*draft = (struct draft){ 0 };
}

void
draft_begin_entry(struct draft *draft)
{
	entry_free(draft->entry); /* one inside of another: the outer one has no end */
	draft->entry = mem_zalloc(sizeof(*draft->entry));
	draft->entry_worths = (struct worths){ 0 };
}

static size_t
length(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

/* Cut so that no more than *left bytes are taken; what is taken goes off. */
static void
cut(char *text, size_t *left)
{
	size_t len = length(text);

	if (len > *left) {
		len = text_cut(text, len, *left);
		text[len] = '\0';
	}
	*left -= len;
}

static size_t
list_bytes(const struct list *list)
{
	size_t bytes = 0;

	for (size_t i = 0; i < list->count; i++)
		bytes += strlen(list->items[i]);
	return bytes;
}

/* DESIGN 3: an entry has 256 KB; content is cut first, then the summary. */
static void
limit(struct entry *entry)
{
	size_t left = ENTRY_MAX_BYTES;

	left -= length(entry->id) + length(entry->title) + length(entry->link) +
		length(entry->language);
	left -= list_bytes(&entry->authors) + list_bytes(&entry->categories);
	while (enclosures_bytes(&entry->enclosures) > left)
		enclosures_drop_last(&entry->enclosures);
	left -= enclosures_bytes(&entry->enclosures);
	cut(entry->summary, &left);
	cut(entry->content, &left);
}

static const char *
feed_language(const struct draft *draft)
{
	if (draft->head.language != NULL)
		return draft->head.language;
	return draft->header_language;
}

/* Nothing was said in it. */
static bool
is_empty(const struct entry *entry)
{
	return entry->id == NULL && entry->title == NULL && entry->link == NULL &&
	       entry->summary == NULL && entry->content == NULL &&
	       entry->published_s == 0 && entry->updated_s == 0 &&
	       entry->language == NULL && entry->authors.count == 0 &&
	       entry->categories.count == 0 && entry->enclosures.count == 0;
}

/* Locales are written with an underscore, language tags (BCP 47) with a hyphen. The
 * caller's to free(). */
static char *
language_tag(const char *said)
{
	char *tag = mem_strdup(said);

	for (char *c = strchr(tag, '_'); c != NULL; c = strchr(c, '_'))
		*c = '-';
	return tag;
}

struct entry *
draft_end_entry(struct draft *draft)
{
	struct entry *entry = draft->entry;

	draft->entry = NULL;
	if (entry == NULL || is_empty(entry)) {
		entry_free(entry);
		return NULL;
	}
	if (entry->title == NULL)
		entry->title = mem_strdup("");
	if (entry->language == NULL && draft->language != NULL)
		entry->language = language_tag(draft->language);
	if (entry->language == NULL)
		entry->language = mem_strdup(feed_language(draft));
	if (entry->published_s == 0)
		entry->published_s = entry->updated_s;
	limit(entry);
	return entry;
}

/* -- fields -- */

/* Whether a value of that worth would be taken. */
static bool
is_wanted(int worth, int old)
{
	return worth > old;
}

static void
set(char **field, int *worth, const char *text, size_t max, int new_worth)
{
	size_t len = text_cut(text, strlen(text), max);

	if (len == 0 || !is_wanted(new_worth, *worth))
		return;
	free(*field);
	*field = mem_strndup(text, len);
	*worth = new_worth;
}

static void
add(struct list *list, const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len == 0 || list->count == ENTRY_LIST_MAX || list_has(list, text))
		return;
	list_add_bytes(list, text, text_cut(text, len, max));
}

void
draft_title(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set(&draft->entry->title, &draft->entry_worths.title, text,
		    ENTRY_TITLE_MAX_BYTES, worth);
	else
		set(&draft->head.title, &draft->head_worths.title, text,
		    ENTRY_TITLE_MAX_BYTES, worth);
}

void
draft_summary(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set(&draft->entry->summary, &draft->entry_worths.summary, text,
		    ENTRY_MAX_BYTES, worth);
	else
		set(&draft->head.description, &draft->head_worths.summary, text,
		    ENTRY_TITLE_MAX_BYTES, worth);
}

void
draft_content(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set(&draft->entry->content, &draft->entry_worths.content, text,
		    ENTRY_MAX_BYTES, worth);
}

void
draft_id(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set(&draft->entry->id, &draft->entry_worths.id, text, ENTRY_ID_MAX_BYTES,
		    worth);
	else
		set(&draft->head.id, &draft->head_worths.id, text, ENTRY_ID_MAX_BYTES,
		    worth);
}

void
draft_language(struct draft *draft, const char *text, int worth)
{
	AUTO_FREE char *tag = language_tag(text);

	if (draft->entry != NULL)
		set(&draft->entry->language, &draft->entry_worths.language, tag,
		    ENTRY_LIST_TEXT_MAX_BYTES, worth);
	else
		set(&draft->head.language, &draft->head_worths.language, tag,
		    ENTRY_LIST_TEXT_MAX_BYTES, worth);
}

void
draft_author(struct draft *draft, const char *text)
{
	add(draft->entry != NULL ? &draft->entry->authors : &draft->head.authors, text,
	    ENTRY_LIST_TEXT_MAX_BYTES);
}

void
draft_category(struct draft *draft, const char *text)
{
	add(draft->entry != NULL ? &draft->entry->categories : &draft->head.categories,
	    text, ENTRY_LIST_TEXT_MAX_BYTES);
}

/* A link that is too long is none: half of it leads nowhere. */
static char *
resolve(const struct draft *draft, const char *reference)
{
	const char *base = draft->base != NULL ? draft->base : draft->head.link;
	char *link = url_resolve(base, reference);

	if (link != NULL && strlen(link) > ENTRY_LINK_MAX_BYTES) {
		free(link);
		return NULL;
	}
	return link;
}

void
draft_link(struct draft *draft, const char *reference, int worth)
{
	char **field = draft->entry != NULL ? &draft->entry->link : &draft->head.link;
	int *old =
	    draft->entry != NULL ? &draft->entry_worths.link : &draft->head_worths.link;
	AUTO_FREE char *link = NULL;

	if (!is_wanted(worth, *old))
		return;
	link = resolve(draft, reference);
	if (link != NULL)
		set(field, old, link, ENTRY_LINK_MAX_BYTES, worth);
}

/* RSS 2.0 <enclosure> length: bytes; what is no number says nothing. */
static int64_t
read_length(const char *text)
{
	char *end;
	long long length;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	length = strtoll(text, &end, 10);
	return *end == '\0' ? (int64_t)length : -1;
}

void
draft_enclosure(
    struct draft *draft, const char *reference, const char *type, const char *length)
{
	AUTO_FREE char *link = NULL;
	AUTO_FREE char *short_type = NULL;
	struct enclosure enclosure;

	if (draft->entry == NULL)
		return;
	link = resolve(draft, reference);
	if (link == NULL)
		return;
	if (type != NULL && type[0] != '\0')
		short_type = mem_strndup(
		    type, text_cut(type, strlen(type), ENCLOSURE_TYPE_MAX_BYTES));
	enclosure = (struct enclosure){ link, short_type, read_length(length) };
	enclosures_add(&draft->entry->enclosures, &enclosure);
}

static void
set_date(int64_t *field, int *worth, const char *text, int new_worth)
{
	/* of several that are worth the same the last one is the latest correction */
	if (new_worth >= *worth && date_parse(text, field))
		*worth = new_worth;
}

void
draft_published(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set_date(&draft->entry->published_s, &draft->entry_worths.published, text,
		    worth);
	else
		set_date(&draft->head.updated_s, &draft->head_worths.updated, text, worth);
}

void
draft_updated(struct draft *draft, const char *text, int worth)
{
	if (draft->entry != NULL)
		set_date(
		    &draft->entry->updated_s, &draft->entry_worths.updated, text, worth);
	else
		set_date(&draft->head.updated_s, &draft->head_worths.updated, text, worth);
}

/* RSS 2.0, "ttl": minutes. */
void
draft_ttl(struct draft *draft, const char *text)
{
	char *end;
	int64_t minutes = strtol(text, &end, 10);

	if (draft->entry != NULL || end == text || minutes <= 0)
		return;
	draft->head.ttl_s = (minutes < TTL_MAX_MINUTES ? minutes : TTL_MAX_MINUTES) * 60;
}
