/*
 * The settings under feeds: and polling: (DESIGN 4).
 *
 * A set of feeds is kept in the order of ids, so that one is found without walking all.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "feeds/feeds.h"

#define FEED_EVERY_S (30 * INT64_C(60))
#define FEED_FLOOR_S (5 * INT64_C(60))
#define HOST_GAP_MS 2000
#define HOST_GAP_MIN_S 0 /* a server of one's own may be asked without a gap */
#define HOST_GAP_MAX_S (10 * INT64_C(60))
#define BACKFILL_MIN_S 0
#define BACKFILL_MAX_S (3650 * INT64_C(86400))
#define SILENT_MIN_S INT64_C(3600)
#define SILENT_MAX_S (365 * INT64_C(86400))
#define AGENT_MAX_BYTES 512 /* a header; the job's limit is twice that */
#define PUBLISHER_MAX_BYTES 256
#define TAGS_MAX 64

/* -- readers of our own -- */

/* A short text that goes into one line: of a header, of a message. */
static bool
read_line(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	if (value->type == CONF_SCALAR && value->len > (size_t)key->max)
		return conf_error(conf, value, "%s has %zu bytes (allowed: %zu)", key->name,
		    value->len, (size_t)key->max);
	for (size_t i = 0; value->type == CONF_SCALAR && i < value->len; i++) {
		if ((unsigned char)value->text[i] < ' ' || value->text[i] == '\x7f')
			return conf_error_inside(conf, value, i,
			    "%s has a line break or control character", key->name);
	}
	return conf_read_text(conf, value, key, field);
}

static bool
read_url(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	if (value->type == CONF_SCALAR && value->len > JOB_URL_MAX_BYTES)
		return conf_error(conf, value, "%s has %zu bytes (allowed: %u)", key->name,
		    value->len, JOB_URL_MAX_BYTES);
	return conf_read_url(conf, value, key, field);
}

/* An XPath; the worker, which alone has a reader of them, says what is wrong in it. */
static bool
read_path(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	if (value->type == CONF_SCALAR && value->len > PAGE_PATH_MAX_BYTES)
		return conf_error(conf, value, "%s has %zu bytes (allowed: %u)", key->name,
		    value->len, PAGE_PATH_MAX_BYTES);
	return conf_read_text(conf, value, key, field);
}

static bool
read_every(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	int64_t *every_s = field;
	char unwise[32];

	if (!conf_read_duration(conf, value, key, every_s))
		return false;
	conf_format_duration(FEED_EVERY_UNWISE_S, unwise);
	if (*every_s < FEED_EVERY_UNWISE_S)
		conf_warn(conf, value, "%s is %s: most servers find less than %s rude",
		    key->name, value->text, unwise);
	return true;
}

/* Written as a duration, kept in milliseconds. */
static bool
read_gap(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	int64_t gap_s = 0;
	int64_t *gap_ms = field;

	if (!conf_read_duration(conf, value, key, &gap_s))
		return false;
	*gap_ms = gap_s * 1000;
	return true;
}

/* auto, never, or a duration. */
static bool
read_silent_after(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	int64_t *silent_after_s = field;
	bool is_word = value->type == CONF_SCALAR;

	if (is_word && strcmp(value->text, "auto") == 0)
		*silent_after_s = CONDITION_AUTO;
	else if (is_word && strcmp(value->text, "never") == 0)
		*silent_after_s = CONDITION_NEVER;
	else
		return conf_read_duration(conf, value, key, field);
	return true;
}

static bool
read_tags(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	if (value->type == CONF_SEQUENCE && value->count > TAGS_MAX)
		return conf_error(
		    conf, value, "%zu %s (allowed: %d)", value->count, key->name, TAGS_MAX);
	return conf_read_list(conf, value, key, field);
}

/* -- the tables -- */

const struct conf_key polling_keys[] = {
	{ "every", read_every, offsetof(struct polling, every_s), .min = FEED_EVERY_MIN_S,
	    .max = FEED_EVERY_MAX_S },
	{ "floor", conf_read_duration, offsetof(struct polling, floor_s),
	    .min = FEED_EVERY_MIN_S, .max = FEED_EVERY_MAX_S },
	{ "host_gap", read_gap, offsetof(struct polling, host_gap_ms),
	    .min = HOST_GAP_MIN_S, .max = HOST_GAP_MAX_S },
	{ "contact", read_line, offsetof(struct polling, contact), .max = AGENT_MAX_BYTES },
	{ "proxy", conf_read_url, offsetof(struct polling, proxy) },
	{ NULL },
};

