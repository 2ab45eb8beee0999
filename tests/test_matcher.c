/*
 * The matcher: where terms are found and where not, and the cache of its database.
 */
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

#include "rules/cache.h"
#include "rules/matcher.h"
#include "tests/probe.h"

/* -- edges -- */

struct row {
	const char *expression, *title;
	bool is_found;
};

static const struct row rows[] = {
	{ "Akazawa", "Lutnick to meet Japan's Akazawa in Washington", true },
	{ "Akazawa", "Nakazawa wins judo gold", false },
	{ "Akazawa", "akazawa", true },
	{ "Akazawa", "ＡＫＡＺＡＷＡ氏", true },
	{ "Akazawa", "Akazawa氏が訪米", true },
	{ "Akazawa", "赤沢Akazawa赤沢", true },
	{ "Akazawa", "Akazawa's visit", true },
	{ "Akazawa", "Akazawa’s visit", true },
	{ "Akazawa", "the Akazawas", true },
	{ "Akazawa", "the Akazawas' house", true },
	{ "Akazawa", "Akazawan", false },
	{ "Akazawa", "Akazawa2", false },
	{ "tax", "new taxes", true },
	{ "tax", "taxing", false },
	{ "tax*", "taxing", true },
	{ "tax*", "syntax", false },
	{ "projects", "one project", false },
	{ "ラトニック", "赤沢経産相、ラトニック米商務長官と会談へ", true },
	{ "ラトニック", "プラトニックな関係", false },
	{ "ラトニック", "ラトニックス", false },
	{ "ラトニック", "ラトニックー", false },
	{ "ラトニック", "のラトニックは", true },
	{ "ラトニック", "ﾗﾄﾆｯｸ長官", true },
	{ "ソフトバンク*", "ソフトバンクグループ", true },
	{ "ソフトバンク", "ソフトバンクグループ", false },
	{ "*ダイヤ", "人工ダイヤの工場", true },
	{ "ダイヤ", "人工ダイヤの工場", true },
	{ "*ダイヤ", "カラーダイヤの工場", true },
	{ "ダイヤ", "カラーダイヤの工場", false },
	{ "データセンター", "データセンターの建設", true },
	{ "ひまわり", "スーパーひまわり", true },
	{ "赤沢", "茜赤沢亮正", true },
	{ "赤沢", "赤 沢", true },
	{ "赤沢", "赤・沢", false },
	{ "韩国", "韩国对美投资", true },
	{ "한국", "대한국민", true },
	{ "\"data centre\"", "a data-centre deal", true },
	{ "\"data centre\"", "data: 'centre'", true },
	{ "\"data centre\"", "data of the centre", false },
	{ "\"data centre\"", "data centres", true },
	{ "\"data centre\"", "datacentre", false },
	{ "US-Japan", "US-Japan deal", true },
	{ "US-Japan", "US Japan deal", true },
	{ "US-Japan", "US/Japan deal", true },
	{ "US-Japan", "Us–Japan deal", true },
	{ "US-Japan", "Japan US deal", false },
	{ "\"Japan US\"", "Japan-U.S.", false },
	{ "U.S.", "the U.S. and Japan", true },
	{ "U.S.", "the U.S", true },
	{ "AT&T", "AT&T Inc.", true },
	{ "AT&T", "AT and T", false },
	{ "O'Brien", "O’Brien said", true },
	{ "エレメント・シックス", "エレメントシックス社", true },
	{ "エレメント・シックス", "エレメント・シックス社", true },
	{ "エレメント・シックス", "エレメント・シックスス社", false },
	{ "第1弾", "対米投資第１弾", true },
	{ "第1弾", "対米投資第11弾", false },
	{ "SBエナジー", "ＳＢエナジーの計画", true },
	{ "SBエナジー", "USBエナジー", false },
	{ "5500億ドル", "５５００億ドル", true },
	{ "5500億ドル", "15500億ドル", false },
	{ "\"5,500億ドル\"", "5,500億ドル規模", true },
	{ "\"$2.1 billion\"", "$2.1 billion", true },
	{ "\"2.1 billion\"", "2 1 billion", false },
	{ "Straße", "STRASSE", true },
	{ "a NOT b", "a c", true },
	{ "a NOT b", "a b", false },
	{ "赤沢", "赤澤亮正", true },
	{ "赤泽", "赤沢経産相", true },
	{ "\"戦略的 投資\"", "战略的投资", true },
	{ "経済産業大臣", "經濟產業大臣", true },
	{ "韓国", "韩国对美投资", true },
	{ "幹", "干部", false },
	{ "=US", "the US and Japan", true },
	{ "=US", "tell us more", false },
	{ "=US", "tell us: the US", true },
	{ "=US", "ＵＳ", true },
	{ "=US", "US's plan", true },
	{ "=US", "USs", false },
	{ "=us", "US", false },
	{ "=us", "us", true },
	{ "=Arm", "Arm and arms", true },
	{ "=Arm", "ARM or arm", false },
	{ "=US-Japan", "the US–Japan deal", true },
	{ "=US-Japan", "the US Japan deal", true },
	{ "=US-Japan", "the us-Japan deal", false },
	{ "=赤沢", "赤沢亮正", true },
	{ "=赤沢", "赤澤亮正", false },
	{ "=ラトニック", "ﾗﾄﾆｯｸ長官", true },
	{ "=Straße", "STRASSE", false },
	{ "/第[一二三四五0-9]+弾/", "対米投資第１２弾", true },
	{ "/第[一二三四五0-9]+弾/", "対米投資第弾", false },
	{ "/20\\d\\d年/", "２０２５年度", true },
	{ "/赤[沢坂]/", "赤澤亮正", true },
	{ "/data cent(er|re)s?/", "DATA\nCENTRES", true },
	{ "/data cent(er|re)\\b/", "data centred", false },
	{ "/us\\/japan/", "US/Japan", true },
	{ "/x/ NEAR/2 b", "axa c b", true },
	{ "/x/ NEAR/1 b", "axa c b", false },
	{ "/a b/ BEFORE/1 c", "xa by c", true },
	{ "title:/b./", "bc", true },
	{ "summary:/b./", "bc", false },
	{ "/b/ NOT /c/", "b", true },
	{ "/b/ NOT /c/", "bc", false },
	{ "/\\$[0-9.]+ ?(bn|billion)/", "$550 billion", true },
	{ "a NEAR/1 b", "a b", true },
	{ "a NEAR/1 b", "b a", true },
	{ "a NEAR/1 b", "a x b", false },
	{ "a NEAR/2 b", "a, x; b", true },
	{ "a NEAR/2 b", "b x a", true },
	{ "a NEAR/2 b", "b x y a", false },
	{ "a BEFORE/2 b", "a x b", true },
	{ "a BEFORE/2 b", "b x a", false },
	{ "a BEFORE/2 b", "b a x b", true },
	{ "\"a b\" NEAR/2 c", "a b x c", true },
	{ "\"a b\" NEAR/2 c", "c x a b", true },
	{ "\"a b\" NEAR/1 c", "a b x c", false },
	{ "\"a b\" NEAR/1 \"b c\"", "a b c", true },
	{ "\"a b\" BEFORE/1 \"b c\"", "a b c", false },
	{ "\"a b\" BEFORE/1 \"b c\"", "a b b c", true },
	{ "日 NEAR/1 美", "日美关税", true },
	{ "日美 NEAR/1 日", "日美关税", true },
	{ "日本 NEAR/3 投资", "日本对美投资", true },
	{ "日本 NEAR/2 投资", "日本对美投资", false },
	{ "投资 BEFORE/9 日本", "日本对美投资", false },
	{ "赤沢 NEAR/4 ラトニック", "赤沢経産相、ラトニック米商務長官", true },
	{ "赤沢 NEAR/3 ラトニック", "赤沢経産相、ラトニック米商務長官", false },
	{ "ラトニック BEFORE/5 会談", "ラトニック米商務長官と会談へ", false },
	{ "ラトニック BEFORE/7 会談", "ラトニック米商務長官と会談へ", true },
	{ "SoftBank NEAR/2 投資", "SoftBankが投資", true },
	{ "SoftBank NEAR/1 投資", "SoftBankが投資", false },
	{ "a NEAR/2 b NEAR/2 c", "a x b x c", true },
	{ "a NEAR/2 b NEAR/2 c", "a x b x x c", false },
	{ "a NEAR/3 b NEAR/1 c", "a c x b", true }, /* the joined span holds c */
	{ "a BEFORE/2 b BEFORE/2 c", "a b c", true },
	{ "a BEFORE/2 b BEFORE/2 c", "a c b", false },
	{ "a BEFORE/9 (b NEAR/2 c)", "a c b", true },
	{ "a BEFORE/9 (b NEAR/2 c)", "c a b", false },
	{ "(a OR b) NEAR/1 (c OR d)", "a x b d", true },
	{ "(a OR b) NEAR/1 (c OR d)", "a x b x d", false },
	{ "a NEAR/1 b OR c", "c", true },
	{ "a NOT b NEAR/1 c", "a b x c", true },
	{ "a NOT b NEAR/1 c", "a b c", false },
	{ "title:(a NEAR/2 b)", "a x b", true },
	{ "summary:(a NEAR/2 b)", "a x b", false },
	{ "2 OF (a, b, c)", "a c", true },
	{ "2 OF (a, b, c)", "b b b", false },
	{ "3 OF (a, b, c)", "c b a", true },
	{ "1 OF (a, b NEAR/1 c)", "b c", true },
	{ "2 OF (a OR x, NOT b, c d)", "a", true },
	{ "2 OF (a OR x, NOT b, c d)", "a b", false },
	{ "2 OF (a OR x, NOT b, c d)", "a b c d", true },
	{ "2 OF (日本, 投资, 关税)", "日本关税", true },
	{ "title:a", "b", false },
	{ "summary:a", "a", false },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct probe probe;

	probe_init(&probe, row->expression, NULL);
	assert_int_equal(probe_run(&probe, row->title, "x"), row->is_found);
	probe_clear(&probe);
}

