/*
 * The desktop agent's own parts: what a record looks like, what becomes one summary, what
 * is muted, and the cursor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerts/agent_cursor.h"
#include "alerts/agent_mute.h"
#include "alerts/agent_notice.h"
#include "alerts/agent_queue.h"
#include "base/buf.h"
#include "base/error.h"

#define NOW_MS INT64_C(1763795704123) /* 2025-11-22T07:15:04.123Z */
#define HEAD "{\"time\":\"2025-11-22T07:15:04.123Z\",\"severity\":\"high\","

/* -- notices -- */

struct notice_row {
	const char *name;
	const char *json;
	const char *seen; /* "KEY|MUTE KEY|TITLE|BODY|LINK" */
};

static const struct notice_row notice_rows[] = {
	{ "a stage",
	    HEAD "\"story\":\"fund\",\"stage\":\"meeting-set\",\"state\":\"reported\","
		 "\"title\":\"Lutnick & Akazawa\",\"publisher\":\"METI\",\"official\":true,"
		 "\"excerpt\":\"a <b> c\",\"link\":\"https://www.meti.go.jp/a?b&c\"}",
	    "story fund|story fund|Lutnick & Akazawa|METI · official · meeting-set "
	    "reported\na &lt;b&gt; c\nwww.meti.go.jp|https://www.meti.go.jp/a?b&c" },
	{ "a reversal with voices",
	    HEAD
	    "\"story\":\"fund\",\"stage\":\"agreed\",\"state\":\"reversed\","
	    "\"now\":\"talks\",\"title\":\"t\",\"publisher\":\"p\",\"voices\":[{},{}]}",
	    "story fund|story fund|t|p · agreed reversed, now talks, 2 voices|-" },
	{ "a match stands for itself",
	    HEAD
	    "\"rule\":\"zebra\",\"title\":\"t\",\"publisher\":\"p\",\"official\":false}",
	    "event 7|rule zebra|t|p|-" },
	{ "a source", HEAD "\"kind\":\"feed\",\"feed\":\"meti\",\"condition\":\"down\"}",
	    "feed meti|feed meti|meti: down||-" },
	{ "nothing but its kind", HEAD "\"kind\":\"system\"}", "event 7|-|system||-" },
	{ "an excerpt that says the title again",
	    HEAD "\"title\":\"t\",\"excerpt\":\" t \"}", "event 7|-|t||-" },
	{ "control characters and directions",
	    HEAD "\"title\":\"a\\u0007b\\nc\\u202ed\\u009b \\u2028 e\"}",
	    "event 7|-|a b cd e||-" },
	{ "members of the wrong type",
	    HEAD "\"title\":7,\"publisher\":[],\"link\":{},\"story\":null,\"rule\":\"r\"}",
	    "event 7|rule r|r||-" },
	{ "a link that is a script", HEAD "\"title\":\"t\",\"link\":\"javascript:x\"}",
	    "event 7|-|t||-" },
	{ "a host in disguise",
	    HEAD "\"title\":\"t\",\"link\":\"https://meti.go.jp@evil.example/x\"}",
	    "event 7|-|t|evil.example|https://meti.go.jp@evil.example/x" },
	{ "old news have their time",
	    "{\"time\":\"2025-11-22T05:01:00Z\",\"title\":\"t\",\"publisher\":\"p\"}",
	    "event 7|-|t|p · 05:01|-" },
	{ "of another day",
	    "{\"time\":\"2025-11-20T05:01:00Z\",\"title\":\"t\",\"publisher\":\"p\"}",
	    "event 7|-|t|p · 2025-11-20 05:01|-" },
};

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static void
check_notice(void **state)
{
	const struct notice_row *row = *state;
	struct notice_look look = {
		.has_markup = true, .has_actions = true, .now_ms = NOW_MS
	};
	AUTO(notice) notice = notice_read(7, row->json, strlen(row->json));
	AUTO_FREE char *body = NULL, *seen = NULL;

	assert_non_null(notice);
	body = notice_body(notice, &look);
	seen = mem_printf("%s|%s|%s|%s|%s", notice->key, or_none(notice->mute_key),
	    notice->title, body, or_none(notice->link));
	assert_string_equal(seen, row->seen);
}

