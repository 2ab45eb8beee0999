/*
 * Trust and identity, in numbers: every key is a 64-bit digest.
 */
#include "feeds/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "feeds/entry.h"

/* -- keys -- */

/* What stands for the title; items without one have at least a text. */
static const char *
title_of(const struct entry *entry)
{
	if (entry->title != NULL && entry->title[0] != '\0')
		return entry->title;
	if (entry->summary != NULL)
		return entry->summary;
	return entry->content != NULL ? entry->content : "";
}

struct identity
identity_of(const char *feed, const struct entry *entry)
{
	AUTO_FREE char *link = entry_canonical_link(entry->link);
	const char *title = title_of(entry);
	struct identity keys = { .has_date = entry->published_s != 0 };
	char date[24];

	(void)snprintf(date, sizeof(date), "%" PRId64, entry->published_s);
	if (entry->id != NULL && entry->id[0] != '\0')
		keys.guid = digest_key(feed, "guid", entry->id, NULL);
	if (link != NULL && link[0] != '\0')
		keys.link = digest_key(feed, "link", link, NULL);
	keys.title = digest_key("title", title, NULL);
	keys.digest = digest_key(feed, "digest", title, date, NULL);
	return keys;
}

static int
compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_value(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return compare(*a, *b);
}

void
identity_document_init(struct identity_document *document, const char *feed,
    struct entry *const *entries, size_t count)
{
	*document = (struct identity_document){ .items = mem_array(count, sizeof(struct identity)),
		.count = count,
		.guids = mem_array(count, sizeof(int64_t)),
		.links = mem_array(count, sizeof(int64_t)) };
	for (size_t i = 0; i < count; i++) {
		document->items[i] = identity_of(feed, entries[i]);
		document->guids[i] = document->items[i].guid;
		document->links[i] = document->items[i].link;
	}
	qsort(document->guids, count, sizeof(int64_t), by_value);
	qsort(document->links, count, sizeof(int64_t), by_value);
}

void
identity_document_clear(struct identity_document *document)
{
	free(document->items);
	free(document->guids);
	free(document->links);
	*document = (struct identity_document){ 0 };
}

static bool
has_key(const int64_t *keys, size_t count, int64_t key)
{
	return bsearch(&key, keys, count, sizeof(key), by_value) != NULL;
}

/* Both have one, and not the same. */
static bool
differ(int64_t a, int64_t b)
{
	return a != 0 && b != 0 && a != b;
}

/* -- trust, from within one document -- */

static int
by_link(const void *left, const void *right)
{
	const struct identity *a = left, *b = right;

	if (a->link != b->link)
		return compare(a->link, b->link);
	if (a->title != b->title)
		return compare(a->title, b->title);
	if (a->guid != b->guid)
		return compare(a->guid, b->guid);
	return compare(a->digest, b->digest);
}

static int
by_guid(const void *left, const void *right)
{
	const struct identity *a = left, *b = right;

	return a->guid != b->guid ? compare(a->guid, b->guid)
				  : compare(a->title, b->title);
}

/*
 * One link on two items: links of this feed tell nothing. The same item listed twice, with
 * the same title and date, is no sign of that, under whatever guids.
 */
static bool
is_link_shared(const struct identity *a, const struct identity *b)
{
	return a->link != 0 && a->link == b->link &&
	       (a->title != b->title ||
		   (differ(a->guid, b->guid) && a->digest != b->digest));
}

/* One guid on two items. With one link besides, that link is shared and no excuse. */
static bool
is_guid_shared(const struct identity *a, const struct identity *b)
{
	return a->guid != 0 && a->guid == b->guid && a->title != b->title;
}

static void
settle_inside(const struct identity_document *document, struct identity_trust *trust)
{
	size_t count = document->count;
	AUTO_FREE struct identity *items = mem_array(count, sizeof(*items));

	memcpy(items, document->items, count * sizeof(*items));
	qsort(items, count, sizeof(*items), by_link);
	for (size_t i = 1; i < count; i++)
		if (is_link_shared(&items[i - 1], &items[i]))
			trust->links = false;
	qsort(items, count, sizeof(*items), by_guid);
	for (size_t i = 1; i < count; i++)
		if (is_guid_shared(&items[i - 1], &items[i]))
			trust->guids = false;
}

