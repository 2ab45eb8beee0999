/*
 * Identity over sequences of versions of one feed: nothing lost, nothing new twice.
 *
 * Through the real store. An item is written "guid link title date WHAT": - for none, WHAT
 * is N for new, K for known, C for changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "feeds/feeds.h"
#include "feeds/id_set.h"
#include "feeds/identity.h"

#define NOW_MS 1763795704000
#define VERSIONS_MAX 6

struct row {
	const char *name;
	const char *versions[VERSIONS_MAX]; /* items from the newest, one a line */
	int64_t entries;                    /* in the store in the end */
};

static const struct row rows[] = {
	{ "good guids",
	    { "g2 /2 Two 2 N\ng1 /1 One 1 N\n", "g3 /3 Three 3 N\ng2 /2 Two 2 K\n",
		"g3 /3 Three 3 K\ng2 /2 Two 2 K\n" },
	    3 },
	{ "kantei: guids that are positions",
	    { "item_1 /3 Three 3 N\nitem_2 /2 Two 2 N\nitem_3 /1 One 1 N\n",
		"item_1 /4 Four 4 N\nitem_2 /3 Three 3 K\nitem_3 /2 Two 2 K\n",
		"item_1 /6 Six 6 N\nitem_2 /5 Five 5 N\nitem_3 /4 Four 4 K\n" },
	    6 },
	{ "kantei: the whole window is new",
	    { "item_1 /2 Two 2 N\nitem_2 /1 One 1 N\n",
		"item_1 /4 Four 4 N\nitem_2 /3 Three 3 N\n",
		"item_1 /5 Five 5 N\nitem_2 /4 Four 4 K\n" },
	    5 },
	{ "kantei: nothing new, then all of it",
	    { "item_1 /1 One 1 N\n", "item_1 /1 One 1 K\n", "item_1 /2 Two 2 N\n",
		"item_1 /2 Two 2 K\n" },
	    2 },
	{ "positions without links",
	    { "item_1 - Two 2 N\nitem_2 - One 1 N\n",
		"item_1 - Three 3 N\nitem_2 - Two 2 K\n",
		"item_1 - Three 3 K\nitem_2 - Two 2 K\n" },
	    3 },
	{ "positions under one link",
	    { "item_1 /x Two 2 N\nitem_2 /x One 1 N\n",
		"item_1 /x Three 3 N\nitem_2 /x Two 2 K\n",
		"item_1 /x Four 4 N\nitem_2 /x Three 3 K\n" },
	    4 },
	{ "good guids, then none",
	    { "g2 /2 Two 2 N\ng1 /1 One 1 N\n", "- /3 Three 3 N\n- /2 Two 2 K\n",
		"- /4 Four 4 N\n- /3 Three 3 K\n- /2 Two 2 K\n" },
	    4 },
	{ "guids, then none, and guids again",
	    { "g1 /1 One 1 N\n", "- /1 One 1 K\n", "g1 /1 One 1 K\n" }, 1 },
	{ "good guids under one link, then none",
	    { "g2 /x Two 2 N\ng1 /x One 1 N\n", "- /x Two 2 K\n- /x One 1 K\n",
		"- /x Three 3 N\n- /x Two 2 K\n" },
	    3 },
	{ "guids come",
	    { "- /2 Two 2 N\n- /1 One 1 N\n",
		"g3 /3 Three 3 N\ng2 /2 Two 2 K\ng1 /1 One 1 K\n",
		"g3 /9 Three 3 K\ng2 /2 Two 2 K\n" },
	    3 },
	{ "a link under a new guid",
	    { "g2 /2 Two 2 N\ng1 /1 One 1 N\n",
		"h3 /3 Three 3 N\nh2 /2 Two 2 K\nh1 /1 One 1 K\n",
		"i3 /3 Three 3 K\ni2 /2 Two 2 K\n" },
	    3 },
	{ "guids that change every time, without links",
	    { "a - One 1 N\n", "b - One 1 K\n", "c - Two 2 N\nd - One 1 K\n" }, 2 },
	{ "a guid twice in one document, for two items",
	    { "g /2 Two 2 N\ng /1 One 1 N\n", "g /2 Two 2 K\ng /1 One 1 K\n",
		"g /3 Three 3 N\ng /2 Two 2 K\n" },
	    3 },
	{ "one guid for everything, no links",
	    { "0 - Two 2 N\n0 - One 1 N\n", "0 - Three 3 N\n0 - Two 2 K\n" }, 3 },
	{ "guid and link of two items are the same (mod.go.jp)",
	    { "/s /s Two 2 N\n/s /s One 1 N\n/a /a Alpha 0 N\n",
		"/s /s Three 3 N\n/s /s Two 2 K\n/a /a Alpha 0 K\n",
		"/s /s Three 3 K\n/b /b Beta 4 N\n/a /a Better 0 C\n" },
	    5 },
	{ "the same with title and date, but under links of their own (mod.go.jp)",
	    { "/s /s Two 2 N\n/s /s One 1 N\n/c /c News 5 N\n/b /b News 5 N\n",
		"/s /s Two 2 K\n/s /s One 1 K\n/c /c News 5 K\n/b /b News 5 K\n" },
	    4 },
	{ "one link for all, no guids",
	    { "- /x Two 2 N\n- /x One 1 N\n", "- /x Three 3 N\n- /x Two 2 K\n",
		"- /x Three 3 K\n" },
	    3 },
	{ "one link for all, good guids: titles may be rewritten",
	    { "g2 /x Two 2 N\ng1 /x One 1 N\n", "g2 /x Zwei 2 C\ng1 /x One 1 K\n",
		"g3 /x Three 3 N\ng2 /x Zwei 2 K\n" },
	    3 },
	{ "a section's page as link, good guids (digital.go.jp)",
	    { "u2 /s Two 2 N\nu1 /s One 1 N\nu0 /0 Zero 0 N\n",
		"u4 /t Four 4 N\nu3 /s Three 3 N\nu0 /0 Zero 0 K\n",
		"u5 /t Five 5 N\nu3 /s Three 3 K\nu0 /0 Zero 0 K\n" },
	    6 },
	{ "a link that becomes shared",
	    { "- /x One 1 N\n", "- /x Two 2 N\n- /x One 1 K\n", "- /x Two 2 K\n" }, 2 },
	{ "links that change, good guids",
	    { "g2 /2?a Two 2 N\ng1 /1?a One 1 N\n", "g2 /2?b Two 2 K\ng1 /1?b One 1 K\n",
		"g3 /3?c Three 3 N\ng2 /2?c Two 2 K\n" },
	    3 },
	{ "links that change, no guids",
	    { "- /2?a Two 2 N\n- /1?a One 1 N\n", "- /2?b Two 2 K\n- /1?b One 1 K\n",
		"- /3?c Three 3 N\n- /2?c Two 2 K\n" },
	    3 },
	{ "a title is rewritten under one link",
	    { "- /1 One 1 N\n", "- /1 Eins 1 C\n", "- /1 Eins 1 K\n", "- /1 One 1 C\n" },
	    1 },
	{ "a title is rewritten under one guid, and the link with it",
	    { "g2 /2 Two 2 N\ng1 /1 One 1 N\n", "g2 /2 Two 2 K\ng1 /one One 1 K\n",
		"g2 /2 Two 2 K\ng1 /one Eins 1 C\n" },
	    2 },
	{ "a changed date alone is nothing new",
	    { "- /1 One 1 N\n", "- /1 One 2 K\n", "- /1 One 3 K\n" }, 1 },
	{ "one item listed twice",
	    { "g1 /1 One 1 K\ng1 /1 One 1 N\n", "g1 /1 One 1 K\ng1 /1 One 1 K\n" }, 1 },
	{ "one item listed twice, under two guids",
	    { "g2 /1 One 1 N\ng1 /1 One 1 N\n", "g2 /1 One 1 K\ng1 /1 One 1 K\n",
		"g3 /3 Three 3 N\ng2 /1 One 1 K\n" },
	    3 },
	{ "the same title on two links at one time",
	    { "- /1 One 1 N\n", "- /2 One 1 N\n- /1 One 1 K\n", "- /2 One 1 K\n" }, 2 },
	{ "the same title without a date, later, on another link",
	    { "- /1 Weekly 0 N\n", "- /2 Weekly 0 N\n" }, 2 },
	{ "another guid keeps two items apart, whatever else is the same",
	    { "g1 /1 One 1 N\n", "g2 /2 One 1 N\n" }, 2 },
	{ "nothing but a title",
	    { "- - Two 0 N\n- - One 0 N\n", "- - Three 0 N\n- - Two 0 K\n" }, 3 },
	{ "utm_ and fragments are no other link",
	    { "- /1?utm_source=a One 1 N\n", "- /1#top One 2 K\n" }, 1 },
	{ "what went comes back",
	    { "g1 /1 One 1 N\n", "g2 /2 Two 2 N\n", "g2 /2 Two 2 K\ng1 /1 One 1 K\n" }, 2 },
};

