/*
 * Configuration: what is read, and every mistake with its place.
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
#include "base/conf.h"
#include "base/list.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const severities[] = { "info", "low", "high", "critical", NULL };

struct polling {
	int64_t every_s, floor_s;
};

struct target {
	char *id, *url, *title;
	bool is_official;
	int64_t count, every_s, size_bytes;
	int severity;
	struct list tags;
	struct polling polling;
	const struct conf_node *rest;
};

static const struct conf_key polling_keys[] = {
	{ "every", conf_read_duration, offsetof(struct polling, every_s), .min = 300,
	    .max = 604800 },
	{ "floor", conf_read_duration, offsetof(struct polling, floor_s),
	    .required = true },
	{ NULL },
};

static const struct conf_key keys[] = {
	{ "id", conf_read_name, offsetof(struct target, id), .required = true },
	{ "url", conf_read_url, offsetof(struct target, url) },
	{ "title", conf_read_text, offsetof(struct target, title) },
	{ "official", conf_read_bool, offsetof(struct target, is_official) },
	{ "count", conf_read_number, offsetof(struct target, count), .min = 1, .max = 100 },
	{ "every", conf_read_duration, offsetof(struct target, every_s), .min = 300,
	    .max = 604800 },
	{ "size", conf_read_size, offsetof(struct target, size_bytes), .min = 1,
	    .max = 16 << 20 },
	{ "severity", conf_read_choice, offsetof(struct target, severity),
	    .more = severities },
	{ "tags", conf_read_list, offsetof(struct target, tags) },
	{ "polling", conf_read_group, offsetof(struct target, polling),
	    .more = polling_keys },
	{ "rest", conf_read_node, offsetof(struct target, rest) },
	{ NULL },
};

static void
target_clear(struct target *target)
{
	free(target->id);
	free(target->url);
	free(target->title);
	list_clear(&target->tags);
}

/* Read a text by the table. @return all messages, a line each, the caller's to free() */
static char *
mistakes_of(const char *yaml, size_t len)
{
	AUTO(conf) conf = conf_new();
	struct target target = { .id = NULL };
	struct buf out = BUF_EMPTY;
	const struct conf_node *root = conf_read_bytes(conf, yaml, len, "f");

	if (root != NULL)
		conf_read_mapping(conf, root, "feed", keys, &target);
	for (size_t i = 0; i < conf_error_count(conf) + conf_warning_count(conf); i++)
		buf_printf(&out, "%s\n", conf_message(conf, i));
	assert_null(conf_message(conf, conf_error_count(conf) + conf_warning_count(conf)));
	target_clear(&target);
	return buf_take(&out);
}

struct row {
	const char *name, *yaml;
	const char *expect; /* "": no mistake */
	size_t len;         /* 0: strlen */
};

#define ALLOWED \
	"allowed: id, url, title, official, count, every, size, severity, tags, polling, rest"
#define DURATION "(allowed: a whole number and s, m, h or d, as 90s, 15m, 2h, 7d)"

