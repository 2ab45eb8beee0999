/*
 * Why a rule is true or false: the tree, what stands where, what decided.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "rules/rules.h"
#include "tests/probe.h"

static const char file[] = "stories: [{id: s, unless: korea OR 韓国}]\n"
			   "sets: {minister: [Akazawa, 赤沢]}\n"
			   "define: {meet: \"会談 OR meet*\"}\n"
			   "rules:\n"
			   "  - id: r\n"
			   "    story: s\n"
			   "    when: |\n"
			   "      (Lutnick NEAR/3 @minister OR x)\n"
			   "      AND 1 OF (&meet, author:\"a b\") NOT link:p\n"
			   "    unless: title:judo\n"
			   "    tests: {match: ['Lutnick, Akazawa meet'], ignore: [x]}\n";

struct row {
	const char *name, *title, *summary, *author;
	const char *printed;
};

static const struct row rows[] = {
	{ "true", "赤沢、Lutnick会談", "Lutnick meets Lutnick", "A-B",
	    "true\n"
	    "when: true, (Lutnick NEAR/3 @minister OR x) AND 1 OF (&meet, author:\"a b\") NOT "
	    "link:p\n"
	    "  and AND +\n"
	    "    or OR +\n"
	    "      near NEAR/3 +\n"
	    "        term Lutnick + title:3+7 summary:0+7 summary:14+7\n"
	    "        set @minister + 赤沢@minister:title:0+2\n"
	    "      term x -\n"
	    "    of 1 OF +\n"
	    "      define &meet +\n"
	    "        or OR +\n"
	    "          term 会談 + title:10+2\n"
	    "          term meet* + summary:8+5\n"
	    "      field author: +\n"
	    "        term a b + author:0+3\n"
	    "    not NOT +\n"
	    "      field link: -\n"
	    "        term p -\n"
	    "unless: false, title:judo\n"
	    "  field title: -\n"
	    "    term judo -\n"
	    "unless of the story: false, korea OR 韓国\n"
	    "  or OR -\n"
	    "    term korea -\n"
	    "    term 韓国 -\n" },
	{ "false by the when", "Akazawa", NULL, NULL,
	    "false\n"
	    "when: false, (Lutnick NEAR/3 @minister OR x)\n"
	    "  and AND -\n"
	    "    or OR -\n"
	    "      near NEAR/3 -\n"
	    "        term Lutnick -\n"
	    "        set @minister + Akazawa@minister:title:0+7\n"
	    "      term x -\n"
	    "    of 1 OF -\n"
	    "      define &meet -\n"
	    "        or OR -\n"
	    "          term 会談 -\n"
	    "          term meet* -\n"
	    "      field author: -\n"
	    "        term a b -\n"
	    "    not NOT +\n"
	    "      field link: -\n"
	    "        term p -\n"
	    "unless: false, title:judo\n"
	    "  field title: -\n"
	    "    term judo -\n"
	    "unless of the story: false, korea OR 韓国\n"
	    "  or OR -\n"
	    "    term korea -\n"
	    "    term 韓国 -\n" },
};

static void
print_term(const struct explain_node *node, const struct match_term *term, struct buf *out)
{
	buf_add_char(out, ' ');
	if (term->set != NULL)
		buf_printf(out, "%s@%s:", term->term, term->set);
	else
		assert_string_equal(term->term, node->label);
	buf_printf(out, "%s:%zu+%zu", term->field, term->at, term->length);
}

static void
print_clause(const struct explain_clause *clause, struct buf *out)
{
	buf_printf(out, "%s: %s, %s\n", clause->name, clause->is_true ? "true" : "false",
	    clause->decided);
	for (size_t i = 0; i < clause->count; i++) {
		const struct explain_node *node = &clause->nodes[i];

		buf_printf(out, "%*s%s %s %c", (int)node->depth * 2 + 2, "", node->kind,
		    node->label, node->is_true ? '+' : '-');
		for (size_t k = 0; k < node->count; k++)
			print_term(node, &node->terms[k], out);
		buf_add_char(out, '\n');
	}
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO(conf) conf = conf_new();
	AUTO(ruleset) rules = probe_rules(conf, file);
	AUTO_BUF struct buf out = BUF_EMPTY;
	AUTO(explanation) explanation = NULL;
	const struct source source = { .feed = "f", .publisher = "f" };
	struct entry entry = { .title = (char *)row->title,
		.summary = (char *)row->summary };
	const struct stored_entry stored = { .entry = &entry, .source = &source };
	size_t rule = ruleset_find_rule(rules, "r");

	assert_int_equal(rule, 0);
	assert_int_equal(ruleset_find_rule(rules, "q"), SIZE_MAX);
	if (row->author != NULL)
		list_add(&entry.authors, row->author);
	explanation = ruleset_explain(rules, &stored, rule);
	buf_add_text(&out, explanation->is_true ? "true\n" : "false\n");
	for (size_t i = 0; i < explanation->count; i++)
		print_clause(&explanation->clauses[i], &out);
	assert_string_equal(buf_text(&out), row->printed);
	list_clear(&entry.authors);
}

/* What excludes a rule that is true otherwise. */
static void
unless_is_explained(void **state)
{
	AUTO(conf) conf = conf_new();
	AUTO(ruleset) rules = probe_rules(conf, file);
	static const char *const titles[] = { "Lutnick, Akazawa meet",
		"Lutnick, Akazawa meet judo", "Lutnick, Akazawa meet 韓国" };
	static const char *const deciding[] = { NULL, "title:judo", "韓国" };
	const struct source source = { .feed = "f", .publisher = "f" };

	for (size_t i = 0; i < 3; i++) {
		const struct entry entry = { .title = (char *)titles[i] };
		const struct stored_entry stored = { .entry = &entry, .source = &source };
		AUTO(explanation) explanation = ruleset_explain(rules, &stored, 0);

		assert_true(explanation->clauses[0].is_true);
		assert_int_equal(explanation->is_true, i == 0);
		if (i > 0)
			assert_string_equal(explanation->clauses[i].decided, deciding[i]);
	}
	(void)state; /* has none */
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 1] = { cmocka_unit_test(unless_is_explained) };

	for (size_t i = 0; i < ROWS; i++)
		tests[i + 1] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
