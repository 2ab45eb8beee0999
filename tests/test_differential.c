/*
 * Random expressions of every form on random texts, against a naive evaluator: it knows
 * words of one letter only, and tries every pair of places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/evaluate.h"
#include "rules/necessary.h"

#define WORDS 9
#define TEXTS_MAX 5
#define EXPRESSIONS 600
#define ENTRIES 60

static uint32_t
random_next(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/* -- entries -- */

struct entry_texts {
	char texts[TEXTS_MAX][WORDS * 2 + 1];
	struct field_text items[TEXTS_MAX];
	struct field_texts list;
};

/* Letters with a blank behind each; of few kinds, so that they meet. */
static void
random_words(uint32_t *seed, uint32_t most, char *out)
{
	static const char letters[] = { 'a', 'a', 'b', 'b', 'c', 'd', 'x', 'x', 'x', 'A' };
	uint32_t count = random_next(seed, most + 1);

	for (uint32_t i = 0; i < count; i++) {
		*out++ = letters[random_next(seed, sizeof(letters))];
		*out++ = ' ';
	}
	*out = '\0';
}

static void
random_entry(uint32_t *seed, struct entry_texts *entry)
{
	static const enum rule_field fields[TEXTS_MAX] = { FIELD_TITLE, FIELD_SUMMARY,
		FIELD_AUTHOR, FIELD_AUTHOR, FIELD_TAG };
	uint32_t most = 1 + random_next(seed, WORDS);

	for (size_t i = 0; i < TEXTS_MAX; i++) {
		random_words(seed, fields[i] == FIELD_TAG ? 1 : most, entry->texts[i]);
		entry->items[i] = (struct field_text){ .field = fields[i],
			.text = entry->texts[i],
			.len = strlen(entry->texts[i]) };
	}
	entry->list = (struct field_texts){ entry->items, TEXTS_MAX, 0 };
}

/* -- expressions -- */

static void
random_term(uint32_t *seed, struct buf *out)
{
	static const char *const terms[] = { "a", "b", "c", "d", "\"a b\"", "\"b a\"", "=A",
		"=a", "/a b/", "/c|d/" };

	buf_add_text(out, terms[random_next(seed, 10)]);
}

static void random_part(uint32_t *seed, uint32_t depth, bool in_near, struct buf *out);

static void
/* NOLINTNEXTLINE(misc-no-recursion): as deep as depth says */
random_near(uint32_t *seed, uint32_t depth, struct buf *out)
{
	uint32_t count = 1 + random_next(seed, 2);

	random_part(seed, depth, true, out);
	for (uint32_t i = 0; i < count; i++) {
		buf_printf(out, " %s/%u ", random_next(seed, 2) == 0 ? "NEAR" : "BEFORE",
		    1 + random_next(seed, 4));
		random_part(seed, depth, true, out);
	}
}

static void
/* NOLINTNEXTLINE(misc-no-recursion): as deep as depth says */
random_list(uint32_t *seed, uint32_t depth, struct buf *out)
{
	uint32_t count = 1 + random_next(seed, 4);

	buf_printf(out, "%u OF (", 1 + random_next(seed, count));
	for (uint32_t i = 0; i < count; i++) {
		buf_add_text(out, i == 0 ? "" : ", ");
		random_part(seed, depth, false, out);
	}
	buf_add_char(out, ')');
}

static void
/* NOLINTNEXTLINE(misc-no-recursion): as deep as depth says */
random_group(uint32_t *seed, uint32_t depth, bool in_near, struct buf *out)
{
	static const char *const between[] = { " OR ", " AND ", " ", " NOT ", " OR NOT " };
	uint32_t count = 1 + random_next(seed, 3);

	buf_add_char(out, '(');
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_text(out, between[in_near ? 0 : random_next(seed, 5)]);
		random_part(seed, depth, in_near, out);
	}
	buf_add_char(out, ')');
}

static void
/* NOLINTNEXTLINE(misc-no-recursion): as deep as depth says */
random_part(uint32_t *seed, uint32_t depth, bool in_near, struct buf *out)
{
	static const char *const fields[] = { "title:", "summary:", "author:" };
	uint32_t kind = depth == 0 ? 0 : random_next(seed, in_near ? 5 : 8);

	if (kind < 2) {
		random_term(seed, out);
	} else if (kind == 2) {
		random_group(seed, depth - 1, in_near, out);
	} else if (kind < 5) {
		buf_add_char(out, '(');
		random_near(seed, depth - 1, out);
		buf_add_char(out, ')');
	} else if (kind == 5) {
		random_list(seed, depth - 1, out);
	} else if (kind == 6) {
		/* fields do not nest: what is inside has none */
		buf_add_text(out, fields[random_next(seed, 3)]);
		random_group(seed, depth > 2 ? 1 : 0, true, out);
	} else {
		buf_add_text(out, random_next(seed, 2) == 0 ? "tag:a" : "NOT tag:(b OR a)");
	}
}