#define PATH(field) offsetof(struct feed, page.path[field])

static const struct conf_key page_keys[] = {
	{ "title", read_path, PATH(PAGE_TITLE), .required = true },
	{ "link", read_path, PATH(PAGE_LINK) },
	{ "summary", read_path, PATH(PAGE_SUMMARY) },
	{ "content", read_path, PATH(PAGE_CONTENT) },
	{ "published", read_path, PATH(PAGE_PUBLISHED) },
	{ "id", read_path, PATH(PAGE_ID) },
	{ "author", read_path, PATH(PAGE_AUTHOR) },
	{ "category", read_path, PATH(PAGE_CATEGORY) },
	{ NULL },
};

static const struct conf_key feed_keys[] = {
	{ "id", conf_read_name, offsetof(struct feed, id), .required = true },
	{ "url", read_url, offsetof(struct feed, url) },
	{ "page", read_url, offsetof(struct feed, url) },
	{ "item", read_path, PATH(PAGE_ITEM) },
	{ "fields", conf_read_group, 0, .more = page_keys },
	{ "publisher", read_line, offsetof(struct feed, publisher),
	    .max = PUBLISHER_MAX_BYTES },
	{ "official", conf_read_bool, offsetof(struct feed, is_official) },
	{ "every", read_every, offsetof(struct feed, every_s), .min = FEED_EVERY_MIN_S,
	    .max = FEED_EVERY_MAX_S },
	{ "tags", read_tags, offsetof(struct feed, tags) },
	{ "in_place_of", read_tags, offsetof(struct feed, in_place_of) },
	{ "user_agent", read_line, offsetof(struct feed, user_agent),
	    .max = AGENT_MAX_BYTES },
	{ "headers", access_read_headers, offsetof(struct feed, access.headers) },
	{ "auth", conf_read_group, offsetof(struct feed, access),
	    .more = access_auth_keys },
	{ "proxy", access_read_proxy, offsetof(struct feed, access.proxy) },
	{ "private", conf_read_bool, offsetof(struct feed, is_private) },
	{ "host_gap", read_gap, offsetof(struct feed, host_gap_ms), .min = HOST_GAP_MIN_S,
	    .max = HOST_GAP_MAX_S },
	{ "backfill", conf_read_duration, offsetof(struct feed, backfill_s),
	    .min = BACKFILL_MIN_S, .max = BACKFILL_MAX_S },
	{ "silent_after", read_silent_after, offsetof(struct feed, silent_after_s),
	    .min = SILENT_MIN_S, .max = SILENT_MAX_S },
	{ "enabled", conf_read_bool, offsetof(struct feed, is_enabled) },
	{ "override", conf_read_bool, offsetof(struct feed, is_override) },
	{ NULL },
};

bool
polling_read_sandbox(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	static const char *const names[] = { "required", "best-effort", NULL };
	struct conf_key choice = { .name = key->name, .more = names };
	int chosen;

	if (!conf_read_choice(conf, value, &choice, &chosen))
		return false;
	*(bool *)field = chosen == 1;
	return true;
}

void
polling_init(struct polling *polling)
{
	*polling = (struct polling){
		.every_s = FEED_EVERY_S, .floor_s = FEED_FLOOR_S, .host_gap_ms = HOST_GAP_MS
	};
}

void
polling_clear(struct polling *polling)
{
	free(polling->contact);
	free(polling->proxy);
	*polling = (struct polling){ 0 };
}

/* -- the set -- */

static void
feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	free(feed->id);
	free(feed->url);
	page_clear(&feed->page);
	free(feed->publisher);
	free(feed->user_agent);
	access_clear(&feed->access);
	list_clear(&feed->tags);
	list_clear(&feed->in_place_of);
	free(feed);
}
MEM_AUTO(feed, feed_free);

/* Where a feed of this id is, or would be put. */
static size_t
find_place(const struct feed_set *set, const char *id, bool *is_there)
{
	size_t low = 0, high = set->count;

	*is_there = false;
	while (low < high && !*is_there) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(set->items[middle]->id, id);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
		*is_there = order == 0;
	}
	return high;
}

const struct feed *
feed_set_find(const struct feed_set *set, const char *id)
{
	bool is_there;
	size_t place = find_place(set, id, &is_there);

	return is_there ? set->items[place] : NULL;
}

