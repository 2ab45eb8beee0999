/*
 * Rule files: every mistake at its place, and examples that are run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "rules/rules.h"

struct row {
	const char *name, *text;
	const char *messages; /* one a line; "" when all is well */
};

#define RULE(when) "rules:\n  - id: r\n    when: " when "\n"
#define TESTS "    tests: {match: [a], ignore: [x]}\n"
#define TESTS_ONE(ignore, match) "    tests: {match: [" match "], ignore: [" ignore "]}\n"

static const struct row rows[] = {
	{ "a good file", RULE("a") TESTS, "" },
	{ "no rules", "sets: {s: [a]}\n", "f:1:11: warning: the set s is never used\n" },
	{ "a define that is never used", "define: {d: a}\n",
	    "f:1:13: warning: the define d is never used\n" },
	{ "a term twice in a set",
	    "sets: {s: [関税, 关税]}\n" RULE("'@s'") TESTS_ONE("x", "関税"),
	    "f:1:16: warning: 关税 folds to a term that the set s has already: 関税\n" },
	{ "a headline for a term",
	    RULE("'\"Japan picks first projects\"'")
		TESTS_ONE("x", "Japan picks first projects"),
	    "f:3:11: warning: the term \"Japan picks first projects\" is longer than 25 "
	    "characters: a headline, not a concept\n" },
	{ "a rule shadowed by another",
	    RULE("'b1 c1'") TESTS_ONE(
		"x", "b1 c1") "  - id: q\n    when: b1 AND (c1)\n" TESTS_ONE("x", "b1 c1"),
	    "f:5:5: warning: the rule q is shadowed by r, which asks for the same\n" },
	{ "an expression's mistake in a block",
	    "rules:\n  - id: r\n    when: |\n      a\n      AND (b\n" TESTS,
	    "f:5:11: this ( is not closed\n" },
	{ "the column counts characters",
	    "rules:\n  - id: r\n    when: |\n      赤沢 ラトニック )\n" TESTS,
	    "f:4:16: this ) closes nothing\n" },
	{ "a wrong operator in quotes", RULE("'a AFTER/3 b'") TESTS,
	    "f:3:14: AFTER stands behind UNLESS only (a after b is written b BEFORE/n a; put "
	    "the word in quotes to look for it)\n" },
	{ "AND in NEAR", RULE("'a NEAR/3 (b OR (c d))'") TESTS,
	    "f:3:27: AND cannot stand in NEAR (terms, sets, amounts and ORs of them can)\n" },
	{ "NOT in BEFORE", RULE("'(NOT b) BEFORE/3 a'") TESTS,
	    "f:3:12: NOT cannot stand in BEFORE (terms, sets, amounts and ORs of them can)\n" },
	{ "OF in NEAR", RULE("'a NEAR/3 1 OF (b)'") TESTS,
	    "f:3:21: OF cannot stand in NEAR (terms, sets, amounts and ORs of them can)\n" },
	{ "a field in NEAR", RULE("'a NEAR/3 title:b'") TESTS,
	    "f:3:21: a field cannot stand in NEAR (terms, sets, amounts and ORs of them can; "
	    "put the field before all of it: title:(...))\n" },
	{ "AND in a define in NEAR", "define: {d: a b}\n" RULE("'c NEAR/3 &d'") TESTS,
	    "f:4:21: AND cannot stand in NEAR (terms, sets, amounts and ORs of them can)\n" },
	{ "an OR in a define in NEAR",
	    "define: {d: a OR b NEAR/2 c}\n" RULE(
		"'c1 NEAR/3 &d'") "    tests: {match: [c1 x b c], ignore: [c1 x b]}\n",
	    "" },
	{ "NEAR that is not near, and without one",
	    RULE("'a NEAR/2 b'") "    tests: {match: [a x x b, a], ignore: [x]}\n",
	    "f:4:21: r does not match this example: a NEAR/2 b\n"
	    "f:4:30: r does not match this example: b\n" },
	{ "AND in FIRST", RULE("'FIRST(a b, c)'") TESTS,
	    "f:3:18: AND cannot stand in FIRST (terms, sets, amounts and ORs of them can)\n" },
	{ "FIRST in COUNT", RULE("'COUNT(FIRST(a, b)) > 1'") TESTS,
	    "f:3:18: FIRST cannot stand in COUNT (terms, sets, amounts and ORs of them "
	    "can)\n" },
	{ "published in a guard", RULE("'a UNLESS AFTER/2 published: < 2025-01-01'") TESTS,
	    "f:3:29: published: cannot stand in UNLESS AFTER (terms, sets, amounts and ORs "
	    "of them can)\n" },
	{ "a guard behind", RULE("'a UNLESS BEFORE/2 b'") TESTS_ONE("a x b", "a x y b"),
	    "" },
	{ "a guard behind counts each occurrence",
	    RULE("'a UNLESS BEFORE/1 b'") TESTS_ONE("a b x a b", "a b x a"), "" },
	{ "a guard before", RULE("'a UNLESS AFTER/2 b'") TESTS_ONE("b x a", "b x y a b"),
	    "" },
	{ "a guard does not reach over what overlaps",
	    RULE("'\"a b\" UNLESS BEFORE/1 b'") TESTS_ONE("a b b", "a b"), "" },
	{ "guards of one thing",
	    RULE("'c1 (a UNLESS AFTER/1 b UNLESS BEFORE/1 c) NEAR/2 d'")
		TESTS_ONE("c1 a c d", "c1 a d c"),
	    "" },
	{ "a guard in a field only",
	    RULE("'title:(a UNLESS BEFORE/9 b)'")
		TESTS_ONE("a b", "{title: a, summary: b}"),
	    "" },
	{ "COUNT over fields",
	    RULE("'COUNT(a) >= 3'") TESTS_ONE("{title: a a}", "{title: a a, summary: a}"),
	    "" },
	{ "COUNT in a field",
	    RULE("'title:COUNT(a OR b) = 2'")
		TESTS_ONE("a b a", "{title: a b, summary: a}"),
	    "" },
	{ "COUNT counts once what overlaps",
	    RULE("'COUNT(a OR \"a b\") = 1'") TESTS_ONE("a a b", "a b"), "" },
	{ "a count that can be none", RULE("'COUNT(a) < 3'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "a count that cannot be few", RULE("'NOT COUNT(a) <= 1'") TESTS_ONE("a", "a a"),
	    "" },
	{ "FIRST", RULE("'FIRST(a, b)'") TESTS_ONE("b a", "a b"), "" },
	{ "FIRST without the other", RULE("'FIRST(a, b)'") TESTS_ONE("b", "a"), "" },
	{ "FIRST of both at once", RULE("'FIRST(a, \"a b\")'") TESTS_ONE("a1", "a b"), "" },
	{ "FIRST in any field",
	    RULE("'FIRST(a, b)'")
		TESTS_ONE("{title: b a, summary: b}", "{title: b a, summary: a b}"),
	    "" },
	{ "FIRST in the title",
	    RULE("'title:FIRST(a, b)'")
		TESTS_ONE("{title: b a, summary: a b}", "{title: a, summary: b}"),
	    "" },
	{ "published",
	    RULE("'a published: >= 2025-07-22 published: < 2025-08-01'")
		TESTS_ONE("{title: a, published: '2025-07-21T23:59:59Z'}",
		    "{title: a, published: '2025-07-22T00:00:00Z'}"),
	    "" },
	{ "published of an example without a date",
	    RULE("'a published: >= 2025-07-22'")
		TESTS_ONE("{title: a, published: 2025-07-21}", "a"),
	    "" },
	{ "always without a scope",
	    RULE("'NOT a'") "    always: true\n" TESTS_ONE("a", "x"),
	    "f:4:13: always needs a scope: the feeds of which every entry is judged "
	    "(feeds:)\n" },
	{ "always in its feeds",
	    RULE("'COUNT(a) < 2 OR tag:b'") "    always: true\n    feeds: [f]\n" TESTS_ONE(
		"a a", "x, {title: a a, tags: [b]}"),
	    "" },
	{ "examples have no scope",
	    RULE("a") "    feeds: [g]\n    tags: [h]\n    shadow: true\n" TESTS, "" },
	{ "published alone", RULE("'published: >= 2025-07-22'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "NEAR in a set", "sets: {s: [a NEAR/3 b]}\n",
	    "f:1:14: NEAR/3: a set has no operators (use a define)\n" },
	{ "enough of a list can be false", RULE("'2 OF (a, NOT b, NOT c)'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "a list with one NOT",
	    RULE("'2 OF (a, b, NOT c)'") "    tests: {match: [b], ignore: [b c]}\n", "" },
	{ "a folded block", RULE(">\n      a\n      b") TESTS,
	    "f:3:11: when stands in a > block, where mistakes have no place (write a | "
	    "block)\n" },
	{ "a list for an expression", RULE("[a, b]") TESTS, "f:3:11: when is a text\n" },
	{ "an unknown set", RULE("'a @nobody'") TESTS,
	    "f:3:14: there is no set @nobody\n" },
	{ "an unknown define", RULE("'a &nothing'") TESTS,
	    "f:3:14: there is no define &nothing\n" },
	{ "true without a term", RULE("'NOT a'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "true without a term in one branch", RULE("'a OR NOT b'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "NOT NOT is positive", RULE("'NOT NOT a'") TESTS, "" },
	{ "a set of itself", "sets:\n  s: [a, '@t']\n  t: ['@s']\n",
	    "f:2:10: the set s is made of itself\nf:3:7: the set t is made of itself\n" },
	{ "sets in any order", "sets:\n  s: ['@t']\n  t: [a]\n" RULE("'@s'") TESTS, "" },
	{ "an unknown set in a set", "sets: {s: ['@t']}\n",
	    "f:1:12: there is no set @t\n" },
	{ "an empty set", "sets: {s: []}\n",
	    "f:1:11: the set s is a list of terms, not empty\n" },
	{ "an operator in a set", "sets: {s: [a OR b]}\n",
	    "f:1:14: OR: a set has no operators (use a define)\n" },
	{ "a regex and a case in a set",
	    "sets: {s: ['/a[bc]d/', =US]}\n" RULE("'@s'")
		TESTS_ONE("us and a bd", "the US"),
	    "" },
	{ "a wrong regex in a set", "sets: {s: [/ab(?=c)/]}\n",
	    "f:1:15: /ab(?=c)/: look-ahead is not supported (use NEAR, BEFORE or NOT)\n" },
	{ "a wrong regex in a block",
	    "rules:\n  - id: r\n    when: |\n      赤沢\n      AND /ab\\2/\n" TESTS,
	    "f:5:14: /ab\\2/: back-references are not supported\n" },
	{ "a regex of a set in a link", "sets: {s: [/a/]}\n" RULE("'link:@s'") TESTS,
	    "f:4:17: /a/: =Word, /regex/ and amount() of @s cannot stand in link:, feed:, "
	    "tag: and lang:\n" },
	{ "a regex of a define in a tag", "define: {d: /a/}\n" RULE("'a tag:&d'") TESTS,
	    "f:4:18: =Word, /regex/ and amount() cannot stand in tag: (this define holds one)\n" },
	{ "an amount in a set",
	    "sets: {s: ['amount(5bn USD)', amount(7bn)]}\n" RULE("'@s NEAR/2 loan'")
		TESTS_ONE(
		    "a $6bn loan", "a 5-billion-dollar loan, 70億円 loan, 7 billion loan"),
	    "" },
	{ "an amount near a word",
	    RULE("'amount(~550bn USD) BEFORE/4 Japan'")
		TESTS_ONE("$500bn for Japan", "$545bn for Japan, '5,500億ドル、Japan'"),
	    "" },
	{ "amounts compared",
	    RULE("'amount(>= 10bn USD) amount(30..40bn JPY) NOT amount(< 1k EUR)'")
		TESTS_ONE("$11bn or 350億円 or €900", "$10bn or 350億円 or €1000"),
	    "" },
	{ "a range in the text overlaps",
	    RULE("'amount(35bn USD)'")
		TESTS_ONE("$30 billion and $40 billion", "$30-40 billion"),
	    "" },
	{ "the same yen and yuan sign",
	    RULE("'amount(5500億 CNY)'") TESTS_ONE("¥5500億の投資", "¥5500亿投资"), "" },
	{ "a wrong amount in a set", "sets: {s: [amount(five)]}\n",
	    "f:1:12: amount(five): a sum is expected (allowed: 550bn USD, ~550bn USD, >= 10bn "
	    "USD, 30bn..40bn USD, 550bn; currencies: USD JPY CNY EUR GBP KRW CAD AUD HKD TWD "
	    "SGD NZD CHF INR BRL MXN RUB SAR AED VND IDR THB SEK)\n" },
	{ "a term without letters in a set", "sets: {s: ['...']}\n",
	    "f:1:12: ...: there is no letter or digit to look for\n" },
	{ "a name of a set", "sets: {S_1: [a]}\n",
	    "f:1:8: 'S_1' is no name (a-z, 0-9 and -, at most 64)\n" },
	{ "a define of itself", "define:\n  d: 'a &d'\n",
	    "f:2:9: &d cannot be used: it is wrong itself, or made of itself\n" },
	{ "defines in any order", "define:\n  d: '&e'\n  e: a\n" RULE("'&d'") TESTS, "" },
	{ "a field in a define in a field",
	    "define: {d: 'title:a'}\n" RULE("'title:&d'") TESTS,
	    "f:4:18: a field cannot stand in a field (this define holds one)\n" },
	{ "an id is missing", "rules:\n  - when: a\n" TESTS,
	    "f:2:5: rule: id is missing\n" },
	{ "an id twice", RULE("a") TESTS "  - id: r\n    when: a\n" TESTS,
	    "f:5:9: the rule r is there already\n" },
	{ "a stage without a story", RULE("a") "    stage: s\n" TESTS,
	    "f:4:12: a stage needs the story it belongs to (story:)\n" },
	{ "an unknown story", RULE("a") "    story: s\n" TESTS,
	    "f:4:12: there is no story s\n" },
	{ "an unknown stage",
	    "stories:\n  - {id: s, stages: [x]}\n" RULE(
		"a") "    story: s\n    stage: y\n" TESTS,
	    "f:7:12: the story s has no stage y\n" },
	{ "a stage twice", "stories:\n  - {id: s, stages: [x, x]}\n",
	    "f:2:25: the stage x is there already\n" },
	{ "again_after without a stage", RULE("a") "    again_after: 2d\n" TESTS,
	    "f:4:18: again_after needs a stage: without one a rule tells once a cluster\n" },
	{ "a rule that reverses",
	    "stories: [{id: s, stages: [x]}]\n" RULE(
		"a") "    story: s\n    stage: x\n    reverses: true\n" TESTS,
	    "" },
	{ "a reversal without a stage", RULE("a") "    reverses: true\n" TESTS,
	    "f:4:15: reverses needs the stage that is taken back (stage:)\n" },
	{ "a confirmed reversal",
	    "stories: [{id: s, stages: [x]}]\n" RULE(
		"a") "    story: s\n    stage: x\n    reverses: true\n"
		     "    confirm: {official: 1}\n" TESTS,
	    "f:8:14: a rule that reverses is not confirmed (confirm belongs to rules that "
	    "report a stage)\n" },
	{ "a confirmed stage",
	    "stories: [{id: s, stages: [x]}]\n" RULE(
		"a") "    story: s\n    stage: x\n    confirm: {official: 1, independent: 2, within: "
		     "24h}\n" TESTS,
	    "" },
	{ "a confirmed rule without a stage",
	    RULE("a") "    confirm: {official: 1}\n" TESTS,
	    "f:4:14: confirm needs a stage: a rule without one tells once a cluster\n" },
	{ "confirmed by nobody", RULE("a") "    confirm: {within: 2h}\n" TESTS,
	    "f:4:14: confirm needs official, independent or both: so many publishers\n"
	    "f:4:14: confirm needs a stage: a rule without one tells once a cluster\n" },
	{ "confirmed by none", RULE("a") "    confirm: {official: 0}\n" TESTS,
	    "f:4:14: confirm needs a stage: a rule without one tells once a cluster\n"
	    "f:4:25: official is 0 (allowed: 1 to 100)\n" },
	{ "an example that is not matched",
	    RULE("'a b'") "    tests: {match: [c, a], ignore: [x]}\n",
	    "f:4:21: r does not match this example: none of its necessary terms is there\n"
	    "f:4:24: r does not match this example: b\n" },
	{ "an example that is matched",
	    RULE("'a OR b'") "    tests: {match: [a], ignore: [b c]}\n",
	    "f:4:34: r matches this example, which it should ignore: b\n" },
	{ "unless counts in examples",
	    RULE("a") "    unless: title:x\n    tests: {match: [a, a x], ignore: [b]}\n",
	    "f:5:24: r does not match this example: unless title:x\n" },
	{ "unless of the story counts in examples",
	    "stories: [{id: s, unless: x OR y}]\n" RULE(
		"a") "    story: s\n"
		     "    tests: {match: [a y], ignore: [b]}\n",
	    "f:6:21: r does not match this example: unless of the story: y\n" },
	{ "a true rule that shows no term",
	    RULE("'NOT NOT b1'") "    tests: {match: [b1], ignore: [x]}\n", "" },
	{ "an example with a summary",
	    RULE("summary:a") "    tests: {match: [{title: x, summary: a}], ignore: [a]}\n",
	    "" },
	{ "all fields of an example",
	    RULE(
		"|\n      a author:yamada NOT author:\"yamada suzuki\" category:(trade OR 貿易)\n"
		"      publisher:METI link:\"/Press/\" NOT link:press feed:meti-press tag:jp\n"
		"      lang:zh author:\"yamada t.\" title:a NOT category:a") "    tests:\n"
									     "      match:\n"
									     "        - {title: a, authors: [Suzuki, YAMADA T.], categories: [x, 対外貿易],\n"
									     "           publisher: The METI, link: 'https://m.jp/Press/1', feed: meti-press,\n"
									     "           tags: [official, JP], language: zh-Hant-TW, published: 2026-11-22}\n"
									     "      ignore:\n"
									     "        - {title: a, authors: [Suzuki, YAMADA T.], categories: [x, 対外貿易],\n"
									     "           publisher: The METI, link: 'https://m.jp/Press/1', feed: meti-pres,\n"
									     "           tags: [official, jp], language: zh-TW}\n",
	    "" },
	{ "words of an author do not span authors",
	    RULE("author:\"a b\"") TESTS_ONE("{authors: [x a, b]}", "{authors: [a b]}"),
	    "" },
	{ "fields that are asked for only",
	    RULE("a") TESTS_ONE(
		"{title: x, authors: [a], categories: [a], publisher: a, link: a, feed: a}",
		"{title: x, content: a}"),
	    "" },
	{ "a set of URLs, one in the other",
	    "sets: {s: ['@t', Foo.example], t: [x/y]}\n" RULE("link:@s") TESTS_ONE(
		"{link: 'https://foo.example'}", "{link: 'https://Foo.example/'}"),
	    "" },
	{ "a prefix in a set of values", "sets: {s: [meet*]}\n" RULE("'a tag:@s'") TESTS,
	    "f:4:18: @s: meet*: this field compares whole values, without a *\n" },
	{ "a prefix in a define of values", "define: {d: meet*}\n" RULE("'a tag:&d'") TESTS,
	    "f:4:18: meet*: this field compares whole values, without a *\n" },
	{ "a define of values",
	    "define: {d: JP OR xy}\n" RULE("'a tag:&d'")
		TESTS_ONE("{title: a, tags: [jpx]}", "{title: a, tags: [x, jp]}"),
	    "" },
	{ "NEAR in a link", RULE("'link:(a NEAR/2 b)'") TESTS,
	    "f:3:17: NEAR cannot stand in link: (it has no words)\n" },
	{ "a feed alone", RULE("'feed:x'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "a feed beside a NOT", RULE("'lang:ja NOT a'") TESTS,
	    "f:3:12: this can be true with none of its terms present (a NOT needs a term "
	    "beside it; so does a feed:, tag:, lang: or published:; else the rule says "
	    "always: true and its feeds:)\n" },
	{ "a link alone",
	    RULE("'link:b NOT tag:x'")
		TESTS_ONE("{link: b, tags: [x]}", "{link: abc, tags: [xx]}"),
	    "" },
	{ "a language by its script",
	    RULE(
		"'lang:ja a1 OR lang:zh b1 OR lang:ko c1 OR lang:en d1'") "    tests:\n"
									  "      match: [a1 会談へ, b1 会谈, c1 한국, d1 the US deal 会談, {title: 会談 a1, summary: へ}]\n"
									  "      ignore: [a1 会談, b1 会談へ, c1 会談, d1 会談へ, a1, {title: a1 へ, language: en}]\n",
	    "" },
	{ "no date",
	    RULE("a") "    tests: {match: [{title: a, published: today}], ignore: [x]}\n",
	    "f:4:43: published is no date (allowed: 2026-11-22 or 2026-11-22T07:01:44Z)\n" },
	{ "no examples", RULE("a"),
	    "f:2:5: warning: the rule r has no examples of both kinds (tests: match and "
	    "ignore)\n" },
	{ "a common word",
	    RULE("'a1 and b1'") "    tests: {match: [a1 and b1], ignore: [x]}\n",
	    "f:3:11: warning: the term and is a common English word (operators are AND OR "
	    "NOT, in capitals)\n" },
};

static void
print_messages(struct conf *conf, struct buf *out)
{
	size_t count = conf_error_count(conf) + conf_warning_count(conf);

	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s\n", conf_message(conf, i));
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO(conf) conf = conf_new();
	AUTO(ruleset) rules = ruleset_new();
	AUTO_BUF struct buf messages = BUF_EMPTY;
	const struct conf_node *root =
	    conf_read_bytes(conf, row->text, strlen(row->text), "f");
	struct error err;

	assert_non_null(root);
	ruleset_read(rules, conf, conf_find(root, "stories"), conf_find(root, "sets"),
	    conf_find(root, "define"), conf_find(root, "rules"));
	if (ruleset_finish(rules, conf)) {
		bool is_good =
		    ruleset_compile(rules, NULL, &err) && ruleset_run_tests(rules, conf);

		assert_int_equal(is_good, conf_error_count(conf) == 0);
	}
	print_messages(conf, &messages);
	assert_string_equal(buf_text(&messages), row->messages);
}

/* The pack that is shipped: its examples hold. */
static void
shipped_pack_is_good(void **state)
{
	AUTO_FREE char *path =
	    mem_printf("%s/rules/us-japan-deal.yaml", getenv("top_srcdir"));
	AUTO(conf) conf = conf_new();
	AUTO(ruleset) rules = ruleset_new();
	AUTO_BUF struct buf messages = BUF_EMPTY;
	const struct conf_node *root = conf_read_file(conf, path, NULL);
	struct error err;

	assert_non_null(root);
	ruleset_read(rules, conf, conf_find(root, "stories"), conf_find(root, "sets"),
	    conf_find(root, "define"), conf_find(root, "rules"));
	assert_true(ruleset_finish(rules, conf));
	assert_true(ruleset_compile(rules, NULL, &err));
	ruleset_run_tests(rules, conf);
	print_messages(conf, &messages);
	assert_string_equal(buf_text(&messages), "");
	assert_true(ruleset_example_count(rules) >= 2 * ruleset_rule_count(rules));
	(void)state; /* has none */
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 1] = { cmocka_unit_test(shipped_pack_is_good) };

	for (size_t i = 0; i < ROWS; i++)
		tests[i + 1] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
