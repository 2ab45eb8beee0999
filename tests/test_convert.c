/*
 * Encodings, each document cut at every place.
 */
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "feeds/charset.h"
#include "feeds/convert.h"

#define DECLARED(name, text) "<?xml version='1.0' encoding='" name "'?><r>" text "</r>"
#define JAPANESE "国土の投資、会談。"

/* bytes is made from text by iconv, where `as` is given. */
static const struct row {
	const char *name, *charset, *text;
	const char *as;  /* of iconv(3), for the document; NULL: as text stands */
	const char *out; /* NULL: the text */
} rows[] = {
	{ "ASCII", NULL, "<r>plain</r>", NULL, NULL },
	{ "UTF-8", NULL, "<r>" JAPANESE "</r>", NULL, NULL },
	{ "a mark of UTF-8", "shift_jis", "\xEF\xBB\xBF<r>" JAPANESE "</r>", NULL,
	    "<r>" JAPANESE "</r>" },
	{ "Shift_JIS declared", NULL, DECLARED("Shift_JIS", JAPANESE), "CP932", NULL },
	{ "with blanks in front", NULL, " \n" DECLARED("Shift_JIS", JAPANESE), "CP932",
	    NULL },
	{ "Shift_JIS by its header", "Shift_JIS", "<r>" JAPANESE "</r>", "CP932", NULL },
	{ "the declaration beats the header", "euc-jp", DECLARED("sjis", JAPANESE), "CP932",
	    NULL },
	{ "EUC-JP", NULL, DECLARED("euc-jp", JAPANESE), "EUC-JP", NULL },
	{ "ISO-2022-JP", NULL, DECLARED("ISO-2022-JP", JAPANESE), "ISO-2022-JP", NULL },
	{ "GB2312", NULL, DECLARED("gb2312", "投资 会谈"), "GB18030", NULL },
	{ "Big5", NULL, DECLARED("Big5", "投資"), "BIG5", NULL },
	{ "EUC-KR", NULL, DECLARED("EUC-KR", "투자"), "CP949", NULL },
	{ "windows-1251", NULL, DECLARED("windows-1251", "Привет, мир"), "CP1251", NULL },
	{ "Latin 1 is windows-1252", NULL, DECLARED("ISO-8859-1", "L’été – 5 €"), "CP1252",
	    NULL },
	{ "IBM's page by its number", NULL, DECLARED("866", "Привет, мир"), "IBM866",
	    NULL },
	{ "IBM's page by IANA's name", NULL, DECLARED("cs-IBM855", "Привет, мир"), "IBM855",
	    NULL },
	{ "a page of Hebrew", NULL, DECLARED("cp856", "שלום"), "IBM856", NULL },
	{ "a page of Ukrainian", NULL, DECLARED("cp1125", "Київ"), "CP1125", NULL },
	{ "a name of the Macintosh", NULL, DECLARED("mac_latin2", "Łódź"),
	    "MAC-CENTRALEUROPE", NULL },
	{ "UTF-8 that is said to be another", "windows-1251",
	    DECLARED("Shift_JIS", JAPANESE), NULL, NULL },
	{ "Shift_JIS that is said to be UTF-8", "shift_jis", DECLARED("utf-8", JAPANESE),
	    "CP932", NULL },
	{ "nothing said, windows-1252", NULL, "<r>Caf\xE9 \x93x\x94 end</r>", NULL,
	    "<r>Café “x” end</r>" },
	{ "nothing said, a bad byte in UTF-8", NULL, "<r>\xFF" JAPANESE "</r>", NULL,
	    NULL },
	{ "an unknown name", "x-none", DECLARED("x-none", "\xE9"), NULL,
	    DECLARED("x-none", "é") },
	{ "UTF-16 with a mark", NULL, "\uFEFF" DECLARED("UTF-16", JAPANESE "𠮷"),
	    "UTF-16LE", DECLARED("UTF-16", JAPANESE "𠮷") },
	{ "UTF-16, big-endian", NULL, "\uFEFF<r>" JAPANESE "</r>", "UTF-16BE",
	    "<r>" JAPANESE "</r>" },
	{ "UTF-16 without a mark", NULL, DECLARED("UTF-16", JAPANESE), "UTF-16LE", NULL },
	{ "UTF-16, big-endian, without", NULL, DECLARED("UTF-16", JAPANESE), "UTF-16BE",
	    NULL },
	{ "UTF-32 with a mark", NULL, "\uFEFF<r>" JAPANESE "</r>", "UTF-32LE",
	    "<r>" JAPANESE "</r>" },
	{ "UTF-32 without a mark", NULL, DECLARED("UTF-32", JAPANESE), "UTF-32BE", NULL },
	{ "ASCII that is said to be UTF-16", NULL, DECLARED("UTF-16", "plain"), NULL,
	    NULL },
	{ "EBCDIC", NULL, DECLARED("cp1026", "Cafe"), "IBM1026", NULL },
	{ "invalid bytes of Shift_JIS", NULL, DECLARED("sjis", "\x8D\x91\xFF\x93y \x81"),
	    NULL, DECLARED("sjis", "国\uFFFD土 \uFFFD") },
	{ "a cut character at the end", "sjis", "<r>\x8D\x91\x93", NULL, "<r>国\uFFFD" },
	{ "one byte", NULL, "x", NULL, NULL },
	{ "a declaration that is cut", NULL, "<?xml version='1.0' enc", NULL, NULL },
	{ "nothing", NULL, "", NULL, NULL },
};