struct house {
	struct clock *clock;
	struct db *db;
	struct feeds *feeds;
};

static void
read_set(struct feed_set *set)
{
	static const char text[] = "feeds: [{id: f, url: \"https://example.org/f\"}]\n";
	AUTO(conf) conf = conf_new();
	const struct conf_node *root =
	    conf_read_bytes(conf, text, sizeof(text) - 1, "feeds.yaml");

	assert_true(feed_set_read(conf, conf_find(root, "feeds"), set));
}

static void
open_house(struct house *house)
{
	static const struct db_schema *const schemas[] = { &feeds_schema, NULL };
	struct feed_set set = { 0 };
	struct polling polling;
	struct error err = { 0 };

	polling_init(&polling);
	read_set(&set);
	house->clock = clock_open_virtual(NOW_MS);
	house->db = db_open(":memory:", schemas, house->clock, &err);
	assert_non_null(house->db);
	house->feeds = feeds_open(NULL, house->clock, house->db, NULL, NULL);
	assert_true(feeds_configure(house->feeds, &set, &polling, &err));
}

static void
close_house(struct house *house)
{
	feeds_close(house->feeds);
	db_close(house->db);
	clock_close(house->clock);
}

/* -- versions -- */

static char *
field(char **text)
{
	char *word = strsep(text, " ");

	assert_non_null(word);
	return strcmp(word, "-") == 0 ? NULL : word;
}

