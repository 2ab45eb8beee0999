/*
 * dealwatch match: which rules are true for entries that come as JSON lines, one answer
 * line each, in order.
 */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/error.h"
#include "base/options.h"
#include "watch/settings.h"

#define MATCH_LINE_MAX_BYTES (4u << 20)

struct words {
	struct list rules;
};

static const struct option_row rows[] = {
	{ "rules", 'r', OPTION_LIST, offsetof(struct words, rules), "FILE",
	    "rules; may be given several times (default: the default pack)" },
	{ NULL },
};

/* What one run knows. */
struct run {
	const struct ruleset *rules;
	const char *file; /* for messages */
	int64_t now_ms;
	size_t line;
	size_t bad, matched;
};

/* An entry with what a source would say of it. Owns its strings. */
struct candidate {
	struct entry entry;
	char *feed, *publisher;
	struct list tags;
};

enum member_kind { MEMBER_TEXT, MEMBER_LIST, MEMBER_TIME };

static const struct member {
	const char *name;
	enum member_kind kind;
	size_t offset; /* in struct candidate */
} members[] = {
	{ "title", MEMBER_TEXT, offsetof(struct candidate, entry.title) },
	{ "summary", MEMBER_TEXT, offsetof(struct candidate, entry.summary) },
	{ "content", MEMBER_TEXT, offsetof(struct candidate, entry.content) },
	{ "link", MEMBER_TEXT, offsetof(struct candidate, entry.link) },
	{ "authors", MEMBER_LIST, offsetof(struct candidate, entry.authors) },
	{ "categories", MEMBER_LIST, offsetof(struct candidate, entry.categories) },
	{ "feed", MEMBER_TEXT, offsetof(struct candidate, feed) },
	{ "publisher", MEMBER_TEXT, offsetof(struct candidate, publisher) },
	{ "language", MEMBER_TEXT, offsetof(struct candidate, entry.language) },
	{ "published", MEMBER_TIME, offsetof(struct candidate, entry.published_s) },
	{ "tags", MEMBER_LIST, offsetof(struct candidate, tags) },
};

/* -- reading a line -- */

static bool
complain(struct run *run, const char *what, const char *why)
{
	struct error err = { 0 };
	AUTO_FREE char *where = mem_printf("%s:%zu", run->file, run->line);

	error_set(&err, ERROR_FORMAT, where, "%s%s", what, why);
	(void)fprintf(stderr, "dealwatch: %s\n", err.text);
	run->bad++;
	return false;
}

/* RFC 3339, or a day alone. */
static bool
read_time(const char *text, int64_t *at_s)
{
	AUTO_FREE char *day = mem_printf("%.10sT00:00:00Z", text);
	int64_t at_ms;

	if (!clock_parse(strlen(text) == 10 ? day : text, &at_ms))
		return false;
	*at_s = at_ms / 1000;
	return true;
}

static bool
read_list(const json_t *value, struct list *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item))
			return false;
		list_add(list, json_string_value(item));
	}
	return true;
}

static bool
read_member(const struct member *member, const json_t *value, struct candidate *candidate)
{
	void *field = (char *)candidate + member->offset;

	switch (member->kind) {
	case MEMBER_TEXT:
		if (!json_is_string(value))
			return false;
		*(char **)field = mem_strdup(json_string_value(value));
		return true;
	case MEMBER_LIST:
		return read_list(value, field);
	case MEMBER_TIME:
		return json_is_string(value) && read_time(json_string_value(value), field);
	}
	return false;
}

static const char *
kind_name(enum member_kind kind)
{
	switch (kind) {
	case MEMBER_TEXT:
		return "a string";
	case MEMBER_LIST:
		return "an array of strings";
	case MEMBER_TIME:
		return "a date (2026-11-22 or 2026-11-22T07:01:44Z)";
	}
	return "";
}

/* Absent and null are the same; members not named here are passed over. */
static bool
read_candidate(struct run *run, const json_t *object, struct candidate *candidate)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *value = json_object_get(object, members[i].name);
		AUTO_FREE char *text = NULL;

		if (value == NULL || json_is_null(value) ||
		    read_member(&members[i], value, candidate))
			continue;
		text =
		    mem_printf("%s is not %s", members[i].name, kind_name(members[i].kind));
		return complain(run, text, "");
	}
	if (candidate->entry.title == NULL)
		candidate->entry.title = mem_strdup("");
	return true;
}

static void
candidate_clear(struct candidate *candidate)
{
	AUTO(entry) entry = mem_zalloc(sizeof(*entry));

	*entry = candidate->entry; /* entry_free() knows what an entry owns */
	free(candidate->feed);
	free(candidate->publisher);
	list_clear(&candidate->tags);
}

/* -- answering -- */

static void
add_once(json_t *array, const char *text)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		if (strcmp(json_string_value(item), text) == 0)
			return;
	}
	(void)json_array_append_new(array, json_string(text));
}

static void
add_rule(const struct ruleset *rules, size_t rule, json_t *answer)
{
	const struct list *topics = ruleset_rule_topics(rules, rule);
	const char *stage = ruleset_rule_stage(rules, rule);

	add_once(json_object_get(answer, "rules"), ruleset_rule_id(rules, rule));
	for (size_t i = 0; i < topics->count; i++)
		add_once(json_object_get(answer, "topics"), topics->items[i]);
	if (stage != NULL)
		add_once(json_object_get(answer, "stages"), stage);
}