static bool
gather(void *ctx, const char *bytes, size_t len, struct error *err)
{
	buf_add(ctx, bytes, len);
	return true;
}

static void
encode(const struct row *row, struct buf *bytes)
{
	size_t left = strlen(row->text), room = left * 4 + 16;
	char *in = (char *)row->text, *out = buf_reserve(bytes, room);
	iconv_t iconv_to;

	if (row->as == NULL) {
		buf_add(bytes, row->text, left);
		return;
	}
	iconv_to = iconv_open(row->as, "UTF-8");
	assert_true(iconv_to != (iconv_t)-1);
	assert_int_equal(iconv(iconv_to, &in, &left, &out, &room), 0);
	assert_int_equal(iconv(iconv_to, NULL, NULL, &out, &room), 0);
	bytes->len = (size_t)(out - bytes->data);
	(void)iconv_close(iconv_to);
}

static void
convert_cut(const char *charset, const struct buf *in, size_t cut, struct buf *out)
{
	AUTO(convert) convert = convert_new(charset, gather, out);
	struct error err = { 0 };

	assert_true(convert_add(convert, buf_text(in), cut, &err));
	assert_true(convert_add(convert, buf_text(in) + cut, in->len - cut, &err));
	assert_true(convert_end(convert, &err));
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf in = BUF_EMPTY;

	encode(row, &in);
	for (size_t cut = 0; cut <= in.len; cut++) {
		AUTO_BUF struct buf out = BUF_EMPTY;

		convert_cut(row->charset, &in, cut, &out);
		assert_string_equal(
		    buf_text(&out), row->out != NULL ? row->out : row->text);
	}
}

/* What is decided by the sample is decided by the same bytes, however they come; and a
 * character that the sample's end cuts is no reason to call it invalid. */
static void
the_sample_has_an_end(void **state)
{
	for (size_t shift = 0; shift < 3; shift++) {
		AUTO_BUF struct buf in = BUF_EMPTY;
		AUTO_BUF struct buf whole = BUF_EMPTY;

		buf_add(&in, "<?xml version='1.0' encoding='shift_jis'?><r>", 45);
		buf_add(&in, "éé", 2 * shift);
		while (in.len < 3 * CONVERT_SAMPLE_BYTES)
			buf_add_text(&in, "あ");
		buf_add_char(&in, '\xFF');
		convert_cut(NULL, &in, 0, &whole);
		assert_int_equal(whole.len, in.len);
		assert_memory_equal(whole.data, in.data, in.len);
		for (size_t cut = 1; cut < in.len; cut += 61) {
			AUTO_BUF struct buf out = BUF_EMPTY;

			convert_cut(NULL, &in, cut, &out);
			assert_string_equal(buf_text(&out), buf_text(&whole));
		}
	}
}

static void
names_are_found(void **state)
{
	assert_string_equal(charset_find("Shift_JIS", 9)->iconv, "CP932");
	assert_string_equal(charset_find(" ISO 8859-1", 11)->iconv, "CP1252");
	assert_string_equal(charset_find("windows-1250", 12)->iconv, "CP1250");
	assert_string_equal(charset_find("IBM866", 6)->iconv, "IBM866");
	assert_null(charset_find("UTF-8", 5)->iconv);
	assert_null(charset_find("", 0));
	assert_null(charset_find("../../x", 7));
	assert_null(charset_find("iso-8859-12", 11));
	assert_null(charset_find("a name that is much longer than any", 35));
}

/* A name in the tables that this system's iconv lacks would fail at the first feed. */
static void
iconv_knows_them(void **state)
{
	static const char *const names[] = { "utf-16", "utf-32", "utf-7", "sjis",
		"shift_jisx0213", "euc-jp", "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2",
		"iso-2022-jp-3", "gb2312", "big5", "cp950", "euc-tw", "euc-kr",
		"iso-2022-kr", "johab", "latin1", "latin5", "latin2", "latin9", "tis-620",
		"koi8-r", "koi8-u", "koi8-t", "ptcp154", "tcvn", "viscii", "macintosh",
		"mac-cyrillic", "mac-iceland", "mac-centraleurope", "iso-8859-16",
		"windows-1258", "cp437", "cp775", "cp737", "cp037", "ibm1140" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct charset *charset = charset_find(names[i], strlen(names[i]));
		iconv_t opened = iconv_open("UTF-8", charset->iconv);

		assert_true(opened != (iconv_t)-1);
		(void)iconv_close(opened);
	}
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 3];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(the_sample_has_an_end);
	tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(names_are_found);
	tests[ROWS + 2] = (struct CMUnitTest)cmocka_unit_test(iconv_knows_them);
	return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