/* @return what is expected of it, kept where entries have room for it */
static struct entry *
read_item(char *line)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));
	const char *guid = field(&line), *link = field(&line), *title = field(&line);

	entry->id = mem_strdup(guid);
	entry->link = link == NULL ? NULL : mem_printf("https://example.org%s", link);
	entry->title = mem_strdup(title);
	entry->published_s = strtoll(field(&line), NULL, 10);
	if (entry->published_s != 0)
		entry->published_s += NOW_MS / 1000 - 3600;
	list_add(&entry->categories, line);
	return entry;
}

static void
add_item(struct feed_result *result, struct entry *entry)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry;
}

static struct feed_result *
read_version(const char *version)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));
	AUTO_FREE char *copy = mem_strdup(version);
	char *rest = copy, *line;

	result->feed = mem_strdup("f");
	result->at_ms = NOW_MS;
	result->response.status = 200;
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0')
		add_item(result, read_item(line));
	return result;
}

static void
check_applied(const struct entry *entry, const struct applied *applied)
{
	static const char letters[] = {
		[ENTRY_KNOWN] = 'K', [ENTRY_NEW] = 'N', [ENTRY_CHANGED] = 'C'
	};
	char wanted = entry->categories.items[0][0];

	if (letters[applied->change] != wanted)
		fail_msg("%s %s %s: is %c, wanted %c", entry->id, entry->link, entry->title,
		    letters[applied->change], wanted);
	assert_true(applied->id > 0);
}

