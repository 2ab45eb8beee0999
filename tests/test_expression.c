/*
 * The parser: what is read, how it is printed back, and what is wrong at which byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "rules/expression.h"

struct row {
	const char *name, *text;
	const char *printed; /* NULL: it is refused */
	size_t at;
	const char *message; /* how the error begins */
};

static const struct row rows[] = {
	{ "a word", "Lutnick", "Lutnick" },
	{ "a phrase", "\"data centre\"", "\"data centre\"" },
	{ "a blank is AND", "a b", "a AND b" },
	{ "a line break is AND", "a\n  b\n", "a AND b" },
	{ "OR binds less than AND", "a b OR c AND d", "a AND b OR c AND d" },
	{ "parentheses stay where needed", "(a OR b) c", "(a OR b) AND c" },
	{ "parentheses go where not needed", "((a) OR (b c))", "a OR b AND c" },
	{ "NOT binds more than AND", "a NOT b c", "a AND NOT b AND c" },
	{ "NOT of a group", "a NOT (b OR c)", "a AND NOT (b OR c)" },
	{ "NOT NOT", "a NOT NOT b", "a AND NOT NOT b" },
	{ "sets and defines", "@lutnick &the-sum", "@lutnick AND &the-sum" },
	{ "a field takes one primary", "title:a b", "title:a AND b" },
	{ "a field of a group", "title:(a OR b)", "title:(a OR b)" },
	{ "a field of a phrase", "summary:\"a b\"", "summary:\"a b\"" },
	{ "NOT of a field", "a NOT content:b", "a AND NOT content:b" },
	{ "operators are capitals only", "a and b", "a AND and AND b" },
	{ "NEAR in small letters is a word", "near", "near" },
	{ "signs in a word", "U.S.-Japan AT&T O'Brien", "U.S.-Japan AND AT&T AND O'Brien" },
	{ "a prefix", "meet*", "meet*" },
	{ "an open kana beginning", "*ダイヤ", "*ダイヤ" },
	{ "a middle dot in a word", "エレメント・シックス", "エレメント・シックス" },
	{ "amount without parenthesis is a word", "amount", "amount" },
	{ "NEAR binds more than AND", "a b NEAR/40 c d", "a AND b NEAR/40 c AND d" },
	{ "NEAR binds more than NOT", "a NOT b NEAR/1 c", "a AND NOT b NEAR/1 c" },
	{ "NEAR joins from the left", "(a NEAR/2 b) BEFORE/3 c", "a NEAR/2 b BEFORE/3 c" },
	{ "NEAR on the right stays", "a NEAR/2 (b BEFORE/3 c)", "a NEAR/2 (b BEFORE/3 c)" },
	{ "NEAR of a group", "(a OR @b) NEAR/1000 (\"c d\" OR e)",
	    "(a OR @b) NEAR/1000 (\"c d\" OR e)" },
	{ "a field of NEAR", "title:(a NEAR/2 b)", "title:(a NEAR/2 b)" },
	{ "NEAR over a line break", "a\nNEAR/2\nb", "a NEAR/2 b" },
	{ "published", "a published:>=2025-07-22", "a AND published: >= 2025-07-22" },
	{ "published apart", "published: <  2025-07-22\na",
	    "published: < 2025-07-22 AND a" },
	{ "published without a colon is a word", "published", "published" },
	{ "a guard", "a UNLESS BEFORE/3 b c", "a UNLESS BEFORE/3 b AND c" },
	{ "a guard over a line break", "a UNLESS\nAFTER/3\nb", "a UNLESS AFTER/3 b" },
	{ "guards join from the left", "(a UNLESS BEFORE/1 b) UNLESS AFTER/2 c",
	    "a UNLESS BEFORE/1 b UNLESS AFTER/2 c" },
	{ "a guard on the right stays", "a UNLESS BEFORE/1 (b UNLESS AFTER/2 c)",
	    "a UNLESS BEFORE/1 (b UNLESS AFTER/2 c)" },
	{ "a guard binds more than NEAR", "a NEAR/2 b UNLESS BEFORE/1 c NEAR/4 d",
	    "a NEAR/2 b UNLESS BEFORE/1 c NEAR/4 d" },
	{ "NEAR in a guard keeps its brackets", "(a NEAR/2 b) UNLESS BEFORE/1 (c NEAR/4 d)",
	    "(a NEAR/2 b) UNLESS BEFORE/1 (c NEAR/4 d)" },
	{ "NOT of a guard", "a NOT b UNLESS AFTER/1 c d",
	    "a AND NOT b UNLESS AFTER/1 c AND d" },
	{ "a guard in a field", "title:(a UNLESS AFTER/1 b)",
	    "title:(a UNLESS AFTER/1 b)" },
	{ "COUNT", "COUNT (a OR b)>=2 c", "COUNT(a OR b) >= 2 AND c" },
	{ "COUNT in a field", "title:COUNT(@a) = 0 c", "title:COUNT(@a) = 0 AND c" },
	{ "COUNT in brackets", "(COUNT(a NEAR/2 b) < 12)", "COUNT(a NEAR/2 b) < 12" },
	{ "COUNT in OF", "2 OF (COUNT(a) > 1, b)", "2 OF (COUNT(a) > 1, b)" },
	{ "FIRST", "title:FIRST(@korea, @japan OR b)", "title:FIRST(@korea, @japan OR b)" },
	{ "FIRST and more", "a FIRST(b, c) OR d", "a AND FIRST(b, c) OR d" },
	{ "OF", "2 OF (a, b c, d OR e)", "2 OF (a, b AND c, d OR e)" },
	{ "OF one", "1 OF(a)", "1 OF (a)" },
	{ "OF in OF", "2 OF (a, 1 OF (b, c), (d))", "2 OF (a, 1 OF (b, c), d)" },
	{ "NOT and NEAR in OF", "2 OF (NOT a, b NEAR/2 c)", "2 OF (NOT a, b NEAR/2 c)" },
	{ "a field of OF", "title:2 OF (a, b) c", "title:2 OF (a, b) AND c" },
	{ "a number is a word", "2 (a b)", "2 AND a AND b" },
	{ "OF over line breaks", "2 OF\n(a,\n b)", "2 OF (a, b)" },

	{ "empty", "", NULL, 0, "the expression ends" },
	{ "blanks only", " \n ", NULL, 3, "the expression ends" },
	{ "nothing after AND", "a AND", NULL, 5, "the expression ends" },
	{ "nothing before OR", "OR a", NULL, 0, "a term is expected" },
	{ "two operators", "a OR AND b", NULL, 5, "a term is expected" },
	{ "an empty group", "a ()", NULL, 3, "a term is expected" },
	{ "NOT nothing", "a NOT", NULL, 5, "the expression ends" },
	{ "open group", "a (b c", NULL, 2, "this ( is not closed" },
	{ "closed twice", "a) b", NULL, 1, "this ) closes nothing" },
	{ "open phrase", "a \"b c", NULL, 2, "this quote is not closed" },
	{ "typographic quotes", "a “b c”", NULL, 2, "a phrase stands in straight quotes" },
	{ "a field in a field", "title:(a summary:b)", NULL, 9, "a field cannot stand" },
	{ "a field of NOT", "title:NOT a", NULL, 6, "a field is followed by" },
	{ "a field of nothing", "title:", NULL, 6, "a field is followed by" },
	{ "an unknown field", "a writer:b", NULL, 2,
	    "writer: is not known (fields: title:" },
	{ "NEAR in a link is for the builder", "link:(a NEAR/2 b)", "link:(a NEAR/2 b)" },
	{ "all fields",
	    "author:a category:b publisher:c link:\"d/?e=F\" feed:g tag:h lang:zh-TW",
	    "author:a AND category:b AND publisher:c AND link:\"d/?e=F\" AND feed:g AND tag:h "
	    "AND lang:zh-TW" },
	{ "a sign is enough for a link", "link:\"?\"", "link:\"?\"" },
	{ "a star in a link", "a link:b*", NULL, 7, "b*: link: finds any part of the URL" },
	{ "a star in a value", "a feed:(b OR c*)", NULL, 13,
	    "c*: this field compares whole" },
	{ "nothing as a value", "a tag:\" \"", NULL, 6, " : there is nothing to look for" },
	{ "a regex", "a /b+ c/", "a AND /b+ c/" },
	{ "a regex with a slash", "/a\\/b/ OR title:/c|d/", "/a\\/b/ OR title:/c|d/" },
	{ "a regex in NEAR", "/a b/ NEAR/3 c", "/a b/ NEAR/3 c" },
	{ "a regex in Han", "/第[一二三0-9]+弾/", "/第[一二三0-9]+弾/" },
	{ "escapes of a regex", "/\\bx\\S \\p{Han}\\x{6CA2}\\W\\./",
	    "/\\bx\\S \\p{Han}\\x{6CA2}\\W\\./" },
	{ "an open regex", "a /b", NULL, 2, "this / is not closed in its line" },
	{ "a regex over lines", "/a\nb/", NULL, 0, "this / is not closed in its line" },
	{ "glued to a regex", "/a/b", NULL, 3, "a blank is missing behind the regex" },
	{ "an empty regex", "//", NULL, 1, "//: it can match nothing at all" },
	{ "an empty match", "/a*/", NULL, 1, "/a*/: it can match nothing at all" },
	{ "an empty branch", "a /b|c*/", NULL, 3, "/b|c*/: it can match nothing at all" },
	{ "look-ahead", "a /b(?=c)/", NULL, 4, "/b(?=c)/: look-ahead is not supported" },
	{ "negative look-ahead", "/b(?!c)/", NULL, 2, "/b(?!c)/: look-ahead is not" },
	{ "look-behind", "/(?<=c)b/", NULL, 1, "/(?<=c)b/: look-behind is not" },
	{ "negative look-behind", "/(?<!c)b/", NULL, 1, "/(?<!c)b/: look-behind is not" },
	{ "a back-reference", "/(b)\\1/", NULL, 4, "/(b)\\1/: back-references are not" },
	{ "an atomic group", "/(?>b)/", NULL, 1, "/(?>b)/: atomic groups are not" },
	{ "flags in a regex", "/(?i)b/", NULL, 1, "/(?i)b/: of the groups with (? only" },
	{ "a capital in a regex", "/abC/", NULL, 3, "/abC/: capitals are never found" },
	{ "a ligature in a regex", "/aﬁ/", NULL, 2, "/aﬁ/: this character is never found" },
	{ "an escape that is none", "/a\\G/", NULL, 2, "/a\\G/: this escape is not" },
	{ "an escape cut short", "/a\\x 日b/", NULL, 2, "/a\\x 日b/: this escape is cut" },
	{ "an open brace", "/\\p{Han/", NULL, 1, "/\\p{Han/: this escape is cut short" },
	{ "a property without braces", "/\\pL/", NULL, 1, "/\\pL/: this escape is cut" },
	{ "a group that is open", "/(a/", NULL, 1, "/(a/: Missing close parenthesis" },
	{ "a regex in a link", "link:/a/", NULL, 5, "=Word, /regex/ and amount() cannot" },
	{ "a regex in quotes is a phrase", "\"/a b/\"", "\"/a b/\"" },
	{ "case", "=US a", "=US AND a" },
	{ "case of two words", "=US-Japan", "=US-Japan" },
	{ "case of nothing", "a = b", NULL, 2, "= is followed by a word" },
	{ "case of a prefix", "=US*", NULL, 0, "=US*: =Word takes no *" },
	{ "case in a value", "a tag:=US", NULL, 6, "=Word, /regex/ and amount() cannot" },
	{ "NEAR without a distance", "a NEAR b", NULL, 6, "NEAR needs a distance" },
	{ "BEFORE without a number", "a BEFORE/ b", NULL, 9,
	    "the distance of BEFORE is a" },
	{ "NEAR with a word", "a NEAR/5x b", NULL, 7, "the distance of NEAR is a number" },
	{ "no distance at all", "a NEAR/0 b", NULL, 7, "the distance of NEAR is out of" },
	{ "too far", "a NEAR/1001 b", NULL, 7, "the distance of NEAR is out of range" },
	{ "NEAR nothing", "a NEAR/3", NULL, 8, "the expression ends" },
	{ "nothing NEAR", "NEAR/3 a", NULL, 0, "a term is expected" },
	{ "NEAR AND", "a NEAR/3 AND b", NULL, 9, "a term is expected" },
	{ "NOT beside NEAR", "a NEAR/3 NOT b", NULL, 9, "NOT cannot stand beside NEAR" },
	{ "OF without a number", "a OF (a, b)", NULL, 2, "OF needs a number before it" },
	{ "OF without a list", "2 OF a", NULL, 2, "OF needs a number before it" },
	{ "more than there are", "a 3 OF (a, b)", NULL, 2, "3 OF a list of 2 (allowed" },
	{ "none of them", "0 OF (a, b)", NULL, 0, "0 OF a list of 2 (allowed: 1 to 2)" },
	{ "an empty part", "2 OF (a, , b)", NULL, 9, "a term is expected" },
	{ "an empty last part", "2 OF (a, )", NULL, 9, "a term is expected" },
	{ "an open list", "a 2 OF (a, b", NULL, 2, "this ( is not closed" },
	{ "a comma in a group", "(a, b)", NULL, 2, "a comma stands between the parts" },
	{ "a comma in COUNT", "COUNT(a, b) > 1", NULL, 7, "a comma stands between" },
	{ "published without a sign", "a published: 2025-07-22", NULL, 13,
	    "a comparison is expected here" },
	{ "published without a day", "published: >= today", NULL, 14, "a day is expected" },
	{ "published on no day", "published: >= 2025-02-30", NULL, 14, "a day is" },
	{ "published with a time", "published: > 2025-07-22T10:00", NULL, 13, "a day is" },
	{ "published in a field", "title:published: > 2025-07-22", NULL, 6,
	    "published: cannot stand in a field" },
	{ "UNLESS alone", "a UNLESS b", NULL, 2, "UNLESS is followed by BEFORE/n or" },
	{ "UNLESS NEAR", "a UNLESS NEAR/3 b", NULL, 2, "UNLESS is followed by BEFORE/n" },
	{ "UNLESS without a distance", "a UNLESS AFTER b", NULL, 14, "AFTER needs a" },
	{ "UNLESS too far", "a UNLESS BEFORE/1001 b", NULL, 16, "the distance of BEFORE" },
	{ "UNLESS nothing", "a UNLESS BEFORE/3", NULL, 17, "the expression ends" },
	{ "UNLESS NOT", "a UNLESS BEFORE/3 NOT b", NULL, 18, "NOT cannot stand beside" },
	{ "nothing UNLESS", "UNLESS BEFORE/3 a", NULL, 0, "a term is expected here" },
	{ "AFTER alone", "a AFTER/3 b", NULL, 2, "AFTER stands behind UNLESS only" },
	{ "COUNT without brackets", "a COUNT b", NULL, 2,
	    "COUNT needs a term in brackets" },
	{ "COUNT of nothing", "COUNT() > 1", NULL, 6, "a term is expected here" },
	{ "COUNT without a sign", "COUNT(a)", NULL, 8, "a comparison is expected here" },
	{ "COUNT without a number", "COUNT(a) > b", NULL, 11, "a number is expected here" },
	{ "COUNT too much", "COUNT(a) > 10000", NULL, 11, "a number is expected here" },
	{ "a count of 0 or more", "b COUNT(a) >= 0", NULL, 2, "COUNT(...) >= 0 is always" },
	{ "a count below 0", "COUNT(a) < 0", NULL, 0, "COUNT(...) < 0 is never true" },
	{ "FIRST without brackets", "FIRST a", NULL, 0, "FIRST needs two terms in" },
	{ "FIRST of one", "a FIRST(b)", NULL, 2, "FIRST has 1 parts (allowed: 2" },
	{ "FIRST of three", "FIRST(a, b, c)", NULL, 0, "FIRST has 3 parts (allowed: 2" },
	{ "FIRST of nothing", "FIRST(a, )", NULL, 9, "a term is expected here" },
	{ "an open FIRST", "FIRST(a, b", NULL, 0, "this ( is not closed" },
	{ "a comma in a group in OF", "2 OF ((a, b), c)", NULL, 8, "a comma stands" },
	{ "a number with a comma in OF", "2 OF (5,500, b)", NULL, 7,
	    "',' cannot stand in" },
	{ "a field of OF in a field", "tag:2 OF (a, title:b)", NULL, 13, "a field cannot" },
	{ "a name is missing", "a @ b", NULL, 2, "@ is not followed by a name" },
	{ "a capital in a name", "@Lutnick", NULL, 0, "@ is not followed by a name" },
	{ "a sign in a name", "@lut_nick", NULL, 4, "'_' cannot stand in a name" },
	{ "a minus before a word", "a -b", NULL, 2, "a word cannot begin with -" },
	{ "a slash in a word", "US/Japan", NULL, 2, "'/' cannot stand in a word" },
	{ "a comma", "5,500", NULL, 1, "',' cannot stand in a word" },
	{ "a sign alone", "a | b", NULL, 2, "'|' cannot stand here" },
	{ "no letter", "\"...\"", NULL, 0, "...: there is no letter" },
	{ "a star inside", "me*t", NULL, 0, "me*t: a * stands at the end" },
	{ "a star before Latin", "*meet", NULL, 0, "*meet: a * opens the end" },
	{ "a star behind Han", "赤沢*", NULL, 0, "赤沢*: no * is needed" },
	{ "glued to a phrase", "\"a\"b", NULL, 3, "a blank is missing" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct expression_error error = { .at = SIZE_MAX };
	AUTO(expression)
	expression = expression_parse(row->text, strlen(row->text), &error);
	AUTO_BUF struct buf printed = BUF_EMPTY;

	if (row->printed == NULL) {
		assert_null(expression);
		error.text[strnlen(error.text, strlen(row->message))] = '\0';
		assert_string_equal(error.text, row->message);
		assert_int_equal(error.at, row->at);
		return;
	}
	assert_non_null(expression);
	expression_print(expression, &printed);
	assert_string_equal(buf_text(&printed), row->printed);
}

/* What is printed is read as the same. */
static void
printed_is_a_fixed_point(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expression_error error;
		AUTO_BUF struct buf printed = BUF_EMPTY;
		AUTO(expression) expression = NULL;

		if (rows[i].printed == NULL)
			continue;
		expression =
		    expression_parse(rows[i].printed, strlen(rows[i].printed), &error);
		assert_non_null(expression);
		expression_print(expression, &printed);
		assert_string_equal(buf_text(&printed), rows[i].printed);
	}
	(void)state; /* has none */
}

