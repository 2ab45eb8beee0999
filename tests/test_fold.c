/*
 * Folding: what is equal for rules, and where it stood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/fold_walk.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct row {
	const char *name, *text, *folded;
};

static const struct row rows[] = {
	{ "empty", "", "" },
	{ "ASCII", "US-Japan Deal, 2025!", "us-japan deal, 2025!" },
	{ "sharp s grows", "Straße STRASSE ẞ", "strasse strasse ss" },
	{ "ligatures", "oﬃce ﬁrst", "office first" },
	{ "Turkish capital I with a dot", "İ", "i̇" },
	{ "final sigma", "ΣΑΣ σας", "σασ σασ" },
	{ "wide forms", "ＵＳＡ５５００億", "usa5500億" },
	{ "half-width kana with voiced marks", "ﾗﾄﾆｯｸ ｶﾞﾊﾟ", "ラトニックガパ" },
	{ "a mark behind its letter", "e\u0301E\u0301é", "ééé" },
	{ "marks in any order", "a\u0323\u0302 a\u0302\u0323", "ậ ậ" },
	{ "a mark on ASCII in the middle", "cafe\u0301s", "cafés" },
	{ "Hangul in parts", "\u1112\u1161\u11ab국", "한국" },
	{ "squares and circles", "㌔ ① ㈱", "キロ 1 (株)" },
	{ "dashes", "‐ ‑ ‒ – — ― − － ﹣ 〜", "- - - - - - - - - -" },
	{ "the long vowel mark is no dash", "ソフトバンク", "ソフトバンク" },
	{ "quotes", "“a” ‘b’ «c» „d“ ″ ` ´ ʼ ＇ \"", "'a' 'b' 'c' 'd' ' ' ' ' ' '" },
	{ "an accent for an apostrophe", "Japan´s Japan`s Japan’s",
	    "japan's japan's japan's" },
	{ "Japanese quotes", "「円」『元』", "'圓''元'" },
	{ "white space", "a \t\r\n\u00a0\u3000\u2003b", "a b" },
	{ "ends", " \n a b \u3000", "a b" },
	{ "only white space", " \n\u3000 ", "" },
	{ "a blank dropped before CJK at the end", "日本 ", "日本" },
	{ "zero width", "La\u200bto\u00adnik\ufeff \u2060b\u200d", "latonik b" },
	{ "zero width before a mark", "e\u200b\u0301", "é" },
	{ "variation selectors", "葛\U000E0100城 ❤\uFE0F", "葛城 ❤" },
	{ "a line break in Han", "日本\n投資", "日本投資" },
	{ "blanks between kana, Han and their marks", "日 本 、 ラ ー ・ 々 〇",
	    "日本、ラー・々〇" },
	{ "a wide blank in a headline", "赤沢経産相　米商務長官と会談",
	    "赤澤經產相米商務長官と會談" },
	{ "a blank beside Latin stays", "米 GDP 成長", "米 gdp 成長" },
	{ "a blank beside Hangul stays", "한국 경제", "한국 경제" },
	{ "blanks around zero width in Han", "日 \u200b 本", "日本" },
	{ "a blank before a lone mark stays", "か \u3099", "か \u3099" },
	{ "a spacing voiced mark", "か゛x", "か \u3099x" },
	{ "letters of mathematics", "𝐀𝔅ℂ", "abc" },
	{ "an iota below", "ᾳ ᾼ", "αι αι" },
	{ "superscripts", "x² 1½", "x2 11⁄2" },
	{ "Simplified, Traditional and Japanese forms", "泽澤沢 经經経 战戰戦 国國 鉄铁",
	    "澤澤澤經經經戰戰戰國國鐵鐵" },
	{ "one form of several words", "干乾幹 发發髮 后後 台臺", "干乾幹发發髮后後台臺" },
	{ "another word beside it", "机機 里裡 谷穀 予豫 芸藝", "机機里裡谷穀予豫芸藝" },
	{ "a compatibility ideograph", "\uf99d 海\ufa45", "劣海海" },
	{ "an emoji", "👩‍👩‍👧 A", "👩👩👧 a" },
};

static void
fold(struct buf *out, const char *text)
{
	buf_reset(out);
	text_fold(out, text, strlen(text));
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf once = BUF_EMPTY;
	AUTO_BUF struct buf twice = BUF_EMPTY;

	fold(&once, row->text);
	assert_string_equal(buf_text(&once), row->folded);
	fold(&twice, buf_text(&once));
	assert_string_equal(buf_text(&twice), row->folded);
}

static void
check_appends(void **state)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	buf_add_text(&out, "日");
	text_fold(&out, " 本 ", 5);
	text_fold(&out, " A", 2);
	assert_string_equal(buf_text(&out), "日本a");
}

struct place_row {
	const char *name, *text;
	const char *span; /* looked for in the folded text */
	size_t at, length;
};

