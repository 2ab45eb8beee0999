/*
 * Links made absolute; the first rows are RFC 3986 5.4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "feeds/url.h"

#define RFC "http://a/b/c/d;p?q"

static const struct row {
	const char *name, *base, *reference, *url;
} rows[] = {
	{ "g", RFC, "g", "http://a/b/c/g" },
	{ "./g", RFC, "./g", "http://a/b/c/g" },
	{ "g/", RFC, "g/", "http://a/b/c/g/" },
	{ "/g", RFC, "/g", "http://a/g" },
	{ "//g", RFC, "//g", "http://g" },
	{ "?y", RFC, "?y", "http://a/b/c/d;p?y" },
	{ "g?y", RFC, "g?y", "http://a/b/c/g?y" },
	{ "#s", RFC, "#s", "http://a/b/c/d;p?q#s" },
	{ "g#s", RFC, "g#s", "http://a/b/c/g#s" },
	{ ";x", RFC, ";x", "http://a/b/c/;x" },
	{ "g;x?y#s", RFC, "g;x?y#s", "http://a/b/c/g;x?y#s" },
	{ ".", RFC, ".", "http://a/b/c/" },
	{ "..", RFC, "..", "http://a/b/" },
	{ "../g", RFC, "../g", "http://a/b/g" },
	{ "../..", RFC, "../..", "http://a/" },
	{ "../../g", RFC, "../../g", "http://a/g" },
	{ "../../../g", RFC, "../../../g", "http://a/g" },
	{ "/./g", RFC, "/./g", "http://a/g" },
	{ "/../g", RFC, "/../g", "http://a/g" },
	{ "g.", RFC, "g.", "http://a/b/c/g." },
	{ "..g", RFC, "..g", "http://a/b/c/..g" },
	{ "./../g", RFC, "./../g", "http://a/b/g" },
	{ "g/./h", RFC, "g/./h", "http://a/b/c/g/h" },
	{ "g/../h", RFC, "g/../h", "http://a/b/c/h" },
	{ "g?y/../x", RFC, "g?y/../x", "http://a/b/c/g?y/../x" },
	{ "an absolute one stays", RFC, "HTTPS://X.org/a/../b", "HTTPS://X.org/a/../b" },
	{ "without a base", NULL, "http://x.org", "http://x.org" },
	{ "a relative one without a base", NULL, "/x", NULL },
	{ "a base without a path", "http://a", "x", "http://a/x" },
	{ "a base with a query only", "http://a?q", "x", "http://a/x" },
	{ "white space around and inside", RFC, " \n/g h\t\r\ni \n", "http://a/g%20hi" },
	{ "not ASCII stays", RFC, "/日本?q=é", "http://a/日本?q=é" },
	{ "an empty one", RFC, "", NULL },
	{ "javascript", RFC, "javascript:alert(1)", NULL },
	{ "mailto", RFC, "mailto:a@b.org", NULL },
	{ "file", RFC, "file:///etc/passwd", NULL },
	{ "http without a host", RFC, "http:///x", NULL },
	{ "http: and a path", "http://a/", "http:x", "http://a/x" },
	{ "a base of another scheme", "file:///a", "x", NULL },
	{ "a colon in a path is no scheme", RFC, "./a:b", "http://a/b/c/a:b" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	char *url = url_resolve(row->base, row->reference);

	if (row->url == NULL)
		assert_null(url);
	else
		assert_string_equal(url, row->url);
	free(url);
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