static void
phrases_do_not_span_fields(void **state)
{
	struct probe probe;

	probe_init(&probe, "data NEAR/9 centre", NULL);
	assert_false(probe_run(&probe, "data", "centre"));
	assert_true(probe_run(&probe, "data", "centre data"));
	probe_clear(&probe);
	probe_init(&probe, "\"data centre\" OR summary:deal", NULL);
	assert_false(probe_run(&probe, "data", "centre"));
	assert_true(probe_run(&probe, "data centre", ""));
	assert_true(probe_run(&probe, NULL, "deal"));
	assert_false(probe_run(&probe, "deal", NULL));
	probe_clear(&probe);
	(void)state; /* has none */
}

static void
occurrences_have_token_positions(void **state)
{
	struct probe probe;
	const struct occurrence *occurrence;
	uint32_t first;

	probe_init(&probe, "\"b c\"", NULL);
	assert_true(probe_run(&probe, "a, b-c; 赤b c's", NULL));
	first = matcher_first(probe.matcher, 0);
	occurrence = matcher_occurrence(probe.matcher, first);
	assert_int_equal(occurrence->span.first_token, 1);
	assert_int_equal(occurrence->span.end_token, 3);
	assert_int_equal(occurrence->span.at, 3);
	assert_int_equal(occurrence->span.end, 6);
	occurrence = matcher_occurrence(probe.matcher, occurrence->next);
	assert_int_equal(occurrence->span.first_token, 4);
	assert_int_equal(occurrence->next, MATCHER_NONE);
	probe_clear(&probe);
	(void)state; /* has none */
}