static const struct row rows[] = {
	{ "nothing wrong",
	    "id: meti-press\nurl: https://a.example/x?y=1\nevery: 30m\nofficial: true\n",
	    "" },
	{ "an empty file is no mistake", "", "" },
	{ "comments alone are no mistake", "# nothing\n\n", "" },
	{ "a document of nothing is no mistake", "---\n", "" },
	{ "windows line ends", "id: a\r\nevery: 5x\r\n",
	    "f:2:8: every is \"5x\" " DURATION "\n" },
	{ "a list is no mapping", "- a\n",
	    "f:1:1: settings are missing (allowed: key: value)\n" },
	{ "a text is no mapping", "hello\n",
	    "f:1:1: settings are missing (allowed: key: value)\n" },

	/* keys */
	{ "unknown key, a letter left out", "id: a\nevry: 30m\n",
	    "f:2:1: feed: unknown key \"evry\" (" ALLOWED "; did you mean every?)\n" },
	{ "unknown key, nothing near", "id: a\nx: 30m\n",
	    "f:2:1: feed: unknown key \"x\" (" ALLOWED ")\n" },
	{ "unknown key of 50 characters and of 70",
	    "id: a\n\"あああああいいいいいうううううえええええおおおおおあああああいいいいいうううううえええええおおおおお\": 1\n"
	    "\"1234567890123456789012345678901234567890123456789012345678901234567890\": 1\n",
	    "f:2:1: feed: unknown key \"あああああいいいいいうううううえええええおおおおおあああああいいいいいうううううえええええおおおおお\" (" ALLOWED
	    ")\n"
	    "f:3:1: feed: unknown key \"123456789012345678901234567890123456789012345678901234567890…\" (" ALLOWED
	    ")\n" },
	{ "required key missing", "count: 3\n", "f:1:1: feed: id is missing\n" },
	{ "key given twice, and three times",
	    "id: a\ncount: 1\ncount: 2\nid: b\ncount: 0\n",
	    "f:3:1: \"count\" is given twice (the first time in line 2)\n"
	    "f:4:1: \"id\" is given twice (the first time in line 1)\n"
	    "f:5:1: \"count\" is given twice (the first time in line 2)\n" },
	{ "group: missing and wrong inside", "id: a\npolling: {every: 5s}\n",
	    "f:2:10: polling: floor is missing\n"
	    "f:2:18: every is 5s (allowed: 5m to 7d)\n" },
	{ "group that is a text", "id: a\npolling: 5m\n",
	    "f:2:10: polling: keys and values are missing (allowed: key: value)\n" },
	{ "group without a value", "id: a\npolling:\n",
	    "f:2:9: polling: keys and values are missing (allowed: key: value)\n" },
	{ "a key that is a list", "id: a\n[b, c]: d\n", "f:2:1: a key must be a text\n" },
	{ "a key that is empty", "id: a\n\"\": d\n",
	    "f:2:1: a key is missing before the colon\n" },

	/* values */
	{ "no value", "id: a\nevery:\n", "f:2:7: every has no value\n" },
	{ "null is no value", "id: a\ntitle: ~\ncount: null\n",
	    "f:2:8: title has no value\nf:3:8: count has no value\n" },
	{ "null in quotes is a text", "id: a\ntitle: 'null'\n", "" },
	{ "duration too short", "id: a\nevery: 5s\n",
	    "f:2:8: every is 5s (allowed: 5m to 7d)\n" },
	{ "duration too long", "id: a\nevery: 8d\n",
	    "f:2:8: every is 8d (allowed: 5m to 7d)\n" },
	{ "duration at the limits", "id: a\nevery: 300s\npolling: {every: 7d, floor: 0s}\n",
	    "" },
	{ "duration without a unit", "id: a\nevery: 30\n",
	    "f:2:8: every is \"30\" " DURATION "\n" },
	{ "duration in quotes is fine", "id: a\nevery: \"30m\"\n", "" },
	{ "duration with a sign", "id: a\nevery: +30m\n",
	    "f:2:8: every is \"+30m\" " DURATION "\n" },
	{ "duration with a fraction", "id: a\nevery: 1.5h\n",
	    "f:2:8: every is \"1.5h\" " DURATION "\n" },
	{ "duration with two units", "id: a\nevery: 1h30m\n",
	    "f:2:8: every is \"1h30m\" " DURATION "\n" },
	{ "duration that overflows", "id: a\nevery: 106751991167301d\n",
	    "f:2:8: every is \"106751991167301d\" " DURATION "\n" },
	{ "number with too many digits", "id: a\ncount: 9223372036854775808\n",
	    "f:2:8: count is \"9223372036854775808\" (allowed: a whole number)\n" },
	{ "number: octal, hex, exponent", "id: a\ncount: 010\npolling: {floor: 0x1s}\n",
	    "f:2:8: count is \"010\" (allowed: a whole number)\n"
	    "f:3:18: floor is \"0x1s\" " DURATION "\n" },
	{ "number out of bounds", "id: a\ncount: 101\n",
	    "f:2:8: count is 101 (allowed: 1 to 100)\n" },
	{ "number in quotes", "id: a\ncount: \"5\"\n",
	    "f:2:8: count is a text (allowed: a whole number, without quotes)\n" },
	{ "size", "id: a\nsize: 17M\n", "f:2:7: size is 17M (allowed: 1 to 16M)\n" },
	{ "size: unit of another kind", "id: a\nsize: 17kb\n",
	    "f:2:7: size is \"17kb\" (allowed: a whole number of bytes, or with K, M or G, as 512, "
	    "64K, 16M)\n" },
	{ "boolean yes", "id: a\nofficial: yes\n",
	    "f:2:11: official is \"yes\" (allowed: true, false)\n" },
	{ "boolean in quotes", "id: a\nofficial: \"true\"\n",
	    "f:2:11: official is a text (allowed: true, false, without quotes)\n" },
	{ "boolean with a capital", "id: a\nofficial: True\n",
	    "f:2:11: official is \"True\" (allowed: true, false)\n" },
	{ "choice", "id: a\nseverity: hgih\n",
	    "f:2:11: severity is \"hgih\" (allowed: info, low, high, critical; did you mean high?)\n" },
	{ "list: empty item, a list in it", "id: a\ntags: [a, '', [b]]\n",
	    "f:2:11: tags has no value\nf:2:15: tags is a list (allowed: a single value)\n" },
	{ "list that is a text", "id: a\ntags: a\n",
	    "f:2:7: tags is a single value (allowed: a list, [a, b])\n" },
	{ "text that is a mapping", "id: a\ntitle: {a: b}\n",
	    "f:2:8: title is a mapping (allowed: a single value)\n" },
	{ "name", "id: Meti_Press\n",
	    "f:1:5: id is \"Meti_Press\" (allowed: a-z, 0-9 and -, at most 64 characters)\n" },
	{ "name of 65",
	    "id: aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb12345\n",
	    "f:1:5: id is \"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb…\" "
	    "(allowed: a-z, 0-9 and -, at most 64 characters)\n" },
	{ "columns are characters",
	    "{\"id\": \"a\", \"title\": \"日本語\", \"count\": 0}\n",
	    "f:1:38: count is 0 (allowed: 1 to 100)\n" },

	/* URLs */
	{ "URL: ftp", "id: a\nurl: ftp://a/\n",
	    "f:2:6: url is no web address (allowed: http://… and https://…)\n" },
	{ "URL: no host", "id: a\nurl: https:///x\n", "f:2:14: url has no valid host\n" },
	{ "URL: a port alone", "id: a\nurl: http://:80/\n",
	    "f:2:13: url has no valid host\n" },
	{ "URL: credentials are not shown", "id: a\nurl: https://me:secret@a.example/\n",
	    "f:2:14: url has a user or password (allowed: none in a URL)\n" },
	{ "URL: an @ in the path is fine", "id: a\nurl: https://a.example/@me\n", "" },
	{ "URL: a blank", "id: a\nurl: \"https://a.example/a b\"\n",
	    "f:2:26: url has a blank or a character that no URL has (write it as %20)\n" },
	{ "URL: port", "id: a\nurl: http://a:65536/\n",
	    "f:2:14: url has no valid port (allowed: 1 to 65535)\n" },
	{ "URL: port 65535, IPv6", "id: a\nurl: http://[::1]:65535/\n", "" },
	{ "URL: IPv6 without its end", "id: a\nurl: 'http://[::1'\n",
	    "f:2:14: url has no valid host\n" },
	{ "URL: IPv6 and letters", "id: a\nurl: 'http://[::1]x/'\n",
	    "f:2:19: url has no valid port (allowed: 1 to 65535)\n" },

	/* what YAML has and we do not take */
	{ "an anchor", "id: a\ntitle: &the-sum OR x\n",
	    "f:2:8: \"&the-sum\" is a YAML anchor (quote it or use a | block)\n" },
	{ "an anchor on a required key is one mistake", "id: &x a\n",
	    "f:1:5: \"&x\" is a YAML anchor (quote it or use a | block)\n" },
	{ "an alias", "id: a\ntitle: *x\n",
	    "f:2:8: \"*x\" is a YAML alias (quote it or use a | block)\n" },
	{ "an alias among items", "id: a\ntags: [a, *x]\n",
	    "f:2:11: \"*x\" is a YAML alias (quote it or use a | block)\n" },
	{ "tags", "id: !!str a\ntitle: !x b\n",
	    "f:1:5: \"tag:yaml.org,2002:str\" is a YAML tag (quote it or use a | block)\n"
	    "f:2:8: \"!x\" is a YAML tag (quote it or use a | block)\n" },
	{ "a merge key", "id: a\n<<: {count: 1}\n",
	    "f:2:1: \"<<\" is a YAML merge key (quote it or use a | block)\n" },
	{ "two documents", "id: a\ncount: 0\n---\nid: b\n",
	    "f:2:8: count is 0 (allowed: 1 to 100)\n"
	    "f:3:1: a second document (allowed: one a file)\n" },
	{ "a directive", "%YAML 1.1\n---\nid: a\n",
	    "f:1:1: YAML directives (%) are not allowed\n" },

	/* what ends the reading: mistakes before it are told, missing keys are not */
	{ "a tab as indentation", "count: 0\nx: 1\n\tid: a\nevery: 1s\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:1: feed: unknown key \"x\" (" ALLOWED ")\n"
	    "f:3:1: YAML: found a tab character that violates indentation while scanning a plain "
	    "scalar\n" },
	{ "a tab in a block", "count: 0\ntitle: |\n\tx\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:3:1: YAML: found a tab character where an indentation space is expected while "
	    "scanning a block scalar\n" },
	{ "a quote that is not closed", "count: 0\ntitle: \"abc\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:8: YAML: found unexpected end of stream while scanning a quoted scalar\n" },
	{ "a bracket that is not closed", "count: 0\ntags: [a, b\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:3:3: YAML: did not find expected ',' or ']' while parsing a flow sequence\n" },
	{ "a bracket that is not closed at the end", "count: 0\ntags: [a, b\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:3:1: YAML: did not find expected ',' or ']' while parsing a flow sequence\n" },
	{ "a colon too many", "count: 0\ntitle: a: b\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:9: YAML: mapping values are not allowed in this context\n" },
	{ "a line without a colon", "count: 0\nofficial\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:1: YAML: could not find expected ':' while scanning a simple key\n" },
	{ "a byte that is not UTF-8", "count: 0\ntitle: a\xff\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:9: the byte \\xff (allowed: valid UTF-8)\n" },
	{ "Shift_JIS", "title: \x93\xfa\x96{\n",
	    "f:1:8: the byte \\x93 (allowed: valid UTF-8)\n" },
	{ "a syntax error before a bad byte", "count: 0\ntitle: a: b\nid: \xff\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:2:9: YAML: mapping values are not allowed in this context\n" },
	{ "a bad byte in an open quote", "count: 0\ntitle: \"a\n \xff\"\nid: a\n",
	    "f:1:8: count is 0 (allowed: 1 to 100)\n"
	    "f:3:2: the byte \\xff (allowed: valid UTF-8)\n" },
	{ "a NUL", "id: a\0b\n", "f:1:6: a NUL byte (allowed: UTF-8 text)\n", 8 },
	{ "a NUL by escape", "id: a\ntitle: \"a\\0b\"\n",
	    "f:2:8: a NUL character is not allowed\n" },
	{ "a BOM", "\xef\xbb\xbfid: a\n",
	    "f:1:1: a byte order mark (allowed: UTF-8 without one)\n" },
	{ "UTF-16", "\xff\xfei\0d\0", "f:1:1: the byte \\xff (allowed: valid UTF-8)\n", 6 },
	{ "a control character", "id: a\ntitle: a\x1b[31m\n",
	    "f:2:9: the character U+001B (in double quotes it can be written \\u001B)\n" },
	{ "a line separator", "id: a\ntitle: a\xe2\x80\xa8z\n",
	    "f:2:9: the character U+2028 (in double quotes it can be written \\u2028)\n" },
	{ "a lone carriage return", "id: a\rcount: 1\n",
	    "f:1:6: a carriage return without a line feed (allowed: LF or CRLF)\n" },
	{ "too deep, and an error that is seen before it",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[id: \ntags:[es\n [a, *[[Z0\n",
	    "f:1:33: too deep (allowed: 32 levels)\n" },
	{ "too deep",
	    "id: a\nrest: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
	    "f:2:38: too deep (allowed: 32 levels)\n" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	char *all = mistakes_of(row->yaml, row->len > 0 ? row->len : strlen(row->yaml));

	assert_string_equal(all, row->expect);
	free(all);
}

/* conf_error_inside(): the place of a character of title's text. */
struct inside_row {
	const char *name, *yaml;
	const char *at; /* found in the text; NULL: its end */
	const char *expect;
};

static const struct inside_row inside_rows[] = {
	{ "block, first line", "title: |\n  abc x\n", "x", "f:2:7: here" },
	{ "block, second line", "title: |\n  abc\n    y x\n", "x", "f:3:7: here" },
	{ "block after empty lines", "title: |\n\n \n  a\n\n  bx\n", "x", "f:6:4: here" },
	{ "block with an indicator", "title: |2\n    a\n  bx\n", "x", "f:3:4: here" },
	{ "block with a comment and stripping", "title: |- # why\n  a\n  bx\n", "x",
	    "f:3:4: here" },
	{ "block, columns in characters", "title: |\n  日本 x\n", "x", "f:2:6: here" },
	{ "block after wide characters", "\"日本\": 1\ntitle: |\n    日本\n    語x\n", "x",
	    "f:4:6: here" },
	{ "block with CRLF", "title: |\r\n  a\r\n  bx\r\n", "x", "f:3:4: here" },
	{ "block, its end", "title: |\n  abc\n  de\n\nid: a\n", NULL, "f:3:5: here" },
	{ "block, not the last line's end", "title: |\n  abc", NULL, "f:2:6: here" },
	{ "plain", "title: abc x\n", "x", "f:1:12: here" },
	{ "plain after wide characters", "{\"日本\": 1, title: 日本 x}\n", "x",
	    "f:1:21: here" },
	{ "plain over two lines: its start", "title: abc\n  x\n", "x", "f:1:8: here" },
	{ "double quotes", "title: \"abc x\"\n", "x", "f:1:13: here" },
	{ "single quotes", "title: 'abc x'\n", "x", "f:1:13: here" },
	{ "double quotes with an escape: its start", "title: \"a\\tbc x\"\n", "x",
	    "f:1:8: here" },
	{ "single quotes with an escape: its start", "title: 'a''x'\n", "x",
	    "f:1:8: here" },
	{ "folded: its start", "title: >\n  abc x\n", "x", "f:1:8: here" },
};

static void
check_inside(void **state)
{
	const struct inside_row *row = *state;
	AUTO(conf) conf = conf_new();
	const struct conf_node *root =
	    conf_read_bytes(conf, row->yaml, strlen(row->yaml), "f");
	const struct conf_node *title = conf_find(root, "title");
	const char *at = NULL;

	assert_non_null(title);
	at = row->at != NULL ? strstr(title->text, row->at) : title->text + title->len;
	assert_non_null(at);
	assert_false(conf_error_inside(conf, title, (size_t)(at - title->text), "here"));
	assert_int_equal(conf_error_count(conf), 1);
	assert_string_equal(conf_message(conf, 0), row->expect);
}

static void
check_good_values(void **state)
{
	static const char yaml[] = "id: meti\nurl: HTTPS://a.example:443\ntitle: 日本\n"
				   "official: true\ncount: 100\nevery: 2h\nsize: 64K\n"
				   "severity: high\ntags: [jp, \"x y\"]\n"
				   "polling: {floor: 5m}\nrest: [1]\n";
	AUTO(conf) conf = conf_new();
	struct target target = { .polling.every_s = 7 };
	const struct conf_node *root = conf_read_bytes(conf, yaml, strlen(yaml), "f");

	list_add(&target.tags, "default");
	assert_non_null(root);
	assert_true(conf_read_mapping(conf, root, "feed", keys, &target));
	assert_string_equal(target.id, "meti");
	assert_string_equal(target.url, "HTTPS://a.example:443");
	assert_string_equal(target.title, "日本");
	assert_true(target.is_official);
	assert_int_equal(target.count, 100);
	assert_int_equal(target.every_s, 7200);
	assert_int_equal(target.size_bytes, 65536);
	assert_int_equal(target.severity, 2);
	assert_int_equal(target.tags.count, 2);
	assert_string_equal(target.tags.items[1], "x y");
	assert_int_equal(target.polling.floor_s, 300);
	assert_int_equal(target.polling.every_s, 7); /* absent: untouched */
	assert_int_equal(target.rest->type, CONF_SEQUENCE);
	target_clear(&target);
}

static void
check_bad_values_leave_the_target(void **state)
{
	static const char yaml[] =
	    "id: A\ncount: x\nevery: 1s\ntags: [a, '']\nofficial: on\n";
	AUTO(conf) conf = conf_new();
	struct target target = { .count = 1, .every_s = 2, .is_official = true };
	const struct conf_node *root = conf_read_bytes(conf, yaml, strlen(yaml), "f");

	list_add(&target.tags, "default");
	assert_false(conf_read_mapping(conf, root, "feed", keys, &target));
	assert_int_equal(conf_error_count(conf), 5);
	assert_null(target.id);
	assert_int_equal(target.count, 1);
	assert_int_equal(target.every_s, 2);
	assert_true(target.is_official);
	assert_int_equal(target.tags.count, 1);
	target_clear(&target);
}

static void
check_order_of_files_and_warnings(void **state)
{
	static const char *const expect[] = { "b: first", "b:1:4: two", "b:2:1: one",
		"a:1:1: three", "c: last", "b:1:1: warning: careful" };
	AUTO(conf) conf = conf_new();
	const struct conf_node *b = conf_read_bytes(conf, "x: 1\ny: 2\n", 10, "b");
	const struct conf_node *a = conf_read_bytes(conf, "x: 1\n", 5, "a");

	conf_error(conf, a, "three");
	conf_error(conf, b->pairs[1].key, "one");
	conf_warn(conf, b, "careful");
	conf_error_file(conf, "c", "last");
	conf_error(conf, b->pairs[0].value, "two");
	conf_error_file(conf, "b", "first");
	assert_int_equal(conf_error_count(conf), 5);
	assert_int_equal(conf_warning_count(conf), 1);
	for (size_t i = 0; i < COUNT(expect); i++)
		assert_string_equal(conf_message(conf, i), expect[i]);
}

/* A bad value is told once, whoever looks at it. */
static void
check_bad_node_is_told_once(void **state)
{
	AUTO(conf) conf = conf_new();
	const struct conf_node *root = conf_read_bytes(conf, "a: *x\n", 6, "f");

	assert_non_null(conf_find(root, "a"));
	assert_true(conf_find(root, "a")->is_bad);
	conf_error(conf, conf_find(root, "a"), "once more");
	conf_error_inside(conf, conf_find(root, "a"), 0, "once more");
	assert_int_equal(conf_error_count(conf), 1);
}

static void
check_cut_is_marked(void **state)
{
	static const char yaml[] = "a: {x: 1}\nb:\n  c: [1, 2]\n  d: e: f\n";
	AUTO(conf) conf = conf_new();
	const struct conf_node *root = conf_read_bytes(conf, yaml, strlen(yaml), "f");

	assert_int_equal(conf_error_count(conf), 1);
	assert_true(root->is_cut);
	assert_false(conf_find(root, "a")->is_cut);
	assert_true(conf_find(root, "b")->is_cut);
	assert_int_equal(conf_find(conf_find(root, "b"), "c")->count, 2);
}

static void
check_many_mistakes_are_bounded(void **state)
{
	AUTO(conf) conf = conf_new();
	AUTO_BUF struct buf yaml = BUF_EMPTY;
	struct target target = { .id = NULL };
	const struct conf_node *root = NULL;

	buf_add_text(&yaml, "id: a\n");
	for (int i = 0; i < 100000; i++)
		buf_printf(&yaml, "x%d: 1\n", i);
	root = conf_read_bytes(conf, buf_text(&yaml), yaml.len, "f");
	assert_non_null(root);
	assert_false(conf_read_mapping(conf, root, "feed", keys, &target));
	assert_int_equal(conf_error_count(conf), 2001);
	assert_string_equal(conf_message(conf, 2000),
	    "f: more than 2000 mistakes, the others are not shown");
	target_clear(&target);
}

static void
check_limits(void **state)
{
	AUTO(conf) conf = conf_new();
	AUTO_BUF struct buf yaml = BUF_EMPTY;

	for (size_t i = 0; i < 32; i++)
		buf_add_char(&yaml, '[');
	for (size_t i = 0; i < 32; i++)
		buf_add_char(&yaml, ']');
	conf_read_bytes(conf, buf_text(&yaml), yaml.len, "deep");
	assert_string_equal(
	    conf_message(conf, 0), "deep:1:1: settings are missing (allowed: key: value)");
	buf_reset(&yaml);
	buf_add_text(&yaml, "a: [");
	while (yaml.len < (size_t)2 * CONF_NODES_MAX)
		buf_add_text(&yaml, "1,");
	buf_add_text(&yaml, "1]\n");
	conf_read_bytes(conf, buf_text(&yaml), yaml.len, "many");
	assert_string_equal(conf_message(conf, 1),
	    "many:1:999999: too many values (allowed: 500000 a file)");
	buf_reset(&yaml);
	memset(buf_reserve(&yaml, CONF_FILE_MAX_BYTES + 1), '\n', CONF_FILE_MAX_BYTES + 1);
	yaml.len = CONF_FILE_MAX_BYTES + 1;
	assert_null(conf_read_bytes(conf, buf_text(&yaml), CONF_FILE_MAX_BYTES, "full"));
	assert_int_equal(conf_error_count(conf), 2);
	assert_null(conf_read_bytes(conf, buf_text(&yaml), yaml.len, "large"));
	assert_string_equal(
	    conf_message(conf, 2), "large: is too large (allowed: 4194304 bytes)");
}

static void
check_files(void **state)
{
	AUTO(conf) conf = conf_new();
	char folder[] = "/tmp/test_conf.XXXXXX";
	char *path = NULL;
	FILE *file = NULL;

	assert_non_null(mkdtemp(folder));
	path = mem_printf("%s/a.yaml", folder);
	assert_null(conf_read_file(conf, path, "a.yaml"));
	assert_null(conf_read_file(conf, folder, "folder"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(conf_read_file(conf, path, "pipe"));
	assert_int_equal(unlink(path), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("x: 1\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_non_null(conf_read_file(conf, path, NULL));
	assert_int_equal(conf_error_count(conf), 3);
	assert_string_equal(
	    conf_message(conf, 0), "a.yaml: cannot be read: No such file or directory");
	assert_string_equal(
	    conf_message(conf, 1), "folder: is a folder (a file is needed)");
	assert_string_equal(conf_message(conf, 2), "pipe: is no regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	free(path);
}

static void
check_format_duration(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} durations[] = { { 0, "0s" }, { 90, "90s" }, { 300, "5m" }, { 7200, "2h" },
		{ 604800, "7d" }, { 86401, "86401s" } };
	char text[32];

	for (size_t i = 0; i < COUNT(durations); i++) {
		conf_format_duration(durations[i].seconds, text);
		assert_string_equal(text, durations[i].text);
	}
}

static const struct CMUnitTest plain_tests[] = {
	cmocka_unit_test(check_good_values),
	cmocka_unit_test(check_bad_values_leave_the_target),
	cmocka_unit_test(check_order_of_files_and_warnings),
	cmocka_unit_test(check_bad_node_is_told_once),
	cmocka_unit_test(check_cut_is_marked),
	cmocka_unit_test(check_many_mistakes_are_bounded),
	cmocka_unit_test(check_limits),
	cmocka_unit_test(check_files),
	cmocka_unit_test(check_format_duration),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(rows) + COUNT(inside_rows) + COUNT(plain_tests)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	for (size_t i = 0; i < COUNT(inside_rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = inside_rows[i].name,
			.test_func = check_inside,
			.initial_state = (void *)&inside_rows[i] };
	for (size_t i = 0; i < COUNT(plain_tests); i++)
		tests[count++] = plain_tests[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