static void
apply_version(struct house *house, const char *version)
{
	struct feed_result *result = read_version(version);
	struct condition_changes changes;
	struct applied applied;
	struct error err = { 0 };

	assert_true(db_begin(house->db, &err));
	assert_true(feeds_apply_begin(house->feeds, result, &err));
	for (size_t i = 0; i < result->count; i++) {
		assert_true(feeds_apply_entry(house->feeds, result, i, &applied, &err));
		check_applied(result->entries[i], &applied);
	}
	assert_true(feeds_apply_end(house->feeds, result, &changes, &err));
	assert_true(db_commit(house->db, DB_GROUPED, &err));
	feeds_finish(house->feeds, result, true);
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct house house;
	struct error err = { 0 };
	int64_t entries;

	open_house(&house);
	for (size_t i = 0; i < VERSIONS_MAX && row->versions[i] != NULL; i++)
		apply_version(&house, row->versions[i]);
	assert_true(
	    db_read_int(house.db, &err, &entries, 0, "SELECT count(*) FROM entry", ""));
	assert_int_equal(entries, row->entries);
	close_house(&house);
}

/* -- what is kept -- */

static int64_t
number(struct house *house, const char *sql)
{
	struct error err = { 0 };
	int64_t value;

	if (!db_read_int(house->db, &err, &value, -1, sql, ""))
		fail_msg("%s", err.text);
	return value;
}

static void
distrust_is_for_good(void **state)
{
	struct house house;

	open_house(&house);
	apply_version(&house, "g1 /1 One 1 N\n");
	assert_int_equal(number(&house, "SELECT guids_distrusted FROM feed"), 0);
	apply_version(&house, "h1 /1 One 1 K\n");
	assert_int_equal(number(&house, "SELECT guids_distrusted FROM feed"), 1);
	assert_int_equal(number(&house, "SELECT links_distrusted FROM feed"), 0);
	apply_version(&house, "h1 /2 Two 2 N\nh1 /1 One 1 K\n");
	apply_version(&house, "h1 /2 Two 2 K\n");
	assert_int_equal(number(&house, "SELECT guids_distrusted FROM feed"), 1);
	apply_version(&house, "- /s Three 3 N\n- /s Four 4 N\n");
	assert_int_equal(number(&house, "SELECT links_distrusted FROM feed"), 1);
	close_house(&house);
}

/* Links with tokens in them must not fill the store. */
static void
replaced_keys_go(void **state)
{
	struct house house;
	char version[64];

	open_house(&house);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(version, sizeof(version), "g1 /1?token=%d One %d %c\n", i,
		    i + 1, i == 0 ? 'N' : 'K');
		apply_version(&house, version);
	}
	assert_int_equal(number(&house, "SELECT count(*) FROM entry_key"), 3);
	assert_int_equal(number(&house, "SELECT link LIKE '%=99' FROM entry"), 1);
	close_house(&house);
}

/* The identity of an item made of a guid, a link, a title and a summary. */
static struct identity
identity(const char *feed, const char *guid, const char *link, const char *summary)
{
	struct entry entry = { .id = mem_strdup(guid),
		.link = mem_strdup(link),
		.title = mem_strdup(""),
		.summary = mem_strdup(summary) };
	struct identity keys = identity_of(feed, &entry);

	free(entry.id);
	free(entry.link);
	free(entry.title);
	free(entry.summary);
	return keys;
}

static void
keys_of_two_feeds_never_meet(void **state)
{
	struct identity a = identity("a", "g", "HTTPS://Example.org/a", "T");
	struct identity b = identity("b", "g", "HTTPS://Example.org/a", "T");

	assert_true(a.guid != b.guid && a.link != b.link && a.digest != b.digest);
	assert_true(a.guid != a.link);
	assert_false(a.has_date);
}

static void
links_are_compared_in_their_canonical_form(void **state)
{
	assert_int_equal(identity("a", NULL, "HTTPS://Example.org/a?utm_x=1", NULL).link,
	    identity("a", NULL, "https://example.org/a#b", NULL).link);
	assert_true(identity("a", NULL, "https://example.org/A", NULL).link !=
		    identity("a", NULL, "https://example.org/a", NULL).link);
}

static void
an_empty_guid_is_none(void **state)
{
	assert_int_equal(identity("a", "", NULL, NULL).guid, 0);
	assert_int_equal(identity("a", "", "", NULL).link, 0);
}

