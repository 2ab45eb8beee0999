/*
 * The matcher against a naive search, on random small texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/matcher.h"

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
	static const char *const han[] = { "赤", "澤", NULL }; /* folded */
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
		if (term_parse(&term, FIELD_WORDS, buf_text(&texts[count]),
			texts[count].len, &err))
			numbers[count++] = matcher_add_term(matcher, &term);
	}
	assert_true(matcher_compile(matcher, NULL, &err));
	for (size_t i = 0; i < TEXTS; i++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		struct field_text title = { .field = FIELD_TITLE };
		struct field_texts texts_of = { &title, 1, 0 };

		random_text(&seed, 40, &text);
		title.text = buf_text(&text);
		title.len = text.len;
		matcher_scan(matcher, &texts_of);
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_naive_search_finds),
	};

	return cmocka_run_group_tests_name("naive", tests, NULL, NULL);
}