static void
answer_line(struct run *run, json_t *id, const struct candidate *candidate)
{
	const char *feed = candidate->feed != NULL ? candidate->feed : "";
	struct source source = { .feed = feed,
		.publisher = candidate->publisher != NULL ? candidate->publisher : feed,
		.tags = &candidate->tags };
	struct stored_entry stored = { .entry = &candidate->entry,
		.source = &source,
		.id = (int64_t)run->line,
		.seen_ms = run->now_ms,
		.now_ms = run->now_ms };
	AUTO(judgement) judgement = ruleset_judge(run->rules, &stored);
	json_t *answer = json_object();
	bool is_matched = false;

	if (id != NULL)
		(void)json_object_set(answer, "id", id);
	(void)json_object_set_new(answer, "rules", json_array());
	(void)json_object_set_new(answer, "topics", json_array());
	(void)json_object_set_new(answer, "stages", json_array());
	for (size_t i = 0; i < judgement->count; i++) {
		if (!judgement->items[i].is_true)
			continue;
		add_rule(run->rules, judgement->items[i].rule, answer);
		is_matched = true;
	}
	run->matched += is_matched;
	(void)json_dumpf(answer, stdout, JSON_COMPACT); /* cli_finish() looks */
	(void)fputc('\n', stdout);
	json_decref(answer);
}

static void
take_line(struct run *run, const char *text, size_t len)
{
	struct candidate candidate = { 0 };
	json_error_t why;
	json_t *object, *id;

	if (len > MATCH_LINE_MAX_BYTES) {
		(void)complain(run, "the line is too long", "");
		return;
	}
	object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	id = json_object_get(object, "id");
	if (!json_is_object(object))
		(void)complain(run,
		    "no JSON object: ", object == NULL ? why.text : "it is another value");
	else if (id != NULL && !json_is_string(id) && !json_is_integer(id))
		(void)complain(run, "id is neither a string nor an integer", "");
	else if (read_candidate(run, object, &candidate))
		answer_line(run, id, &candidate);
	candidate_clear(&candidate);
	json_decref(object);
}

/* -- the whole -- */

/* One line without its end. Of one too long only the length is kept. @return false at the
 * end */
static bool
read_line(FILE *in, struct buf *line, size_t *len)
{
	int c;

	buf_reset(line);
	*len = 0;
	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (++*len <= MATCH_LINE_MAX_BYTES)
			buf_add_char(line, (char)c);
	}
	return c != EOF || *len > 0;
}

static bool
is_blank(const struct buf *line)
{
	return strspn(buf_text(line), " \t\r") == line->len;
}

static int
match_file(struct run *run, FILE *in)
{
	struct buf line = BUF_EMPTY;
	size_t len;

	/* each answer at once: who writes the lines may wait for it */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	while (ferror(stdout) == 0 && read_line(in, &line, &len)) {
		run->line++;
		if (!is_blank(&line))
			take_line(run, buf_text(&line), len);
	}
	buf_clear(&line);
	if (ferror(in)) {
		(void)fprintf(stderr, "dealwatch: %s: cannot read\n", run->file);
		return EX_IOERR;
	}
	if (run->bad > 0)
		return EX_DATAERR;
	return run->matched > 0 ? 0 : 1;
}

static int
match_path(struct run *run, const char *path)
{
	struct error err = { 0 };
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int code;

	if (in == NULL) {
		error_system(&err, errno, path, "cannot open");
		return cli_fail(&err);
	}
	run->file = in == stdin ? "standard input" : path;
	code = match_file(run, in);
	if (in != stdin)
		(void)fclose(in); /* only read from */
	return code;
}

static bool
read_rules(struct settings *settings, const struct list *files)
{
	struct error err = { 0 };
	bool ok = files->count > 0
		      ? settings_read_files(settings, files->items, (int)files->count)
		      : settings_read(settings, NULL, true);

	if (!ok) {
		(void)cli_say_messages(settings->conf);
		return false;
	}
	ok = ruleset_compile(settings->rules, NULL, &err);
	if (!ok)
		(void)cli_fail(&err);
	return ok;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	AUTO(settings) settings = settings_new();
	struct run state = { .rules = settings->rules,
		.now_ms = (int64_t)time(NULL) * 1000 };
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		code = EX_USAGE;
	else if (argc - first != 1)
		code = cli_usage(verb, "one FILE is needed, or - for standard input");
	else if (!read_rules(settings, &words.rules))
		code = EX_CONFIG;
	else
		code = match_path(&state, argv[first]);
	list_clear(&words.rules);
	return code;
}

const struct verb verb_match = {
	"match",
	"[--rules FILE]... FILE|-",
	"say which rules are true for entries",
	rows,
	"Each line of FILE is a JSON object with some of id title summary content link authors\n"
	"categories feed publisher language published tags; each gets one line of answer:\n"
	"{\"id\":...,\"rules\":[...],\"topics\":[...],\"stages\":[...]}.\n"
	"Exit code: 0 when something matched, 1 when nothing did, 65 when a line is none.",
	run,
};
