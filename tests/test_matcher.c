/*
 * The matcher: where terms are found and where not, the cache of its database, and a
 * comparison with a naive search.
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

#include "base/buf.h"
#include "base/text.h"
#include "rules/cache.h"
#include "rules/evaluate.h"
#include "rules/matcher.h"
#include "rules/program.h"

static uint32_t
no_set(void *ctx, const char *name, size_t len)
{
	return MATCHER_NONE;
}

static const struct program *
no_define(void *ctx, const char *name, size_t len)
{
	return NULL;
}

/* An expression with a matcher of its own. */
struct probe {
	struct matcher *matcher;
	struct expression *expression;
	struct program program;
};

static void
probe_init(struct probe *probe, const char *text, const char *cache_dir)
{
	const struct program_names names = { NULL, no_set, no_define };
	struct expression_error error;
	struct error err;

	*probe = (struct probe){ .matcher = matcher_new() };
	probe->expression = expression_parse(text, strlen(text), &error);
	assert_non_null(probe->expression);
	assert_true(program_build(
	    &probe->program, probe->expression, &names, probe->matcher, &error));
	assert_true(matcher_compile(probe->matcher, cache_dir, &err));
}

static void
probe_clear(struct probe *probe)
{
	program_clear(&probe->program);
	expression_free(probe->expression);
	matcher_free(probe->matcher);
}

static bool
probe_run(struct probe *probe, const char *title, const char *summary)
{
	const char *const texts[FIELD_COUNT] = { title, summary, NULL };
	struct evaluation evaluation = { NULL, NULL, 0 };
	bool is_true;

	matcher_scan(probe->matcher, texts);
	is_true = evaluate_run(&evaluation, &probe->program, probe->matcher);
	evaluation_clear(&evaluation);
	return is_true;
}

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

	unlink(path);
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

/* -- against a naive search, on a small alphabet -- */

static const char *const pieces[] = { "a", "b", "s", "ab", "es", " ", " ", "-", "'", "・",
	"赤", "沢", "ト", "ク", "ー", "の" };
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static uint32_t
random_next(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

struct piece {
	char text[24];
	char script; /* W, H, K, h(iragana) */
	bool touches_next;
};

static char
script_of(const char *at, size_t len, char before)
{
	static const char *const han[] = { "赤", "沢", NULL };
	static const char *const kata[] = { "ト", "ク", NULL };

	if (len == 1)
		return *at >= 'a' && *at <= 'z' ? 'W' : '.';
	for (int i = 0; i < 2; i++) {
		if (strncmp(at, han[i], 3) == 0)
			return 'H';
		if (strncmp(at, kata[i], 3) == 0)
			return 'K';
	}
	if (strncmp(at, "の", 3) == 0)
		return 'h';
	if (strncmp(at, "ー", 3) == 0)
		return before == 'h' ? 'h' : 'K';
	return '.';
}

static size_t
naive_split(const char *text, struct piece *out)
{
	size_t count = 0, len = strlen(text);
	bool touches = false;
	char before = '.';

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t used = text_decode(text + i, len - i, &c);
		char script = script_of(text + i, used, before);
		bool is_inner = text[i] == '\'' && before == 'W' && i + 1 < len &&
				text[i + 1] >= 'a' && text[i + 1] <= 'z';

		if (is_inner)
			script = 'W';
		if (script == 'W' && before == 'W') {
			strncat(out[count - 1].text, text + i, used);
		} else if (script != '.') {
			if (count > 0)
				out[count - 1].touches_next = touches;
			out[count] = (struct piece){ "", script, false };
			strncat(out[count++].text, text + i, used);
		}
		touches = script != '.';
		before = script;
		i += used;
	}
	return count;
}

static bool
naive_word_fits(const struct piece *wanted, const struct piece *found, bool is_exact)
{
	static const char *const endings[] = { "", "s", "es", "'s", "s's", "es's" };
	size_t len = strlen(wanted->text);

	if (wanted->script != 'W' || is_exact)
		return strcmp(wanted->text, found->text) == 0;
	for (size_t i = 0; i < 6; i++) {
		if (strncmp(wanted->text, found->text, len) == 0 &&
		    strcmp(found->text + len, endings[i]) == 0)
			return true;
	}
	return false;
}

static bool
naive_kana_goes_on(const struct piece *left)
{
	return left->touches_next && left->script == left[1].script &&
	       (left->script == 'K' || left->script == 'h');
}

static bool
naive_at(const struct piece *term, size_t count, const struct piece *text,
    size_t text_count, size_t at)
{
	if (at + count > text_count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!naive_word_fits(&term[i], &text[at + i], term[i].touches_next))
			return false;
		if (term[i].touches_next && !text[at + i].touches_next)
			return false;
	}
	return (at == 0 || !naive_kana_goes_on(&text[at - 1])) &&
	       (at + count == text_count || !naive_kana_goes_on(&text[at + count - 1]));
}

static size_t
naive_count(const char *term_text, const char *text_text)
{
	struct piece term[64], text[64];
	size_t term_count = naive_split(term_text, term);
	size_t text_count = naive_split(text_text, text), found = 0;

	for (size_t at = 0; at < text_count; at++)
		found += naive_at(term, term_count, text, text_count, at);
	return found;
}

static void
random_text(uint32_t *seed, uint32_t most, struct buf *folded)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	uint32_t count = 1 + random_next(seed, most);

	for (uint32_t i = 0; i < count; i++)
		buf_add_text(&raw, pieces[random_next(seed, PIECES)]);
	text_fold(folded, raw.data, raw.len);
}

