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
	*document =
	    (struct identity_document){ .items = mem_array(count, sizeof(struct identity)),
		    .count = count,
		    .guids = mem_array(count, sizeof(int64_t)),
		    .links = mem_array(count, sizeof(int64_t)),
		    .digests = mem_array(count, sizeof(int64_t)) };
	for (size_t i = 0; i < count; i++) {
		document->items[i] = identity_of(feed, entries[i]);
		document->guids[i] = document->items[i].guid;
		document->links[i] = document->items[i].link;
		document->digests[i] = document->items[i].digest;
	}
	qsort(document->guids, count, sizeof(int64_t), by_value);
	qsort(document->links, count, sizeof(int64_t), by_value);
	qsort(document->digests, count, sizeof(int64_t), by_value);
}

void
identity_document_clear(struct identity_document *document)
{
	free(document->items);
	free(document->guids);
	free(document->links);
	free(document->digests);
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

	return compare(a->link, b->link);
}

static int
by_guid(const void *left, const void *right)
{
	const struct identity *a = left, *b = right;

	return compare(a->guid, b->guid);
}

/* Whether numbers of two kinds, seen in pairs, vary: 0 is none and not counted. When both
 * kinds do, there are two pairs that differ in both. */
struct variety {
	int64_t first, second; /* of the first pair */
	bool is_begun, is_first_varied, is_second_varied;
};

static void
note(struct variety *variety, int64_t first, int64_t second)
{
	if (first == 0 || second == 0)
		return;
	if (!variety->is_begun)
		*variety = (struct variety){ first, second, true, false, false };
	variety->is_first_varied = variety->is_first_varied || first != variety->first;
	variety->is_second_varied = variety->is_second_varied || second != variety->second;
}

static bool
are_varied(const struct variety *variety)
{
	return variety->is_first_varied && variety->is_second_varied;
}

/* Items of one link: the same one listed twice, with one title and date, shares nothing. */
static bool
is_link_shared(const struct identity *items, size_t count)
{
	struct variety titles = { 0 }, guids = { 0 };

	for (size_t i = 0; i < count; i++) {
		note(&titles, items[i].title, 1);
		note(&guids, items[i].guid, items[i].digest);
	}
	return titles.is_first_varied || are_varied(&guids);
}

static bool
share(const struct identity_store *store, int64_t key, struct error *err)
{
	return store->share(store->ctx, key, err);
}

/* How many from the first one on have its key. */
static size_t
count_alike(const struct identity *items, size_t count,
    int (*by)(const void *left, const void *right))
{
	size_t alike = 1;

	while (alike < count && by(&items[0], &items[alike]) == 0)
		alike++;
	return alike;
}

static bool
share_links(struct identity *items, size_t count, const struct identity_store *store,
    struct identity_trust *trust, struct error *err)
{
	qsort(items, count, sizeof(*items), by_link);
	for (size_t i = 0, alike; i < count; i += alike) {
		alike = count_alike(&items[i], count - i, by_link);
		if (items[i].link == 0 || !is_link_shared(&items[i], alike))
			continue;
		trust->links = false;
		if (!share(store, items[i].link, err))
			return false;
	}
	return true;
}

static bool
share_guid(const struct identity *items, size_t count, const struct identity_store *store,
    struct identity_trust *trust, struct error *err)
{
	struct variety titles = { 0 }, links = { 0 };

	for (size_t i = 0; i < count; i++) {
		note(&titles, items[i].title, 1);
		note(&links, items[i].link, items[i].title);
	}
	if (!titles.is_first_varied)
		return true;
	if (are_varied(&links))
		trust->guids = false;
	return share(store, items[0].guid, err);
}

static bool
share_guids(struct identity *items, size_t count, const struct identity_store *store,
    struct identity_trust *trust, struct error *err)
{
	qsort(items, count, sizeof(*items), by_guid);
	for (size_t i = 0, alike; i < count; i += alike) {
		alike = count_alike(&items[i], count - i, by_guid);
		if (items[i].guid != 0 && !share_guid(&items[i], alike, store, trust, err))
			return false;
	}
	return true;
}

static bool
settle_inside(const struct identity_document *document, const struct identity_store *store,
    struct identity_trust *trust, struct error *err)
{
	size_t count = document->count;
	AUTO_FREE struct identity *items = mem_array(count, sizeof(*items));

	memcpy(items, document->items, count * sizeof(*items));
	return share_links(items, count, store, trust, err) &&
	       share_guids(items, count, store, trust, err);
}

/* -- trust, against the store -- */

