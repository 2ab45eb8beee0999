/*
 * Replay: an index that is not to be trusted, and deliveries that fail. The worker is the
 * one that does as a feed's URL says.
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

#include "alerts/log.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "watch/replay.h"

#define PLACE "/index.tsv"

static const char config[] = "packs: []\n"
			     "feeds: [{id: a, url: \"https://fake/count\"}]\n"
			     "rules: [{id: bytes, when: bytes}]\n";

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's
 * names */
bool __real_log_sink_deliver(struct log_sink *sink, struct error *err);
bool __wrap_log_sink_deliver(struct log_sink *sink, struct error *err);

static bool *
is_failing(void)
{
	static bool value;

	return &value;
}

bool
__wrap_log_sink_deliver(struct log_sink *sink, struct error *err)
{
	if (*is_failing())
		return error_set(err, ERROR_SYSTEM, "log", "no room");
	return __real_log_sink_deliver(sink, err);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

struct house {
	char folder[64];
	struct buf lines;
};

static void
on_line(void *ctx, const char *line, size_t len)
{
	struct house *house = ctx;

	buf_add(&house->lines, line, len);
}

static void
on_mistake(void *ctx, const char *text)
{
	fail_msg("%s", text);
}

static void
on_notice(void *ctx, const char *room, const char *text)
{
}

static void
write_file(const struct house *house, const char *name, const char *text, size_t len)
{
	AUTO_FREE char *path = mem_printf("%s/%s", house->folder, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));

	strcpy(house->folder, "/tmp/dealwatch-test.XXXXXX");
	assert_non_null(mkdtemp(house->folder));
	write_file(house, "dealwatch.yaml", config, strlen(config));
	write_file(house, "1.http", "abc", 3);
	*is_failing() = false;
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *command = mem_printf("rm -rf '%s'", house->folder);

	/* NOLINTNEXTLINE(cert-env33-c): a folder of our own */
	assert_int_equal(system(command), 0);
	buf_clear(&house->lines);
	free(house);
	return 0;
}

static bool
replay(struct house *house, struct error *err)
{
	const struct replay_events events = { .on_line = on_line,
		.on_mistake = on_mistake,
		.on_notice = on_notice,
		.ctx = house };

	return replay_run(house->folder, NULL, &events, err);
}

/* -- the index -- */

struct row {
	const char *name;
	const char *index;
	size_t len;          /* 0: up to its NUL */
	const char *failure; /* behind the folder; NULL: it is good */
};

#define GOOD "1.http\ta\t2026-11-22T07:00:00Z\n"
#define NUL_LINE "1.http\0\ta\t2026-11-22T07:00:00Z\n"
#define ALLOWED " is not a file of this folder (allowed: a name, or a path below)"

static const struct row rows[] = {
	{ "index: a good one", GOOD, 0, NULL },
	{ "index: no line feed at its end", "1.http\ta\t2026-11-22T07:00:00Z", 0, NULL },
	{ "index: empty lines", "\n\r\n" GOOD "\n", 0, NULL },
	{ "index: two dots in a name", "./a/../1.http\ta\t2026-11-22T07:00:00Z\n", 0,
	    PLACE ":1: \"./a/../1.http\"" ALLOWED },
	{ "index: the folder above", GOOD "..\ta\t2026-11-22T07:00:00Z\n", 0,
	    PLACE ":2: \"..\"" ALLOWED },
	{ "index: a way out at the end", "a/..\ta\t2026-11-22T07:00:00Z\n", 0,
	    PLACE ":1: \"a/..\"" ALLOWED },
	{ "index: an absolute name", "/etc/passwd\ta\t2026-11-22T07:00:00Z\n", 0,
	    PLACE ":1: \"/etc/passwd\"" ALLOWED },
	{ "index: no name", "\ta\t2026-11-22T07:00:00Z\n", 0, PLACE ":1: \"\"" ALLOWED },
	{ "index: dots that are no way out", "x..y\ta\t2026-11-22T07:00:00Z\n", 0,
	    "/x..y: cannot open: No such file or directory" },
	{ "index: two columns", GOOD "\n1.http\ta\n", 0,
	    PLACE ":3: three columns are expected: file, feed, time" },
	{ "index: no time", "1.http\ta\tnoon\n", 0,
	    PLACE ":1: \"noon\" is no time (expected: 2026-11-22T07:01:44Z)" },
	{ "index: an unknown feed", GOOD "1.http\tb\t2026-11-22T08:00:00Z\n", 0,
	    PLACE ":2: there is no feed \"b\"" },
	{ "index: nothing in it", "\n", 0, PLACE ": the index names no answer" },
	{ "index: a NUL byte", NUL_LINE, sizeof(NUL_LINE) - 1, PLACE ":1: a NUL byte" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct error err = { 0 };
	struct house *house;
	void *own = NULL;
	bool ok;

	assert_int_equal(set_up(&own), 0);
	house = own;
	write_file(
	    house, "index.tsv", row->index, row->len > 0 ? row->len : strlen(row->index));
	ok = replay(house, &err);
	assert_string_equal(ok ? "good" : err.text + strlen(house->folder),
	    row->failure ? row->failure : "good");
	if (ok)
		assert_non_null(strstr(buf_text(&house->lines), "3 bytes"));
	assert_int_equal(tear_down(&own), 0);
}

static void
index_that_cannot_be_read(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *path = mem_printf("%s/index.tsv", house->folder);
	struct error err = { 0 };

	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(replay(house, &err));
	assert_non_null(strstr(err.text, "cannot read the index: Is a directory"));
}

static void
line_that_is_too_long(void **state)
{
	struct house *house = *state;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct error err = { 0 };

	for (int i = 0; i < 9000; i++)
		buf_add_char(&text, 'x');
	write_file(house, "index.tsv", text.data, text.len);
	assert_false(replay(house, &err));
	assert_non_null(strstr(err.text, "index.tsv:1: longer than 8192 bytes"));
}

/* -- deliveries -- */

static void
delivery_that_fails_ends_it(void **state)
{
	struct house *house = *state;
	struct error err = { 0 };

	write_file(house, "index.tsv", GOOD, strlen(GOOD));
	*is_failing() = true;
	(void)alarm(60); /* a replay that waits for ever ends the test */
	assert_false(replay(house, &err));
	(void)alarm(0);
	assert_non_null(strstr(err.text, "alerts cannot be told: log: no room"));
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int
main(void)
{
	static const struct CMUnitTest fixed[] = {
		ROW(index_that_cannot_be_read),
		ROW(line_that_is_too_long),
		ROW(delivery_that_fails_ends_it),
	};
	struct CMUnitTest tests[COUNT(fixed) + COUNT(rows)];

	memcpy(tests, fixed, sizeof(fixed));
	for (size_t i = 0; i < COUNT(rows); i++)
		tests[COUNT(fixed) + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