/* Per start the longest end, without overlap, from the left. */
static void
regexes_take_the_longest(void **state)
{
	static const struct {
		const char *expression, *text;
		size_t spans[4][2];
		size_t count;
	} wanted[] = {
		{ "/a+/", "aa b aaa", { { 0, 2 }, { 5, 8 } }, 2 },
		{ "/ab|abc/", "abc", { { 0, 3 } }, 1 },
		{ "/b|abc/", "abc", { { 0, 3 } }, 1 },
		{ "/aa/", "aaaaa", { { 0, 2 }, { 2, 4 } }, 2 },
		{ "/a.*b/", "a b a b c", { { 0, 7 } }, 1 },
		{ "/日.|本日/", "日本日本日", { { 0, 6 }, { 6, 12 } }, 2 },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		struct probe probe;
		size_t count = 0;

		probe_init(&probe, wanted[i].expression, NULL);
		assert_true(probe_run(&probe, wanted[i].text, NULL));
		for (uint32_t k = matcher_first(probe.matcher, 0); k != MATCHER_NONE;
		     k = matcher_occurrence(probe.matcher, k)->next) {
			const struct occurrence *at = matcher_occurrence(probe.matcher, k);

			assert_true(count < wanted[i].count);
			assert_int_equal(at->span.at, wanted[i].spans[count][0]);
			assert_int_equal(at->span.end, wanted[i].spans[count++][1]);
		}
		assert_int_equal(count, wanted[i].count);
		probe_clear(&probe);
	}
	(void)state; /* has none */
}

/* -- the cache -- */

static char *
make_folder(void)
{
	char *dir = mem_strdup("/tmp/dealwatch-matcher-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void
remove_folder(char *dir)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, CACHE_NAME);
	AUTO_FREE char *regexes = mem_printf("%s/%s", dir, CACHE_REGEX_NAME);

	unlink(path);
	unlink(regexes);
	assert_int_equal(rmdir(dir), 0); /* and nothing else was left in it */
	free(dir);
}

static ino_t
cache_inode(const char *dir)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, CACHE_NAME);
	struct stat stat_now;

	assert_int_equal(stat(path, &stat_now), 0);
	return stat_now.st_ino;
}