static void
insert(struct feed_set *set, size_t place, struct feed *feed)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(set->items, set->count, set->cap);
	memmove((void *)&set->items[place + 1], (const void *)&set->items[place],
	    (set->count - place) * sizeof(struct feed *));
	set->items[place] = feed;
	set->count++;
}

/* Put a feed into the set, where it may stand. Takes it. */
static bool
take_feed(struct conf *conf, struct feed_set *set, struct feed *feed)
{
	bool is_there;
	size_t place = find_place(set, feed->id, &is_there);
	const struct conf_node *before;

	if (!is_there) {
		insert(set, place, feed);
		return true;
	}
	before = set->items[place]->place;
	if (feed->is_override && strcmp(before->file, feed->place->file) != 0) {
		feed_free(set->items[place]);
		set->items[place] = feed;
		return true;
	}
	(void)conf_error(conf, feed->place,
	    "feed: the id %s stands in %s:%zu too (a later file may say override: true)",
	    feed->id, before->file, before->line);
	feed_free(feed);
	return false;
}

static struct feed *
new_feed(const struct conf_node *place)
{
	struct feed *feed = mem_zalloc(sizeof(*feed));

	feed->is_enabled = true;
	feed->host_gap_ms = -1;
	feed->backfill_s = FEED_BACKFILL_S;
	feed->place = place;
	return feed;
}

/* A feed has a url; a page has its XPaths too. */
static bool
check_kind(struct conf *conf, const struct conf_node *node)
{
	const struct conf_node *url = conf_find(node, "url"),
			       *page = conf_find(node, "page"),
			       *item = conf_find(node, "item"),
			       *fields = conf_find(node, "fields");
	const struct conf_node *stray = item != NULL ? item : fields;

	if (node->type != CONF_MAPPING)
		return false;
	if (url != NULL && page != NULL)
		return conf_error(
		    conf, page, "feed: it has a url too (allowed: one of both)");
	if (url == NULL && page == NULL)
		return conf_error(
		    conf, node, "feed: url is missing (or page, item, fields)");
	if (page == NULL && stray != NULL)
		return conf_error(conf, stray,
		    "feed: item and fields are for a page (allowed: page: URL)");
	if (page != NULL && (item == NULL || fields == NULL))
		return conf_error(conf, page, "feed: a page needs %s",
		    item == NULL ? "item: the XPath of its entries"
				 : "fields: {title: the XPath in an item}");
	return true;
}

static void
warn_of_private(struct conf *conf, const struct conf_node *node, const struct feed *feed)
{
	const struct conf_node *url = conf_find(node, "url");

	if (url == NULL)
		url = conf_find(node, "page");
	if (url != NULL && feed->url != NULL && !feed->is_private &&
	    address_url_is_private(feed->url))
		conf_warn(conf, url,
		    "feed: the address is not a public one, and is refused (private: true "
		    "allows it)");
}

static bool
read_feed(struct conf *conf, const struct conf_node *node, struct feed_set *set)
{
	AUTO(feed) feed = new_feed(node);
	struct feed *read = feed;
	bool is_good = conf_read_mapping(conf, node, "feed", feed_keys, feed);

	is_good = check_kind(conf, node) && is_good;
	is_good = access_check(conf, node, feed->url) && is_good;
	feed->access.folder = conf_folder(node);
	warn_of_private(conf, node, feed);
	if (feed->id == NULL)
		return false;
	feed = NULL; /* with mistakes too: the next of its id is one more */
	return take_feed(conf, set, read) && is_good;
}

bool
feed_set_read(struct conf *conf, const struct conf_node *feeds, struct feed_set *set)
{
	bool is_good = true;

	if (feeds->type != CONF_SEQUENCE)
		return conf_error(
		    conf, feeds, "feeds: a list is missing (allowed: - id: …)");
	for (size_t i = 0; i < feeds->count; i++)
		if (!read_feed(conf, feeds->items[i], set))
			is_good = false;
	return is_good;
}

void
feed_set_clear(struct feed_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		feed_free(set->items[i]);
	free((void *)set->items);
	*set = (struct feed_set){ 0 };
}

struct source
feed_source(const struct feed *feed)
{
	return (struct source){ .feed = feed->id,
		.publisher = feed->publisher != NULL ? feed->publisher : feed->id,
		.is_official = feed->is_official,
		.tags = &feed->tags };
}
