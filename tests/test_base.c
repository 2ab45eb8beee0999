/*
 * The small things of base: memory, bytes, lists, errors, digests, places, the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
check_mem(void **state)
{
	char *zeroed = mem_zalloc(4);
	char *printed = mem_printf("%s-%d", "a", 7);
	char *part = mem_strndup("abcdef", 3);
	char *none = mem_array(0, 8);

	assert_memory_equal(zeroed, "\0\0\0\0", 4);
	assert_string_equal(printed, "a-7");
	assert_string_equal(part, "abc");
	assert_non_null(none);
	assert_null(mem_strdup(NULL));
	free(zeroed);
	free(printed);
	free(part);
	free(none);
}

static void
check_buf(void **state)
{
	AUTO_BUF struct buf buf = BUF_EMPTY;
	char *taken = NULL;

	assert_string_equal(buf_text(&buf), "");
	buf_add(&buf, NULL, 0);
	assert_non_null(buf.data);
	buf_add_text(&buf, "abc");
	buf_add_char(&buf, 'd');
	buf_printf(&buf, "%0300d", 5);
	assert_int_equal(buf.len, 304);
	assert_int_equal(buf.data[304], '\0');
	buf_drop(&buf, 2);
	assert_memory_equal(buf_text(&buf), "cd000", 5);
	assert_int_equal(strlen(buf.data), 302);
	buf_drop(&buf, 302);
	assert_string_equal(buf_text(&buf), "");
	memcpy(buf_reserve(&buf, 1000), "xyz", 3);
	buf.len += 3;
	assert_string_equal(buf_text(&buf), "xyz");
	buf_reset(&buf);
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "end");
	taken = buf_take(&buf);
	assert_string_equal(taken, "end");
	assert_null(buf.data);
	free(taken);
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
	free(taken);
}

/* Every size around the doublings keeps its content and its NUL. */
static void
check_buf_grows(void **state)
{
	AUTO_BUF struct buf buf = BUF_EMPTY;

	for (size_t i = 0; i < 1100; i++) {
		buf_add_char(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.len, i + 1);
		assert_true(buf.cap > buf.len);
		assert_int_equal(buf.data[buf.len], '\0');
	}
	for (size_t i = 0; i < buf.len; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
}

static void
check_list(void **state)
{
	struct list a = { NULL, 0, 0 };
	struct list b = { NULL, 0, 0 };

	assert_true(list_equal(&a, &b));
	for (int i = 0; i < 20; i++)
		list_add(&a, i % 2 == 0 ? "even" : "odd");
	list_add_bytes(&a, "prefix", 3);
	assert_int_equal(a.count, 21);
	assert_true(list_has(&a, "pre"));
	assert_false(list_has(&a, "prefix"));
	list_add(&b, "old");
	list_copy(&b, &a);
	assert_true(list_equal(&a, &b));
	list_copy(&b, &b);
	assert_true(list_equal(&a, &b));
	assert_ptr_not_equal(a.items[0], b.items[0]);
	b.items[0][0] = 'E';
	assert_false(list_equal(&a, &b));
	list_clear(&a);
	assert_int_equal(a.count, 0);
	list_clear(&a);
	list_clear(&b);
}

static void
check_error(void **state)
{
	struct error err = { .kind = ERROR_NETWORK };
	char longer[2000];

	assert_false(error_set(&err, ERROR_FORMAT, "feed\n1", "bad %s", "\x1b[31m\xff"));
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_string_equal(err.text, "feed\\x0a1: bad \\x1b[31m\\xff");
	assert_false(error_prefix(&err, "in %d", 3));
	assert_string_equal(err.text, "in 3: feed\\x0a1: bad \\x1b[31m\\xff");
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_false(error_system(&err, ENOSPC, "log", "cannot write %s", "x"));
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_string_equal(err.text, "log: cannot write x: No space left on device");
	assert_false(error_set(NULL, ERROR_LIMIT, "a", "b"));
	assert_false(error_system(NULL, EIO, "a", "b"));
	assert_false(error_prefix(NULL, "b"));
	for (size_t i = 0; i < sizeof(longer) - 4; i += 3)
		memcpy(longer + i, "日", sizeof("日"));
	error_set(&err, ERROR_LIMIT, "x", "%s", longer);
	assert_int_equal(strlen(err.text), 3 + 3 * 169); /* "x: " and whole characters */
	assert_true(text_is_utf8(err.text, strlen(err.text)));
	assert_string_equal(error_kind_name(ERROR_NETWORK), "network");
	assert_string_equal(error_kind_name(ERROR_CONFIG), "config");
}

/* FIPS 180-2, appendix B */
static const struct {
	const char *text, *hex;
} digests[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void
check_digest(void **state)
{
	char hex[DIGEST_HEX_BYTES];
	uint8_t bytes[DIGEST_BYTES];

	for (size_t i = 0; i < COUNT(digests); i++) {
		digest_hex(digests[i].text, strlen(digests[i].text), hex);
		assert_string_equal(hex, digests[i].hex);
	}
	digest_bytes("abc", 3, bytes);
	assert_int_equal(bytes[0], 0xba);
	assert_int_equal(bytes[31], 0xad);
	/* printf 'abc\ndef\n' | sha256sum */
	assert_int_equal(digest_key("abc", "def", NULL), (int64_t)0x924d391c158a4640);
	assert_int_not_equal(digest_key("abc", "def", NULL), digest_key("abcdef", NULL));
}

struct place_row {
	const char *name;
	char *(*path)(bool is_user);
	bool is_user;
	const char *variable, *value; /* set for the call */
	const char *expect;
};

static const struct place_row places[] = {
	{ "state", paths_state, false, NULL, NULL, PATHS_STATE },
	{ "state by systemd", paths_state, false, "STATE_DIRECTORY", "/var/lib/x",
	    "/var/lib/x" },
	{ "the first of several", paths_state, false, "STATE_DIRECTORY", "/a:/b", "/a" },
	{ "state of a user", paths_state, true, NULL, NULL,
	    "/home/me/.local/state/dealwatch" },
	{ "state by XDG", paths_state, true, "XDG_STATE_HOME", "/x", "/x/dealwatch" },
	{ "a relative XDG path is ignored", paths_state, true, "XDG_STATE_HOME", "x",
	    "/home/me/.local/state/dealwatch" },
	{ "XDG is not for the system", paths_state, false, "XDG_STATE_HOME", "/x",
	    PATHS_STATE },
	{ "systemd's system folder is not for a user", paths_state, true, "STATE_DIRECTORY",
	    "/x", "/home/me/.local/state/dealwatch" },
	{ "logs", paths_logs, false, "LOGS_DIRECTORY", "/l", "/l" },
	{ "logs of a user", paths_logs, true, NULL, NULL,
	    "/home/me/.local/state/dealwatch/log" },
	{ "cache", paths_cache, false, "CACHE_DIRECTORY", "/c", "/c" },
	{ "cache of a user", paths_cache, true, NULL, NULL, "/home/me/.cache/dealwatch" },
	{ "cache by XDG", paths_cache, true, "XDG_CACHE_HOME", "/x", "/x/dealwatch" },
	{ "configuration", paths_config, false, NULL, NULL, PATHS_SYSCONF },
	{ "configuration of a user", paths_config, true, NULL, NULL,
	    "/home/me/.config/dealwatch" },
	{ "socket", paths_socket, false, NULL, NULL, PATHS_RUN "/dealwatch.sock" },
	{ "socket of a user", paths_socket, true, "XDG_RUNTIME_DIR", "/run/user/7",
	    "/run/user/7/dealwatch.sock" },
	{ "socket without a runtime folder", paths_socket, true, NULL, NULL,
	    "/home/me/.local/state/dealwatch/dealwatch.sock" },
};

static void
check_place(void **state)
{
	static const char *const variables[] = { "STATE_DIRECTORY", "LOGS_DIRECTORY",
		"CACHE_DIRECTORY", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
		"XDG_RUNTIME_DIR" };
	const struct place_row *row = *state;
	AUTO_FREE char *path = NULL;

	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", "/home/me", 1);
	if (row->variable != NULL)
		setenv(row->variable, row->value, 1);
	path = row->path(row->is_user);
	assert_string_equal(path, row->expect);
}

static void
check_paths_make(void **state)
{
	char folder[] = "/tmp/test_base.XXXXXX";
	struct error err = { .text = "" };
	struct stat st;
	AUTO_FREE char *deep = NULL;
	AUTO_FREE char *file = NULL;
	AUTO_FREE char *expect = NULL;

	assert_non_null(mkdtemp(folder));
	deep = mem_printf("%s/a//b/c/", folder);
	assert_true(paths_make(deep, &err));
	assert_true(paths_make(deep, &err)); /* there already */
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0750, 0);
	file = mem_printf("%s/file", folder);
	assert_int_equal(close(open(file, O_CREAT | O_WRONLY, 0600)), 0);
	assert_false(paths_make(file, &err));
	expect = mem_printf("%s: cannot make the folder: Not a directory", file);
	assert_string_equal(err.text, expect);
	assert_int_equal(unlink(file), 0);
	for (const char *part = "c\0b\0a\0"; *part != '\0'; part += 2) {
		char *end = strstr(deep + strlen(folder), part);

		end[1] = '\0';
		assert_int_equal(rmdir(deep), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* This test does not lie beside the worker: helpers are where they are installed. */
static void
check_installed_programs(void **state)
{
	AUTO_FREE char *program = paths_program("dealwatch-feeds");
	AUTO_FREE char *data = paths_data();

	assert_string_equal(program, PATHS_LIBEXEC "/dealwatch-feeds");
	assert_string_equal(data, PATHS_DATA);
}

/* What the log writes while standard error is a pipe. */
static char *
logged(enum log_level level, const char *text)
{
	struct buf out = BUF_EMPTY;
	char *place = NULL;
	ssize_t got = 0;
	int saved = dup(STDERR_FILENO);
	int ends[2];

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_write(level, "feeds", "x: %s", text);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(ends[1]);
	place = buf_reserve(&out, 65536);
	got = read(ends[0], place, 65536);
	assert_true(got >= 0);
	out.len += (size_t)got;
	close(ends[0]);
	return buf_take(&out);
}

static void
check_log(void **state)
{
	enum log_level level = LOG_LEVEL_WARN;
	AUTO_FREE char *line = NULL;
	AUTO_FREE char *quiet = NULL;
	AUTO_FREE char *cut = NULL;
	char longer[10000];

	unsetenv("JOURNAL_STREAM");
	line = logged(LOG_LEVEL_WARN, "a\nb\x1b");
	/* "2026-11-22T07:01:44.123Z" */
	assert_int_equal(strspn(line, "0123456789-:.TZ"), 24);
	assert_string_equal(line + 24, " warn  feeds: x: a\\x0ab\\x1b\n");
	quiet = logged(LOG_LEVEL_DEBUG, "a");
	assert_string_equal(quiet, "");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cut = logged(LOG_LEVEL_ERROR, longer);
	assert_int_equal(strlen(cut), 4096);
	assert_int_equal(cut[4095], '\n');
	assert_false(log_level_parse("warning", &level));
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_true(log_level_parse("debug", &level));
	log_set_level(level);
	free(quiet);
	quiet = logged(LOG_LEVEL_DEBUG, "a");
	assert_string_equal(quiet + 24, " debug feeds: x: a\n");
	log_set_level(LOG_LEVEL_INFO);
}

/* The journal is known by device and inode of standard error (sd-daemon(3)). */
static void
check_log_journal(void **state)
{
	char path[] = "/tmp/test_base.XXXXXX";
	char content[200] = "";
	char *stream = NULL;
	struct stat st = { .st_dev = 0 };
	int fd = mkstemp(path);
	int saved = dup(STDERR_FILENO);

	assert_true(fd >= 0 && saved >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	stream = mem_printf("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	log_error("feeds", "a");
	log_warn("feeds", "b");
	log_info("feeds", "c");
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_info("feeds", "d");
	unsetenv("JOURNAL_STREAM");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	assert_true(pread(fd, content, sizeof(content) - 1, 0) > 0);
	assert_memory_equal(content, "<3>feeds: a\n<4>feeds: b\n<6>feeds: c\n2", 37);
	close(saved);
	close(fd);
	assert_int_equal(unlink(path), 0);
	free(stream);
}

static const struct CMUnitTest plain_tests[] = {
	cmocka_unit_test(check_mem),
	cmocka_unit_test(check_buf),
	cmocka_unit_test(check_buf_grows),
	cmocka_unit_test(check_list),
	cmocka_unit_test(check_error),
	cmocka_unit_test(check_digest),
	cmocka_unit_test(check_paths_make),
	cmocka_unit_test(check_installed_programs),
	cmocka_unit_test(check_log),
	cmocka_unit_test(check_log_journal),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(places) + COUNT(plain_tests)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(places); i++)
		tests[count++] = (struct CMUnitTest){ .name = places[i].name,
			.test_func = check_place,
			.initial_state = (void *)&places[i] };
	for (size_t i = 0; i < COUNT(plain_tests); i++)
		tests[count++] = plain_tests[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
