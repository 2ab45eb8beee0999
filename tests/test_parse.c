/*
 * Documents through the whole pipeline: each tests/feeds/NAME.xml gives NAME.expect,
 * however it is cut into pieces; so does each page NAME.html, read by the XPaths of
 * NAME.paths (FIELD XPATH, one a line).
 *
 *   tests/test_parse FILE   shows what a file gives
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "feeds/job.h"
#include "tests/read_feed.h"

static char *
feeds_folder(void)
{
	const char *source = getenv("top_srcdir");

	return mem_printf("%s/tests/feeds", source != NULL ? source : ".");
}

/* NAME for each NAME.xml and NAME.html, in order. */
static void
find_fixtures(const char *folder, struct list *names)
{
	struct dirent **found = NULL;
	int count = scandir(folder, &found, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(found[i]->d_name, '.');

		if (dot != NULL && (strcmp(dot, ".xml") == 0 || strcmp(dot, ".html") == 0))
			list_add_bytes(
			    names, found[i]->d_name, (size_t)(dot - found[i]->d_name));
		free(found[i]);
	}
	free((void *)found);
}

static void
read_fixture(struct buf *out, const char *name, const char *suffix)
{
	AUTO_FREE char *folder = feeds_folder();
	AUTO_FREE char *path = mem_printf("%s/%s.%s", folder, name, suffix);

	read_file(out, path);
}

static void
take_path(struct page_paths *page, const char *line, size_t len)
{
	for (int i = 0; i < PAGE_FIELDS; i++) {
		const char *name = page_field_name((enum page_field)i);
		size_t name_len = strlen(name);

		if (len > name_len && strncmp(line, name, name_len) == 0 &&
		    line[name_len] == ' ')
			page->path[i] =
			    mem_strndup(line + name_len + 1, len - name_len - 1);
	}
}

/* The paths of a page; a feed has none. */
static void
read_paths(struct page_paths *page, const char *name)
{
	AUTO_FREE char *folder = feeds_folder();
	AUTO_FREE char *path = mem_printf("%s/%s.paths", folder, name);
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (access(path, F_OK) != 0)
		return;
	read_file(&text, path);
	for (const char *line = buf_text(&text); *line != '\0';) {
		size_t len = strcspn(line, "\n");

		take_path(page, line, len);
		line += len + (line[len] == '\n');
	}
}

/* Pieces of these sizes cut characters, tags and references at every place. */
static void
check_fixture(void **state)
{
	static const size_t pieces[] = { 0, 1, 2, 3, 7, 64, 1000 };
	const char *name = *state;
	AUTO_BUF struct buf document = BUF_EMPTY;
	AUTO_BUF struct buf expected = BUF_EMPTY;
	struct page_paths page = { { NULL } };

	read_paths(&page, name);
	read_fixture(&document, name, page_is_given(&page) ? "html" : "xml");
	read_fixture(&expected, name, "expect");
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct read_how how = { .piece = pieces[i], .page = &page };
		AUTO_BUF struct buf got = BUF_EMPTY;

		read_feed(&got, buf_text(&document), document.len, &how);
		assert_string_equal(buf_text(&got), buf_text(&expected));
	}
	page_clear(&page);
}

static int
show(const char *path)
{
	struct page_paths page = { { NULL } };
	struct read_how how = { .piece = 0, .page = &page };
	const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	AUTO_FREE char *name = mem_strndup(base, strcspn(base, "."));
	AUTO_BUF struct buf document = BUF_EMPTY;
	AUTO_BUF struct buf got = BUF_EMPTY;

	read_paths(&page, name);
	read_file(&document, path);
	read_feed(&got, buf_text(&document), document.len, &how);
	page_clear(&page);
	return fputs(buf_text(&got), stdout) < 0;
}

int
main(int argc, char **argv)
{
	AUTO_FREE char *folder = feeds_folder();
	struct list names = { NULL, 0, 0 };
	struct CMUnitTest *tests;
	int failed;

	if (argc > 1)
		return show(argv[1]);
	find_fixtures(folder, &names);
	if (names.count == 0)
		return EXIT_FAILURE;
	tests = mem_array(names.count, sizeof(*tests));
	for (size_t i = 0; i < names.count; i++)
		tests[i] = (struct CMUnitTest){ .name = names.items[i],
			.test_func = check_fixture,
			.initial_state = names.items[i] };
	failed = _cmocka_run_group_tests("parse", tests, names.count, NULL, NULL);
	free(tests);
	list_clear(&names);
	return failed;
}