static bool
find(const struct identity_store *store, int64_t key, struct identity_match *match,
    struct error *err)
{
	*match = (struct identity_match){ 0 };
	if (key == 0)
		return true;
	if (!store->find(store->ctx, key, match, err))
		return false;
	if (match->is_shared)
		match->entry = 0;
	return true;
}

/* What is stored under the keys of one item; guid was found before. */
struct evidence {
	struct identity_match guid, link, digest;
};

static bool
gather(const struct identity *item, const struct identity_store *store,
    struct evidence *found, struct error *err)
{
	return find(store, item->link, &found->link, err) &&
	       find(store, item->digest, &found->digest, err);
}

/*
 * The guid is known, with another title. Where no link can tell whether the title was
 * rewritten, the old title under another guid does: guids that are positions.
 */
static bool
is_guid_reused(const struct identity_document *document, const struct identity *item,
    const struct evidence *found)
{
	const struct identity *stored = &found->guid.keys;

	if (differ(item->link, stored->link))
		return true;
	if (item->link != 0 && item->link == stored->link && !found->link.is_shared)
		return false;
	return has_key(document->digests, document->count, stored->digest);
}

/*
 * Title and date are known under another guid that has gone from the document, and no link
 * tells the two apart: guids that change from one reading to the next.
 */
static bool
has_guid_changed(const struct identity_document *document, const struct identity *item,
    const struct evidence *found)
{
	const struct identity *stored = &found->digest.keys;

	return found->digest.entry != 0 && item->has_date &&
	       differ(item->guid, stored->guid) && !differ(item->link, stored->link) &&
	       !has_key(document->guids, document->count, stored->guid);
}

/* It is no key anyway, or title and link are those that are stored: the other keys need
 * not be looked up. */
static bool
is_guid_proven(const struct identity *item, const struct identity_match *guid)
{
	return guid->is_shared || (guid->entry != 0 && guid->keys.title == item->title &&
				      guid->keys.link == item->link);
}

static bool
is_guid_doubtful(const struct identity_document *document, const struct identity *item,
    const struct evidence *found, const struct identity_trust *trust)
{
	const struct identity *stored = &found->guid.keys;

	if (found->guid.entry != 0 && stored->title != item->title)
		return is_guid_reused(document, item, found);
	if (trust->links && found->link.entry != 0 &&
	    differ(item->guid, found->link.keys.guid))
		return true;
	return found->guid.entry == 0 && has_guid_changed(document, item, found);
}

bool
identity_settle(const struct identity_document *document,
    const struct identity_store *store, struct identity_trust *trust, struct error *err)
{
	if (!settle_inside(document, store, trust, err))
		return false;
	for (size_t i = 0; trust->guids && i < document->count; i++) {
		const struct identity *item = &document->items[i];
		struct evidence found;

		if (item->guid == 0)
			continue;
		if (!find(store, item->guid, &found.guid, err))
			return false;
		if (is_guid_proven(item, &found.guid))
			continue;
		if (!gather(item, store, &found, err))
			return false;
		trust->guids = !is_guid_doubtful(document, item, &found, trust);
	}
	return true;
}

/* -- identity -- */

/*
 * An entry whose link has gone from the document, while its title and date stand there
 * under a new link, is taken for the same one: some publishers put tokens into links.
 */
static bool
is_other_link(const struct identity_document *document, const struct identity *item,
    const struct identity *stored)
{
	return differ(item->link, stored->link) &&
	       (!item->has_date || has_key(document->links, document->count, stored->link));
}

bool
identity_pick(const struct identity_document *document, size_t i,
    const struct identity_store *store, const struct identity_trust *trust,
    struct identity_match *match, struct error *err)
{
	const struct identity *item = &document->items[i];
	struct evidence found;
	bool has_guid;

	if (!find(store, item->guid, &found.guid, err))
		return false;
	has_guid = trust->guids && item->guid != 0 && !found.guid.is_shared;
	*match = (struct identity_match){ 0 };
	if (has_guid && found.guid.entry != 0) {
		*match = found.guid;
		return true;
	}
	if (!gather(item, store, &found, err))
		return false;
	if (found.link.entry != 0 &&
	    !(has_guid && differ(item->guid, found.link.keys.guid)))
		*match = found.link;
	else if (found.digest.entry != 0 &&
		 !(has_guid && differ(item->guid, found.digest.keys.guid)) &&
		 (found.link.is_shared ||
		     !is_other_link(document, item, &found.digest.keys)))
		*match = found.digest;
	return true;
}
