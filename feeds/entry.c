/*
 * Entries and feed heads: their life, and how they travel between our processes.
 */
#include "feeds/entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/wire.h"

void
entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->id);
	free(entry->title);
	free(entry->link);
	free(entry->summary);
	free(entry->content);
	free(entry->language);
	list_clear(&entry->authors);
	list_clear(&entry->categories);
	enclosures_clear(&entry->enclosures);
	free(entry);
}

struct entry *
entry_copy(const struct entry *entry)
{
	struct entry *copy = mem_zalloc(sizeof(*copy));

	copy->id = mem_strdup(entry->id);
	copy->title = mem_strdup(entry->title);
	copy->link = mem_strdup(entry->link);
	copy->summary = mem_strdup(entry->summary);
	copy->content = mem_strdup(entry->content);
	copy->language = mem_strdup(entry->language);
	list_copy(&copy->authors, &entry->authors);
	list_copy(&copy->categories, &entry->categories);
	enclosures_copy(&copy->enclosures, &entry->enclosures);
	copy->published_s = entry->published_s;
	copy->updated_s = entry->updated_s;
	return copy;
}

void
entry_write(const struct entry *entry, struct buf *out)
{
	wire_add_text(out, entry->id);
	wire_add_text(out, entry->title);
	wire_add_text(out, entry->link);
	wire_add_text(out, entry->summary);
	wire_add_text(out, entry->content);
	wire_add_text(out, entry->language);
	wire_add_list(out, &entry->authors);
	wire_add_list(out, &entry->categories);
	enclosures_write(&entry->enclosures, out);
	wire_add_i64(out, entry->published_s);
	wire_add_i64(out, entry->updated_s);
}

/* Years 0 to 9999, as far as a time can be written; a ttl is far below. */
#define DATE_MIN_S INT64_C(-62167219200)
#define DATE_MAX_S INT64_C(253402300799)

static bool
read_date(struct wire_reader *in, int64_t *date_s)
{
	return wire_read_i64(in, date_s) && *date_s >= DATE_MIN_S && *date_s <= DATE_MAX_S;
}

static bool
read_list(struct wire_reader *in, struct list *list)
{
	return wire_read_list(in, list, ENTRY_LIST_MAX, ENTRY_LIST_TEXT_MAX_BYTES);
}

bool
entry_read(struct wire_reader *in, struct entry **entry, struct error *err)
{
	AUTO(entry) fresh = mem_zalloc(sizeof(*fresh));

	if (!wire_read_text(in, &fresh->id, ENTRY_ID_MAX_BYTES) ||
	    !wire_read_text(in, &fresh->title, ENTRY_TITLE_MAX_BYTES) ||
	    !wire_read_text(in, &fresh->link, ENTRY_LINK_MAX_BYTES) ||
	    !wire_read_text(in, &fresh->summary, ENTRY_MAX_BYTES) ||
	    !wire_read_text(in, &fresh->content, ENTRY_MAX_BYTES) ||
	    !wire_read_text(in, &fresh->language, ENTRY_LIST_TEXT_MAX_BYTES) ||
	    !read_list(in, &fresh->authors) || !read_list(in, &fresh->categories) ||
	    !enclosures_read(in, &fresh->enclosures) ||
	    !read_date(in, &fresh->published_s) || !read_date(in, &fresh->updated_s))
		return error_set(err, ERROR_FORMAT, "entry", "cut short or out of bounds");
	if (fresh->title == NULL)
		return error_set(err, ERROR_FORMAT, "entry", "without a title");
	*entry = fresh;
	fresh = NULL;
	return true;
}

void
feed_head_clear(struct feed_head *head)
{
	free(head->format);
	free(head->title);
	free(head->link);
	free(head->description);
	free(head->language);
	free(head->id);
	list_clear(&head->authors);
	list_clear(&head->categories);
	*head = (struct feed_head){ 0 };
}

void
feed_head_write(const struct feed_head *head, struct buf *out)
{
	wire_add_text(out, head->format);
	wire_add_text(out, head->title);
	wire_add_text(out, head->link);
	wire_add_text(out, head->description);
	wire_add_text(out, head->language);
	wire_add_text(out, head->id);
	wire_add_list(out, &head->authors);
	wire_add_list(out, &head->categories);
	wire_add_i64(out, head->updated_s);
	wire_add_i64(out, head->ttl_s);
}

/* What head holds is replaced; a failure leaves it with what was read so far, to be
 * cleared. */
bool
feed_head_read(struct wire_reader *in, struct feed_head *head, struct error *err)
{
	feed_head_clear(head);
	if (!wire_read_text(in, &head->format, ENTRY_LIST_TEXT_MAX_BYTES) ||
	    !wire_read_text(in, &head->title, ENTRY_TITLE_MAX_BYTES) ||
	    !wire_read_text(in, &head->link, ENTRY_LINK_MAX_BYTES) ||
	    !wire_read_text(in, &head->description, ENTRY_TITLE_MAX_BYTES) ||
	    !wire_read_text(in, &head->language, ENTRY_LIST_TEXT_MAX_BYTES) ||
	    !wire_read_text(in, &head->id, ENTRY_ID_MAX_BYTES) ||
	    !read_list(in, &head->authors) || !read_list(in, &head->categories) ||
	    !read_date(in, &head->updated_s) || !read_date(in, &head->ttl_s))
		return error_set(
		    err, ERROR_FORMAT, "feed head", "cut short or out of bounds");
	if (head->format == NULL)
		return error_set(err, ERROR_FORMAT, "feed head", "without a format");
	return true;
}

/* The end of "scheme://host", where the path, query or fragment begins; 0: no such URL. */
static size_t
authority_end(const char *link)
{
	const char *colon = strstr(link, "://");

	if (colon == NULL)
		return 0;
	return (size_t)(colon - link) + 3 + strcspn(colon + 3, "/?#");
}

static void
add_lower(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, text_lower(text[i]));
}

/* The parameters of a query that are not for counting visitors. */
static void
add_query(struct buf *out, const char *query, size_t len)
{
	char separator = '?';

	while (len > 0) {
		size_t part = 0;

		while (part < len && query[part] != '&')
			part++;
		if (strncasecmp(query, "utm_", 4) != 0) {
			buf_add_char(out, separator);
			buf_add(out, query, part);
			separator = '&';
		}
		part += part < len;
		query += part;
		len -= part;
	}
}

char *
entry_canonical_link(const char *link)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t begin, path;

	if (link == NULL)
		return NULL;
	begin = authority_end(link);
	add_lower(&out, link, begin);
	path = strcspn(link + begin, "?#");
	buf_add(&out, link + begin, path);
	link += begin + path;
	if (*link == '?')
		add_query(&out, link + 1, strcspn(link + 1, "#"));
	return buf_take(&out);
}
