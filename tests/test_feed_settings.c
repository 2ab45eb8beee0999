/*
 * feeds: and polling: as they are written, and every mistake in them with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "feeds/feeds.h"

#define URL "url: \"https://example.org/f\""

struct row {
	const char *name;
	const char *text;    /* of f.yaml */
	const char *message; /* its only mistake or warning; begins so; NULL: none */
};

static const struct row rows[] = {
	{ "the least", "feeds: [{id: a, " URL "}]\n", NULL },
	{ "none", "feeds: []\n", NULL },
	{ "no list", "feeds: {id: a}\n", "f.yaml:1:8: feeds: a list" },
	{ "without an id", "feeds: [{" URL "}]\n", "f.yaml:1:9: feed: id is missing" },
	{ "without a url", "feeds: [{id: a}]\n", "f.yaml:1:9: feed: url is missing" },
	{ "an id with other letters", "feeds: [{id: A b, " URL "}]\n", "f.yaml:1:14: id" },
	{ "a file as url", "feeds: [{id: a, url: \"file:///etc/passwd\"}]\n",
	    "f.yaml:1:22: url" },
	{ "an unknown key", "feeds: [{id: a, " URL ", evry: 30m}]\n",
	    "f.yaml:1:47: feed: unknown key" },
	{ "a proxy", "feeds: [{id: a, " URL ", proxy: \"http://p.example:3128\"}]\n",
	    NULL },
	{ "no proxy", "feeds: [{id: a, " URL ", proxy: none}]\n", NULL },
	{ "a proxy of another kind",
	    "feeds: [{id: a, " URL ", proxy: \"socks://p.example\"}]\n",
	    "f.yaml:1:54: proxy" },
	{ "headers",
	    "feeds: [{id: a, " URL ", headers: {X-Desk: seven, Cookie: \"a=b\"}}]\n",
	    NULL },
	{ "headers are a mapping", "feeds: [{id: a, " URL ", headers: [a]}]\n",
	    "f.yaml:1:56: headers: names with values are missing" },
	{ "a header with a colon in its name",
	    "feeds: [{id: a, " URL ", headers: {\"a:b\": c}}]\n",
	    "f.yaml:1:57: headers: this is no name of a header" },
	{ "a header that is ours", "feeds: [{id: a, " URL ", headers: {user-agent: c}}]\n",
	    "f.yaml:1:57: headers: User-Agent is not for headers: use user_agent:" },
	{ "two lines in a header's value",
	    "feeds: [{id: a, " URL ", headers: {a: \"b\\r\\nc: d\"}}]\n",
	    "f.yaml:1:60: headers: a line break or control character" },
	{ "a login", "feeds: [{id: a, " URL ", auth: {user: me, password_file: p}}]\n",
	    NULL },
	{ "a token", "feeds: [{id: a, " URL ", auth: {bearer_file: /p}}]\n", NULL },
	{ "a login without its secret", "feeds: [{id: a, " URL ", auth: {user: me}}]\n",
	    "f.yaml:1:53: auth: password_file is missing" },
	{ "two logins",
	    "feeds: [{id: a, " URL
	    ", auth: {user: a, password_file: b, bearer_file: c}}]\n",
	    "f.yaml:1:53: auth: a bearer_file, or" },
	{ "a user with a colon",
	    "feeds: [{id: a, " URL ", auth: {user: \"a:b\", password_file: p}}]\n",
	    "f.yaml:1:62: user has a colon" },
	{ "a login in the clear",
	    "feeds: [{id: a, url: \"http://a.example/\", auth: {bearer_file: p}}]\n",
	    "f.yaml:1:" },
	{ "one id twice",
	    "feeds:\n  - {id: a, " URL "}\n  - {id: b, " URL "}\n  - {id: a, " URL "}\n",
	    "f.yaml:4:5: feed: the id a stands in f.yaml:2 too" },
	{ "override in the same file",
	    "feeds:\n  - {id: a, " URL "}\n  - {id: a, " URL ", override: true}\n",
	    "f.yaml:3:5: feed: the id a stands in f.yaml:2 too" },
	{ "every: the least", "feeds: [{id: a, " URL ", every: 15m}]\n", NULL },
	{ "every: less is rude", "feeds: [{id: a, " URL ", every: 14m}]\n",
	    "f.yaml:1:54: warning: every is 14m" },
	{ "every: the floor", "feeds: [{id: a, " URL ", every: 5m}]\n",
	    "f.yaml:1:54: warning: every is 5m" },
	{ "every: below the floor", "feeds: [{id: a, " URL ", every: 299s}]\n",
	    "f.yaml:1:54: every is" },
	{ "every: a week", "feeds: [{id: a, " URL ", every: 7d}]\n", NULL },
	{ "every: more than a week", "feeds: [{id: a, " URL ", every: 8d}]\n",
	    "f.yaml:1:54: every is" },
	{ "no gap at all", "feeds: [{id: a, " URL ", host_gap: 0s}]\n", NULL },
	{ "too long a gap", "feeds: [{id: a, " URL ", host_gap: 11m}]\n",
	    "f.yaml:1:57: host_gap is" },
	{ "a line break in a header",
	    "feeds: [{id: a, " URL ", user_agent: \"a\\r\\nb\"}]\n",
	    "f.yaml:1:59: user_agent has a line break" },
	{ "yes is no boolean", "feeds: [{id: a, " URL ", private: yes}]\n",
	    "f.yaml:1:56: private is" },
	{ "a page",
	    "feeds: [{id: a, page: \"https://a.example/\", item: //li, fields: {title: .//a}}]\n",
	    NULL },
	{ "neither url nor page", "feeds: [{id: a}]\n",
	    "f.yaml:1:9: feed: url is missing" },
	{ "url and page", "feeds: [{id: a, " URL ", page: \"https://a.example/\"}]\n",
	    "f.yaml:1:53: feed: it has a url too" },
	{ "a page without item",
	    "feeds: [{id: a, page: \"https://a.example/\", fields: {title: a}}]\n",
	    "f.yaml:1:23: feed: a page needs item" },
	{ "a page without fields",
	    "feeds: [{id: a, page: \"https://a.example/\", item: //li}]\n",
	    "f.yaml:1:23: feed: a page needs fields" },
	{ "a page without a title",
	    "feeds: [{id: a, page: \"https://a.example/\", item: //li, fields: {link: a}}]\n",
	    "f.yaml:1:" },
	{ "an item of a feed", "feeds: [{id: a, " URL ", item: //li}]\n",
	    "f.yaml:1:53: feed: item and fields are for a page" },
	{ "a field that is none",
	    "feeds: [{id: a, page: \"https://a.example/\", item: //li, fields: {title: a, name: b}}]\n",
	    "f.yaml:1:" },
};