/* -- trust, against the store -- */

static bool
find(const struct identity_store *store, int64_t key, struct identity_match *match,
    struct error *err)
{
	*match = (struct identity_match){ 0 };
	return key == 0 || store->find(store->ctx, key, match, err);
}

/*
 * An item without a link that could tell stands there under another guid, and the old one
 * is gone: the guids change from one reading to the next.
 */
static bool
has_guid_changed(const struct identity_document *document, const struct identity *item,
    const struct identity_trust *trust, const struct identity_match *by_digest)
{
	bool is_link_mute =
	    !trust->links || item->link == 0 || by_digest->keys.link == 0;

	return by_digest->entry != 0 && item->has_date && is_link_mute &&
	       differ(item->guid, by_digest->keys.guid) &&
	       !has_key(document->guids, document->count, by_digest->keys.guid);
}

/* Whether what is stored speaks against the guid of this item. */
static bool
is_guid_doubtful(const struct identity_document *document, const struct identity *item,
    const struct identity_store *store, const struct identity_trust *trust, bool *is_doubtful,
    struct error *err)
{
	struct identity_match by_own_guid, by_its_link = { 0 }, by_digest = { 0 };

	*is_doubtful = false;
	if (!find(store, item->guid, &by_own_guid, err))
		return false;
	if (by_own_guid.entry != 0 && item->link != 0 &&
	    by_own_guid.keys.link == item->link)
		return true;
	if (by_own_guid.entry != 0 && by_own_guid.keys.title != item->title) {
		*is_doubtful = true; /* another link and another title */
		return true;
	}
	if (!find(store, trust->links ? item->link : 0, &by_its_link, err) ||
	    !find(store, by_own_guid.entry == 0 ? item->digest : 0, &by_digest, err))
		return false;
	*is_doubtful = differ(item->guid, by_its_link.keys.guid) ||
		       has_guid_changed(document, item, trust, &by_digest);
	return true;
}

bool
identity_settle(const struct identity_document *document, const struct identity_store *store,
    struct identity_trust *trust, struct error *err)
{
	settle_inside(document, trust);
	for (size_t i = 0; trust->guids && i < document->count; i++) {
		const struct identity *item = &document->items[i];
		bool is_doubtful;

		if (item->guid == 0)
			continue;
		if (!is_guid_doubtful(document, item, store, trust, &is_doubtful, err))
			return false;
		trust->guids = !is_doubtful;
	}
	return true;
}

/* -- identity -- */

static bool
is_other_guid(const struct identity_trust *trust, const struct identity *item,
    const struct identity *stored)
{
	return trust->guids && differ(item->guid, stored->guid);
}

/*
 * An entry whose link has gone from the document, while title and date stand there under a
 * new link, is taken for the same one: some publishers put tokens or headlines into links.
 */
static bool
is_other_link(const struct identity_document *document, const struct identity_trust *trust,
    const struct identity *item, const struct identity *stored)
{
	return trust->links && differ(item->link, stored->link) &&
	       (!item->has_date || has_key(document->links, document->count, stored->link));
}

bool
identity_pick(const struct identity_document *document, size_t i,
    const struct identity_store *store, const struct identity_trust *trust,
    struct identity_match *match, struct error *err)
{
	const struct identity *item = &document->items[i];

	if (!find(store, trust->guids ? item->guid : 0, match, err))
		return false;
	if (match->entry != 0)
		return true;
	if (!find(store, trust->links ? item->link : 0, match, err))
		return false;
	if (match->entry != 0 && !is_other_guid(trust, item, &match->keys))
		return true;
	if (!find(store, item->digest, match, err))
		return false;
	if (is_other_guid(trust, item, &match->keys) ||
	    is_other_link(document, trust, item, &match->keys))
		*match = (struct identity_match){ 0 };
	return true;
}