/* Compile with the cache and see that it finds what it should. @return the file's inode */
static ino_t
use_cache(const char *dir, const char *expression)
{
	struct probe probe;

	probe_init(&probe, expression, dir);
	assert_true(probe_run(&probe, "Lutnick meets Akazawa", NULL));
	assert_false(probe_run(&probe, "Nakazawa", NULL));
	probe_clear(&probe);
	return cache_inode(dir);
}

static void
cache_is_used(void **state)
{
	char *dir = make_folder();
	ino_t first = use_cache(dir, "Akazawa OR Lutnick");

	assert_int_equal(use_cache(dir, "Akazawa OR Lutnick"), first);
	remove_folder(dir);
	(void)state; /* has none */
}

static void
regexes_have_a_cache(void **state)
{
	char *dir = make_folder();
	AUTO_FREE char *path = mem_printf("%s/%s", dir, CACHE_REGEX_NAME);
	struct stat first, second;

	use_cache(dir, "/akazawa\\b/ Lutnick NOT /na[k]a/");
	assert_int_equal(stat(path, &first), 0);
	use_cache(dir, "/akazawa\\b/ Lutnick NOT /na[k]a/");
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(second.st_ino, first.st_ino);
	use_cache(dir, "/akazawa\\b/ Lutnick NOT /nak.z/");
	assert_int_equal(stat(path, &second), 0);
	assert_int_not_equal(second.st_ino, first.st_ino);
	remove_folder(dir);
	(void)state; /* has none */
}

static void
cache_of_other_terms_is_not(void **state)
{
	char *dir = make_folder();
	ino_t first = use_cache(dir, "Akazawa OR Lutnick");

	assert_int_not_equal(use_cache(dir, "Akazawa OR Washington"), first);
	remove_folder(dir);
	(void)state; /* has none */
}

static void
change_byte(const char *dir, long at, int whence)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, CACHE_NAME);
	FILE *file = fopen(path, "r+b");
	int c;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, whence), 0);
	c = getc(file);
	assert_int_equal(fseek(file, at, whence), 0);
	assert_int_not_equal(putc(c ^ 1, file), EOF);
	assert_int_equal(fclose(file), 0);
}

/* magic, key (library version and platform are in it), length, digest, database */
static void
damaged_cache_is_made_anew(void **state)
{
	static const long places[] = { 0, 8, 39, 40, 47, 48, 79, 80, 200, -1 };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *dir = make_folder();
		ino_t first = use_cache(dir, "Akazawa OR Lutnick");

		change_byte(dir, places[i], places[i] < 0 ? SEEK_END : SEEK_SET);
		assert_int_not_equal(use_cache(dir, "Akazawa OR Lutnick"), first);
		remove_folder(dir);
	}
	(void)state; /* has none */
}

static void
cut_cache_is_made_anew(void **state)
{
	static const off_t lengths[] = { 0, 1, 79, 80, 81, 300 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *dir = make_folder();
		AUTO_FREE char *path = mem_printf("%s/%s", dir, CACHE_NAME);
		ino_t first = use_cache(dir, "Akazawa OR Lutnick");

		assert_int_equal(truncate(path, lengths[i]), 0);
		assert_int_not_equal(use_cache(dir, "Akazawa OR Lutnick"), first);
		remove_folder(dir);
	}
	(void)state; /* has none */
}

static void
what_a_kill_left_is_removed(void **state)
{
	char *dir = make_folder();
	AUTO_FREE char *left = mem_printf("%s/%s.new", dir, CACHE_NAME);
	FILE *file = fopen(left, "w");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	use_cache(dir, "Akazawa OR Lutnick");
	remove_folder(dir);
	(void)state; /* has none */
}

static void
a_folder_that_cannot_be_is_no_failure(void **state)
{
	struct probe probe;

	probe_init(&probe, "Akazawa", "/dev/null/cache");
	assert_true(probe_run(&probe, "Akazawa", NULL));
	probe_clear(&probe);
	(void)state; /* has none */
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(phrases_do_not_span_fields),
		cmocka_unit_test(occurrences_have_token_positions),
		cmocka_unit_test(regexes_take_the_longest),
		cmocka_unit_test(cache_is_used),
		cmocka_unit_test(regexes_have_a_cache),
		cmocka_unit_test(cache_of_other_terms_is_not),
		cmocka_unit_test(damaged_cache_is_made_anew),
		cmocka_unit_test(cut_cache_is_made_anew),
		cmocka_unit_test(what_a_kill_left_is_removed),
		cmocka_unit_test(a_folder_that_cannot_be_is_no_failure),
	};
	static char names[ROWS][128];
	struct CMUnitTest tests[ROWS + sizeof(others) / sizeof(others[0])];

	memcpy(tests + ROWS, others, sizeof(others));
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s in '%s'", rows[i].expression,
		    rows[i].title);
		tests[i] = (struct CMUnitTest){ .name = names[i],
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	}
	return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