/* All messages, one a line. */
static void
read_text(const char *file, const char *text, struct feed_set *set, struct buf *messages)
{
	AUTO(conf) conf = conf_new();
	const struct conf_node *root = conf_read_bytes(conf, text, strlen(text), file);

	assert_non_null(root);
	(void)feed_set_read(conf, conf_find(root, "feeds"), set);
	for (size_t i = 0; i < conf_error_count(conf) + conf_warning_count(conf); i++)
		buf_printf(messages, "%s\n", conf_message(conf, i));
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf messages = BUF_EMPTY;
	struct feed_set set = { 0 };
	const char *text;

	read_text("f.yaml", row->text, &set, &messages);
	text = buf_text(&messages);
	if (row->message == NULL)
		assert_string_equal(text, "");
	else if (strncmp(text, row->message, strlen(row->message)) != 0)
		fail_msg("%s", text);
	if (row->message != NULL)
		assert_ptr_equal(strchr(text, '\n'), text + messages.len - 1);
	feed_set_clear(&set);
}

static void
every_key_is_read(void **state)
{
	AUTO_BUF struct buf messages = BUF_EMPTY;
	struct feed_set set = { 0 };
	const struct feed *feed;

	read_text("f.yaml",
	    "feeds:\n  - {id: meti-press, url: \"http://127.0.0.1:8080/a?b=c\","
	    " publisher: METI, official: true, every: 1h, tags: [jp, official],"
	    " user_agent: \"x/1 (me)\", private: true, host_gap: 5s, backfill: 2d,"
	    " enabled: false, in_place_of: [Other, Another]}\n",
	    &set, &messages);
	assert_string_equal(buf_text(&messages), "");
	feed = feed_set_find(&set, "meti-press");
	assert_non_null(feed);
	assert_string_equal(feed->url, "http://127.0.0.1:8080/a?b=c");
	assert_string_equal(feed->publisher, "METI");
	assert_string_equal(feed->user_agent, "x/1 (me)");
	assert_true(feed->is_official && feed->is_private && !feed->is_enabled);
	assert_int_equal(feed->every_s, 3600);
	assert_int_equal(feed->host_gap_ms, 5000);
	assert_int_equal(feed->backfill_s, 172800);
	assert_int_equal(feed->tags.count, 2);
	assert_int_equal(feed->in_place_of.count, 2);
	feed_set_clear(&set);
}