static struct expression *
parse_repeated(const char *part, size_t count, const char *tail, const char *end_part,
    struct expression_error *error)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, part);
	buf_add_text(&text, tail);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, end_part);
	return expression_parse(buf_text(&text), text.len, error);
}

static void
depth_has_a_limit(void **state)
{
	struct expression_error error;
	AUTO(expression)
	good = parse_repeated("(", EXPRESSION_DEPTH_MAX, "a", ")", &error);
	AUTO(expression)
	bad = parse_repeated("(", EXPRESSION_DEPTH_MAX + 1, "a", ")", &error);
	AUTO(expression) nots = NULL;

	assert_non_null(good);
	assert_null(bad);
	assert_int_equal(error.at, EXPRESSION_DEPTH_MAX);
	assert_string_equal(error.text, "nested too deep (at most 64 levels)");
	nots = parse_repeated("NOT ", EXPRESSION_DEPTH_MAX + 1, "a", "", &error);
	assert_null(nots);
	(void)state; /* has none */
}

static void
nodes_have_a_limit(void **state)
{
	struct expression_error error;
	AUTO(expression)
	good = parse_repeated("a ", EXPRESSION_NODES_MAX - 2, "a", "", &error);
	AUTO(expression) bad = NULL;

	assert_non_null(good);
	assert_int_equal(good->count, EXPRESSION_NODES_MAX);
	bad = parse_repeated("a ", EXPRESSION_NODES_MAX - 1, "a", "", &error);
	assert_null(bad);
	assert_int_equal(error.at, 0); /* the AND over all */
	(void)state;                   /* has none */
}

