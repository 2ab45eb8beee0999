/*
 * Markup to plain text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "feeds/plain.h"

static const struct row {
	const char *name, *html, *plain;
} rows[] = {
	{ "nothing", "", "" },
	{ "white space only", " \n\t ", "" },
	{ "words", "one two", "one two" },
	{ "white space", "  one \r\n\t two  ", "one two" },
	{ "white space of Unicode", "one\u3000\u00A0\u2003two\u2028", "one two" },
	{ "zero width stays", "a\u200Bb", "a\u200Bb" },
	{ "C1 controls are windows-1252", "don\xC2\x92t\xC2\x81 \xC2\x85", "don’t …" },
	{ "a mark of byte order goes", "\uFEFFone", "one" },
	{ "blocks leave a blank", "<p>one</p><p>two</p>three<br>four",
	    "one two three four" },
	{ "inline tags leave none", "Wash<b>ing</b>ton", "Washington" },
	{ "case of tags", "a<BR/>b<Em>c</Em>", "a bc" },
	{ "attributes with >", "<a title=\"x > y\">link</a>", "link" },
	{ "a comment", "a<!-- <p>no</p> -->b", "ab" },
	{ "a comment without end", "a<!-- b", "a" },
	{ "a doctype and an instruction", "<!DOCTYPE html><?php no ?>a", "a" },
	{ "CDATA is its text", "<![CDATA[a]]>", "a]]>" },
	{ "a script", "a<script>if (x < y) { \"</p>\" }</script>b", "ab" },
	{ "a style, upper case, blank in its end", "a<STYLE>x</style >b", "ab" },
	{ "a script without end", "a<script>b", "a" },
	{ "a script that is empty", "a<script/>b", "ab" },
	{ "an iframe", "a<iframe src=x>b</iframe>c", "a b c" },
	{ "an applet in a frame", "a<frame src=x><applet code=y></applet>b", "a b" },
	{ "no declaration", "<!' <b>a</b>", "<!' a" },
	{ "a doctype without end", "<!DOCTYPE ~", "<!DOCTYPE ~" },
	{ "a comment that lost its end", "a<!-- b >c", "ac" },
	{ "a drawing", "a<svg><circle r=1/><path d=x></path></svg>b", "ab" },
	{ "encoded twice", "a \xC3\xA2\xC2\x80\xC2\xA6", "a …" },
	{ "encoded twice, behind a half", "\xC3\xA6\xC2\xB1\xC2\x9F", "江" },
	{ "a control character that is in none", "\xC3\xA2\xC2\x80", "â€" },
	{ "a heart is no tag", "I <3 you", "I <3 you" },
	{ "less than", "5 < 6 > 4", "5 < 6 > 4" },
	{ "a type is no tag", "vector<int> x", "vector<int> x" },
	{ "a closing one neither", "a</int>b", "a</int>b" },
	{ "foreign tags", "a<o:p>b</o:p><my-tag>c</my-tag>", "abc" },
	{ "a tag without end", "a<p class=", "a" },
	{ "a < at the end", "a <", "a <" },
	{ "named references", "&lt;b&gt; &amp; &quot;&apos;&eacute;&nbsp;&hellip;",
	    "<b> & \"'é …" },
	{ "unknown reference", "&unknown; &amp &; &", "&unknown; &amp &; &" },
	{ "numbers", "&#65;&#x42;&#X43;&#8217;", "ABC’" },
	{ "a number without ;", "&#65 &#x42,", "A B," },
	{ "numbers of windows-1252", "&#146;&#150;", "’–" },
	{ "numbers that are none", "a&#0;&#xD800;&#1114112;&#99999999999;b", "ab" },
	{ "once only", "&amp;amp; &amp;lt;p&amp;gt;", "&amp; &lt;p&gt;" },
	{ "a reference to a blank", "a&#32;&#10;b", "a b" },
	{ "Japanese", "<p>日米の<b>投資</b>。</p>", "日米の投資。" },
	{ "an element's name and more", "<pre1>x", "<pre1>x" },
	{ "a very long name", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>x",
	    "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>x" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf out = BUF_EMPTY;

	plain_add_html(&out, row->html, strlen(row->html));
	assert_string_equal(buf_text(&out), row->plain);
}

static void
text_is_left_alone(void **state)
{
	static const char text[] = " a <b> &amp;  c\n";
	AUTO_BUF struct buf out = BUF_EMPTY;

	plain_add_text(&out, text, strlen(text));
	assert_string_equal(buf_text(&out), "a <b> &amp; c");
}

static void
names_of_html_are_known(void **state)
{
	assert_true(plain_knows_tag("p"));
	assert_true(plain_knows_tag("TABLE"));
	assert_true(plain_knows_tag("wbr"));
	assert_false(plain_knows_tag("item"));
	assert_false(plain_knows_tag("averyveryverylongname"));
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 2];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS + 0] = (struct CMUnitTest)cmocka_unit_test(text_is_left_alone);
	tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(names_of_html_are_known);
	return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