static void
what_is_not_said_has_its_default(void **state)
{
	AUTO_BUF struct buf messages = BUF_EMPTY;
	struct feed_set set = { 0 };
	const struct feed *feed;
	struct source source;

	read_text("f.yaml", "feeds: [{id: a, " URL "}]\n", &set, &messages);
	feed = feed_set_find(&set, "a");
	assert_non_null(feed);
	assert_true(feed->is_enabled && !feed->is_official && !feed->is_private);
	assert_int_equal(feed->every_s, 0);
	assert_int_equal(feed->host_gap_ms, -1);
	assert_int_equal(feed->backfill_s, FEED_BACKFILL_S);
	assert_null(feed_set_find(&set, "b"));
	source = feed_source(feed);
	assert_string_equal(source.feed, "a");
	assert_string_equal(source.publisher, "a");
	assert_int_equal(source.tags->count, 0);
	feed_set_clear(&set);
}

static void
a_later_file_may_stand_in(void **state)
{
	AUTO(conf) conf = conf_new();
	static const char first[] = "feeds: [{id: a, " URL "}, {id: b, " URL "}]\n";
	static const char second[] =
	    "feeds: [{id: a, " URL ", every: 1h, override: true}]\n";
	static const char third[] = "feeds: [{id: b, " URL ", every: 1h}]\n";
	struct feed_set set = { 0 };
	const struct conf_node *root;

	root = conf_read_bytes(conf, first, strlen(first), "first.yaml");
	assert_true(feed_set_read(conf, conf_find(root, "feeds"), &set));
	root = conf_read_bytes(conf, second, strlen(second), "second.yaml");
	assert_true(feed_set_read(conf, conf_find(root, "feeds"), &set));
	assert_int_equal(set.count, 2);
	assert_int_equal(feed_set_find(&set, "a")->every_s, 3600);
	root = conf_read_bytes(conf, third, strlen(third), "third.yaml");
	assert_false(feed_set_read(conf, conf_find(root, "feeds"), &set));
	assert_int_equal(feed_set_find(&set, "b")->every_s, 0);
	assert_non_null(strstr(conf_message(conf, 0), "third.yaml:1:9"));
	assert_non_null(strstr(conf_message(conf, 0), "first.yaml:1 too"));
	feed_set_clear(&set);
}

static void
many_feeds_are_found(void **state)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_BUF struct buf messages = BUF_EMPTY;
	struct feed_set set = { 0 };
	char id[32];

	buf_add_text(&text, "feeds:\n");
	for (int i = 0; i < 2000; i++) /* in an order of no meaning */
		buf_printf(&text, "  - {id: f-%d, " URL "}\n", i * 1999 % 2000);
	read_text("f.yaml", text.data, &set, &messages);
	assert_string_equal(buf_text(&messages), "");
	assert_int_equal(set.count, 2000);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "f-%d", i);
		assert_string_equal(feed_set_find(&set, id)->id, id);
	}
	assert_null(feed_set_find(&set, "f-2000"));
	feed_set_clear(&set);
}

static bool
read_polling(const char *text, struct polling *polling)
{
	AUTO(conf) conf = conf_new();
	const struct conf_node *root = conf_read_bytes(conf, text, strlen(text), "p.yaml");

	polling_init(polling);
	return conf_read_mapping(conf, root, "polling", polling_keys, polling);
}