static void
spans_hold_the_children(void **state)
{
	const char *text = "(a OR @b) NOT title:(c d)";
	struct expression_error error;
	AUTO(expression) expression = expression_parse(text, strlen(text), &error);
	static const struct {
		enum expression_kind kind;
		uint32_t span;
		size_t at, end;
	} wanted[] = {
		{ EXPRESSION_TERM, 1, 1, 2 },
		{ EXPRESSION_SET, 1, 6, 8 },
		{ EXPRESSION_OR, 3, 0, 9 },
		{ EXPRESSION_TERM, 1, 21, 22 },
		{ EXPRESSION_TERM, 1, 23, 24 },
		{ EXPRESSION_AND, 3, 20, 25 },
		{ EXPRESSION_FIELD, 4, 14, 25 },
		{ EXPRESSION_NOT, 5, 10, 25 },
		{ EXPRESSION_AND, 9, 0, 25 },
	};

	assert_non_null(expression);
	assert_int_equal(expression->count, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < expression->count; i++) {
		assert_int_equal(expression->nodes[i].kind, wanted[i].kind);
		assert_int_equal(expression->nodes[i].span, wanted[i].span);
		assert_int_equal(expression->nodes[i].at, wanted[i].at);
		assert_int_equal(expression->nodes[i].end, wanted[i].end);
	}
	(void)state; /* has none */
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 4] = {
		cmocka_unit_test(printed_is_a_fixed_point),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(nodes_have_a_limit),
		cmocka_unit_test(spans_hold_the_children),
	};

	for (size_t i = 0; i < ROWS; i++)
		tests[i + 4] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("expression", tests, NULL, NULL);
}