static void
check_no_record(void **state)
{
	assert_null(notice_read(1, "[]", 2));
	assert_null(notice_read(1, "{\"a\":", 5));
	assert_null(notice_read(1, "", 0));
	assert_null(notice_read(1, "{\"a\":\"\xff\"}", 9));
}

/* A server without markup and buttons is sent plain text with the whole link. */
static void
check_plain_body(void **state)
{
	static const char json[] = HEAD "\"title\":\"t\",\"publisher\":\"A & B\","
					"\"link\":\"http://x.example/<&>\"}";
	struct notice_look look = { .now_ms = NOW_MS, .before = "x <y>" };
	AUTO(notice) notice = notice_read(1, json, sizeof(json) - 1);
	AUTO_FREE char *body = notice_body(notice, &look);

	assert_string_equal(body, "A & B\nbefore: x <y>\nhttp://x.example/<&>");
}

static void
check_cut(void **state)
{
	AUTO_BUF struct buf long_text = BUF_EMPTY;
	AUTO_FREE char *whole = NULL, *cut = NULL;

	for (int i = 0; i < NOTICE_TITLE_CHARS; i++)
		buf_add_text(&long_text, "日");
	whole = notice_clean(buf_text(&long_text), NOTICE_TITLE_CHARS);
	assert_string_equal(whole, buf_text(&long_text));
	buf_add_text(&long_text, "本");
	cut = notice_clean(buf_text(&long_text), NOTICE_TITLE_CHARS);
	assert_int_equal(strlen(cut), 3 * NOTICE_TITLE_CHARS + strlen("…"));
	assert_string_equal(cut + strlen(cut) - strlen("…"), "…");
}

struct link_row {
	const char *name, *link;
	bool is_safe;
};

static const struct link_row link_rows[] = {
	{ "link: https", "https://example.org/", true },
	{ "link: HTTP in capitals", "HTTP://example.org", true },
	{ "link: Japanese", "https://例え.jp/道", true },
	{ "link: none", NULL, false },
	{ "link: empty", "", false },
	{ "link: no host", "https://", false },
	{ "link: no host but a path", "https:///etc", false },
	{ "link: a file", "file:///etc/passwd", false },
	{ "link: an option", "--help", false },
	{ "link: a scheme that only begins so", "httpsx://a", false },
	{ "link: a blank", "https://a/ b", false },
	{ "link: a line feed", "https://a/\nb", false },
	{ "link: a turn of direction", "https://a/\u202eb", false },
	{ "link: bytes that are no text", "https://a/\xff", false },
};

static void
check_link(void **state)
{
	const struct link_row *row = *state;

	assert_int_equal(notice_is_safe_link(row->link), row->is_safe);
}

static void
check_link_length(void **state)
{
	AUTO_FREE char *link = mem_zalloc(NOTICE_LINK_MAX_BYTES + 2);

	memset(link, 'x', NOTICE_LINK_MAX_BYTES);
	memcpy(link, "http://", 7);
	assert_true(notice_is_safe_link(link));
	link[NOTICE_LINK_MAX_BYTES] = 'x';
	assert_false(notice_is_safe_link(link));
}

/* -- the queue -- */

static struct notice *
make_notice(int64_t event, enum severity severity)
{
	AUTO_FREE char *title = mem_printf("title %d", (int)event);
	struct notice *notice = notice_new(severity, "key", title, NULL);

	notice->event = event;
	notice->time_ms = NOW_MS;
	notice->publisher = mem_strdup("METI");
	return notice;
}

static void
check_single(void **state)
{
	AUTO(queue) queue = queue_new();

	for (int i = 1; i <= QUEUE_SINGLE_MAX; i++) {
		queue_add(queue, make_notice(i, SEVERITY_HIGH));
		assert_false(queue_wants_summary(queue, NOW_MS + QUEUE_LATE_MS));
	}
	assert_true(queue_wants_summary(queue, NOW_MS + QUEUE_LATE_MS + 1));
	queue_add(queue, make_notice(9, SEVERITY_HIGH));
	assert_true(queue_wants_summary(queue, NOW_MS));
	for (int i = 1; i <= QUEUE_SINGLE_MAX; i++) {
		AUTO(notice) first = queue_take(queue);

		assert_int_equal(first->event, i);
	}
	/* one alone is shown as it is, however old */
	assert_false(queue_wants_summary(queue, NOW_MS + 10 * QUEUE_LATE_MS));
}