static void
an_item_without_a_title_has_its_text(void **state)
{
	assert_true(identity("a", NULL, NULL, "First").digest !=
		    identity("a", NULL, NULL, "Second").digest);
}

/* -- what one document shares -- */

#define ITEMS_MAX 4

struct sharing {
	const char *name;
	struct identity
	    items[ITEMS_MAX]; /* guid, link, title, digest; ends with a title 0 */
	int64_t shared[2];    /* the keys that are; 0: none */
	bool are_guids_trusted, are_links_trusted;
};

/* Digests are signed: a guid that is not there lies between two that are. */
static const struct sharing sharings[] = {
	{ "a link under two guids, with none between them",
	    { { -5, 10, 1, 21 }, { 0, 10, 1, 22 }, { 7, 10, 1, 23 } }, { 10 }, true,
	    false },
	{ "a link under two guids, the dates crossed",
	    { { 3, 10, 1, 21 }, { 3, 10, 1, 22 }, { 4, 10, 1, 22 } }, { 10 }, true, false },
	{ "a link under two guids with one title and date",
	    { { 3, 10, 1, 21 }, { 0, 10, 1, 22 }, { 4, 10, 1, 21 } }, { 0 }, true, true },
	{ "a guid under two links, with none between them",
	    { { 3, -10, 1, 21 }, { 3, 0, 2, 22 }, { 3, 10, 3, 23 } }, { 3 }, false, true },
	{ "a guid under two links, the titles crossed",
	    { { 3, 10, 1, 21 }, { 3, 11, 1, 21 }, { 3, 11, 2, 22 } }, { 3, 11 }, false,
	    false },
	{ "a guid under two titles, without links", { { 3, 0, 1, 21 }, { 3, 0, 2, 22 } },
	    { 3 }, true, true },
};

static bool
find_nothing(void *ctx, int64_t key, struct identity_match *match, struct error *err)
{
	return true;
}

static bool
note_share(void *ctx, int64_t key, struct error *err)
{
	struct id_set *shared = ctx;

	(void)id_set_add(shared, key);
	return true;
}

static void
check_sharing(void **state)
{
	const struct sharing *sharing = *state;
	struct identity items[ITEMS_MAX];
	struct identity_document document = { .items = items };
	struct id_set shared = { 0 };
	struct identity_store store = { find_nothing, note_share, &shared };
	struct identity_trust trust = { true, true };
	struct error err;

	memcpy(items, sharing->items, sizeof(items));
	while (document.count < ITEMS_MAX && items[document.count].title != 0)
		document.count++;
	assert_true(identity_settle(&document, &store, &trust, &err));
	assert_int_equal(trust.guids, sharing->are_guids_trusted);
	assert_int_equal(trust.links, sharing->are_links_trusted);
	for (size_t i = 0; i < 2; i++)
		if (sharing->shared[i] != 0)
			assert_true(id_set_has(&shared, sharing->shared[i]));
	assert_int_equal(
	    shared.count, (sharing->shared[0] != 0) + (sharing->shared[1] != 0));
	id_set_clear(&shared);
}

int
main(void)
{
	enum {
		ROWS = sizeof(rows) / sizeof(rows[0]),
		SHARINGS = sizeof(sharings) / sizeof(sharings[0]),
		OTHERS = 6
	};
	struct CMUnitTest tests[ROWS + SHARINGS + OTHERS] = {
		cmocka_unit_test(distrust_is_for_good),
		cmocka_unit_test(replaced_keys_go),
		cmocka_unit_test(keys_of_two_feeds_never_meet),
		cmocka_unit_test(links_are_compared_in_their_canonical_form),
		cmocka_unit_test(an_empty_guid_is_none),
		cmocka_unit_test(an_item_without_a_title_has_its_text),
	};

	for (size_t i = 0; i < ROWS; i++)
		tests[OTHERS + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	for (size_t i = 0; i < SHARINGS; i++)
		tests[OTHERS + ROWS + i] = (struct CMUnitTest){ .name = sharings[i].name,
			.test_func = check_sharing,
			.initial_state = (void *)&sharings[i] };
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