static const struct place_row place_rows[] = {
	{ "ASCII", "US-Japan Deal", "deal", 9, 4 },
	{ "behind wide characters", "日本のDEAL", "deal", 3, 4 },
	{ "white space left out", "  a \n\n  deal", "deal", 8, 4 },
	{ "white space inside", "a \n\n deal", "a d", 0, 6 },
	{ "a line break in Han", "日\n本", "日本", 0, 3 },
	{ "the second of two Han", "日\n本", "本", 2, 1 },
	{ "one that grew", "xßy", "ss", 1, 1 },
	{ "a part of one that grew", "xﬃy", "f", 1, 1 },
	{ "two that became one", "xe\u0301y", "é", 1, 2 },
	{ "behind two that became one", "xe\u0301y", "y", 3, 1 },
	{ "half-width with a voiced mark", "ｱｶﾞｻ", "ガ", 1, 2 },
	{ "zero width inside", "Lut\u200bnick", "lutnick", 0, 8 },
	{ "the first letter", "Lutnick", "l", 0, 1 },
	{ "the last letter", "Lutnick", "k", 6, 1 },
	{ "behind a square", "㌔x", "x", 1, 1 },
	{ "a Hangul syllable of three", "x\u1112\u1161\u11aby", "한", 1, 3 },
};

static void
check_place(void **state)
{
	const struct place_row *row = *state;
	AUTO_BUF struct buf out = BUF_EMPTY;
	const char *span = NULL;
	struct text_map map = { .pieces = NULL };
	struct text_place place;

	fold(&out, row->text);
	span = strstr(buf_text(&out), row->span);
	assert_non_null(span);
	text_map_make(&map, row->text, strlen(row->text));
	place = text_map_place(&map, (size_t)(span - out.data), strlen(row->span));
	assert_int_equal(place.at, row->at);
	assert_int_equal(place.length, row->length);
	/* the same in bytes */
	assert_int_equal(text_chars(row->text, place.from), row->at);
	assert_int_equal(
	    text_chars(row->text + place.from, place.to - place.from), row->length);
	text_map_clear(&map);
}

static void
check_place_at_the_edges(void **state)
{
	static const struct {
		const char *text;
		size_t folded_at, folded_len, at, length;
	} edges[] = {
		{ "日本", 3, 0, 1, 0 }, /* empty, before 本 */
		{ "日本", 6, 0, 2, 0 }, /* behind the end */
		{ "日本", 0, SIZE_MAX, 0, 2 },
		{ "日本", SIZE_MAX, SIZE_MAX, 2, 0 },
		{ "ab", 1, SIZE_MAX, 1, 1 },
		{ "", 0, 1, 0, 0 },
	};
	struct text_map map = { .pieces = NULL };

	for (size_t i = 0; i < COUNT(edges); i++) {
		struct text_place place;

		text_map_make(&map, edges[i].text, strlen(edges[i].text));
		place = text_map_place(&map, edges[i].folded_at, edges[i].folded_len);
		assert_int_equal(place.at, edges[i].at);
		assert_int_equal(place.length, edges[i].length);
	}
	text_map_clear(&map);
}

/* Numbers that are the same in each run. */
static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Characters that meet in the rules of folding, and now and then any other. */
static uint32_t
random_char(uint64_t *seed)
{
	static const uint32_t telling[] = { 'a', 'E', ' ', '\n', '\'', '-', 0xAD, 0xB4,
		0xDF, 0x130, 0x149, 0x1F0, 0x300, 0x301, 0x308, 0x315, 0x323, 0x327, 0x338,
		0x344, 0x345, 0x34F, 0x390, 0x3B1, 0x3B9, 0x3CA, 0x5B0, 0x93C, 0x915, 0x9C7,
		0x9BE, 0xDD9, 0xDCF, 0xDCA, 0xE33, 0xF71, 0xF73, 0x1100, 0x1161, 0x11A8,
		0x115F, 0x1160, 0xAC00, 0x1E9B, 0x1FBD, 0x1FEE, 0x1FFD, 0x200B, 0x200D,
		0x2010, 0x2011, 0x2033, 0x203E, 0x2057, 0x2126, 0x212B, 0x2212, 0x2260,
		0x3000, 0x3001, 0x300C, 0x304B, 0x3099, 0x309A, 0x309B, 0x309C, 0x302A,
		0x30AB, 0x30FC, 0x3164, 0x65E5, 0x9FFF, 0xF900, 0xFB1D, 0xFB2C, 0xFDFA,
		0xFE0F, 0xFEFF, 0xFF02, 0xFF76, 0xFF9E, 0xFF9F, 0xFFA0, 0xFFE3, 0x110BA,
		0x11131, 0x11127, 0x114B9, 0x114BA, 0x114B0, 0x114BD, 0x1D15E, 0x1D165,
		0x1D16D, 0x1D1BC, 0x20000, 0x2F800, 0xE0100 };
	uint32_t kind = next_random(seed) % 8;
	uint32_t c = 0;

	if (kind < 6)
		return telling[next_random(seed) % COUNT(telling)];
	if (kind == 6)
		return 0x300 + next_random(seed) % 0x70;
	c = next_random(seed) % 0x30000;
	return c >= 0xD800 && c < 0xE000 ? 'x' : c;
}