static void
check_summary(void **state)
{
	static const enum severity severities[] = { SEVERITY_HIGH, SEVERITY_LOW,
		SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_INFO,
		SEVERITY_HIGH };
	struct notice_look look = { .now_ms = NOW_MS };
	AUTO(queue) queue = queue_new();
	AUTO_FREE char *body = NULL;
	struct notice *with_link = NULL;

	for (int i = 0; i < 7; i++) {
		with_link = make_notice(i + 1, severities[i]);
		if (i == 2)
			with_link->link = mem_strdup("https://example.org/3");
		queue_add(queue, with_link);
	}
	for (int turn = 0; turn < 2; turn++) { /* it can be made again */
		AUTO(notice) summary = queue_summary(queue, NOW_MS);

		assert_string_equal(summary->title, "7 alerts");
		assert_int_equal(summary->event, 7);
		assert_int_equal(summary->severity, SEVERITY_CRITICAL);
		assert_string_equal(summary->link, "https://example.org/3");
		free(body);
		body = notice_body(summary, &look);
		assert_string_equal(body, "• title 5 (METI)\n• title 3 (METI)\n"
					  "• title 7 (METI)\n• title 4 (METI)\n"
					  "• title 1 (METI)\n"
					  "and 2 more: dealwatch tail -n 7");
	}
}

static void
check_absence(void **state)
{
	AUTO(queue) queue = queue_new();
	AUTO(notice) summary = NULL;
	AUTO(notice) later = NULL;

	queue_mark_absence(queue); /* nothing waits: nothing to say */
	queue_add(queue, make_notice(1, SEVERITY_HIGH));
	queue_add(queue, make_notice(2, SEVERITY_HIGH));
	summary = queue_summary(queue, NOW_MS);
	assert_string_equal(summary->title, "2 alerts");
	queue_mark_absence(queue);
	later = queue_summary(queue, NOW_MS);
	assert_string_equal(later->title, "2 alerts while you were away");
}

/* Of a flood the most severe stay, all are counted, and the cursor is the last one's. */
static void
check_flood(void **state)
{
	const int flood = 100000;
	AUTO(queue) queue = queue_new();
	AUTO(notice) summary = NULL;

	queue_add(queue, make_notice(1, SEVERITY_CRITICAL));
	for (int i = 2; i <= flood; i++)
		queue_add(queue, make_notice(i, SEVERITY_INFO));
	assert_int_equal(queue_count(queue), flood);
	summary = queue_summary(queue, NOW_MS);
	assert_int_equal(summary->event, flood);
	assert_string_equal(summary->title, "100000 alerts");
	assert_string_equal(summary->lines.items[0], "• title 1 (METI)");
	assert_string_equal(summary->lines.items[1], "• title 100000 (METI)");
	queue_drop_all(queue);
	assert_int_equal(queue_count(queue), 0);
}

/* -- mutes -- */

static void
check_mutes(void **state)
{
	AUTO(mutes) mutes = mutes_new();

	assert_false(mutes_has(mutes, "story fund", SEVERITY_INFO, NOW_MS));
	assert_false(mutes_has(mutes, NULL, SEVERITY_INFO, NOW_MS));
	mutes_add(mutes, "story fund", SEVERITY_HIGH, NOW_MS);
	assert_true(mutes_has(mutes, "story fund", SEVERITY_HIGH, NOW_MS));
	assert_true(mutes_has(mutes, "story fund", SEVERITY_LOW, NOW_MS + MUTE_MS - 1));
	assert_false(mutes_has(mutes, "story fund", SEVERITY_CRITICAL, NOW_MS));
	assert_false(mutes_has(mutes, "story other", SEVERITY_LOW, NOW_MS));
	assert_false(mutes_has(mutes, "story fund", SEVERITY_LOW, NOW_MS + MUTE_MS));
	assert_false(mutes_has(mutes, "story fund", SEVERITY_LOW, NOW_MS)); /* it ended */
	mutes_add(mutes, "story fund", SEVERITY_CRITICAL, NOW_MS);
	assert_true(mutes_has(mutes, "story fund", SEVERITY_CRITICAL, NOW_MS));
	assert_false(mutes_has(mutes, "story fund", SEVERITY_LOW, NOW_MS - 1));
}

/* -- the cursor -- */

static int
make_folder(void **state)
{
	char *folder = mem_printf("%s/dealwatch-test.XXXXXX",
	    getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));

	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int