/* -- the naive evaluator -- */

/* Whether something stands from the first word on up to, not with, the second. */
struct grid {
	bool at[WORDS + 1][WORDS + 1];
	bool is_any;
};

static void
grid_set(struct grid *grid, size_t first, size_t end)
{
	grid->at[first][end] = true;
	grid->is_any = true;
}

static char
lower(char c)
{
	return text_lower(c);
}

static void
naive_term(const char *term, const char *text, struct grid *grid)
{
	size_t words = strlen(text) / 2;
	bool is_pair = term[0] == '"' || (term[0] == '/' && term[2] == ' ');

	for (size_t i = 0; i < words; i++) {
		char c = lower(text[i * 2]);

		if (is_pair && i + 1 < words && c == term[1] &&
		    lower(text[i * 2 + 2]) == term[3])
			grid_set(grid, i, i + 2);
		if ((term[0] == '=' && text[i * 2] == term[1]) ||
		    (term[0] == '/' && !is_pair && (c == 'c' || c == 'd')) ||
		    (term[0] >= 'a' && c == term[0]))
			grid_set(grid, i, i + 1);
	}
}

static bool
is_near(const struct expression_node *node, const size_t left[2], const size_t right[2])
{
	if (node->kind == EXPRESSION_BEFORE)
		return left[1] <= right[0] && right[0] - left[1] + 1 <= node->number;
	if (left[1] <= right[0])
		return right[0] - left[1] + 1 <= node->number;
	if (right[1] <= left[0])
		return left[0] - right[1] + 1 <= node->number;
	return true;
}

#define CELLS (((size_t)WORDS + 1) * (WORDS + 1))

static void
naive_join(const struct expression_node *node, const struct grid *left,
    const struct grid *right, struct grid *out)
{
	for (size_t pair = 0; pair < CELLS * CELLS; pair++) {
		size_t l = pair / CELLS, r = pair % CELLS;
		const size_t a[2] = { l / (WORDS + 1), l % (WORDS + 1) };
		const size_t b[2] = { r / (WORDS + 1), r % (WORDS + 1) };

		if (left->at[a[0]][a[1]] && right->at[b[0]][b[1]] && is_near(node, a, b))
			grid_set(out, a[0] < b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1]);
	}
}

/* Where the last node before *at stands in one text; *at goes to its first node. */
static void
/* NOLINTNEXTLINE(misc-no-recursion): as deep as an expression may be */
naive_places(
    const struct expression *expression, size_t *at, const char *text, struct grid *grid)
{
	const struct expression_node *node = &expression->nodes[--*at];
	size_t end = *at + 1 - node->span;
	bool is_quoted = node->text_at > 0 && expression->text[node->text_at - 1] == '"';

	if (node->kind == EXPRESSION_TERM) {
		naive_term(expression->text + node->text_at - is_quoted, text, grid);
	} else if (node->kind == EXPRESSION_OR) {
		while (*at > end)
			naive_places(expression, at, text, grid);
	} else {
		struct grid right = { .is_any = false }, left = { .is_any = false };

		naive_places(expression, at, text, &right);
		naive_places(expression, at, text, &left);
		if (left.is_any && right.is_any)
			naive_join(node, &left, &right, grid);
	}
}

static bool
naive_leaf(const struct expression *expression, size_t i, const struct entry_texts *entry,
    unsigned fields)
{
	for (size_t k = 0; k < TEXTS_MAX; k++) {
		struct grid grid = { .is_any = false };
		size_t at = i + 1;

		if ((fields & 1u << entry->items[k].field) == 0)
			continue;
		naive_places(expression, &at, entry->texts[k], &grid);
		if (grid.is_any)
			return true;
	}
	return false;
}