static void
polling_is_read(void **state)
{
	struct polling polling;

	assert_true(read_polling("every: 1h\nfloor: 10m\nhost_gap: 5s\n"
				 "contact: mailto:desk@example.org\n",
	    &polling));
	assert_int_equal(polling.every_s, 3600);
	assert_int_equal(polling.floor_s, 600);
	assert_int_equal(polling.host_gap_ms, 5000);
	assert_string_equal(polling.contact, "mailto:desk@example.org");
	polling_clear(&polling);
	assert_false(read_polling("contact: |\n  a\n  b\n", &polling));
	assert_int_equal(polling.every_s, 1800);
	assert_int_equal(polling.host_gap_ms, 2000);
	polling_clear(&polling);
}

/* The XPaths of the packaged list are those that are tried on a saved page: tests/feeds/ID.
 */
static void
check_page(const char *top, const struct feed *feed)
{
	AUTO_FREE char *path = mem_printf("%s/tests/feeds/%s.paths", top, feed->id);
	AUTO_BUF struct buf tried = BUF_EMPTY, listed = BUF_EMPTY;
	FILE *file = fopen(path, "re");
	char line[PAGE_PATH_MAX_BYTES];

	if (file == NULL)
		fail_msg("%s: not there", path);
	while (fgets(line, sizeof(line), file) != NULL)
		buf_add_text(&tried, line);
	(void)fclose(file);
	for (int i = 0; i < PAGE_FIELDS; i++) {
		if (feed->page.path[i] != NULL)
			buf_printf(&listed, "%s %s\n", page_field_name((enum page_field)i),
			    feed->page.path[i]);
	}
	assert_string_equal(buf_text(&listed), buf_text(&tried));
}

/* Whether a publisher can be heard on another day than its feed's worst. */
static size_t
count_ways(const struct feed_set *set, const char *publisher)
{
	size_t ways = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct feed *feed = set->items[i];

		if (feed->is_enabled && strcmp(feed->publisher, publisher) == 0)
			ways++;
	}
	return ways;
}

/* Those that a source stands in for are there. */
static void
check_stand_in(const struct feed_set *set, const struct feed *feed)
{
	for (size_t i = 0; i < feed->in_place_of.count; i++)
		assert_true(count_ways(set, feed->in_place_of.items[i]) > 0);
}

/* The packaged list is read by the same eyes. */
static void
the_default_pack_is_right(void **state)
{
	const char *top = getenv("top_srcdir");
	const char *folder = top != NULL ? top : ".";
	AUTO_FREE char *path = mem_printf("%s/feeds/us-japan-deal.yaml", folder);
	AUTO(conf) conf = conf_new();
	const struct conf_node *root = conf_read_file(conf, path, NULL);
	struct feed_set set = { 0 };
	int officials = 0;

	assert_non_null(root);
	(void)feed_set_read(conf, conf_find(root, "feeds"), &set);
	if (conf_error_count(conf) + conf_warning_count(conf) > 0)
		fail_msg("%s", conf_message(conf, 0));
	assert_non_null(feed_set_find(&set, "meti-press"));
	assert_non_null(feed_set_find(&set, "commerce-news"));
	assert_non_null(feed_set_find(&set, "bloomberg-markets"));
	for (size_t i = 0; i < set.count; i++) {
		assert_non_null(set.items[i]->publisher);
		assert_true(set.items[i]->every_s <= 1800);
		officials += set.items[i]->is_official;
		assert_int_equal(set.items[i]->is_official,
		    strcmp(set.items[i]->tags.items[0], "press") != 0);
		check_stand_in(&set, set.items[i]);
		if (page_is_given(&set.items[i]->page))
			check_page(folder, set.items[i]);
	}
	assert_true(officials >= 5);
	assert_true(count_ways(&set, "METI") >= 3);
	assert_true(count_ways(&set, "US Department of Commerce") >= 3);
	assert_true(count_ways(&set, "Bloomberg") >= 3);
	feed_set_clear(&set);
}

int
main(void)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]), OTHERS = 6 };
	struct CMUnitTest tests[ROWS + OTHERS] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(a_later_file_may_stand_in),
		cmocka_unit_test(many_feeds_are_found),
		cmocka_unit_test(polling_is_read),
		cmocka_unit_test(the_default_pack_is_right),
	};

	for (size_t i = 0; i < ROWS; i++)
		tests[OTHERS + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("feed settings", tests, NULL, NULL);
}