static size_t
matcher_count(const struct matcher *matcher, uint32_t term)
{
	size_t count = 0;

	for (uint32_t i = matcher_first(matcher, term); i != MATCHER_NONE;
	     i = matcher_occurrence(matcher, i)->next)
		count++;
	return count;
}

#define TERMS 40
#define TEXTS 200

static void
finds_what_a_naive_search_finds(void **state)
{
	struct matcher *matcher = matcher_new();
	struct buf texts[TERMS] = { BUF_EMPTY };
	uint32_t numbers[TERMS], seed = 7;
	size_t count = 0, hits = 0;
	struct error err;

	while (count < TERMS) {
		struct term term;

		buf_reset(&texts[count]);
		random_text(&seed, 4, &texts[count]);
		if (term_parse(&term, buf_text(&texts[count]), texts[count].len, &err))
			numbers[count++] = matcher_add_term(matcher, &term);
	}
	assert_true(matcher_compile(matcher, NULL, &err));
	for (size_t i = 0; i < TEXTS; i++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		const char *fields[FIELD_COUNT] = { NULL };

		random_text(&seed, 40, &text);
		fields[FIELD_TITLE] = buf_text(&text);
		matcher_scan(matcher, fields);
		for (size_t k = 0; k < TERMS; k++) {
			size_t wanted = naive_count(buf_text(&texts[k]), buf_text(&text));

			if (matcher_count(matcher, numbers[k]) != wanted)
				print_message("# '%s' in '%s'\n", buf_text(&texts[k]),
				    buf_text(&text));
			assert_int_equal(matcher_count(matcher, numbers[k]), wanted);
			hits += wanted;
		}
	}
	assert_true(hits > TEXTS); /* or nothing was compared */
	for (size_t i = 0; i < TERMS; i++)
		buf_clear(&texts[i]);
	matcher_free(matcher);
	(void)state; /* has none */
}

/* -- necessary terms: of any true expression at least one stands in the text -- */

static void
random_expression(uint32_t *seed, struct buf *out)
{
	static const char *const parts[] = { "a", "b", "c", "d", "AND", "OR", "NOT", "(",
		")", "title:a" };
	uint32_t count = 1 + random_next(seed, 14);

	for (uint32_t i = 0; i < count; i++)
		buf_printf(out, "%s ", parts[random_next(seed, 10)]);
}

/* The value for the text that holds the words of a bit mask, worked out on its own. */
static bool
naive_value(const struct expression *expression, size_t *at, unsigned mask)
{
	const struct expression_node *node = &expression->nodes[--*at];
	size_t end = *at + 1 - node->span;
	bool all = true, any = false;

	if (node->kind == EXPRESSION_TERM)
		return (mask >> (expression->text[node->text_at] - 'a') & 1) != 0;
	while (*at > end) {
		/* NOLINTNEXTLINE(misc-no-recursion): as deep as an expression may be */
		bool value = naive_value(expression, at, mask);

		all = all && value;
		any = any || value;
	}
	if (node->kind == EXPRESSION_NOT)
		return !any;
	return node->kind == EXPRESSION_OR ? any : all;
}

static bool
has_necessary(const struct matcher *matcher, const struct links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		if (matcher_term_fields(matcher, links->pairs[i].from) != 0)
			return true;
	}
	return false;
}

static void
compare_values(struct probe *probe, const struct links *links, bool has_links)
{
	for (unsigned mask = 0; mask < 16; mask++) {
		char title[16] = "";
		size_t at = probe->expression->count;
		bool is_true;

		for (int i = 0; i < 4; i++)
			sprintf(
			    title + strlen(title), "%c ", mask >> i & 1 ? 'a' + i : 'x');
		is_true = probe_run(probe, title, NULL);
		assert_int_equal(is_true, naive_value(probe->expression, &at, mask));
		if (is_true && has_links)
			assert_true(has_necessary(probe->matcher, links));
		if (mask == 0)
			assert_int_equal(is_true, !has_links);
	}
}

static void
values_are_the_naive_ones(void **state)
{
	uint32_t seed = 3, parsed = 0;

	while (parsed < 60) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		AUTO(expression) expression = NULL;
		struct expression_error error;
		struct links links = { .pairs = NULL };
		struct probe probe;
		bool has_links;

		random_expression(&seed, &text);
		expression = expression_parse(buf_text(&text), text.len, &error);
		if (expression == NULL || expression->count < 3)
			continue;
		parsed++;
		probe_init(&probe, buf_text(&text), NULL);
		has_links = program_necessary(&probe.program, probe.matcher, &links, 0);
		compare_values(&probe, &links, has_links);
		links_clear(&links);
		probe_clear(&probe);
	}
	(void)state; /* has none */
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(phrases_do_not_span_fields),
		cmocka_unit_test(occurrences_have_token_positions),
		cmocka_unit_test(cache_is_used),
		cmocka_unit_test(cache_of_other_terms_is_not),
		cmocka_unit_test(damaged_cache_is_made_anew),
		cmocka_unit_test(cut_cache_is_made_anew),
		cmocka_unit_test(what_a_kill_left_is_removed),
		cmocka_unit_test(a_folder_that_cannot_be_is_no_failure),
		cmocka_unit_test(finds_what_a_naive_search_finds),
		cmocka_unit_test(values_are_the_naive_ones),
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