remove_folder(void **state)
{
	AUTO_FREE char *folder = *state;
	AUTO_FREE char *command = mem_printf("rm -rf '%s'", folder);

	assert_int_equal(
	    system(command), 0); /* NOLINT(cert-env33-c): a folder of our own */
	return 0;
}

static void
check_cursor(void **state)
{
	const char *folder = *state;
	AUTO_FREE char *path = cursor_path(folder, "/run/dealwatch.sock");
	AUTO_FREE char *wanted = mem_printf("%s/notify@-run-dealwatch.sock", folder);
	struct cursor cursor = { .event = 5 }, last = { INT64_MAX, "" };
	struct error err = { 0 };
	struct stat st;

	assert_string_equal(path, wanted);
	assert_true(cursor_read(path, &cursor, &err));
	assert_int_equal(cursor.event, -1);
	assert_true(cursor_write(path, &last, &err));
	assert_true(cursor_read(path, &cursor, &err));
	assert_int_equal(cursor.event, INT64_MAX);
	assert_string_equal(cursor.store, "");
	last = (struct cursor){ INT64_MAX, "0123456789abcdef0123456789abcdef" };
	assert_true(cursor_write(path, &last, &err));
	assert_true(cursor_read(path, &cursor, &err));
	assert_int_equal(cursor.event, INT64_MAX);
	assert_string_equal(cursor.store, "0123456789abcdef0123456789abcdef");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
check_bad_cursor(void **state)
{
	static const char *const texts[] = { "", "\n", "x\n", "-1\n", "1 \n",
		"9223372036854775808\n",
		"00000000000000000000000000000000000000000000000000000000000000000001\n",
		"1 x\n", "1 0A\n", "1 0a 0a\n", "1 0123456789abcdef0123456789abcdef0\n" };
	AUTO_FREE char *path = cursor_path(*state, "s");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(path, "w");
		struct error err = { 0 };
		struct cursor cursor = { .event = 5 };

		assert_non_null(file);
		(void)fputs(texts[i], file);
		assert_int_equal(fclose(file), 0);
		assert_false(cursor_read(path, &cursor, &err));
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_int_equal(cursor.event, 5);
	}
}

static void
check_cursor_nowhere(void **state)
{
	AUTO_FREE char *folder = mem_printf("%s/none", (const char *)*state);
	AUTO_FREE char *path = cursor_path(folder, "s");
	struct error err = { 0 };

	assert_false(cursor_write(path, &(struct cursor){ 1, "" }, &err));
	assert_int_equal(err.kind, ERROR_SYSTEM);
}

static void
check_lock(void **state)
{
	AUTO_FREE char *folder = mem_printf("%s/a/b", (const char *)*state);
	int first = -1, second = -1;
	struct error err = { 0 };

	assert_true(cursor_lock(folder, &first, &err));
	assert_false(cursor_lock(folder, &second, &err));
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(second, -1);
	assert_int_equal(close(first), 0);
	assert_true(cursor_lock(folder, &second, &err));
	assert_int_equal(close(second), 0);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct CMUnitTest others[] = {
	cmocka_unit_test(check_no_record),
	cmocka_unit_test(check_plain_body),
	cmocka_unit_test(check_cut),
	cmocka_unit_test(check_link_length),
	cmocka_unit_test(check_single),
	cmocka_unit_test(check_summary),
	cmocka_unit_test(check_absence),
	cmocka_unit_test(check_flood),
	cmocka_unit_test(check_mutes),
	cmocka_unit_test_setup_teardown(check_cursor, make_folder, remove_folder),
	cmocka_unit_test_setup_teardown(check_bad_cursor, make_folder, remove_folder),
	cmocka_unit_test_setup_teardown(check_cursor_nowhere, make_folder, remove_folder),
	cmocka_unit_test_setup_teardown(check_lock, make_folder, remove_folder),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(notice_rows) + COUNT(link_rows) + COUNT(others)];
	size_t count = 0;

	(void)setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < COUNT(notice_rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = notice_rows[i].name,
			.test_func = check_notice,
			.initial_state = (void *)&notice_rows[i] };
	for (size_t i = 0; i < COUNT(link_rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = link_rows[i].name,
			.test_func = check_link,
			.initial_state = (void *)&link_rows[i] };
	memcpy(tests + count, others, sizeof(others));
	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