static bool
/* NOLINTNEXTLINE(misc-no-recursion): as deep as an expression may be */
naive_value(const struct expression *expression, size_t *at,
    const struct entry_texts *entry, unsigned fields)
{
	const struct expression_node *node = &expression->nodes[--*at];
	size_t end = *at + 1 - node->span, children = 0, count = 0;

	if (node->kind == EXPRESSION_TERM || node->kind == EXPRESSION_NEAR ||
	    node->kind == EXPRESSION_BEFORE) {
		size_t i = *at;

		*at = end;
		return naive_leaf(expression, i, entry, fields);
	}
	if (node->kind == EXPRESSION_FIELD)
		fields = 1u << node->field;
	for (; *at > end; children++)
		count += naive_value(expression, at, entry, fields);
	if (node->kind == EXPRESSION_NOT)
		return count == 0;
	if (node->kind == EXPRESSION_OF)
		return count >= node->number;
	return node->kind == EXPRESSION_AND ? count == children : count > 0;
}

/* -- the comparison -- */

static uint32_t
no_set(void *ctx, const char *name, size_t len, enum field_kind kind, struct error *err)
{
	return MATCHER_NONE;
}

static const struct program *
no_define(void *ctx, const char *name, size_t len)
{
	return NULL;
}

struct subject {
	struct expression *expression;
	struct program program;
	struct links necessary;
	bool is_bound; /* has necessary terms */
};

static void
random_subject(uint32_t *seed, struct matcher *matcher, struct subject *subject)
{
	const struct program_names names = { NULL, no_set, no_define };
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct expression_error error;

	*subject = (struct subject){ .expression = NULL };
	random_part(seed, 4, false, &text);
	subject->expression = expression_parse(buf_text(&text), text.len, &error);
	if (subject->expression == NULL)
		print_message("# %s: %s\n", buf_text(&text), error.text);
	assert_non_null(subject->expression);
	assert_true(
	    program_build(&subject->program, subject->expression, &names, matcher, &error));
	subject->is_bound =
	    program_necessary(&subject->program, matcher, &subject->necessary, 0);
}

static bool
is_touched(const struct matcher *matcher, const struct subject *subject)
{
	for (size_t i = 0; i < subject->necessary.count; i++) {
		if ((matcher_term_fields(matcher, subject->necessary.pairs[i].from) &
			subject->program.fields) != 0)
			return true;
	}
	return false;
}

/* @return whether it is true */
static bool
compare(const struct matcher *matcher, struct evaluation *evaluation,
    const struct subject *subject, const struct entry_texts *entry)
{
	bool is_true = evaluate_run(evaluation, &subject->program, matcher);
	size_t at = subject->expression->count;
	bool wanted = naive_value(subject->expression, &at, entry, FIELDS_DEFAULT);

	if (is_true != wanted)
		print_message("# %s: '%s' '%s' '%s' '%s' tag '%s'\n",
		    subject->expression->text, entry->texts[0], entry->texts[1],
		    entry->texts[2], entry->texts[3], entry->texts[4]);
	assert_int_equal(at, 0);
	assert_int_equal(is_true, wanted);
	if (is_true && subject->is_bound)
		assert_true(is_touched(matcher, subject));
	return is_true;
}

static void
values_are_the_naive_ones(void **state)
{
	struct subject *subjects = mem_array(EXPRESSIONS, sizeof(*subjects));
	AUTO(matcher) matcher = matcher_new();
	struct evaluation evaluation = { .values = NULL };
	uint32_t seed = 3;
	size_t count_true = 0, count_bound = 0;
	struct error err;

	for (size_t i = 0; i < EXPRESSIONS; i++) {
		random_subject(&seed, matcher, &subjects[i]);
		count_bound += subjects[i].is_bound;
	}
	assert_true(matcher_compile(matcher, NULL, &err));
	for (size_t k = 0; k < ENTRIES; k++) {
		struct entry_texts entry;

		random_entry(&seed, &entry);
		matcher_scan(matcher, &entry.list);
		for (size_t i = 0; i < EXPRESSIONS; i++)
			count_true += compare(matcher, &evaluation, &subjects[i], &entry);
	}
	/* or little was compared */
	assert_in_range(
	    count_true, EXPRESSIONS * ENTRIES / 5, EXPRESSIONS * ENTRIES / 5 * 4);
	assert_in_range(count_bound, EXPRESSIONS / 4, EXPRESSIONS - EXPRESSIONS / 10);
	for (size_t i = 0; i < EXPRESSIONS; i++) {
		program_clear(&subjects[i].program);
		links_clear(&subjects[i].necessary);
		expression_free(subjects[i].expression);
	}
	free(subjects);
	evaluation_clear(&evaluation);
	(void)state; /* has none */
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_the_naive_ones),
	};

	return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
