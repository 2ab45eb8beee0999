/*
 * Byte repair, each row cut at every place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "feeds/repair.h"
#include "tests/read_feed.h"

#define IN "<r>"
#define OUT "</r>"

static const struct row {
	const char *name, *in, *out;
	const char *error; /* NULL: none */
} rows[] = {
	{ "clean text", IN "text &amp; &lt;b&gt; &quot;&apos;" OUT,
	    IN "text &amp; &lt;b&gt; &quot;&apos;" OUT },
	{ "declaration, comment, doctype go",
	    "\xEF\xBB\xBF \n<?xml version='1.0'?><!-- c --><!DOCTYPE r>" IN OUT, IN OUT },
	{ "a declaration in the middle goes", IN "a<?XML x?>b" OUT, IN "ab" OUT },
	{ "an instruction passes", IN "<?do this?>" OUT, IN "<?do this?>" OUT },
	{ "one with control characters goes", IN "<?do \x01?>x" OUT, IN "x" OUT },
	{ "a subset with all that misleads",
	    "<!DOCTYPE r [<!ENTITY a \"]>\"><!-- ' ]> --><!ATTLIST r x CDATA '>'>] >" IN
		OUT,
	    IN OUT },
	{ "words in front", "Warning: x" IN OUT "tail <x> & more", IN OUT },
	{ "bare &", IN "R & D, AT&T &x; &;&" OUT,
	    IN "R &amp; D, AT&amp;T &amp;x; &amp;;&amp;" OUT },
	{ "HTML's names", IN "&nbsp;&eacute;&mdash;" OUT, IN "\u00A0é—" OUT },
	{ "numbers", IN "&#65;&#x3042;&#38;&#60;&#X41;" OUT, IN "Aあ&#38;&#60;A" OUT },
	{ "numbers that are none", IN "a&#0;&#xFFFE;&#xD800;&#1114112;b" OUT, IN "ab" OUT },
	{ "control characters", IN "a\x01\x08\x0B\x0C\x1F\tb\n" OUT, IN "a\tb\n" OUT },
	{ "invalid UTF-8", IN "a\xFFz\xE3\x81z\xED\xA0\x80\xF4\x90" OUT,
	    IN "a\uFFFDz\uFFFDz\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" OUT },
	{ "no characters of XML",
	    IN "a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"
	       "b" OUT,
	    IN "a\uFFFD"
	       "b" OUT },
	{ "all lengths of characters", IN "aéあ𠮷" OUT, IN "aéあ𠮷" OUT },
	{ "bare <", IN "a < b <3 <= <" OUT, IN "a &lt; b &lt;3 &lt;= &lt;" OUT },
	{ "bare >", IN "a > b ]]> c" OUT, IN "a &gt; b ]]&gt; c" OUT },
	{ "attributes", IN "<a b=\"x & y &eacute; < >\" c='\"&#1;' />" OUT,
	    IN "<a b=\"x &amp; y é &lt; >\" c='\"' />" OUT },
	{ "attributes without quotes", IN "<a b=x c = /y/z?a&b d=\">\">t</a>" OUT,
	    IN "<a b=\"x\" c = \"/y/z?a&amp;b\" d=\">\">t</a>" OUT },
	{ "attributes without values, or a blank between",
	    IN "<a b c = d='e'f=\"g\"h/>" OUT,
	    IN "<a b =\"\" c = \"d='e'f=&quot;g&quot;h/\"></a>" OUT },
	{ "attributes without values", IN "<a b c><d e/><f g= ></f></a>" OUT,
	    IN "<a b =\"\" c=\"\"><d e=\"\"/><f g= \"\"></f></a>" OUT },
	{ "no blank between", IN "<a b='c'd='e'/>" OUT, IN "<a b='c' d='e'/>" OUT },
	{ "what is no part of a tag",
	    IN "<a\x05"
	       "b é=1 / 'x' c='d'/e/>" OUT,
	    IN "<a b =\"\"  x=\"\" c='d' e=\"\"/>" OUT },
	{ "a tag without its end", IN "<a b='c'<d/></a>" OUT, IN "<a b='c'><d/></a>" OUT },
	{ "CDATA", IN "<![CDATA[a & b <c> ]] ]> \x01\xFF]]>" OUT,
	    IN "<![CDATA[a & b <c> ]] ]> \uFFFD]]>" OUT },
	{ "almost CDATA", IN "<![CDAT x<!- y<!z>" OUT, IN "&lt;![CDAT x&lt;!- y" OUT },
	{ "end tags that fit nothing", IN "a</b></ r>c" OUT, IN "a&lt;/ r&gt;c" OUT },
	{ "end tags that are missing", IN "<a><b>x</a>" OUT, IN "<a><b>x</b></a>" OUT },
	{ "an end tag with more in it", IN "<a>x</a b='c' >" OUT, IN "<a>x</a>" OUT },
	{ "the root's end tag is cut", IN "x</", IN "x</r>" },
	{ "the root's end tag has its name", IN "x</r", IN "x</r>" },
	{ "the document is cut in text", IN "<a>x", NULL,
	    "cut short: the document ends inside <a>" },
	{ "in a reference", IN "<a>x&am", NULL, "cut short: the document ends inside <a>" },
	{ "in a comment", IN "<!-- x", NULL, "cut short: the document ends inside <r>" },
	{ "nothing", "", "" },
	{ "names with prefixes", "<a:r x:y=''><b:c/></a:r>", "<a:r x:y=''><b:c/></a:r>" },
};