static void
check_idempotent(const char *text, size_t len)
{
	AUTO_BUF struct buf once = BUF_EMPTY;
	AUTO_BUF struct buf twice = BUF_EMPTY;

	text_fold(&once, text, len);
	assert_true(text_is_utf8(buf_text(&once), once.len));
	text_fold(&twice, buf_text(&once), once.len);
	assert_string_equal(buf_text(&twice), buf_text(&once));
	assert_int_equal(twice.len, once.len);
}

/* Places never go back, and each character of the span lies inside the text. */
static void
check_monotone(const char *text, size_t len)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;
	size_t chars = text_chars(text, len);
	struct text_map map = { .pieces = NULL };
	struct text_place last = { 0 };

	text_fold(&folded, text, len);
	text_map_make(&map, text, len);
	assert_int_equal(map.folded_len, folded.len);
	for (size_t i = 0; i < folded.len; i++) {
		struct text_place place = text_map_place(&map, i, 1);

		assert_true(place.at >= last.at);
		assert_true(place.at + place.length >= last.at + last.length);
		assert_true(place.length > 0 && place.at + place.length <= chars);
		assert_int_equal(text_chars(text, place.from), place.at);
		last = place;
	}
	text_map_clear(&map);
}

static void
keep_piece(void *ctx, const struct fold_piece *piece)
{
	buf_add(ctx, piece->bytes, piece->len);
}

/* By the table it is the same as the careful way. */
static void
check_as_walked(const char *text, size_t len)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;
	AUTO_BUF struct buf walked = BUF_EMPTY;

	text_fold(&folded, text, len);
	fold_walk(text, len, keep_piece, &walked);
	assert_string_equal(buf_text(&folded), buf_text(&walked));
	assert_int_equal(folded.len, walked.len);
}

/* A stretch as real texts have it: words, kana and Han, or what is special. */
static void
add_stretch(struct buf *text, uint64_t *seed)
{
	uint32_t kind = next_random(seed) % 4, count = next_random(seed) % 40;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t c = next_random(seed);

		if (kind == 0)
			text_encode(text, c % 6 == 0 ? ' ' : 0x21 + c % 0x5E);
		else if (kind == 1)
			text_encode(text, c % 9 == 0 ? ' ' : 0x3001 + c % 0x6F00);
		else if (kind == 2)
			text_encode(text, 0x1 + c % 0x24F);
		else
			text_encode(text, random_char(seed));
	}
}

static void
check_table(void **state)
{
	uint64_t seed = 20261123;

	for (int i = 0; i < 20000; i++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		uint32_t count = next_random(&seed) % (i % 50 == 0 ? 300 : 8);

		for (uint32_t j = 0; j < count; j++)
			add_stretch(&text, &seed);
		check_as_walked(buf_text(&text), text.len);
	}
}

static void
check_random_texts(void **state)
{
	uint64_t seed = 20251122;

	for (int i = 0; i < 20000; i++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		uint32_t count = next_random(&seed) % (i % 10 == 0 ? 90 : 12);

		for (uint32_t j = 0; j < count; j++)
			text_encode(&text, random_char(&seed));
		check_idempotent(buf_text(&text), text.len);
		if (i % 10 == 0)
			check_monotone(buf_text(&text), text.len);
	}
}

static void
check_every_character(void **state)
{
	for (uint32_t c = 1; c <= 0x10FFFF; c++) {
		AUTO_BUF struct buf text = BUF_EMPTY;

		if (c >= 0xD800 && c < 0xE000)
			continue;
		buf_add_text(&text, "か");
		text_encode(&text, c);
		buf_add_text(&text, "\u3099");
		check_idempotent(text.data, text.len);
		check_as_walked(text.data, text.len);
	}
}

/* A heap of marks is cut: 4 MB of them take no longer than 4 MB of anything. */
static void
check_heap_of_marks(void **state)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	buf_add_char(&text, 'a');
	while (text.len < 4u << 20)
		buf_add_text(&text, "\u0301\u0323");
	check_idempotent(text.data, text.len);
}

static const struct CMUnitTest plain_tests[] = {
	cmocka_unit_test(check_appends),
	cmocka_unit_test(check_place_at_the_edges),
	cmocka_unit_test(check_random_texts),
	cmocka_unit_test(check_table),
	cmocka_unit_test(check_every_character),
	cmocka_unit_test(check_heap_of_marks),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(rows) + COUNT(place_rows) + COUNT(plain_tests)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	for (size_t i = 0; i < COUNT(place_rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = place_rows[i].name,
			.test_func = check_place,
			.initial_state = (void *)&place_rows[i] };
	for (size_t i = 0; i < COUNT(plain_tests); i++)
		tests[count++] = plain_tests[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