static bool
gather(void *ctx, const char *bytes, size_t len, struct error *err)
{
	buf_add(ctx, bytes, len);
	return true;
}

/* Repair in two parts, or whole when the cut is at 0. */
static void
repair_cut(const char *in, size_t len, size_t cut, struct buf *out, struct error *err)
{
	AUTO(repair) repair = repair_new(gather, out);
	/* copies, so that a sanitizer sees what is read past their ends */
	AUTO_FREE char *first = mem_strndup(in, cut),
		       *second = mem_strndup(in + cut, len - cut);

	if ((cut == 0 || repair_add(repair, first, cut, err)) &&
	    repair_add(repair, second, len - cut, err))
		(void)repair_end(repair, err); /* err says it */
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	size_t len = strlen(row->in);

	for (size_t cut = 0; cut <= len; cut++) {
		AUTO_BUF struct buf out = BUF_EMPTY;
		struct error err = { 0 };

		repair_cut(row->in, len, cut, &out, &err);
		assert_string_equal(err.text, row->error != NULL ? row->error : "");
		if (row->out != NULL)
			assert_string_equal(buf_text(&out), row->out);
	}
}

static void
a_nul_is_dropped(void **state)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct error err = { 0 };

	repair_cut("<r>a\0b&gt\0;</r>", 15, 0, &out, &err);
	assert_string_equal(buf_text(&out), "<r>ab&amp;gt;</r>");
}

static void
read_fixture(struct buf *out, const char *name)
{
	const char *source = getenv("top_srcdir");
	AUTO_FREE char *path =
	    mem_printf("%s/tests/feeds/%s.xml", source != NULL ? source : ".", name);

	read_file(out, path);
}

/* The split property on whole documents. */
static void
every_cut_of_fixtures(void **state)
{
	static const char *const names[] = { "rss20", "atom10", "bare_ampersand",
		"bad_tags", "entities", "entity_bomb", "html_page", "utf8_cut", "cdata",
		"meti" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		AUTO_BUF struct buf in = BUF_EMPTY;
		AUTO_BUF struct buf whole = BUF_EMPTY;
		struct error whole_err = { 0 };

		read_fixture(&in, names[i]);
		repair_cut(in.data, in.len, 0, &whole, &whole_err);
		for (size_t cut = 1; cut < in.len; cut++) {
			AUTO_BUF struct buf out = BUF_EMPTY;
			struct error err = { 0 };

			repair_cut(in.data, in.len, cut, &out, &err);
			assert_string_equal(buf_text(&out), buf_text(&whole));
			assert_string_equal(err.text, whole_err.text);
		}
	}
}

static void
check_limit(const struct buf *in, const char *text)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct error err = { 0 };

	repair_cut(in->data, in->len, 0, &out, &err);
	assert_string_equal(err.text, text);
}

static void
depth_is_limited(void **state)
{
	for (int more = 0; more < 2; more++) {
		AUTO_BUF struct buf in = BUF_EMPTY;

		for (int i = 0; i < REPAIR_DEPTH_MAX + more; i++)
			buf_add_text(&in, "<a>");
		for (int i = 0; i < REPAIR_DEPTH_MAX + more; i++)
			buf_add_text(&in, "</a>");
		check_limit(&in, more ? "XML: elements more than 200 deep" : "");
	}
}

static void
names_are_limited(void **state)
{
	for (int more = 0; more < 2; more++) {
		AUTO_BUF struct buf in = BUF_EMPTY;

		buf_add_char(&in, '<');
		for (int i = 0; i < REPAIR_NAME_MAX_BYTES + more; i++)
			buf_add_char(&in, 'n');
		buf_add_text(&in, "/>");
		check_limit(&in, more ? "XML: a name of more than 256 bytes" : "");
	}
}

static void
tags_are_limited(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		AUTO_BUF struct buf in = BUF_EMPTY;

		buf_add_text(&in, "<a b='");
		while (in.len < REPAIR_TAG_MAX_BYTES - 3 + more)
			buf_add_char(&in, 'v');
		buf_add_text(&in, "'/>");
		check_limit(&in, more ? "XML: a tag of more than 262144 bytes" : "");
	}
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 5];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS + 0] = (struct CMUnitTest)cmocka_unit_test(a_nul_is_dropped);
	tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(every_cut_of_fixtures);
	tests[ROWS + 2] = (struct CMUnitTest)cmocka_unit_test(depth_is_limited);
	tests[ROWS + 3] = (struct CMUnitTest)cmocka_unit_test(names_are_limited);
	tests[ROWS + 4] = (struct CMUnitTest)cmocka_unit_test(tags_are_limited);
	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
